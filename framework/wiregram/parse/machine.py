"""A binary program made ready to run: its operands in columns, its pools as Python's own tables. It runs nothing."""

from __future__ import annotations

import re
import sys
from array import array
from collections.abc import Callable, Sequence
from struct import Struct, calcsize
from typing import Any

from wiregram.parse.operators import FUNCTIONS, OPERATORS
from wiregram.parse.operators import UNARY as UNARIES
from wiregram.program import binary as form
from wiregram.program.binary import BinaryProgram

COMPILED = not __file__.endswith(".py")
WIDE = 1 << 30
"""Products of two numbers up to it do not leave C's integers."""
NATURAL, SIGNED, TRUTH, OCTETS = range(4)
"""What a field of a run is."""
_DIVIDE, _POWER, _EQUALS = form.OPERATORS.index("/"), form.OPERATORS.index("**"), form.OPERATORS.index("==")

_table: Callable[[Any], Any] = (lambda numbers: array("i", numbers)) if COMPILED else tuple
"""A tuple is quickest to index from Python, an array from C."""


def _shape(run: form.Run) -> list[int]:
    """Four integers a field of a run: what it is, its place, its octets, its byte order (1: little). A float: none, `struct` reads all."""
    given: list[int] = []
    at = 0
    for count, letter in re.findall(r"(\d*)([a-zA-Z?])", run.format[1:]):
        size = int(count) if count else calcsize("<" + letter)
        if letter in "efd":
            return []
        if letter != "x":
            kind = OCTETS if letter == "s" else TRUTH if letter == "?" else SIGNED if letter.islower() else NATURAL
            given += (kind, at, size, int(run.format[0] == "<"))
        at += size
    return given


def _quick(formula: form.Formula, constants: Sequence[Any]) -> bool:
    """Whether C's integers can compute it, given fields that are integers: a comparison comes last, every constant is small."""
    steps = list(zip(formula.steps[0::3], formula.steps[1::3], formula.steps[2::3], strict=True))
    for at, (kind, x, y) in enumerate(steps):
        if kind in (form.ONE, form.PART):
            return False
        if kind in (form.TWO, form.WITH, form.REVERSED) and (x in (_DIVIDE, _POWER) or (x >= _EQUALS and at < len(steps) - 1)):
            return False
        if kind not in (form.TWO, form.FIELD, form.SLOT):
            constant = constants[x if kind == form.VALUE else y]
            if type(constant) is not int or abs(constant) > WIDE:
                return False
    return True


class Machine:
    """A program made ready to run: its operands in columns, its pools as Python's own tables. Made once a program."""

    __slots__ = (
        "a", "b", "c", "constants", "decoded", "depth", "elements", "field", "foreigns", "formulas", "indexed", "kind", "mappings", "names",
        "numbers", "ops", "program", "quick", "runs", "shaped", "shapes", "shown", "sizes", "slots", "stepped", "steps", "switches", "work",
    )  # fmt: skip

    def __init__(self, program: BinaryProgram) -> None:
        self.program = program
        self.ops = _table(program.code[0::4])
        self.a = _table(program.code[1::4])
        self.b = _table(program.code[2::4])
        self.c = _table(program.code[3::4])
        self.names = [sys.intern(name) for name in program.names]
        self.constants = list(program.constants)
        self.switches = [(dict(switch.cases), switch.default) for switch in program.switches]
        self.mappings = [(dict(mapping.pairs), mapping.strict) for mapping in program.mappings]
        self.runs = [Struct(run.format).unpack_from for run in program.runs]
        self.shown = [tuple(sys.intern(name) for name in run.names) for run in program.runs]
        self.sizes = _table(run.size for run in program.runs)
        shapes = [_shape(run) for run in program.runs]
        self.shapes = _table(number for shape in shapes for number in shape)
        self.shaped = _table(sum(len(shape) for shape in shapes[:at]) for at in range(len(shapes) + 1))
        self.formulas = [_resolved(formula, program) for formula in program.formulas]
        self.steps = _table(number for formula in program.formulas for number in formula.steps)
        self.stepped = _table(sum(len(formula.steps) for formula in program.formulas[:at]) for at in range(len(program.formulas) + 1))
        self.quick = bytes(_quick(formula, program.constants) for formula in program.formulas)
        self.numbers = array("q", [one if type(one) is int and abs(one) <= WIDE else 0 for one in program.constants])
        self.kind = program.name.encode()
        self.indexed = program.indexed
        self.field = program.field
        self.elements = program.list
        self.work = program.work
        self.depth = program.depth
        self.decoded = program.decoded
        self.slots = program.slots
        self.foreigns = list(program.foreigns)


def _resolved(formula: form.Formula, program: BinaryProgram) -> tuple[tuple[int, Any, Any], ...]:
    """A formula's steps with Python's own operators, names and constants in their places."""
    given: list[tuple[int, Any, Any]] = []
    for kind, x, y in zip(formula.steps[0::3], formula.steps[1::3], formula.steps[2::3], strict=True):
        if kind == form.FIELD:
            given.append((kind, x, sys.intern(program.names[y])))
        elif kind == form.SLOT:
            given.append((kind, x, None))
        elif kind in (form.VALUE, form.PART):
            given.append((kind, None, program.constants[x]))
        elif kind == form.ONE:
            given.append((kind, (*UNARIES, *FUNCTIONS)[x], None))
        else:
            given.append((kind, OPERATORS[x], None if kind == form.TWO else program.constants[y]))
    return tuple(given)


_MACHINES: dict[int, Machine] = {}
_LAST: Machine | None = None
"""The one that was asked for last."""


def machine_of(program: BinaryProgram) -> Machine:
    """The program's machine. It holds the program, so its identity stays its own."""
    global _LAST
    if _LAST is not None and _LAST.program is program:
        return _LAST
    machine = _MACHINES.get(id(program))
    if machine is None:
        if len(_MACHINES) >= 4096:
            _MACHINES.clear()
        machine = _MACHINES[id(program)] = Machine(program)
    _LAST = machine
    return machine
