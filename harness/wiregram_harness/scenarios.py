"""Scenarios: a dialogue of a drawn tier (`talk`), and the way in which it is sent (`sending`). One dialogue serves several sendings, which differ in
cuts, in what TCP does, and in first numbers; that is much cheaper than a new dialogue each time.
"""

from __future__ import annotations

from functools import partial

import msgspec

from wiregram import testing as door
from wiregram_harness.chunks import cuts
from wiregram_harness.dialogue import Conversation
from wiregram_harness.draw import Draw
from wiregram_harness.feeding import Feeding
from wiregram_harness.plan import (
    DATAGRAMS,
    ENDINGS,
    FIN,
    GARBAGE,
    HOSTILE,
    JUNK,
    LOSE,
    NEAR,
    OPERATIONS,
    PAUSE,
    SWAP,
    TARDY,
    VALID,
    WAIT,
    Flow,
    Message,
    Operation,
    Plan,
    Promise,
    Turn,
)
from wiregram_harness.subject import PORTLESS, Subject

LIMITS = {"depth": (1, 2, 3, 5, 7, 9, 17, 40), "message": (1, 3, 4, 5, 6, 8, 12, 24, 60), "held": (0, 1, 5, 30), "open": (1, 2), "errors": (0, 1, 2)}
"""Small bounds, at which a scenario may arrive."""

SMALL = 6
"""In one of so many flows one turn comes in small pieces: few packets find most, and those take the time of many scenarios."""

LARGE = 32
"""Octets of a message beyond which no limit is drawn from its size: each limit takes an engine of its own."""

SETTINGS = {"detection_limit": (1, 4, 16, 64)}
HOSTILE_SETTINGS = {"reassembly_flow": (70, 140, 400), "reassembly_memory": (70, 200)}
ADVERSE = [LOSE, LOSE, *HOSTILE]
"""A packet that the capture does not have is the likeliest of what may change a stream."""
UNDER, OVER = (7, 8), (9, 8)
"""Of a time that matters, what is just below and what just above."""

PATIENT = 2_000
"""Octets of a flow in which a packet may wait: each packet takes time, too."""

_ISNS = (1000, 0, 0xFFFFFFFF, 0xFFFFFFF0, 0x7FFFFFFF, 0x7FFFFFF0)
"""First sequence numbers: ordinary, and where 31 and 32 bits turn over."""


def scenario(draw: Draw, subject: Subject, tiers: tuple[str, ...]) -> Plan:
    """One plan."""
    return sending(draw, subject, talk(draw, subject, tiers))


def talk(draw: Draw, subject: Subject, tiers: tuple[str, ...]) -> Plan:
    """Dialogues of a drawn tier, not cut and sent plainly."""
    ranks = [tier for tier, weight in ((VALID, 6), (NEAR, 3), (GARBAGE, 1)) if tier in tiers for _ in range(weight)]
    tier = draw.choice(ranks)
    host = draw.choice(subject.hosts) if subject.hosts else subject
    plan = Plan(host.name, [_flow(draw, host, tier, subject)])
    if draw.chance(1, 8):
        plan.flows.append(draw.part(partial(_flow, subject=host, tier=tier, sought=subject)))
        plan.interleaved = draw.chance(3, 4)
        first, second = plan.flows
        second.again = not plan.interleaved and first.transport == second.transport == "tcp" and first.ending == FIN and second.opened
    if draw.chance(1, 6):
        name = draw.choice(list(LIMITS))
        plan.limits = {name: draw.choice(LIMITS[name])}
        sizes = sorted({len(message.data) for turn in plan.flows[0].turns for message in turn.messages if 1 < len(message.data) <= LARGE})
        if name == "message" and sizes and draw.boolean():
            plan.limits = {name: draw.choice(sizes) - draw.integer(0, 1)}
    elif draw.chance(1, 16):
        plan.settings = {name: draw.choice(values) for name, values in SETTINGS.items()}
    return plan


def sending(draw: Draw, subject: Subject, plan: Plan, first: bool = False) -> Plan:
    """The same dialogues, cut and sent in a drawn way. `first`: of this dialogue, and what is asked of it as such goes
    by what the turns say, so nothing else is delivered."""
    flows = [_sent(draw, flow, subject.waits, len(plan.flows)) for flow in plan.flows]
    settings = plan.settings
    flow = flows[0]
    if flows[-1].again and draw.boolean():
        flows[-1].isn = flow.isn
    if len(flows) == 1 and flow.transport == "tcp" and flow.turns and not first and draw.chance(1, 6):
        while len(flow.hostile) < 4 and draw.more(2):
            flow.hostile.append(_hostile(draw, ADVERSE, flow, subject.waits))
        if flow.hostile and draw.chance(1, 4):
            name = draw.choice(list(HOSTILE_SETTINGS))
            settings = {**settings, name: draw.choice(HOSTILE_SETTINGS[name])}
    elif len(flows) == 1 and flow.transport == "udp" and flow.turns and not first:  # else it would be sent as before
        flows = [msgspec.structs.replace(flow, hostile=[_hostile(draw, list(DATAGRAMS), flow, subject.waits)])]
        while len(flows[0].hostile) < 4 and draw.more(2):
            flows[0].hostile.append(_hostile(draw, list(DATAGRAMS), flow, subject.waits))
    return Plan(plan.protocol, flows, interleaved=plan.interleaved, limits=plan.limits, settings=settings)


