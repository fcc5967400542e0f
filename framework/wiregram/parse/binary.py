"""The executor of binary programs: one loop over instructions, which stops at any byte and goes on there.

Everything under way is in a few integers and four lists (`levels`, `stack`, `handlers`, `indexes`), never in a Python frame. An instruction reads
all its bytes or none. What succeeds goes on with the loop; what does not falls to its end, where one place decides between waiting, the latest
alternative, a region given up, and failure. It knows programs, never grammars; it has no clock and keeps no bytes.

One function holds the loop although it is long: a call an instruction would cost more than the instructions do.
"""

# ruff: noqa: SIM109 - `op in (A, B)` would build a tuple for each instruction

from __future__ import annotations

from array import array
from collections.abc import Callable
from struct import Struct, unpack_from
from typing import Any

from wiregram.model.parsing import FAILED, MATCH, MORE
from wiregram.parse.operators import FAULTS, FUNCTIONS, OPERATORS, Mismatch, bits_of, decimal, text_of, varint
from wiregram.parse.operators import UNARY as UNARIES
from wiregram.program import binary as form
from wiregram.program.binary import BinaryProgram

(
    LOAD, BINARY_CONSTANT, UNLESS, U8, U16, STORE, RUN, BYTES_COUNTED, BYTES, OPEN, CLOSE, CLOSE_PICK, PUSH, BINARY, CALL, BACK, MAP_FIELD,
    SWITCH, REGION, REGION_END, ARRAY, ARRAY_NEXT, RANGE_NEXT, REPEAT_KEEP, LOOP_END, JUMP, CHECK, GREEDY, CONSTANT, U32, MAP, POINTER,
    POINTER_END, LAYER_END, INTEGERS, INTEGERS_GREEDY, ITEM, MATCH_BYTES, TELL, HALT, INTEGER, INTEGER_COUNTED, SKIP, SKIP_COUNTED, WORD, BITS,
    UNTIL, UNTIL_REGION, VARINT, FLAG, FLOAT, BITS_OPEN, BITS_COUNTED, BITS_SKIP, BITS_CLOSE, EQUAL, INDEX, SUBJECT, AGAIN, DROP, TEXT, ONE_OF,
    FLAGS, DECIMAL, SLICE, NAMES, BINARY_REVERSED, UNARY, FUNCTION, RANGE, REPEAT, TRY, COMMIT, PEEK_END, LIST, APPEND, LIST_END, REPEAT_TEST,
    STOP, FAIL, TERMINATED, PAD, ALIGN, PAD_END, ALIGN_END, REST, STRIPPED, SEEK, RAW, RAW_END, UNION, UNION_NEXT, UNION_END, LAYER,
) = range(len(form.OPERATIONS))  # fmt: skip

PAUSE, DONE = -2, -1
SHORT, WAIT, WRONG, RAISED, EXPLICIT, COMPLEX = range(6)
"""How an instruction ended: bytes of the message itself are missing, whatever region is at hand; well; bytes are missing; the input's end must
be known; no match; an expression has no value; Construct's Error; a bound was reached."""

RETURN_, REGION_, PAD_, POINTER_, RAW_, UNION_, LAYER_, LIST_ = range(8)
"""What an entry of `stack` is, in its first place."""

ALIGNED, INCLUDE, LEAVE, OPTIONAL, CUT = form.ALIGNED, form.INCLUDE, form.LEAVE, form.OPTIONAL, form.CUT
UNCUT, UNBUILT = form.UNCUT, form.UNBUILT
HUGE = 1 << 40
FLOOR = 4096

_REVERSED = bytes(int(f"{number:08b}"[::-1], 2) for number in range(256))
_FORMATS = {
    (size, kind): ("<" if kind & 1 else ">", code.lower() if kind & 2 else code)
    for size, code in ((1, "B"), (2, "H"), (4, "I"), (8, "Q"))
    for kind in range(4)
}


class _Missing:
    """Stands for an `_index` that no repetition has set."""


_MISSING = _Missing()
_table: Callable[[Any], Any] = tuple if __file__.endswith(".py") else lambda numbers: array("i", numbers)
"""A tuple is quickest to index from Python, an array from C."""


