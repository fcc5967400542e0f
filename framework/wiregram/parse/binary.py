"""The executor of binary programs: one loop over instructions, which stops at any byte and goes on there.

Everything under way is in a few integers and four lists (`levels`, `stack`, `handlers`, `indexes`), never in a Python frame. An instruction reads
all its bytes or none. What succeeds goes on with the loop; what does not falls to its end, where one place decides between waiting, the latest
alternative, a region given up, and failure. It knows programs, never grammars; it has no clock and keeps no bytes.

One function holds the loop although it is long: a call an instruction would cost more than the instructions do.
"""

from __future__ import annotations

import operator
from array import array
from collections.abc import Callable
from struct import Struct, unpack_from
from typing import Any

from wiregram.model.parsing import FAILED, MATCH, MORE
from wiregram.program import binary as form
from wiregram.program.binary import BinaryProgram

(
    LOAD, BINARY_CONSTANT, UNLESS, U8, U16, RUN, BYTES_COUNTED, OPEN, CLOSE, CLOSE_PICK, PUSH, BINARY, CALL, BACK, MAP_FIELD, STORE, SWITCH, REGION,
    REGION_END, ARRAY, ARRAY_NEXT, LOOP_END, JUMP, CHECK, GREEDY, CONSTANT, U32, MAP, POINTER, POINTER_END, INTEGERS, ITEM, MATCH_BYTES, TELL, HALT,
    INTEGER, INTEGER_COUNTED, FLOAT, BYTES, SKIP, SKIP_COUNTED, VARINT, FLAG, UNTIL, UNTIL_REGION, INTEGERS_GREEDY, WORD, BITS, BITS_OPEN, BITS_COUNTED,
    BITS_SKIP, BITS_CLOSE, EQUAL, ONE_OF, FLAGS, DECIMAL, TEXT, SLICE, NAMES, INDEX, SUBJECT, AGAIN, DROP, BINARY_REVERSED, ITEM_COMPUTED, UNARY,
    FUNCTION, LIST, APPEND, LIST_END, RANGE, RANGE_NEXT, REPEAT, REPEAT_KEEP, REPEAT_TEST, TRY, COMMIT, PEEK_END, STOP, FAIL, TERMINATED, PAD, PAD_END, ALIGN,
    ALIGN_END, REST, STRIPPED, SEEK, RAW, RAW_END, UNION, UNION_NEXT, UNION_END, LAYER, LAYER_END,
) = range(len(form.OPERATIONS))  # fmt: skip

SHORT, WAIT, WRONG, RAISED, EXPLICIT, COMPLEX = range(6)
"""Why an instruction did not go on: bytes are missing; the input's end must be known; no match; an expression has no value; Construct's Error; a bound."""

RETURN_, REGION_, PAD_, POINTER_, RAW_, UNION_, LAYER_, LIST_ = range(8)
"""What an entry of `stack` is, in its first place."""

ALIGNED, INCLUDE, LEAVE, OPTIONAL, CUT = form.ALIGNED, form.INCLUDE, form.LEAVE, form.OPTIONAL, form.CUT
UNCUT, UNBUILT = form.UNCUT, form.UNBUILT
HUGE = 1 << 40
CEILING = 1 << 16
FLOOR = 4096
DIGITS = 4000

_FAULTS = (TypeError, LookupError, ValueError, ArithmeticError, AttributeError)
_REVERSED = bytes(int(f"{number:08b}"[::-1], 2) for number in range(256))
_FORMATS = {(1, 0): ">B", (1, 2): ">b", (1, 1): ">B", (1, 3): ">b"} | {
    (size, kind): ("<" if kind & 1 else ">") + (code.lower() if kind & 2 else code) for size, code in ((2, "H"), (4, "I"), (8, "Q")) for kind in range(4)
}


def _add(left: Any, right: Any) -> Any:
    value = left + right
    if isinstance(value, (bytes, list)) and len(value) > CEILING:
        raise OverflowError
    return value


def _times(left: Any, right: Any) -> Any:
    if isinstance(left, (bytes, list)) or isinstance(right, (bytes, list)):
        held, count = (left, right) if isinstance(left, (bytes, list)) else (right, left)
        if isinstance(count, int) and len(held) * count > CEILING:
            raise OverflowError
    elif isinstance(left, int) and isinstance(right, int) and left.bit_length() + right.bit_length() > CEILING:
        raise OverflowError
    return left * right


def _modulo(left: Any, right: Any) -> Any:
    if isinstance(left, bytes):
        raise TypeError
    return left % right


def _power(left: Any, right: Any) -> Any:
    if isinstance(left, int) and isinstance(right, int) and (right > CEILING or left.bit_length() * right > CEILING):
        raise OverflowError
    return left**right


def _shift(left: Any, right: Any) -> Any:
    if isinstance(right, int) and right > CEILING:
        raise OverflowError
    return left << right


def _plus(value: Any) -> Any:
    return +value


def _characters(value: Any) -> int:
    return len(value.decode())


_OPERATORS: tuple[Callable[[Any, Any], Any], ...] = (
    _add, operator.sub, _times, operator.truediv, operator.floordiv, _modulo, _power, operator.xor, _shift, operator.rshift, operator.and_, operator.or_,
    operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge,
)  # fmt: skip
_UNARY: tuple[Callable[[Any], Any], ...] = (operator.neg, _plus, operator.not_)
_FUNCTIONS: tuple[Callable[[Any], Any], ...] = (len, sum, min, max, abs, _characters)


