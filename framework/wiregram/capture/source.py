"""Opening a capture by name, from standard input or from a stream, whatever its format."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from wiregram.capture.foreign import FOREIGN, Foreign
from wiregram.capture.octets import Octets
from wiregram.capture.pcap import HEADER, MAGICS, Pcap
from wiregram.capture.pcapng import MAGIC, DamageError, Pcapng
from wiregram.model.errors import CaptureError, Problem
from wiregram.model.packet import Packet


class Capture:
    """The packets of one capture, once; a file that was opened here is closed behind the last. Iterating never raises: where the bytes end
    too early or stop making sense, the packets before that point have been given and `problem` is a sentence about it (None: all is well).

    `position` counts the stored bytes read so far and `size` is how many there are (None for a pipe), for a progress bar."""

    def __init__(self, stream: BinaryIO, name: str, size: int | None = None, owned: bool = False) -> None:
        self.name = name
        self.size = size
        self._stream = stream
        self._owned = owned
        self._octets = Octets(stream)
        self._foreign = Foreign()
        try:
            self._reader = self._open()
        except CaptureError:
            self.close()
            raise

    def _open(self) -> Pcap | Pcapng:
        octets = self._octets
        head = _at_least(octets, octets.more(), 4)
        if head[:2] == b"\x1f\x8b":
            head = _at_least(octets, octets.unzip(head), 4)
        if not head:
            raise _failure(self.name, octets.problem or "it is empty")
        if head[:4] in MAGICS:
            head = _at_least(octets, head, HEADER)
            if len(head) >= HEADER:
                return Pcap(octets, head, self.name)
        elif head[:4] == MAGIC:
            head = _at_least(octets, head, 12)
            if len(head) >= 12:
                try:
                    return Pcapng(octets, head, self.name)
                except DamageError as damage:
                    raise _failure(self.name, str(damage)) from None
        else:
            raise _failure(self.name, octets.problem or "it is no capture: neither pcap nor pcapng")
        raise _failure(self.name, octets.problem or "it is cut short within its first header")

    @property
    def position(self) -> int:
        return self._octets.position

    @property
    def problem(self) -> str | None:
        return self._octets.problem or self._reader.problem

    @property
    def undissected(self) -> int:
        """How many frames of a link type that needs scapy made it fail; they were given as they are."""
        return self._foreign.failures

    def __iter__(self) -> Iterator[Packet]:
        reader, strip = self._reader, self._foreign.strip
        try:
            if isinstance(reader, Pcap) and reader.link not in FOREIGN:
                yield from reader
            else:
                for packet in reader:
                    yield strip(packet) if packet.link in FOREIGN else packet
        finally:
            self.close()

    def close(self) -> None:
        """Close the file, if it was opened here."""
        if self._owned:
            self._stream.close()

    def __enter__(self) -> Capture:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def read(source: str | Path | BinaryIO) -> Capture:
    """Open a capture: a path, "-" for standard input, or a binary stream; pcap or pcapng, plain or gzip.

    Raises CaptureError, one clear sentence, if it is missing, unreadable, empty or no capture."""
    if not isinstance(source, (str, Path)):
        return Capture(source, str(getattr(source, "name", "") or "stream"))
    if str(source) == "-":
        return Capture(sys.stdin.buffer, "-")
    name = str(source)
    try:
        if stat.S_ISDIR(os.stat(name).st_mode):
            raise _failure(name, "it is a directory")
        stream = open(name, "rb")  # noqa: SIM115 - Capture owns and closes it
    except (OSError, ValueError) as error:
        raise _failure(name, getattr(error, "strerror", None) or str(error)) from None
    status = os.fstat(stream.fileno())
    return Capture(stream, name, status.st_size if stat.S_ISREG(status.st_mode) else None, owned=True)


def _at_least(octets: Octets, head: bytes, size: int) -> bytes:
    while len(head) < size:
        piece = octets.more()
        if not piece:
            break
        head += piece
    return head


def _failure(name: str, reason: str) -> CaptureError:
    return CaptureError(Problem(f"cannot read the capture: {reason}", file=name))
