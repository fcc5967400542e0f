"""The blocks of a binary program: which of its instructions are done at one go. It reads programs and runs nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from struct import calcsize
from typing import Any

from wiregram.parse import blocks
from wiregram.parse.blocks import KEPT, MADE, NOTHING, OPERATORS, REGISTERS, Block
from wiregram.program import binary as form
from wiregram.program.binary import BinaryProgram, Formula

LARGEST = 1 << 30
"""Constants beyond it are left to Python; so are formulas that could leave C's integers."""
REGISTER = 7
"""Octets of a number that a register holds, whatever its sign."""
ENTRIES = 64
"""Stores that one block may hold."""

_NAMES = tuple(form.OPERATIONS)
_DIVIDE, _POWER, _EQUALS = form.OPERATORS.index("/"), form.OPERATORS.index("**"), form.OPERATORS.index("==")
_WIDTHS = {"u8": 1, "u16": 2, "u32": 4}
_PASSES = frozenset({"open", "run", "jump"})
"""What leaves the value at hand as it is."""
_FORGETS = frozenset({
    "load", "formula", "u8", "u16", "u32", "integer", "bytes", "skip", "close", "close_pick", "list_end", "slot", "constant", "match", "tell", "flag",
    "float", "varint", "until", "greedy", "drop",
})  # fmt: skip
"""What puts another value in its place, unread."""

Value = tuple[str, int]
"""What a name or the value at hand is, as far as a block knows: ("int", register), ("bool", register), ("constant", number), ("made", 0): what
the last store made, ("other", 0): something else."""


def quick(formula: Formula, constants: Sequence[Any]) -> bool:
    """Whether C's integers can compute it, given fields that are integers: a comparison comes last, every constant is small."""
    steps = list(zip(formula.steps[0::3], formula.steps[1::3], formula.steps[2::3], strict=True))
    for at, (kind, x, y) in enumerate(steps):
        if kind in (form.ONE, form.PART):
            return False
        if kind in (form.TWO, form.WITH, form.REVERSED) and (x in (_DIVIDE, _POWER) or (x >= _EQUALS and at < len(steps) - 1)):
            return False
        if kind not in (form.TWO, form.FIELD, form.SLOT):
            constant = constants[x if kind == form.VALUE else y]
            if type(constant) is not int or abs(constant) > LARGEST:
                return False
    return True


def fused(program: BinaryProgram, names: list[str]) -> dict[int, Block]:
    """The blocks by their first instruction. No block lies in another; whoever jumps into the middle of one meets the instructions themselves.
    `names` are the program's; those of its runs come behind them."""
    numbered = {name: number for number, name in reversed(list(enumerate(names)))}
    for run in program.runs:
        for name in run.names:
            if name not in numbered:
                numbered[name] = len(names)
                names.append(name)
    found: dict[int, Block] = {}
    at, count = 0, len(program.code) // 4
    while at < count:
        row = _Row(program, numbered, at)
        block = row.block()
        if block is not None:
            found[at] = block
        at = max(row.end, at + 1)
    return found


def arrays(program: BinaryProgram, found: dict[int, Block]) -> dict[int, Block]:
    """Arrays of which every element is a block that takes octets, by their first instruction."""
    given: dict[int, Block] = {}
    if program.indexed:
        return given
    for at, block in found.items():
        name, end, _, _ = _instruction(program, at - 1) if at else ("", 0, 0, 0)
        first, last = _instruction(program, at), _instruction(program, block.beyond)
        turns = last[0] == "array_next" and last[1] == at and end == block.beyond + 1
        if name == "array" and first[0] == "open" and turns and block.size and block.answer == MADE and _instruction(program, end)[0] == "loop_end":
            given[at - 1] = block
    return given


def _instruction(program: BinaryProgram, at: int) -> tuple[str, int, int, int]:
    number, a, b, c = program.code[at * 4 : at * 4 + 4]
    return _NAMES[number], a, b, c


