"""Dialogues: both sides' turns, made by walking a protocol's progress machines with messages from its grammar.

The walk follows the manifest's meaning (MANIFEST 4 and 6): a message, its fields, the first guard that holds, hold and release. It is the
generator's own, not the engine's; the values it goes by are those of the messages it has made.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from wiregram import testing as door
from wiregram_harness.chunks import cuts
from wiregram_harness.draw import Draw, Wishes
from wiregram_harness.guards import fields, role_wish
from wiregram_harness.plan import GARBAGE, HOSTILE, NEAR, OPERATIONS, VALID, Flow, Message, Operation, Plan, Turn
from wiregram_harness.subject import Specimen, Subject

ITEMS = 8
"""Items of one side in one exchange."""

EXCHANGES = 8
MEANS = (1, 1, 1, 6)
"""How many batches of exchanges a dialogue has on average: most are short, for a short one takes little time and shows as much."""
PIPELINE = 3
TRIES = 6
"""How often a message is drawn anew for its role."""

RAW = 40
"""Octets of raw data, mostly."""


class _Party:
    """One side in one exchange."""

    def __init__(self, number: int, state: int) -> None:
        self.number = number
        self.state = state
        self.fields: dict[str, Any] = {}
        self.this: dict[str, Any] | None = None
        self.last = b""
        self.noise = False
        self.done = False
        self.held = False
        self.waiting = door.COMPLETE


class Conversation:
    """A dialogue under way; `open` is False when nothing that the grammar knows can follow."""

    def __init__(self, subject: Subject, draw: Draw, transport: str) -> None:
        self.subject = subject
        self.draw = draw
        self.transport = transport
        self.flow: dict[str, Any] = {"transport": transport.encode()}
        self.session: dict[str, Any] = {}
        self.turns: list[Turn] = []
        self.open = True
        self._begun = [False, False]
        self._mean = 1

    def run(self) -> list[Turn]:
        protocol = self.subject.protocol
        if protocol.sides[door.RESPONSE].first >= 0 and protocol.speaks_first != "client":
            greeting = _Party(door.RESPONSE, protocol.sides[door.RESPONSE].first)
            self._begun[door.RESPONSE] = True
            self._say(door.RESPONSE, self._go(greeting, _Party(door.REQUEST, 0), {}))
        self._mean = self.draw.choice(MEANS)
        for _ in range(EXCHANGES):
            if not (self.open and self.draw.part(self._goes_on)):
                break
        return self.turns

    def _goes_on(self, draw: Draw) -> bool:
        """Another batch of exchanges, or the end: one part, so that shrinking can take out any of them."""
        if not draw.more(self._mean):
            return False
        outer, self.draw = self.draw, draw
        try:
            self._batch()
        finally:
            self.draw = outer
        return True

    def _batch(self) -> None:
        """One to three requests and their answers; a request that is held ends the pipeline."""
        pairs: list[tuple[_Party, _Party, dict[str, Any]]] = []
        while len(pairs) < PIPELINE and self.open:
            request, response = self._party(door.REQUEST), self._party(door.RESPONSE)
            tx: dict[str, Any] = {}
            self._say(door.REQUEST, self._go(request, response, tx))
            pairs.append((request, response, tx))
            if request.held or not self.draw.chance(1, 4):
                break
        for request, response, tx in pairs:
            if not self.open or self._unanswered(request, tx):
                self.open = self.open and (request.done or request.held)  # behind half a request nothing new begins
                continue
            for _ in range(ITEMS):
                self._say(door.RESPONSE, self._go(response, request, tx))
                if not self.open or (response.done and (request.done or request.held)):
                    break
                self._say(door.REQUEST, self._go(request, response, tx))

    def _unanswered(self, request: _Party, tx: dict[str, Any]) -> bool:
        one_way = self.subject.protocol.pair.one_way
        return one_way is not None and self.subject.evaluate(one_way, self._scope(request, request, tx)) is True

    def _party(self, side: int) -> _Party:
        machine = self.subject.protocol.sides[side]
        first = machine.first if machine.first >= 0 and not self._begun[side] else machine.start
        self._begun[side] = True
        party = _Party(side, first)
        party.done = not machine.states
        return party

    def _direction(self, side: int) -> int:
        swapped = self.subject.protocol.pair.begins == "server"
        return (door.TO_SERVER, door.TO_CLIENT)[side] ^ int(swapped)

    def _say(self, side: int, messages: list[Message]) -> None:
        if not messages:
            return
        direction = self._direction(side)
        if self.turns and self.turns[-1].direction == direction:
            self.turns[-1].messages += messages
        else:
            self.turns.append(Turn(direction, messages))

    def _scope(self, party: _Party, other: _Party, tx: dict[str, Any]) -> door.Scope:
        sides = (party, other) if party.number == door.REQUEST else (other, party)
        return door.Scope(
            own=party.fields,
            request=sides[0].fields,
            response=sides[1].fields,
            tx=tx,
            session=self.session,
            flow=self.flow,
            this=party.this,
            side=door.SIDES[party.number].encode(),
        )

    def _go(self, party: _Party, other: _Party, tx: dict[str, Any]) -> list[Message]:
        """Step one side until it is done, held, or has said enough."""
        said: list[Message] = []
        for _ in range(ITEMS):
            if party.done or party.held or not self.open:
                break
            state = self.subject.protocol.sides[party.number].states[party.state]
            if state.parse:
                message = self._message(party, other, tx, state)
                if message is None:
                    party.done = True
                    break
                said.append(message)
                if party.noise:
                    continue
            elif state.extent is not None:
                raw = self._raw(party, other, tx, state)
                if self.transport == "udp" and said:
                    raw = said.pop().data + raw  # of the same datagram
                said.append(Message(raw))
            self._assign(state.assigns, party, other, tx)
            if self._move(party, other, tx, state):
                break  # the other side has waited for this
        return said

    def _message(self, party: _Party, other: _Party, tx: dict[str, Any], state: door.State) -> Message | None:
        scope = self._scope(party, other, tx)
        for choice in state.parse:
            if choice.when is None or self.subject.evaluate(choice.when, scope) is True:
                break
        else:
            return None
        specimen = self.subject.specimens[choice.message]
        data = self._drawn(party, other, specimen)
        party.last = data
        found = specimen.fields(data)
        party.noise = found.get("kind", b"")[:1] == b"_"
        if not party.noise:
            for name in self.subject.protocol.fields[choice.message]:
                party.fields.pop(name, None)
            party.this = found
            party.fields.update(found)
        return Message(data, specimen.name)

    def _drawn(self, party: _Party, other: _Party, specimen: Specimen) -> bytes:
        """A message of the right role; an answer carries its request's key."""
        pair = self.subject.protocol.pair
        fixed = role_wish(pair.role, party.number)
        if party.number == door.RESPONSE and pair.by == "key" and self.draw.chance(15, 16):
            for mine, theirs in zip(fields(pair.key[1]), fields(pair.key[0]), strict=False):
                if other.fields.get(theirs) is not None:
                    fixed[mine] = other.fields[theirs]
        wishes = Wishes(self.subject.hints[party.number], fixed)
        data = b""
        for _ in range(TRIES):
            data = self.draw.part(partial(specimen.make, wishes=wishes))
            if pair.role is None:
                break
            value = specimen.fields(data)
            scope = door.Scope(own=value, this=value, flow=self.flow, session=self.session, side=door.SIDES[party.number].encode())
            if self.subject.evaluate(pair.role, scope) == door.SIDES[party.number].encode():
                break
        return data

    def _raw(self, party: _Party, other: _Party, tx: dict[str, Any], state: door.State) -> bytes:
        """Raw octets of a `bytes` state; what does not end by itself ends the dialogue."""
        if state.extent is None:
            return b""
        extent = self.subject.evaluate(state.extent, self._scope(party, other, tx))
        data = b""
        if isinstance(extent, int) and extent > 0:
            size = min(extent, 4 * RAW)
            data = self.draw.bytes(size, size)
            if size < extent:
                data += bytes(min(extent, 1 << 16) - size)
                self.open &= extent <= 1 << 16
        elif isinstance(extent, door.Extent):
            data = self._extent(extent, party)
        if state.keep:
            party.fields[state.keep] = data
        return data

    def _extent(self, extent: door.Extent, party: _Party) -> bytes:
        if extent.kind == "rest":
            self.open = False
            return self.draw.bytes(0, RAW)
        if extent.kind == "dotted":
            end = b"\n" if party.last.endswith(b"\n") and not party.last.endswith(b"\r\n") else b"\r\n"
            out = bytearray()
            while self.draw.more(3):
                line = self.draw.choice((b"", b".", b"..", b"a", b". x")) + self._line()
                out += (b"." if line.startswith(b".") else b"") + line + end
            return bytes(out) + b"." + end
        delimiter = self.draw.choice(extent.delimiters)
        if extent.kind == "until_line":
            out = bytearray()
            while self.draw.more(2):
                out += b"a" + self._line() + b"\r\n"
            return bytes(out) + delimiter
        data = self.draw.bytes(0, RAW)
        for known in extent.delimiters:
            while known in data or (data + delimiter).find(known) < len(data):
                data = data[:-1] if known not in data else data.replace(known, b"")
        return data + delimiter

    def _line(self) -> bytes:
        return self.draw.bytes(0, 12).translate(_PRINTABLE)

    def _assign(self, assigns: Any, party: _Party, other: _Party, tx: dict[str, Any]) -> None:
        scope = self._scope(party, other, tx)
        values = [(assign, self.subject.evaluate(assign.value, scope)) for assign in assigns]
        for assign, value in values:
            target = {"own": party.fields, "tx": tx, "session": self.session}[assign.scope]
            if assign.key is not None:
                target = target.setdefault(assign.name, {})
                key = self.subject.evaluate(assign.key, scope)
                target[key if isinstance(key, bytes | int | str) else repr(key)] = value
            elif assign.append:
                target[assign.name] = [*(target.get(assign.name) or []), value]
            else:
                target[assign.name] = value

    def _move(self, party: _Party, other: _Party, tx: dict[str, Any], state: door.State) -> bool:
        """The first transition whose guard holds; none: this side is done. True: it has released the other side, whose turn it is."""
        scope = self._scope(party, other, tx)
        guards = [transition.when is None or self.subject.evaluate(transition.when, scope) is True for transition in state.next]
        if True not in guards:
            party.done = True
            return False
        at = guards.index(True)
        transition = state.next[at]
        self.subject.moves.hit(self.subject.move(party.number, state, at))
        self._assign(transition.assigns, party, other, tx)
        released = transition.release and other.held
        if released:
            other.held = False
            self._enter(other, other.waiting)
        if transition.hold:
            party.held = True
            party.waiting = transition.target
        else:
            self._enter(party, transition.target)
        if party.done and other.held:
            other.held = False
            other.done = True
        return released

    def _enter(self, party: _Party, target: int) -> None:
        if target >= 0:
            party.state = target
            return
        party.done = True
        if target != door.COMPLETE:
            self.open = False


