"""Link layers: where the network layer begins in a frame, and what it is. Knows the LINKTYPE_ numbers (tcpdump.org/linktypes.html).

The answer of every function is (kind, offset): an EtherType, or one of the negative numbers below."""

from __future__ import annotations

OTHER, TRUNCATED, UNKNOWN_LINK = -1, -2, -3
IPV4, IPV6, MPLS, MPLS_MULTICAST, PPPOE, BRIDGED, PPP_FRAME = 0x0800, 0x86DD, 0x8847, 0x8848, 0x8864, 0x6558, 0x880B
TAGS = frozenset((0x8100, 0x88A8, 0x9100, 0x9200, 0x9300))

NULL, ETHERNET, PPP, FDDI, RAW_12, RAW_14, PPP_HDLC, PPPOE_LINK, RAW, CISCO_HDLC, LOOP, LINUX_COOKED = 0, 1, 9, 10, 12, 14, 50, 51, 101, 104, 108, 113
RAW_IPV4, RAW_IPV6, NFLOG, LINUX_COOKED_2 = 228, 229, 239, 276

AF_INET, AF_INET6 = 2, frozenset((10, 24, 28, 30))  # Linux, NetBSD, FreeBSD, Darwin
NFLOG_PAYLOAD = 9


def locate(link: int, data: bytes) -> tuple[int, int]:
    """The network layer of a frame of this link type. Never raises."""
    if link == ETHERNET:
        return ethernet(data, 0)
    if link in (RAW, RAW_12, RAW_14):
        return by_version(data, 0)
    if link == RAW_IPV4:
        return IPV4, 0
    if link == RAW_IPV6:
        return IPV6, 0
    if link in (NULL, LOOP):
        return _loopback(data)
    if link == LINUX_COOKED:
        return _cooked(data, 14, 16)
    if link == LINUX_COOKED_2:
        return _cooked(data, 0, 20)
    if link in (PPP, PPP_HDLC):
        return _ppp_link(data)
    if link == PPPOE_LINK:
        return PPPOE, 0
    if link == CISCO_HDLC:
        return _cisco_hdlc(data)
    if link == NFLOG:
        return _nflog(data)
    if link == FDDI:
        return llc(data, 13)
    return UNKNOWN_LINK, 0


def ethernet(data: bytes, at: int) -> tuple[int, int]:
    """An Ethernet header at `at` (IEEE 802.3): a type, or a length before an LLC header."""
    if len(data) - at < 14:
        return TRUNCATED, at
    kind = data[at + 12] << 8 | data[at + 13]
    return (kind, at + 14) if kind > 1500 else llc(data, at + 14)


def llc(data: bytes, at: int) -> tuple[int, int]:
    """IEEE 802.2: SNAP with an EtherType (RFC 1042), or IP itself."""
    if len(data) - at < 3:
        return TRUNCATED, at
    if data[at] == 0xAA and data[at + 1] == 0xAA:
        if len(data) - at < 8:
            return TRUNCATED, at
        return (data[at + 6] << 8 | data[at + 7], at + 8) if data[at + 3 : at + 6] in (b"\0\0\0", b"\0\0\xf8") else (OTHER, at)
    return (IPV4, at + 3) if data[at] == 6 and data[at + 1] == 6 else (OTHER, at)


def by_version(data: bytes, at: int) -> tuple[int, int]:
    """IPv4 or IPv6, by the version in the first octet."""
    if len(data) <= at:
        return TRUNCATED, at
    version = data[at] >> 4
    return (IPV4 if version == 4 else IPV6 if version == 6 else OTHER), at


def ppp(data: bytes, at: int) -> tuple[int, int]:
    """A PPP protocol number (RFC 1661), of one octet if it is odd, after address and control where they are not left out."""
    size = len(data)
    if size - at >= 2 and data[at] == 0xFF and data[at + 1] == 3:
        at += 2
    if size - at < 2:
        return TRUNCATED, at
    if data[at] & 1:
        protocol, at = data[at], at + 1
    else:
        protocol, at = data[at] << 8 | data[at + 1], at + 2
    if protocol == 0x21:
        return IPV4, at
    if protocol == 0x57:
        return IPV6, at
    return (MPLS if protocol == 0x281 else OTHER), at


def mpls(data: bytes, at: int) -> tuple[int, int]:
    """A stack of labels (RFC 3032). What is under it is not said: IP by its version, Ethernet behind a control word (RFC 4385)."""
    size = len(data)
    while size - at >= 4:
        bottom = data[at + 2] & 1
        at += 4
        if bottom:
            if size <= at:
                return TRUNCATED, at
            return (BRIDGED, at + 4) if data[at] >> 4 == 0 else by_version(data, at)
    return TRUNCATED, at


def pppoe(data: bytes, at: int) -> tuple[int, int]:
    """The session stage of RFC 2516."""
    if len(data) - at < 6:
        return TRUNCATED, at
    return ppp(data, at + 6) if data[at] == 0x11 and data[at + 1] == 0 else (OTHER, at)


def _loopback(data: bytes) -> tuple[int, int]:
    """An address family in the byte order of the machine that captured (always big-endian in LOOP)."""
    if len(data) < 4:
        return TRUNCATED, 0
    family = data[0] or data[3] or data[1] or data[2]
    return (IPV4 if family == AF_INET else IPV6 if family in AF_INET6 else OTHER), 4


def _cooked(data: bytes, field: int, size: int) -> tuple[int, int]:
    if len(data) < size:
        return TRUNCATED, 0
    kind = data[field] << 8 | data[field + 1]
    if kind == 4:
        return llc(data, size)
    return (kind if kind > 1500 else OTHER), size


def _ppp_link(data: bytes) -> tuple[int, int]:
    """PPP in HDLC-like framing, or Cisco's framing, which some systems write under the same number."""
    return _cisco_hdlc(data) if data[:1] in (b"\x0f", b"\x8f") else ppp(data, 0)


def _cisco_hdlc(data: bytes) -> tuple[int, int]:
    return (data[2] << 8 | data[3], 4) if len(data) >= 4 else (TRUNCATED, 0)


def _nflog(data: bytes) -> tuple[int, int]:
    """Attributes (length and type in the capturing machine's byte order, padded to 4); one of them is the IP packet."""
    size = len(data)
    at = 4
    while size - at >= 4:
        length, kind = data[at] | data[at + 1] << 8, data[at + 2] | data[at + 3] << 8
        if kind != NFLOG_PAYLOAD and kind & 0xFF == 0:
            length, kind = data[at] << 8 | data[at + 1], data[at + 2] << 8 | data[at + 3]
        if kind == NFLOG_PAYLOAD:
            return by_version(data, at + 4)
        if length < 4:
            return OTHER, at
        at += length + (-length & 3)
    return TRUNCATED, at
