"""Numbers in a row, all of whose octets are there, as C reads them: arrays of integers, and the fields of a run."""

from __future__ import annotations

from typing import Any

from wiregram.hot import octets as views
from wiregram.parse.machine import Machine

NATURAL, SIGNED, TRUTH, OCTETS = range(4)
"""As in `machine`."""


def integers(octets: Any, at: int, count: int, size: int, kind: int) -> list[int]:
    """An array of integers of at most four octets, all of which are there."""
    given: list[int] = []
    weight = 1
    weight <<= size * 8 - 1
    while count > 0:
        value = m = 0
        while m < size:
            value = value * 256 + (octets[at + size - 1 - m] if kind & 1 else octets[at + m])
            m += 1
        if kind & 2 and value >= weight:
            value -= weight + weight
        given.append(value)
        at += size
        count -= 1
    return given


def fields_of(machine: Machine, number: int, octets: Any, at: int, fields: dict[str, Any], names: tuple[str, ...]) -> None:
    """The fields of a run, all of whose octets are there."""
    k = machine.shaped[number]
    field = 0
    while field < len(names):
        kind = machine.shapes[k]
        n = at + machine.shapes[k + 1]
        size = machine.shapes[k + 2]
        if kind == OCTETS:
            fields[names[field]] = views.cut(octets, n, n + size)
        elif kind == TRUTH:
            fields[names[field]] = octets[n] != 0
        elif size > 4:
            fields[names[field]] = int.from_bytes(views.cut(octets, n, n + size), "little" if machine.shapes[k + 3] else "big", signed=kind == SIGNED)
        else:
            value = 0
            if machine.shapes[k + 3]:
                m = size
                while m > 0:
                    m -= 1
                    value = value * 256 + octets[n + m]
            else:
                m = 0
                while m < size:
                    value = value * 256 + octets[n + m]
                    m += 1
            if kind == SIGNED:
                weight = 1
                weight <<= size * 8 - 1
                if value >= weight:
                    value -= weight + weight
            fields[names[field]] = value
        field += 1
        k += 4
