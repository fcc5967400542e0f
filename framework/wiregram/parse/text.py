"""The executor of text programs: one message, byte by byte, over the program's tables. It knows tables, never Lark.

A message ends on its last byte: when a token has been shifted after which only the end can follow. When that is not certain from the row alone,
the row's terminals are tried on the real stack. On failure inside a token, `offset` is the first byte that no terminal could take; for a token
that stands where it cannot, its start. Both depend on the bytes alone, never on how they were cut.

What was read is kept as a log of numbers, three an entry: (slot, from, to) for a token, (STRUCT - node, values, 0) for a struct of the last
values, (DROP, place, 0) for a value that its rule does not give. Values are built from it when they are asked for: those of a flat message
straight into its struct, others over a stack.
"""

from __future__ import annotations

from typing import Any

from wiregram.hot import numbers, octets
from wiregram.model.parsing import FAILED, MATCH, MORE
from wiregram.parse.convert import convert
from wiregram.parse.tables import Tables
from wiregram.program.text import GOES_ON, IS_OVER, NESTED, SKIPPED, TEXT, TextProgram

STRUCT, DROP = -2, -1

ROOM = 12
"""Places on a new stack; it grows beyond where rules nest."""

SKIP, GOES, OVER, AS_IT_IS = SKIPPED, GOES_ON, IS_OVER, TEXT
ON, DONE, WRONG = MORE, MATCH, FAILED
"""The same numbers once more, for C."""


