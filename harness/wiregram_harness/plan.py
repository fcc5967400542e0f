"""A plan: everything that a scenario sends, as plain data. Its JSON is the lasting reproducer; `render` makes the packets, always the same ones.

A plan knows bytes, turns and where they are cut, and nothing of grammars: it outlives the description that it was made from.
"""

from __future__ import annotations

import hashlib
from itertools import zip_longest

import msgspec

from wiregram import Packet
from wiregram.testing import TCP, TO_CLIENT, TO_SERVER, UDP, Conversation, Timeline

FORMAT = 1
CLIENT_PORT = 40_000
"""The client's port of the first flow; the others follow."""

VALID, NEAR, GARBAGE = "valid", "near", "garbage"
TIERS = (VALID, NEAR, GARBAGE)

REPEAT, LATE, SWAP, KEEPALIVE, ACKNOWLEDGE = "repeat", "late", "swap", "keepalive", "acknowledge"
OPERATIONS = {
    REPEAT: "the packet is sent twice",
    LATE: "the packet is sent again at the end of its turn",
    SWAP: "the packet and the one behind it change places",
    KEEPALIVE: "before the packet comes a keep-alive: no octets, one number too low",
    ACKNOWLEDGE: "behind the packet comes an empty acknowledgement of the other side",
}
"""What TCP may do to a packet without changing what is delivered."""

LOSE, REPACK, FORGE_BEFORE, FORGE_BEHIND, PROBE, RESET = "lose", "repack", "forge-before", "forge-behind", "probe", "reset"
HOSTILE = {
    LOSE: "the capture does not have the packet",
    REPACK: "the packet comes again at the end of its turn, in one piece with the one behind it",
    FORGE_BEFORE: "before the packet comes one with the same numbers and other octets",
    FORGE_BEHIND: "behind the packet comes one with the same numbers and other octets",
    PROBE: "before the packet comes a keep-alive with an octet of its own, one number too low",
    RESET: "behind the packet comes a reset of the same side",
}
"""What may change what is delivered: of these plans only the stream itself is judged, by a model octet by octet."""

HAPPENINGS = {**OPERATIONS, **HOSTILE}


class Message(msgspec.Struct, omit_defaults=True):
    """Some octets of one side; `name` is the grammar's message (empty: raw bytes), `tier` says how they were made."""

    data: bytes
    name: str = ""
    tier: str = VALID


class Operation(msgspec.Struct):
    """Something that happens to packet `packet` of turn `turn` (both modulo what there is)."""

    kind: str
    turn: int
    packet: int


class Turn(msgspec.Struct, omit_defaults=True):
    """What one side sends before the other speaks. `cuts` are offsets into the turn's octets (TCP; a datagram is a message)."""

    direction: int
    messages: list[Message]
    cuts: list[int] = []

    @property
    def data(self) -> bytes:
        return b"".join(message.data for message in self.messages)


class Flow(msgspec.Struct, omit_defaults=True):
    """One connection to `port`; `isn` are the sides' first sequence numbers; `opened` and `closed`: with handshake, with FINs.
    `operations` leave the streams as they are, `hostile` ones may not."""

    transport: str
    port: int
    turns: list[Turn]
    operations: list[Operation] = []
    hostile: list[Operation] = []
    isn: tuple[int, int] = (1000, 5000)
    opened: bool = True
    closed: bool = True


class Plan(msgspec.Struct, omit_defaults=True):
    """`interleaved`: the flows' packets come in turn, one of each; else a flow comes after the other."""

    protocol: str
    flows: list[Flow]
    format: int = FORMAT
    interleaved: bool = False

    def json(self) -> bytes:
        return msgspec.json.format(msgspec.json.encode(self), indent=1)

    def name(self) -> str:
        """Twelve hex digits that are this plan's own."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:12]

    @property
    def hostile(self) -> bool:
        return any(flow.hostile for flow in self.flows)


def read_plan(text: bytes) -> Plan:
    """A plan from its JSON; raises msgspec.ValidationError or DecodeError."""
    return msgspec.json.decode(text, type=Plan)


def render(plan: Plan) -> list[Packet]:
    """The packets of a plan, in capture order. Flows follow each other, a second apart, or take turns; each has a port of its own."""
    timeline = Timeline()
    each: list[list[Packet]] = []
    for number, flow in enumerate(plan.flows):
        if number:
            timeline.wait(1)
        each.append(_flow(flow, number, timeline))
    if not plan.interleaved or len(each) < 2:
        return [packet for packets in each for packet in packets]
    order = [packet for row in zip_longest(*each) for packet in row if packet is not None]
    start = min((packet.time for packet in order), default=0)
    return [Packet(1 + at, start + at * timeline.step, packet.link, packet.data) for at, packet in enumerate(order)]


def render_flow(plan: Plan, number: int) -> list[Packet]:
    """The packets of one of the plan's flows, as if it were alone, from the port that it has in the plan."""
    return _flow(plan.flows[number], number, Timeline())