class _Missing:
    """Stands for an `_index` that no repetition has set."""


_MISSING = _Missing()
_table: Callable[[Any], Any] = tuple if __file__.endswith(".py") else lambda numbers: array("i", numbers)
"""A tuple is quickest to index from Python, an array from C."""


class Machine:
    """A program made ready to run: its operands in columns, its pools as Python's own tables. Made once a program."""

    __slots__ = ("a", "b", "c", "constants", "depth", "field", "indexed", "list", "mappings", "names", "ops", "program", "runs", "switches", "work")

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
        self.runs = [(Struct(run.format).unpack_from, run.size, run.names) for run in program.runs]
        self.indexed = program.indexed
        self.field = program.field
        self.list = program.list
        self.work = program.work
        self.depth = program.depth


_MACHINES: dict[int, Machine] = {}


def machine_of(program: BinaryProgram) -> Machine:
    """The program's machine. It holds the program, so its identity stays its own."""
    machine = _MACHINES.get(id(program))
    if machine is None:
        if len(_MACHINES) >= 4096:
            _MACHINES.clear()
        machine = _MACHINES[id(program)] = Machine(program)
    return machine


class Loop:
    """A repetition under way: the elements so far, how many there will be (-1: unknown), which one is read and where it began."""

    __slots__ = ("count", "index", "items", "pos")

    def __init__(self, count: int, pos: int) -> None:
        self.items: list[Any] = []
        self.count = count
        self.index = 0
        self.pos = pos


