"""From a frame to its TCP segment or UDP datagram: link layer, tags, IPv4 and IPv6, fragments, tunnels. Knows no flow.

Checksums are not verified: offloading makes many of them wrong in a capture. A first fragment that is not all there can never be made whole: its
UDP datagram is given as far as it goes, like any datagram that the capture cut. What a
tunnel carries replaces the tunnel: `tunnels` says why."""

from __future__ import annotations

from typing import Protocol

from wiregram.decode import link, tunnels
from wiregram.decode.fragments import Fragments
from wiregram.decode.link import BRIDGED, IPV4, IPV6, MPLS, MPLS_MULTICAST, OTHER, PPP_FRAME, PPPOE, TAGS, TRUNCATED, UNKNOWN_LINK
from wiregram.model.outcome import Event
from wiregram.model.packet import SYN, TCP, UDP, Packet, Segment

ETHERNET = 1
MOST_LAYERS = 16
MOST_EVENTS = 64
IPV4_IN_IP, IPV6_IN_IP, GRE = 4, 41, 47
HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, DESTINATION, MOBILITY, HOST_IDENTITY, SHIM6 = 0, 43, 44, 51, 60, 135, 139, 140
NO_OPERATION, WINDOW_SCALE = 1, 3
ERSPAN_2, ERSPAN_3 = 0x88BE, 0x22EB
TUNNELS = tunnels.PORTS


class Bounds(Protocol):
    """What the engine's settings say about this room."""

    @property
    def fragment_memory(self) -> int: ...
    @property
    def fragment_timeout(self) -> float: ...