class TextParser:
    """One message of `program` under way (the interface is `model.parsing.Parser`). `cut` counts, after `value`, the fields and lists that
    were longer, or nested deeper, than the limits."""

    __slots__ = (
        "_base", "_depth", "_flushed", "_held", "_live", "_log", "_mark", "_marks", "_place", "_rewound", "_rows", "_state", "_stuck", "_tables",
        "cut", "flaw", "need", "offset", "short", "used",
    )  # fmt: skip

    def __init__(self, program: TextProgram, params: dict[str, object] | None = None) -> None:
        known = getattr(program, "tables", None)
        if known is None:
            known = program.__dict__["tables"] = Tables(program)
        self._tables: Tables = known
        self._rows = [0] * ROOM  # the stack is rows[:depth]; what lies above is free to be written over
        self._rows[0] = self._tables.start
        self._marks = [0] * ROOM  # how many values there were before each row
        self._depth = 1
        self._log = numbers.like(self._tables.blank)
        self._live = 0  # how many values there are
        self._state = self._tables.first
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

    @property
    def visits(self) -> int:
        """Bytes looked at so far, those that were looked at again included."""
        return self._place + self._rewound

    def __sizeof__(self) -> int:
        """Octets of what a suspended parser holds, its stack and its log with it."""
        return object.__sizeof__(self) + self._rows.__sizeof__() + self._marks.__sizeof__() + self._log.__sizeof__()

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
                state = tables.scanners[self._rows[self._depth - 1]]
            self._base = place - start

    def partial(self) -> dict[str, object] | None:
        """A text message has no part that stands by itself."""
        return None

    def value(self, data: bytes | bytearray, start: int) -> dict[str, object]:
        """After MATCH: the message as a struct, from the same bytes."""
        tables = self._tables
        entries = numbers.view(self._log)
        size = len(self._log)
        view = octets.view(data, start, start + self.used)
        self.cut = 0
        if tables.flat:
            return self._flat(view, start)
        slots: list[int] = []
        values: list[object] = []
        at = 0
        while at < size:
            slot = entries[at]
            first = entries[at + 1]
            if slot >= 0:
                slots.append(slot)
                values.append(self._text(view, slot, start + first, start + entries[at + 2]))
            elif slot == DROP:
                del slots[first]
                del values[first]
            else:
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
        whole = values[0]
        if isinstance(whole, dict):
            return self._finish(whole)
        found: dict[str, object] = {"kind": tables.message}
        name = tables.names[slots[0]]
        if name and whole is not None:
            found[name] = whole
        return self._finish(found)

    def _flat(self, view: bytes | bytearray, start: int) -> dict[str, object]:
        """The value of a message in which all values stand in the one struct, whose entry is the last."""
        tables = self._tables
        names = tables.names
        entries = numbers.view(self._log)
        last = len(self._log) - 3
        node = STRUCT - entries[last]
        made: dict[str, Any] = self._empty(node)
        listed = node * len(names)
        at = 0
        while at < last:
            slot = entries[at]
            found = self._text(view, slot, start + entries[at + 1], start + entries[at + 2])
            if tables.listed[listed + slot]:
                many = made[names[slot]]
                many.append(found)
            elif found is not None and names[slot]:
                made[names[slot]] = found
            at += 3
        if tables.lists[node] is not None:
            self._limit(made, node)
        return self._finish(made)

    def _text(self, view: bytes | bytearray, slot: int, first: int, last: int) -> object:
        """A token's value."""
        tables = self._tables
        shortened = last - first > tables.field
        if shortened:
            self.cut += 1
            last = first + tables.field
        text = octets.cut(view, first, last)
        conversion = tables.conversions[slot]
        return text if conversion == AS_IT_IS else convert(conversion, text, shortened)

    @property
    def expected(self) -> str:
        """After FAILED: what the grammar expected at `offset`, as part of a sentence."""
        return self._expected()

    def _expected(self) -> str:
        tables = self._tables
        if self._stuck and self._stuck != tables.scanners[self._rows[self._depth - 1]]:
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
        actions = tables.actions
        columns = tables.columns
        count = tables.rows
        rows = self._rows
        marks = self._marks
        live = self._live
        depth = self._depth
        row = rows[depth - 1]
        while True:
            action = actions[row * columns + column]
            if 0 < action <= count:
                row = action - 1
                if depth < len(rows):
                    rows[depth] = row
                    marks[depth] = live
                else:
                    rows.append(row)
                    marks.append(live)
                depth += 1
                slot = tables.kept[row]
                if slot:
                    numbers.push(self._log, slot - 1, self._base, stop)
                    live += 1
                self._live = live
                self._depth = depth
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
                self._depth = depth
                return self._fail(0, self._base)
            number = action - count - 1
            size = tables.sizes[number]
            low = live
            if size:
                low = marks[depth - size]
                drops = tables.drops[number]
                if drops is not None:
                    for at in drops:
                        numbers.push(self._log, DROP, marks[depth - size + at], 0)
                        live -= 1
                depth -= size
            node = tables.nodes[number]
            if node >= 0 and (live - low != 1 or not tables.singles[number]):
                numbers.push(self._log, STRUCT - node, live - low, 0)
                live = low + 1
            row = tables.gotos[rows[depth - 1] * tables.symbols + tables.origins[number]] - 1
            if depth < len(rows):
                rows[depth] = row
                marks[depth] = low
            else:
                rows.append(row)
                marks.append(low)
            depth += 1
            if row == tables.end and column == columns - 1:
                self._live = live
                self.used = stop
                return DONE

    def _empty(self, node: int) -> dict[str, object]:
        """A struct of this node without its fields; its lists are empty."""
        tables = self._tables
        made: dict[str, object] = {}
        if tables.kinds[node]:
            made["kind"] = tables.kinds[node]
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
        at = low
        size = len(values)
        while at < size:
            slot = slots[at]
            found = values[at]
            if tables.listed[listed + slot]:
                many = made[names[slot]]
                many.append(found)
            elif found is not None and names[slot]:
                made[names[slot]] = found
            at += 1
        if tables.lists[node] is not None:
            self._limit(made, node)
        return made

    def _limit(self, made: dict[str, object], node: int) -> int:
        """Cut the struct's lists to what the limits allow; how many were cut."""
        most = self._tables.limit
        lost = 0
        for name in self._tables.lists[node] or ():
            many = made[name]
            if isinstance(many, list) and len(many) > most:
                del many[most:]
                lost += 1
        self.cut += lost
        return lost

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
        rows = self._rows
        columns = tables.columns
        depth = self._depth  # rows[:depth], then `top`, stand for the stack after the reductions tried
        top: list[int] = []
        row = rows[depth - 1]
        while column != columns - 1 or row != tables.end:
            action = tables.actions[row * columns + column]
            if action <= tables.rows:
                return bool(action)
            number = action - tables.rows - 1
            size = tables.sizes[number]
            above = len(top)
            if size < above:
                del top[above - size :]
            else:
                del top[:]
                depth -= size - above
            row = top[len(top) - 1] if top else rows[depth - 1]
            row = tables.gotos[row * tables.symbols + tables.origins[number]] - 1
            top.append(row)
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
