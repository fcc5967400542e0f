"""Cutting bytes out of a buffer: the bodies for plain Python. Those for C stand in span.pxd; this module is not compiled by itself."""

from __future__ import annotations


def cut(data: bytes | bytearray | memoryview, start: int, end: int) -> bytes:
    """The bytes data[start:end] as a copy; 0 <= start <= end <= len(data), else IndexError."""
    if not 0 <= start <= end <= len(data):
        raise IndexError(f"no bytes {start}:{end} in {len(data)}")
    return bytes(data[start:end])
