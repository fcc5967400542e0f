"""Where no byte is taken: whether a declaration leads back to itself before it has taken one, so that it never ends, and whether a whole message can
take none. It walks code under way, and knows no Construct."""

from __future__ import annotations

from collections.abc import Iterator

from wiregram.frontends.binary.assembly import Assembly, Instruction, Label
from wiregram.program.binary import LEAVE, OPTIONAL

_TAKES = frozenset({"u8", "u16", "u32", "run", "flag", "float", "varint", "match", "integer_counted"})
_TAKES_IF_ANY = frozenset({"bytes", "skip", "integer", "word"})
_SIZED = frozenset({"region", "pad", "array", "integers", "bits_counted", "bits_skip"})
_OVER = {"pointer": "pointer_end", "union": "union_next", "layer": "layer_end", "stand_in": "layer_end"}
"""What goes back to where it began, and where that is over: the bytes between are read in vain."""
_LEAVES = frozenset({"jump", "switch", "commit", "halt", "back", "fail"})

Place = tuple[int, int]


def round_call(code: Assembly) -> Instruction | None:
    """A call that may come round without a byte between; None: there is none."""
    blocks = range(len(code.blocks))
    walks = _walks(code, False)
    calls = {block: {target for target, _ in walks[block].calls} for block in blocks}
    for block in blocks:
        for target, call in walks[block].calls:
            if block in _reached(calls, target):
                return call
    return None


def can_be_empty(code: Assembly) -> bool:
    """Whether some way through the whole code takes no byte."""
    return _walks(code, True)[0].through


def _walks(code: Assembly, ahead: bool) -> dict[int, _Walk]:
    """The walk through each block, once it is known through which of them one can go without taking a byte."""
    empty: set[int] = set()
    while True:
        walks = {block: _Walk(code, block, empty, ahead) for block in range(len(code.blocks))}
        grown = {block for block, walk in walks.items() if walk.through}
        if grown == empty:
            return walks
        empty = grown


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
    """All ways through a block on which no byte is taken: `calls` on them, and whether one goes `through`. `empty`: blocks that one goes through.
    `ahead`: what takes its bytes in the end, as a region of a constant size does, is not gone into."""

    def __init__(self, code: Assembly, block: int, empty: set[int], ahead: bool) -> None:
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
            if name in ("back", "halt"):
                self.through = True
            elif name == "call":
                target = _block(one.a)
                self.calls.append((target, one))
                if target not in empty:
                    continue
            elif name in _TAKES or (name in _TAKES_IF_ANY and one.a != 0) or _takes_term(one):
                continue
            if ahead and name in _SIZED and at and _above_zero(code, held[at - 1]):
                continue
            if name in _OVER:
                waiting += _over(held, at)
            waiting += [place[1] for place in _ways(code, one) if place[0] == block]
            if name not in _LEAVES:
                waiting.append(at + 1)


def _above_zero(code: Assembly, one: Instruction) -> bool:
    """Whether an instruction brings a number above zero to hand."""
    value = code.constants[one.a] if one.operation == "constant" and isinstance(one.a, int) else 0
    return isinstance(value, int) and value > 0


def _takes_term(one: Instruction) -> bool:
    return one.operation in ("until", "until_region") and isinstance(one.b, int) and not one.b & (LEAVE | OPTIONAL)


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