class Handler:
    """Where to go on when what follows does not match, and what to undo. `peek`: an expression's fault is not its concern. `loop`: it goes back to
    where the loop's element began."""

    __slots__ = ("bound", "depth", "height", "layers", "levels", "loop", "low", "peek", "pos", "target")

    def __init__(
        self, target: int, height: int, levels: int, layers: int, pos: int, bound: int, low: int, depth: int, peek: bool, loop: Loop | None
    ) -> None:
        self.target = target
        self.height = height
        self.levels = levels
        self.layers = layers
        self.pos = pos
        self.bound = bound
        self.low = low
        self.depth = depth
        self.peek = peek
        self.loop = loop


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
        self.indexes: list[Any] = [_MISSING]
        self.stack: list[Any] = []
        self.handlers: list[Handler] = []

    def value(self, data: bytes | bytearray, start: int) -> dict[str, Any]:
        """The message as a struct with its `kind`. It was built while the bytes went by; they are not looked at again."""
        result = self.result
        value: dict[str, Any] = result if isinstance(result, dict) else {"value": result}
        if "kind" not in value:
            value["kind"] = self.machine.program.name.encode()
        return value

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
        field_limit, list_limit = machine.field, machine.list
        levels, stack, handlers, indexes = self.levels, self.stack, self.handlers, self.indexes
        indexed = machine.indexed
        pc, pos, bound, low = self.pc, self.pos, self.bound, self.low
        extra, reach, depth, scan, bit, word = self.extra, self.reach, self.depth, self.scan, self.bit, self.word
        flawed = self.flawed
        fields = levels[len(levels) - 1]
        acc: Any = self.result
        subject: Any = None
        held: list[Any] = []
        layers: list[Any] = []
        main = data, start
        raw = type(data) is bytes
        limit = bound if bound >= 0 else avail
        if flawed:
            limit = pos
        lack = n = 0
        while True:
            op = ops[pc]
            pc += 1
            if op < 16:
                if op == LOAD:
                    a = column_a[pc - 1]
                    c = column_c[pc - 1]
                    if a == 0:
                        scope = fields
                    elif a > 0:
                        n = len(levels) - 1 - a
                        scope = levels[n] if n >= 0 else {}
                    elif a == -1:
                        scope = levels[1] if len(levels) > 1 else {}
                    else:
                        scope = levels[0]
                    try:
                        acc = scope[names[c]]
                        continue
                    except KeyError:
                        why = RAISED
                elif op == BINARY_CONSTANT:
                    try:
                        acc = _OPERATORS[column_a[pc - 1]](acc, constants[column_b[pc - 1]])
                        c = column_c[pc - 1]
                        if c >= 0:
                            fields[names[c]] = acc
                        continue
                    except _FAULTS:
                        why = RAISED
                elif op == UNLESS:
                    if not acc:
                        pc = column_a[pc - 1]
                    continue
                elif op == U8:
                    if pos < limit:
                        acc = data[start + pos]
                        pos += 1
                        c = column_c[pc - 1]
                        if c >= 0:
                            fields[names[c]] = acc
                        continue
                    why = SHORT
                    lack = pos + 1
                elif op == U16:
                    lack = pos + 2
                    if lack <= limit:
                        n = start + pos
                        acc = data[n] << 8 | data[n + 1]
                        pos = lack
                        c = column_c[pc - 1]
                        if c >= 0:
                            fields[names[c]] = acc
                        continue
                    why = SHORT
                elif op == RUN:
                    unpack, size, run_names = machine.runs[column_a[pc - 1]]
                    lack = pos + size
                    if lack <= limit:
                        fields.update(zip(run_names, unpack(data, start + pos), strict=True))
                        pos = lack
                        continue
                    why = SHORT
                elif op == BYTES_COUNTED:
                    why = WRONG
                    if isinstance(acc, int) and 0 <= acc < HUGE:
                        n = acc
                        lack = pos + n
                        if lack <= limit:
                            if n > field_limit and column_b[pc - 1] & CUT:
                                self.cut += n - field_limit
                                n = field_limit
                            acc = data[start + pos : start + pos + n]
                            if not raw:
                                acc = bytes(acc)
                            pos = lack
                            c = column_c[pc - 1]
                            if c >= 0:
                                fields[names[c]] = acc
                            continue
                        why = SHORT
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
                    c = column_c[pc - 1]
                    if c >= 0:
                        fields[names[c]] = acc
                    continue
                elif op == CLOSE_PICK:
                    try:
                        acc = levels.pop()[names[column_a[pc - 1]]]
                        if indexed:
                            indexes.pop()
                        fields = levels[len(levels) - 1]
                        c = column_c[pc - 1]
                        if c >= 0:
                            fields[names[c]] = acc
                        continue
                    except KeyError:
                        why = RAISED
                        levels.append({})
                elif op == PUSH:
                    held.append(acc)
                    continue
                elif op == BINARY:
                    try:
                        acc = _OPERATORS[column_a[pc - 1]](held.pop(), acc)
                        c = column_c[pc - 1]
                        if c >= 0:
                            fields[names[c]] = acc
                        continue
                    except _FAULTS:
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
                        stack.append((RETURN_, pc))
                        pc = column_a[pc - 1]
                        continue
                    why = COMPLEX
                elif op == BACK:
                    depth -= 1
                    pc = stack.pop()[1]
                    continue
                elif op == MAP_FIELD:
                    name = names[column_c[pc - 1]]
                    acc = fields[name]
                    fields[name] = machine.mappings[column_a[pc - 1]][0].get(acc, acc)
                    continue
                else:  # STORE
                    fields[names[column_c[pc - 1]]] = acc
                    continue
            elif op < 35:
                if op == SWITCH:
                    cases, default = machine.switches[column_a[pc - 1]]
                    try:
                        pc = cases.get(acc, default)
                        continue
                    except TypeError:
                        why = RAISED
                elif op == REGION:
                    why = WRONG
                    if isinstance(acc, int) and 0 <= acc < HUGE:
                        lack = pos + acc
                        if lack <= limit:
                            stack.append((REGION_, bound, low, lack, column_a[pc - 1], column_b[pc - 1], len(levels), depth))
                            bound = limit = lack
                            low = pos
                            continue
                        why = SHORT
                elif op == REGION_END:
                    entry = stack[len(stack) - 1]
                    n = entry[3]
                    if flawed and pos != n:
                        why = WRONG
                    else:
                        stack.pop()
                        extra += pos - n if pos > n else 0
                        pos = n
                        bound = entry[1]
                        low = entry[2]
                        limit = bound if bound >= 0 else avail
                        if flawed:
                            limit = pos
                        c = column_c[pc - 1]
                        if c >= 0:
                            fields[names[c]] = acc
                        continue
                elif op == ARRAY:
                    why = WRONG
                    if isinstance(acc, int) and 0 <= acc < HUGE:
                        stack.append(Loop(acc, pos))
                        if acc == 0:
                            pc = column_a[pc - 1]
                        elif indexed:
                            indexes[len(indexes) - 1] = 0
                        continue
                elif op == ARRAY_NEXT:
                    loop = stack[len(stack) - 1]
                    n = column_b[pc - 1]
                    loop.index += 1
                    if n == 0:
                        if loop.index <= list_limit:
                            loop.items.append(acc)
                        else:
                            self.cut += 1
                    elif n == UNCUT:
                        loop.items.append(acc)
                    if loop.index >= loop.count:
                        continue
                    if indexed:
                        indexes[len(indexes) - 1] = loop.index
                    if loop.pos != pos:
                        loop.pos = pos
                        pc = column_a[pc - 1]
                        continue
                    extra += 1
                    if not layers:
                        if pos > reach:
                            reach = pos
                        if bound > reach:
                            reach = bound
                    if pos + extra <= machine.work * reach + FLOOR:
                        pc = column_a[pc - 1]
                        continue
                    why = COMPLEX
                elif op == LOOP_END:
                    acc = stack.pop().items
                    c = column_c[pc - 1]
                    if c >= 0:
                        fields[names[c]] = acc
                    continue
                elif op == JUMP:
                    pc = column_a[pc - 1]
                    continue
                elif op == CHECK:
                    if acc:
                        acc = None
                        continue
                    why = WRONG
                elif op == GREEDY:
                    if bound >= 0 or (final and not flawed):
                        n = limit - pos
                        acc = b""
                        if n > 0:
                            if n > field_limit and column_b[pc - 1] & CUT:
                                self.cut += n - field_limit
                                n = field_limit
                            acc = data[start + pos : start + pos + n]
                            if not raw:
                                acc = bytes(acc)
                            pos = limit
                        c = column_c[pc - 1]
                        if c >= 0:
                            fields[names[c]] = acc
                        continue
                    why = WAIT
                elif op == CONSTANT:
                    acc = constants[column_a[pc - 1]]
                    c = column_c[pc - 1]
                    if c >= 0:
                        fields[names[c]] = acc
                    continue
                elif op == U32:
                    lack = pos + 4
                    if lack <= limit:
                        n = start + pos
                        acc = (data[n] << 24) + (data[n + 1] << 16 | data[n + 2] << 8 | data[n + 3])
                        pos = lack
                        c = column_c[pc - 1]
                        if c >= 0:
                            fields[names[c]] = acc
                        continue
                    why = SHORT
                elif op == MAP:
                    values, strict = machine.mappings[column_a[pc - 1]]
                    why = WRONG
                    try:
                        if acc in values:
                            acc = values[acc]
                            why = -1
                        elif not strict:
                            acc = int(acc)
                            why = -1
                    except _FAULTS:
                        if not strict:
                            why = RAISED
                    if why < 0:
                        c = column_c[pc - 1]
                        if c >= 0:
                            fields[names[c]] = acc
                        continue
                elif op == POINTER:
                    why = WRONG
                    if isinstance(acc, int) and -HUGE < acc < HUGE:
                        n = acc
                        entry = (POINTER_, pos, bound, low)
                        if column_b[pc - 1]:
                            bound = self.root_bound
                            low = self.root_low
                            limit = bound if bound >= 0 else avail
                        if n < 0 and bound < 0 and (not final or flawed):
                            why = WAIT
                        else:
                            if n < 0:
                                n = limit + n if limit + n > low else low
                            if n >= low:
                                if not layers:
                                    if pos > reach:
                                        reach = pos
                                    if entry[2] > reach:
                                        reach = entry[2]
                                stack.append(entry)
                                extra += pos - n
                                pos = n
                                if flawed:
                                    limit = bound if bound >= 0 else pos
                                if pos + extra <= machine.work * reach + FLOOR:
                                    continue
                                why = COMPLEX
                        if why != COMPLEX:
                            bound = entry[2]
                            low = entry[3]
                            limit = bound if bound >= 0 else avail
                elif op == POINTER_END:
                    entry = stack.pop()
                    extra += pos - entry[1]
                    if pos > reach and not layers:
                        reach = pos
                    pos = entry[1]
                    bound = entry[2]
                    low = entry[3]
                    limit = bound if bound >= 0 else avail
                    if flawed:
                        limit = pos
                    c = column_c[pc - 1]
                    if c >= 0:
                        fields[names[c]] = acc
                    continue
                elif op == INTEGERS:
                    why = WRONG
                    if isinstance(acc, int) and 0 <= acc < HUGE:
                        n = acc
                        lack = pos + n * column_a[pc - 1]
                        if lack <= limit:
                            if n > list_limit and column_b[pc - 1] & 4:
                                self.cut += n - list_limit
                                n = list_limit
                            kind = _FORMATS[column_a[pc - 1], column_b[pc - 1] & 3]
                            acc = list(unpack_from(f"{kind[0]}{n}{kind[1]}", data, start + pos))
                            pos = lack
                            c = column_c[pc - 1]
                            if c >= 0:
                                fields[names[c]] = acc
                            continue
                        why = SHORT
                elif op == ITEM:
                    try:
                        acc = acc[constants[column_a[pc - 1]]]
                        c = column_c[pc - 1]
                        if c >= 0:
                            fields[names[c]] = acc
                        continue
                    except _FAULTS:
                        why = RAISED
                elif op == MATCH_BYTES:
                    piece = constants[column_a[pc - 1]]
                    n = len(piece)
                    lack = pos + n
                    if lack <= limit and data[start + pos : start + lack] == piece:
                        acc = constants[column_b[pc - 1]]
                        pos = lack
                        c = column_c[pc - 1]
                        if c >= 0:
                            fields[names[c]] = acc
                        continue
                    why = SHORT
                    if lack > limit:
                        n = limit - pos
                    for i in range(n):
                        if data[start + pos + i] != piece[i]:
                            why = WRONG
                            pos += i
                            break
                elif op == TELL:
                    acc = pos
                    c = column_c[pc - 1]
                    if c >= 0:
                        fields[names[c]] = acc
                    continue
                else:  # HALT
                    if pos <= limit or bound >= 0:
                        self.used = pos
                        self.visits = pos + extra
                        self.result = acc
                        self.pc = pc
                        if flawed:
                            self.flaw = (self.offset, self.expected)
                        return MATCH
                    why = SHORT
                    lack = pos
            elif op < 52:
                if op == INTEGER:
                    n = column_a[pc - 1]
                    lack = pos + n
                    if lack <= limit:
                        a = column_b[pc - 1]
                        acc = int.from_bytes(data[start + pos : start + lack], "little" if a & 1 else "big", signed=a & 2 != 0)
                        pos = lack
                        c = column_c[pc - 1]
                        if c >= 0:
                            fields[names[c]] = acc
                        continue
                    why = SHORT
                elif op == BYTES:
                    n = column_a[pc - 1]
                    lack = pos + n
                    if lack <= limit:
                        if n > field_limit and column_b[pc - 1] & CUT:
                            self.cut += n - field_limit
                            n = field_limit
                        acc = data[start + pos : start + pos + n]
                        if not raw:
                            acc = bytes(acc)
                        pos = lack
                        c = column_c[pc - 1]
                        if c >= 0:
                            fields[names[c]] = acc
                        continue
                    why = SHORT
                elif op == SKIP:
                    lack = pos + column_a[pc - 1]
                    if lack <= limit:
                        acc = None
                        pos = lack
                        continue
                    why = SHORT
                elif op == SKIP_COUNTED:
                    why = WRONG
                    if isinstance(acc, int) and 0 <= acc < HUGE:
                        lack = pos + acc
                        if lack <= limit:
                            acc = None
                            pos = lack
                            continue
                        why = SHORT
                elif op == WORD:
                    lack = pos + column_a[pc - 1]
                    if lack <= limit:
                        word = int.from_bytes(data[start + pos : start + lack], "big")
                        pos = lack
                        continue
                    why = SHORT
                elif op == BITS:
                    n = column_b[pc - 1]
                    acc = word >> column_a[pc - 1] & (1 << (n >> 3)) - 1
                    if n & 7:
                        acc = _bits(acc, n)
                    c = column_c[pc - 1]
                    if c >= 0:
                        fields[names[c]] = acc
                    continue
                elif op == UNTIL or op == UNTIL_REGION:
                    piece = constants[column_a[pc - 1]]
                    a = column_b[pc - 1]
                    n = scan if scan > pos else pos
                    if a & ALIGNED and len(piece) > 1:
                        size = len(piece)
                        while n + size <= limit and data[start + n : start + n + size] != piece:
                            n += size
                        scan = n
                        if n + size > limit:
                            n = -1
                    else:
                        n = data.find(piece, start + n, start + limit) - start if n <= limit else -1
                        scan = limit - len(piece) + 1
                        if scan < pos:
                            scan = pos
                    if n >= pos:
                        lack = n + len(piece)
                        if a & INCLUDE:
                            n = lack
                        if a & LEAVE:
                            lack -= len(piece)
                        why = -1
                    elif a & OPTIONAL and (bound >= 0 or (final and not flawed)):
                        n = scan if a & ALIGNED and len(piece) > 1 else limit
                        lack = limit
                        if lack < pos:
                            n = lack = pos
                        why = -1
                    else:
                        why = SHORT
                        lack = limit + 1
                    if why < 0:
                        scan = 0
                        if op == UNTIL:
                            if n - pos > field_limit and a & CUT:
                                self.cut += n - pos - field_limit
                                n = pos + field_limit
                            acc = data[start + pos : start + n]
                            if not raw:
                                acc = bytes(acc)
                            pos = lack
                            c = column_c[pc - 1]
                            if c >= 0:
                                fields[names[c]] = acc
                        else:
                            stack.append((REGION_, bound, low, lack, 0, 0, len(levels), depth))
                            bound = limit = n
                            low = pos
                        continue
                elif op == VARINT:
                    n = scan if scan > pos else pos
                    while n < limit and data[start + n] > 127:
                        n += 1
                    if n < limit:
                        scan = 0
                        n += 1
                        acc = _varint(data, start + pos, start + n)
                        if column_b[pc - 1]:
                            acc = acc // 2 if acc & 1 == 0 else -(acc // 2 + 1)
                        pos = n
                        c = column_c[pc - 1]
                        if c >= 0:
                            fields[names[c]] = acc
                        continue
                    why = SHORT
                    scan = n
                    lack = n + 1
                elif op == FLAG:
                    if pos < limit:
                        acc = data[start + pos] != 0
                        pos += 1
                        c = column_c[pc - 1]
                        if c >= 0:
                            fields[names[c]] = acc
                        continue
                    why = SHORT
                    lack = pos + 1
                elif op == FLOAT:
                    lack = pos + column_b[pc - 1]
                    if lack <= limit:
                        acc = unpack_from(constants[column_a[pc - 1]], data, start + pos)[0]
                        pos = lack
                        c = column_c[pc - 1]
                        if c >= 0:
                            fields[names[c]] = acc
                        continue
                    why = SHORT
                elif op == INTEGER_COUNTED:
                    why = WRONG
                    if isinstance(acc, int) and 0 < acc < HUGE:
                        lack = pos + acc
                        if lack <= limit:
                            a = column_b[pc - 1]
                            acc = int.from_bytes(data[start + pos : start + lack], "little" if a & 1 else "big", signed=a & 2 != 0)
                            pos = lack
                            c = column_c[pc - 1]
                            if c >= 0:
                                fields[names[c]] = acc
                            continue
                        why = SHORT
                elif op == INTEGERS_GREEDY:
                    if bound >= 0 or (final and not flawed):
                        a = column_a[pc - 1]
                        n = (limit - pos) // a if limit > pos else 0
                        lack = pos + n * a
                        if n > list_limit and column_b[pc - 1] & 4:
                            self.cut += n - list_limit
                            n = list_limit
                        kind = _FORMATS[a, column_b[pc - 1] & 3]
                        acc = list(unpack_from(f"{kind[0]}{n}{kind[1]}", data, start + pos)) if n else []
                        pos = lack
                        c = column_c[pc - 1]
                        if c >= 0:
                            fields[names[c]] = acc
                        continue
                    why = WAIT
                elif op == BITS_OPEN:
                    bit = 0
                    continue
                elif op == BITS_COUNTED or op == BITS_SKIP:
                    why = WRONG
                    if isinstance(acc, int) and (0 if op == BITS_SKIP else 1) <= acc < HUGE:
                        n = bit + acc
                        lack = pos + (n + 7) // 8
                        if lack <= limit:
                            if op == BITS_COUNTED:
                                a = column_b[pc - 1]
                                size = acc
                                acc = int.from_bytes(data[start + pos : start + lack], "big") >> (-n & 7) & (1 << size) - 1
                                why = -1
                                if a & form.SWAPPED and size & 7:
                                    why = WRONG
                                elif a:
                                    acc = _bits(acc, size << 3 | a)
                            else:
                                acc = None
                                why = -1
                            if why < 0:
                                pos += n >> 3
                                bit = n & 7
                                c = column_c[pc - 1] if op == BITS_COUNTED else -1
                                if c >= 0:
                                    fields[names[c]] = acc
                                continue
                        else:
                            why = SHORT
                else:  # BITS_CLOSE
                    why = WRONG
                    if bit == 0:
                        continue
            elif op < 67:
                if op == EQUAL:
                    why = WRONG
                    if acc == constants[column_a[pc - 1]]:
                        why = -1
                elif op == INDEX:
                    a = column_a[pc - 1]
                    n = len(indexes) - 1 - a if a >= 0 else 1 if a == -1 else 0
                    why = RAISED
                    if 0 <= n < len(indexes):
                        acc = indexes[n]
                        if acc is not _MISSING:
                            why = -1
                        elif not column_b[pc - 1]:
                            acc = None
                            why = -1
                elif op == SUBJECT:
                    subject = acc
                    continue
                elif op == AGAIN:
                    acc = subject
                    why = -1
                elif op == DROP:
                    acc = None
                    continue
                elif op == TEXT:
                    try:
                        acc = _text(acc, constants[column_a[pc - 1]])
                        why = -1
                        if len(acc) > field_limit and column_b[pc - 1] & CUT:
                            self.cut += len(acc) - field_limit
                            acc = acc[:field_limit].decode("utf-8", "ignore").encode()
                    except _FAULTS:
                        why = WRONG
                else:
                    try:
                        acc = self._computed(op, pc - 1, acc, held)
                        why = -1
                    except _Mismatch:
                        why = WRONG
                    except _FAULTS:
                        why = RAISED
                if why < 0:
                    c = column_c[pc - 1]
                    if c >= 0:
                        fields[names[c]] = acc
                    continue
            elif op < 80:
                if op == RANGE:
                    loop = Loop(-1, pos)
                    stack.append(loop)
                    handlers.append(Handler(column_a[pc - 1], len(stack), len(levels), len(layers), pos, bound, low, depth, False, loop))
                    if indexed:
                        indexes[len(indexes) - 1] = 0
                    continue
                if op == RANGE_NEXT:
                    loop = stack[len(stack) - 1]
                    n = column_b[pc - 1]
                    loop.index += 1
                    if n == 0:
                        if loop.index <= list_limit:
                            loop.items.append(acc)
                        else:
                            self.cut += 1
                    elif n == UNCUT:
                        loop.items.append(acc)
                    if indexed:
                        indexes[len(indexes) - 1] = loop.index
                    if loop.pos != pos:
                        loop.pos = pos
                        pc = column_a[pc - 1]
                        continue
                    why = COMPLEX
                elif op == TRY:
                    handlers.append(Handler(column_a[pc - 1], len(stack), len(levels), len(layers), pos, bound, low, depth, column_b[pc - 1] != 0, None))
                    continue
                elif op == COMMIT:
                    handlers.pop()
                    pc = column_a[pc - 1]
                    continue
                elif op == PEEK_END:
                    handler = handlers.pop()
                    if not layers and pos > reach:
                        reach = pos
                    extra += pos - handler.pos
                    pos = handler.pos
                    c = column_c[pc - 1]
                    if c >= 0:
                        fields[names[c]] = acc
                    continue
                elif op == LIST:
                    stack.append((LIST_, []))
                    continue
                elif op == APPEND:
                    stack[len(stack) - 1][1].append(acc)
                    continue
                elif op == LIST_END:
                    levels.pop()
                    if indexed:
                        indexes.pop()
                    fields = levels[len(levels) - 1]
                    acc = stack.pop()[1]
                    c = column_c[pc - 1]
                    if c >= 0:
                        fields[names[c]] = acc
                    continue
                elif op == REPEAT:
                    stack.append(Loop(-1, pos))
                    if indexed:
                        indexes[len(indexes) - 1] = 0
                    continue
                elif op == REPEAT_KEEP:
                    loop = stack[len(stack) - 1]
                    n = column_b[pc - 1]
                    loop.index += 1
                    if n == 0:
                        if loop.index <= list_limit:
                            loop.items.append(acc)
                        else:
                            self.cut += 1
                    elif n == UNCUT:
                        loop.items.append(acc)
                    continue
                elif op == REPEAT_TEST:
                    if acc:
                        continue
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
                        pc = column_a[pc - 1]
                        continue
                    why = COMPLEX
                elif op == STOP:
                    if not acc:
                        continue
                    a = column_b[pc - 1]
                    while a > 0:
                        a -= 1
                        entry = stack.pop()
                        if type(entry) is tuple:
                            if entry[0] == REGION_:
                                pos = entry[3]
                                bound = entry[1]
                                low = entry[2]
                            elif entry[0] == POINTER_:
                                extra += pos - entry[1]
                                pos = entry[1]
                                bound = entry[2]
                                low = entry[3]
                            elif entry[0] == LAYER_:
                                extra += pos - entry[1]
                                pos = entry[1]
                                bound = entry[2]
                                low = entry[3]
                                layers.pop()
                                data, start = layers[len(layers) - 1] if layers else main
                                raw = type(data) is bytes
                    limit = bound if bound >= 0 else avail
                    if flawed:
                        limit = pos
                    a = column_c[pc - 1]
                    while a > 0:
                        a -= 1
                        levels.pop()
                        if indexed:
                            indexes.pop()
                    fields = levels[len(levels) - 1]
                    pc = column_a[pc - 1]
                    continue
                else:  # FAIL
                    why = EXPLICIT
            else:
                if op == TERMINATED:
                    acc = None
                    why = WRONG
                    if pos >= limit:
                        if bound >= 0 or (final and not flawed):
                            continue
                        why = WAIT
                elif op == PAD or op == ALIGN:
                    why = WRONG
                    if isinstance(acc, int) and (0 if op == PAD else 2) <= acc < HUGE:
                        stack.append((PAD_, pos, acc))
                        continue
                elif op == PAD_END or op == ALIGN_END:
                    entry = stack[len(stack) - 1]
                    n = entry[1] + entry[2] - pos if op == PAD_END else -(pos - entry[1]) % entry[2]
                    lack = pos + n
                    if n < 0:
                        why = WRONG
                    elif lack <= limit or n == 0:
                        stack.pop()
                        pos = lack
                        c = column_c[pc - 1]
                        if c >= 0:
                            fields[names[c]] = acc
                        continue
                    else:
                        why = SHORT
                        self.result = acc
                elif op == REST:
                    why = WRONG
                    if bound < 0 and (not final or flawed):
                        why = WAIT
                    elif isinstance(acc, int) and -HUGE < acc < HUGE:
                        lack = limit + acc
                        if lack > limit:
                            why = SHORT
                        elif lack >= pos:
                            stack.append((REGION_, bound, low, lack, 0, 0, len(levels), depth))
                            bound = limit = lack
                            low = pos
                            continue
                elif op == STRIPPED:
                    if bound < 0 and (not final or flawed):
                        why = WAIT
                    else:
                        piece = constants[column_a[pc - 1]]
                        n = len(piece)
                        size = limit if limit > pos else pos
                        lack = size
                        if n > 1:
                            a = (size - pos) % n
                            if a and data[start + size - a : start + size] == piece[:a]:
                                size -= a
                        while size - n >= pos and data[start + size - n : start + size] == piece:
                            size -= n
                        stack.append((REGION_, bound, low, lack, 0, 0, len(levels), depth))
                        bound = limit = size
                        low = pos
                        continue
                elif op == SEEK:
                    a = column_b[pc - 1]
                    why = WRONG
                    if isinstance(acc, int) and -HUGE < acc < HUGE:
                        if a == 2 and bound < 0 and (not final or flawed):
                            why = WAIT
                        else:
                            n = acc if a == 0 else pos + acc if a == 1 else limit + acc
                            if a and n < low:
                                n = low
                            if n >= low:
                                if pos > reach and not layers:
                                    reach = pos
                                extra += pos - n
                                pos = n
                                acc = n
                                c = column_c[pc - 1]
                                if c >= 0:
                                    fields[names[c]] = acc
                                continue
                elif op == RAW:
                    stack.append((RAW_, pos))
                    continue
                elif op == RAW_END:
                    n = stack[len(stack) - 1][1]
                    why = WRONG
                    if pos > limit:
                        why = SHORT
                        lack = pos
                    elif n <= pos:
                        stack.pop()
                        acc = {"data": bytes(data[start + n : start + pos]), "value": acc, "offset1": n, "offset2": pos, "length": pos - n}
                        c = column_c[pc - 1]
                        if c >= 0:
                            fields[names[c]] = acc
                        continue
                elif op == UNION:
                    stack.append((UNION_, pos, {}))
                    continue
                elif op == UNION_NEXT:
                    entry = stack[len(stack) - 1]
                    for a in (column_a[pc - 1], column_b[pc - 1]):
                        if constants[a] is not None:
                            entry[2][constants[a]] = pos
                    if pos > reach and not layers:
                        reach = pos
                    extra += pos - entry[1]
                    pos = entry[1]
                    continue
                elif op == UNION_END:
                    why = RAISED
                    try:
                        entry = stack.pop()
                        if column_b[pc - 1]:
                            n = entry[2][acc]
                            extra += pos - n
                            pos = n
                        why = -1
                    except _FAULTS:
                        why = RAISED
                    if why < 0:
                        acc = levels.pop()
                        if indexed:
                            indexes.pop()
                        fields = levels[len(levels) - 1]
                        c = column_c[pc - 1]
                        if c >= 0:
                            fields[names[c]] = acc
                        continue
                elif op == LAYER:
                    n = acc
                    lack = pos + n
                    if lack <= limit:
                        if pos > reach and not layers:
                            reach = pos
                        piece = bytes(data[start + pos : start + lack])
                        piece = piece[::-1] if column_a[pc - 1] == 0 else piece.translate(_REVERSED)
                        stack.append((LAYER_, lack, bound, low))
                        extra += pos
                        data, start = piece, 0
                        layers.append((data, start))
                        raw = True
                        pos = low = 0
                        bound = limit = n
                        continue
                    why = SHORT
                else:  # LAYER_END
                    entry = stack.pop()
                    layers.pop()
                    data, start = layers[len(layers) - 1] if layers else main
                    raw = type(data) is bytes
                    extra += pos - entry[1]
                    pos = entry[1]
                    bound = entry[2]
                    low = entry[3]
                    limit = bound if bound >= 0 else avail
                    if flawed:
                        limit = pos
                    c = column_c[pc - 1]
                    if c >= 0:
                        fields[names[c]] = acc
                    continue

            # What comes here did not go on.
            pc -= 1
            if why <= WAIT and bound < 0 and not final and not flawed:
                self.pc, self.pos, self.bound, self.low = pc, pos, bound, low
                self.extra, self.reach, self.depth, self.scan, self.bit, self.word = extra, reach, depth, scan, bit, word
                self.result = acc
                self.wanted = lack if why == SHORT and lack > avail else avail + 1
                self.need = self.wanted - avail
                self.used = avail
                self.visits = pos + extra
                return MORE
            scan = 0
            held.clear()
            where = limit if why == SHORT and limit > pos else pos
            while handlers:
                handler = handlers.pop()
                if why >= EXPLICIT or (handler.peek and why == RAISED):
                    continue
                if not layers and pos > reach:
                    reach = pos
                if bound > reach and not layers:
                    reach = bound
                del stack[handler.height :]
                del levels[handler.levels :]
                fields = levels[len(levels) - 1]
                if indexed:
                    del indexes[handler.levels :]
                if len(layers) > handler.layers:
                    del layers[handler.layers :]
                    data, start = layers[len(layers) - 1] if layers else main
                    raw = type(data) is bytes
                n = handler.pos if handler.loop is None else handler.loop.pos
                extra += pos - n
                pos = n
                bound = handler.bound
                low = handler.low
                depth = handler.depth
                limit = bound if bound >= 0 else avail
                if flawed:
                    limit = pos
                acc = None
                if pos + extra > machine.work * reach + FLOOR:
                    why = COMPLEX
                    handlers.clear()
                else:
                    pc = handler.target
                    why = -1
                break
            if why < 0:
                continue
            if not flawed:
                self.offset = where
                self.expected = self._expectation(pc, why, depth)
                self.short = why <= WAIT and bound < 0
            n = self._region(why)
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
                data, start = main
                raw = type(data) is bytes
            acc = levels[entry[6]] if entry[5] & 2 and len(levels) > entry[6] else None
            del levels[entry[6] :]
            del indexes[entry[6] if indexed else 1 :]
            fields = levels[len(levels) - 1]
            pos = limit = bound = entry[3]
            depth = entry[7]
            pc = entry[4]

    def _region(self, why: int) -> int:
        """Where on the stack the innermost region lies that an error may cost alone; -1: none. A region that a pointer looks into is not part of the
        message's sequence of bytes."""
        found = -1
        if why == COMPLEX:
            return found
        for at, entry in enumerate(self.stack):
            if type(entry) is tuple:
                if entry[0] in (POINTER_, LAYER_, UNION_):
                    break
                if entry[0] == REGION_ and entry[5]:
                    found = at
        return found

    def _expectation(self, pc: int, why: int, depth: int) -> str:
        if why == COMPLEX:
            return "less nesting" if depth > self.machine.depth else "less work: it is too complex"
        text = ""
        for at, note in self.machine.program.notes:
            if at > pc:
                break
            text = note
        return text or f"'{self.machine.program.name}'"

    def _computed(self, op: int, pc: int, acc: Any, held: list[Any]) -> Any:
        """The less frequent instructions that turn one value into another."""
        machine = self.machine
        if op == ONE_OF:
            if (acc in machine.constants[machine.a[pc]]) == bool(machine.b[pc]):
                raise _Mismatch
            return acc
        if op == FLAGS:
            return {name: acc & number == number for name, number in machine.program.mappings[machine.a[pc]].pairs}
        if op == DECIMAL:
            return _decimal(acc)
        if op == SLICE:
            first, last, step = machine.constants[machine.a[pc]]
            return acc[first:last:step]
        if op == NAMES:
            names = machine.constants[machine.a[pc]]
            if isinstance(acc, dict):
                if set(acc) != set(names):
                    raise TypeError
                return {name: acc[name] for name in names}
            return dict(zip(names, acc, strict=True))
        if op == BINARY_REVERSED:
            return _OPERATORS[machine.a[pc]](machine.constants[machine.b[pc]], acc)
        if op == ITEM_COMPUTED:
            return held.pop()[acc]
        if op == UNARY:
            return _UNARY[machine.a[pc]](acc)
        return _FUNCTIONS[machine.a[pc]](acc)


