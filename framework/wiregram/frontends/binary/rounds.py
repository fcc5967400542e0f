"""Whether a declaration leads back to itself before it has taken a byte: then it never ends. It walks code under way, and knows no Construct."""

from __future__ import annotations

from collections.abc import Iterator

from wiregram.frontends.binary.assembly import Assembly, Instruction, Label
from wiregram.program.binary import LEAVE, OPTIONAL

_TAKES = frozenset({"u8", "u16", "u32", "run", "flag", "float", "varint", "match"})
_TAKES_IF_ANY = frozenset({"bytes", "skip", "integer", "word"})
_OVER = {"pointer": "pointer_end", "union": "union_next", "layer": "layer_end", "stand_in": "layer_end"}
"""What goes back to where it began, and where that is over: the bytes between are read in vain."""
_LEAVES = frozenset({"jump", "switch", "commit", "halt", "back", "fail"})

Place = tuple[int, int]


def round_call(code: Assembly) -> Instruction | None:
    """A call that may come round without a byte between; None: there is none."""
    blocks = range(len(code.blocks))
    empty: set[int] = set()
    while True:
        walks = {block: _Walk(code, block, empty) for block in blocks}
        grown = {block for block in blocks if walks[block].through}
        if grown == empty:
            break
        empty = grown
    calls = {block: {target for target, _ in walks[block].calls} for block in blocks}
    for block in blocks:
        for target, call in walks[block].calls:
            if block in _reached(calls, target):
                return call
    return None


def _reached(calls: dict[int, set[int]], first: int) -> set[int]:
    found: set[int] = set()
    waiting = [first]
    while waiting:
        block = waiting.pop()
        if block not in found:
            found.add(block)
            waiting += calls[block]
    return found


class _Walk:
    """All ways through a block on which no byte is taken: `calls` on them, and whether one goes `through`. `empty`: blocks that one goes through."""

    def __init__(self, code: Assembly, block: int, empty: set[int]) -> None:
        self.through = False
        self.calls: list[tuple[int, Instruction]] = []
        held = code.blocks[block]
        seen: set[int] = set()
        waiting = [0]
        while waiting:
            at = waiting.pop()
            if at in seen or at >= len(held):
                continue
            seen.add(at)
            one = held[at]
            name = one.operation
            if name == "back":
                self.through = True
            elif name == "call":
                target = _block(one.a)
                self.calls.append((target, one))
                if target not in empty:
                    continue
            elif name in _TAKES or (name in _TAKES_IF_ANY and one.a != 0) or _takes_term(one):
                continue
            if name in _OVER:
                waiting += _over(held, at)
            waiting += [place[1] for place in _ways(code, one) if place[0] == block]
            if name not in _LEAVES:
                waiting.append(at + 1)


def _takes_term(one: Instruction) -> bool:
    return one.operation == "until" and isinstance(one.b, int) and not one.b & (LEAVE | OPTIONAL)


def _block(label: int | Label) -> int:
    assert isinstance(label, Label)
    assert label.place is not None
    return label.place[0]


def _ways(code: Assembly, one: Instruction) -> Iterator[Place]:
    """Where an instruction may lead beside the next one."""
    if one.operation == "switch" and isinstance(one.a, int):
        cases, default = code.switches[one.a]
        labels = [*(label for _, label in cases), default]
    else:
        labels = [operand for operand in (one.a, one.b) if isinstance(operand, Label)]
    for label in labels:
        if label.place is not None:
            yield label.place


def _over(held: list[Instruction], first: int) -> list[int]:
    """Where what begins at `first` is over."""
    begins, ends = held[first].operation, _OVER[held[first].operation]
    depth = 0
    found = []
    for at in range(first, len(held)):
        name = held[at].operation
        if name == begins or (ends == "layer_end" and name in ("layer", "stand_in")):
            depth += 1
        elif name == ends and depth == 1:
            found.append(at + 1)
            if ends != "union_next":
                break
        elif name == ("union_end" if ends == "union_next" else ends):
            depth -= 1
            if not depth:
                break
    return found
