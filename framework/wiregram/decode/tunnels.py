"""Tunnels that UDP carries, found by port and believed by content: VXLAN (RFC 7348) and its generic extension (draft-ietf-nvo3-vxlan-gpe), Geneve
(RFC 8926), GTP-U (3GPP TS 29.281), Teredo (RFC 4380). Knows no flow.

The packet inside replaces the datagram around it, as in a tunnel that IP carries: a frame belongs to one flow, so the octets of all flows add up to
those of the capture, and the outer flow has nothing of its own to say. (Suricata counts the frame in both.) A port alone proves nothing, since a
client may have any: the header must hold together and IP or a known EtherType must follow, with lengths that fit. Everything else stays a datagram,
as do the messages of the tunnel's own protocol (an echo of GTP-U). The number of the network within the tunnel is not part of a flow's ends."""

from __future__ import annotations

from wiregram.decode.link import BRIDGED, IPV4, IPV6, MPLS, MPLS_MULTICAST, OTHER, PPPOE, TAGS

VXLAN, VXLAN_GPE, GENEVE, GTP, TEREDO = 1, 2, 3, 4, 5
NAMES = ("", "vxlan", "vxlan_gpe", "geneve", "gtp", "teredo")

_NUMBERS = {4789: VXLAN, 4790: VXLAN_GPE, 6081: GENEVE, 2152: GTP, 3544: TEREDO}
PORTS = bytes(_NUMBERS.get(port, 0) for port in range(65_536))
"""By port: one of the above, 0 for none. Answers go out from these ports as well."""

ARP, PPPOE_DISCOVERY = 0x0806, 0x8863
KNOWN = frozenset((ARP, MPLS, MPLS_MULTICAST, PPPOE, PPPOE_DISCOVERY))
MOST_TAGS = 4
MOST_EXTENSIONS = 16
T_PDU = 0xFF
TEREDO_PREFIXES = frozenset((b"\x20\x01\0\0", b"\x3f\xfe\x83\x1f"))
"""2001::/32, and 3ffe:831f::/32 of the time before the RFC."""


def enter(tunnel: int, data: bytes, at: int, end: int, wire: int) -> tuple[int, int]:
    """What the payload of a datagram, at `at`, carries: (kind, offset) as in `link`, OTHER if it is no tunnel. Captured is what lies before `end`;
    on the wire the payload went on until `wire`."""
    if end - at < 8:
        return OTHER, at
    if tunnel == TEREDO:
        return _teredo(data, at, end, wire)
    if tunnel == GTP:
        return _gtp(data, at, end, wire)
    if tunnel == GENEVE:
        kind = data[at + 2] << 8 | data[at + 3]
        if data[at] >> 6 or kind not in (BRIDGED, IPV4, IPV6):
            return OTHER, at
        at += 8 + ((data[at] & 63) << 2)
    else:
        if not data[at] & 8:  # a network number must be there
            return OTHER, at
        # The bit that announces the next protocol is left clear by some; a wrong number does not fit what follows.
        following = data[at + 3] if tunnel == VXLAN_GPE else 0
        if following > 3:
            return OTHER, at
        kind = (BRIDGED, IPV4, IPV6, BRIDGED)[following]
        at += 8
    believed = _is_ethernet(data, at, end, wire) if kind == BRIDGED else _is_ip(data, kind, at, end, wire)
    return (kind if believed else OTHER), at


def _gtp(data: bytes, at: int, end: int, wire: int) -> tuple[int, int]:
    """A G-PDU of version 1: section 5.1 with the extension headers of 5.2."""
    flags = data[at]
    if flags >> 4 != 3 or data[at + 1] != T_PDU:
        return OTHER, at
    stop = at + 8 + (data[at + 2] << 8 | data[at + 3])
    if stop > wire:
        return OTHER, at
    at += 8
    if flags & 7:  # number, N-PDU number and the next header's type are there together
        if end - at < 4:
            return OTHER, at
        following = data[at + 3] if flags & 4 else 0
        at += 4
        for _ in range(MOST_EXTENSIONS):
            if not following:
                break
            size = data[at] << 2 if at < end else 0
            if not size or at + size > end:
                return OTHER, at
            at += size
            following = data[at - 1]
        if following:
            return OTHER, at
    kind = IPV6 if at < end and data[at] >> 4 == 6 else IPV4
    return (kind if _is_ip(data, kind, at, end, stop) else OTHER), at


def _teredo(data: bytes, at: int, end: int, wire: int) -> tuple[int, int]:
    """IPv6 behind an authentication and an origin indication, section 5.1.1; an address tells whose it is, since the rest is easily met by chance."""
    if data[at] == 0 and data[at + 1] == 1:
        at += 13 + data[at + 2] + data[at + 3]
    if end - at >= 8 and data[at] == 0 and data[at + 1] == 0:
        at += 8
    if not _is_ip(data, IPV6, at, end, wire):
        return OTHER, at
    local = data[at + 8] == 0xFE and data[at + 9] >> 6 == 2  # a client and its server before there is an address
    if local or data[at + 8 : at + 12] in TEREDO_PREFIXES or data[at + 24 : at + 28] in TEREDO_PREFIXES:
        return IPV6, at
    return OTHER, at


def _is_ethernet(data: bytes, at: int, end: int, wire: int) -> bool:
    """A frame of a type that is known, behind any tags; IP in it must hold together."""
    at += 14
    for _ in range(MOST_TAGS):
        if at > end:
            return False
        kind = data[at - 2] << 8 | data[at - 1]
        if kind not in TAGS:
            return kind in KNOWN or (kind in (IPV4, IPV6) and _is_ip(data, kind, at, end, wire))
        at += 4
    return False


def _is_ip(data: bytes, kind: int, at: int, end: int, wire: int) -> bool:
    """Version, header length and length fit each other and the room there is; the header is all there."""
    if kind == IPV4:
        if end - at < 20 or data[at] >> 4 != 4:
            return False
        header = (data[at] & 15) << 2
        size = data[at + 2] << 8 | data[at + 3]
        return 20 <= header <= size <= wire - at
    return end - at >= 40 and data[at] >> 4 == 6 and 40 + (data[at + 4] << 8 | data[at + 5]) <= wire - at
