"""A flow: the packets between two ends, its counters, and where each of its bytes went."""

from __future__ import annotations


class Account:
    """Where the bytes of one direction went. For TCP their sum is the span of sequence numbers seen; for UDP the payload."""

    __slots__ = ("beyond_depth", "gap", "opaque", "parsed", "skipped", "undetected")

    def __init__(self) -> None:
        self.parsed = 0
        self.skipped = 0  # passed over with an event
        self.gap = 0
        self.beyond_depth = 0
        self.opaque = 0  # behind a `stop`: encrypted, given up
        self.undetected = 0

    def total(self) -> int:
        return self.parsed + self.skipped + self.gap + self.beyond_depth + self.opaque + self.undetected


class Flow:
    """One flow. Index 0 of a pair is to_server, 1 is to_client. `client` and `server` are packed addresses; times in ns.

    The client is the sender of the SYN, else of the first packet, until detection finds that the flow is seen the wrong way round
    (`swap`)."""

    __slots__ = (
        "accounts", "capture", "client", "client_port", "context", "detection", "expected_protocol", "first_number", "first_time", "flags", "id",
        "last_time",
        "midstream", "octets", "old_protocol", "packets", "protocol", "protocol_sides", "reason", "server", "server_port", "state", "transactions",
        "transport", "vlan",
    )  # fmt: skip

    def __init__(
        self, flow_id: int, transport: int, client: bytes, client_port: int, server: bytes, server_port: int, time: int, number: int
    ) -> None:
        self.id = flow_id
        self.transport = transport
        self.client = client
        self.client_port = client_port
        self.server = server
        self.server_port = server_port
        self.first_time = self.last_time = time
        self.first_number = number
        self.capture = ""
        self.vlan: tuple[int, ...] = ()
        self.packets = [0, 0]
        self.octets = [0, 0]
        self.flags = [0, 0]
        self.accounts = [Account(), Account()]
        self.midstream = False
        self.state = "new"  # new, established, closed
        self.reason = ""  # timeout, forced, shutdown, reuse, evicted
        self.protocol = ""  # '' = not known yet, 'failed' = none
        self.protocol_sides = ["", ""]
        self.old_protocol = ""
        self.expected_protocol = ""
        self.transactions = 0
        self.context: object = None  # what the engine keeps for the flow
        self.detection: dict[str, object] | None = None  # why it has its protocol, where that is asked for

    def swap(self) -> None:
        """The flow was seen the wrong way round: exchange the two ends and all that is kept a direction."""
        self.client, self.server = self.server, self.client
        self.client_port, self.server_port = self.server_port, self.client_port
        for pair in (self.packets, self.octets, self.flags, self.accounts, self.protocol_sides):
            pair.reverse()
