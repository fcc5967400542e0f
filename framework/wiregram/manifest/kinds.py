"""How types go together: which may be compared, what two have in common, what a guard may be. Knows no syntax."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

import msgspec

from wiregram.program.types import ANY, BOOL, BYTES, CODING, EXTENT, FLOAT, INT, LIST, STRUCT, Type

ABSENT = "absent"
"""The kind of `None` written out; it goes with every type and never leaves this room."""

_NUMBERS = (INT, FLOAT)
_SHOWN = {BYTES: "text", FLOAT: "float", STRUCT: "struct", EXTENT: "extent", CODING: "coding", ANY: "value"}


def shown(kind: Type) -> str:
    """A type as an error names it: `text`, `list of int`."""
    if kind.enum:
        return "enumeration"
    if kind.kind == LIST and kind.item is not None and kind.item.kind != ANY:
        return f"list of {shown(kind.item)}"
    return _SHOWN.get(kind.kind, kind.kind)


def is_open(kind: Type) -> bool:
    """Nothing is known about the value."""
    return kind.kind in (ANY, ABSENT)


def is_number(kind: Type) -> bool:
    return kind.kind in _NUMBERS


def alike(one: Type, other: Type) -> bool:
    """Whether values of the two types can be equal. An enumeration may be compared with its texts and with numbers."""
    if is_open(one) or is_open(other):
        return True
    if one.enum or other.enum:
        return {one.kind, other.kind} <= {BYTES, INT}
    if one.kind == LIST and other.kind == LIST:
        return one.item is None or other.item is None or alike(one.item, other.item)
    return one.kind == other.kind or (one.kind in _NUMBERS and other.kind in _NUMBERS)


def union(one: Type, other: Type) -> Type:
    """What is known of a value that has one type or the other."""
    if one.kind == ABSENT or other.kind == ABSENT:
        known = other if one.kind == ABSENT else one
        return known if known.kind == ABSENT else msgspec.structs.replace(known, maybe=True)
    maybe = one.maybe or other.maybe
    if one.kind == other.kind:
        item = union(one.item, other.item) if one.item and other.item else None
        fields = one.fields
        if one.kind == STRUCT and one.fields != other.fields:
            fields = _fields(one.fields, other.fields)
        names = tuple(dict.fromkeys(one.names + other.names)) if one.names and other.names else ()
        return Type(one.kind, item, fields, names, one.enum or other.enum, maybe, one.text and other.text)
    if {one.kind, other.kind} == {INT, FLOAT}:
        return Type(FLOAT, maybe=maybe)
    for enum, plain in ((one, other), (other, one)):
        if enum.enum and plain.kind == INT:
            return msgspec.structs.replace(enum, maybe=maybe)
    return Type(ANY, maybe=maybe)


def _fields(one: dict[str, Type], other: dict[str, Type]) -> dict[str, Type]:
    if not one or not other:  # a struct of unknown fields
        return {}
    both: dict[str, Type] = {}
    for name in dict.fromkeys((*one, *other)):
        here, there = one.get(name), other.get(name)
        if here is not None and there is not None:
            both[name] = union(here, there)
        else:
            found = here or there
            assert found is not None
            both[name] = msgspec.structs.replace(found, maybe=True)
    return both


def check_guard(kind: Type) -> str:
    """Why a value of this type is no guard, or ''. Bool is a guard; numbers, texts and lists hold unless 0, '' or empty."""
    if kind.kind in (STRUCT, EXTENT, CODING):
        return f"{article(kind)} is no guard"
    return ""


def check_extent(kind: Type) -> str:
    """Why a value of this type does not say how long a state's `bytes` are, or ''."""
    if kind.kind in (INT, EXTENT, ANY):
        return ""
    return f"`bytes` wants an int or an extent, this is {article(kind)}"


def check_coding(kind: Type) -> str:
    """Why a value of this type does not say how a state's octets are coded, or ''."""
    if kind.kind in (BYTES, CODING, ANY):
        return ""
    return f"`decode` wants a text or xor(key), this is {article(kind)}"


def article(kind: Type) -> str:
    """`a text`, `an int`."""
    name = shown(kind)
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def constant_value(value: object) -> object:
    """A constant of the manifest as expressions see it: text is bytes."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat().encode()
    if isinstance(value, (list, tuple)):
        return [constant_value(element) for element in value]
    if isinstance(value, dict):
        return {str(key): constant_value(element) for key, element in value.items()}
    return value


def type_of(value: object) -> Type:
    """The type of a constant."""
    if isinstance(value, bool):
        return Type(BOOL)
    if isinstance(value, int):
        return Type(INT)
    if isinstance(value, float):
        return Type(FLOAT)
    if isinstance(value, bytes):
        return Type(BYTES)
    if isinstance(value, list):
        return Type(LIST, common(type_of(element) for element in value))
    if isinstance(value, dict):
        return Type(STRUCT, fields={name: type_of(element) for name, element in value.items()})
    return Type(ABSENT)


def common(kinds: Iterable[Type]) -> Type:
    """What is known of a value that has any of the types."""
    both = Type(ABSENT)
    for kind in kinds:
        both = union(both, kind)
    return Type(ANY) if both.kind == ABSENT else msgspec.structs.replace(both, maybe=False)
