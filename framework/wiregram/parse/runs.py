"""Numbers in a row, all of whose octets are there, as C reads them: arrays of integers, and blocks of fields."""

from __future__ import annotations

from typing import Any

from wiregram.hot import octets as views
from wiregram.hot import records as rooms
from wiregram.hot import tape
from wiregram.parse import blocks, formulas
from wiregram.parse.blocks import Block
from wiregram.parse.machine import Machine
from wiregram.program import binary as form

BIG, LITTLE, SIGN, NUMBER, PLACE, LOADED, SLOTTED, CHECK, MATCH = (
    blocks.BIG, blocks.LITTLE, blocks.SIGN, blocks.NUMBER, blocks.PLACE, blocks.LOADED, blocks.SLOTTED, blocks.CHECK, blocks.MATCH,
)  # fmt: skip
INT, BOOL, OCTETS, WIDE, CONSTANT, MAPPED, OPEN, CLOSE = (
    blocks.INT, blocks.BOOL, blocks.OCTETS, blocks.WIDE, blocks.CONSTANT, blocks.MAPPED, blocks.OPEN, blocks.CLOSE,
)  # fmt: skip
KEPT, MADE = blocks.KEPT, blocks.MADE
OPERATORS = blocks.OPERATORS
FAR, SQUARE = 1 << 61, 1 << 30
ADD, SUBTRACT, TIMES, FLOOR_DIVIDE, MODULO, XOR, LEFT, RIGHT, AND, OR, EQUALS, DIFFERS, LESS, AT_MOST, MORE_THAN, AT_LEAST = (
    form.OPERATORS.index(sign) for sign in ("+", "-", "*", "//", "%", "^", "<<", ">>", "&", "|", "==", "!=", "<", "<=", ">", ">=")
)
FAULT = formulas.FAULT
NOWHERE = formulas.NOWHERE


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


def block(
    one: Block,
    machine: Machine,
    octets: Any,
    at: int,
    pos: int,
    fields: dict[str, Any],
    levels: list[Any],
    height: int,
    slots: list[Any],
    base: int,
    acc: Any,
) -> Any:
    """What is at hand after the block, all of whose octets are there from `at` on; FAULT: nothing has happened. `levels[height]` is `fields`."""
    steps, stores = tape.first(one.steps), tape.first(one.stores)
    values = [0] * 32
    left = right = 0
    last = one.computed
    k = 0
    while k < last:
        kind = steps[k]
        x = steps[k + 2]
        y = steps[k + 3]
        if kind == BIG:
            left = 0
            n = at + x
            size = n + y
            while n < size:
                left = left * 256 + octets[n]
                n += 1
        elif kind == CHECK:
            if values[x] == 0:
                return FAULT
            k += 4
            continue
        elif kind >= OPERATORS:
            if kind < OPERATORS * 2:
                left, right = values[x], values[y]
                kind -= OPERATORS
            elif kind < OPERATORS * 3:
                left, right = values[x], y
                kind -= OPERATORS * 2
            else:
                left, right = y, values[x]
                kind -= OPERATORS * 3
            if kind == RIGHT and 0 <= right < 60:
                left >>= right
            elif kind == AND:
                left &= right
            elif kind == ADD:
                left += right
            elif kind == SUBTRACT:
                left -= right
            elif kind == EQUALS:
                left = left == right
            elif kind == DIFFERS:
                left = left != right
            elif kind == LESS:
                left = left < right
            elif kind == AT_MOST:
                left = left <= right
            elif kind == MORE_THAN:
                left = left > right
            elif kind == AT_LEAST:
                left = left >= right
            elif kind == OR:
                left |= right
            elif kind == XOR:
                left ^= right
            elif kind == LEFT and 0 <= left <= SQUARE and 0 <= right < 30:
                left <<= right
            elif kind == TIMES and -SQUARE <= left <= SQUARE and -SQUARE <= right <= SQUARE:
                left *= right
            elif kind == FLOOR_DIVIDE and right > 0:
                left //= right
            elif kind == MODULO and right > 0:
                left %= right
            else:
                return FAULT
            if not -FAR <= left <= FAR:
                return FAULT
        elif kind == MATCH:
            piece = machine.constants[y]
            size = len(piece)
            n = 0
            while n < size and octets[at + x + n] == piece[n]:
                n += 1
            if n < size:
                return FAULT
            k += 4
            continue
        elif kind == NUMBER:
            left = x
        elif kind == LITTLE:
            left = 0
            n = at + x + y
            size = at + x
            while n > size:
                n -= 1
                left = left * 256 + octets[n]
        elif kind == SIGN:
            left = values[x]
            right = 1
            right <<= y - 1
            if left >= right:
                left -= right + right
        elif kind == PLACE:
            left = pos + x
        else:  # LOADED, SLOTTED
            held: Any = FAULT
            if kind == SLOTTED:
                held = slots[base + x]
            else:
                n = height - x if x >= 0 else 0
                if 0 <= n <= height:
                    level = levels[n]
                    held = level.get(machine.names[y], FAULT)
            if type(held) is not int:
                return FAULT
            left = formulas.number_of(held)
            if left == NOWHERE:
                return FAULT
        values[steps[k + 1]] = left
        k += 4
    made: Any = None
    record = fields
    last = one.stored
    k = 0
    while k < last:
        kind = stores[k]
        n = stores[k + 1]
        x = stores[k + 2]
        y = stores[k + 3]
        if kind == INT:
            left = values[x]
            made = left
        elif kind == OPEN:
            record = rooms.sized(x) if x else {}
            k += 4
            continue
        elif kind == CLOSE:
            made = record
            record = fields
        elif kind == OCTETS:
            made = views.cut(octets, at + x, at + x + y)
        elif kind == MAPPED:
            left = values[x]
            made = left
            choices = machine.mappings[y][0]
            made = choices.get(made, made)
        elif kind == CONSTANT:
            made = machine.constants[x]
        elif kind == BOOL:
            made = values[x] != 0
        else:  # WIDE
            made = int.from_bytes(views.cut(octets, at + x, at + x + y // 4), "little" if y & 1 else "big", signed=y & 2 != 0)
        if n >= 0:
            record[machine.names[n]] = made
        elif n < -1:
            slots[base - 2 - n] = made
        k += 4
    return acc if one.answer == KEPT else made if one.answer == MADE else None


def records(
    one: Block,
    machine: Machine,
    octets: Any,
    at: int,
    pos: int,
    fields: dict[str, Any],
    levels: list[Any],
    height: int,
    slots: list[Any],
    base: int,
    count: int,
    build: bool,
) -> list[Any] | None:
    """An array of records, all of whose octets are there; None: one of them is not what a block can do, and nothing has happened."""
    given: list[Any] = []
    while count > 0:
        made = block(one, machine, octets, at, pos, fields, levels, height, slots, base, None)
        if made is FAULT:
            return None
        if build:
            given.append(made)
        at += one.size
        pos += one.size
        count -= 1
    return given
