"""Made-up packets: frames with right lengths and checksums, and a conversation between two ends that keeps their numbers.

Deterministic: the same calls give the same octets and times. Knows TCP and UDP over IPv4 and IPv6 over Ethernet, and no protocol above."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from struct import Struct

from wiregram.model.packet import ACK, FIN, PSH, RST, SYN, TCP, TO_CLIENT, TO_SERVER, UDP, Packet

ETHERNET = 1
CLIENT_MAC, SERVER_MAC = b"\x02\0\0\0\0\x01", b"\x02\0\0\0\0\x02"
M32 = 0xFFFFFFFF
MILLISECOND = 1_000_000
START = 1_700_000_000_000_000_000
LARGEST_DATAGRAM = 65_507

_TCP = Struct(">HHIIHHHH").pack
_UDP = Struct(">HHHH").pack
_IPV4 = Struct(">BBHHHBBH").pack
_IPV6 = Struct(">IHBB").pack
_TAG = Struct(">HH").pack


def checksum(octets: bytes) -> int:
    """The Internet checksum (RFC 1071). The ones' complement sum of 16-bit words is the number they spell modulo 65535."""
    if len(octets) & 1:
        octets += b"\0"
    value = int.from_bytes(octets, "big")
    rest = value % 0xFFFF
    return 0xFFFF - rest if rest or not value else 0


def address(text: str | bytes) -> bytes:
    """A packed address from its text; packed ones pass."""
    return text if isinstance(text, bytes) else ipaddress.ip_address(text).packed


def frame(
    source: bytes,
    target: bytes,
    transport: int,
    body: bytes,
    *,
    vlan: Sequence[int] = (),
    macs: tuple[bytes, bytes] = (CLIENT_MAC, SERVER_MAC),
    identification: int = 0,
    ttl: int = 64,
) -> bytes:
    """An Ethernet frame around an IP payload; `source` and `target` are packed, both of 4 or both of 16 octets; `macs` are source and target."""
    if len(source) == 4:
        half = _IPV4(0x45, 0, 20 + len(body), identification & 0xFFFF, 0x4000, ttl, transport, 0)
        internet = half[:10] + checksum(half + source + target).to_bytes(2, "big") + source + target
        ethertype = 0x0800
    else:
        internet = _IPV6(0x60000000, len(body), transport, ttl) + source + target
        ethertype = 0x86DD
    tags = b"".join(_TAG(0x8100, tag & 0x0FFF) for tag in vlan)
    return macs[1] + macs[0] + tags + ethertype.to_bytes(2, "big") + internet + body


def tcp(
    source: bytes,
    source_port: int,
    target: bytes,
    target_port: int,
    sequence: int,
    acknowledgement: int,
    flags: int,
    payload: bytes = b"",
    window: int = 65_535,
    urgent: int = 0,
    options: bytes = b"",
) -> bytes:
    """A TCP segment (RFC 9293) with its checksum; `options` are padded to a multiple of 4."""
    options += b"\0" * (-len(options) & 3)
    words = (20 + len(options)) << 10
    head = _TCP(source_port, target_port, sequence & M32, acknowledgement & M32, words | flags & 0xFF, window, 0, urgent)
    size = 20 + len(options) + len(payload)
    total = checksum(source + target + (TCP << 32 | size).to_bytes(8, "big") + head + options + payload)
    return head[:16] + total.to_bytes(2, "big") + head[18:] + options + payload


def udp(source: bytes, source_port: int, target: bytes, target_port: int, payload: bytes) -> bytes:
    """A UDP datagram (RFC 768) with its checksum."""
    size = 8 + len(payload)
    head = _UDP(source_port, target_port, size, 0)
    total = checksum(source + target + (UDP << 32 | size).to_bytes(8, "big") + head + payload) or 0xFFFF
    return head[:6] + total.to_bytes(2, "big") + payload


class Timeline:
    """The clock and the packet numbers that conversations share: packets come in the order in which they are made, `step` ns apart."""

    __slots__ = ("number", "step", "time")

    def __init__(self, time: int = START, step: int = MILLISECOND) -> None:
        self.time = time
        self.step = step
        self.number = 0

    def stamp(self, data: bytes) -> Packet:
        self.number += 1
        packet = Packet(self.number, self.time, ETHERNET, data)
        self.time += self.step
        return packet

    def wait(self, seconds: float) -> None:
        self.time += round(seconds * 1_000_000_000)


class End:
    """One end of a conversation: where it is, the number of its first octet, and how far it has come."""

    __slots__ = ("address", "identification", "isn", "mac", "next", "port", "turns")

    def __init__(self, where: bytes, port: int, isn: int, mac: bytes) -> None:
        self.address = where
        self.port = port
        self.mac = mac
        self.isn = isn & M32
        self.next = isn & M32
        self.turns: list[int] = []  # `next` before each turn
        self.identification = 0