def _flow(flow: Flow, number: int, timeline: Timeline) -> list[Packet]:
    transport = TCP if flow.transport == "tcp" else UDP
    talk = Conversation(client_port=CLIENT_PORT + number, server_port=flow.port, transport=transport, timeline=timeline, isn=flow.isn)
    packets = talk.open() if flow.opened else []
    for at, turn in enumerate(flow.turns):
        if transport == UDP:
            for message in turn.messages:
                packets += talk.send(turn.direction, message.data)
        else:
            sent = talk.send(turn.direction, turn.data, cuts=steps(turn.cuts, len(turn.data)))
            happening = [operation for operation in (*flow.operations, *flow.hostile) if operation.turn % len(flow.turns) == at]
            packets += _happen(sent, happening, talk, turn.direction, timeline)
    if flow.closed:
        packets += talk.close()
    return packets


def steps(cuts: list[int], size: int) -> list[int]:
    """Cuts in order, without doubles, inside the octets."""
    return sorted({cut for cut in cuts if 0 < cut < size})


def _happen(packets: list[Packet], operations: list[Operation], talk: Conversation, direction: int, timeline: Timeline) -> list[Packet]:
    """The packets of a turn after what TCP did to them; numbers and times follow the new order."""
    if not operations or not packets:
        return packets
    order = list(packets)
    first, start = packets[0].number, packets[0].time
    for operation in operations:
        if not order:
            break
        at = operation.packet % len(order)
        if operation.kind == REPEAT:
            order.insert(at + 1, order[at])
        elif operation.kind == LATE:
            order.append(order[at])
        elif operation.kind == SWAP:
            order[at : at + 2] = reversed(order[at : at + 2])
        elif operation.kind == KEEPALIVE:
            low = talk.ends[direction].turns[-1] - 1
            order.insert(0, talk.segment(direction, flags=16, sequence=low & 0xFFFFFFFF, acknowledgement=talk.acknowledged(direction)))
        elif operation.kind == ACKNOWLEDGE:
            order += talk.ack(1 - direction)
        else:
            _harm(order, at, operation.kind, talk, direction)
    stamped = [Packet(first + at, start + at * timeline.step, packet.link, packet.data) for at, packet in enumerate(order)]
    timeline.number = first + len(stamped) - 1
    timeline.time = start + len(stamped) * timeline.step
    return stamped


def _harm(order: list[Packet], at: int, kind: str, talk: Conversation, direction: int) -> None:
    """A hostile operation. The packets are those of `craft`: TCP over IPv4 over Ethernet, without options."""
    here = order[at]
    sequence = int.from_bytes(here.data[SEQUENCE : SEQUENCE + 4], "big")
    data = here.data[PAYLOAD:]
    known = talk.acknowledged(direction)
    if kind == LOSE:
        del order[at]
    elif kind == REPACK:
        behind = order[at + 1].data if at + 1 < len(order) else b""
        more = behind[PAYLOAD:] if behind[SEQUENCE : SEQUENCE + 4] == ((sequence + len(data)) & 0xFFFFFFFF).to_bytes(4, "big") else b""
        order.append(talk.segment(direction, data + more, sequence=sequence, acknowledgement=known))
    elif kind in (FORGE_BEFORE, FORGE_BEHIND):
        other = bytes(octet ^ 1 for octet in data)
        order.insert(at + (kind == FORGE_BEHIND), talk.segment(direction, other, sequence=sequence, acknowledgement=known))
    elif kind == PROBE:
        order.insert(at, talk.segment(direction, b"?", sequence=(sequence - 1) & 0xFFFFFFFF, acknowledgement=known))
    elif kind == RESET:
        order.insert(at + 1, talk.segment(direction, flags=20, sequence=(sequence + len(data)) & 0xFFFFFFFF, acknowledgement=known))


SEQUENCE, PAYLOAD = 38, 54
"""Where a rendered packet has its sequence number and its payload."""

DIRECTIONS = {TO_SERVER: "client", TO_CLIENT: "server"}
