"""A row of whole numbers below 2 ** 31 that begins inside its owner and moves to an array when it grows. The bodies for plain Python; those for
C, where such a row is a pointer, stand in tape.pxd; this module is not compiled by itself. The owner keeps count of what fits."""

from __future__ import annotations

from array import array


def longer(template: array[int], held: list[int] | array[int], size: int, room: int) -> array[int]:
    """An array of `room` numbers that begins with the first `size` of `held`; `template` is an array, too."""
    found = array("i", held[:size])
    found.extend([0] * (room - size))
    return found


def first(row: array[int]) -> array[int]:
    """What the numbers are read from and written to by place: good until the array is given up."""
    return row