_PRINTABLE = bytes(32 + octet % 95 for octet in range(256))


def scenario(draw: Draw, subject: Subject, tiers: tuple[str, ...]) -> Plan:
    """One plan: a dialogue of the drawn tier, cut and sent in a drawn way."""
    ranks = [tier for tier, weight in ((VALID, 6), (NEAR, 3), (GARBAGE, 1)) if tier in tiers for _ in range(weight)]
    tier = draw.choice(ranks)
    flows = [_flow(draw, subject, tier)]
    if draw.chance(1, 8):
        flows.append(draw.part(partial(_flow, subject=subject, tier=tier)))
        return Plan(subject.name, flows, interleaved=not draw.chance(1, 4))
    flow = flows[0]
    if flow.transport == "tcp" and draw.chance(1, 8):
        while len(flow.hostile) < 4 and draw.more(2):
            flow.hostile.append(_operation(draw, list(HOSTILE), flow))
    return Plan(subject.name, flows)


def _flow(draw: Draw, subject: Subject, tier: str) -> Flow:
    """One flow of a drawn transport."""
    ports = subject.protocol.ports
    transport = draw.choice([transport for transport in ("tcp", "udp") if transport in ports] or ["tcp"])
    known = ports.get(transport)
    turns = Conversation(subject, draw, transport).run()
    if tier != VALID:
        for turn in turns:
            turn.messages = [message for old in turn.messages for message in spoil(draw, old, tier)]
    flow = Flow(transport, known[0][0] if known else 4000, turns)
    if transport == "tcp":
        for turn in turns:
            turn.cuts = cuts(draw, turn.data, _ends(turn))
        while len(flow.operations) < 4 and draw.chance(1, 4):
            flow.operations.append(_operation(draw, list(OPERATIONS), flow))
        flow.isn = (draw.choice(_ISNS), draw.choice(_ISNS))
        flow.closed = not draw.chance(1, 8)
    return flow


