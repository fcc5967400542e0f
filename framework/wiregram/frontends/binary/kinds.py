"""The types that declarations give, and how those of alternatives become one. It emits nothing."""

from __future__ import annotations

from wiregram.program.types import ANY, BOOL, BYTES, FLOAT, INT, LIST, STRUCT, Type

NUMBER, REAL, TRUTH, OCTETS, STRING, UNKNOWN = Type(INT), Type(FLOAT), Type(BOOL), Type(BYTES), Type(BYTES, text=True), Type(ANY)
ABSENT = Type(ANY, maybe=True, names=("absent",))
"""The type of what gives None."""
RECURSION = Type(ANY, maybe=True, names=("recursion",))
"""The type of a declaration within itself: whatever the rest of it says."""

NEVER = Type(ANY, names=("never",))
"""The type of what never matches."""


def plain(kind: Type) -> Type:
    """The type as others see it."""
    if kind in (ABSENT, RECURSION, NEVER):
        return Type(ANY, maybe=True)
    return kind


def of_constant(value: object) -> Type:
    if value is None:
        return ABSENT
    if isinstance(value, bool):
        return TRUTH
    if isinstance(value, int):
        return NUMBER
    if isinstance(value, float):
        return REAL
    return STRING if isinstance(value, str) else OCTETS if isinstance(value, bytes) else UNKNOWN


def merged(kinds: list[Type], tail: bool = False) -> Type:
    """One type for alternatives. `tail`: they are the value of the declaration that recurs, so a recursion adds nothing."""
    found: Type | None = None
    maybe = False
    for kind in kinds:
        if kind == ABSENT:
            maybe = True
        elif kind != NEVER and not (kind == RECURSION and tail):
            found = kind if found is None else _pair(found, kind)
    if found is None:
        return ABSENT if maybe else RECURSION if RECURSION in kinds else NEVER
    return optional(found) if maybe else found


def optional(kind: Type) -> Type:
    """The same type, of a value that can be absent."""
    return kind if kind.maybe else Type(kind.kind, kind.item, kind.fields, kind.names, kind.enum, True, kind.text)


def _pair(left: Type, right: Type) -> Type:
    if left == right:
        return left
    maybe = left.maybe or right.maybe
    if left.kind == right.kind == STRUCT:
        fields = {}
        for name in (*left.fields, *(name for name in right.fields if name not in left.fields)):
            one, two = left.fields.get(name), right.fields.get(name)
            fields[name] = _pair(one, two) if one and two else optional(one or two or UNKNOWN)
        return Type(STRUCT, fields=fields, maybe=maybe)
    if left.kind == right.kind == BYTES:
        names = tuple(dict.fromkeys((*left.names, *right.names)))
        return Type(BYTES, names=names if left.enum and right.enum else (), enum=left.enum or right.enum, maybe=maybe, text=left.text and right.text)
    if left.kind == right.kind == LIST:
        item = _pair(left.item, right.item) if left.item and right.item else None
        return Type(LIST, item=item, maybe=maybe)
    if {left.kind, right.kind} == {INT, BOOL}:
        return Type(INT, maybe=maybe)
    if left.kind == right.kind:
        return Type(left.kind, maybe=maybe)
    if (left.enum and right.kind == INT) or (right.enum and left.kind == INT):
        enum = left if left.enum else right
        return Type(BYTES, names=enum.names, enum=True, maybe=maybe, text=True)
    return Type(ANY, maybe=maybe)
