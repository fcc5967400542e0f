"""The parts of a linked expression that sees through secrets, with short cuts for the forms that guards use. None raises, whatever a scope holds."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from wiregram.expression import operators, values
from wiregram.expression.operators import negative
from wiregram.expression.pieces import Run, measured
from wiregram.expression.scope import Scope
from wiregram.expression.values import reveal
from wiregram.model.record import Secret


class Whole(Run):
    """`this`, `side`, `other`, `verdict`."""

    __slots__ = ("get",)

    def __init__(self, where: str) -> None:
        self.get = attrgetter(where)

    def of(self, scope: Scope) -> Any:
        value = self.get(scope)
        return values.bare(value) if type(value) is Secret else value


class Revealed(Run):
    """A value that may hold secrets, without their marks."""

    __slots__ = ("run",)

    def __init__(self, run: Run) -> None:
        self.run = run

    def of(self, scope: Scope) -> Any:
        found = self.run.of(scope)
        kind = type(found)
        return reveal(found) if kind is list or kind is dict else found


class Is(Run):
    """`x == constant` and `x != constant` of a text or number."""

    __slots__ = ("holds", "kind", "run", "wanted")

    def __init__(self, run: Run, wanted: bytes | int, holds: bool) -> None:
        self.run = run
        self.wanted = wanted
        self.kind = wanted.__class__
        self.holds = holds

    def of(self, scope: Scope) -> Any:
        value = self.run.of(scope)
        if value is None:
            return None
        if type(value) is self.kind:
            return (value == self.wanted) is self.holds
        return operators.equal(value, self.wanted) is self.holds


class OwnIs(Is):
    """The same of a field of the side."""

    __slots__ = ("name",)

    def __init__(self, name: str, wanted: bytes | int, holds: bool) -> None:
        self.name = name
        self.wanted = wanted
        self.kind = wanted.__class__
        self.holds = holds

    def of(self, scope: Scope) -> Any:
        value = scope.own.get(self.name)
        if value is None:
            return None
        if type(value) is self.kind:
            return (value == self.wanted) is self.holds
        held = operators.equal(values.bare(value), self.wanted)
        return None if held is None else held is self.holds


class RequestIs(OwnIs):
    """The same of a field of the request."""

    __slots__ = ()

    def of(self, scope: Scope) -> Any:
        value = scope.request.get(self.name)
        if value is None:
            return None
        if type(value) is self.kind:
            return (value == self.wanted) is self.holds
        held = operators.equal(values.bare(value), self.wanted)
        return None if held is None else held is self.holds


class Ordered(Run):
    """`number < constant` and the like; `compare` is the constant's own way to say it, `slow` that of any two values."""

    __slots__ = ("compare", "limit", "run", "slow")

    def __init__(self, run: Run, limit: int, compare: Callable[[int], bool], slow: Callable[[Any, Any], Any]) -> None:
        self.run = run
        self.limit = limit
        self.compare = compare
        self.slow = slow

    def of(self, scope: Scope) -> Any:
        value = self.run.of(scope)
        return self.compare(value) if type(value) is int else self.slow(value, self.limit)


class Member(Run):
    """`x in (constants)`: one look-up. `members` are texts and numbers."""

    __slots__ = ("holds", "members", "numbers", "run", "texts")

    def __init__(self, run: Run, members: list[Any], holds: bool) -> None:
        self.run = run
        self.members = members
        self.texts = frozenset(member for member in members if member.__class__ is bytes)
        self.numbers = frozenset(member for member in members if member.__class__ is int)
        self.holds = holds

    def of(self, scope: Scope) -> Any:
        value = self.run.of(scope)
        if value is None:
            return None
        kind = type(value)
        if kind is bytes:
            return (value in self.texts) is self.holds
        if kind is int:
            return (value in self.numbers) is self.holds
        return operators.contained(value, self.members) is self.holds


class Against(Run):
    """An operation on a value and a constant."""

    __slots__ = ("constant", "operate", "run")

    def __init__(self, operate: Callable[[Any, Any], Any], run: Run, constant: Any) -> None:
        self.operate = operate
        self.run = run
        self.constant = constant

    def of(self, scope: Scope) -> Any:
        return self.operate(self.run.of(scope), self.constant)


class Binary(Run):
    """An operation on two values."""

    __slots__ = ("left", "operate", "right")

    def __init__(self, operate: Callable[[Any, Any], Any], left: Run, right: Run) -> None:
        self.operate = operate
        self.left = left
        self.right = right

    def of(self, scope: Scope) -> Any:
        return self.operate(self.left.of(scope), self.right.of(scope))


class Not(Run):
    __slots__ = ("run",)

    def __init__(self, run: Run) -> None:
        self.run = run

    def of(self, scope: Scope) -> Any:
        value = self.run.of(scope)
        if value is True:
            return False
        if value is False:
            return True
        if value is None:
            return None
        held = values.truth(value)
        return None if held is None else not held


class Truth(Run):
    __slots__ = ("run",)

    def __init__(self, run: Run) -> None:
        self.run = run

    def of(self, scope: Scope) -> Any:
        return values.truth(self.run.of(scope))