def _operation(draw: Draw, kinds: list[str], flow: Flow) -> Operation:
    return Operation(draw.choice(kinds), draw.integer(0, max(0, len(flow.turns) - 1)), draw.integer(0, 7))


_ISNS = (1000, 0, 0xFFFFFFFF, 0xFFFFFFF0, 0x7FFFFFFF)
"""First sequence numbers: ordinary, and where 32 bits turn over."""


def _ends(turn: Turn) -> list[int]:
    ends: list[int] = []
    at = 0
    for message in turn.messages:
        at += len(message.data)
        ends.append(at)
    return ends


def spoil(draw: Draw, message: Message, tier: str) -> list[Message]:
    """What becomes of a message in a tier: near-valid ones are hurt one time in three, garbage is drawn anew."""
    data = message.data
    if tier == GARBAGE:
        return [Message(draw.bytes(0, max(8, min(64, 2 * len(data)))), message.name, GARBAGE)]
    if not data or not draw.chance(1, 3):
        return [message]
    at = draw.integer(0, len(data) - 1)
    way = draw.integer(0, 6)
    if way == 0:
        hurt = data[: len(data) - 1 - at]
    elif way == 1:
        hurt = data[:at] + bytes([data[at] ^ 1 << draw.integer(0, 7)]) + data[at + 1 :]
    elif way == 2:
        return [message, Message(data, message.name, NEAR)]
    elif way == 3:
        hurt = data.replace(b"\r\n", b"\n")
    elif way == 4:
        hurt = draw.bytes(1, 6) + data
    elif way == 5:
        hurt = data[:at] + bytes([(data[at] + draw.choice((1, 255))) % 256]) + data[at + 1 :]
    else:
        hurt = data[:at] + draw.bytes(1, 3) + data[at:]
    return [Message(hurt, message.name, NEAR)]
