"""From the types of a record's expressions to JSON Schema (2020-12): what each value looks like in an EVE record. It knows no expression.

Absent values are left out of a record, so nothing is required; a list keeps its length, so its elements may be null."""

from __future__ import annotations

from typing import Any

from wiregram.program.types import BOOL, BYTES, FLOAT, INT, LIST, STRUCT, Type

Schema = dict[str, Any]

HIDDEN: Schema = {"const": "***"}
"""A secret, unless it is shown."""

WHOLE: Schema = {"$ref": "#/$defs/whole"}
"""A whole number as outputs write it; the definition is theirs."""

_PLAIN: dict[str, Schema] = {INT: WHOLE, FLOAT: {"type": "number"}, BOOL: {"type": "boolean"}, BYTES: {"type": "string"}}


def value(kind: Type, secret: bool = False) -> Schema:
    """A value of that type; of `secret` ones any part may be hidden."""
    if kind.kind == LIST:
        return _maybe({"type": "array", "items": either(value(kind.item or Type("any"), secret), {"type": "null"})}, secret)
    if kind.kind == STRUCT:
        if not kind.fields:
            return _maybe({"type": "object"}, secret)
        return _maybe(table({name: value(inner, secret) for name, inner in kind.fields.items()}), secret)
    if kind.kind not in _PLAIN:
        return {}
    known: Schema = {"enum": list(kind.names)} if kind.names else _PLAIN[kind.kind]
    if kind.enum:
        known = either(known, WHOLE)
    return _maybe(known, secret and (bool(kind.names) or kind.kind != BYTES))


def table(properties: dict[str, Schema], others: Schema | None = None) -> Schema:
    """An object with these names, and with names that are computed, whose values are `others`."""
    if others is None:
        return {"type": "object", "properties": properties, "additionalProperties": False}
    return {"type": "object", "properties": {name: either(known, others) for name, known in properties.items()}, "additionalProperties": others}


def array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def either(*choices: Schema) -> Schema:
    """What fits one of the choices."""
    flat: list[Schema] = []
    for choice in choices:
        for one in choice["anyOf"] if choice.keys() == {"anyOf"} else [choice]:
            if not one:
                return {}
            if one not in flat:
                flat.append(one)
    if all(one.keys() == {"type"} and isinstance(one["type"], str) for one in flat):
        return flat[0] if len(flat) == 1 else {"type": [one["type"] for one in flat]}
    return flat[0] if len(flat) == 1 else {"anyOf": flat}


def _maybe(known: Schema, secret: bool) -> Schema:
    return either(known, HIDDEN) if secret else known
