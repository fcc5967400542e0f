"""The compiled form of a binary message: instructions of four integers over pools of plain data, and nothing that runs.

The machine that runs it has one value at hand, a stack of levels (the dicts of fields that `this` sees), a stack of what is under way, and
a position. An instruction reads, computes, or moves; a failed one goes back to the latest alternative. It knows neither Construct nor traffic.
"""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from wiregram.program import balance

UP, CONSTANT, NAME, TARGET, SWITCH, MAPPING, RUN = "up", "constant", "name", "target", "switch", "mapping", "run"
TEXT, OPERATOR, NUMBER, FORMULA, FOREIGN, NONE = "text", "operator", "number", "formula", "foreign", ""

_STORE = ("", "", NAME)

OPERATIONS: dict[str, tuple[str, str, str]] = {
    # The machine tells them apart group by group, in this order.
    # the most frequent
    "load": (UP, "", NAME),
    "formula": (FORMULA, "", NAME),
    "binary_constant": (OPERATOR, CONSTANT, NAME),
    "unless": (TARGET, "", ""),
    "u8": _STORE,
    "u16": _STORE,
    "store": _STORE,
    "run": (RUN, "", ""),
    "bytes_counted": ("", NUMBER, NAME),
    "bytes": (NUMBER, NUMBER, NAME),
    "open": (NUMBER, "", ""),
    "close": _STORE,
    "close_pick": (NAME, "", NAME),
    "push": ("", "", ""),
    "binary": (OPERATOR, "", NAME),
    "call": (TARGET, NUMBER, ""),
    "back": ("", "", ""),
    "map_field": (MAPPING, "", NAME),
    "slot": (NUMBER, "", NAME),
    # frequent
    "switch": (SWITCH, "", ""),
    "region": (TARGET, NUMBER, ""),
    "region_end": _STORE,
    "array": (TARGET, NUMBER, ""),
    "array_next": (TARGET, NUMBER, ""),
    "range_next": (TARGET, NUMBER, ""),
    "repeat_keep": ("", NUMBER, ""),
    "loop_end": _STORE,
    "jump": (TARGET, "", ""),
    "check": ("", "", ""),
    "greedy": ("", NUMBER, NAME),
    "constant": (CONSTANT, "", NAME),
    "u32": _STORE,
    "map": (MAPPING, "", NAME),
    "pointer": ("", NUMBER, ""),
    "pointer_end": _STORE,
    "layer_end": _STORE,
    "integers": (NUMBER, NUMBER, NAME),
    "integers_greedy": (NUMBER, NUMBER, NAME),
    "item": (CONSTANT, "", NAME),
    "match": (CONSTANT, CONSTANT, NAME),
    "tell": _STORE,
    "halt": ("", "", ""),
    # reading
    "integer": (NUMBER, NUMBER, NAME),
    "integer_counted": ("", NUMBER, NAME),
    "skip": (NUMBER, "", ""),
    "skip_counted": ("", "", ""),
    "word": (NUMBER, "", ""),
    "bits": (NUMBER, NUMBER, NAME),
    "until": (CONSTANT, NUMBER, NAME),
    "until_region": (CONSTANT, NUMBER, ""),
    "varint": ("", NUMBER, NAME),
    "flag": _STORE,
    "float": (CONSTANT, NUMBER, NAME),
    "bits_open": ("", "", ""),
    "bits_counted": ("", NUMBER, NAME),
    "bits_skip": ("", "", ""),
    "bits_close": ("", "", ""),
    # values
    "equal": (CONSTANT, "", NAME),
    "index": (UP, NUMBER, NAME),
    "subject": ("", "", ""),
    "again": _STORE,
    "drop": ("", "", ""),
    "text": (TEXT, NUMBER, NAME),
    "one_of": (CONSTANT, NUMBER, NAME),
    "flags": (MAPPING, "", NAME),
    "decimal": _STORE,
    "slice": (CONSTANT, "", NAME),
    "names": (CONSTANT, "", NAME),
    "binary_reversed": (OPERATOR, CONSTANT, NAME),
    "unary": (NUMBER, "", NAME),
    "function": (NUMBER, "", NAME),
    "time": (CONSTANT, "", NAME),
    "foreign": (FOREIGN, "", NAME),
    # repetition, choice, failure
    "range": (TARGET, "", ""),
    "repeat": ("", "", ""),
    "try": (TARGET, NUMBER, ""),
    "commit": (TARGET, "", ""),
    "peek_end": _STORE,
    "list": ("", "", ""),
    "append": ("", "", ""),
    "list_end": _STORE,
    "repeat_test": (TARGET, "", ""),
    "stop": (TARGET, NUMBER, NUMBER),
    "filter": (TARGET, "", ""),
    "filter_next": (TARGET, "", ""),
    "filter_end": ("", NUMBER, NAME),
    "fail": ("", "", ""),
    # ends and positions
    "terminated": ("", "", ""),
    "pad": ("", "", ""),
    "align": ("", "", ""),
    "pad_end": _STORE,
    "align_end": _STORE,
    "rest": (TARGET, "", ""),
    "stripped": (CONSTANT, TARGET, ""),
    "seek": ("", NUMBER, NAME),
    "raw": ("", "", ""),
    "raw_end": _STORE,
    "union": ("", "", ""),
    "union_next": (CONSTANT, CONSTANT, ""),
    "union_end": ("", NUMBER, NAME),
    "layer": (NUMBER, "", ""),
    "stand_in": (NUMBER, NUMBER, ""),
    "foreign_message": (FOREIGN, "", NAME),
}
"""Every operation with what its operands a, b and c are. An a or b that is not used is 0, a c that is not used is -1, as is the name of what is
not stored. A name below -1 is a slot: -2 the first."""

