"""A captured frame, and what decoding makes of it."""

from __future__ import annotations

TO_SERVER, TO_CLIENT = 0, 1
DIRECTIONS = ("to_server", "to_client")
TCP, UDP = 6, 17
TRANSPORTS = {TCP: "tcp", UDP: "udp"}

FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = 1, 2, 4, 8, 16, 32, 64, 128


class Packet:
    """A frame as captured: `number` from 1 within its capture, `time` in ns since 1970, `link` a LINKTYPE_ number,
    `length` the octets on the wire (at least len(data)), `capture` the file's name, `interface` its name or ''."""

    __slots__ = ("capture", "data", "interface", "length", "link", "number", "time")

    def __init__(self, number: int, time: int, link: int, data: bytes, length: int = -1, capture: str = "", interface: str = "") -> None:
        self.number = number
        self.time = time
        self.link = link
        self.data = data
        self.length = len(data) if length < 0 else length
        self.capture = capture
        self.interface = interface


class Segment:
    """A TCP segment or a UDP datagram. `source` and `target` are packed addresses (4 or 16 bytes); `length` is the payload's
    length on the wire, more than len(payload) where the capture cut it; `sequence`, `acknowledgement` are the raw 32-bit
    numbers; `scale` how far the sender's later windows are to be shifted, where a SYN says so (-1: it does not); `vlan` the outer to inner
    tags."""

    __slots__ = (
        "acknowledgement", "flags", "frame", "length", "number", "payload", "scale", "sequence", "source", "source_port", "target", "target_port",
        "time", "transport", "vlan", "window",
    )  # fmt: skip

    def __init__(
        self,
        number: int,
        time: int,
        transport: int,
        source: bytes,
        source_port: int,
        target: bytes,
        target_port: int,
        payload: bytes,
        length: int = -1,
        flags: int = 0,
        sequence: int = 0,
        acknowledgement: int = 0,
        window: int = 0,
        vlan: tuple[int, ...] = (),
        frame: int = 0,
        scale: int = -1,
    ) -> None:
        self.number = number
        self.time = time
        self.transport = transport
        self.source = source
        self.source_port = source_port
        self.target = target
        self.target_port = target_port
        self.payload = payload
        self.length = len(payload) if length < 0 else length
        self.flags = flags
        self.sequence = sequence
        self.acknowledgement = acknowledgement
        self.window = window
        self.scale = scale
        self.vlan = vlan
        self.frame = frame  # octets of the whole frame on the wire, for the flow's byte counters