def _sent(draw: Draw, flow: Flow, waits: door.Waits, together: int) -> Flow:
    if flow.transport != "tcp":
        return flow
    small = draw.integer(0, SMALL * len(flow.turns) - 1) - (SMALL - 1) * len(flow.turns) if flow.turns else -1
    turns = [Turn(turn.direction, turn.messages, cuts(draw, turn.data, _ends(turn), at == small)) for at, turn in enumerate(flow.turns)]
    sent = msgspec.structs.replace(flow, turns=turns, operations=[], hostile=[])
    while len(sent.operations) < 4 and draw.chance(1, 4):
        operation = _operation(draw, list(OPERATIONS), sent)
        if operation.kind == WAIT:
            operation.time = _little(draw, sent, waits, together)
        if (operation.kind != WAIT or operation.time) and not {WAIT, SWAP}.issubset((operation.kind, *(each.kind for each in sent.operations))):
            sent.operations.append(operation)
    sent.isn = (draw.choice(_ISNS), draw.choice(_ISNS))
    return sent


def _flow(draw: Draw, subject: Subject, tier: str, sought: Subject) -> Flow:
    """One flow of a drawn transport. `sought`: the protocol itself, or the layer that it feeds."""
    known = subject.protocol.ports
    transport = draw.choice([transport for transport in ("tcp", "udp") if transport in known] or ["tcp"])
    listed = known.get(transport)
    conversation = Conversation(subject, draw, transport) if sought is subject else Feeding(subject, draw, transport, sought)
    turns = conversation.run()
    promises: list[Promise] | None = None
    if tier == VALID:
        promises = conversation.promises
        if (draw.chance(1, 12) and conversation.unasked()) or (transport == "tcp" and draw.chance(1, 12) and _junk(draw, subject, conversation)):
            promises = None
    else:
        for turn in turns:
            turn.messages = [message for old in turn.messages for message in spoil(draw, old, tier)]
    port = listed[0][0] if listed else PORTLESS
    if listed and (transport, PORTLESS) in subject.decode_as and draw.chance(3, 4):
        port = PORTLESS
    flow = Flow(transport, port, turns, promises=promises)
    if transport == "tcp":
        flow.ending = draw.choice((FIN, FIN, FIN, FIN, *ENDINGS))
        if draw.chance(1, 24):
            flow.opened = False
            flow.promises = None
            if turns and draw.boolean():
                del turns[0]
    return flow


def _junk(draw: Draw, subject: Subject, conversation: Conversation) -> bool:
    """Let a line follow that is no message, and then a sound request. Whether this protocol's requests go on behind a line."""
    side = subject.protocol.sides[door.REQUEST]
    state = side.states[side.start] if side.states else None
    if side.resync.kind != "after" or state is None or len(state.parse) != 1 or not conversation.promises or not conversation.open:
        return False
    delimiter = side.resync.delimiters[0]
    specimen = subject.specimens[state.parse[0].message]
    line = draw.bytes(1, 20)
    for each in side.resync.delimiters:
        for octet in set(each):
            line = line.replace(bytes([octet]), b"")
    junk = line + delimiter
    following = draw.block(specimen.make)
    refused = specimen.refused(junk)
    if not 0 <= refused <= len(line) or not following or not following.endswith(delimiter):
        return False
    said = [message.data for turn in conversation.turns for message in turn.messages]
    if max(map(len, [junk, following, *said])) > subject.protocol.limits.message:
        return False  # what is too long is passed over as well
    conversation.say(door.REQUEST, [Message(junk, specimen.name, JUNK), Message(following, specimen.name)])
    return True


def _operation(draw: Draw, kinds: list[str], flow: Flow) -> Operation:
    return Operation(draw.choice(kinds), draw.integer(0, max(0, len(flow.turns) - 1)), draw.integer(0, 7))


def _little(draw: Draw, flow: Flow, waits: door.Waits, together: int) -> int:
    """A time in which nothing ends that waits for anything: of what the flow may still take, one of `together` at once; 0: there is none."""
    if sum(len(turn.data) for turn in flow.turns) > PATIENT:
        return 0
    whole = min(waits.hole, waits.order, waits.soonest) * UNDER[0] // UNDER[1] // together
    left = whole - sum(operation.time for operation in flow.operations)
    return draw.choice((left, left // 2, left // 8)) if left >= 8 else 0


def _hostile(draw: Draw, kinds: list[str], flow: Flow, waits: door.Waits) -> Operation:
    operation = _operation(draw, kinds, flow)
    if operation.kind == TARDY:
        operation.time = draw.choice((*_around(waits.hole), *_around(waits.order)))
    elif operation.kind == PAUSE:
        ending = (waits.established, waits.closed) if flow.transport == "tcp" else (waits.datagrams,)
        operation.time = draw.choice([time for wait in (waits.hole, waits.order, waits.answer, *ending) for time in _around(wait)])
    return operation


def _around(wait: int) -> tuple[int, int]:
    return wait * UNDER[0] // UNDER[1], wait * OVER[0] // OVER[1]


def _ends(turn: Turn) -> list[int]:
    """Where the messages of a turn end; of one alone it is the turn's own end."""
    if len(turn.messages) == 1:
        return []
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
