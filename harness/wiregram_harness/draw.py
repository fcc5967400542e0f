"""Where a generator's choices come from: one small interface, two engines.

`Shrinking` draws through Hypothesis, which remembers, shrinks and replays; `Explorer` draws from a plain random generator and records the same
typed choices; `Replay` gives recorded choices back. A generator knows only `Draw`, so that what one engine finds the other can make again.
Every draw shrinks to its simplest answer: the low end, the first item, no bytes, "stop".
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Protocol, TypeVar

from hypothesis import strategies as st

Item = TypeVar("Item")
Choice = int | bytes
_CHOICES = 65_536
_SEEDS = 40
"""Bits of a seed beside its goal."""

BLOCKS = (32, 32, 96, 320)
"""Octets of a block: few choices mostly."""


def towards(seed: int, goal: int) -> int:
    """The seed that draws like this one, and comes to a goal (0: to nothing certain); a seed that has a goal keeps it."""
    return seed if seed >> _SEEDS else seed + (goal << _SEEDS)


class Draw(Protocol):
    """The choices that a generator may ask for."""

    def integer(self, low: int, high: int) -> int:
        """An integer of [low, high]."""
        ...

    def bytes(self, low: int, high: int) -> bytes:
        """From `low` to `high` octets."""
        ...

    def boolean(self) -> bool: ...

    def chance(self, part: int, of: int) -> bool:
        """True `part` times of `of`."""
        ...

    def more(self, mean: int = 1) -> bool:
        """Go on? Asked before each further element, so that a list loses elements as it shrinks; about `mean` times yes."""
        ...

    def choice(self, items: Sequence[Item]) -> Item:
        """One of `items`, which are ordered from the simplest on."""
        ...

    def goal(self, count: int) -> int:
        """What to come to, from 1 to `count`; mostly 0: nothing certain."""
        ...

    def part(self, build: Callable[[Draw], Item]) -> Item:
        """What `build` draws, as a part that shrinking may take out as a whole."""
        ...

    def block(self, build: Callable[[Draw], Item]) -> Item:
        """What `build` draws, where it draws much: Hypothesis draws a block of octets once, and the choices are made from them."""
        ...


class _Derived:
    """The choices that follow from `integer`."""

    def integer(self, low: int, high: int) -> int:
        raise AssertionError("an engine says what an integer is")

    def boolean(self) -> bool:
        return self.integer(0, 1) == 1

    def chance(self, part: int, of: int) -> bool:
        return self.integer(0, of - 1) >= of - part

    def more(self, mean: int = 1) -> bool:
        return self.integer(0, mean) > 0

    def choice(self, items: Sequence[Item]) -> Item:
        return items[self.integer(0, len(items) - 1)]

    def goal(self, count: int) -> int:
        return self.integer(1, count) if self.chance(1, 4) and count else 0


@lru_cache(maxsize=4096)
def _integers(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low, high)


@lru_cache(maxsize=1024)
def _binary(low: int, high: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=low, max_size=high)


class Shrinking(_Derived):
    """Choices of Hypothesis; `draw` is the function that `st.composite` hands in."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self._draw = draw

    def integer(self, low: int, high: int) -> int:
        if low == high:
            return low
        return int(self._draw(_integers(low, high)))

    def bytes(self, low: int, high: int) -> bytes:
        return bytes(self._draw(_binary(low, high))) if high else b""

    def part(self, build: Callable[[Draw], Item]) -> Item:
        found: Item = self._draw(strategy(build))
        return found

    def block(self, build: Callable[[Draw], Item]) -> Item:
        size = self.choice(BLOCKS)
        return build(Block(self._draw(_binary(size, size))))


class Block(_Derived):
    """Choices made from a block of octets; behind its end every choice is the simplest, and zeros give that too."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._at = 0

    def integer(self, low: int, high: int) -> int:
        if low == high:
            return low
        span = high - low + 1
        at = self._at
        width = (span - 1).bit_length() + 7 >> 3
        self._at = at + width
        drawn = int.from_bytes(self._octets[at : at + width], "big")
        if span == 1 << 8 * width:
            return low + drawn
        return low + (drawn * span >> 8 * width)

    def bytes(self, low: int, high: int) -> bytes:
        size = self.integer(low, high)
        at = self._at
        self._at = at + size
        return self._octets[at : at + size].ljust(size, b"\0")

    def part(self, build: Callable[[Draw], Item]) -> Item:
        return build(self)

    block = part


class Explorer(_Derived):
    """Choices of a seeded random generator, kept in `choices` (at most the first 65,536). The seed says what to come to as well: see `towards`."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._goal = seed >> _SEEDS
        self._bits = self._random.getrandbits
        self.choices: list[Choice] = []

    def back(self, kept: int) -> None:
        """Go on with other choices behind the first `kept`."""
        del self.choices[kept:]

    def integer(self, low: int, high: int) -> int:
        value = low
        if high > low:
            span = high - low + 1
            width = span.bit_length() + 24
            value = low + (self._bits(width) * span >> width)  # even to one in 2**24
        choices = self.choices
        if len(choices) < _CHOICES:
            choices.append(value)
        return value

    def goal(self, count: int) -> int:
        found = self._goal if self._goal <= count else 0
        self.choices += (3, found) if found else (0,)
        return found

    def bytes(self, low: int, high: int) -> bytes:
        value = self._random.randbytes(self._random.randint(low, high) if high > low else low)
        if len(self.choices) < _CHOICES:
            self.choices.append(value)
        return value

    def part(self, build: Callable[[Draw], Item]) -> Item:
        return build(self)

    block = part


class Replay(_Derived):
    """Recorded choices again. A choice that is missing or does not fit (the list was cut, the grammar changed) becomes the simplest one."""

    def __init__(self, choices: Sequence[Choice]) -> None:
        self._choices = list(choices)
        self._at = 0

    def _next(self) -> Choice | None:
        at = self._at
        self._at += 1
        return self._choices[at] if at < len(self._choices) else None

    def integer(self, low: int, high: int) -> int:
        value = self._next()
        return value if isinstance(value, int) and low <= value <= high else low

    def bytes(self, low: int, high: int) -> bytes:
        value = self._next()
        return value if isinstance(value, bytes) and low <= len(value) <= high else bytes(low)

    def part(self, build: Callable[[Draw], Item]) -> Item:
        return build(self)

    block = part


@st.composite
def _built(draw: Any, build: Callable[[Draw], Any]) -> Any:
    return build(Shrinking(draw))


def strategy(build: Callable[[Draw], Item]) -> st.SearchStrategy[Item]:
    """A generator as a Hypothesis strategy."""
    return _built(build)


class Wishes:
    """What a dialogue would like of a message's fields: `fixed` values for the first field of a name, `hints` worth trying for any. `eager`: it seeks
    something, and the hints are for that."""

    __slots__ = ("eager", "fixed", "hints")

    def __init__(self, hints: dict[str, list[Any]] | None = None, fixed: dict[str, Any] | None = None, eager: bool = False) -> None:
        self.hints = hints or {}
        self.fixed = fixed or {}
        self.eager = eager
