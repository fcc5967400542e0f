"""A binary program made ready to run: its operands in columns, its pools as Python's own tables. It runs nothing."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable
from struct import Struct
from typing import Any

from wiregram.parse import fusion
from wiregram.parse.blocks import Block
from wiregram.parse.operators import FUNCTIONS, OPERATORS
from wiregram.parse.operators import UNARY as UNARIES
from wiregram.program import binary as form
from wiregram.program.binary import BinaryProgram

COMPILED = not __file__.endswith(".py")
FUSED = COMPILED
"""Blocks are quickest in C; Python's own means do a run in one call."""
ALONE, EACH = len(form.OPERATIONS), len(form.OPERATIONS) + 1
"""Operations of a machine alone: a block; an array each of whose elements is one."""
_table: Callable[[Any], Any] = (lambda numbers: array("i", numbers)) if COMPILED else tuple
"""A tuple is quickest to index from Python, an array from C."""


class Machine:
    """A program made ready to run: its operands in columns, its pools as Python's own tables. Made once a program."""

    __slots__ = (
        "a", "b", "blank", "blocks", "c", "constants", "decoded", "depth", "elements", "field", "foreigns", "formulas", "indexed", "kind",
        "mappings", "names", "numbers", "ops", "program", "quick", "runs", "shown", "sizes", "slots", "stepped", "steps", "switches", "work",
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
        self.formulas = [_resolved(formula, program) for formula in program.formulas]
        self.steps = _table(number for formula in program.formulas for number in formula.steps)
        self.stepped = _table(sum(len(formula.steps) for formula in program.formulas[:at]) for at in range(len(program.formulas) + 1))
        self.quick = bytes(fusion.quick(formula, program.constants) for formula in program.formulas)
        self.numbers = array("q", [one if type(one) is int and abs(one) <= fusion.LARGEST else 0 for one in program.constants])
        self.kind = program.name.encode()
        self.indexed = program.indexed
        self.field = program.field
        self.elements = program.list
        self.work = program.work
        self.depth = program.depth
        self.decoded = program.decoded
        self.slots = program.slots
        self.foreigns = list(program.foreigns)
        self.blank = array("i")
        self.blocks: list[Block] = []
        if FUSED:
            self._fuse()

    def _fuse(self) -> None:
        """Lets the first instruction of each block lead to it."""
        operations, operands = list(self.ops), list(self.a)
        alone = fusion.fused(self.program, self.names)
        for kind, found in ((ALONE, alone), (EACH, fusion.arrays(self.program, alone))):
            for at, block in found.items():
                if kind == EACH:
                    block = block.again()
                block.operation, block.operand = operations[at], operands[at]
                operations[at], operands[at] = kind, len(self.blocks)
                self.blocks.append(block)
        self.names = [sys.intern(name) for name in self.names]
        self.ops, self.a = _table(operations), _table(operands)


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
