"""Which octets a text message can begin with: its rules and terminals followed octet by octet. It compiles nothing.

Every text of the message begins so; not everything that begins so is a text, for the scanner is greedier than the rules alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wiregram.frontends.text.model import TextModel

ANY = (1 << 256) - 1
LONGEST = 32
"""Octets that are looked at."""
MOST = 48
"""Ways to begin that are told apart."""
FEW = 16
"""Ways on from a place that are told apart; more become one."""
HEIGHT = 10
"""Parts still to come that are remembered; of what comes after them nothing is known."""
STATES = 400
"""Readings that are followed at once."""

Masks = tuple[int, ...]
Stack = tuple[Any, ...]
_UNKNOWN = ("unknown",)


def openings(model: TextModel) -> tuple[Masks, ...]:
    """The ways to begin: a set of octets (bit n is octet n) a place. Where one ends, anything may follow."""
    if model.ignore:
        return ((),)
    return tuple(_Walk(model).ways())


class _Walk:
    """A reading is a stack of parts still to come: ("rule", name), a terminal's tree, or _UNKNOWN. An empty stack is a whole message."""

    def __init__(self, model: TextModel) -> None:
        self._rules = {
            name: [tuple(model.terminals[symbol.name] if symbol.terminal else ("rule", symbol.name) for symbol in each) for each in alternatives]
            for name, alternatives in model.rules.items()
        }
        self._known: dict[Stack, tuple[tuple[int, Stack], ...] | None] = {}
        self._start: frozenset[Stack] = frozenset([(("rule", model.start),)])

    def ways(self) -> list[Masks]:
        found: list[Masks] = []
        waiting: list[tuple[Masks, frozenset[Stack]]] = [((), self._start)]
        while waiting:
            masks, readings = waiting.pop()
            steps = self._steps(readings)
            if steps is None or len(masks) >= LONGEST:
                found.append(masks)
                continue
            allowed = 0
            for mask, _ in steps:
                allowed |= mask
            parts = self._parts(allowed, steps) if len(found) + len(waiting) < MOST else [allowed]
            for part in reversed(parts):
                waiting.append(((*masks, part), frozenset(stack for mask, stack in steps if mask & part)))
        return found

    def _parts(self, allowed: int, steps: list[tuple[int, Stack]]) -> list[int]:
        """The octets told apart where each, or both cases of a letter, leads somewhere else; else all together."""
        groups: dict[frozenset[Stack], int] = {}
        for octet in range(256):
            if allowed >> octet & 1:
                after = frozenset(stack for mask, stack in steps if mask >> octet & 1)
                groups[after] = groups.get(after, 0) | 1 << octet
        return list(groups.values()) if len(groups) <= FEW and all(_one(mask) for mask in groups.values()) else [allowed]

    def _steps(self, readings: frozenset[Stack]) -> list[tuple[int, Stack]] | None:
        """(octets, what is left behind one of them); None where a message may be over, or too much is possible."""
        found: list[tuple[int, Stack]] = []
        for stack in readings:
            steps = self._expanded(stack)
            if steps is None or len(found) + len(steps) > STATES:
                return None
            found += steps
        return found

    def _expanded(self, stack: Stack) -> tuple[tuple[int, Stack], ...] | None:
        if stack in self._known:
            return self._known[stack]
        found: dict[tuple[int, Stack], None] | None = {}
        waiting, seen = [stack], {stack}
        while waiting:
            at = waiting.pop()
            if not at or at[0] is _UNKNOWN or len(seen) > STATES:
                found = None
                break
            head, rest = at[0], at[1:]
            if head[0] == "set":
                assert found is not None
                found[int(head[1]), rest] = None
                continue
            for each in self._ways_on(head):
                after = (*each, *rest)
                if len(after) > HEIGHT:
                    after = (*after[:HEIGHT], _UNKNOWN)
                if after not in seen:
                    seen.add(after)
                    waiting.append(after)
        steps = None if found is None else tuple(found)
        self._known[stack] = steps
        return steps

    def _ways_on(self, head: Any) -> list[Stack]:
        kind = head[0]
        if kind == "rule":
            return self._rules[head[1]]
        if kind == "seq":
            return [tuple(head[1])]
        if kind == "alt":
            return [(item,) for item in head[1]]
        low, high, item = head[1:]
        if low > 0:
            return [(item, ("repeat", low - 1, None if high is None else high - 1, item))]
        if high == 0:
            return [()]
        return [(), (item, ("repeat", 0, None if high is None else high - 1, item))]


def _one(mask: int) -> bool:
    """One octet, or both cases of a letter."""
    high = mask.bit_length() - 1
    return mask.bit_count() == 1 or (mask.bit_count() == 2 and 97 <= high <= 122 and bool(mask >> (high - 32) & 1))
