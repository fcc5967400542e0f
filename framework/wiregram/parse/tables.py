"""The tables of a text program as the executor runs them, made and checked once a program. They know programs, never Lark."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable
from typing import Any

from wiregram.model.errors import GrammarError
from wiregram.program.text import TextProgram, numbers

PLAIN = not __file__.endswith((".so", ".pyd"))
"""Whether this runs as plain Python, where a regular expression runs along a token faster than a loop does."""


class Tables:
    """Scanner states are multiplied by the width, so that a step is one addition and two look-ups; `accepts` is by such states, 0 between
    them. `first` is the state before the first byte. `leaps` (plain Python alone) match along the bytes that leave a state as it is.
    `names`, `conversions` by slot; `kinds`, `lists` (names), `node_slots` by node; `listed[node * slots + slot]` says whether the slot is
    one of the node's lists; `drops` (last first) by reduction."""

    __slots__ = (
        "accepts", "actions", "blank", "classes", "columns", "conversions", "drops", "end", "ending", "ends", "field", "first", "gotos",
        "keep", "kept", "kinds", "leaps", "limit", "listed", "lists", "message", "moves", "names", "node_slots", "nodes", "origins", "recursive",
        "rows", "scanners", "shown", "singles", "sizes", "start", "symbols", "waiting", "width",
    )  # fmt: skip

    def __init__(self, program: TextProgram) -> None:
        if not program.whole():
            raise GrammarError(f"the tables of message '{program.message}' are damaged; compile it again")
        width = program.width
        reductions = program.reductions
        self.width = width
        self.columns = len(program.terminals) + 1
        self.symbols = len(program.rules)
        self.rows = program.rows
        self.start = program.start
        self.end = program.end
        self.field = program.field
        self.limit = program.list
        self.waiting = program.waiting * width
        self.ending = program.ending * width
        self.recursive = program.recursive
        self.classes = _table(program.classes)
        self.ends = _table(program.ends)
        self.moves = _table([state * width for state in numbers(program.moves)])
        self.accepts = _table([accept if kind == 0 else 0 for accept in numbers(program.accepts) for kind in range(width)])
        self.actions = _table(numbers(program.actions))
        self.gotos = _table(numbers(program.gotos))
        self.scanners = _table([state * width for state in numbers(program.scanners)])
        self.kept = _table(numbers(program.kept))
        self.sizes = _table([reduction.size for reduction in reductions])
        self.origins = _table([reduction.rule for reduction in reductions])
        self.nodes = _table([reduction.node for reduction in reductions])
        self.singles = _table([reduction.single for reduction in reductions])
        self.drops = [tuple(reversed(reduction.drop)) or None for reduction in reductions]
        self.names: list[Any] = [slot.name or None for slot in program.slots]
        self.conversions = _table([slot.conversion for slot in program.slots])
        self.kinds = [node.kind or None for node in program.nodes]
        self.lists = [tuple(dict.fromkeys(name for _, name in node.lists)) or None for node in program.nodes]
        self.listed = _table(slot in dict(node.lists) for node in program.nodes for slot in range(len(program.slots)))
        self.node_slots = [node.slot for node in program.nodes]
        self.keep = None if program.keep is None else frozenset(program.keep)
        self.message = program.message.encode()
        self.shown = program.shown
        self.leaps = _leaps(program) if PLAIN else None
        self.first = self.scanners[program.start]
        self.blank = array("i")


def _table(values: Iterable[int]) -> Any:
    """Numbers as the form at hand reads them fastest: a tuple in plain Python, an array compiled."""
    return tuple(values) if PLAIN else array("i", list(values))


def _leaps(program: TextProgram) -> dict[int, Any]:
    found: dict[int, Any] = {}
    width = program.width
    moves = numbers(program.moves)
    for state in range(1, len(moves) // width):
        stays = {kind for kind in range(width) if moves[state * width + kind] == state}
        if stays:
            members = "".join(f"\\x{byte:02x}" for byte in range(256) if program.classes[byte] in stays)
            found[state * width] = re.compile(f"[{members}]*".encode()).match
    return found
