"""The executor of binary programs: one loop over instructions, which stops at any byte and goes on there.

Everything under way is in a few integers and four lists (`levels`, `stack`, `handlers`, `indexes`), never in a Python frame. An instruction reads
all its bytes or none. What succeeds goes on with the loop; what does not falls to its end, where one place decides between waiting, the latest
alternative, a region given up, and failure. It knows programs, never grammars; it has no clock and keeps no bytes.

One function holds the loop although it is long: a call an instruction would cost more than the instructions do.
"""

# ruff: noqa: SIM109 - `op in (A, B)` would build a tuple for each instruction

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Sequence
from struct import Struct, calcsize, unpack_from
from typing import Any

from wiregram.hot import span
from wiregram.model.parsing import FAILED, MATCH, MORE
from wiregram.parse.operators import CEILING, FAULTS, FUNCTIONS, OPERATORS, Mismatch, bits_of, decimal, text_of, varint
from wiregram.parse.operators import UNARY as UNARIES
from wiregram.parse.stand_ins import TooMuch, among, moment, stand_in
from wiregram.program import binary as form
from wiregram.program.binary import BinaryProgram

(
    LOAD, FORMULA, BINARY_CONSTANT, UNLESS, U8, U16, STORE, RUN, BYTES_COUNTED, BYTES, OPEN, CLOSE, CLOSE_PICK, PUSH, BINARY, CALL, BACK,
    MAP_FIELD, SWITCH, REGION, REGION_END, ARRAY, ARRAY_NEXT, RANGE_NEXT, REPEAT_KEEP, LOOP_END, JUMP, CHECK, GREEDY, CONSTANT, U32, MAP, POINTER,
    POINTER_END, LAYER_END, INTEGERS, INTEGERS_GREEDY, ITEM, MATCH_BYTES, TELL, HALT, INTEGER, INTEGER_COUNTED, SKIP, SKIP_COUNTED, WORD, BITS,
    UNTIL, UNTIL_REGION, VARINT, FLAG, FLOAT, BITS_OPEN, BITS_COUNTED, BITS_SKIP, BITS_CLOSE, EQUAL, INDEX, SUBJECT, AGAIN, DROP, TEXT, ONE_OF,
    FLAGS, DECIMAL, SLICE, NAMES, BINARY_REVERSED, UNARY, FUNCTION, TIME, FOREIGN, RANGE, REPEAT, TRY, COMMIT, PEEK_END, LIST, APPEND, LIST_END,
    REPEAT_TEST, STOP, FAIL, TERMINATED, PAD, ALIGN, PAD_END, ALIGN_END, REST, STRIPPED, SEEK, RAW, RAW_END, UNION, UNION_NEXT, UNION_END, LAYER,
    STAND_IN, FOREIGN_MESSAGE,
) = range(len(form.OPERATIONS))  # fmt: skip

PAUSE, DONE = -2, -1
SHORT, WAIT, WRONG, RAISED, EXPLICIT, COMPLEX = range(6)
"""How an instruction ended: bytes of the message itself are missing, whatever region is at hand; well; bytes are missing; the input's end must
be known; no match; an expression has no value; Construct's Error; a bound was reached."""

RETURN_, REGION_, PAD_, POINTER_, RAW_, UNION_, LAYER_, LIST_, LOOP_ = range(9)
"""What a frame of `stack` is."""

FIELD, VALUE, TWO, WITH, REVERSED, ONE, PART = form.FIELD, form.VALUE, form.TWO, form.WITH, form.REVERSED, form.ONE, form.PART
ADD, SUBTRACT, TIMES, _DIVIDE, FLOOR_DIVIDE, MODULO, _POWER, XOR, LEFT, RIGHT, AND, OR, EQUALS, DIFFERS, LESS, AT_MOST, MORE_THAN, AT_LEAST = range(
    18
)

ALIGNED, INCLUDE, LEAVE, OPTIONAL, CUT = form.ALIGNED, form.INCLUDE, form.LEAVE, form.OPTIONAL, form.CUT
UNCUT, UNBUILT = form.UNCUT, form.UNBUILT
PLUS = OPERATORS[ADD]
HUGE = 1 << 40
NOWHERE = -HUGE
FLOOR = 4096
COMPILED = not __file__.endswith(".py")
"""Two tasks, the fields of a run and formulas of integers, are quickest by Python's own means in Python and by arithmetic in C."""
FAR, WIDE = 1 << 61, 1 << 30
"""Sums of two numbers up to FAR, products of two up to WIDE, do not leave C's integers."""
NATURAL, SIGNED_, TRUTH_, OCTETS_ = range(4)

_REVERSED = bytes(int(f"{number:08b}"[::-1], 2) for number in range(256))
_FORMATS = {
    (size, kind): ("<" if kind & 1 else ">", code.lower() if kind & 2 else code)
    for size, code in ((1, "B"), (2, "H"), (4, "I"), (8, "Q"))
    for kind in range(4)
}


class _Missing:
    """Stands for what is not there: an `_index` that no repetition has set."""


_MISSING = _Missing()
_EMPTY: list[Any] = []
"""Stands for a list that most messages need none of; it is never written into."""
_FAULT = _Missing()
"""Stands for the value of an expression that has none."""
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
            kind = OCTETS_ if letter == "s" else TRUTH_ if letter == "?" else SIGNED_ if letter.islower() else NATURAL
            given += (kind, at, size, int(run.format[0] == "<"))
        at += size
    return given


def _quick(formula: form.Formula, constants: Sequence[Any]) -> bool:
    """Whether C's integers can compute it, given fields that are integers: a comparison comes last, every constant is small."""
    steps = list(zip(formula.steps[0::3], formula.steps[1::3], formula.steps[2::3], strict=True))
    for at, (kind, x, y) in enumerate(steps):
        if kind in (ONE, PART):
            return False
        if kind in (TWO, WITH, REVERSED) and (x in (_DIVIDE, _POWER) or (x >= EQUALS and at < len(steps) - 1)):
            return False
        if kind != TWO and kind != FIELD:
            constant = constants[x if kind == VALUE else y]
            if type(constant) is not int or abs(constant) > WIDE:
                return False
    return True


