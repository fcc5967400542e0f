"""The executor of binary programs: one loop over instructions, which stops at any byte and goes on there.

Nothing under way is in a Python frame: it is in a few integers, the levels, the slots, and two chains of frames. An instruction reads all its bytes
or none. What succeeds goes on with the loop; what does not falls to its end, where one place decides between waiting, the latest alternative, a
region given up, and failure. It knows programs, never grammars; it has no clock and keeps no bytes.

One function holds the loop although it is long: a call an instruction would cost more than the instructions do.
"""

# ruff: noqa: SIM109 - `op in (A, B)` would build a tuple for each instruction

from __future__ import annotations

from collections.abc import Sequence
from struct import unpack_from
from sys import getsizeof
from typing import Any

from wiregram.hot import octets as views
from wiregram.hot import records, tape
from wiregram.model.parsing import FAILED, MATCH, MORE
from wiregram.parse import formulas, runs
from wiregram.parse import machine as machines
from wiregram.parse.beginning import Maker
from wiregram.parse.frames import Frame, Handler
from wiregram.parse.machine import Machine
from wiregram.parse.operators import FAULTS, FUNCTIONS, OPERATORS, Mismatch, bits_of, decimal, text_of, varint
from wiregram.parse.operators import UNARY as UNARIES
from wiregram.parse.stand_ins import TooMuch, among, moment, stand_in
from wiregram.program import binary as form

(
    LOAD, FORMULA, BINARY_CONSTANT, UNLESS, U8, U16, STORE, RUN, BYTES_COUNTED, BYTES, OPEN, CLOSE, CLOSE_PICK, PUSH, BINARY, CALL, BACK,
    MAP_FIELD, SLOT, SWITCH, REGION, REGION_END, ARRAY, ARRAY_NEXT, RANGE_NEXT, REPEAT_KEEP, LOOP_END, JUMP, CHECK, GREEDY, CONSTANT, U32, MAP,
    POINTER, POINTER_END, LAYER_END, INTEGERS, INTEGERS_GREEDY, ITEM, MATCH_BYTES, TELL, HALT, INTEGER, INTEGER_COUNTED, SKIP, SKIP_COUNTED, WORD,
    BITS, UNTIL, UNTIL_REGION, VARINT, FLAG, FLOAT, BITS_OPEN, BITS_COUNTED, BITS_SKIP, BITS_CLOSE, EQUAL, INDEX, SUBJECT, AGAIN, DROP, TEXT,
    ONE_OF, FLAGS, DECIMAL, SLICE, NAMES, BINARY_REVERSED, UNARY, FUNCTION, TIME, FOREIGN, RANGE, REPEAT, TRY, COMMIT, PEEK_END, LIST, APPEND,
    LIST_END, REPEAT_TEST, STOP, FILTER, FILTER_NEXT, FILTER_END, FAIL, TERMINATED, PAD, ALIGN, PAD_END, ALIGN_END, REST, STRIPPED, SEEK, RAW,
    RAW_END, UNION, UNION_NEXT, UNION_END, LAYER, STAND_IN, FOREIGN_MESSAGE,
) = range(len(form.OPERATIONS))  # fmt: skip

PAUSE, DONE = -2, -1
SHORT, WAIT, WRONG, RAISED, EXPLICIT, COMPLEX = range(6)
"""How an instruction ended: bytes of the message itself are missing, whatever region is at hand; well; bytes are missing; the input's end must
be known; no match; an expression has no value; Construct's Error; a bound was reached."""

REGION_, PAD_, POINTER_, RAW_, UNION_, LAYER_, LIST_, LOOP_ = range(8)
"""What a frame of `stack` is."""

ALIGNED, INCLUDE, LEAVE, OPTIONAL, CUT = form.ALIGNED, form.INCLUDE, form.LEAVE, form.OPTIONAL, form.CUT
UNCUT, UNBUILT = form.UNCUT, form.UNBUILT
FLOOR = form.FLOOR
HUGE = 1 << 40
NOWHERE = -HUGE
"""As `formulas.number_of` gives it."""
ALONE = machines.ALONE
COMPILED = not __file__.endswith(".py")
"""Arrays of integers are quickest by Python's own means in Python and by arithmetic in C."""

