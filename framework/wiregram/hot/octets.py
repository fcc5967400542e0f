"""Bytes of a buffer, checked once and then read and cut without a check each: making such a view costs nothing, so a call may bring one byte.
The bodies for plain Python; those for C stand in octets.pxd; this module is not compiled by itself."""

from __future__ import annotations


def view(data: bytes | bytearray, start: int, end: int) -> bytes | bytearray:
    """What `data[start:end]` is read from, by its places in `data`: a pointer in C, good until the buffer changes. The caller reads nothing
    outside of start:end. 0 <= start <= end <= len(data), else IndexError."""
    if not 0 <= start <= end <= len(data):
        raise IndexError(f"no bytes {start}:{end} in {len(data)}")
    return data


def cut(seen: bytes | bytearray, start: int, end: int) -> bytes:
    """The bytes start:end of a view as a copy; they lie in what the view was made for."""
    return bytes(seen[start:end])
