"""Instructions and pools under way to a `BinaryProgram`: labels, and the few joins that make a program shorter. It knows no Construct."""

from __future__ import annotations

from typing import Any

from wiregram.program import binary as form
from wiregram.program.binary import NAME, NUMBER, NUMBERS, OPERATIONS, BinaryProgram, Formula, Mapping, Run, Switch
from wiregram.program.protocol import Limits

_UNJOINED = frozenset({"load", "map_field", "store"})


_STEPS = {
    "load": form.FIELD, "constant": form.VALUE, "binary": form.TWO, "binary_constant": form.WITH, "binary_reversed": form.REVERSED,
    "unary": form.ONE, "function": form.ONE, "item": form.PART, "slot": form.SLOT,
}  # fmt: skip
"""What of an expression is folded into a formula; `push` and `store` are part of one, too."""


def _step(operation: str, step: int, a: int, b: int, c: int) -> tuple[int, int, int]:
    if operation == "load":
        return step, a, c
    if operation == "function":
        return step, len(form.UNARY) + a, 0
    return step, a, b if step in (form.WITH, form.REVERSED) else 0


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
        self.formulas: dict[tuple[int, ...], int] = {}
        self.foreigns: list[Any] = []
        self.indexed = False
        self.slots = 0
        self._constants: dict[tuple[str, str], int] = {}

    def emit(self, operation: str, a: int | Label = 0, b: int | Label = 0, c: int | None = None, note: str = "") -> Instruction:
        if c is None:
            c = 0 if OPERATIONS[operation][2] == NUMBER else -1
        given = Instruction(operation, a, b, c, note)
        self.blocks[self.block].append(given)
        return given

    def store(self, place: int) -> None:
        """The value at hand goes to a field (the number of its name) or a slot (below -1): the last instruction does it where it can."""
        code = self.blocks[self.block]
        if code and (self.block, len(code)) not in self.labelled:
            last = code[-1]
            if OPERATIONS[last.operation][2] == NAME and last.operation not in _UNJOINED and last.c == -1:
                last.c = place
                return
        self.emit("store", c=place)

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

    def foreign(self, foreign: form.Foreign) -> int:
        self.foreigns.append(foreign)
        return len(self.foreigns) - 1

    def run(self, run: Run) -> int:
        if run not in self.runs:
            self.runs.append(run)
        return self.runs.index(run)

    def switch(self, cases: list[tuple[Any, Label]], default: Label) -> int:
        self.switches.append((cases, default))
        return len(self.switches) - 1

    def _folded(self, block: int) -> tuple[list[Instruction], list[int]]:
        """A block with its expressions made formulas, and where each of its instructions went."""
        code = self.blocks[block]
        given: list[Instruction] = []
        places: list[int] = []
        at = 0
        while at < len(code):
            steps, taken = self._formula(block, at)
            places += [len(given)] * max(taken, 1)
            if taken < 2:
                given.append(code[at])
                at += 1
                continue
            number = self.formulas.setdefault(steps, len(self.formulas))
            note = next((one.note for one in code[at : at + taken] if one.note), "")
            given.append(Instruction("formula", number, 0, code[at + taken - 1].c, note))
            at += taken
        return given, [*places, len(given)]

    def _formula(self, block: int, first: int) -> tuple[tuple[int, ...], int]:
        """The longest expression that begins here, nothing of it led to from elsewhere: its steps, and of how many instructions it is made."""
        code = self.blocks[block]
        steps: list[int] = []
        best: tuple[tuple[int, ...], int] = ((), 0)
        height, pushed = 0, True
        for at in range(first, len(code)):
            one = code[at]
            if at > first and (block, at) in self.labelled:
                break
            if one.operation == "store":
                return (tuple(steps), at + 1 - first) if height == 1 and not pushed else best
            if (one.operation in ("load", "constant", "slot")) != pushed:
                break
            if one.operation == "push":
                pushed = True
                continue
            step = _STEPS.get(one.operation)
            if step is None or isinstance(one.a, Label) or isinstance(one.b, Label):
                break
            pushed = False
            height += 1 if step in (form.FIELD, form.VALUE, form.SLOT) else -1 if step == form.TWO else 0
            if not 0 < height <= form.HEIGHT:
                break
            steps += _step(one.operation, step, one.a, one.b, one.c)
            if height == 1:
                best = (tuple(steps), at + 1 - first)
            if one.c != -1 and one.operation != "load":
                break
        return best

    def program(self, name: str, limits: Limits) -> BinaryProgram:
        folded = [self._folded(number) for number in range(len(self.blocks))]
        starts, count = [], 0
        for block, _ in folded:
            starts.append(count)
            count += len(block)

        def resolved(operand: int | Label) -> int:
            if isinstance(operand, int):
                return operand
            assert operand.place is not None, "a label was never placed"
            number, at = operand.place
            return starts[number] + folded[number][1][at]

        code: list[int] = []
        notes = []
        for block, _ in folded:
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
            formulas=tuple(Formula(steps) for steps in self.formulas),
            notes=tuple(notes),
            slots=self.slots,
            indexed=self.indexed,
            field=limits.field,
            list=limits.list,
            work=limits.work,
            decoded=limits.decoded,
            foreigns=tuple(self.foreigns),
        )