_REVERSED = bytes(int(f"{number:08b}"[::-1], 2) for number in range(256))
_FORMATS = {
    (size, kind): ("<" if kind & 1 else ">", code.lower() if kind & 2 else code)
    for size, code in ((1, "B"), (2, "H"), (4, "I"), (8, "Q"))
    for kind in range(4)
}


class _Missing:
    """Stands for what is not there: an `_index` that no repetition has set."""


_MISSING = _Missing()
_FAULT = formulas.FAULT
_EMPTY: list[Any] = []
"""Stands for a list that most messages need none of; it is never written into."""
_NOTHING: dict[str, Any] = {}
"""Stands for no parameters; nor is this."""


class BinaryParser:
    """One binary message under way; `model.parsing.Parser` is its contract. `complex`: it failed because it was too much work or too deep.
    `cuts`, after `value`: what of it is only the beginning of a longer field or list, each with the whole length."""

    __slots__ = (
        "base", "bit", "bound", "complex", "cuts", "depth", "expected", "extra", "flaw", "flawed", "handlers", "height", "indexes", "levels",
        "low", "machine", "need", "offset", "pc", "pos", "reach", "result", "returns", "rewound", "root_bound", "root_low", "scan", "short",
        "slots", "stack", "used", "visits", "wanted", "word",
    )  # fmt: skip

    def start(self, machine: Machine, params: dict[str, object] | None) -> None:
        self.machine = machine
        self.used = 0
        self.need = 1
        self.offset = 0
        self.expected = ""
        self.short = False
        self.flaw: tuple[int, str] | None = None
        self.visits = 0
        self.rewound = 0
        self.complex = False
        self.cuts: Sequence[tuple[object, int]] = ()
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
        self.base = 0  # the first slot of the code at hand
        self.height = 0  # the level at hand: those above it are over
        self.levels: list[Any] = [_NOTHING if params is None else params, None, None, None]
        self.returns: Any = machine.blank  # where each call goes back to, and the first slot there
        self.slots: list[Any] = [None] * machine.slots if machine.slots else _EMPTY
        self.indexes: list[Any] = [_MISSING] if machine.indexed else _EMPTY
        self.stack: Frame | None = None
        self.handlers: Handler | None = None

    def value(self, data: bytes | bytearray, start: int) -> dict[str, Any]:
        """The message as a struct with its `kind`. It was built while the bytes went by; they are not looked at again."""
        result = self.result
        value: dict[str, Any] = result if isinstance(result, dict) else {"value": result}
        if self.cuts:
            self.cuts = _found_in(value, self.cuts)
        if "kind" not in value:
            value["kind"] = self.machine.kind
        return value

    def partial(self) -> dict[str, Any] | None:
        """The fields of the outermost struct that are complete."""
        fields = self.levels[1] if self.height > 0 else None
        return {"kind": self.machine.kind, **fields} if fields else None

    def state(self) -> int:
        """The octets that it takes, beside the fields that it has read."""
        size = getsizeof(self) + getsizeof(self.levels) + getsizeof(self.slots) + getsizeof(self.indexes) + getsizeof(self.returns)
        entry: Any = self.stack
        while entry is not None:
            size += getsizeof(entry)
            entry = entry.below
        handler: Any = self.handlers
        while handler is not None:
            size += getsizeof(handler)
            handler = handler.below
        return size

    def run(self, data: bytes | bytearray, start: int, end: int, final: bool) -> int:
        avail = end - start
        if avail < self.wanted and not final:
            self.need = self.wanted - avail
            return MORE
        return self._loop(data, start, avail, final)

    def _loop(self, data: Any, start: int, avail: int, final: bool) -> int:
        machine = self.machine
        # A program leads nowhere but into itself: that was checked when it was loaded.
        ops, column_a, column_b, column_c = tape.first(machine.ops), tape.first(machine.a), tape.first(machine.b), tape.first(machine.c)
        names, constants = machine.names, machine.constants
        field_limit, list_limit = machine.field, machine.elements
        levels, slots, base, indexes = self.levels, self.slots, self.base, self.indexes
        stack: Any = self.stack
        handlers: Any = self.handlers
        indexed = machine.indexed
        pc, pos, bound, low = self.pc, self.pos, self.bound, self.low
        extra, reach, depth, scan, bit, word = self.extra, self.reach, self.depth, self.scan, self.bit, self.word
        flawed = self.flawed
        height = self.height
        fields = levels[height]
        returns, room = tape.first(self.returns), len(self.returns)
        blocks = machine.blocks
        acc: Any = self.result
        subject: Any = None
        held = _EMPTY  # operands of an expression under way
        layers = _EMPTY  # bytes that stand in for the message's own, each with its start
        main, origin = data, start
        octets = views.view(data, start, start + avail)  # the same bytes, as C sees them
        limit = pos if flawed else bound if bound >= 0 else avail
        lack = n = m = 0
        while True:
            op = ops[pc]
            a = column_a[pc]
            pc += 1
            why = DONE
            if op >= ALONE:
                block = blocks[a]
                if op == ALONE:
                    if block.size <= limit - pos:
                        found = runs.block(block, machine, octets, start + pos, pos, fields, levels, height, slots, base, acc)
                        if found is not _FAULT:
                            acc = found
                            pos += block.size
                            pc = block.beyond
                            continue
                else:
                    n = formulas.number_of(acc)
                    if n > 0 and block.size <= (limit - pos) // n and (n <= list_limit or column_b[pc - 1]):
                        strict = column_b[pc - 1] != UNBUILT
                        found = runs.records(block, machine, octets, start + pos, pos, fields, levels, height, slots, base, n, strict)
                        if found is not None:
                            acc = found
                            pos += n * block.size
                            pc = block.beyond + 2
                            n = column_c[pc - 1]
                            if n >= 0:
                                fields[names[n]] = acc
                            elif n < -1:
                                slots[base - 2 - n] = acc
                            continue
                op = block.operation  # what a block does not do, its instructions do one by one
                a = block.operand
            if op < SWITCH:
                if op == LOAD:
                    n = height - a if a >= 0 else 1 if a == -1 else 0
                    acc = _FAULT
                    if 0 <= n <= height:
                        level = levels[n]
                        acc = level.get(names[column_c[pc - 1]], _FAULT)
                    if acc is not _FAULT:
                        continue
                    why = RAISED
                elif op == FORMULA:
                    acc = formulas.value(machine, a, levels, height, slots, base)
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
                        fields.update(zip(machine.shown[a], machine.runs[a](data, start + pos), strict=True))
                        pos = lack
                        continue
                    why = SHORT
                elif op == BYTES_COUNTED or op == BYTES:
                    n = a if op == BYTES else formulas.number_of(acc)
                    lack = pos + n
                    if n < 0:
                        why = WRONG
                    elif lack > limit and n:
                        why = SHORT
                    else:
                        if n > field_limit and column_b[pc - 1] & CUT:
                            acc = views.cut(octets, start + pos, start + pos + field_limit)
                            self._tell(acc, n)
                        else:
                            acc = views.cut(octets, start + pos, start + pos + n)
                        pos = lack
                elif op == OPEN:
                    if height == 0:
                        self.root_bound = bound
                        self.root_low = low
                    fields = records.sized(a) if a else {}
                    height += 1
                    if height < len(levels):
                        levels[height] = fields
                    else:
                        levels.append(fields)
                    if indexed:
                        acc = indexes[len(indexes) - 1]
                        indexes.append(None if acc is _MISSING else acc)
                    continue
                elif op == CLOSE:
                    acc = fields
                    height -= 1
                    if indexed:
                        indexes.pop()
                    fields = levels[height]
                elif op == CLOSE_PICK:
                    if names[a] in fields:
                        acc = fields[names[a]]
                        height -= 1
                        if indexed:
                            indexes.pop()
                        fields = levels[height]
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
                        n = depth * 2
                        if n > room:
                            room = n * 2 + 6
                            self.returns = tape.longer(machine.blank, returns, n - 2, room)
                            returns = tape.first(self.returns)
                        returns[n - 2] = pc
                        returns[n - 1] = base
                        if machine.slots:
                            base += column_b[pc - 1]
                            if base + machine.slots > len(slots):
                                slots.extend([None] * machine.slots)
                        pc = a
                        continue
                    why = COMPLEX
                elif op == BACK:
                    if depth > 0:
                        depth -= 1
                        pc = returns[depth * 2]
                        base = returns[depth * 2 + 1]
                        continue
                    why = WRONG
                elif op == SLOT:
                    acc = slots[base + a]
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
                    n = formulas.number_of(acc)
                    if n >= 0:
                        lack = pos + n
                        if lack <= limit or n == 0:
                            entry = Frame.__new__(Frame)
                            entry.below = stack
                            entry.kind = REGION_
                            entry.bound = bound
                            entry.low = low
                            entry.end = lack
                            entry.target = a
                            entry.flags = column_b[pc - 1]
                            entry.levels = height + 1
                            entry.depth = depth
                            entry.base = base
                            stack = entry
                            bound = limit = lack
                            low = pos
                            continue
                        why = SHORT
                elif op == REGION_END:
                    entry = stack
                    n = entry.end
                    if flawed and pos != n:
                        why = WRONG
                    else:
                        stack = entry.below
                        if pos > n:
                            extra += pos - n
                        pos = n
                        bound = entry.bound
                        low = entry.low
                        limit = pos if flawed else bound if bound >= 0 else avail
                elif op == ARRAY:
                    n = formulas.number_of(acc)
                    if n >= 0:
                        loop = Frame.__new__(Frame)
                        loop.below = stack
                        loop.kind = LOOP_
                        loop.items = []
                        loop.end = n
                        loop.index = 0
                        loop.pos = pos
                        stack = loop
                        if n == 0:
                            pc = a
                        elif indexed:
                            indexes[len(indexes) - 1] = 0
                        continue
                    why = WRONG
                elif op == ARRAY_NEXT or op == RANGE_NEXT or op == REPEAT_KEEP:
                    loop = stack
                    n = column_b[pc - 1]
                    loop.index += 1
                    if n != UNBUILT and (n or loop.index <= list_limit):
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
                    loop = stack
                    stack = loop.below
                    acc = loop.items
                    if loop.index > list_limit and len(acc) == list_limit:
                        self._tell(acc, loop.index)
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
                                acc = views.cut(octets, start + pos, start + pos + field_limit)
                                self._tell(acc, n)
                            else:
                                acc = views.cut(octets, start + pos, start + pos + n)
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
                    n = formulas.number_of(acc)
                    why = WRONG
                    if column_b[pc - 1] and height == 0:
                        why = RAISED
                    elif n != NOWHERE:
                        entry = Frame.__new__(Frame)
                        entry.below = stack
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
                        stack = entry
                        extra += pos - n
                        pos = n
                        if flawed and bound < 0:
                            limit = pos
                        if pos + extra <= machine.work * reach + FLOOR:
                            continue
                        why = COMPLEX
                elif op == POINTER_END or op == LAYER_END:
                    entry = stack
                    stack = entry.below
                    if op == LAYER_END:
                        bit = entry.index
                        layers.pop()
                        data, start = layers[len(layers) - 1] if layers else (main, origin)
                        octets = views.view(data, 0, 0)
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
                        n = formulas.number_of(acc)
                        if n < 0:
                            why = WRONG
                    if n >= 0:
                        lack = pos + n * a
                        if lack > limit and n:
                            why = SHORT
                            if indexed:
                                indexes[len(indexes) - 1] = (limit - pos) // a if limit > pos else 0
                        else:
                            size = n
                            if n > list_limit and m & 4:
                                n = list_limit
                            if indexed and (op == INTEGERS_GREEDY or size):
                                indexes[len(indexes) - 1] = size if op == INTEGERS_GREEDY else size - 1
                            if COMPILED and a <= 4:
                                acc = runs.integers(octets, start + pos, n, a, m)
                            else:
                                order, code = _FORMATS[a, m & 3]
                                acc = list(unpack_from(f"{order}{n}{code}", data, start + pos)) if n else []
                            if size > n:
                                self._tell(acc, size)
                            pos = lack
                elif op == ITEM:
                    try:
                        acc = acc[constants[a]]
                    except FAULTS:
                        why = RAISED
                elif op == MATCH_BYTES:
                    piece = constants[a]
                    size = len(piece)
                    n = size if pos + size <= limit else limit - pos  # of a piece that is cut, what is there may contradict already
                    m = 0
                    if COMPILED or n < size or data[start + pos : start + pos + n] != piece:
                        while m < n and octets[start + pos + m] == piece[m]:
                            m += 1
                    else:
                        m = n
                    if m == size:
                        acc = constants[column_b[pc - 1]]
                        pos += size
                    elif m < n:
                        why = WRONG
                        pos += m
                    else:
                        why = SHORT
                        lack = limit + 1
                elif op == TELL:
                    acc = pos
                else:  # HALT
                    if pos <= limit:
                        self.used = pos
                        self.visits, self.rewound = pos + extra, extra if extra > 0 else 0
                        self.result = acc
                        if flawed:
                            self.flaw = (self.offset, self.expected)
                        return MATCH
                    why = SHORT
                    lack = pos
            elif op < EQUAL:
                if op == INTEGER or op == INTEGER_COUNTED:
                    n = a if op == INTEGER else formulas.number_of(acc)
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
                    n = a if op == SKIP else formulas.number_of(acc)
                    lack = pos + n
                    if n < 0:
                        why = WRONG
                    elif lack > limit and n:
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
                            entry.below = stack
                            entry.kind = REGION_
                            entry.bound = bound
                            entry.low = low
                            entry.end = lack
                            entry.flags = 0
                            stack = entry
                            bound = limit = n
                            low = pos
                            continue
                        if n - pos > field_limit and m & CUT:
                            acc = views.cut(octets, start + pos, start + pos + field_limit)
                            self._tell(acc, n - pos)
                        else:
                            acc = views.cut(octets, start + pos, start + n)
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
                    size = formulas.number_of(acc)
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
                        n = len(acc)
                        if n > field_limit and column_b[pc - 1] & CUT:
                            acc = acc[:field_limit].decode("utf-8", "ignore").encode()
                            self._tell(acc, n)
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
                    loop.below = stack
                    loop.kind = LOOP_
                    loop.items = []
                    loop.end = -1
                    loop.index = 0
                    loop.pos = pos
                    stack = loop
                    if indexed:
                        indexes[len(indexes) - 1] = 0
                    if op == REPEAT:
                        continue
                if op == RANGE or op == TRY:
                    handler = Handler.__new__(Handler)
                    handler.below = handlers
                    handler.target = a
                    handler.stack = stack
                    handler.base = base
                    handler.levels = height + 1
                    handler.layers = len(layers)
                    handler.pos = pos
                    handler.bound = bound
                    handler.low = low
                    handler.depth = depth
                    handler.peek = op == TRY and column_b[pc - 1] != 0
                    handler.loop = op == RANGE
                    handlers = handler
                    continue
                if op == COMMIT:
                    handlers = handlers.below
                    pc = a
                    continue
                if op == PEEK_END:
                    handler = handlers
                    handlers = handler.below
                    if not layers and pos > reach:
                        reach = pos
                    extra += pos - handler.pos
                    pos = handler.pos
                elif op == LIST:
                    entry = Frame.__new__(Frame)
                    entry.below = stack
                    entry.kind = LIST_
                    entry.items = []
                    stack = entry
                elif op == APPEND:
                    entry = stack
                    entry.items.append(acc)
                elif op == LIST_END:
                    height -= 1
                    if indexed:
                        indexes.pop()
                    fields = levels[height]
                    entry = stack
                    stack = entry.below
                    acc = entry.items
                elif op == REPEAT_TEST:
                    if not acc:
                        loop = stack
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
                            entry = stack
                            stack = entry.below
                            if entry.kind == REGION_ or entry.kind == POINTER_ or entry.kind == LAYER_:
                                if entry.kind == LAYER_:
                                    bit = entry.index
                                    layers.pop()
                                    data, start = layers[len(layers) - 1] if layers else (main, origin)
                                    octets = views.view(data, 0, 0)
                                n = entry.end if entry.kind == REGION_ else entry.pos
                                extra += pos - n
                                pos = n
                                bound = entry.bound
                                low = entry.low
                        limit = pos if flawed else bound if bound >= 0 else avail
                        height -= column_c[pc - 1]
                        if indexed:
                            del indexes[height + 1 :]
                        fields = levels[height]
                        pc = a
                    continue
                elif op == FILTER:
                    try:
                        entry = Frame.__new__(Frame)
                        entry.below = stack
                        entry.kind = LIST_
                        entry.items = list(acc)
                        entry.index = 0  # which element is looked at
                        entry.end = 0  # how many stay, and come first
                        stack = entry
                        if entry.items:
                            subject = entry.items[0]
                        else:
                            pc = a
                        continue
                    except FAULTS:
                        why = RAISED
                elif op == FILTER_NEXT:
                    entry = stack
                    if acc:
                        entry.items[entry.end] = entry.items[entry.index]
                        entry.end += 1
                    entry.index += 1
                    if entry.index < len(entry.items):
                        subject = entry.items[entry.index]
                        pc = a
                    continue
                elif op == FILTER_END:
                    entry = stack
                    stack = entry.below
                    n = entry.end
                    acc = entry.items
                    if n > list_limit and column_b[pc - 1] & CUT:
                        del acc[list_limit:]
                        self._tell(acc, n)
                    else:
                        del acc[n:]
                else:  # FAIL
                    why = EXPLICIT
            elif op == TERMINATED:
                acc = None
                if pos < limit:
                    why = WRONG
                elif bound < 0 and (not final or flawed):
                    why = WAIT
            elif op == PAD or op == ALIGN:
                n = formulas.number_of(acc)
                if n >= (0 if op == PAD else 2):
                    entry = Frame.__new__(Frame)
                    entry.below = stack
                    entry.kind = PAD_
                    entry.pos = pos
                    entry.end = n
                    stack = entry
                else:
                    why = WRONG
            elif op == PAD_END or op == ALIGN_END:
                entry = stack
                n = entry.pos + entry.end - pos if op == PAD_END else -(pos - entry.pos) % entry.end
                lack = pos + n
                if n < 0:
                    why = WRONG
                elif lack <= limit or n == 0:
                    stack = entry.below
                    pos = lack
                else:
                    why = SHORT
            elif op == REST:
                if bound < 0 and (not final or flawed):
                    why = WAIT
                elif formulas.number_of(acc) != NOWHERE:
                    lack = limit + formulas.number_of(acc)
                    if lack > limit:
                        why = SHORT
                    elif lack < pos:
                        why = WRONG
                    else:
                        entry = Frame.__new__(Frame)
                        entry.below = stack
                        entry.kind = REGION_
                        entry.bound = bound
                        entry.low = low
                        entry.end = lack
                        entry.flags = 0
                        stack = entry
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
                    entry.below = stack
                    entry.kind = REGION_
                    entry.bound = bound
                    entry.low = low
                    entry.end = lack
                    entry.flags = 0
                    stack = entry
                    bound = limit = n
                    low = pos
            elif op == SEEK:
                m = column_b[pc - 1]
                if m == 2 and bound < 0 and (not final or flawed):
                    why = WAIT
                elif formulas.number_of(acc) != NOWHERE:
                    n = formulas.number_of(acc) + (0 if m == 0 else pos if m == 1 else limit)
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
                entry.below = stack
                entry.kind = RAW_
                entry.pos = pos
                stack = entry
            elif op == RAW_END:
                entry = stack
                n = entry.pos
                if pos > limit:
                    why = SHORT
                    lack = pos
                elif n > pos:
                    why = WRONG
                else:
                    stack = entry.below
                    acc = {"data": bytes(data[start + n : start + pos]), "value": acc, "offset1": n, "offset2": pos, "length": pos - n}
            elif op == UNION:
                entry = Frame.__new__(Frame)
                entry.below = stack
                entry.kind = UNION_
                entry.pos = pos
                entry.items = {}
                stack = entry
            elif op == UNION_NEXT:
                entry = stack
                entry.items[constants[a]] = pos
                if constants[column_b[pc - 1]] is not None:
                    entry.items[constants[column_b[pc - 1]]] = pos
                if pos > reach and not layers:
                    reach = pos
                extra += pos - entry.pos
                pos = entry.pos
            elif op == UNION_END:
                try:
                    entry = stack
                    n = entry.items[acc] if column_b[pc - 1] else pos
                    stack = entry.below
                    extra += pos - n
                    pos = n
                    acc = fields
                    height -= 1
                    if indexed:
                        indexes.pop()
                    fields = levels[height]
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
                    n = formulas.number_of(acc)
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
                    entry.below = stack
                    entry.kind = LAYER_
                    entry.pos = lack
                    entry.bound = bound
                    entry.low = low
                    entry.start = pos
                    entry.index = bit
                    stack = entry
                    extra += pos - m
                    data, start = piece, -m
                    octets = views.view(data, 0, 0)
                    layers = [*layers, (data, start)]
                    pos = low = m
                    bound = limit = m + len(piece)
                    bit = 0
                    continue

            if why == DONE:
                n = column_c[pc - 1]
                if n >= 0:
                    fields[names[n]] = acc
                elif n < -1:
                    slots[base - 2 - n] = acc
                continue
            pc -= 1
            if why == PAUSE or (why <= WAIT and bound < 0 and not final and not flawed):
                self.pc, self.pos, self.bound, self.low, self.height = pc, pos, bound, low, height
                self.base, self.stack, self.handlers = base, stack, handlers
                self.extra, self.reach, self.depth, self.scan, self.bit, self.word = extra, reach, depth, scan, bit, word
                self.result = acc
                self.wanted = lack if why != WAIT and lack > avail else avail + 1
                self.need = self.wanted - avail
                self.used = avail
                self.visits, self.rewound = pos + extra, extra if extra > 0 else 0
                return MORE
            scan = 0
            held = _EMPTY
            where = limit if why == SHORT or pos > limit else pos
            outer: Any = stack
            handler = handlers
            while handler is not None:
                outer = handler.stack
                handler = handler.below
            while handlers is not None:
                handler = handlers
                handlers = handler.below
                if why >= EXPLICIT or (handler.peek and why == RAISED):
                    continue
                if not layers:
                    if pos > reach:
                        reach = pos
                    if bound > reach:
                        reach = bound
                stack = handler.stack
                base = handler.base
                height = handler.levels - 1
                fields = levels[height]
                if indexed:
                    del indexes[handler.levels :]
                if len(layers) > handler.layers:
                    del layers[handler.layers :]
                    data, start = layers[len(layers) - 1] if layers else (main, origin)
                    octets = views.view(data, 0, 0)
                n = handler.pos
                if handler.loop:
                    n = handler.stack.pos
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
                    where = _began(stack)
                self.offset = where if where < avail else avail
                self.expected = self._expectation(pc, why, depth)
                self.short = why <= WAIT and bound < 0
            spared: Any = None if why == COMPLEX else _spared(outer)
            if spared is None:
                self.height = height
                self.complex = why == COMPLEX
                self.used = pos
                self.visits, self.rewound = pos + extra, extra if extra > 0 else 0
                return FAILED
            flawed = self.flawed = True
            stack = entry = spared
            base = entry.base
            if layers:
                layers.clear()
                data, start = main, origin
                octets = views.view(data, 0, 0)
            m = entry.levels
            acc = levels[m] if entry.flags & 2 and height >= m else None
            height = m - 1
            if indexed:
                del indexes[m:]
            fields = levels[height]
            pos = limit = bound = entry.end
            depth = entry.depth
            pc = entry.target

    def _tell(self, kept: object, whole: int) -> None:
        if not self.cuts:
            self.cuts = []
        self.cuts.append((kept, whole))  # type: ignore[attr-defined]  # a list now

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


