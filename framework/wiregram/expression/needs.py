"""What must be a struct for an expression to be present at all: so that a record's table is passed over at one look where nothing can be in it."""

from __future__ import annotations

from wiregram.expression.functions import BODIES
from wiregram.expression.operators import BINARY
from wiregram.program.expression import Code

Needs = frozenset[Code] | None
"""Expressions each of which is a struct wherever the one asked about is present; None: it never is."""

NOTHING: frozenset[Code] = frozenset()


def needs(code: Code) -> Needs:
    op = code[0]
    if op == "memo":
        return needs(code[2])
    if op == "const":
        return None if code[1] is None else NOTHING
    if op == "attr":
        return both(_known((code[1],)), needs(code[1]))
    if op in BINARY or op == "index":
        return both(needs(code[1]), needs(code[2]))
    if op == "slice" or op == "not" or op == "neg":
        return needs(code[1])
    if op == "and" or op == "or":
        return either(needs(code[1]), needs(code[2]))
    if op == "if":
        return both(needs(code[1]), either(needs(code[2]), needs(code[3])))
    if op == "call" and code[1] in BODIES:
        found: Needs = NOTHING
        for operand in code[2:]:
            found = both(found, needs(operand))
        return found
    if op == "call" and code[1] == "default":
        found = None
        for operand in code[2:]:
            found = either(found, needs(operand))
        return found
    return NOTHING


def both(one: Needs, other: Needs) -> Needs:
    """Of what is present only where both are."""
    return None if one is None or other is None else one | other


def either(one: Needs, other: Needs) -> Needs:
    """Of what is present only where one of them is."""
    return other if one is None else one if other is None else one & other


def _known(codes: tuple[Code, ...]) -> frozenset[Code]:
    """Codes that can be compared; one that holds a list or table is left out."""
    try:
        return frozenset(codes)
    except TypeError:
        return NOTHING
