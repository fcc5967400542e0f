"""The compiled form of one text message: byte tables and LALR tables, plain data that can be dumped, cached and compared.

The scanner. States are numbers; 0 is dead, then those that accept nothing (below `waiting`), those that accept but can go on (below `ending`),
those that accept and end. `moves[state * width + classes[byte]]` is the next state. A token ends when the state is dead or ending, at the last
place that accepted; `accepts[state]` is its terminal plus one, or SKIPPED for what the grammar ignores.

The parser. `actions[row * columns + terminal]` is 0 (unexpected), `1 + row` (shift) or `1 + rows + reduction`; the last column is the end of
the message. `gotos[row * symbols + rule]` is `1 + row`. `scanners[row]` is the scanner's first state in that row: only what the row can take is
looked for (contextual lexing). `ends[row]` says what to do when a shift has led there: 0 the message goes on, 1 it is over, 2 ask the stack.

The value. Tokens and structs pass over a stack of values, in which rules that are inlined leave no trace. `kept[row]` is the slot plus one of
the token whose shift led to the row, 0 if nobody reads it. A reduction with `node >= 0` makes a struct of the values since its first symbol.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence

import msgspec

SKIPPED = 0xFFFF

GOES_ON, IS_OVER, ASK = 0, 1, 2
"""Values of `ends`."""

NESTED = 64
"""Structs inside structs, the message being the first; what a recursive rule nests deeper is cut, for readers of records would fail."""

TEXT, INT, HEX, UINT, FLOAT, UPPER, LOWER, TRIM = range(8)
CONVERSIONS = ("text", "int", "hex", "uint", "float", "upper", "lower", "trim")


class Slot(msgspec.Struct, frozen=True):
    """What a token or a nested rule becomes in a struct: the field `name` ('' gives none), converted (an index into CONVERSIONS)."""

    name: str
    conversion: int = TEXT


class Node(msgspec.Struct, frozen=True):
    """A struct: its `kind` (empty if it is not shown) and the slots and names of those fields that are lists."""

    rule: str
    kind: bytes
    slot: int
    lists: tuple[tuple[int, str], ...] = ()


class Reduction(msgspec.Struct, frozen=True):
    """`size` symbols become rule `rule`. `node` -1: no struct of its own. `single`: no struct either if there is just one value.
    `drop`: places in the expansion whose value was kept for another rule's sake."""

    rule: int
    size: int
    node: int
    single: bool
    drop: tuple[int, ...]
    text: str


class TextProgram(msgspec.Struct, frozen=True, tag="text", dict=True):
    """One message. Tables of numbers are little-endian 16-bit; `whole()` says whether they can be run. `conflicts` tells, for readers, where the
    parser goes on although a rule could end: (terminal, rule)."""

    message: str
    terminals: tuple[str, ...]
    shown: tuple[str, ...]
    rules: tuple[str, ...]
    classes: bytes
    width: int
    waiting: int
    ending: int
    moves: bytes
    accepts: bytes
    rows: int
    start: int
    end: int
    actions: bytes
    gotos: bytes
    scanners: bytes
    ends: bytes
    kept: bytes
    reductions: tuple[Reduction, ...]
    nodes: tuple[Node, ...]
    slots: tuple[Slot, ...]
    keep: tuple[str, ...] | None
    recursive: bool
    look_back: int
    field: int
    list: int
    conflicts: tuple[tuple[str, str], ...] = ()

    def size(self) -> int:
        """Bytes of the tables that run."""
        tables = (self.classes, self.moves, self.accepts, self.actions, self.gotos, self.scanners, self.ends, self.kept)
        return sum(len(table) for table in tables) + 6 * len(self.reductions)

    def whole(self) -> bool:
        """Whether every number in the tables is one that the executor can follow."""
        width, rows, symbols = self.width, self.rows, len(self.rules)
        columns = len(self.terminals) + 1
        if any(len(table) % 2 for table in (self.moves, self.accepts, self.actions, self.gotos, self.scanners, self.kept)):
            return False
        moves, accepts, actions, gotos = numbers(self.moves), numbers(self.accepts), numbers(self.actions), numbers(self.gotos)
        scanners, kept = numbers(self.scanners), numbers(self.kept)
        states = len(accepts)
        return (
            len(self.classes) == 256
            and max(self.classes) < width
            and len(moves) == states * width
            and max(moves) < states
            and not any(moves[:width])
            and 0 < self.waiting <= self.ending <= states
            and all((0 < accept < columns or accept == SKIPPED) == (state >= self.waiting) for state, accept in enumerate(accepts))
            and len(actions) == rows * columns
            and max(actions) <= rows + len(self.reductions)
            and len(gotos) == rows * symbols
            and max(gotos, default=0) <= rows
            and len(scanners) == rows == len(self.ends) == len(kept)
            and max(scanners) < max(1, self.waiting)
            and max(kept) <= len(self.slots)
            and all(0 <= one.rule < symbols and -1 <= one.node < len(self.nodes) for one in self.reductions)
            and all(0 <= place < one.size for one in self.reductions for place in one.drop)
            and all(0 <= slot < len(self.slots) for node in self.nodes for slot in (node.slot, *(slot for slot, _ in node.lists)))
            and all(0 <= slot.conversion < len(CONVERSIONS) for slot in self.slots)
            and self.message in self.rules
            and 0 <= self.start < rows
            and 0 <= self.end < rows
            and self._deep_enough(actions, gotos)
        )

    def _deep_enough(self, actions: Sequence[int], gotos: Sequence[int]) -> bool:
        """Whether no reduction takes more from the stack than lies on it, on the shortest way to its row."""
        columns, symbols = len(self.terminals) + 1, len(self.rules)
        depth = {self.start: 0}
        todo = [self.start]
        for row in todo:
            does = actions[row * columns : (row + 1) * columns]
            if any(action > self.rows and self.reductions[action - self.rows - 1].size > depth[row] for action in does):
                return False
            for target in (*does, *gotos[row * symbols : (row + 1) * symbols]):
                if 0 < target <= self.rows and target - 1 not in depth:
                    depth[target - 1] = depth[row] + 1
                    todo.append(target - 1)
        return True

    def dump(self) -> str:
        """A readable listing: terminals, scanner states, parser rows, how values are built."""
        return "\n".join(_listing(self))


