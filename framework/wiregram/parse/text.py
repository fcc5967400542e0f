"""The executor of text programs: one message, byte by byte, over the program's tables. It knows tables, never Lark.

A message ends on its last byte: when a token has been shifted after which only the end can follow. When that is not certain from the row alone,
the row's terminals are tried on the real stack. On failure inside a token, `offset` is the first byte that no terminal could take; for a token
that stands where it cannot, its start. Both depend on the bytes alone, never on how they were cut.
"""

from __future__ import annotations

from wiregram.model.parsing import FAILED, MATCH, MORE
from wiregram.parse.convert import convert
from wiregram.program.text import GOES_ON, IS_OVER, NESTED, SKIPPED, TEXT, TextProgram

DROP = -0x8000
"""In the log: forget the value at this place. Other negative numbers are structs, `-1 - node`; the rest are slots of tokens."""


class TextParser:
    """One message of `program` under way (the interface is `model.parsing.Parser`). `cut` counts, after `value`, the fields and lists that
    were longer than the limits."""

    __slots__ = (
        "_base", "_flushed", "_held", "_live", "_log", "_mark", "_marks", "_place", "_program", "_rewound", "_rows", "_state", "_stuck",
        "_tables", "cut", "flaw", "need", "offset", "short", "used",
    )  # fmt: skip

    def __init__(self, program: TextProgram) -> None:
        tables = program.loaded()
        self._program = program
        self._tables = tables
        self._rows = [program.start]
        self._marks = [0]
        self._log: list[int] = []  # (slot, from, to) for a token, (-1 - node, values, 0) for a struct, (DROP, place, 0)
        self._live = 0
        self._state = tables.scanners[program.start]
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

    def run(self, data: bytes | bytearray, start: int, end: int, final: bool) -> int:
        tables = self._tables
        moves = tables.moves
        classes = tables.classes
        waiting = tables.waiting
        ending = tables.ending
        state = self._state
        held = self._held
        mark = self._mark + start
        place = self._place + start
        while True:
            stop = -1
            while place < end:
                move = moves[state + classes[data[place]]]
                place += 1
                if move == state:
                    continue
                if move >= waiting:
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
                    return MORE
                self._place = place - start
                self._flushed = True
                if place - start == self._base:
                    return self._close()
                if state >= waiting:
                    held = state
                    stop = place
                elif held:
                    stop = mark
                else:
                    return self._fail(state, place - start)
            self._rewound += place - stop
            place = stop
            accepted = tables.accepts[held // tables.width]
            if accepted != SKIPPED:
                self._place = place - start
                answer = self._token(accepted - 1, place - start)
                if answer != MORE:
                    return answer
            self._base = place - start
            held = 0
            state = tables.scanners[self._rows[-1]]

    def value(self, data: bytes | bytearray, start: int) -> dict[str, object]:
        """After MATCH: the message as a struct, from the same bytes."""
        program = self._program
        slots = program.slots
        nodes = program.nodes
        log = self._log
        most = program.field
        kinds: list[int] = []
        values: list[object] = []
        self.cut = 0
        at = 0
        while at < len(log):
            slot = log[at]
            first = log[at + 1]
            if slot >= 0:
                size = log[at + 2] - first
                first += start
                shortened = size > most
                if shortened:
                    self.cut += 1
                    size = most
                text = bytes(data[first : first + size])
                conversion = slots[slot].conversion
                kinds.append(slot)
                values.append(text if conversion == TEXT else convert(conversion, text, shortened))
            elif slot == DROP:
                del kinds[first]
                del values[first]
            else:
                node = nodes[-1 - slot]
                low = len(values) - first
                made = self._struct(-1 - slot, kinds, values, low)
                del kinds[low:]
                del values[low:]
                kinds.append(node.slot)
                values.append(made)
            at += 3
        whole = values[0]
        if not isinstance(whole, dict):
            whole = {"kind": program.message.encode(), slots[kinds[0]].name: whole}
        if program.recursive:
            self.cut += _shorten(whole)
        if program.keep is not None:
            whole = {name: whole[name] for name in whole if name == "kind" or name in program.keep}
        return whole

    @property
    def expected(self) -> str:
        """After FAILED: what the grammar expected at `offset`, as part of a sentence."""
        program = self._program
        if self._stuck and self._stuck != self._tables.scanners[self._rows[-1]]:
            names = self._reachable()
        else:
            columns = len(program.terminals) + 1
            names = [program.shown[column] for column in range(columns - 1) if self._viable(column)]
            if self._viable(columns - 1):
                names.append("the end of the message")
        names = list(dict.fromkeys(names))
        return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " or " + names[-1] if names else "nothing"

    def _struct(self, number: int, kinds: list[int], values: list[object], low: int) -> dict[str, object]:
        program = self._program
        slots = program.slots
        node = program.nodes[number]
        most = program.list
        made: dict[str, object] = {}
        if node.kind:
            made["kind"] = node.kind
        lists: dict[int, list[object]] = {}
        for slot, name in node.lists:
            made[name] = lists[slot] = []
        over = 0
        for at in range(low, len(values)):
            slot = kinds[at]
            if slot in lists:
                entries = lists[slot]
                if len(entries) < most:
                    entries.append(values[at])
                elif len(entries) == most and not over >> slot & 1:
                    over |= 1 << slot
                    self.cut += 1
            elif slots[slot].name and values[at] is not None:
                made[slots[slot].name] = values[at]
        return made

    def _token(self, terminal: int, stop: int) -> int:
        """Reduce and shift. MORE: go on behind it; MATCH: it was the last; FAILED: it stands where it cannot."""
        tables = self._tables
        program = self._program
        count = program.rows
        columns = len(program.terminals) + 1
        rows = self._rows
        while True:
            action = tables.actions[rows[-1] * columns + terminal]
            if action == 0:
                return self._fail(0, self._base)
            if action <= count:
                break
            self._reduce(action - count - 1)
        row = action - 1
        rows.append(row)
        self._marks.append(self._live)
        slot = tables.kept[row]
        if slot:
            self._log += (slot - 1, self._base, stop)
            self._live += 1
        over = tables.ends[row]
        if over == GOES_ON or (over != IS_OVER and not self._is_over()):
            return MORE
        self.used = stop
        self._base = stop
        return self._close()

    def _reduce(self, number: int) -> None:
        tables = self._tables
        rows = self._rows
        marks = self._marks
        size = tables.sizes[number]
        if size:
            low = marks[-size]
            if tables.drops[number]:
                for at in reversed(self._program.reductions[number].drop):
                    self._log += (DROP, marks[at - size], 0)
                    self._live -= 1
            del rows[-size:]
            del marks[-size:]
        else:
            low = self._live
        node = tables.nodes[number]
        if node >= 0:
            values = self._live - low
            if values != 1 or not tables.singles[number]:
                self._log += (-1 - node, values, 0)
                self._live = low + 1
        target = tables.gotos[rows[-1] * len(self._program.rules) + tables.origins[number]]
        rows.append(target - 1)
        marks.append(low)

    def _close(self) -> int:
        """Take the end of the message."""
        program = self._program
        count = program.rows
        columns = len(program.terminals) + 1
        rows = self._rows
        while rows[-1] != program.end:
            action = self._tables.actions[rows[-1] * columns + columns - 1]
            if action <= count:
                return self._fail(0, self._base)
            self._reduce(action - count - 1)
        self.used = self._base
        return MATCH

    def _fail(self, state: int, offset: int) -> int:
        self._stuck = state
        self.offset = offset
        self.used = self._place
        self.short = self._flushed
        return FAILED

    def _is_over(self) -> bool:
        """Whether on this very stack the end can follow and nothing else can: rows are merged, so a row alone may promise too much."""
        last = len(self._program.terminals)
        return not any(self._viable(column) for column in range(last)) and self._viable(last)

    def _viable(self, column: int) -> bool:
        """Whether this terminal (the last column: the end) would be taken on this very stack, which is left as it is."""
        tables = self._tables
        program = self._program
        columns = len(program.terminals) + 1
        rows = self._rows
        depth = len(rows)  # rows[:depth], then `top`, stand for the stack after the reductions tried
        top: list[int] = []
        while True:
            row = top[-1] if top else rows[depth - 1]
            if column == columns - 1 and row == program.end:
                return True
            action = tables.actions[row * columns + column]
            if action <= program.rows:
                return action != 0
            number = action - program.rows - 1
            size = tables.sizes[number]
            above = min(size, len(top))
            if above:
                del top[-above:]
            depth -= size - above
            row = top[-1] if top else rows[depth - 1]
            top.append(tables.gotos[row * len(program.rules) + tables.origins[number]] - 1)

    def _reachable(self) -> list[str]:
        """The terminals that the token under way could still have become."""
        tables = self._tables
        width = tables.width
        seen = {self._stuck}
        todo = [self._stuck]
        found = set()
        while todo:
            state = todo.pop()
            accept = tables.accepts[state // width]
            if accept and accept != SKIPPED:
                found.add(accept - 1)
            for kind in range(width):
                move = tables.moves[state + kind]
                if move and move not in seen:
                    seen.add(move)
                    todo.append(move)
        return [self._program.shown[terminal] for terminal in sorted(found)]


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
