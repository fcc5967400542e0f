"""What a guard tells about the values that it looks at, so that guards which exclude each other are seen to do so. Runs nothing.

A fact is about an expression: `request.verb`, `len(own.arg)`, or - where nothing simpler is understood - the truth of a whole guard. An
absent value is no value: a guard holds only if it is True, and what is not True may be absent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from wiregram.program.expression import Code

Bound = tuple[Any, bool]
"""A number or text, and whether the value itself lies outside."""

MOST = 12
"""Ways in which a guard can hold that are told apart; of more, only what all of them have in common is kept."""

_ORDERS = ("<", "<=", ">", ">=")
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_INVERSE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_OPPOSITE = {"==": "!=", "!=": "==", "in": "not in", "not in": "in"}


class Values(msgspec.Struct, frozen=True):
    """What is known of a value: it is `present`, or `absent`, or either; if it is present, it is one of `among` (None: any), none of
    `without`, and lies between `low` and `high`."""

    among: frozenset[Any] | None = None
    without: frozenset[Any] = frozenset()
    low: Bound | None = None
    high: Bound | None = None
    present: bool = False
    absent: bool = False

    def meet(self, other: Values) -> Values:
        """Both are true."""
        among = self.among if other.among is None else other.among if self.among is None else self.among & other.among
        return Values(
            among,
            self.without | other.without,
            _narrow(self.low, other.low, above=True),
            _narrow(self.high, other.high, above=False),
            self.present or other.present,
            self.absent or other.absent,
        )

    def join(self, other: Values) -> Values:
        """One of the two is true."""
        among = None if self.among is None or other.among is None else self.among | other.among
        low = self.low if self.low == other.low else None
        high = self.high if self.high == other.high else None
        return Values(among, self.without & other.without, low, high, self.present and other.present, self.absent and other.absent)

    @property
    def possible(self) -> bool:
        """Whether there is such a value, or may be none."""
        if not self.present:
            return True
        if self.absent:
            return False
        if self.among is not None:
            return any(_within(value, self.low, self.high) for value in self.among - self.without)
        if self.low is None or self.high is None or not _comparable(self.low[0], self.high[0]):
            return True
        return bool(self.low[0] < self.high[0] or (self.low[0] == self.high[0] and not self.low[1] and not self.high[1]))


Facts = dict[Code, Values]


def meet(left: Facts, right: Facts) -> Facts | None:
    """Both; None where they contradict each other."""
    merged = dict(left)
    for about, values in right.items():
        merged[about] = merged[about].meet(values) if about in merged else values
        if not merged[about].possible:
            return None
    return merged


def common(ways: Iterable[Facts]) -> Facts:
    """What all ways have in common."""
    first, *others = ways
    for other in others:
        first = {about: joined for about, values in first.items() if about in other and (joined := values.join(other[about])) != Values()}
    return first


def both(left: list[Facts], right: list[Facts]) -> list[Facts]:
    """Every way of the one with every way of the other that it does not contradict."""
    found: list[Facts] = []
    for one in left:
        for other in right:
            merged = meet(one, other)
            if merged is not None and merged not in found:
                found.append(merged)
    return _few(found)


def ways(code: Code, holds: bool = True) -> list[Facts]:
    """The ways in which a guard can be True, or (`holds` False) not True. None: it cannot be so."""
    op = code[0]
    if op == "const":
        return [{}] if (code[1] is True) is holds else []
    if op in ("and", "or"):
        left, right = ways(code[1], holds), ways(code[2], holds)
        return both(left, right) if (op == "and") is holds else _either(left, right)
    if op == "not":
        if code[1][0] == "not":
            return ways(code[1][1], holds)
        return ways(code[1], False) if holds else _not_false(code[1])
    return [_told(code, holds)]


def _not_false(code: Code) -> list[Facts]:
    """The ways in which a guard that is no `not` can be True or absent."""
    if code[0] == "call" and code[1] == "present":
        return ways(code)
    compared = _compared(code)
    if compared is not None and compared[1] not in _ORDERS:
        return [_told(code, True), {_key(compared[0]): Values(absent=True)}]
    return [{}]


def _either(left: list[Facts], right: list[Facts]) -> list[Facts]:
    """The ways of both; `x == 1 or x == 2` is one way."""
    if len(left) == len(right) == 1 and left[0].keys() == right[0].keys() and len(left[0]) == 1:
        ((about, one),), ((_, other),) = left[0].items(), right[0].items()
        if one == Values(one.among, present=one.present) and other == Values(other.among, present=one.present):
            return [{about: one.join(other)}]
    return _few([*left, *(way for way in right if way not in left)])


def _few(found: list[Facts]) -> list[Facts]:
    return found if len(found) <= MOST else [common(found)]


def _told(code: Code, holds: bool) -> Facts:
    """What a comparison tells, or a guard that is not looked into."""
    op = code[0]
    if op == "call" and code[1] == "present":
        found = code[2]
        if found[0] == "index" and found[1][0] == "const" and isinstance(found[1][1], dict):
            keys = frozenset(key.encode() if isinstance(key, str) else key for key, value in found[1][1].items() if value is not None)
            if all(map(_plain, keys)):
                return {_key(found[2]): Values(keys, present=True) if holds else Values(None, keys)}
        return {_key(found): Values(present=holds, absent=not holds)}
    compared = _compared(code)
    if compared is not None:
        about, op, value = _key(compared[0]), compared[1], compared[2]
        if op in _ORDERS:
            return {about: _bounded(op if holds else _INVERSE[op], value, holds)}
        if op in ("==", "in"):
            return {about: Values(value, present=True) if holds else Values(None, value)}
        return {about: Values(None, value, present=True) if holds else Values(value)}
    code = _key(code)
    facts: Facts = {("truth", code): Values(frozenset([1]), present=True) if holds else Values(None, frozenset([1]))}
    opposite = (_OPPOSITE.get(op) or _INVERSE.get(op), *code[1:])
    if opposite[0] and holds:
        facts["truth", opposite] = Values(None, frozenset([1]))
    return facts


def _key(code: Any) -> Any:
    """The code, so that it can be looked up: its constants may be lists and tables."""
    if isinstance(code, tuple):
        return ("const", repr(code[1])) if code and code[0] == "const" and isinstance(code[1], (list, dict)) else tuple(map(_key, code))
    return code


def _compared(code: Code) -> tuple[Code, str, Any] | None:
    """`x == constant`, `x in (constants)`, `x < constant`: x, the operator, and the constant (a set for equality)."""
    op = code[0]
    if op in ("in", "not in"):
        items = _constants(code[2])
        return None if items is None or code[1][0] == "const" else (code[1], op, frozenset(items))
    if op not in ("==", "!=", *_ORDERS):
        return None
    left, right = code[1], code[2]
    if left[0] == "const":
        left, right, op = right, left, _FLIPPED.get(op, op)
    if left[0] == "const" or right[0] != "const" or not _plain(right[1]):
        return None
    return left, op, right[1] if op in _ORDERS else frozenset([right[1]])


def _constants(code: Code) -> list[Any] | None:
    if code[0] == "const" and isinstance(code[1], (list, tuple)):
        items = list(code[1])
    elif code[0] == "list" and all(part[0] == "const" for part in code[1:]):
        items = [part[1] for part in code[1:]]
    else:
        return None
    return items if all(_plain(item) for item in items) else None


def _plain(value: object) -> bool:
    """True and 1 are unlike in an expression, and alike in a set: truths are left out."""
    return type(value) in (int, bytes)


def _bounded(op: str, value: Any, present: bool) -> Values:
    bound = (value, op in ("<", ">"))
    return Values(low=bound, present=present) if op in (">", ">=") else Values(high=bound, present=present)


def _comparable(one: Any, other: Any) -> bool:
    return (isinstance(one, bytes)) is isinstance(other, bytes)


def _within(value: Any, low: Bound | None, high: Bound | None) -> bool:
    if low is not None and _comparable(value, low[0]) and (value < low[0] or (value == low[0] and low[1])):
        return False
    return not (high is not None and _comparable(value, high[0]) and (value > high[0] or (value == high[0] and high[1])))


def _narrow(one: Bound | None, other: Bound | None, above: bool) -> Bound | None:
    if one is None or other is None:
        return one or other
    if not _comparable(one[0], other[0]) or one[0] == other[0]:
        return one if one[1] else other if one[0] == other[0] else one
    return one if (one[0] > other[0]) is above else other
