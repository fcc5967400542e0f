"""A plan: everything that a scenario sends, as plain data. Its JSON is the lasting reproducer; `wire` makes the packets, always the same ones.

A plan knows bytes, turns and where they are cut, and nothing of grammars: it outlives the description that it was made from.
"""

from __future__ import annotations

import hashlib

import msgspec

from wiregram.testing import TO_CLIENT, TO_SERVER

FORMAT = 1
CLIENT_PORT = 40_000
"""The client's port of the first flow; the others follow."""

VALID, NEAR, GARBAGE = "valid", "near", "garbage"
TIERS = (VALID, NEAR, GARBAGE)
JUNK, EXTRA, CAPTURED = "junk", "extra", "captured"
"""Beside the tiers: a line that is no message and ends where messages do; a sound answer that nobody has asked for; what a capture has."""

REPEAT, LATE, SHORTER, LONGER, REPACK, OVERLAP = "repeat", "late", "shorter", "longer", "repack", "overlap"
SWAP, KEEPALIVE, ACKNOWLEDGE, CLOSED_WINDOW, WAIT = "swap", "keepalive", "acknowledge", "closed-window", "wait"
OPERATIONS = {
    REPEAT: "the packet is sent twice",
    LATE: "the packet is sent again at the end of its turn",
    SHORTER: "the first half of the packet is sent again at the end of its turn",
    LONGER: "the packet behind it comes only in one piece with a copy of this one",
    REPACK: "the packet comes again at the end of its turn, in one piece with the one behind it",
    OVERLAP: "behind the packet comes one with its second half and the first half of the next",
    SWAP: "the packet and the one behind it change places",
    KEEPALIVE: "before the packet comes a keep-alive: no octets, one number too low",
    ACKNOWLEDGE: "behind the packet comes an empty acknowledgement of the other side",
    CLOSED_WINDOW: "behind the packet the other side closes its window, and opens it again",
    WAIT: "before the packet time passes, too little for anything to end",
}
"""What TCP may do to a packet without changing what is delivered. Where packets change places nothing may wait: a hole may end by it."""

LOSE, FORGE_BEFORE, FORGE_BEHIND, PROBE, RESET, REVIVE = "lose", "forge-before", "forge-behind", "probe", "reset", "revive"
PAUSE, TARDY = "pause", "tardy"
HOSTILE = {
    LOSE: "the capture does not have the packet",
    FORGE_BEFORE: "before the packet comes one with the same numbers and other octets",
    FORGE_BEHIND: "behind the packet comes one with the same numbers and other octets",
    PROBE: "before the packet comes a keep-alive with an octet of its own, one number too low",
    RESET: "behind the packet comes a reset of the same side",
    REVIVE: "behind the packet comes a reset of the same side, and then more octets",
    PAUSE: "before the packet time passes, in which exchanges and flows may end",
    TARDY: "the other side acknowledges the packet, then time passes, and then the packet comes",
}
"""What may change what is delivered: of these plans only the stream itself is judged, by a model octet by octet."""

DATAGRAMS = (LOSE, REPEAT, SWAP, LATE, PAUSE)
"""What may happen to datagrams; each is a message, so that all of it is hostile."""

HAPPENINGS = {**OPERATIONS, **HOSTILE}

FIN, FIN_DATA, BOTH, RST, NOTHING = "fin", "fin-data", "both", "rst", "nothing"
ENDINGS = {
    FIN: "the client ends, then the server",
    FIN_DATA: "each side's end comes with its last octets",
    BOTH: "both sides end at the same time",
    RST: "the client resets the connection",
    NOTHING: "the capture ends before the connection does",
}


class Message(msgspec.Struct, omit_defaults=True):
    """Some octets of one side; `name` is the grammar's message (empty: raw bytes), `tier` says how they were made."""

    data: bytes
    name: str = ""
    tier: str = VALID


class Operation(msgspec.Struct, omit_defaults=True):
    """Something that happens to packet `packet` of turn `turn` (both modulo what there is). `time`: how long it takes, in ns."""

    kind: str
    turn: int
    packet: int
    time: int = 0


class Turn(msgspec.Struct, omit_defaults=True):
    """What one side sends before the other speaks. `cuts` are offsets into the turn's octets (TCP; a datagram is a message)."""

    direction: int
    messages: list[Message]
    cuts: list[int] = []

    @property
    def data(self) -> bytes:
        messages = self.messages
        return messages[0].data if len(messages) == 1 else b"".join([message.data for message in messages])


class Promise(msgspec.Struct, omit_defaults=True):
    """What the generator knows of one exchange that it has made: after which turn it is complete (-1: with the stream), and values that its record
    must have, as text (by their places in the record, with dots between; the summary's names stand under `summary.`)."""

    turn: int
    values: dict[str, str]


class Flow(msgspec.Struct, omit_defaults=True):
    """One connection to `port`; `isn` are the sides' first sequence numbers; `opened`: with a handshake, else the capture begins in its midst.
    `operations` leave the streams as they are, `hostile` ones may not. `again`: between the same two ports as the flow before it.
    `promises`: its exchanges, in the order in which their records are due; None: nothing is promised."""

    transport: str
    port: int
    turns: list[Turn]
    operations: list[Operation] = []
    hostile: list[Operation] = []
    isn: tuple[int, int] = (1000, 5000)
    opened: bool = True
    ending: str = FIN
    again: bool = False
    promises: list[Promise] | None = None


class Plan(msgspec.Struct, omit_defaults=True):
    """`interleaved`: the flows' packets come in turn, one of each; else a flow comes after the other. `limits` are laid over those of the
    protocol, `settings` over those of the engine."""

    protocol: str
    flows: list[Flow]
    format: int = FORMAT
    interleaved: bool = False
    limits: dict[str, int] = {}
    settings: dict[str, int] = {}

    def json(self) -> bytes:
        return msgspec.json.format(msgspec.json.encode(self), indent=1)

    def name(self) -> str:
        """Twelve hex digits that are this plan's own."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:12]

    @property
    def hostile(self) -> bool:
        """Whether the streams may be others than what the turns say."""
        return any(flow.hostile or not flow.opened for flow in self.flows)


def read_plan(text: bytes) -> Plan:
    """A plan from its JSON; raises msgspec.ValidationError or DecodeError."""
    return msgspec.json.decode(text, type=Plan)


def ports(plan: Plan) -> list[int]:
    """The client's port of each flow."""
    found: list[int] = []
    for number, flow in enumerate(plan.flows):
        found.append(found[-1] if flow.again and found else CLIENT_PORT + number)
    return found


def steps(cuts: list[int], size: int) -> list[int]:
    """Cuts in order, without doubles, inside the octets."""
    return sorted({cut for cut in cuts if 0 < cut < size})


def bare(plan: Plan) -> Plan:
    """The same dialogues, each turn in one piece, and nothing happening to its packets."""
    flows = [
        msgspec.structs.replace(flow, turns=[Turn(turn.direction, turn.messages) for turn in flow.turns], operations=[], hostile=[], isn=(1000, 5000))
        for flow in plan.flows
    ]
    return msgspec.structs.replace(plan, flows=flows)


DIRECTIONS = {TO_SERVER: "client", TO_CLIENT: "server"}
