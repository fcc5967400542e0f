"""Link layers that `decode` does not read and scapy does: it takes them off, and the IP packet in the frame goes on as one. scapy is imported when
the first such frame comes, and nowhere else.

Dissection takes half a millisecond a frame. Left as they are: frames that carry no IP or hide it (management, encryption), and every MSDU of an
aggregate, which scapy does not part. 6LoWPAN is not read: its IP is compressed."""

from __future__ import annotations

import logging
import warnings
from functools import cache
from importlib import import_module
from typing import Any

from wiregram.model.packet import Packet

IEEE802_11, PRISM, RADIOTAP, AVS, PPI, PPP_WITH_DIRECTION, ETHERNET_MPACKET = 105, 119, 127, 163, 192, 204, 274
FOREIGN = frozenset((IEEE802_11, PRISM, RADIOTAP, AVS, PPI, PPP_WITH_DIRECTION, ETHERNET_MPACKET))
"""LINKTYPE_ numbers; none of them is one of `decode`'s."""

RAW_IPV4, RAW_IPV6 = 228, 229
LARGEST = 1 << 14
"""Longer frames are left as they are: none of these links carries one (an 802.11 MPDU has 11,454 octets at most), and time grows with length."""


class Foreign:
    """`strip(packet)` gives the packet that decode can read, or the same one. Never raises, whatever the octets; `failures` counts the frames on
    which scapy did."""

    __slots__ = ("failures",)

    def __init__(self) -> None:
        self.failures = 0

    def strip(self, packet: Packet) -> Packet:
        """The IP packet in a frame of one of the FOREIGN links. Its `length` stays the whole frame's, so that the octets on the wire are counted."""
        if len(packet.data) > LARGEST:
            return packet
        try:
            data, link = _internet(packet.link, packet.data)
        except Exception:  # a stranger's code on any octets: what it may raise is not known, and this is the border
            self.failures += 1
            return packet
        if not data:
            return packet
        return Packet(packet.number, packet.time, link, data, packet.length, packet.capture, packet.interface)


def _internet(link: int, data: bytes) -> tuple[bytes, int]:
    """The outermost IP packet, with what lies behind it, and its link type; nothing if there is none."""
    layers, ipv4, both = _scapy()
    layer = layers[link](data, stop_dissection_after=both)
    while layer and not isinstance(layer, both):
        layer = layer.payload
    return (bytes(layer.original), RAW_IPV4 if isinstance(layer, ipv4) else RAW_IPV6) if layer else (b"", 0)


@cache
def _scapy() -> tuple[Any, Any, Any]:
    """scapy's layers by link type, its IPv4, and both its IPs."""
    logging.getLogger("scapy").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        config, inet, inet6 = map(import_module, ("scapy.config", "scapy.layers.inet", "scapy.layers.inet6"))
        for name in ("scapy.layers.dot11", "scapy.layers.ppi", "scapy.layers.ppp", "scapy.contrib.avs"):
            import_module(name)  # each puts itself into the table
    logging.getLogger("scapy").setLevel(logging.CRITICAL)  # loading sets it
    return config.conf.l2types, inet.IP, (inet.IP, inet6.IPv6)