class _Mismatch(Exception):
    """A value that the grammar does not allow."""


def _decimal(spelt: Any) -> int:
    if not isinstance(spelt, bytes):
        raise _Mismatch
    digits = spelt[1:] if spelt[:1] == b"-" else spelt
    if not digits.isdigit() or len(digits) > DIGITS:
        raise _Mismatch
    return int(spelt)


def _text(octets: Any, encoding: str) -> bytes:
    """The same text in UTF-8. Raises ValueError where it is none."""
    if encoding == "utf-8":
        octets.decode()
        return bytes(octets)
    text: str = octets.decode(encoding)
    return text.encode()


def _bits(number: int, kind: int) -> Any:
    """A bit field by its form: octets in reverse, two's complement, or a bool."""
    width = kind >> 3
    if kind & form.SWAPPED:
        number = int.from_bytes(number.to_bytes(width // 8, "big"), "little")
    if kind & form.NEGATIVE and number >> (width - 1):
        number -= 1 << width
    return number != 0 if kind & form.TRUTH else number


def _varint(data: Any, first: int, last: int) -> int:
    """Groups of seven bits, the lowest first: eight groups make seven octets, so a long one costs no more than it is long."""
    number = shift = 0
    if last - first <= 8:
        for at in range(first, last):
            number |= (data[at] & 127) << shift
            shift += 7
        return number
    octets = bytearray()
    for begin in range(first, last, 8):
        number = shift = 0
        for at in range(begin, min(begin + 8, last)):
            number |= (data[at] & 127) << shift
            shift += 7
        octets += number.to_bytes(7, "little")
    return int.from_bytes(octets, "little")
