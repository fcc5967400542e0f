"""What one side says next in a dialogue: a message of its role, or raw octets that end as its state has it. Where the dialogue seeks something, a
message is drawn anew until it leads there.

It goes by the values of the messages that were made; which state comes next is the dialogue's affair.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from wiregram import testing as door
from wiregram_harness.aims import Aim, fits, names
from wiregram_harness.draw import Draw, Wishes
from wiregram_harness.exchanges import Exchanges, Party
from wiregram_harness.guards import COMPARE, Hints, compared, key_wish, role_wish, walk
from wiregram_harness.plan import NEAR, VALID, Message
from wiregram_harness.subject import Specimen, Steering, Subject

ITEMS = 8
"""Steps of one side in one exchange; twice as many where it seeks something."""

TRIES = 12
"""How often a message is drawn anew for its role."""

SOUGHT = 16
"""How often a message is drawn anew that shall lead somewhere."""

RAW = 40
"""Octets of raw data, mostly."""

MUCH, MOST = 1 << 16, 1 << 26
"""Octets of raw data that are sent whatever comes of them; and of one dialogue, where only so many lead to what it seeks."""


class Speech(Exchanges):
    """The words of both sides."""

    def __init__(self, subject: Subject, draw: Draw, transport: str) -> None:
        Exchanges.__init__(self, subject, transport)
        self.draw = draw
        self._kept = b""
        self._noise = False
        self._liked: tuple[Hints, Hints] = subject.hints  # values worth trying: those of the transition sought come first
        self._late = False  # the side at hand should come to an end
        self._course: list[Aim] = []  # what the exchange at hand and those after it are to come to
        self._steering: Steering = {}
        self._tier = VALID

    def _message(self, party: Party, other: Party, tx: dict[str, Any], state: door.State) -> Message | None:
        scope = self._scope(party, other, tx)
        for choice in state.parse:
            if choice.when is None or self.subject.evaluate(choice.when, scope) is True:
                break
        else:
            return None
        specimen = self.subject.specimens[choice.message]
        parameters = {name: self.subject.evaluate(code, scope) for name, code in state.params}
        aim = self._course[0] if self._course else self.subject.homeward if self._late else None
        if aim is None:
            data, value = self._drawn(party, other, specimen, parameters)
        else:
            data, value = self._sought(aim, party, other, tx, choice.message, parameters)
        self._noise = bytes(value.get("kind") or b"").startswith(b"_")
        if not self._noise:
            party.last = data
            for name in self.subject.protocol.fields[choice.message]:
                party.fields.pop(name, None)
            party.this = value
            party.fields.update(value)
            if not party.begun or party.state == self.subject.protocol.sides[party.number].start:
                self._place(party, other, tx, value)
                self._match(party, other)
        if parameters:  # no message by itself, so no oracle judges it later
            return Message(data, tier=VALID if specimen.taken(data, parameters) else NEAR)
        return Message(data, specimen.name)

    def _match(self, party: Party, other: Party) -> None:
        """An answer with another key than its request's answers something else: what would follow from the two is not known."""
        pair = self.subject.protocol.pair
        if pair.by != "key" or party.number != door.RESPONSE or party.apart or not other.fields:
            return
        key = self._key(party)
        if key is not None and key != self._key(other):
            self._leave_off()

    def _sought(
        self, aim: Aim, party: Party, other: Party, tx: dict[str, Any], message: int, parameters: dict[str, Any]
    ) -> tuple[bytes, dict[str, Any]]:
        """A message that leads where the dialogue is to go, if one is found."""
        specimen = self.subject.specimens[message]
        ledger = self.subject.ledger
        wished = self._liked
        for left in reversed(range(SOUGHT)):
            self._liked = self._asked(wished, aim, party, other, tx)
            ledger.hold()
            data, value = self._drawn(party, other, specimen, parameters)
            used = not left or (bool(data) and self._leads(aim, party, other, tx, message, value))
            ledger.settle(used)
            if used or not data:
                break  # where none is made by now, none will be
        self._liked = wished
        return data, value

    def _asked(self, wished: tuple[Hints, Hints], aim: Aim, party: Party, other: Party, tx: dict[str, Any]) -> tuple[Hints, Hints]:
        """Values worth trying, and among them those that the wanted transition compares with what was said before."""
        number = aim.routes.wanted(party.number, party.state, party.state in party.left)
        tried = () if number is None else self.subject.protocol.sides[party.number].states[party.state].next[: number + 1]
        scope = self._scope(party, other, tx)
        found: tuple[Hints, Hints] = ({}, {})
        for part in (part for each in tried if each.when is not None for part in walk(each.when)):
            if part[0] in COMPARE:
                for field, against in ((part[1], part[2]), (part[2], part[1])):
                    value = None if against[0] == "const" else self.subject.evaluate(against, scope)
                    if isinstance(value, int) and not isinstance(value, bool):
                        compared(found, party.number, field, [value, value - 1])
                    elif isinstance(value, bytes):
                        compared(found, party.number, field, [value])
        return ({**wished[0], **found[0]}, {**wished[1], **found[1]})

    def _leads(self, aim: Aim, party: Party, other: Party, tx: dict[str, Any], message: int, value: dict[str, Any]) -> bool:
        """Whether this message takes the wanted transitions up to the next item of its side, and says what the other side's ask for."""
        protocol = self.subject.protocol
        gone = protocol.fields[message]
        ahead = Party(party.number, party.state)
        ahead.fields = {name: known for name, known in party.fields.items() if name not in gone}
        ahead.fields.update(value)
        ahead.this = value
        ahead.left = set(party.left)
        if not self._belongs(aim, ahead, other, tx):
            return False
        session, self.session = self.session, dict(self.session)
        tx = dict(tx)
        try:
            for _ in range(ITEMS):
                state = protocol.sides[party.number].states[ahead.state]
                self._assign(state.assigns, ahead, other, tx)
                scope = self._scope(ahead, other, tx)
                at = next((at for at, each in enumerate(state.next) if each.when is None or self.subject.evaluate(each.when, scope) is True), -1)
                if not aim.routes.takes(party.number, ahead.state, ahead.state in ahead.left, at):
                    return False
                if at < 0:
                    break
                self._assign(state.next[at].assigns, ahead, other, tx)
                ahead.left.add(ahead.state)
                ahead.state = state.next[at].target
                if ahead.state < 0 or state.next[at].hold or protocol.sides[party.number].states[ahead.state].parse:
                    break
                following = protocol.sides[party.number].states[ahead.state].extent
                extent = 0 if following is None else self.subject.evaluate(following, self._scope(ahead, other, tx))
                if (
                    isinstance(extent, int)
                    and not 0 <= extent <= MUCH
                    and aim.routes.wanted(party.number, ahead.state, ahead.state in ahead.left) is None
                ):
                    return False  # it announces what will not be sent
            scope = self._scope(ahead, other, tx)
            side = door.SIDES[party.number]
            for about, values in aim.facts.items():
                read = names(about)
                if read and all(part[0] == side and part[1] in ahead.fields for part in read) and not self._fits(about, values, scope):
                    return False
            return True
        finally:
            self.session = session

    def _belongs(self, aim: Aim, party: Party, other: Party, tx: dict[str, Any]) -> bool:
        """Whether the other side, where its way is wanted too, answers this message, or has asked for it."""
        pair = self.subject.protocol.pair
        if party.state != self.subject.protocol.sides[party.number].start:
            return True
        if pair.one_way is not None and self.subject.evaluate(pair.one_way, self._scope(party, other, tx)) is True:
            return party.number == door.RESPONSE or not aim.routes[door.RESPONSE]
        key = self._key(party) if pair.by == "key" and party.number == door.RESPONSE else None
        return key is None or (key == self._key(other) if other.fields else bool(self.turns))  # a greeting has none

    def _fits(self, about: door.Code, values: door.Values, scope: door.Scope) -> bool:
        value = self.subject.evaluate(about[1], scope) is True or None if about[0] == "truth" else self.subject.evaluate(about, scope)
        return fits(1 if value is True else value, values)

    def _drawn(self, party: Party, other: Party, specimen: Specimen, parameters: dict[str, Any]) -> tuple[bytes, dict[str, Any]]:
        """A message of the right role, and its fields; an answer carries its request's key."""
        pair = self.subject.protocol.pair
        starting = not party.last or party.state == self.subject.protocol.sides[party.number].start
        fixed = {} if not starting else role_wish(pair.role, party.number, self.draw.choice)
        mine = pair.key[1]
        theirs = self._key(other) if party.number == door.RESPONSE and mine is not None and starting else None
        if mine is not None and theirs is not None and self.draw.chance(15, 16):
            fixed.update(key_wish(mine, theirs, self.draw.choice))
        liked = self._liked[party.number]
        steered = self._steering.get(specimen.number) if self._steering else None
        wishes = Wishes({**liked, **steered} if steered and self.draw.boolean() else liked, fixed, bool(self._course))
        for at in range(TRIES):
            if at == TRIES // 2:
                wishes = Wishes({}, {})  # what is wished for leads nowhere, or into the other role
            data: bytes = self.draw.block(partial(specimen.make, wishes=wishes, parameters=parameters))
            if not data:
                continue
            value = specimen.fields(data, parameters)
            if pair.role is None:
                return data, value
            scope = door.Scope(own=value, this=value, flow=self.flow, session=self.session, side=door.SIDES[party.number].encode())
            if self.subject.evaluate(pair.role, scope) != door.SIDES[1 - party.number].encode():
                return data, value
        if not party.last or not data:
            return b"", {}  # the grammar seldom makes one
        self.promises = None  # it follows what has the right role, and whose it is cannot be said
        return data, value

    def _raw(self, party: Party, other: Party, tx: dict[str, Any], state: door.State) -> bytes:
        """Raw octets of a `bytes` state; what does not end by itself ends the dialogue."""
        if state.extent is None:
            return b""
        extent = self.subject.evaluate(state.extent, self._scope(party, other, tx))
        data = b""
        if isinstance(extent, int) and extent > 0:
            size = min(extent, 4 * RAW)
            data = self.draw.bytes(size, size)
            if extent > MUCH and not self._worth(extent, party, state):
                self._leave_off()  # so much is not sent
                party.done = True
            elif size < extent:
                data += bytes(extent - size)
        elif isinstance(extent, door.Extent):
            data = self._extent(extent, party)
        elif extent != 0:
            self.promises = None
            self._tier = NEAR  # a length below 0 or none at all: the message before it was none
        if state.keep:
            kept = self._decoded(data, party, other, tx, state)
            party.fields[state.keep] = self._kept[: self.subject.protocol.limits.field] if isinstance(extent, door.Extent) else kept
        return data

    def _worth(self, extent: int, party: Party, state: door.State) -> bool:
        """Whether so many octets are sent: the dialogue seeks a way on from here that not every number of them leads to."""
        number = self._course[0].routes.wanted(party.number, party.state, party.state in party.left) if self._course else None
        sent = sum(len(message.data) for turn in self.turns for message in turn.messages)
        return number is not None and state.next[number].when is not None and sent + extent <= MOST

    def _decoded(self, data: bytes, party: Party, other: Party, tx: dict[str, Any], state: door.State) -> bytes:
        """The octets without their coding, where that is none or a key; of others no promise is made."""
        if state.decode is None:
            return data
        scope = self._scope(party, other, tx)
        coding = self.subject.evaluate(state.decode.coding, scope)
        key = getattr(coding, "key", b"")
        plain = not coding or (bool(key) and state.decode.each)
        if not plain or (state.decode.inflate is not None and self.subject.evaluate(state.decode.inflate, scope) is True):
            self.promises = None
        return bytes(octet ^ key[at % len(key)] for at, octet in enumerate(data)) if key else data

    def _extent(self, extent: door.Extent, party: Party) -> bytes:
        """Octets that end as the extent says; `_kept` is what a field keeps of them."""
        if extent.kind == "rest":
            self._lasts()
            self._kept = self.draw.bytes(0, RAW)
            return self._kept
        if extent.kind == "dotted":
            end = self._line_end(party)
            out = bytearray()
            self._kept = b""
            while self.draw.more(3):
                line = self.draw.choice((b"", b".", b"..", b"a", b". x")) + self._line()
                out += (b"." if line.startswith(b".") else b"") + line + end
                self._kept += line + end
            return bytes(out) + b"." + end
        delimiter = self.draw.choice(extent.delimiters)
        if extent.kind == "until_line":
            out = bytearray()
            while self.draw.more(2):
                out += b"a" + self._line() + b"\r\n"
            self.promises = None  # which line break belongs to the delimiter is the extent's own affair
            self._kept = bytes(out)
            return self._kept + delimiter
        data = self.draw.bytes(0, RAW)
        for known in extent.delimiters:
            while known in data or (data + delimiter).find(known) < len(data):
                data = data[:-1] if known not in data else data.replace(known, b"")
        self._kept = data + delimiter
        return self._kept

    def _lasts(self) -> None:
        """What is said lasts to the end of a stream."""
        if self.transport == "tcp":
            self.open = self._whole
            self._endless = True

    def _line_end(self, party: Party) -> bytes:
        return b"\n" if party.last.endswith(b"\n") and not party.last.endswith(b"\r\n") else b"\r\n"

    def _line(self) -> bytes:
        return self.draw.bytes(0, 12).translate(_PRINTABLE)

    def _assign(self, assigns: Any, party: Party, other: Party, tx: dict[str, Any]) -> None:
        scope = self._scope(party, other, tx)
        values = [(assign, self.subject.evaluate(assign.value, scope)) for assign in assigns]
        for assign, value in values:
            target = {"own": party.fields, "tx": self._groups.tx(party.home[1] if party.home else tx), "session": self.session}[assign.scope]
            if assign.key is not None:
                target = target.setdefault(assign.name, {})
                key = self.subject.evaluate(assign.key, scope)
                target[key if isinstance(key, bytes | int | str) else repr(key)] = value
            elif assign.append:
                if value is not None:
                    target[assign.name] = [*(target.get(assign.name) or []), value]
            else:
                target[assign.name] = value


_PRINTABLE = bytes(32 + octet % 95 for octet in range(256))