class Machine:
    """A program made ready to run: its operands in columns, its pools as Python's own tables. Made once a program."""

    __slots__ = (
        "a", "b", "c", "constants", "decoded", "depth", "elements", "field", "foreigns", "formulas", "indexed", "kind", "mappings", "names",
        "numbers", "ops", "program", "quick", "runs", "shaped", "shapes", "shown", "sizes", "stepped", "steps", "switches", "work",
    )  # fmt: skip

    def __init__(self, program: BinaryProgram) -> None:
        self.program = program
        self.ops = _table(program.code[0::4])
        self.a = _table(program.code[1::4])
        self.b = _table(program.code[2::4])
        self.c = _table(program.code[3::4])
        self.names = list(program.names)
        self.constants = list(program.constants)
        self.switches = [(dict(switch.cases), switch.default) for switch in program.switches]
        self.mappings = [(dict(mapping.pairs), mapping.strict) for mapping in program.mappings]
        self.runs = [Struct(run.format).unpack_from for run in program.runs]
        self.shown = [run.names for run in program.runs]
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
        self.foreigns = list(program.foreigns)


def _resolved(formula: form.Formula, program: BinaryProgram) -> tuple[tuple[int, Any, Any], ...]:
    """A formula's steps with Python's own operators, names and constants in their places."""
    given: list[tuple[int, Any, Any]] = []
    for kind, x, y in zip(formula.steps[0::3], formula.steps[1::3], formula.steps[2::3], strict=True):
        if kind == FIELD:
            given.append((kind, x, program.names[y]))
        elif kind == VALUE or kind == PART:
            given.append((kind, None, program.constants[x]))
        elif kind == ONE:
            given.append((kind, (*UNARIES, *FUNCTIONS)[x], None))
        else:
            given.append((kind, OPERATORS[x], None if kind == TWO else program.constants[y]))
    return tuple(given)


_MACHINES: dict[int, Machine] = {}


def machine_of(program: BinaryProgram) -> Machine:
    """The program's machine. It holds the program, so its identity stays its own."""
    machine = _MACHINES.get(id(program))
    if machine is None:
        if len(_MACHINES) >= 4096:
            _MACHINES.clear()
        machine = _MACHINES[id(program)] = Machine(program)
    return machine


class Frame:
    """Something under way. RETURN_: `target`. REGION_, POINTER_, LAYER_: `bound` and `low` around it, `pos` where a pointer or a layer goes back to,
    `end` of the region, and, should an error cost it, `target`, `flags`, `levels`, `depth`; `start` of a layer. PAD_: `pos`, the size in `end`.
    RAW_: `pos`. UNION_: `pos`, positions by name in `items`. LIST_: `items`. LOOP_: `items` so far, how many there will be (-1: unknown) in `end`,
    which one is read in `index` and where it began in `pos`.

    Made without __init__, and filled field by field: that is quickest in C."""

    __slots__ = ("bound", "depth", "end", "flags", "index", "items", "kind", "levels", "low", "pos", "start", "target")

    kind: int
    pos: int
    bound: int
    low: int
    end: int
    target: int
    flags: int
    levels: int
    depth: int
    index: int
    start: int
    items: Any


class Handler:
    """Where to go on when what follows does not match, and what to undo. `peek`: an expression's fault is not its concern. `loop`: it goes back to
    where the loop's element began. Made as frames are."""

    __slots__ = ("bound", "depth", "height", "layers", "levels", "loop", "low", "peek", "pos", "target")

    target: int
    height: int
    levels: int
    layers: int
    pos: int
    bound: int
    low: int
    depth: int
    peek: bool
    loop: Frame | None


def _number(value: object) -> int:
    """An integer as C has them; NOWHERE: none, or one beyond any message."""
    if not isinstance(value, int):
        return NOWHERE
    try:
        number = value
    except OverflowError:  # in C
        return NOWHERE
    return number if NOWHERE < number < HUGE else NOWHERE