class Machine:
    """A program made ready to run: its operands in columns, its pools as Python's own tables. Made once a program."""

    __slots__ = (
        "a", "b", "c", "constants", "depth", "elements", "field", "indexed", "mappings", "names", "ops", "program", "runs", "switches", "work",
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
        self.runs = [(Struct(run.format).unpack_from, run.size, run.names) for run in program.runs]
        self.indexed = program.indexed
        self.field = program.field
        self.elements = program.list
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

    def partial(self) -> dict[str, Any] | None:
        """The fields of the outermost struct that are complete."""
        fields = self.levels[1] if len(self.levels) > 1 else None
        return {"kind": self.machine.program.name.encode(), **fields} if fields else None

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
        held: list[Any] = []  # operands of an expression under way
        layers: list[Any] = []  # bytes that stand in for the message's own, each with its start
        main = data, start
        octets = data  # the same bytes, as C sees them
        raw = type(data) is bytes
        limit = pos if flawed else bound if bound >= 0 else avail
        lack = n = m = 0
        while True:
            op = ops[pc]
            a = column_a[pc]
            pc += 1
            why = DONE
            if op < SWITCH:
                if op == LOAD:
                    try:
                        if a == 0:
                            acc = fields[names[column_c[pc - 1]]]
                            continue
                        n = len(levels) - 1 - a if a > 0 else 1 if a == -1 else 0
                        if 0 <= n < len(levels):
                            acc = levels[n][names[column_c[pc - 1]]]
                            continue
                        why = RAISED
                    except KeyError:
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
                    unpack, size, run_names = machine.runs[a]
                    lack = pos + size
                    if lack <= limit:
                        fields.update(zip(run_names, unpack(data, start + pos), strict=True))
                        pos = lack
                        continue
                    why = SHORT
                elif op == BYTES_COUNTED or op == BYTES:
                    if op == BYTES:
                        n = a
                    elif isinstance(acc, int) and 0 <= acc < HUGE:
                        n = acc
                    else:
                        n = -1
                    lack = pos + n
                    if n < 0:
                        why = WRONG
                    elif lack > limit:
                        why = SHORT
                    else:
                        if n > field_limit and column_b[pc - 1] & CUT:
                            self.cut += n - field_limit
                            n = field_limit
                        acc = data[start + pos : start + pos + n]
                        if not raw:
                            acc = bytes(acc)
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
                    held.append(acc)
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
                        stack.append((RETURN_, pc))
                        pc = a
                        continue
                    why = COMPLEX
                elif op == BACK:
                    depth -= 1
                    pc = stack.pop()[1]
                    continue
                elif op == MAP_FIELD:
                    name = names[column_c[pc - 1]]
                    acc = fields[name]
                    fields[name] = machine.mappings[a][0].get(acc, acc)
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
                    if isinstance(acc, int) and 0 <= acc < HUGE:
                        lack = pos + acc
                        if lack <= limit:
                            stack.append((REGION_, bound, low, lack, a, column_b[pc - 1], len(levels), depth))
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
                        if pos > n:
                            extra += pos - n
                        pos = n
                        bound = entry[1]
                        low = entry[2]
                        limit = pos if flawed else bound if bound >= 0 else avail
                elif op == ARRAY:
                    if isinstance(acc, int) and 0 <= acc < HUGE:
                        stack.append(Loop(acc, pos))
                        if acc == 0:
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
                    if op == REPEAT_KEEP or loop.index == loop.count:
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
                            acc = data[start + pos : start + pos + n]
                            if not raw:
                                acc = bytes(acc)
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
                    entry = (POINTER_, pos, bound, low)
                    why = WRONG
                    if column_b[pc - 1] and len(levels) == 1:
                        why = RAISED
                    elif isinstance(acc, int) and -HUGE < acc < HUGE:
                        n = acc
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
                    if why == DONE:
                        if not layers:
                            if pos > reach:
                                reach = pos
                            if entry[2] > reach:
                                reach = entry[2]
                        stack.append(entry)
                        extra += pos - n
                        pos = n
                        if flawed and bound < 0:
                            limit = pos
                        if pos + extra <= machine.work * reach + FLOOR:
                            continue
                        why = COMPLEX
                    else:
                        bound = entry[2]
                        low = entry[3]
                        limit = pos if flawed else bound if bound >= 0 else avail
                elif op == POINTER_END or op == LAYER_END:
                    entry = stack.pop()
                    if op == LAYER_END:
                        layers.pop()
                        data, start = layers[len(layers) - 1] if layers else main
                        octets = data
                        raw = type(data) is bytes
                    elif pos > reach and not layers:
                        reach = pos
                    extra += pos - entry[1]
                    pos = entry[1]
                    bound = entry[2]
                    low = entry[3]
                    limit = pos if flawed else bound if bound >= 0 else avail
                elif op == INTEGERS or op == INTEGERS_GREEDY:
                    m = column_b[pc - 1]
                    if op == INTEGERS_GREEDY:
                        if bound >= 0 or (final and not flawed):
                            n = (limit - pos) // a if limit > pos else 0
                        else:
                            n = -1
                            why = WAIT
                    elif isinstance(acc, int) and 0 <= acc < HUGE:
                        n = acc
                    else:
                        n = -1
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
                            order, code = _FORMATS[a, m & 3]
                            if indexed:
                                size = (lack - pos) // a
                                if op == INTEGERS_GREEDY or size:
                                    indexes[len(indexes) - 1] = size if op == INTEGERS_GREEDY else size - 1
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
                    if op == INTEGER:
                        n = a
                    elif isinstance(acc, int) and 0 < acc < HUGE:
                        n = acc
                    else:
                        n = -1
                    lack = pos + n
                    if n < 0:
                        why = WRONG
                    elif lack > limit:
                        why = SHORT
                    else:
                        m = column_b[pc - 1]
                        acc = int.from_bytes(data[start + pos : start + lack], "little" if m & 1 else "big", signed=m & 2 != 0)
                        pos = lack
                elif op == SKIP or op == SKIP_COUNTED:
                    if op == SKIP:
                        n = a
                    elif isinstance(acc, int) and 0 <= acc < HUGE:
                        n = acc
                    else:
                        n = -1
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
                            stack.append((REGION_, bound, low, lack, 0, 0, len(levels), depth))
                            bound = limit = n
                            low = pos
                            continue
                        if n - pos > field_limit and m & CUT:
                            self.cut += n - pos - field_limit
                            n = pos + field_limit
                        acc = data[start + pos : start + n]
                        if not raw:
                            acc = bytes(acc)
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
                    if isinstance(acc, int) and 0 <= acc < HUGE and (acc or op == BITS_SKIP):
                        size = acc
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
                    loop = Loop(-1, pos)
                    stack.append(loop)
                    if op == RANGE:
                        handlers.append(Handler(a, len(stack), len(levels), len(layers), pos, bound, low, depth, False, loop))
                    if indexed:
                        indexes[len(indexes) - 1] = 0
                    continue
                if op == TRY:
                    handlers.append(Handler(a, len(stack), len(levels), len(layers), pos, bound, low, depth, column_b[pc - 1] != 0, None))
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
                    stack.append((LIST_, []))
                elif op == APPEND:
                    stack[len(stack) - 1][1].append(acc)
                elif op == LIST_END:
                    levels.pop()
                    if indexed:
                        indexes.pop()
                    fields = levels[len(levels) - 1]
                    acc = stack.pop()[1]
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
                            if type(entry) is tuple and entry[0] in (REGION_, POINTER_, LAYER_):
                                if entry[0] == LAYER_:
                                    layers.pop()
                                    data, start = layers[len(layers) - 1] if layers else main
                                    octets = data
                                    raw = type(data) is bytes
                                n = entry[3] if entry[0] == REGION_ else entry[1]
                                extra += pos - n
                                pos = n
                                bound = entry[1] if entry[0] == REGION_ else entry[2]
                                low = entry[2] if entry[0] == REGION_ else entry[3]
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
                if isinstance(acc, int) and (0 if op == PAD else 2) <= acc < HUGE:
                    stack.append((PAD_, pos, acc))
                else:
                    why = WRONG
            elif op == PAD_END or op == ALIGN_END:
                entry = stack[len(stack) - 1]
                n = entry[1] + entry[2] - pos if op == PAD_END else -(pos - entry[1]) % entry[2]
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
                elif isinstance(acc, int) and -HUGE < acc < HUGE:
                    lack = limit + acc
                    if lack > limit:
                        why = SHORT
                    elif lack < pos:
                        why = WRONG
                    else:
                        stack.append((REGION_, bound, low, lack, 0, 0, len(levels), depth))
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
                    stack.append((REGION_, bound, low, lack, 0, 0, len(levels), depth))
                    bound = limit = n
                    low = pos
            elif op == SEEK:
                m = column_b[pc - 1]
                if m == 2 and bound < 0 and (not final or flawed):
                    why = WAIT
                elif isinstance(acc, int) and -HUGE < acc < HUGE:
                    n = acc if m == 0 else pos + acc if m == 1 else limit + acc
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
                stack.append((RAW_, pos))
            elif op == RAW_END:
                n = stack[len(stack) - 1][1]
                if pos > limit:
                    why = SHORT
                    lack = pos
                elif n > pos:
                    why = WRONG
                else:
                    stack.pop()
                    acc = {"data": bytes(data[start + n : start + pos]), "value": acc, "offset1": n, "offset2": pos, "length": pos - n}
            elif op == UNION:
                stack.append((UNION_, pos, {}))
            elif op == UNION_NEXT:
                entry = stack[len(stack) - 1]
                entry[2][constants[a]] = pos
                if constants[column_b[pc - 1]] is not None:
                    entry[2][constants[column_b[pc - 1]]] = pos
                if pos > reach and not layers:
                    reach = pos
                extra += pos - entry[1]
                pos = entry[1]
            elif op == UNION_END:
                try:
                    entry = stack[len(stack) - 1]
                    n = entry[2][acc] if column_b[pc - 1] else pos
                    stack.pop()
                    extra += pos - n
                    pos = n
                    acc = levels.pop()
                    if indexed:
                        indexes.pop()
                    fields = levels[len(levels) - 1]
                except FAULTS:
                    why = RAISED
            else:  # LAYER
                n = acc
                lack = pos + n
                if lack <= limit:
                    if pos > reach and not layers:
                        reach = pos
                    piece = bytes(data[start + pos : start + lack])
                    stack.append((LAYER_, lack, bound, low, pos))
                    extra += pos
                    data, start = piece[::-1] if a == 0 else piece.translate(_REVERSED), 0
                    octets = data
                    layers.append((data, start))
                    raw = True
                    pos = low = 0
                    bound = limit = n
                else:
                    why = SHORT

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
            held.clear()
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
                    data, start = layers[len(layers) - 1] if layers else main
                    octets = data
                    raw = type(data) is bytes
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
                data, start = main
                octets = data
                raw = type(data) is bytes
            acc = levels[entry[6]] if entry[5] & 2 and len(levels) > entry[6] else None
            del levels[entry[6] :]
            if indexed:
                del indexes[entry[6] :]
            fields = levels[len(levels) - 1]
            pos = limit = bound = entry[3]
            depth = entry[7]
            pc = entry[4]

    def _region(self, why: int, height: int) -> int:
        """Where on the stack, below `height`, the innermost region lies that an error may cost alone; -1: none. A region that a pointer looks into is
        no part of the message's sequence of bytes; what lies in an alternative is above `height`."""
        found = -1
        if why == COMPLEX:
            return found
        for at, entry in enumerate(self.stack):
            if at >= height:
                break
            if type(entry) is tuple:
                if entry[0] in (POINTER_, LAYER_, UNION_):
                    break
                if entry[0] == REGION_ and entry[5]:
                    found = at
        return found

    def _began(self) -> int:
        """Where in the message the bytes are that others stand in for."""
        for entry in self.stack:
            if type(entry) is tuple and entry[0] == LAYER_:
                return int(entry[4])
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
        return FUNCTIONS[a](acc)


def _named(values: Any, names: list[str]) -> dict[str, Any]:
    if not isinstance(values, dict):
        return dict(zip(names, values, strict=True))
    if set(values) != set(names):
        raise TypeError
    return {name: values[name] for name in names}
