"""Where a stream is cut into segments: at nothing, anywhere, everywhere, and near the places where parsers go wrong. Knows bytes only."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from wiregram_harness.draw import Draw

MOST = 256
"""Cuts of one turn."""

REACHES = (24, 24, 24, MOST)
"""Over how many octets of a longer turn the small pieces go: a packet costs as much as a short scenario's octets all together."""

_DELIMITERS = b"\r\n\0 :."


def cuts(draw: Draw, data: bytes, marks: Sequence[int] = (), small: bool = False) -> list[int]:
    """Offsets at which `data` is cut; `marks` are its messages' ends. Drawn as a list of cuts, which shrinks cut by cut. `small`: into pieces
    of a few octets each."""
    if len(data) < 2:
        return []
    return draw.choice(_SMALL if small else _CHUNKERS)(draw, data, marks)


def _whole(draw: Draw, data: bytes, marks: Sequence[int]) -> list[int]:
    return []


def _few(draw: Draw, data: bytes, marks: Sequence[int]) -> list[int]:
    found = [draw.integer(1, len(data) - 1)]
    while len(found) < 4 and draw.more():
        found.append(draw.integer(1, len(data) - 1))
    return sorted(set(found))


def _every(draw: Draw, data: bytes, marks: Sequence[int]) -> list[int]:
    """Byte by byte; a long turn from a drawn place on."""
    first, behind = _stretch(draw, len(data))
    return list(range(first, behind))


def _small(draw: Draw, data: bytes, marks: Sequence[int]) -> list[int]:
    sizes = draw.bytes(1, 8)
    first, behind = _stretch(draw, len(data))
    found: list[int] = []
    at = first - 1
    while True:
        at += 2 + sizes[len(found) % len(sizes)] % 6
        if at >= behind:
            return found
        found.append(at)


def _stretch(draw: Draw, size: int) -> tuple[int, int]:
    """A drawn stretch of a turn: its first cut, and behind the last."""
    reach = draw.choice(REACHES)
    first = draw.integer(1, size - reach) if size > reach else 1
    return first, min(size, first + reach)


def _near(draw: Draw, data: bytes, marks: Sequence[int]) -> list[int]:
    """At delimiters and at the ends of messages, up to two octets off."""
    places = _places(data, tuple(marks))
    if not places:
        return _few(draw, data, marks)
    found = {draw.choice(places) + draw.choice((0, -1, 1, -2, 2))}
    while len(found) < MOST and draw.more(3):
        found.add(draw.choice(places) + draw.choice((0, -1, 1, -2, 2)))
    return sorted(cut for cut in found if 0 < cut < len(data))


@lru_cache(maxsize=256)
def _places(data: bytes, marks: tuple[int, ...]) -> list[int]:
    """Behind delimiters, and where messages end; asked for each time that a turn is sent."""
    return [at + 1 for at, octet in enumerate(data[:4096]) if octet in _DELIMITERS] + [mark for mark in marks if mark < len(data)]


_CHUNKERS = (_whole, _few, _near, _few, _near, _whole, _few, _near)
_SMALL = (_every, _small)
