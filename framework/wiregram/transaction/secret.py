"""Marking values as secret where they stand, once a message is stored. It knows paths of names, and no machine."""

from __future__ import annotations

from typing import Any

from wiregram.expression.values import wrap
from wiregram.model.record import Secret


def conceal(fields: dict[str, Any], path: tuple[str, ...], first: int) -> None:
    """Wrap the value at `path` below `fields`; lists on the way are entered. `first` >= 0: only a list's elements from there on.

    A path that leads nowhere marks nothing."""
    name = path[0]
    value = fields.get(name)
    if value is not None:
        fields[name] = _concealed(value, path[1:], first)


def _concealed(value: Any, path: tuple[str, ...], first: int) -> Any:
    kind = value.__class__
    if kind is Secret:
        return value
    if path:
        if kind is dict:
            conceal(value, path, first)
        elif kind is list:
            for number, element in enumerate(value):
                if element is not None:
                    value[number] = _concealed(element, path, first)
        return value
    if first < 0:
        return wrap(value)
    if kind is list:
        value[first:] = wrap(value[first:])
    return value