class BinaryParser:
    """One binary message under way; `model.parsing.Parser` is its contract. `complex`: it failed because it was too much work or too deep.
    `cut`: how many octets of fields and elements of lists were not kept."""

    __slots__ = (
        "bit", "bound", "complex", "cut", "depth", "expected", "extra", "flaw", "flawed", "handlers", "indexes", "levels", "low", "machine", "need",
        "offset", "pc", "pos", "reach", "result", "root_bound", "root_low", "scan", "short", "stack", "used", "visits", "wanted", "word",
    )  # fmt: skip

    def __init__(self, program: BinaryProgram, params: dict[str, object] | None = None) -> None:
        self.machine = machine_of(program)
        self.used = 0
        self.need = 1
        self.offset = 0
        self.expected = ""
        self.short = False
        self.flaw: tuple[int, str] | None = None
        self.visits = 0
        self.complex = False
        self.cut = 0
        self.pc = 0
        self.pos = 0
        self.bound = -1  # the end of the region at hand, -1 outside of any
        self.low = 0  # its beginning, before which nothing can be sought
        self.root_bound = -1
        self.root_low = 0
        self.extra = 0  # visits beyond `pos`: whatever moves the position back adds here, so `pos + extra` counts every byte looked at
        self.reach = 0
        self.scan = 0
        self.wanted = 0
        self.bit = 0
        self.word = 0
        self.depth = 0
        self.flawed = False
        self.result: Any = None
        self.levels: list[Any] = [params if params is not None else {}]
        self.indexes: list[Any] = [_MISSING] if self.machine.indexed else _EMPTY
        self.stack: list[Frame] = []
        self.handlers: list[Handler] = []

    def value(self, data: bytes | bytearray, start: int) -> dict[str, Any]:
        """The message as a struct with its `kind`. It was built while the bytes went by; they are not looked at again."""
        result = self.result
        value: dict[str, Any] = result if isinstance(result, dict) else {"value": result}
        if "kind" not in value:
            value["kind"] = self.machine.kind
        return value

    def partial(self) -> dict[str, Any] | None:
        """The fields of the outermost struct that are complete."""
        fields = self.levels[1] if len(self.levels) > 1 else None
        return {"kind": self.machine.kind, **fields} if fields else None

    def run(self, data: bytes | bytearray, start: int, end: int, final: bool) -> int:
        avail = end - start
        if avail < self.wanted and not final:
            self.need = self.wanted - avail
            return MORE
        return self._loop(data, start, avail, final)

    def _loop(self, data: Any, start: int, avail: int, final: bool) -> int:
        machine = self.machine
        ops, column_a, column_b, column_c = machine.ops, machine.a, machine.b, machine.c
        names, constants = machine.names, machine.constants
        field_limit, list_limit = machine.field, machine.elements
        levels, stack, handlers, indexes = self.levels, self.stack, self.handlers, self.indexes
        indexed = machine.indexed
        pc, pos, bound, low = self.pc, self.pos, self.bound, self.low
        extra, reach, depth, scan, bit, word = self.extra, self.reach, self.depth, self.scan, self.bit, self.word
        flawed = self.flawed
        fields = levels[len(levels) - 1]
        acc: Any = self.result
        subject: Any = None
        held = _EMPTY  # operands of an expression under way
        layers = _EMPTY  # bytes that stand in for the message's own, each with its start
        main, origin = data, start
        octets = data  # the same bytes, as C sees them
        limit = pos if flawed else bound if bound >= 0 else avail
        lack = n = m = 0
        while True:
            op = ops[pc]
            a = column_a[pc]
            pc += 1
            why = DONE
            if op < SWITCH:
                if op == LOAD:
                    n = len(levels) - 1 - a if a >= 0 else 1 if a == -1 else 0
                    acc = _FAULT
                    if 0 <= n < len(levels):
                        level = levels[n]
                        acc = level.get(names[column_c[pc - 1]], _FAULT)
                    if acc is not _FAULT:
                        continue
                    why = RAISED
                elif op == FORMULA:
                    acc = self._formula(machine, a, levels)
                    if acc is _FAULT:
                        why = RAISED
                elif op == BINARY_CONSTANT:
                    try:
                        acc = OPERATORS[a](acc, constants[column_b[pc - 1]])
                    except FAULTS:
                        why = RAISED
                elif op == UNLESS:
                    if not acc:
                        pc = a
                    continue
                elif op == U8:
                    if pos < limit:
                        acc = octets[start + pos]
                        pos += 1
                    else:
                        why = SHORT
                        lack = pos + 1
                elif op == U16:
                    lack = pos + 2
                    if lack <= limit:
                        n = start + pos
                        acc = octets[n] << 8 | octets[n + 1]
                        pos = lack
                    else:
                        why = SHORT
                elif op == STORE:
                    pass
                elif op == RUN:
                    lack = pos + machine.sizes[a]
                    if lack <= limit:
                        run_names = machine.shown[a]
                        if COMPILED and machine.shaped[a] < machine.shaped[a + 1]:
                            self._fields(machine, a, octets, start + pos, fields, run_names)
                        else:
                            fields.update(zip(run_names, machine.runs[a](data, start + pos), strict=True))
                        pos = lack
                        continue
                    why = SHORT
                elif op == BYTES_COUNTED or op == BYTES:
                    n = a if op == BYTES else _number(acc)
                    lack = pos + n
                    if n < 0:
                        why = WRONG
                    elif lack > limit:
                        why = SHORT
                    else:
                        if n > field_limit and column_b[pc - 1] & CUT:
                            self.cut += n - field_limit
                            n = field_limit
                        acc = span.cut(octets, start + pos, start + pos + n)
                        pos = lack
                elif op == OPEN:
                    if len(levels) == 1:
                        self.root_bound = bound
                        self.root_low = low
                    fields = {}
                    levels.append(fields)
                    if indexed:
                        acc = indexes[len(indexes) - 1]
                        indexes.append(None if acc is _MISSING else acc)
                    continue
                elif op == CLOSE:
                    acc = levels.pop()
                    if indexed:
                        indexes.pop()
                    fields = levels[len(levels) - 1]
                elif op == CLOSE_PICK:
                    if names[a] in fields:
                        acc = fields[names[a]]
                        levels.pop()
                        if indexed:
                            indexes.pop()
                        fields = levels[len(levels) - 1]
                    else:
                        why = RAISED
                elif op == PUSH:
                    held = [*held, acc]
                    continue
                elif op == BINARY:
                    try:
                        acc = OPERATORS[a](held.pop(), acc)
                    except FAULTS:
                        why = RAISED
                elif op == CALL:
                    depth += 1
                    extra += 1
                    if not layers:
                        if pos > reach:
                            reach = pos
                        if bound > reach:
                            reach = bound
                    if depth <= machine.depth and pos + extra <= machine.work * reach + FLOOR:
                        entry = Frame.__new__(Frame)
                        entry.kind = RETURN_
                        entry.target = pc
                        stack.append(entry)
                        pc = a
                        continue
                    why = COMPLEX
                elif op == BACK:
                    depth -= 1
                    entry = stack.pop()
                    pc = entry.target
                    continue
                elif op == MAP_FIELD:
                    name = names[column_c[pc - 1]]
                    acc = fields[name]
                    values = machine.mappings[a][0]
                    fields[name] = values.get(acc, acc)
                    continue
            elif op < INTEGER:
                if op == SWITCH:
                    cases, default = machine.switches[a]
                    try:
                        pc = cases.get(acc, default)
                        continue
                    except TypeError:
                        why = RAISED
                elif op == REGION:
                    why = WRONG
                    n = _number(acc)
                    if n >= 0:
                        lack = pos + n
                        if lack <= limit:
                            entry = Frame.__new__(Frame)
                            entry.kind = REGION_
                            entry.bound = bound
                            entry.low = low
                            entry.end = lack
                            entry.target = a
                            entry.flags = column_b[pc - 1]
                            entry.levels = len(levels)
                            entry.depth = depth
                            stack.append(entry)
                            bound = limit = lack
                            low = pos
                            continue
                        why = SHORT
                elif op == REGION_END:
                    entry = stack[len(stack) - 1]
                    n = entry.end
                    if flawed and pos != n:
                        why = WRONG
                    else:
                        stack.pop()
                        if pos > n:
                            extra += pos - n
                        pos = n
                        bound = entry.bound
                        low = entry.low
                        limit = pos if flawed else bound if bound >= 0 else avail
                elif op == ARRAY:
                    n = _number(acc)
                    if n >= 0:
                        loop = Frame.__new__(Frame)
                        loop.kind = LOOP_
                        loop.items = []
                        loop.end = n
                        loop.index = 0
                        loop.pos = pos
                        stack.append(loop)
                        if n == 0:
                            pc = a
                        elif indexed:
                            indexes[len(indexes) - 1] = 0
                        continue
                    why = WRONG
                elif op == ARRAY_NEXT or op == RANGE_NEXT or op == REPEAT_KEEP:
                    loop = stack[len(stack) - 1]
                    n = column_b[pc - 1]
                    loop.index += 1
                    if n == 0 and loop.index > list_limit:
                        self.cut += 1
                    elif n != UNBUILT:
                        loop.items.append(acc)
                    if op == REPEAT_KEEP or loop.index == loop.end:
                        continue
                    if indexed:
                        indexes[len(indexes) - 1] = loop.index
                    if loop.pos != pos:
                        loop.pos = pos
                        pc = a
                        continue
                    extra += 1
                    if not layers:
                        if pos > reach:
                            reach = pos
                        if bound > reach:
                            reach = bound
                    if op == ARRAY_NEXT and pos + extra <= machine.work * reach + FLOOR:
                        pc = a
                        continue
                    why = COMPLEX
                elif op == LOOP_END:
                    loop = stack.pop()
                    acc = loop.items
                elif op == JUMP:
                    pc = a
                    continue
                elif op == CHECK:
                    if acc:
                        acc = None
                    else:
                        why = WRONG
                elif op == GREEDY:
                    if bound >= 0 or (final and not flawed):
                        n = limit - pos
                        acc = b""
                        if n > 0:
                            if n > field_limit and column_b[pc - 1] & CUT:
                                self.cut += n - field_limit
                                n = field_limit
                            acc = span.cut(octets, start + pos, start + pos + n)
                            pos = limit
                    else:
                        why = WAIT
                elif op == CONSTANT:
                    acc = constants[a]
                elif op == U32:
                    lack = pos + 4
                    if lack <= limit:
                        n = start + pos
                        m = octets[n]
                        acc = (m << 24) + (octets[n + 1] << 16 | octets[n + 2] << 8 | octets[n + 3])
                        pos = lack
                    else:
                        why = SHORT
                elif op == MAP:
                    values, strict = machine.mappings[a]
                    try:
                        if acc in values:
                            acc = values[acc]
                        elif strict:
                            why = WRONG
                        else:
                            acc = int(acc)
                    except FAULTS:
                        why = WRONG if strict else RAISED
                elif op == POINTER:
                    n = _number(acc)
                    why = WRONG
                    if column_b[pc - 1] and len(levels) == 1:
                        why = RAISED
                    elif n != NOWHERE:
                        entry = Frame.__new__(Frame)
                        entry.kind = POINTER_
                        entry.pos = pos
                        entry.bound = bound
                        entry.low = low
                        if column_b[pc - 1]:
                            bound = self.root_bound
                            low = self.root_low
                        limit = bound if bound >= 0 else avail
                        if bound < 0 and not final and not flawed and (n < 0 or n > limit):
                            why = PAUSE
                            lack = n
                        elif not (n < 0 and bound < 0 and flawed):
                            if n < 0:
                                n = limit + n if limit + n > low else low
                            if n >= low:
                                why = DONE
                        if why != DONE:
                            bound = entry.bound
                            low = entry.low
                            limit = pos if flawed else bound if bound >= 0 else avail
                    if why == DONE:
                        if not layers:
                            if pos > reach:
                                reach = pos
                            if entry.bound > reach:
                                reach = entry.bound
                        stack.append(entry)
                        extra += pos - n
                        pos = n
                        if flawed and bound < 0:
                            limit = pos
                        if pos + extra <= machine.work * reach + FLOOR:
                            continue
                        why = COMPLEX
                elif op == POINTER_END or op == LAYER_END:
                    entry = stack.pop()
                    if op == LAYER_END:
                        bit = entry.index
                        layers.pop()
                        data, start = layers[len(layers) - 1] if layers else (main, origin)
                        octets = data
                    elif pos > reach and not layers:
                        reach = pos
                    extra += pos - entry.pos
                    pos = entry.pos
                    bound = entry.bound
                    low = entry.low
                    limit = pos if flawed else bound if bound >= 0 else avail
                elif op == INTEGERS or op == INTEGERS_GREEDY:
                    m = column_b[pc - 1]
                    if op == INTEGERS_GREEDY:
                        if bound >= 0 or (final and not flawed):
                            n = (limit - pos) // a if limit > pos else 0
                        else:
                            n = -1
                            why = WAIT
                    else:
                        n = _number(acc)
                        if n < 0:
                            why = WRONG
                    if n >= 0:
                        lack = pos + n * a
                        if lack > limit and n:
                            why = SHORT
                            if indexed:
                                indexes[len(indexes) - 1] = (limit - pos) // a if limit > pos else 0
                        else:
                            if n > list_limit and m & 4:
                                self.cut += n - list_limit
                                n = list_limit
                            if indexed:
                                size = (lack - pos) // a
                                if op == INTEGERS_GREEDY or size:
                                    indexes[len(indexes) - 1] = size if op == INTEGERS_GREEDY else size - 1
                            if COMPILED and a <= 4:
                                acc = self._integers(octets, start + pos, n, a, m)
                            else:
                                order, code = _FORMATS[a, m & 3]
                                acc = list(unpack_from(f"{order}{n}{code}", data, start + pos)) if n else []
                            pos = lack
                elif op == ITEM:
                    try:
                        acc = acc[constants[a]]
                    except FAULTS:
                        why = RAISED
                elif op == MATCH_BYTES:
                    piece = constants[a]
                    n = len(piece)
                    lack = pos + n
                    if lack <= limit and data[start + pos : start + lack] == piece:
                        acc = constants[column_b[pc - 1]]
                        pos = lack
                    else:
                        why = SHORT
                        if lack > limit:
                            n = limit - pos
                            lack = limit + 1  # one byte more may contradict already
                        for m in range(n):
                            if octets[start + pos + m] != piece[m]:
                                why = WRONG
                                pos += m
                                break
                elif op == TELL:
                    acc = pos
                else:  # HALT
                    if pos <= limit:
                        self.used = pos
                        self.visits = pos + extra
                        self.result = acc
                        if flawed:
                            self.flaw = (self.offset, self.expected)
                        return MATCH
                    why = SHORT
                    lack = pos
            elif op < EQUAL:
                if op == INTEGER or op == INTEGER_COUNTED:
                    n = a if op == INTEGER else _number(acc)
                    lack = pos + n
                    if n < 0 or (n == 0 and op == INTEGER_COUNTED):
                        why = WRONG
                    elif lack > limit:
                        why = SHORT
                    else:
                        m = column_b[pc - 1]
                        acc = int.from_bytes(data[start + pos : start + lack], "little" if m & 1 else "big", signed=m & 2 != 0)
                        pos = lack
                elif op == SKIP or op == SKIP_COUNTED:
                    n = a if op == SKIP else _number(acc)
                    lack = pos + n
                    if n < 0:
                        why = WRONG
                    elif lack > limit:
                        why = SHORT
                    else:
                        acc = None
                        pos = lack
                elif op == WORD:
                    lack = pos + a
                    if lack <= limit:
                        word = int.from_bytes(data[start + pos : start + lack], "big")
                        pos = lack
                    else:
                        why = SHORT
                elif op == BITS:
                    n = column_b[pc - 1]
                    acc = bits_of(word >> a, n)
                elif op == UNTIL or op == UNTIL_REGION:
                    piece = constants[a]
                    size = len(piece)
                    m = column_b[pc - 1]
                    n = scan if scan > pos else pos
                    if m & ALIGNED and size > 1:
                        while n + size <= limit and data[start + n : start + n + size] != piece:
                            n += size
                        scan = n
                        if n + size > limit:
                            n = -1
                    else:
                        n = data.find(piece, start + n, start + limit) - start if n <= limit else -1
                        scan = limit - size + 1
                        if scan < pos:
                            scan = pos
                    if n >= pos:
                        lack = n if m & LEAVE else n + size
                        if m & INCLUDE:
                            n += size
                    elif m & OPTIONAL and (bound >= 0 or (final and not flawed)):
                        lack = limit if limit > pos else pos
                        n = scan if m & ALIGNED and size > 1 else lack
                    else:
                        why = SHORT
                        lack = limit + 1
                    if why == DONE:
                        scan = 0
                        if op == UNTIL_REGION:
                            entry = Frame.__new__(Frame)
                            entry.kind = REGION_
                            entry.bound = bound
                            entry.low = low
                            entry.end = lack
                            entry.target = 0
                            entry.flags = 0
                            entry.levels = len(levels)
                            entry.depth = depth
                            stack.append(entry)
                            bound = limit = n
                            low = pos
                            continue
                        if n - pos > field_limit and m & CUT:
                            self.cut += n - pos - field_limit
                            n = pos + field_limit
                        acc = span.cut(octets, start + pos, start + n)
                        pos = lack
                elif op == VARINT:
                    n = scan if scan > pos else pos
                    while n < limit and octets[start + n] > 127:
                        n += 1
                    if n < limit:
                        scan = 0
                        n += 1
                        acc = varint(data, start + pos, start + n)
                        if column_b[pc - 1]:
                            acc = acc // 2 if acc & 1 == 0 else -(acc // 2 + 1)
                        pos = n
                    else:
                        why = SHORT
                        scan = n
                        lack = n + 1
                elif op == FLAG:
                    if pos < limit:
                        acc = octets[start + pos] != 0
                        pos += 1
                    else:
                        why = SHORT
                        lack = pos + 1
                elif op == FLOAT:
                    lack = pos + column_b[pc - 1]
                    if lack <= limit:
                        acc = unpack_from(constants[a], data, start + pos)[0]
                        pos = lack
                    else:
                        why = SHORT
                elif op == BITS_OPEN:
                    bit = 0
                elif op == BITS_COUNTED or op == BITS_SKIP:
                    why = WRONG
                    size = _number(acc)
                    if size > 0 or (size == 0 and op == BITS_SKIP):
                        n = bit + size
                        lack = pos + (n + 7) // 8
                        m = column_b[pc - 1]
                        if lack > limit:
                            why = SHORT
                        elif op == BITS_SKIP or not (m & form.SWAPPED and size & 7):
                            why = DONE
                            acc = None
                            if op == BITS_COUNTED:
                                acc = bits_of(int.from_bytes(data[start + pos : start + lack], "big") >> (-n & 7), size << 3 | m)
                            pos += n >> 3
                            bit = n & 7
                elif bit:  # BITS_CLOSE
                    why = WRONG
            elif op < RANGE:
                if op == EQUAL:
                    if acc != constants[a]:
                        why = WRONG
                elif op == INDEX:
                    n = len(indexes) - 1 - a if a >= 0 else 1 if a == -1 else 0
                    if 0 <= n < len(indexes):
                        acc = indexes[n]
                        if acc is _MISSING:
                            acc = None
                            if column_b[pc - 1]:
                                why = RAISED
                    else:
                        why = RAISED
                elif op == SUBJECT:
                    subject = acc
                elif op == AGAIN:
                    acc = subject
                elif op == DROP:
                    acc = None
                elif op == TEXT:
                    try:
                        acc = text_of(acc, constants[a])
                        if len(acc) > field_limit and column_b[pc - 1] & CUT:
                            self.cut += len(acc) - field_limit
                            acc = acc[:field_limit].decode("utf-8", "ignore").encode()
                    except FAULTS:
                        why = WRONG
                else:
                    try:
                        acc = self._computed(op, pc - 1, acc)
                    except Mismatch:
                        why = WRONG
                    except FAULTS:
                        why = RAISED
            elif op < TERMINATED:
                if op == RANGE or op == REPEAT:
                    loop = Frame.__new__(Frame)
                    loop.kind = LOOP_
                    loop.items = []
                    loop.end = -1
                    loop.index = 0
                    loop.pos = pos
                    stack.append(loop)
                    if indexed:
                        indexes[len(indexes) - 1] = 0
                    if op == REPEAT:
                        continue
                if op == RANGE or op == TRY:
                    handler = Handler.__new__(Handler)
                    handler.target = a
                    handler.height = len(stack)
                    handler.levels = len(levels)
                    handler.layers = len(layers)
                    handler.pos = pos
                    handler.bound = bound
                    handler.low = low
                    handler.depth = depth
                    handler.peek = op == TRY and column_b[pc - 1] != 0
                    handler.loop = loop if op == RANGE else None
                    handlers.append(handler)
                    continue
                if op == COMMIT:
                    handlers.pop()
                    pc = a
                    continue
                if op == PEEK_END:
                    handler = handlers.pop()
                    if not layers and pos > reach:
                        reach = pos
                    extra += pos - handler.pos
                    pos = handler.pos
                elif op == LIST:
                    entry = Frame.__new__(Frame)
                    entry.kind = LIST_
                    entry.items = []
                    stack.append(entry)
                elif op == APPEND:
                    entry = stack[len(stack) - 1]
                    entry.items.append(acc)
                elif op == LIST_END:
                    levels.pop()
                    if indexed:
                        indexes.pop()
                    fields = levels[len(levels) - 1]
                    entry = stack.pop()
                    acc = entry.items
                elif op == REPEAT_TEST:
                    if not acc:
                        loop = stack[len(stack) - 1]
                        if indexed:
                            indexes[len(indexes) - 1] = loop.index
                        if loop.pos == pos:
                            extra += 1
                        loop.pos = pos
                        if not layers:
                            if pos > reach:
                                reach = pos
                            if bound > reach:
                                reach = bound
                        if pos + extra <= machine.work * reach + FLOOR:
                            pc = a
                            continue
                        why = COMPLEX
                elif op == STOP:
                    if acc:
                        m = column_b[pc - 1]
                        while m > 0:
                            m -= 1
                            entry = stack.pop()
                            if entry.kind == REGION_ or entry.kind == POINTER_ or entry.kind == LAYER_:
                                if entry.kind == LAYER_:
                                    bit = entry.index
                                    layers.pop()
                                    data, start = layers[len(layers) - 1] if layers else (main, origin)
                                    octets = data
                                n = entry.end if entry.kind == REGION_ else entry.pos
                                extra += pos - n
                                pos = n
                                bound = entry.bound
                                low = entry.low
                        limit = pos if flawed else bound if bound >= 0 else avail
                        m = len(levels) - column_c[pc - 1]
                        del levels[m:]
                        if indexed:
                            del indexes[m:]
                        fields = levels[len(levels) - 1]
                        pc = a
                    continue
                else:  # FAIL
                    why = EXPLICIT
            elif op == TERMINATED:
                acc = None
                if pos < limit:
                    why = WRONG
                elif bound < 0 and (not final or flawed):
                    why = WAIT
            elif op == PAD or op == ALIGN:
                n = _number(acc)
                if n >= (0 if op == PAD else 2):
                    entry = Frame.__new__(Frame)
                    entry.kind = PAD_
                    entry.pos = pos
                    entry.end = n
                    stack.append(entry)
                else:
                    why = WRONG
            elif op == PAD_END or op == ALIGN_END:
                entry = stack[len(stack) - 1]
                n = entry.pos + entry.end - pos if op == PAD_END else -(pos - entry.pos) % entry.end
                lack = pos + n
                if n < 0:
                    why = WRONG
                elif lack <= limit or n == 0:
                    stack.pop()
                    pos = lack
                else:
                    why = SHORT
            elif op == REST:
                if bound < 0 and (not final or flawed):
                    why = WAIT
                elif _number(acc) != NOWHERE:
                    lack = limit + _number(acc)
                    if lack > limit:
                        why = SHORT
                    elif lack < pos:
                        why = WRONG
                    else:
                        entry = Frame.__new__(Frame)
                        entry.kind = REGION_
                        entry.bound = bound
                        entry.low = low
                        entry.end = lack
                        entry.target = 0
                        entry.flags = 0
                        entry.levels = len(levels)
                        entry.depth = depth
                        stack.append(entry)
                        bound = limit = lack
                        low = pos
                else:
                    why = WRONG
            elif op == STRIPPED:
                if bound < 0 and (not final or flawed):
                    why = WAIT
                else:
                    piece = constants[a]
                    size = len(piece)
                    lack = n = limit if limit > pos else pos
                    if size > 1:
                        m = (n - pos) % size
                        if m and data[start + n - m : start + n] == piece[:m]:
                            n -= m
                    while n - size >= pos and data[start + n - size : start + n] == piece:
                        n -= size
                    entry = Frame.__new__(Frame)
                    entry.kind = REGION_
                    entry.bound = bound
                    entry.low = low
                    entry.end = lack
                    entry.target = 0
                    entry.flags = 0
                    entry.levels = len(levels)
                    entry.depth = depth
                    stack.append(entry)
                    bound = limit = n
                    low = pos
            elif op == SEEK:
                m = column_b[pc - 1]
                if m == 2 and bound < 0 and (not final or flawed):
                    why = WAIT
                elif _number(acc) != NOWHERE:
                    n = _number(acc) + (0 if m == 0 else pos if m == 1 else limit)
                    if m and n < low:
                        n = low
                    if n < low or (flawed and n != pos):
                        why = WRONG
                    elif n > limit and bound < 0 and not final:
                        why = SHORT
                        lack = n
                    else:
                        if pos > reach and not layers:
                            reach = pos
                        extra += pos - n
                        pos = n
                        acc = n
                else:
                    why = WRONG
            elif op == RAW:
                entry = Frame.__new__(Frame)
                entry.kind = RAW_
                entry.pos = pos
                stack.append(entry)
            elif op == RAW_END:
                entry = stack[len(stack) - 1]
                n = entry.pos
                if pos > limit:
                    why = SHORT
                    lack = pos
                elif n > pos:
                    why = WRONG
                else:
                    stack.pop()
                    acc = {"data": bytes(data[start + n : start + pos]), "value": acc, "offset1": n, "offset2": pos, "length": pos - n}
            elif op == UNION:
                entry = Frame.__new__(Frame)
                entry.kind = UNION_
                entry.pos = pos
                entry.items = {}
                stack.append(entry)
            elif op == UNION_NEXT:
                entry = stack[len(stack) - 1]
                entry.items[constants[a]] = pos
                if constants[column_b[pc - 1]] is not None:
                    entry.items[constants[column_b[pc - 1]]] = pos
                if pos > reach and not layers:
                    reach = pos
                extra += pos - entry.pos
                pos = entry.pos
            elif op == UNION_END:
                try:
                    entry = stack[len(stack) - 1]
                    n = entry.items[acc] if column_b[pc - 1] else pos
                    stack.pop()
                    extra += pos - n
                    pos = n
                    acc = levels.pop()
                    if indexed:
                        indexes.pop()
                    fields = levels[len(levels) - 1]
                except FAULTS:
                    why = RAISED
            elif op == FOREIGN_MESSAGE:
                if bound < 0 and (not final or flawed):
                    why = WAIT
                else:
                    piece = bytes(data[start : start + limit]) if pos <= limit else b""
                    found = _foreign_message(machine.foreigns[a], piece, levels[0])
                    if found is None or not pos <= found[1] <= limit:
                        why = WRONG
                    else:
                        acc = found[0]
                        extra += pos
                        pos = found[1]
            else:  # LAYER, STAND_IN
                n = -1
                m = pos  # where the bytes begin that stand in, as positions count
                lack = limit if limit > pos else pos
                if op == LAYER:
                    n = _number(acc)
                    lack = pos + n + (1 if a == 2 and bit else 0)
                    if n < 0:
                        why = WRONG
                    elif lack > limit:
                        why = SHORT
                    else:
                        piece = bytes(data[start + pos : start + lack])
                        piece = piece[::-1] if a == 0 else piece.translate(_REVERSED) if a == 1 else among(piece, bit, n)
                        lack = pos + n
                        m = 0
                else:
                    try:
                        n = machine.decoded * (lack - pos)
                        m = machine.work * (reach if reach > lack else lack) + FLOOR - extra
                        piece = stand_in(
                            a, column_b[pc - 1], bytes(data[start + pos : start + lack]), held.pop() if held else None, acc, n if n < m else m
                        )
                        m = 0
                        if a == form.XORED:
                            m = pos
                        elif a == form.GIVEN:
                            lack = pos
                    except Mismatch:
                        why = WRONG
                    except TooMuch:
                        why = COMPLEX
                    except FAULTS:
                        why = RAISED
                if why == DONE:
                    if pos > reach and not layers:
                        reach = pos
                    entry = Frame.__new__(Frame)
                    entry.kind = LAYER_
                    entry.pos = lack
                    entry.bound = bound
                    entry.low = low
                    entry.start = pos
                    entry.index = bit
                    stack.append(entry)
                    extra += pos - m
                    data, start = piece, -m
                    octets = data
                    layers = [*layers, (data, start)]
                    pos = low = m
                    bound = limit = m + len(piece)
                    bit = 0
                    continue

            if why == DONE:
                n = column_c[pc - 1]
                if n >= 0:
                    fields[names[n]] = acc
                continue
            pc -= 1
            if why == PAUSE or (why <= WAIT and bound < 0 and not final and not flawed):
                self.pc, self.pos, self.bound, self.low = pc, pos, bound, low
                self.extra, self.reach, self.depth, self.scan, self.bit, self.word = extra, reach, depth, scan, bit, word
                self.result = acc
                self.wanted = lack if why != WAIT and lack > avail else avail + 1
                self.need = self.wanted - avail
                self.used = avail
                self.visits = pos + extra
                return MORE
            scan = 0
            held = _EMPTY
            where = limit if why == SHORT or pos > limit else pos
            m = len(stack)
            if handlers:
                handler = handlers[0]
                m = handler.height
            while handlers:
                handler = handlers.pop()
                if why >= EXPLICIT or (handler.peek and why == RAISED):
                    continue
                if not layers:
                    if pos > reach:
                        reach = pos
                    if bound > reach:
                        reach = bound
                del stack[handler.height :]
                del levels[handler.levels :]
                fields = levels[len(levels) - 1]
                if indexed:
                    del indexes[handler.levels :]
                if len(layers) > handler.layers:
                    del layers[handler.layers :]
                    data, start = layers[len(layers) - 1] if layers else (main, origin)
                    octets = data
                n = handler.pos if handler.loop is None else handler.loop.pos
                extra += pos - n
                pos = n
                bound = handler.bound
                low = handler.low
                depth = handler.depth
                limit = pos if flawed else bound if bound >= 0 else avail
                acc = None
                if pos + extra <= machine.work * reach + FLOOR:
                    pc = handler.target
                    why = DONE
                    break
                why = COMPLEX
            if why == DONE:
                continue
            if not flawed or why == COMPLEX:
                if layers:
                    where = self._began()
                self.offset = where if where < avail else avail
                self.expected = self._expectation(pc, why, depth)
                self.short = why <= WAIT and bound < 0
            n = self._region(why, m)
            if n < 0:
                self.complex = why == COMPLEX
                self.used = pos
                self.visits = pos + extra
                return FAILED
            flawed = self.flawed = True
            entry = stack[n]
            del stack[n + 1 :]
            if layers:
                layers.clear()
                data, start = main, origin
                octets = data
            m = entry.levels
            acc = levels[m] if entry.flags & 2 and len(levels) > m else None
            del levels[m:]
            if indexed:
                del indexes[m:]
            fields = levels[len(levels) - 1]
            pos = limit = bound = entry.end
            depth = entry.depth
            pc = entry.target

    def _formula(self, machine: Machine, number: int, levels: list[Any]) -> Any:
        """An expression's value; _FAULT: it has none."""
        acc: Any = None
        if COMPILED and machine.quick[number]:
            values = [0] * 16
            at, last = machine.stepped[number], machine.stepped[number + 1]
            top = left = right = 0
            while at < last:
                kind = machine.steps[at]
                x = machine.steps[at + 1]
                y = machine.steps[at + 2]
                if kind == FIELD:
                    n = len(levels) - 1 - x if x >= 0 else 1 if x == -1 else 0
                    if not 0 <= n < len(levels):
                        return _FAULT
                    level = levels[n]
                    acc = level.get(machine.names[y], _FAULT)
                    if type(acc) is not int:
                        break
                    values[top] = left
                    top += 1
                    left = _number(acc)
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
                    n = len(levels) - 1 - what if what >= 0 else 1 if what == -1 else 0
                    if not 0 <= n < len(levels):
                        raise LookupError
                    held.append(acc)
                    acc = levels[n][constant]
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
            return _FAULT
        return acc

    def _integers(self, octets: Any, at: int, count: int, size: int, kind: int) -> list[int]:
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

    def _fields(self, machine: Machine, number: int, octets: Any, at: int, fields: dict[str, Any], names: tuple[str, ...]) -> None:
        """The fields of a run, all of whose octets are there."""
        k = machine.shaped[number]
        field = 0
        while field < len(names):
            kind = machine.shapes[k]
            n = at + machine.shapes[k + 1]
            size = machine.shapes[k + 2]
            if kind == OCTETS_:
                fields[names[field]] = span.cut(octets, n, n + size)
            elif kind == TRUTH_:
                fields[names[field]] = octets[n] != 0
            elif size > 4:
                fields[names[field]] = int.from_bytes(
                    span.cut(octets, n, n + size), "little" if machine.shapes[k + 3] else "big", signed=kind == SIGNED_
                )
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
                if kind == SIGNED_:
                    weight = 1
                    weight <<= size * 8 - 1
                    if value >= weight:
                        value -= weight + weight
                fields[names[field]] = value
            field += 1
            k += 4

    def _region(self, why: int, height: int) -> int:
        """Where on the stack, below `height`, the innermost region lies that an error may cost alone; -1: none. A region that a pointer looks into is
        no part of the message's sequence of bytes; what lies in an alternative is above `height`."""
        found = -1
        if why == COMPLEX:
            return found
        for at, entry in enumerate(self.stack):
            if at >= height:
                break
            if entry.kind in (POINTER_, LAYER_, UNION_):
                break
            if entry.kind == REGION_ and entry.flags:
                found = at
        return found

    def _began(self) -> int:
        """Where in the message the bytes are that others stand in for."""
        for entry in self.stack:
            if entry.kind == LAYER_:
                return entry.start
        return 0

    def _expectation(self, pc: int, why: int, depth: int) -> str:
        if why == COMPLEX:
            return "less nesting" if depth > self.machine.depth else "less work: it is too complex"
        text = ""
        for at, note in self.machine.program.notes:
            if at > pc:
                break
            text = note
        return text or f"'{self.machine.program.name}'"

    def _computed(self, op: int, pc: int, acc: Any) -> Any:
        """The less frequent instructions that turn one value into another."""
        machine = self.machine
        a = machine.a[pc]
        if op == ONE_OF:
            if (acc in machine.constants[a]) == bool(machine.b[pc]):
                raise Mismatch
            return acc
        if op == FLAGS:
            return {name: acc & number == number for name, number in machine.program.mappings[a].pairs}
        if op == DECIMAL:
            return decimal(acc)
        if op == SLICE:
            first, last, step = machine.constants[a]
            return acc[first:last:step]
        if op == NAMES:
            return _named(acc, machine.constants[a])
        if op == BINARY_REVERSED:
            return OPERATORS[a](machine.constants[machine.b[pc]], acc)
        if op == UNARY:
            return UNARIES[a](acc)
        if op == TIME:
            return moment(acc, machine.constants[a])
        if op == FOREIGN:
            return _foreign_value(machine.foreigns[a], acc)
        return FUNCTIONS[a](acc)


def _foreign_value(foreign: form.Foreign, value: Any) -> Any:
    """A foreign function may raise whatever it likes."""
    try:
        return foreign.value(value)
    except Exception as error:
        raise Mismatch from error


def _foreign_message(foreign: form.Foreign, octets: bytes, params: dict[str, Any]) -> tuple[Any, int] | None:
    try:
        return foreign.message(octets, params)
    except Exception:  # what cannot be parsed for want of depth or memory is no message, either
        return None


def _named(values: Any, names: list[str]) -> dict[str, Any]:
    if not isinstance(values, dict):
        return dict(zip(names, values, strict=True))
    if set(values) != set(names):
        raise TypeError
    return {name: values[name] for name in names}