class _Row:
    """Instructions in a row, as far as a block can hold them."""

    def __init__(self, program: BinaryProgram, numbered: dict[str, int], first: int) -> None:
        self.program = program
        self.numbered = numbered
        self.first = first
        self.end = first  # behind the last instruction of the block
        self.size = 0
        self.registers = 0
        self.steps: list[int] = []
        self.stores: list[int] = []
        self.outer: dict[int, Value] = {}  # what is stored under names and slots of the level at hand
        self.inner: dict[int, Value] | None = None  # the same, of a record under way
        self.origin: dict[int, int] = {}  # names whose number stands in `stores`, and where
        self.acc: Value | None = None  # None: what was at hand before
        self.nothing = False  # None is at hand

    def block(self) -> Block | None:
        """The longest block that begins here; None: there is none of two instructions or of one that is a run."""
        at, best = self.first, None
        count = len(self.program.code) // 4
        while at < count and self.registers <= REGISTERS - 4 and len(self.stores) <= 4 * ENTRIES:
            name, a, b, c = _instruction(self.program, at)
            if not self._take(name, a, b, self._same(c) if form.OPERATIONS[name][2] == form.NAME else c):
                break
            at += 1
            if self.inner is None and (at - self.first > 1 or name == "run"):
                found = self._finished(at)
                if found is not None:
                    best, self.end = found, at
        return best

    def _finished(self, beyond: int) -> Block | None:
        """The block as it is; None: it does not know what is at hand, which is still to be read."""
        stores = list(self.stores)
        answer = KEPT
        if self.acc is not None and not self._forgotten(beyond):
            kind, number = self.acc
            if kind == "other":
                return None
            answer = MADE
            if kind != "made":
                stored = {"int": blocks.INT, "bool": blocks.BOOL, "constant": blocks.CONSTANT}[kind]
                if stores[-4:] != [stored, *stores[-3:-2], number, 0]:
                    stores += (stored, -1, number, 0)
        elif self.nothing:
            answer = NOTHING
        name, target, _, _ = _instruction(self.program, beyond)
        if name == "jump":
            beyond = target
        return Block(self.size, beyond, answer, list(self.steps), stores)

    def _forgotten(self, at: int) -> bool:
        """Whether nothing from here on reads what is at hand."""
        for _ in range(ENTRIES):
            name, a, _, _ = _instruction(self.program, at)
            if name not in _PASSES:
                return name in _FORGETS
            at = a if name == "jump" else at + 1
        return False

    def _take(self, name: str, a: int, b: int, c: int) -> bool:
        if name in _WIDTHS:
            return self._integer(_WIDTHS[name], 0, c)
        if name == "integer":
            return self._integer(a, b, c)
        if name == "run":
            return self._run(self.program.runs[a])
        if name == "formula":
            return self._formula(self.program.formulas[a], c)
        if name == "match" and isinstance(self.program.constants[a], bytes):
            self.steps += (blocks.MATCH, 0, self.size, a)
            self.size += len(self.program.constants[a])
            return self._constant(b, c)
        if name == "constant":
            return self._constant(a, c)
        if name == "check":
            return self._check()
        if name == "map_field":
            return self._map_field(a, c)
        if name == "map":
            return self._map(a, c)
        if name == "tell":
            self._hold(("int", self._register(blocks.PLACE, self.size)), c)
            return True
        if name == "flag":
            self._hold(("bool", self._register(blocks.BIG, self.size, 1)), c)
            self.size += 1
            return True
        if name == "skip":
            self.size += a
            self._forget()
            return True
        if name == "store":
            return self._store(c)
        if name == "open":
            return self._open(a)
        return name == "close" and self._close(c)

    # ---- what is at hand

    def _forget(self) -> None:
        self.nothing, self.acc = True, None

    def _hold(self, value: Value, place: int) -> None:
        """A value comes to hand, and is stored if it has a place."""
        self.nothing, self.acc = False, value
        if place != -1:
            self._put(place, value)

    def _same(self, place: int) -> int:
        """A name's number, the same wherever a program has the name."""
        return self.numbered[self.program.names[place]] if place >= 0 else place

    def _put(self, place: int, value: Value) -> None:
        names = self.outer if self.inner is None or place < -1 else self.inner
        kind, number = value
        if kind in ("int", "bool"):
            self.origin[place] = len(self.stores)
            self.stores += (blocks.INT if kind == "int" else blocks.BOOL, place, number, 0)
        else:
            self.stores += (blocks.CONSTANT, place, number, 0)
        names[place] = value

    def _register(self, kind: int, x: int = 0, y: int = 0) -> int:
        register = self.registers
        self.registers += 1
        self.steps += (kind, register, x, y)
        return register

    # ---- instructions

    def _integer(self, size: int, kind: int, place: int) -> bool:
        if size > REGISTER:
            return False
        self._hold(("int", self._number(self.size, size, kind)), place)
        self.size += size
        return True

    def _number(self, at: int, size: int, kind: int) -> int:
        register = self._register(blocks.LITTLE if kind & form.LITTLE else blocks.BIG, at, size)
        return self._register(blocks.SIGN, register, size * 8) if kind & form.SIGNED else register

    def _run(self, run: form.Run) -> bool:
        parts = re.findall(r"(\d*)([a-zA-Z?])", run.format[1:])
        if any(letter in "efd" for _, letter in parts) or self.registers + 2 * len(parts) > REGISTERS:
            return False
        names = iter(run.names)
        at = self.size
        for count, letter in parts:
            size = int(count) if count else calcsize("<" + letter)
            kind = (form.LITTLE if run.format[0] == "<" else 0) | (form.SIGNED if letter.islower() else 0)
            if letter != "x":
                self._field(self.numbered[next(names)], letter, at, size, kind)
            at += size
        self.size = at
        if self.acc == ("made", 0):
            self.acc = ("other", 0)
        return True

    def _field(self, place: int, letter: str, at: int, size: int, kind: int) -> None:
        names = self.outer if self.inner is None else self.inner
        if letter == "?":
            self._put(place, ("bool", self._register(blocks.BIG, at, 1)))
        elif letter == "s":
            self.stores += (blocks.OCTETS, place, at, size)
            names[place] = ("other", 0)
        elif size > REGISTER:
            self.stores += (blocks.WIDE, place, at, size * 4 + kind)
            names[place] = ("other", 0)
        else:
            self._put(place, ("int", self._number(at, size, kind)))

    def _constant(self, number: int, place: int) -> bool:
        self._hold(("constant", number), place)
        return True

    def _check(self) -> bool:
        if self.acc is None or self.acc[0] not in ("int", "bool"):
            return False
        self.steps += (blocks.CHECK, 0, self.acc[1], 0)
        self._forget()
        return True

    def _map_field(self, mapping: int, place: int) -> bool:
        names = self.outer if self.inner is None else self.inner
        if names.get(place, ("", 0))[0] != "int":
            return False
        at = self.origin[place]
        self.stores[at : at + 4] = (blocks.MAPPED, place, names[place][1], mapping)
        self.nothing, self.acc = False, names[place]
        names[place] = ("other", 0)
        return True

    def _map(self, mapping: int, place: int) -> bool:
        if self.acc is None or self.acc[0] != "int" or place == -1 or self.program.mappings[mapping].strict:
            return False
        names = self.outer if self.inner is None or place < -1 else self.inner
        self.stores += (blocks.MAPPED, place, self.acc[1], mapping)
        names[place] = ("other", 0)
        self.acc = ("made", 0)
        return True

    def _store(self, place: int) -> bool:
        if self.acc is None or self.acc[0] not in ("int", "bool", "constant"):
            return False
        self._put(place, self.acc)
        return True

    def _open(self, room: int) -> bool:
        if self.inner is not None:
            return False
        self.inner = {}
        self.stores += (blocks.OPEN, -1, room, 0)
        return True

    def _close(self, place: int) -> bool:
        if self.inner is None:
            return False
        self.inner = None
        self.stores += (blocks.CLOSE, place, 0, 0)
        self.nothing, self.acc = False, ("made", 0)
        if place != -1:
            self.outer[place] = ("other", 0)
        return True

    # ---- expressions

    def _formula(self, formula: Formula, place: int) -> bool:
        if not quick(formula, self.program.constants) or self.registers + len(formula.steps) // 3 > REGISTERS:
            return False
        kept = self.registers, len(self.steps)
        held: list[int] = []
        truth = False
        for kind, x, y in zip(formula.steps[0::3], formula.steps[1::3], formula.steps[2::3], strict=True):
            register = self._step(kind, x, y, held)
            if register < 0:
                self.registers = kept[0]
                del self.steps[kept[1] :]
                return False
            held.append(register)
            truth = kind in (form.TWO, form.WITH, form.REVERSED) and x >= _EQUALS
        self._hold(("bool" if truth else "int", held[0]), place)
        return True

    def _step(self, kind: int, x: int, y: int, held: list[int]) -> int:
        """The register of a step's value; -1: a block cannot know it."""
        constants = self.program.constants
        if kind == form.VALUE:
            return self._register(blocks.NUMBER, constants[x])
        if kind == form.FIELD:
            return self._loaded(x, self._same(y))
        if kind == form.SLOT:
            known = self.outer.get(-2 - x)
            if known is None:
                return self._register(blocks.SLOTTED, x)
            return known[1] if known[0] == "int" else -1
        if kind == form.TWO:
            right = held.pop()
            return self._register(OPERATORS + x, held.pop(), right)
        return self._register(OPERATORS * (2 if kind == form.WITH else 3) + x, held.pop(), constants[y])

    def _loaded(self, up: int, name: int) -> int:
        if up == form.ROOT:
            return -1  # it may be the level at hand, whose fields are not stored yet
        if up != form.PARAMS:
            if self.inner is not None:
                if up == 0:
                    known = self.inner.get(name)
                    return known[1] if known is not None and known[0] == "int" else -1
                up -= 1
            if up == 0 and name in self.outer:
                kind, register = self.outer[name]
                return register if kind == "int" else -1
        return self._register(blocks.LOADED, up, name)