NUMBERS = {name: number for number, name in enumerate(OPERATIONS)}
_NAMES = tuple(OPERATIONS)
_SHAPES = tuple(OPERATIONS.values())

OPERATORS = ("+", "-", "*", "/", "//", "%", "**", "^", "<<", ">>", "&", "|", "==", "!=", "<", "<=", ">", ">=")
UNARY = ("-", "+", "not")
FUNCTIONS = ("len", "sum", "min", "max", "abs", "characters", "crc32", "adler32")
LAYERS = ("octets swapped", "bits swapped", "octets among bits")
"""What `layer` makes of so many octets."""
GIVEN, XORED, ROTATED, UNPACKED = range(4)
"""What `stand_in` puts in the place of the octets up to the end of the region: the value at hand; they with a pad (the value at hand); rotated
(the value at hand: the group; pushed: the amount); unpacked by one of CODINGS."""
CODINGS = ("zlib", "gzip", "bzip2", "lzma", "lz4", "base64", "hex", "quopri", "uu")

LITTLE, SIGNED = 1, 2
"""Bits of an integer's form."""
ALIGNED, INCLUDE, LEAVE, OPTIONAL, CUT = 1, 2, 4, 8, 16
"""Bits of `until`: blocks of the delimiter's length; the delimiter is part of the value; it is not consumed; it may be missing. CUT: see below."""
UNCUT, UNBUILT = 1, 2
"""Bits of a repetition: an expression needs all elements; nothing needs any."""
FLAWED, PARTIAL = 1, 2
"""Bits of a region: an error in it may cost it alone; it is the message's frame, and the fields read before the error count."""
SWAPPED, NEGATIVE, TRUTH = 1, 2, 4
"""Low bits of a bit field's form, above them its width: octets in reverse, two's complement, a bool."""
ROOT, PARAMS = -1, -2
"""Where `load` looks beside its own level (0) and those above it (1, 2, ...)."""
HUGE = 1 << 31
FLOOR = 4096
"""Looks at octets that are granted to every message beyond those that `work` grants for each of its octets."""
DEPTH = 320
"""How deep declarations may recurse: a name of 255 octets has at most 127 labels, and a pointer may follow each."""


class Switch(msgspec.Struct, frozen=True):
    """Where to go on for a value; `default` for every other."""

    cases: tuple[tuple[Any, int], ...]
    default: int


class Mapping(msgspec.Struct, frozen=True):
    """Values for raw values. `strict`: another raw value does not match; else it stands for itself."""

    pairs: tuple[tuple[Any, Any], ...]
    strict: bool = False


class Run(msgspec.Struct, frozen=True):
    """Fields of fixed size in a row: a format of Python's `struct` (with `x` for what nothing reads), its octets, the fields' names."""

    format: str
    size: int
    names: tuple[str, ...]


FIELD, VALUE, TWO, WITH, REVERSED, ONE, PART, SLOT = range(8)
"""Steps of a formula. FIELD: push a level's field (how far up, name); VALUE: push a constant; TWO: an operator on the upper two; WITH, REVERSED:
an operator with a constant as its right, its left operand (operator, constant); ONE: UNARY, then FUNCTIONS; PART: the item at a constant; SLOT: push
what is in a slot."""
HEIGHT = 16
"""Values that a formula may have under way."""


