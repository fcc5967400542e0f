"""What a Construct declaration asks of its fields: which are lengths, which values they are compared with, which keys choose a branch.

It reads the declaration's objects and the expressions over `this` without running them. Fields are known by name, without regard to where they
stand: a generator needs good guesses, and the oracle judges what comes of them.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Iterator
from types import UnionType
from typing import Any

import construct
from construct.expr import BinExpr, ExprMixin, FuncPath, Path, UniExpr

LONGEST = 4096
"""The longest run of octets drawn for one field."""

COMPARE = {operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge}
_BRANCH = {"condfunc", "keyfunc"}
_LEVELS = {construct.Struct, construct.Sequence, construct.FocusedSeq, construct.Union, construct.LazyStruct}
_SIZE = {"length", "count", "size", "amount", "modulus", "offset", "discard"}

_BACK: dict[Any, tuple[Callable[[int, int], int], Callable[[int, int], int]]] = {
    operator.add: (lambda target, right: target - right, lambda target, left: target - left),
    operator.sub: (lambda target, right: target + right, lambda target, left: left - target),
    operator.mul: (lambda target, right: target // right, lambda target, left: target // left),
    operator.floordiv: (lambda target, right: target * right, lambda target, left: left // target),
    operator.lshift: (lambda target, right: target >> right, lambda target, left: target),
    operator.rshift: (lambda target, right: target << right, lambda target, left: target),
    operator.or_: (lambda target, right: target & ~right, lambda target, left: target & ~left),
    operator.xor: (lambda target, right: target ^ right, lambda target, left: target ^ left),
    operator.mod: (lambda target, right: target, lambda target, left: target),
}
"""How each operator is undone: for an unknown on its left, and on its right. The caller proves the answer by evaluating."""


def field(path: Path) -> Any:
    """The last key of a path: `this._.size` gives "size", `this.counts[0]` gives 0."""
    return vars(path)["_Path__field"]


def parent(path: Path) -> Path | None:
    found = vars(path)["_Path__parent"]
    return found if type(found) is Path else None


def name(path: Path) -> str:
    """The field that a path speaks of: its last key that is a name."""
    at: Path | None = path
    while at is not None:
        key = field(at)
        if isinstance(key, str) and not key.startswith("_"):
            return key
        at = parent(at)
    return ""


def operands(expression: Any) -> tuple[Any, ...]:
    kind = type(expression)
    if kind is BinExpr:
        return expression.lhs, expression.rhs
    if kind is UniExpr:
        return (expression.operand,)
    if kind is FuncPath:
        return (vars(expression)["_FuncPath__operand"],)
    return ()


def paths(expression: Any) -> Iterator[Path]:
    """Every path over `this` in an expression."""
    if type(expression) is Path:
        if parent(expression) is not None:
            yield expression
        return
    for operand in operands(expression):
        yield from paths(operand)


def invert(expression: Any, target: Any, hole: Path, evaluate: Callable[[Any], Any]) -> Any:
    """The value of `hole` that makes `expression` equal `target`, or None; other paths have the value that `evaluate` gives them."""
    while expression is not hole:
        kind = type(expression)
        if kind is UniExpr and expression.op is operator.neg and isinstance(target, int):
            expression, target = expression.operand, -target
            continue
        if kind is FuncPath:  # `len_(this.text)`
            return _of_length(evaluate(operands(expression)[0]), target) if vars(expression)["_FuncPath__func"] is len else None
        if kind is not BinExpr or (expression.op not in _BACK and expression.op is not operator.and_) or not isinstance(target, int):
            return None
        left = any(path is hole for path in paths(expression.lhs))
        known = evaluate(expression.rhs if left else expression.lhs)
        if not isinstance(known, int) or abs(known) > 1 << 16:
            return None
        if expression.op is operator.and_:
            # The bits outside the mask stay as they are.
            now = evaluate(expression.lhs if left else expression.rhs)
            target |= now & ~known if isinstance(now, int) else 0
            expression = expression.lhs if left else expression.rhs
            continue
        lost = 0
        if expression.op is operator.rshift and left and 0 <= known < 64:
            now = evaluate(expression.lhs)
            lost = now & (1 << known) - 1 if isinstance(now, int) else 0  # the bits that are shifted out stay as they are
        try:
            target = _BACK[expression.op][0 if left else 1](target, known) | lost
        except (ZeroDivisionError, ValueError):
            return None
        expression = expression.lhs if left else expression.rhs
    return target


def _of_length(value: Any, length: Any) -> Any:
    """The same octets, or list, made so long; None where that cannot be."""
    if isinstance(value, bytes) and isinstance(length, int) and 0 <= length <= LONGEST:
        return value[:length].ljust(length, b"a")
    return None


def ups(path: Path) -> int:
    """How many levels a path goes up: 1 for `this._.size`."""
    count = 0
    at: Path | None = path
    while at is not None:
        count += field(at) == "_"
        at = parent(at)
    return count


def _expressions(con: Any, level: int = 0, seen: dict[tuple[int, int], Any] | None = None) -> Iterator[tuple[str, Any, int, int]]:
    """(attribute, expression, level, level of its members) for each expression of `con` and of what is inside; levels are those of `this._`."""
    seen = {} if seen is None else seen
    if (id(con), level) in seen or level > 4:
        return
    seen[id(con), level] = con
    inner = level + (type(con) in _LEVELS)
    for attribute, value in children(con):
        if isinstance(value, ExprMixin):
            yield attribute, value, level, inner
        elif isinstance(value, construct.Construct):
            yield from _expressions(value, inner, seen)


def looks_back(con: Any, expression: Any) -> bool:
    """Whether a branch inside `con` depends on a field that `expression`, which stands around it, reads."""
    names = {name(path) for path in paths(expression)}
    return any(
        attribute in _BRANCH and any(name(path) in names and ups(path) == level for path in paths(value))
        for attribute, value, level, _ in _expressions(con)
    )


def alone(con: Any) -> bool:
    """Whether what `con` reads depends on nothing around it."""
    return not any(ups(path) >= max(inner, 1) or _roots(path) for _, value, _, inner in _expressions(con) for path in paths(value))


def _roots(path: Path) -> bool:
    """Whether a path begins at the message or at its parameters."""
    at: Path | None = path
    while at is not None:
        if field(at) in ("_root", "_params"):
            return True
        at = parent(at)
    return False


def _constant(value: Any) -> Any:
    return None if isinstance(value, ExprMixin) else value


def around(value: Any) -> list[Any]:
    """A compared constant and its neighbours."""
    if isinstance(value, int) and not isinstance(value, bool):
        return [value, value + 1, value - 1]
    if isinstance(value, bytes) and value:
        return [value, bytes([value[0] ^ 0x41]) + value[1:]]
    return [value]


def comparisons(expression: Any, evaluate: Callable[[Any], Any] | None = None) -> Iterator[tuple[Path, Any]]:
    """(path, value) for each comparison of one path with a constant, undone as far as it can be; with `evaluate`, of any path with whatever has a
    value."""
    if type(expression) is BinExpr and expression.op in COMPARE:
        for side, other in ((expression.lhs, expression.rhs), (expression.rhs, expression.lhs)):
            found = list(paths(side))
            if evaluate is None and (len(found) != 1 or isinstance(other, ExprMixin)):
                continue
            for path in found:
                for target in around(other if evaluate is None else evaluate(other)):
                    value = target if side is path else invert(side, target, path, evaluate or _constant)
                    if value is not None:
                        yield path, value
    for operand in operands(expression):
        yield from comparisons(operand, evaluate)


def _masks(expression: Any) -> Iterator[tuple[Path, int]]:
    """(path, mask) wherever bits of a path are looked at."""
    if type(expression) is BinExpr and expression.op is operator.and_ and type(expression.lhs) is Path and isinstance(expression.rhs, int):
        yield expression.lhs, expression.rhs
    for operand in operands(expression):
        yield from _masks(operand)


def leading(condition: Any, holds: bool) -> Iterator[tuple[Path, Any]]:
    """(path, value) for values by which a condition holds, or does not. Where any value but one does, none is named."""
    kind = type(condition)
    if kind is UniExpr and condition.op is operator.not_:
        yield from leading(condition.operand, not holds)
    elif kind is BinExpr and condition.op in COMPARE:
        if condition.op is not (operator.ne if holds else operator.eq) or Path not in (type(condition.lhs), type(condition.rhs)):
            for path, value in (*comparisons(condition), *_masks(condition)):
                if _applied(condition, path, value) is holds:
                    yield path, value
    elif kind is BinExpr and isinstance(condition.lhs, ExprMixin) and isinstance(condition.rhs, ExprMixin):
        yield from leading(condition.lhs, holds)
        yield from leading(condition.rhs, holds)
    else:
        yield from ((path, mask if holds else 0) for path, mask in _masks(condition))


def _applied(expression: Any, hole: Path, value: Any) -> Any:
    """What an expression over one path and constants gives where that has this value; None where that cannot be said."""
    if expression is hole or not isinstance(expression, ExprMixin):
        return value if expression is hole else expression
    known = [_applied(operand, hole, value) for operand in operands(expression)]
    if type(expression) is not BinExpr or None in known:
        return None
    try:
        return expression.op(*known)
    except (TypeError, ValueError, ZeroDivisionError):
        return None


def allowed(con: Any) -> list[Any] | None:
    """The values of a `OneOf`; None where it is not one."""
    test = inspect.getclosurevars(con._validate).nonlocals.get("validator")
    if test is None or not getattr(test, "__qualname__", "").startswith("OneOf.<locals>"):
        return None
    values = inspect.getclosurevars(test).nonlocals.get("valids")
    return list(values) if isinstance(values, list | tuple | set | frozenset | dict | range) else None


def children(con: Any) -> Iterator[tuple[str, Any]]:
    """(attribute, value) for whatever a declaration object holds: other objects, expressions, keys; containers are opened."""
    if type(con) is construct.LazyBound:
        yield "subcon", con.subconfunc()
        return
    for attribute, value in vars(con).items():
        if isinstance(value, dict):
            for item in value.values():
                yield attribute, item
        elif isinstance(value, list | tuple):
            for item in value:
                yield attribute, item
        else:
            yield attribute, value


class Facts:
    """By field name: `sizes` are lengths and counts, `values` are worth trying, `keys` choose a case."""

    def __init__(self, root: Any) -> None:
        self.sizes: set[str] = set()
        self.settled: set[int] = set()
        """Ids of the FixedSized whose content looks at the length, which must therefore be settled first."""
        self.values: dict[str, list[Any]] = {}
        self.keys: dict[str, list[Any]] = {}
        self.forks: dict[int, tuple[str, ...]] = {}
        """By id of a Switch, an IfThenElse or a Select: the names of its branches, for the ledger."""
        self.leads: dict[str, dict[str, list[Any]]] = {}
        """By name of a branch: fields, and values of them that may lead there."""
        self.cases: list[tuple[str, Any, set[str]]] = []
        """Of each Switch by a field: the field, a key, and the names of the fields that this case has."""
        self.allowed: dict[int, list[Any]] = {}
        """By id of a OneOf: its values."""
        self.unbuilt: set[int] = set()
        """Ids of the lengths that Construct does not build."""
        self.spelt: dict[int, dict[int, bytes] | None] = {}
        """By id of a length that depends on nothing else: the octets of those met; None of others."""
        self.barren: set[str] = set()
        """Names of branches that no message has: they are errors."""
        self.seeks = False
        """Whether positions matter: something points back."""
        self._seen: dict[int, Any] = {}
        self._numbers: dict[tuple[tuple[str, ...], int, int], tuple[bool, list[int]]] = {}
        self._worth: dict[tuple[tuple[str, ...], type | UnionType], list[Any]] = {}
        self._chosen: dict[tuple[str, ...], list[int]] = {}
        self._read(root, "", {})

    def numbers(self, names: tuple[str, ...], low: int, high: int) -> tuple[bool, list[int]]:
        """The integers of a range that are worth trying for a field of these names: its keys (True) if it chooses by one, else what it is
        compared with."""
        found = self._numbers.get((names, low, high))
        if found is None:
            keys = _of(self.keys, names)
            known = keys or _of(self.values, names)
            found = self._numbers[names, low, high] = (bool(keys), [value for value in known if isinstance(value, int) and low <= value <= high])
        return found

    def worth(self, names: tuple[str, ...], kind: type | UnionType) -> list[Any]:
        """What is worth trying for a field of these names, of one kind: its keys, then what it is compared with."""
        found = self._worth.get((names, kind))
        if found is None:
            known = _of(self.keys, names) + _of(self.values, names)
            found = self._worth[names, kind] = [value for value in known if isinstance(value, kind)]
        return found

    def chosen(self, names: tuple[str, ...]) -> list[int]:
        """The numbers by which a field of these names chooses."""
        found = self._chosen.get(names)
        if found is None:
            found = self._chosen[names] = [key for key in _of(self.keys, names) if type(key) is int]
        return found

    def _read(self, con: Any, place: str, under: dict[str, list[Any]], counted: bool = True) -> None:
        """`under`: what leads to the branch that this is in."""
        if id(con) in self._seen:
            return
        self._seen[id(con)] = con
        if type(con) is construct.Renamed and con.name:
            place = f"{place}.{con.name}" if place else str(con.name)
        self.seeks |= type(con) is construct.Pointer
        values = allowed(con) if type(con) is construct.ExprValidator else None
        if values:
            self.allowed[id(con)] = values
        if counted:
            self._fork(con, place, under)
        for attribute, value in children(con):
            if isinstance(value, ExprMixin):
                self._expression(con, attribute, value)
            elif isinstance(value, construct.Construct):
                # a length is spelled, not walked
                self._read(value, place, self._inner(con, attribute, value, under), counted and attribute != "lengthfield")

    def _fork(self, con: Any, place: str, under: dict[str, list[Any]]) -> None:
        kind = type(con)
        where = place or "the message"
        if kind is construct.Switch:
            self.forks[id(con)] = (*(f"{where} = {key}" for key in con.cases), f"{where} otherwise")
            self._barren(con, [*con.cases.values(), con.default])
            others = [value for value in range(len(con.cases) + 2) if value not in con.cases]
            numbered = type(con.keyfunc) is Path and all(type(key) is int for key in con.cases)
            self.leads[f"{where} otherwise"] = {**under, name(con.keyfunc): others[:2]} if numbered else under
            for path in paths(con.keyfunc):
                for key in con.cases:
                    value = key if con.keyfunc is path else invert(con.keyfunc, key, path, _constant)
                    if value is not None:
                        self.leads[f"{where} = {key}"] = {**under, name(path): [value]}
        elif kind is construct.IfThenElse:
            self.forks[id(con)] = (f"{where} if {con.condfunc}", f"{where} if not {con.condfunc}")
            self._barren(con, [con.thensubcon, con.elsesubcon])
            for label, holds in zip(self.forks[id(con)], (True, False), strict=True):
                found: dict[str, list[Any]] = {}
                for path, value in leading(con.condfunc, holds):
                    _add(found, name(path), value)
                self.leads[label] = {**under, **found}
        elif kind is construct.Select:
            self.forks[id(con)] = tuple(f"{where}, way {number}" for number in range(1, len(con.subcons) + 1))
            self.leads.update(dict.fromkeys(self.forks[id(con)], under))

    def _inner(self, con: Any, attribute: str, member: Any, under: dict[str, list[Any]]) -> dict[str, list[Any]]:
        """What leads to a member of a declaration."""
        labels = self.forks.get(id(con), ())
        if type(con) is construct.Switch and attribute == "cases":
            place = next((place for place, case in enumerate(con.cases.values()) if case is member), -1)
        elif type(con) is construct.IfThenElse and attribute in ("thensubcon", "elsesubcon"):
            place = int(attribute == "elsesubcon")
        else:
            return under
        return self.leads.get(labels[place], under) if labels else under

    def _barren(self, con: Any, branches: list[Any]) -> None:
        self.barren.update(name for name, branch in zip(self.forks[id(con)], branches, strict=True) if branch is construct.Error)

    def _expression(self, con: Any, attribute: str, expression: Any) -> None:
        found = list(paths(expression))
        if attribute in _SIZE:
            self.sizes.update(name(path) for path in found)
        if type(con) is construct.FixedSized and looks_back(con.subcon, expression):
            self.settled.add(id(con))
        if attribute == "keyfunc":
            for path in found:
                for key in con.cases:
                    value = key if expression is path else invert(expression, key, path, _constant)
                    if value is not None:
                        _add(self.keys, name(path), value)
                        self.cases.append((name(path), value, names(con.cases[key])))
        for path, value in comparisons(expression):
            _add(self.values, name(path), value)
        for path, mask in _masks(expression):
            known = [value for value in self.values.get(name(path), ()) if isinstance(value, int)]
            for value in (mask, mask | (max(known, default=0))):
                _add(self.values, name(path), value)


def names(con: Any) -> set[str]:
    """The names of all fields inside a declaration."""
    found: set[str] = set()
    seen: dict[int, Any] = {}
    waiting = [con]
    while waiting:
        at = waiting.pop()
        if id(at) in seen:
            continue
        seen[id(at)] = at
        if type(at) is construct.Renamed and at.name:
            found.add(str(at.name))
        waiting += [value for _, value in children(at) if isinstance(value, construct.Construct)]
    return found


def _of(table: dict[str, list[Any]], names: tuple[str, ...]) -> list[Any]:
    return [value for name in names for value in table.get(name, ())]


def _add(table: dict[str, list[Any]], key: str, value: Any) -> None:
    values = table.setdefault(key, [])
    if not any(type(known) is type(value) and known == value for known in values):
        values.append(value)