class Binaries(Maker):
    """Makes the parsers of binary messages."""

    __slots__ = ()

    def make(self, program: Any, params: dict[str, object] | None) -> BinaryParser:
        parser = BinaryParser.__new__(BinaryParser)
        parser.start(machines.machine_of(program), params)
        return parser


def _spared(entry: Frame | None) -> Frame | None:
    """The innermost region, from a frame downwards, that an error may cost alone; None: there is none. A region that a pointer looks into is
    no part of the message's sequence of bytes."""
    found = None
    while entry is not None:
        if entry.kind in (POINTER_, LAYER_, UNION_):
            found = None
        elif found is None and entry.kind == REGION_ and entry.flags:
            found = entry
        entry = entry.below
    return found


def _began(entry: Frame | None) -> int:
    """Where in the message the bytes are that others stand in for."""
    found = 0
    while entry is not None:
        if entry.kind == LAYER_:
            found = entry.start
        entry = entry.below
    return found


def _found_in(value: dict[str, Any], cuts: Sequence[tuple[object, int]]) -> Sequence[tuple[object, int]]:
    """Those of `cuts` that the value still holds: alternatives that did not match have left theirs behind."""
    seen: set[int] = set()
    waiting: list[Any] = [value]
    while waiting:
        held = waiting.pop()
        seen.add(id(held))
        if isinstance(held, (dict, list)):
            waiting += held.values() if isinstance(held, dict) else held
    return [(kept, whole) for kept, whole in cuts if id(kept) in seen]


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
