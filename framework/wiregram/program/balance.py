"""What is under way at each instruction of a binary program: code that would take what is not there does not load. It runs nothing.

Levels and frames are counted from the beginning of the code at hand: the message's, or that of a declaration that is called. Every way to an
instruction must bring the same ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

State = tuple[int, tuple[str, ...], int, int]
"""How many levels are under way, which frames, how many ways back, how many operands."""

_BEGINS = {
    "region": "region", "until_region": "region", "rest": "region", "stripped": "region", "array": "loop", "range": "loop", "repeat": "loop",
    "list": "list", "filter": "filter", "pad": "pad", "align": "pad", "pointer": "pointer", "raw": "raw", "union": "union", "layer": "layer",
    "stand_in": "layer",
}  # fmt: skip
_ENDS = {
    "region_end": "region", "loop_end": "loop", "list_end": "list", "filter_end": "filter", "pad_end": "pad", "align_end": "pad",
    "pointer_end": "pointer", "raw_end": "raw", "union_end": "union", "layer_end": "layer",
}  # fmt: skip
_NEEDS = {
    "array_next": "loop", "range_next": "loop", "repeat_keep": "loop", "repeat_test": "loop", "append": "list", "filter_next": "filter",
    "union_next": "union",
}  # fmt: skip
_LOSES_LEVEL = frozenset({"close", "close_pick", "list_end", "union_end"})
_NEVER_GOES_ON = frozenset({"jump", "switch", "commit", "halt", "back", "fail"})


def check(code: Sequence[int], names: Sequence[str], targets: Sequence[Iterable[int]]) -> None:
    """Raises ValueError. `names` are those of the operations by number, `targets` those of each switch; every operand is in its range."""
    found: dict[int, State] = {}
    waiting: list[tuple[int, State]] = [(0, (0, (), 0, 0))]
    begun = {0}
    while waiting:
        at, state = waiting.pop()
        if at in found:
            if found[at] != state:
                raise ValueError(f"instruction {at} is led to in two ways, with different things under way")
            continue
        found[at] = state
        name = names[code[at * 4]]
        a, b, c = code[at * 4 + 1 : at * 4 + 4]
        if name == "call" and a not in begun:
            begun.add(a)
            waiting.append((a, (0, (), 0, 0)))
        after = _after(at, name, b, state)
        if name not in _NEVER_GOES_ON:
            waiting.append((at + 1, after))
        if name in ("jump", "unless", "array", "array_next", "filter", "filter_next", "range_next", "repeat_test", "commit", "region"):
            waiting.append((a, after))
        elif name == "try":
            waiting.append((a, state))
        elif name == "range":
            waiting.append((a, (after[0], after[1], state[2], after[3])))
        elif name == "stop":
            waiting.append((a, _stopped(at, b, c, state)))
        elif name == "switch":
            waiting += [(target, after) for target in targets[a]]
        if name in ("halt", "back") and any(after[:3]):
            raise ValueError(f"instruction {at} ({name}) leaves something under way")


def _after(at: int, name: str, b: int, state: State) -> State:
    levels, frames, ways, pushed = state
    needed = _ENDS.get(name) or _NEEDS.get(name)
    if needed is not None:
        if not frames or frames[-1] != needed:
            raise ValueError(f"instruction {at} ({name}) finds no {needed} under way")
        if name in _ENDS:
            frames = frames[:-1]
    if name in _BEGINS:
        frames = (*frames, _BEGINS[name])
    if name == "open":
        levels += 1
    elif name in _LOSES_LEVEL:
        levels -= 1
    if name in ("try", "range"):
        ways += 1
    elif name in ("commit", "peek_end"):
        ways -= 1
    pushed += (name == "push") - (name == "binary")
    if levels < 0 or ways < 0 or pushed < 0:
        raise ValueError(f"instruction {at} ({name}) takes what is not there")
    return levels, frames, ways, 0 if name == "stand_in" else pushed


def _stopped(at: int, lost: int, levels: int, state: State) -> State:
    held, frames, ways, pushed = state
    if lost > len(frames) or levels > held:
        raise ValueError(f"instruction {at} (stop) takes what is not there")
    return held - levels, frames[: len(frames) - lost], ways, pushed