class Formula(msgspec.Struct, frozen=True):
    """An expression: three integers a step, and one value in the end."""

    steps: tuple[int, ...]

    def check(self, names: int, constants: int, slots: int = 0) -> None:
        """Raises ValueError where a step points nowhere, or takes a value that is not there."""
        height = 0
        for kind, x, y in zip(self.steps[0::3], self.steps[1::3], self.steps[2::3], strict=True):
            first, second = {
                FIELD: ((PARAMS, HUGE), (0, names)), VALUE: ((0, constants), (0, 1)), TWO: ((0, len(OPERATORS)), (0, 1)),
                WITH: ((0, len(OPERATORS)), (0, constants)), REVERSED: ((0, len(OPERATORS)), (0, constants)),
                ONE: ((0, len(UNARY) + len(FUNCTIONS)), (0, 1)), PART: ((0, constants), (0, 1)), SLOT: ((0, slots), (0, 1)),
            }.get(kind, ((0, 0), (0, 0)))  # fmt: skip
            height += 1 if kind in (FIELD, VALUE, SLOT) else -1 if kind == TWO else 0
            if not (first[0] <= x < first[1] and second[0] <= y < second[1] and 0 < height <= HEIGHT):
                raise ValueError(f"a formula has a step that cannot be: {kind} {x} {y}")
        if height != 1:
            raise ValueError("a formula leaves no value, or more than one")


class Foreign(Protocol):
    """Python that the front end cannot read; it runs as it is. A program that holds one cannot be written to a file."""

    name: str

    def value(self, value: Any) -> Any:
        """What it makes of one value. Raises whatever it likes: then the message does not match."""
        ...

    def message(self, octets: bytes, params: dict[str, Any]) -> tuple[Any, int] | None:
        """The message that a whole frame begins with, and the octets that it takes; None: there is none."""
        ...