class Decoder:
    """`decode(packet)` gives the segment, or None when there is none (another protocol, a fragment, damage). Never raises on any octets.

    `counters` says what was met. Damage is also put into `events` (at most 64 until they are taken with `take`)."""

    __slots__ = ("_kinds", "_packet", "_tags", "dropped_events", "events", "fragments", "ipv4", "ipv6", "octets", "packets", "tcp", "udp")

    def __init__(self, settings: Bounds) -> None:
        self.fragments = Fragments(settings.fragment_memory, settings.fragment_timeout)
        self.events: list[Event] = []
        self.dropped_events = 0
        self.packets = self.octets = self.ipv4 = self.ipv6 = self.tcp = self.udp = 0
        self._kinds: dict[str, int] = {}
        self._tags: tuple[int, ...] = ()
        self._packet: Packet | None = None

    @property
    def counters(self) -> dict[str, int]:
        """How often each thing was met, by name; damage under the name of its event."""
        fragments = self.fragments
        return {
            "pkts": self.packets,
            "bytes": self.octets,
            "ipv4": self.ipv4,
            "ipv6": self.ipv6,
            "tcp": self.tcp,
            "udp": self.udp,
            "fragments": fragments.seen,
            "fragments_reassembled": fragments.reassembled,
            "fragments_timeout": fragments.timeouts,
            "fragments_evicted": fragments.evicted,
            "fragments_refused": fragments.refused,
            "fragments_overlap": fragments.overlaps,
            **self._kinds,
        }

    def take(self) -> list[Event]:
        """The events since the last call."""
        events, self.events = self.events, []
        return events

    def decode(self, packet: Packet) -> Segment | None:
        data = packet.data
        self._packet = packet
        self._tags = ()
        self.packets += 1
        self.octets += packet.length
        at = 14
        kind = 0
        if packet.link == ETHERNET and len(data) >= 14:
            kind = data[12] << 8 | data[13]
        if kind != IPV4 and kind != IPV6:
            if kind <= 1500:
                kind, at = link.locate(packet.link, data)
            kind, at = self._shims(data, kind, at)
        return self._internet(data, kind, at, packet.length)

    def _internet(self, data: bytes, kind: int, at: int, wire: int) -> Segment | None:
        """The network layer at `at`, and what it carries. `wire` is where the frame ended on the wire; `data` may be cut before that."""
        packet = self._packet
        assert packet is not None
        end = len(data)
        frame = packet.length
        cut = False  # a first fragment that the capture cut: the datagram goes on behind it
        for _ in range(MOST_LAYERS):
            if kind == IPV4:
                self.ipv4 += 1
                if end - at < 20:
                    return self._damage("ipv4_truncated")
                header = (data[at] & 15) << 2
                if data[at] >> 4 != 4:
                    return self._damage("ipv4_version")
                stop = at + (data[at + 2] << 8 | data[at + 3])
                if stop == at:  # left to the network card that would cut the packet up
                    stop = wire
                if header < 20 or stop - at < header:
                    return self._damage("ipv4_header_length")
                if stop > wire:
                    self._damage("ipv4_truncated")
                else:
                    wire = stop
                if wire < end:
                    end = wire
                protocol = data[at + 9]
                source = data[at + 12 : at + 16]
                target = data[at + 16 : at + 20]
                place = (data[at + 6] << 8 | data[at + 7]) & 0x3FFF
                if place:
                    if stop > end:  # not all of the fragment is here: the datagram cannot be made whole
                        if wire > end:  # else it has been told
                            self._damage("fragment_truncated")
                        self.fragments.seen += 1
                        if protocol != UDP or place & 0x1FFF:
                            return None
                        cut = True
                        at += header
                    else:
                        key = (source, target, protocol, data[at + 4 : at + 6], self._tags)
                        whole = self.fragments.push(
                            key, (place & 0x1FFF) << 3, place & 0x2000 != 0, data[at + header : end], packet.time, packet.length
                        )  # fmt: skip
                        if whole is None:
                            return None
                        data = whole
                        at = 0
                        end = wire = len(data)
                        frame = self.fragments.frame
                else:
                    at += header
            elif kind == IPV6:
                self.ipv6 += 1
                if end - at < 40:
                    return self._damage("ipv6_truncated")
                if data[at] >> 4 != 6:
                    return self._damage("ipv6_version")
                stop = data[at + 4] << 8 | data[at + 5]
                stop = at + 40 + stop if stop else wire  # zero: a jumbogram, or left to the network card
                if stop > wire:
                    self._damage("ipv6_truncated")
                else:
                    wire = stop
                if wire < end:
                    end = wire
                protocol = data[at + 6]
                source = data[at + 8 : at + 24]
                target = data[at + 24 : at + 40]
                at += 40
                extensions = 0
                while protocol != TCP and protocol != UDP:
                    if protocol == FRAGMENT:
                        if end - at < 8:
                            return self._damage("ipv6_truncated")
                        protocol = data[at]
                        place = data[at + 2] << 8 | data[at + 3]
                        if place & 0xFFF9:
                            if stop > end:
                                if wire > end:
                                    self._damage("fragment_truncated")
                                self.fragments.seen += 1
                                if protocol != UDP or place & 0xFFF8:
                                    return None
                                cut = True
                                at += 8
                            else:
                                key = (source, target, protocol, data[at + 4 : at + 8], self._tags)
                                whole = self.fragments.push(key, place & 0xFFF8, place & 1 != 0, data[at + 8 : end], packet.time, packet.length)
                                if whole is None:
                                    return None
                                data = whole
                                at = 0
                                end = wire = len(data)
                                frame = self.fragments.frame
                        else:
                            at += 8
                    elif protocol in (HOP_BY_HOP, ROUTING, DESTINATION, MOBILITY, HOST_IDENTITY, SHIM6, AUTHENTICATION):
                        if end - at < 2:
                            return self._damage("ipv6_truncated")
                        size = data[at + 1] + 2 << 2 if protocol == AUTHENTICATION else data[at + 1] + 1 << 3
                        protocol = data[at]
                        at += size
                        if at > end:
                            return self._damage("ipv6_truncated")
                    else:
                        break
                    extensions += 1
                    if extensions > MOST_LAYERS:
                        return self._damage("too_many_layers")
            else:
                return self._no_network(kind)

            if protocol == TCP:
                self.tcp += 1
                if end - at < 20:
                    return self._damage("tcp_truncated")
                body = at + (data[at + 12] >> 4 << 2)
                if body - at < 20 or body > wire:
                    return self._damage("tcp_header_length")
                sequence = data[at + 4]  # names of their own: 32 bits do not fit C's int, which octets are shifted in
                acknowledgement = data[at + 8]
                return Segment(
                    packet.number, packet.time, TCP,
                    source, data[at] << 8 | data[at + 1], target, data[at + 2] << 8 | data[at + 3],
                    data[body:end], wire - body, data[at + 13],
                    sequence << 24 | data[at + 5] << 16 | data[at + 6] << 8 | data[at + 7],
                    acknowledgement << 24 | data[at + 9] << 16 | data[at + 10] << 8 | data[at + 11],
                    data[at + 14] << 8 | data[at + 15], self._tags, frame,
                    window_scale(data, at + 20, min(body, end)) if data[at + 13] & SYN else -1,
                )  # fmt: skip
            if protocol == UDP:
                self.udp += 1
                if end - at < 8:
                    return self._damage("udp_truncated")
                stop = data[at + 4] << 8 | data[at + 5]
                stop = at + stop if stop else wire  # zero: a jumbogram (RFC 2675)
                if stop - at < 8:
                    return self._damage("udp_length")
                if stop > wire and not cut:
                    self._damage("udp_truncated")
                    stop = wire
                source_port = data[at] << 8 | data[at + 1]
                target_port = data[at + 2] << 8 | data[at + 3]
                number = TUNNELS[target_port] or TUNNELS[source_port]
                if number:
                    kind, body = tunnels.enter(number, data, at + 8, min(end, stop), stop)
                    if kind != OTHER:
                        name = tunnels.NAMES[number]
                        self._kinds[name] = self._kinds.get(name, 0) + 1
                        wire = stop
                        end = min(end, stop)
                        cut = False
                        kind, at = self._shims(data, kind, body)
                        continue
                return Segment(
                    packet.number, packet.time, UDP, source, source_port, target, target_port,
                    data[at + 8 : stop], stop - at - 8, 0, 0, 0, 0, self._tags, frame,
                )  # fmt: skip
            kind, at = self._tunnel(data, protocol, at)
            kind, at = self._shims(data, kind, at)
        return self._damage("too_many_layers")

    def _shims(self, data: bytes, kind: int, at: int) -> tuple[int, int]:
        """Pass over what may lie between the link and the network layer: VLAN tags, labels, PPPoE, a bridged frame."""
        for _ in range(MOST_LAYERS):
            if kind in TAGS:
                if len(data) - at < 4:
                    return TRUNCATED, at
                tag = (data[at] << 8 | data[at + 1]) & 0x0FFF
                if tag:  # 0 is a priority without a VLAN
                    self._tags += (tag,)
                kind = data[at + 2] << 8 | data[at + 3]
                at += 4
                if kind <= 1500:
                    kind, at = link.llc(data, at)
            elif kind in (MPLS, MPLS_MULTICAST):
                kind, at = link.mpls(data, at)
            elif kind == PPPOE:
                kind, at = link.pppoe(data, at)
            elif kind == PPP_FRAME:
                kind, at = link.ppp(data, at)
            elif kind == BRIDGED:
                kind, at = link.ethernet(data, at)
            else:
                return kind, at
        return OTHER, at

    def _tunnel(self, data: bytes, protocol: int, at: int) -> tuple[int, int]:
        """What an IP protocol other than TCP and UDP carries."""
        if protocol == IPV4_IN_IP:
            return IPV4, at
        if protocol == IPV6_IN_IP:
            return IPV6, at
        if protocol == GRE:
            return _gre(data, at)
        return OTHER, at

    def _no_network(self, kind: int) -> Segment | None:
        if kind == TRUNCATED:
            return self._damage("link_truncated")
        name = "unknown_link" if kind == UNKNOWN_LINK else "other"
        self._kinds[name] = self._kinds.get(name, 0) + 1
        return None

    def _damage(self, name: str) -> Segment | None:
        """Count it, keep the event; no segment comes of it."""
        self._kinds[name] = self._kinds.get(name, 0) + 1
        packet = self._packet
        if packet is not None and len(self.events) < MOST_EVENTS:
            self.events.append(Event(name, "warning", -1, -1, packet.time, packet.number, layer="decode"))
        else:
            self.dropped_events += 1
        return None


