"""From a compiled shape to a record's object. It knows expressions and their scope, and nothing of machines or sinks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from wiregram.expression import Needs, Scope, Sharing, either, lends, link, needs, reveal
from wiregram.expression.values import spread
from wiregram.model.record import Secret
from wiregram.program.expression import Code
from wiregram.program.protocol import Each, Shape, Table, Value

Run = Callable[[Scope], Any]
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
    """The closure that evaluates a shape: a value, a dict, a list, or None where nothing is left to show. Values are copies as far as lists
    and structs of the scope could still change; what is computed from a `Secret` is a `Secret`. `secrets`: whether there can be any."""
    if isinstance(form, Value):
        run = link(form.code, True, secrets)
        return _copied(run) if secrets or lends(form.code) else run
    if isinstance(form, Table):
        return _table(form, secrets)
    return _each(form, secrets)


def _copied(run: Run) -> Run:
    def value(scope: Scope) -> Any:
        found = run(scope)
        kind = found.__class__
        if kind is list:
            return found[:]
        return dict(found) if kind is dict else found

    return value


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
    run = _named(form, secrets) if any(not isinstance(key, str) for key, _ in form.entries) else _fixed(form, secrets)
    needed = min(_needs(form) or (), key=repr, default=None)
    return run if needed is None else _with_struct(link(needed, secrets=secrets), run)


def _with_struct(struct: Run, run: Run) -> Run:
    def table(scope: Scope) -> dict[str, Any] | None:
        return run(scope) if struct(scope).__class__ is dict else None

    return table


def _fixed(form: Table, secrets: bool) -> Run:
    """A table whose names are written out."""
    entries = tuple((str(key), shape(inner, secrets)) for key, inner in form.entries)

    def table(scope: Scope) -> dict[str, Any] | None:
        made: dict[str, Any] = {}
        for key, inner in entries:
            found = inner(scope)
            if found is not None:
                made[key] = found
        return made or None

    return table


def _named(form: Table, secrets: bool) -> Run:
    """A table with computed names."""
    entries = tuple(
        (key, None, shape(inner, secrets)) if isinstance(key, str) else ("", link(key, True, secrets), shape(inner, secrets))
        for key, inner in form.entries
    )  # fmt: skip

    def table(scope: Scope) -> dict[str, Any] | None:
        made: dict[str, Any] = {}
        for key, named, inner in entries:
            found = inner(scope)
            if found is not None:
                if named is not None:
                    name = _name(named(scope))
                    if name is None:
                        continue
                    key = name
                made[key] = found
        return made or None

    return table


def _each(form: Each, secrets: bool) -> Run:
    items = link(form.items, True, secrets)
    guard = None if form.when is None else link(form.when, secrets=secrets)
    inner = shape(form.shape, secrets)
    merge = form.merge

    def each(scope: Scope) -> list[Any] | dict[str, Any] | None:
        elements = spread(items(scope))
        if elements.__class__ is not list:
            return None
        made: list[Any] = []
        merged: dict[str, Any] = {}
        outer = scope.item
        for element in elements[:ELEMENTS]:
            scope.item = element if element.__class__ is dict else _fields(element)
            if guard is not None and guard(scope) is not True:
                continue
            found = inner(scope)
            if found is None:
                continue
            if not merge:
                made.append(found)
            elif found.__class__ is dict:
                merged.update(found)
        scope.item = outer
        return made if not merge else merged or None

    return each


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