class BinaryProgram(msgspec.Struct, frozen=True):
    """One message, compiled. `code` has four integers an instruction: its number in `OPERATIONS`, and three operands. Targets are numbers of
    instructions. `notes` say what an instruction expects: (instruction, text), by instruction. `slots` hold the fields of levels that are no part
    of any value: so many for the code of a message, and as many again for each call. `field`, `list`, `work` and `decoded` are limits.
    `foreigns` are `Foreign`: all else is plain data."""

    name: str
    code: tuple[int, ...]
    names: tuple[str, ...] = ()
    constants: tuple[Any, ...] = ()
    switches: tuple[Switch, ...] = ()
    mappings: tuple[Mapping, ...] = ()
    runs: tuple[Run, ...] = ()
    formulas: tuple[Formula, ...] = ()
    notes: tuple[tuple[int, str], ...] = ()
    slots: int = 0
    indexed: bool = False
    field: int = 1 << 12
    list: int = 1024
    work: int = 64
    depth: int = DEPTH
    decoded: int = 100
    foreigns: tuple[Any, ...] = ()

    @property
    def message(self) -> str:
        """The message's name, as a text program has it."""
        return self.name

    def __post_init__(self) -> None:
        """Raises ValueError where an operand points nowhere: a program that loads cannot jump out of itself."""
        if not self.code or len(self.code) % 4:
            raise ValueError("the code is no sequence of instructions")
        count = len(self.code) // 4
        sizes = {
            CONSTANT: len(self.constants), NAME: len(self.names), TARGET: count, SWITCH: len(self.switches), MAPPING: len(self.mappings),
            RUN: len(self.runs), TEXT: len(self.constants), OPERATOR: len(OPERATORS), FORMULA: len(self.formulas),
            FOREIGN: len(self.foreigns),
        }  # fmt: skip
        for at in range(count):
            number = self.code[at * 4]
            if not 0 <= number < len(_SHAPES):
                raise ValueError(f"instruction {at} is none: {number}")
            for place, kind, operand in zip("abc", _SHAPES[number], self.code[at * 4 + 1 : at * 4 + 4], strict=True):
                least = -1 - self.slots if kind == NAME else -1 if kind == NONE and place == "c" else PARAMS if kind == UP else 0
                if operand < least or operand >= sizes.get(kind, HUGE) or (kind == NONE and operand != least):
                    raise ValueError(f"instruction {at} ({_NAMES[number]}) has an operand that points nowhere: {operand}")
            if number == NUMBERS["load"] and self.code[at * 4 + 3] < 0:
                raise ValueError(f"instruction {at} (load) has no name")
            if number in (NUMBERS["slot"], NUMBERS["call"]) and not 0 <= self.code[at * 4 + 2 - (number == NUMBERS["slot"])] <= self.slots:
                raise ValueError(f"instruction {at} ({_NAMES[number]}) is about a slot that is not there")
        for switch in self.switches:
            if not all(0 <= target < count for target in (switch.default, *(target for _, target in switch.cases))):
                raise ValueError("a switch leads nowhere")
        if not all(hasattr(foreign, "message") for foreign in self.foreigns):
            raise ValueError("a foreign call is none")
        for formula in self.formulas:
            formula.check(len(self.names), len(self.constants), self.slots)
        if self.code[-4] not in (NUMBERS["halt"], NUMBERS["back"]):
            raise ValueError("the code runs out of its end")
        targets = [(switch.default, *(target for _, target in switch.cases)) for switch in self.switches]
        balance.check(self.code, _NAMES, targets)

    def dump(self) -> str:
        """A listing for readers, the same on every run: number, operation, operands, and what is expected there."""
        notes = dict(self.notes)
        targets = {self.code[at + 1 + i] for at in range(0, len(self.code), 4) for i in range(3) if _SHAPES[self.code[at]][i] == TARGET}
        for switch in self.switches:
            targets |= {switch.default, *(target for _, target in switch.cases)}
        limits = f"field {self.field}, list {self.list}, work {self.work}, depth {self.depth}"
        lines = [f"message {self.name}: {len(self.code) // 4} instructions; limits: {limits}"]
        for at in range(len(self.code) // 4):
            number, *operands = self.code[at * 4 : at * 4 + 4]
            shown = [self._operand(kind, operand) for kind, operand in zip(_SHAPES[number], operands, strict=True)]
            text = f"{'>' if at in targets else ' '}{at:4}  {_NAMES[number]:16} {' '.join(part for part in shown if part)}".rstrip()
            lines.append(f"{text:64} ; {notes[at]}" if at in notes else text)
        lines += [f"switch {number}: {_pool(entry)}" for number, entry in enumerate(self.switches)]
        lines += [f"mapping {number}: {_pool(entry)}" for number, entry in enumerate(self.mappings)]
        lines += [f"run {number}: {_pool(entry)}" for number, entry in enumerate(self.runs)]
        return "\n".join(lines) + "\n"

    def _operand(self, kind: str, operand: int) -> str:
        if kind == NAME:
            return "" if operand == -1 else f"-> slot {-2 - operand}" if operand < 0 else f"-> {self.names[operand]}"
        if kind == UP:
            return {ROOT: "root", PARAMS: "params", 0: "this"}.get(operand, f"this{'._' * operand}")
        if kind in (CONSTANT, TEXT):
            return repr(self.constants[operand])
        if kind == OPERATOR:
            return OPERATORS[operand]
        if kind == TARGET:
            return f"@{operand}"
        if kind == FOREIGN:
            return str(self.foreigns[operand].name)
        if kind == FORMULA:
            return self._spelt(self.formulas[operand])
        if kind in (SWITCH, MAPPING, RUN):
            return f"{kind} {operand}"
        return str(operand) if kind else ""

    def _spelt(self, formula: Formula) -> str:
        """A formula as its author would write it."""
        held: list[str] = []
        for kind, x, y in zip(formula.steps[0::3], formula.steps[1::3], formula.steps[2::3], strict=True):
            if kind == FIELD:
                held.append(f"{self._operand(UP, x)}.{self.names[y]}")
            elif kind == VALUE:
                held.append(repr(self.constants[x]))
            elif kind == SLOT:
                held.append(f"slot {x}")
            elif kind == TWO:
                right = held.pop()
                held.append(f"({held.pop()} {OPERATORS[x]} {right})")
            elif kind == WITH:
                held.append(f"({held.pop()} {OPERATORS[x]} {self.constants[y]!r})")
            elif kind == REVERSED:
                held.append(f"({self.constants[y]!r} {OPERATORS[x]} {held.pop()})")
            elif kind == ONE:
                held.append(f"{(*UNARY, *FUNCTIONS)[x]}({held.pop()})")
            else:
                held.append(f"{held.pop()}[{self.constants[x]!r}]")
        return held[0]


def _pool(entry: Switch | Mapping | Run) -> str:
    if isinstance(entry, Switch):
        return ", ".join([*(f"{key!r} @{target}" for key, target in entry.cases), f"else @{entry.default}"])
    if isinstance(entry, Mapping):
        return ", ".join([*(f"{key!r} = {value!r}" for key, value in entry.pairs), "else no match" if entry.strict else "else itself"])
    return f"{entry.format} ({entry.size} octets) -> {', '.join(entry.names)}"
