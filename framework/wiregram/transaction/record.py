"""From a compiled shape to a record's object. It knows expressions and their scope, and nothing of machines or sinks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from wiregram.expression import Needs, Sharing, either, lends, link, needs, reveal
from wiregram.expression.pieces import Run
from wiregram.expression.scope import Scope
from wiregram.expression.values import spread
from wiregram.model.record import Secret
from wiregram.program.expression import Code
from wiregram.program.protocol import Each, Shape, Table, Value

ELEMENTS = 4096
"""Elements of a list that one `each` makes; a list's own bound is the protocol's `limits.list`."""


def shared(form: Shape, beside: Sequence[Code] = ()) -> tuple[Shape, list[Code]]:
    """The shape, and expressions that are evaluated with it, with the parts that several have in common evaluated once; the scope must have a
    `memo`."""
    sharing = Sharing()
    for code in (*beside, *_codes(form)):
        sharing.count(code)
    return _rewritten(form, sharing), [sharing.rewrite(code) for code in beside]


def _codes(form: Shape) -> Iterator[Code]:
    if isinstance(form, Value):
        yield form.code
    elif isinstance(form, Each):
        yield form.items
        if form.when is not None:
            yield form.when
        yield from _codes(form.shape)
    else:
        for key, inner in form.entries:
            if not isinstance(key, str):
                yield key
            yield from _codes(inner)


def _rewritten(form: Shape, sharing: Sharing) -> Shape:
    if isinstance(form, Value):
        return Value(sharing.rewrite(form.code))
    if isinstance(form, Each):
        when = None if form.when is None else sharing.rewrite(form.when)
        return Each(sharing.rewrite(form.items), _rewritten(form.shape, sharing), when, form.merge)
    return Table(tuple((key if isinstance(key, str) else sharing.rewrite(key), _rewritten(inner, sharing)) for key, inner in form.entries))


def shape(form: Shape, secrets: bool = True) -> Run:
    """What evaluates a shape: to a value, a dict, a list, or None where nothing is left to show. Values are copies as far as lists
    and structs of the scope could still change; what is computed from a `Secret` is a `Secret`. `secrets`: whether there can be any."""
    if isinstance(form, Value):
        run = link(form.code, True, secrets)
        return Copied(run) if secrets or lends(form.code) else run
    if isinstance(form, Table):
        return _table(form, secrets)
    guard = None if form.when is None else link(form.when, secrets=secrets)
    return Elements(link(form.items, True, secrets), guard, shape(form.shape, secrets), form.merge)


class Copied(Run):
    """A value that nobody else holds."""

    __slots__ = ("run",)

    def __init__(self, run: Run) -> None:
        self.run = run

    def of(self, scope: Scope) -> Any:
        found = self.run.of(scope)
        kind = type(found)
        if kind is list:
            return found[:]
        return dict(found) if kind is dict else found


def _needs(form: Shape) -> Needs:
    """What must be a struct for the shape to have anything to show."""
    if isinstance(form, Value):
        return needs(form.code)
    if isinstance(form, Each):
        return needs(form.items)
    found: Needs = None
    for _, inner in form.entries:
        found = either(found, _needs(inner))
    return found


def _table(form: Table, secrets: bool) -> Run:
    shapes = tuple(shape(inner, secrets) for _, inner in form.entries)
    needed = min(_needs(form) or (), key=repr, default=None)
    struct = None if needed is None else link(needed, secrets=secrets)
    if all(isinstance(key, str) for key, _ in form.entries):
        return Fixed(tuple(str(key) for key, _ in form.entries), shapes, struct)
    return Named(tuple(key if isinstance(key, str) else link(key, True, secrets) for key, _ in form.entries), shapes, struct)


class Fixed(Run):
    """A table whose names are written out. Without `struct`, where one is needed, there is nothing to show."""

    __slots__ = ("keys", "runs", "struct")

    def __init__(self, keys: tuple[str, ...], runs: tuple[Run, ...], struct: Run | None) -> None:
        self.keys = keys
        self.runs = runs
        self.struct = struct

    def of(self, scope: Scope) -> Any:
        struct = self.struct
        if struct is not None and type(struct.of(scope)) is not dict:
            return None
        made: dict[str, Any] = {}
        for place, run in enumerate(self.runs):
            found = run.of(scope)
            if found is not None:
                made[self.keys[place]] = found
        return made or None


class Named(Run):
    """A table with computed names, which stand as expressions among the others."""

    __slots__ = ("keys", "runs", "struct")

    def __init__(self, keys: tuple[str | Run, ...], runs: tuple[Run, ...], struct: Run | None) -> None:
        self.keys = keys
        self.runs = runs
        self.struct = struct

    def of(self, scope: Scope) -> Any:
        struct = self.struct
        if struct is not None and type(struct.of(scope)) is not dict:
            return None
        made: dict[str, Any] = {}
        for place, run in enumerate(self.runs):
            found = run.of(scope)
            key = self.keys[place]
            if found is not None:
                name = key if isinstance(key, str) else _name(key(scope))
                if name is not None:
                    made[name] = found
        return made or None


class Elements(Run):
    """What one `each` makes of a list: a list, or with `merge` one object."""

    __slots__ = ("guard", "inner", "items", "merge")

    def __init__(self, items: Run, guard: Run | None, inner: Run, merge: bool) -> None:
        self.items = items
        self.guard = guard
        self.inner = inner
        self.merge = merge

    def of(self, scope: Scope) -> Any:
        elements = spread(self.items.of(scope))
        if type(elements) is not list:
            return None
        made: list[Any] = []
        merged: dict[str, Any] = {}
        guard, inner = self.guard, self.inner
        outer = scope.item
        for element in elements[:ELEMENTS]:
            scope.item = element if type(element) is dict else _fields(element)
            if guard is not None and guard.of(scope) is not True:
                continue
            found = inner.of(scope)
            if found is None:
                continue
            if not self.merge:
                made.append(found)
            elif type(found) is dict:
                merged.update(found)
        scope.item = outer
        return made if not self.merge else merged or None


def _fields(element: Any) -> dict[str, Any]:
    """The names of an element: its fields, or `value`; those of a secret struct are secret."""
    if element.__class__ is dict:
        return element
    if element.__class__ is Secret:
        inside = element.value
        if inside.__class__ is dict:
            return {name: value if value is None else Secret(value) for name, value in inside.items()}
    return {"value": element}


def _name(key: Any) -> str | None:
    """A computed key as text. A secret one is not shown."""
    if key.__class__ is Secret:
        return "***" if key.value is not None else None
    if key.__class__ is bytes:
        return key.decode("utf-8", "backslashreplace")
    return None if key is None else str(reveal(key))
