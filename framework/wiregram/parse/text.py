"""The executor of text programs: one message, byte by byte, over the program's tables. It knows tables, never Lark.

A message ends on its last byte: when a token has been shifted after which only the end can follow. When that is not certain from the row alone,
the row's terminals are tried on the real stack. On failure inside a token, `offset` is the first byte that no terminal could take; for a token
that stands where it cannot, its start. Both depend on the bytes alone, never on how they were cut.

What was read is kept as a log of numbers, three an entry: (slot, from, to) for a token, (STRUCT - node, values, 0) for a struct of the last
values, (DROP, place, 0) for a value that its rule does not give. Values are built from it when they are asked for: tokens straight into
their struct where they stand together, others over a stack.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

from wiregram.hot import octets, tape
from wiregram.model.parsing import FAILED, MATCH, MORE
from wiregram.parse.beginning import Maker
from wiregram.parse.convert import convert
from wiregram.parse.tables import PLAIN, Tables
from wiregram.program.text import GOES_ON, IS_OVER, NESTED, SKIPPED, TEXT, TextProgram

STRUCT, DROP = -2, -1

NEAR, EARLY = 24, 24
"""Numbers of the stack and of the log that lie in the parser itself: two a row, three an entry. What nests or holds more moves to an array."""

SKIP, GOES, OVER, AS_IT_IS = SKIPPED, GOES_ON, IS_OVER, TEXT
ON, DONE, WRONG = MORE, MATCH, FAILED
"""The same numbers once more, for C."""

NONE: tuple[tuple[object, int], ...] = ()


class TextParser:
    """One message of `program` under way (the interface is `model.parsing.Parser`). `cut` counts, after `value`, the fields and lists that
    were longer, or nested deeper, than the limits; `cuts` holds those that were longer: (what stands in the value, its whole length)."""

    __slots__ = (
        "_base", "_beyond", "_deep", "_early", "_flushed", "_height", "_held", "_live", "_log", "_long", "_mark", "_near", "_place", "_rewound",
        "_room", "_size", "_stack", "_state", "_stuck", "_tables", "_top", "cut", "cuts", "flaw", "need", "offset", "short", "used",
    )  # fmt: skip

    def __init__(self, program: TextProgram, params: dict[str, object] | None = None) -> None:
        known = getattr(program, "tables", None)
        if known is None:
            known = program.__dict__["tables"] = Tables(program)
        self._tables: Tables = known
        self._near = [0] * 24
        self._deep: array[int] | None = None
        self._stack: Any = self._near  # (row, how many values there were before it); what lies above `top` is free to be written over
        self._stack[0] = known.start
        self._top = 0
        self._height = NEAR
        self._early = [0] * 24
        self._long: array[int] | None = None
        self._log: Any = self._early
        self._size = 0
        self._room = EARLY
        self._live = 0  # how many values there are
        self._state = known.first
        self._base = 0  # where the token under way begins
        self._place = 0  # the next byte to look at
        self._held = 0  # the state in which the token was last complete, and where
        self._mark = 0
        self._rewound = 0
        self._flushed = False
        self._stuck = 0
        self.used = 0
        self.need = 1
        self.offset = 0
        self.short = False
        self.flaw: tuple[int, str] | None = None
        self.cut = 0
        self.cuts: Sequence[tuple[object, int]] = NONE
        self._beyond: dict[int, int] | None = None  # by a list's identity, how many did not find room in it

    @property
    def visits(self) -> int:
        """Bytes looked at so far, those that were looked at again included."""
        return self._place + self._rewound

    @property
    def rewound(self) -> int:
        """How many of the visits were to bytes that had been looked at before."""
        return self._rewound

    def __sizeof__(self) -> int:
        """Octets of what a suspended parser holds, its stack and its log with it."""
        inside = [0] * (NEAR + EARLY) if PLAIN else None  # in C they lie in the object
        return object.__sizeof__(self) + sum(row.__sizeof__() for row in (inside, self._deep, self._long) if row is not None)

    def run(self, data: bytes | bytearray, start: int, end: int, final: bool) -> int:
        tables = self._tables
        moves = tables.moves
        classes = tables.classes
        leaps = tables.leaps
        waiting = tables.waiting
        ending = tables.ending
        view = octets.view(data, start, end)
        state = self._state
        held = self._held
        mark = self._mark + start
        place = self._place + start
        while True:
            stop = -1
            while place < end:
                move = moves[state + classes[view[place]]]
                place += 1
                if move == state:
                    if leaps is not None:
                        place = leaps[state](data, place, end).end()
                    else:
                        while place < end and moves[state + classes[view[place]]] == state:
                            place += 1
                elif move >= waiting:
                    state = move
                    if move >= ending:
                        held = move
                        stop = place
                        break
                elif move:
                    if state >= waiting:
                        held = state
                        mark = place - 1
                    state = move
                else:
                    if state >= waiting:
                        held = state
                        stop = place - 1
                    elif held:
                        stop = mark
                    else:
                        self._place = place - start
                        return self._fail(state, place - start - 1)
                    break
            if stop < 0:
                if not final:
                    self._state = state
                    self._held = held
                    self._mark = mark - start
                    self._place = self.used = place - start
                    return ON
                self._flushed = True
                self._place = place - start
                if place - start == self._base:
                    return self._take(tables.columns - 1, self._base)
                if state >= waiting:
                    held = state
                    stop = place
                elif held:
                    stop = mark
                else:
                    return self._fail(state, place - start)
            self._rewound += place - stop
            place = stop
            accepted = tables.accepts[held]
            held = 0
            if accepted != SKIP:
                self._place = place - start
                answer = self._take(accepted - 1, place - start)
                if answer != ON:
                    return answer
                state = self._state
            else:
                state = tables.scanners[self._stack[self._top]]
            self._base = place - start

    def partial(self) -> dict[str, object] | None:
        """A text message has no part that stands by itself."""
        return None

    def value(self, data: bytes | bytearray, start: int) -> dict[str, object]:
        """After MATCH: the message as a struct, from the same bytes."""
        tables = self._tables
        log = self._log
        size = self._size
        view = octets.view(data, start, start + self.used)
        self.cut = 0
        self.cuts = NONE
        slots: list[int] | None = None
        values: list[object] | None = None
        fresh = 0  # the tokens from here on are in no struct and not in `values` yet
        at = 0
        while at < size:
            slot = log[at]
            if slot >= 0:
                at += 3
                continue
            first = log[at + 1]
            if slot != DROP and 3 * first <= at - fresh:
                from_ = at - 3 * first
                made = self._direct(view, start, STRUCT - slot, from_, at)
                if from_ == 0 and at + 3 == size:
                    return self._finish(made)
                if values is None or slots is None:
                    slots = []
                    values = []
                if fresh < from_:
                    self._gather(view, start, slots, values, fresh, from_)
            else:
                if values is None or slots is None:
                    slots = []
                    values = []
                if fresh < at:
                    self._gather(view, start, slots, values, fresh, at)
                fresh = at + 3
                if slot == DROP:
                    del slots[first]
                    del values[first]
                    at += 3
                    continue
                low = len(values) - first
                made = self._struct(STRUCT - slot, slots, values, low)
                if low == 0 and at + 3 == size:
                    return self._finish(made)
                if low == 0:
                    slots = []
                    values = []
                else:
                    del slots[low:]
                    del values[low:]
            slots.append(tables.node_slots[STRUCT - slot])
            values.append(made)
            at += 3
            fresh = at
        if values is None or slots is None:
            slots = []
            values = []
        self._gather(view, start, slots, values, fresh, size)
        whole = values[0]
        if isinstance(whole, dict):
            return self._finish(whole)
        found: dict[str, object] = {"kind": tables.message}
        name = tables.names[slots[0]]
        if name is not None and whole is not None:
            found[name] = whole
        return self._finish(found)

    def _gather(self, view: bytes | bytearray, start: int, slots: list[int], values: list[object], first: int, last: int) -> None:
        """Put the values of the tokens in log[first:last] on the stack."""
        log = self._log
        at = first
        while at < last:
            slots.append(log[at])
            values.append(self._text(view, log[at], start + log[at + 1], start + log[at + 2]))
            at += 3

    def _direct(self, view: bytes | bytearray, start: int, node: int, first: int, last: int) -> dict[str, object]:
        """The struct of the tokens in log[first:last]."""
        tables = self._tables
        log = self._log
        names = tables.names
        made: dict[str, Any] = self._empty(node)
        listed = node * len(names)
        most = tables.limit
        full = False
        at = first
        while at < last:
            slot = log[at]
            found = self._text(view, slot, start + log[at + 1], start + log[at + 2])
            name = names[slot]
            if tables.listed[listed + slot]:
                many = made[name]
                if len(many) < most:
                    many.append(found)
                else:
                    full = True
                    self._overflow(many)
            elif found is not None and name is not None:
                made[name] = found
            at += 3
        if full:
            self._limit(made, node)
        return made

    def _text(self, view: bytes | bytearray, slot: int, first: int, last: int) -> object:
        """A token's value."""
        tables = self._tables
        if last - first > tables.field:
            return self._shortened(view, slot, first, last)
        text = octets.cut(view, first, last)
        conversion = tables.conversions[slot]
        return text if conversion == AS_IT_IS else convert(conversion, text, False)

    def _shortened(self, view: bytes | bytearray, slot: int, first: int, last: int) -> object:
        """What is kept of a token that is longer than a field may be."""
        tables = self._tables
        conversion = tables.conversions[slot]
        found: object = octets.cut(view, first, first + tables.field)
        length = last - first
        if conversion != AS_IT_IS:
            whole = convert(conversion, octets.cut(view, first, last), True)
            length = len(whole) if isinstance(whole, bytes) else 0
            found = convert(conversion, octets.cut(view, first, first + tables.field), True)
        self.cut += 1
        if found is not None:
            self._tell(found, length)
        return found

    def _tell(self, kept: object, whole: int) -> None:
        if not self.cuts:
            self.cuts = []
        self.cuts.append((kept, whole))  # type: ignore[attr-defined]  # a list now

    @property
    def expected(self) -> str:
        """After FAILED: what the grammar expected at `offset`, as part of a sentence."""
        return self._expected()

    def _expected(self) -> str:
        tables = self._tables
        if self._stuck and self._stuck != tables.scanners[self._stack[self._top]]:
            found = self._reachable()
        else:
            found = [tables.shown[column] for column in range(tables.columns - 1) if self._viable(column)]
            if self._viable(tables.columns - 1):
                found.append("the end of the message")
        found = list(dict.fromkeys(found))
        if len(found) < 2:
            return found[0] if found else "nothing"
        final = found.pop()
        return ", ".join(found) + " or " + final

    def _take(self, column: int, stop: int) -> int:
        """Reduce and shift the terminal of this column (the last: the end). MORE: go on behind it; MATCH: the message is whole; FAILED: it
        stands where it cannot."""
        tables = self._tables
        columns = tables.columns
        count = tables.rows
        stack = self._stack
        live = self._live
        top = self._top
        row = stack[top]
        while True:
            action = tables.actions[row * columns + column]
            if 0 < action <= count:
                row = action - 1
                top += 2
                if top == self._height:
                    self._deepen()
                    stack = self._stack
                stack[top] = row
                stack[top + 1] = live
                slot = tables.kept[row]
                if slot:
                    self._note(slot - 1, self._base, stop)
                    live += 1
                self._live = live
                self._top = top
                over = tables.ends[row]
                if over == GOES:
                    self._state = tables.scanners[row]
                    return ON
                self._base = stop
                if over != OVER and not self._is_over():
                    self._state = tables.scanners[row]
                    return ON
                column = columns - 1
                continue
            if action == 0:
                self._live = live
                self._top = top
                return self._fail(0, self._base)
            number = action - count - 1
            size = 2 * tables.sizes[number]
            low = live
            if size:
                top -= size
                low = stack[top + 3]
                drops = tables.drops[number]
                if drops is not None:
                    for at in drops:
                        self._note(DROP, stack[top + 3 + 2 * at], 0)
                        live -= 1
            node = tables.nodes[number]
            if node >= 0 and (live - low != 1 or not tables.singles[number]):
                self._note(STRUCT - node, live - low, 0)
                live = low + 1
            row = tables.gotos[stack[top] * tables.symbols + tables.origins[number]] - 1
            top += 2
            if top == self._height:
                self._deepen()
                stack = self._stack
            stack[top] = row
            stack[top + 1] = low
            if row == tables.end and column == columns - 1:
                self._live = live
                self.used = stop
                return DONE

    def _note(self, one: int, two: int, three: int) -> None:
        """An entry of the log."""
        size = self._size
        if size == self._room:
            self._lengthen()
        log = self._log
        log[size] = one
        log[size + 1] = two
        log[size + 2] = three
        self._size = size + 3

    def _lengthen(self) -> None:
        self._room += self._room // 6 * 3 + EARLY
        row = self._long = tape.longer(self._tables.blank, self._log, self._size, self._room)
        self._log = tape.first(row)

    def _deepen(self) -> None:
        height = self._height
        self._height = 2 * height
        row = self._deep = tape.longer(self._tables.blank, self._stack, height, 2 * height)
        self._stack = tape.first(row)

    def _empty(self, node: int) -> dict[str, object]:
        """A struct of this node without its fields; its lists are empty."""
        tables = self._tables
        made: dict[str, object] = {}
        kind = tables.kinds[node]
        if kind is not None:
            made["kind"] = kind
        names = tables.lists[node]
        if names is not None:
            for name in names:
                made[name] = []
        return made

    def _struct(self, node: int, slots: list[int], values: list[object], low: int) -> dict[str, object]:
        """The struct of the values from `low` on."""
        tables = self._tables
        names = tables.names
        listed = node * len(names)
        made: dict[str, Any] = self._empty(node)
        most = tables.limit
        full = False
        at = low
        size = len(values)
        while at < size:
            slot = slots[at]
            found = values[at]
            name = names[slot]
            if tables.listed[listed + slot]:
                many = made[name]
                if len(many) < most:
                    many.append(found)
                else:
                    full = True
                    self._overflow(many)
            elif found is not None and name is not None:
                made[name] = found
            at += 1
        if full:
            self._limit(made, node)
        return made

    def _overflow(self, many: list[object]) -> None:
        if self._beyond is None:
            self._beyond = {}
        self._beyond[id(many)] = self._beyond.get(id(many), 0) + 1

    def _limit(self, made: dict[str, object], node: int) -> None:
        """Tell of the lists of a struct that were too long."""
        beyond = self._beyond or {}
        for name in self._tables.lists[node] or ():
            many = made[name]
            if isinstance(many, list) and id(many) in beyond:
                self.cut += 1
                self._tell(many, len(many) + beyond.pop(id(many)))

    def _finish(self, whole: dict[str, object]) -> dict[str, object]:
        tables = self._tables
        if tables.recursive:
            self.cut += _shorten(whole)
        if tables.keep is not None:
            for name in list(whole):
                if name != "kind" and name not in tables.keep:
                    del whole[name]
        return whole

    def _fail(self, state: int, offset: int) -> int:
        self._stuck = state
        self.offset = offset
        self.used = self._place
        self.short = self._flushed
        return WRONG

    def _is_over(self) -> bool:
        """Whether on this very stack the end can follow and nothing else can: rows are merged, so a row alone may promise too much."""
        last = self._tables.columns - 1
        column = 0
        while column < last:
            if self._viable(column):
                return False
            column += 1
        return self._viable(last)

    def _viable(self, column: int) -> bool:
        """Whether this terminal (the last column: the end) would be taken on this very stack, which is left as it is."""
        tables = self._tables
        columns = tables.columns
        depth = self._top  # the stack up to here, then `above`, stand for the stack after the reductions tried
        above: list[int] = []
        row = self._stack[depth]
        while column != columns - 1 or row != tables.end:
            action = tables.actions[row * columns + column]
            if action <= tables.rows:
                return bool(action)
            number = action - tables.rows - 1
            size = tables.sizes[number]
            more = len(above)
            if size < more:
                del above[more - size :]
            else:
                del above[:]
                depth -= 2 * (size - more)
            row = above[len(above) - 1] if above else self._stack[depth]
            row = tables.gotos[row * tables.symbols + tables.origins[number]] - 1
            above.append(row)
        return True

    def _reachable(self) -> list[str]:
        """The terminals that the token under way could still have become."""
        tables = self._tables
        width = tables.width
        seen = {self._stuck}
        todo = [self._stuck]
        found = set()
        while todo:
            state = todo.pop()
            accept = tables.accepts[state]
            if accept and accept != SKIP:
                found.add(accept - 1)
            for kind in range(width):
                move = tables.moves[state + kind]
                if move and move not in seen:
                    seen.add(move)
                    todo.append(move)
        return [tables.shown[terminal] for terminal in sorted(found)]


class Texts(Maker):
    """Makes the parsers of text messages."""

    __slots__ = ()

    def make(self, program: Any, params: dict[str, object] | None) -> TextParser:
        return TextParser(program, params)


def _shorten(whole: dict[str, object]) -> int:
    """Cut what is nested deeper than NESTED structs; how many fields lost something."""
    lost = 0
    todo: list[tuple[dict[str, object], int]] = [(whole, 1)]
    while todo:
        struct, depth = todo.pop()
        for name, found in list(struct.items()):
            if isinstance(found, list):
                inner = [entry for entry in found if isinstance(entry, dict)]
                if inner and depth >= NESTED:
                    struct[name] = [entry for entry in found if not isinstance(entry, dict)]
                    lost += 1
                elif inner:
                    todo += [(entry, depth + 1) for entry in inner]
            elif isinstance(found, dict):
                if depth >= NESTED:
                    del struct[name]
                    lost += 1
                else:
                    todo.append((found, depth + 1))
    return lost
