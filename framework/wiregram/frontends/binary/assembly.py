"""Instructions and pools under way to a `BinaryProgram`: labels, and the few joins that make a program shorter. It knows no Construct."""

from __future__ import annotations

from typing import Any

from wiregram.program.binary import NAME, NUMBER, NUMBERS, OPERATIONS, BinaryProgram, Mapping, Run, Switch
from wiregram.program.protocol import Limits

_UNJOINED = frozenset({"load", "map_field", "store"})


class Label:
    """A place in the code that is known later."""

    __slots__ = ("place",)

    def __init__(self) -> None:
        self.place: tuple[int, int] | None = None  # block, instruction


class Instruction:
    __slots__ = ("a", "b", "c", "note", "operation")

    def __init__(self, operation: str, a: int | Label, b: int | Label, c: int, note: str) -> None:
        self.operation = operation
        self.a = a
        self.b = b
        self.c = c
        self.note = note


class Assembly:
    """Code in blocks: the message's own, then one for each declaration that is called."""

    def __init__(self) -> None:
        self.blocks: list[list[Instruction]] = [[]]
        self.block = 0
        self.labelled: set[tuple[int, int]] = set()
        self.names: dict[str, int] = {}
        self.constants: list[Any] = []
        self.switches: list[tuple[list[tuple[Any, Label]], Label]] = []
        self.mappings: list[Mapping] = []
        self.runs: list[Run] = []
        self.indexed = False
        self._constants: dict[tuple[str, str], int] = {}

    def emit(self, operation: str, a: int | Label = 0, b: int | Label = 0, c: int | None = None, note: str = "") -> None:
        if c is None:
            c = 0 if OPERATIONS[operation][2] == NUMBER else -1
        self.blocks[self.block].append(Instruction(operation, a, b, c, note))

    def store(self, name: str) -> None:
        """The value at hand becomes field `name`: the last instruction does it where it can."""
        code = self.blocks[self.block]
        if code and (self.block, len(code)) not in self.labelled:
            last = code[-1]
            if OPERATIONS[last.operation][2] == NAME and last.operation not in _UNJOINED and last.c < 0:
                last.c = self.name(name)
                return
        self.emit("store", c=self.name(name))

    def place(self, label: Label) -> None:
        label.place = (self.block, len(self.blocks[self.block]))
        self.labelled.add(label.place)

    def open_block(self) -> tuple[int, Label]:
        """A block of its own from here on; `close_block` with the first part goes back to the block before."""
        before = self.block
        self.blocks.append([])
        self.block = len(self.blocks) - 1
        label = Label()
        self.place(label)
        return before, label

    def close_block(self, before: int) -> None:
        self.block = before

    def name(self, name: str) -> int:
        return self.names.setdefault(name, len(self.names))

    def constant(self, value: Any) -> int:
        key = (type(value).__name__, repr(value))
        if key not in self._constants:
            self._constants[key] = len(self.constants)
            self.constants.append(value)
        return self._constants[key]

    def mapping(self, pairs: tuple[tuple[Any, Any], ...], strict: bool = False) -> int:
        mapping = Mapping(pairs, strict)
        for number, other in enumerate(self.mappings):
            if repr(other) == repr(mapping):
                return number
        self.mappings.append(mapping)
        return len(self.mappings) - 1

    def run(self, run: Run) -> int:
        if run not in self.runs:
            self.runs.append(run)
        return self.runs.index(run)

    def switch(self, cases: list[tuple[Any, Label]], default: Label) -> int:
        self.switches.append((cases, default))
        return len(self.switches) - 1

    def program(self, name: str, limits: Limits) -> BinaryProgram:
        starts, count = [], 0
        for block in self.blocks:
            starts.append(count)
            count += len(block)

        def resolved(operand: int | Label) -> int:
            if isinstance(operand, int):
                return operand
            assert operand.place is not None, "a label was never placed"
            block, at = operand.place
            return starts[block] + at

        code: list[int] = []
        notes = []
        for block in self.blocks:
            for one in block:
                if one.note:
                    notes.append((len(code) // 4, one.note))
                code += (NUMBERS[one.operation], resolved(one.a), resolved(one.b), one.c)
        return BinaryProgram(
            name=name,
            code=tuple(code),
            names=tuple(self.names),
            constants=tuple(self.constants),
            switches=tuple(Switch(tuple((key, resolved(label)) for key, label in cases), resolved(default)) for cases, default in self.switches),
            mappings=tuple(self.mappings),
            runs=tuple(self.runs),
            notes=tuple(notes),
            indexed=self.indexed,
            field=limits.field,
            list=limits.list,
            work=limits.work,
        )