class And(Run):
    __slots__ = ("left", "right")

    def __init__(self, left: Run, right: Run) -> None:
        self.left = left
        self.right = right

    def of(self, scope: Scope) -> Any:
        one = self.left.of(scope)
        if one is not True and one is not None:
            one = values.truth(one)
        if one is False:
            return False
        other = self.right.of(scope)
        if other is not True and other is not None:
            other = values.truth(other)
        if other is False:
            return False
        return None if one is None else other


class Or(And):
    __slots__ = ()

    def of(self, scope: Scope) -> Any:
        one = self.left.of(scope)
        if one is not False and one is not None:
            one = values.truth(one)
        if one is True:
            return True
        other = self.right.of(scope)
        if other is not False and other is not None:
            other = values.truth(other)
        if other is True:
            return True
        return None if one is None else other


class If(Run):
    __slots__ = ("otherwise", "test", "then")

    def __init__(self, test: Run, then: Run, otherwise: Run) -> None:
        self.test = test
        self.then = then
        self.otherwise = otherwise

    def of(self, scope: Scope) -> Any:
        holds = self.test.of(scope)
        if holds is None:
            return None
        if holds is not True and holds is not False:
            holds = values.truth(holds)
        return self.then.of(scope) if holds else None if holds is None else self.otherwise.of(scope)


class Negative(Run):
    __slots__ = ("run",)

    def __init__(self, run: Run) -> None:
        self.run = run

    def of(self, scope: Scope) -> Any:
        return negative(self.run.of(scope))


class Attribute(Run):
    """A field of a struct."""

    __slots__ = ("name", "run")

    def __init__(self, run: Run, name: str) -> None:
        self.run = run
        self.name = name

    def of(self, scope: Scope) -> Any:
        value = operators.field(self.run.of(scope), self.name)
        return values.bare(value) if type(value) is Secret else value


class ItemAttribute(Run):
    """A field of a struct that is a field of the element at hand."""

    __slots__ = ("name", "where")

    def __init__(self, where: str, name: str) -> None:
        self.where = where
        self.name = name

    def of(self, scope: Scope) -> Any:
        value = operators.field(values.bare(scope.item.get(self.where)), self.name)
        return values.bare(value) if type(value) is Secret else value


class LookedUp(Run):
    """An entry of a constant table; every key that finds one is known beforehand."""

    __slots__ = ("entries", "key")

    def __init__(self, entries: dict[Any, Any], key: Run) -> None:
        self.entries = entries
        self.key = key

    def of(self, scope: Scope) -> Any:
        wanted = self.key.of(scope)
        kind = type(wanted)
        return self.entries.get(wanted) if kind is int or kind is bytes else None


class Element(Run):
    """A part at a place that is a constant."""

    __slots__ = ("place", "run")

    def __init__(self, run: Run, place: Any) -> None:
        self.run = run
        self.place = place

    def of(self, scope: Scope) -> Any:
        value = operators.part(self.run.of(scope), self.place)
        return values.bare(value) if type(value) is Secret else value


class Index(Run):
    """A part at a place that is computed."""

    __slots__ = ("key", "run")

    def __init__(self, run: Run, key: Run) -> None:
        self.run = run
        self.key = key

    def of(self, scope: Scope) -> Any:
        value = operators.part(self.run.of(scope), self.key.of(scope))
        return values.bare(value) if type(value) is Secret else value


class Slice(Run):
    __slots__ = ("first", "last", "run")

    def __init__(self, run: Run, first: Run, last: Run) -> None:
        self.run = run
        self.first = first
        self.last = last

    def of(self, scope: Scope) -> Any:
        return operators.cut(self.run.of(scope), self.first.of(scope), self.last.of(scope))


class Length(Run):
    __slots__ = ("run",)

    def __init__(self, run: Run) -> None:
        self.run = run

    def of(self, scope: Scope) -> Any:
        value = self.run.of(scope)
        return None if value is None else measured(scope, value)


class Unary(Run):
    """A call of a function of one argument."""

    __slots__ = ("compute", "run")

    def __init__(self, compute: Callable[..., Any], run: Run) -> None:
        self.compute = compute
        self.run = run

    def of(self, scope: Scope) -> Any:
        value = self.run.of(scope)
        return None if value is None else self.compute(value)


class With(Run):
    """A call with one constant behind the first argument, of a function that never hands on what it was given."""

    __slots__ = ("compute", "constant", "run")

    def __init__(self, compute: Callable[..., Any], run: Run, constant: bytes | int) -> None:
        self.compute = compute
        self.run = run
        self.constant = constant

    def of(self, scope: Scope) -> Any:
        value = self.run.of(scope)
        return None if value is None else self.compute(value, self.constant)


class Called(Run):
    """A call of any function."""

    __slots__ = ("compute", "runs")

    def __init__(self, compute: Callable[..., Any], runs: tuple[Run, ...]) -> None:
        self.compute = compute
        self.runs = runs

    def of(self, scope: Scope) -> Any:
        arguments = []
        for run in self.runs:
            value = run.of(scope)
            if value is None:
                return None
            arguments.append(value)
        found = self.compute(*arguments)
        return values.bare(found) if type(found) is Secret else found