def pack(values: list[int]) -> bytes:
    """Numbers below 65536 as a table."""
    found = array("H", values)
    if sys.byteorder == "big":
        found.byteswap()
    return found.tobytes()


def numbers(table: bytes) -> array[int]:
    """A table as numbers."""
    found = array("H")
    found.frombytes(table)
    if sys.byteorder == "big":
        found.byteswap()
    return found


def _listing(program: TextProgram) -> list[str]:
    states = len(program.accepts) // 2
    lines = [
        f"message {program.message}: {len(program.terminals)} terminals, {program.width} byte classes, {states - 1} scanner states, "
        f"{program.rows} parser rows, {program.size()} bytes of tables, look-back {program.look_back}",
        "",
        "terminals",
    ]
    lines += [f"  {number:3} {name:16} {program.shown[number]}" for number, name in enumerate(program.terminals)]
    lines += ["", "byte classes"]
    lines += [f"  {number:3} {_members(program.classes, number)}" for number in range(program.width)]
    lines += ["", "scanner states"]
    lines += _scanner_lines(program, states)
    lines += ["", "reductions"]
    for number, reduction in enumerate(program.reductions):
        made = "" if reduction.node < 0 else f"   makes {_node(program, reduction.node)}"
        lines.append(f"  {number:3} {reduction.text}{made}{' unless it is one value' if reduction.single else ''}")
    lines += ["", "parser rows"]
    lines += _row_lines(program)
    lines += ["", "conflicts"]
    lines += [f"  before {terminal} the parser goes on, although `{rule}` could end" for terminal, rule in program.conflicts] or ["  none"]
    return lines


def _scanner_lines(program: TextProgram, states: int) -> list[str]:
    moves, accepts = numbers(program.moves), numbers(program.accepts)
    first: dict[int, list[int]] = {}
    for row, state in enumerate(numbers(program.scanners)):
        first.setdefault(state, []).append(row)
    lines = []
    for state in range(1, states):
        groups: dict[int, list[int]] = {}
        for kind in range(program.width):
            target = moves[state * program.width + kind]
            if target:
                groups.setdefault(target, []).append(kind)
        ways = ", ".join(f"{_classes(kinds)} to {target}" for target, kinds in groups.items())
        accept = accepts[state]
        name = "" if not accept else " accepts what is ignored" if accept == SKIPPED else f" accepts {program.terminals[accept - 1]}"
        begins = f" (begins in rows {', '.join(map(str, first[state]))})" if state in first else ""
        lines.append(f"  {state:3}{name}{begins}: {ways or 'ends'}")
    return lines


def _row_lines(program: TextProgram) -> list[str]:
    actions, gotos, kept = numbers(program.actions), numbers(program.gotos), numbers(program.kept)
    columns, symbols = len(program.terminals) + 1, len(program.rules)
    over = ("", ", the message is over", ", the message may be over")
    lines = []
    for row in range(program.rows):
        keeps = f", keeps {program.slots[kept[row] - 1].name or 'a value'}" if kept[row] else ""
        lines.append(f"  row {row}{keeps}{over[program.ends[row]]}")
        for column in range(columns):
            action = actions[row * columns + column]
            if action:
                name = program.terminals[column] if column < columns - 1 else "end"
                does = f"shift to {action - 1}" if action <= program.rows else f"reduce by {action - 1 - program.rows}"
                lines.append(f"      {name:16} {does}")
        for symbol in range(symbols):
            if gotos[row * symbols + symbol]:
                lines.append(f"      {program.rules[symbol]:16} go to {gotos[row * symbols + symbol] - 1}")
    return lines


def _node(program: TextProgram, number: int) -> str:
    node = program.nodes[number]
    lists = f", lists {', '.join(name for _, name in node.lists)}" if node.lists else ""
    return f"{node.rule}{f' of kind {node.kind.decode()}' if node.kind else ''}{lists}"


def _classes(kinds: list[int]) -> str:
    return "class " + " ".join(map(str, kinds))


def _members(classes: bytes, number: int) -> str:
    spans: list[str] = []
    byte = 0
    while byte < 256:
        if classes[byte] == number:
            last = byte
            while last < 255 and classes[last + 1] == number:
                last += 1
            spans.append(_byte(byte) if last == byte else f"{_byte(byte)}-{_byte(last)}")
            byte = last
        byte += 1
    return " ".join(spans)


def _byte(byte: int) -> str:
    return chr(byte) if 33 <= byte <= 126 and byte != 45 else f"\\x{byte:02x}"
