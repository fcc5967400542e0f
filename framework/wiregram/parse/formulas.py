"""Expressions over a message's fields: by C's integers where all are small ones, by Python's own operators else. They read no bytes."""

from __future__ import annotations

from typing import Any

from wiregram.parse.machine import Machine
from wiregram.parse.operators import CEILING, FAULTS, OPERATORS
from wiregram.program import binary as form

FIELD, VALUE, TWO, WITH, REVERSED, ONE, PART, SLOT = (
    form.FIELD, form.VALUE, form.TWO, form.WITH, form.REVERSED, form.ONE, form.PART, form.SLOT,
)  # fmt: skip
ADD, SUBTRACT, TIMES, _DIVIDE, FLOOR_DIVIDE, MODULO, _POWER, XOR, LEFT, RIGHT, AND, OR, EQUALS, DIFFERS, LESS, AT_MOST, MORE_THAN, AT_LEAST = range(
    18
)
PLUS = OPERATORS[ADD]
COMPILED = not __file__.endswith(".py")
FAR, WIDE = 1 << 61, 1 << 30
"""Sums of two numbers up to FAR, products of two up to WIDE, do not leave C's integers."""
HUGE = 1 << 40
NOWHERE = -HUGE
"""Stands for a number that is none, or beyond any message."""


class Fault:
    """Stands for the value of an expression that has none."""


FAULT = Fault()


def number_of(value: object) -> int:
    """An integer as C has them; NOWHERE: none, or one beyond any message."""
    if not isinstance(value, int):
        return NOWHERE
    try:
        number = value
    except OverflowError:  # in C
        return NOWHERE
    return number if NOWHERE < number < HUGE else NOWHERE


def value(machine: Machine, number: int, levels: list[Any], height: int, slots: list[Any], base: int) -> Any:
    """What the formula gives; FAULT: it has no value. `levels[height]` is the level, `base` the first slot of the code at hand."""
    acc: Any = None
    if COMPILED and machine.quick[number]:
        values = [0] * 16
        at, last = machine.stepped[number], machine.stepped[number + 1]
        top = left = right = 0
        while at < last:
            kind = machine.steps[at]
            x = machine.steps[at + 1]
            y = machine.steps[at + 2]
            if kind == SLOT:
                acc = slots[base + x]
                if type(acc) is not int:
                    break
                values[top] = left
                top += 1
                left = number_of(acc)
                if left == NOWHERE:
                    break
            elif kind == FIELD:
                n = height - x if x >= 0 else 1 if x == -1 else 0
                if not 0 <= n <= height:
                    return FAULT
                level = levels[n]
                acc = level.get(machine.names[y], FAULT)
                if type(acc) is not int:
                    break
                values[top] = left
                top += 1
                left = number_of(acc)
                if left == NOWHERE:
                    break
            elif kind == VALUE:
                values[top] = left
                top += 1
                left = machine.numbers[x]
            else:
                if kind == TWO:
                    top -= 1
                    right = left
                    left = values[top]
                elif kind == WITH:
                    right = machine.numbers[y]
                else:
                    right = left
                    left = machine.numbers[y]
                if x == ADD:
                    left += right
                elif x == SUBTRACT:
                    left -= right
                elif x == AND:
                    left &= right
                elif x == OR:
                    left |= right
                elif x == XOR:
                    left ^= right
                elif x >= EQUALS:
                    if x == EQUALS:
                        return left == right
                    if x == DIFFERS:
                        return left != right
                    if x == LESS:
                        return left < right
                    if x == AT_MOST:
                        return left <= right
                    return left > right if x == MORE_THAN else left >= right
                elif x == RIGHT and 0 <= right < 60:
                    left >>= right
                elif x == LEFT and 0 <= left <= WIDE and 0 <= right < 30:
                    left <<= right
                elif x == TIMES and -WIDE <= left <= WIDE and -WIDE <= right <= WIDE:
                    left *= right
                elif x == FLOOR_DIVIDE and right > 0:
                    left //= right
                elif x == MODULO and right > 0:
                    left %= right
                else:
                    break
                if not -FAR <= left <= FAR:
                    break
            at += 3
        else:
            return left
    held: list[Any] = []
    try:
        for step, what, constant in machine.formulas[number]:
            if step == FIELD:
                n = height - what if what >= 0 else 1 if what == -1 else 0
                if not 0 <= n <= height:
                    raise LookupError
                held.append(acc)
                acc = levels[n][constant]
            elif step == SLOT:
                held.append(acc)
                acc = slots[base + what]
            elif step == WITH:
                if type(acc) is bytes and type(constant) is bytes and what is PLUS and len(acc) + len(constant) <= CEILING:
                    acc = acc + constant
                else:
                    acc = what(acc, constant)
            elif step == TWO:
                other = held.pop()
                if type(acc) is bytes and type(other) is bytes and what is PLUS and len(other) + len(acc) <= CEILING:
                    acc = other + acc
                else:
                    acc = what(other, acc)
            elif step == VALUE:
                held.append(acc)
                acc = constant
            elif step == REVERSED:
                acc = what(constant, acc)
            elif step == ONE:
                acc = what(acc)
            else:
                acc = acc[constant]
    except FAULTS:
        return FAULT
    return acc