def _gre(data: bytes, at: int) -> tuple[int, int]:
    """RFC 2784 with key and sequence number (RFC 2890), version 1 (RFC 2637), and the mirrors' headers in it (draft-foschiano-erspan)."""
    size = len(data)
    if size - at < 4:
        return TRUNCATED, at
    flags = data[at]
    version = data[at + 1] & 7
    kind = data[at + 2] << 8 | data[at + 3]
    at += 4
    if version == 1:
        return PPP_FRAME, at + 4 + (flags >> 2 & 4) + (data[at - 3] >> 5 & 4)
    if version or flags & 0x40:  # source routes have gone out of use
        return OTHER, at
    at += (flags >> 5 & 4) + (flags >> 3 & 4) + (flags >> 2 & 4)
    if kind == ERSPAN_2:
        return BRIDGED, at + (8 if flags & 0x10 else 0)
    if kind == ERSPAN_3:
        if size - at < 12:
            return TRUNCATED, at
        return BRIDGED, at + (20 if data[at + 11] & 1 else 12)
    return kind, at


def window_scale(data: bytes, at: int, end: int) -> int:
    """The shift that the options of a SYN ask for (RFC 7323, section 2.2: at most 14), -1 without one."""
    while at + 2 < end and data[at]:
        if data[at] == NO_OPERATION:
            at += 1
        elif data[at] == WINDOW_SCALE and data[at + 1] == 3:
            return min(data[at + 2], 14)
        else:
            at += max(2, data[at + 1])
    return -1