class Conversation:
    """A TCP connection, or a pair of UDP ports. Every method that sends gives the packets it made.

    Sequence and acknowledgement numbers follow what was sent. `segment` makes one packet with any numbers and changes nothing: retransmissions,
    overlaps, disorder (make in one order, hand on in another). Directions are TO_SERVER (the client sends) and TO_CLIENT."""

    def __init__(
        self,
        client: str | bytes = "192.0.2.1",
        server: str | bytes = "198.51.100.1",
        client_port: int = 40_000,
        server_port: int = 80,
        *,
        transport: int = TCP,
        timeline: Timeline | None = None,
        isn: tuple[int, int] = (1_000, 5_000),
        mss: int = 1_460,
        vlan: Sequence[int] = (),
    ) -> None:
        self.transport = transport
        self.timeline = timeline or Timeline()
        self.mss = mss
        self.vlan = tuple(vlan)
        self.ends = (
            End(address(client), client_port, isn[0], CLIENT_MAC),
            End(address(server), server_port, isn[1], SERVER_MAC),
        )

    def open(self) -> list[Packet]:
        """The handshake; nothing for UDP. Without it the flow is a midstream one."""
        if self.transport != TCP:
            return []
        client, server = self.ends
        packets = [self.segment(TO_SERVER, flags=SYN, sequence=client.isn, acknowledgement=0)]
        client.next = (client.isn + 1) & M32
        packets.append(self.segment(TO_CLIENT, flags=SYN | ACK, sequence=server.isn))
        server.next = (server.isn + 1) & M32
        packets.append(self.segment(TO_SERVER, flags=ACK))
        return packets

    def client(self, data: bytes, *, cuts: Sequence[int] = (), unseen: int = 0) -> list[Packet]:
        """The client's next turn; see `send`."""
        return self.send(TO_SERVER, data, cuts=cuts, unseen=unseen)

    def server(self, data: bytes, *, cuts: Sequence[int] = (), unseen: int = 0) -> list[Packet]:
        """The server's next turn; see `send`."""
        return self.send(TO_CLIENT, data, cuts=cuts, unseen=unseen)

    def send(self, direction: int, data: bytes, *, cuts: Sequence[int] = (), unseen: int = 0) -> list[Packet]:
        """One turn of one side. TCP: cut at the offsets `cuts` (increasing) and wherever the segment size demands; UDP: one datagram, never cut.
        `unseen`: the sender has not seen the last so many turns of the other side, so it acknowledges only what was before them."""
        end = self.ends[direction]
        end.turns.append(end.next)
        if self.transport != TCP:
            return [self.segment(direction, data)]
        acknowledgement = self.acknowledged(direction, unseen)
        packets = []
        at = 0
        for cut in (*cuts, len(data)):
            while at < cut:
                piece = data[at : min(cut, at + self.mss)]
                packets.append(self.segment(direction, piece, flags=ACK | PSH, acknowledgement=acknowledgement))
                end.next = (end.next + len(piece)) & M32
                at += len(piece)
        return packets

    def acknowledged(self, direction: int, unseen: int = 0) -> int:
        """The number that the sender of this direction acknowledges when it has not seen the other side's last `unseen` turns."""
        other = self.ends[1 - direction]
        if unseen <= 0 or not other.turns:
            return other.next
        return other.turns[max(0, len(other.turns) - unseen)]

    def ack(self, direction: int) -> list[Packet]:
        """An empty segment that acknowledges everything; nothing for UDP."""
        return [self.segment(direction, flags=ACK)] if self.transport == TCP else []

    def gap(self, size: int, direction: int) -> None:
        """The side sends so many octets, and the capture loses them."""
        end = self.ends[direction]
        end.turns.append(end.next)
        end.next = (end.next + size) & M32

    def wait(self, seconds: float) -> None:
        self.timeline.wait(seconds)

    def end(self, direction: int) -> list[Packet]:
        """The side has nothing more to say: FIN, and the other's acknowledgement; nothing for UDP."""
        if self.transport != TCP:
            return []
        packets = [self.segment(direction, flags=FIN | ACK)]
        end = self.ends[direction]
        end.next = (end.next + 1) & M32
        return packets + self.ack(1 - direction)

    def close(self) -> list[Packet]:
        """Both sides end, the client first."""
        return self.end(TO_SERVER) + self.end(TO_CLIENT)

    def reset(self, direction: int) -> list[Packet]:
        return [self.segment(direction, flags=RST | ACK)] if self.transport == TCP else []

    def segment(
        self,
        direction: int,
        data: bytes = b"",
        *,
        flags: int = ACK | PSH,
        sequence: int | None = None,
        acknowledgement: int | None = None,
        window: int = 65_535,
    ) -> Packet:
        """One packet as given (by default where the side stands, acknowledging everything); it does not change where the side stands."""
        end, other = self.ends[direction], self.ends[1 - direction]
        if self.transport == TCP:
            sequence = end.next if sequence is None else sequence
            acknowledgement = other.next if acknowledgement is None else acknowledgement
            body = tcp(end.address, end.port, other.address, other.port, sequence, acknowledgement, flags, data, window)
        else:
            if len(data) > LARGEST_DATAGRAM:
                raise ValueError(f"a datagram carries at most {LARGEST_DATAGRAM} octets, not {len(data)}")
            body = udp(end.address, end.port, other.address, other.port, data)
        end.identification += 1
        return self.timeline.stamp(
            frame(
                end.address, other.address, self.transport, body, vlan=self.vlan, macs=(end.mac, other.mac), identification=end.identification,
            )
        )  # fmt: skip
