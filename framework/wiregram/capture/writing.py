"""Writing a capture file, for the dialogues, the harness and the tests."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from struct import Struct
from typing import BinaryIO

from wiregram.model.errors import CaptureError, Problem
from wiregram.model.packet import Packet

HEADER = Struct("<IHHiIII")
RECORD = Struct("<IIII")
SNAPLEN = 262_144


def write(target: str | Path | BinaryIO, packets: Iterable[Packet], nanosecond: bool = True) -> int:
    """Write a pcap file (little-endian; times cut to microseconds unless `nanosecond`) and give the number of packets.

    Raises CaptureError if the packets differ in link type, which a pcap file cannot say, or if the file cannot be written."""
    if not isinstance(target, (str, Path)):
        return _write(target, packets, nanosecond)
    try:
        with open(target, "wb") as stream:
            return _write(stream, packets, nanosecond)
    except OSError as error:
        raise CaptureError(Problem(f"cannot write the capture: {error.strerror or error}", file=str(target))) from None


def _write(stream: BinaryIO, packets: Iterable[Packet], nanosecond: bool) -> int:
    magic, tick = (0xA1B23C4D, 1) if nanosecond else (0xA1B2C3D4, 1000)
    link = -1
    count = 0
    for packet in packets:
        if link < 0:
            link = packet.link
            stream.write(HEADER.pack(magic, 2, 4, 0, 0, SNAPLEN, link))
        elif packet.link != link:
            raise CaptureError(f"packet {packet.number} has link type {packet.link}, the first one {link}: a pcap file has only one")
        seconds, rest = divmod(packet.time, 1_000_000_000)
        stream.write(RECORD.pack(seconds & 0xFFFFFFFF, rest // tick, len(packet.data), packet.length))
        stream.write(packet.data)
        count += 1
    if link < 0:
        stream.write(HEADER.pack(magic, 2, 4, 0, 0, SNAPLEN, 1))
    return count
