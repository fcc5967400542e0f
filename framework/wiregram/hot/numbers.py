"""A growing row of small whole numbers, four octets each. The bodies for plain Python; those for C stand in numbers.pxd; this module is not
compiled by itself."""

from __future__ import annotations

from array import array


def like(template: array[int]) -> array[int]:
    """An empty row; `template` is one, too."""
    return array("i")


def push(row: array[int], one: int, two: int, three: int) -> None:
    """Three numbers more at the end, each below 2 ** 31."""
    row.extend((one, two, three))


def view(row: array[int]) -> array[int]:
    """What the numbers are read from by place: a pointer in C, good until the row grows. The caller reads nothing beyond len(row)."""
    return row
