"""What a protocol's guards compare its fields with: the values that a dialogue should try, so that every transition can be taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from wiregram.testing import REQUEST, SIDES, Code, Protocol

COMPARE = {"==", "!=", "<", "<=", ">", ">="}
_LENGTH = 4096
"""Octets of a text that is made because its length is asked for."""

SIZES = [0, 3, 20]
Hints = dict[str, list[Any]]


def walk(code: Code) -> Iterator[Code]:
    """A compiled expression and every operation inside it."""
    yield code
    if code[0] == "const":
        return
    for part in code[1:]:
        if isinstance(part, tuple) and part and isinstance(part[0], str):
            yield from walk(part)


def codes(protocol: Protocol) -> Iterator[tuple[int, Code]]:
    """(side, guard) for every guard of a protocol; a guard of both sides is given for each."""
    for number, side in enumerate(protocol.sides):
        for state in side.states:
            for choice in state.parse:
                if choice.when is not None:
                    yield number, choice.when
            for transition in state.next:
                if transition.when is not None:
                    yield number, transition.when
    for code in (protocol.pair.role, protocol.pair.one_way, *(code for _, code in protocol.status)):
        if code is not None:
            yield REQUEST, code
            yield 1 - REQUEST, code
    for rule in protocol.secrets:
        if rule.when is not None:
            yield rule.side, rule.when


def hints(protocol: Protocol) -> tuple[Hints, Hints]:
    """By side: field -> the constants that some guard compares it with, in the order met."""
    found: tuple[Hints, Hints] = ({}, {})
    for side, code in codes(protocol):
        _ask(found, side, code)
    for number, machine in enumerate(protocol.sides):
        for state in machine.states:
            if state.extent is not None and state.extent[0] != "call":
                compared(found, number, state.extent, SIZES)  # how many octets follow is said by a field
    return found


def goals(protocol: Protocol) -> list[tuple[Hints, Hints]]:
    """For each transition, and each choice of a message, whose guard compares something: by side, what that guard alone asks for."""
    found = []
    for number, side in enumerate(protocol.sides):
        for state in side.states:
            guards = [choice.when for choice in state.parse] + [transition.when for transition in state.next]
            for when in [*guards, *(code for _, code in state.params)]:
                goal: tuple[Hints, Hints] = ({}, {})
                if when is not None:
                    _ask(goal, number, when)
                    _remembered(goal, when, protocol)
                if any(goal) and goal not in found:
                    found.append(goal)
    return found


def _remembered(found: tuple[Hints, Hints], code: Code, protocol: Protocol) -> None:
    """Of a guard about variables of the session: what the messages must be that set them."""
    asked: dict[str, list[Any]] = {part[1]: [] for part in walk(code) if part[0] == "session"}
    for part in walk(code):
        if part[0] in COMPARE or part[0] == "in":
            constants = [value for inner in walk(part) for value in _constants(inner) if value not in (0, None)]
            for inner in walk(part):
                if inner[0] == "session":
                    asked[inner[1]] += constants
    for number, side in enumerate(protocol.sides):
        for state in side.states:
            for assign in state.assigns:
                if assign.scope == "session" and assign.name in asked:
                    compared(found, number, assign.value, asked[assign.name])
            for transition in state.next:
                for assign in transition.assigns:
                    if assign.scope == "session" and assign.name in asked:
                        compared(found, number, assign.value, asked[assign.name])
                        if transition.when is not None:
                            _ask(found, number, transition.when)


def _ask(found: tuple[Hints, Hints], side: int, code: Code) -> None:
    """Note what one guard of a side compares its fields with."""
    for part in walk(code):
        if part[0] in COMPARE:
            for field, other in ((part[1], part[2]), (part[2], part[1])):
                compared(found, side, field, _constants(other))
        elif part[0] == "in":
            compared(found, side, part[1], _constants(part[2]))
            compared(found, side, part[2], _constants(part[1]))
        elif part[:2] == ("call", "find"):
            for name in _constants(part[3]):
                _note(found, side, (part[2][0], "name"), [name])


def shapes(found: tuple[Hints, Hints], side: int, *codes: Code) -> None:
    """Note texts of the form that an expression takes apart: those that begin or end as it asks, numbers in a row, what stands between delimiters,
    a parameter."""
    parts = [part for code in codes for part in walk(code)]
    begun = [text for part in parts if part[:2] == ("call", "starts") for text in _constants(part[3]) if isinstance(text, bytes)]
    parameters = any(part[:2] == ("call", "param") for part in parts)
    for part in parts:
        if part[0] == "index" and part[1][:2] in (("call", "numbers"), ("call", "split")) and part[2][0] == "const" and isinstance(part[2][1], int):
            count = part[2][1] + 1 if part[2][1] >= 0 else -part[2][1]
            between = b"," if part[1][1] == "numbers" else (_constants(part[1][3]) or [b" "])[0]
            compared(found, side, part[1][2], [between.join(b"%d" % number for number in range(2, count + 3))])
        elif part[0] == "call" and part[1] in ("starts", "ends") and not (parameters and begun):
            for text in _constants(part[3]):
                if isinstance(text, bytes):
                    compared(found, side, part[2], [text, text + b"1" if part[1] == "starts" else b"1 " + text])
        elif part[:2] == ("call", "param"):
            for name in _constants(part[3]):
                if isinstance(name, bytes):
                    compared(found, side, part[2], [text + b"a; " + name + b"=c" for text in begun or [b"a/"]])


def compared(found: tuple[Hints, Hints], side: int, code: Code, values: list[Any]) -> None:
    """An expression is compared with constants: they are worth trying for the field that it is, or that it is computed from. What is found by name
    in a list is the `value` of an element."""
    if code[0] == "if":
        for branch in code[2:]:
            compared(found, side, branch, values)
        return
    if code[0] in ("index", "slice", "memo"):
        compared(found, side, code[2] if code[0] == "memo" else code[1], values)
        return
    if code[0] in ("+", "-") and code[2][0] == "const" and isinstance(code[2][1], int):
        shift = code[2][1] if code[0] == "-" else -code[2][1]
        compared(found, side, code[1], [value + shift for value in values if type(value) is int])
        return
    if code[0] in ("&", "|"):
        for operand in code[1:]:
            compared(found, side, operand, values)
        return
    if code[0] in (">>", "<<") and code[2][0] == "const" and isinstance(code[2][1], int):
        shift = code[2][1]
        compared(found, side, code[1], [value << shift if code[0] == ">>" else value >> shift for value in values if type(value) is int])
        return
    if code[:2] == ("call", "len"):
        values = [bytes(value) for value in values if type(value) is int and 0 <= value <= _LENGTH]
    _note(found, side, code, values)
    if code[0] != "call":
        return
    for part in walk(code):
        if part[:2] == ("call", "find") and part[2][0] in ("own", *SIDES):
            _note(found, side, (part[2][0], "name"), _constants(part[3]))
            _note(found, side, (part[2][0], "value"), [value if isinstance(value, bytes) else b"%d" % value for value in values if value is not None])
            return
    for argument in code[2:]:
        if isinstance(argument, tuple):
            compared(found, side, argument, values)


def _constants(code: Code) -> list[Any]:
    if code[0] == "const":
        return list(code[1]) if isinstance(code[1], list | tuple) else [code[1]]
    if code[0] == "list":
        return [value for part in code[1:] for value in _constants(part)]
    return []


def _note(found: tuple[Hints, Hints], side: int, field: Code, values: list[Any]) -> None:
    root = field
    while root[0] == "attr":
        root = root[1]
    if root[0] == "own":
        target = found[side]
    elif root[0] in SIDES:
        target = found[SIDES.index(root[0])]
    else:
        return
    known = target.setdefault(field[2] if field[0] == "attr" else field[1], [])
    known.extend(value for value in values if value is not None and value not in known)


def fields(code: Code | None) -> list[str]:
    """The fields of its own message that an expression reads, in order."""
    return [] if code is None else [part[1] for part in walk(code) if part[0] == "own"]


def role_wish(code: Code | None, side: int, pick: Callable[[list[Any]], Any] = lambda values: values[0]) -> dict[str, Any]:
    """Fields that give a message this role, where `role` is as plain as `'response' if qr == 1 else 'request'`, or asks what is in a list, or asks so
    behind another question; else nothing. `pick` chooses from a list."""
    while code is not None and code[0] == "memo":
        code = code[2]
    if code is None or code[0] != "if":
        return {}
    wanted = ("const", SIDES[side].encode())
    for branch, holds in ((code[2], True), (code[3], False)):
        inner = {} if branch == wanted else role_wish(branch, side, pick)
        if branch == wanted or inner:
            return {**inner, **_answer(code[1], holds, pick)}
    return {}


def _answer(test: Code, holds: bool, pick: Callable[[list[Any]], Any]) -> dict[str, Any]:
    """A field that makes the answer to a plain question so, if one does."""
    while test[0] == "memo":
        test = test[2]
    if test[:2] == ("call", "present"):
        return _chosen(test[2], None, pick) if holds else {}
    if test[0] == "in":
        name, values = _leaf(test[1]), _constants(test[2])
        return {name: pick(values)} if holds and name and values else {}
    if test[0] not in ("==", "!="):
        return {}
    field, constant = (test[1], test[2]) if test[2][0] == "const" else (test[2], test[1])
    name = _leaf(field)
    if not name or constant[0] != "const":
        return {}
    value = constant[1]
    if (test[0] == "==") == holds:
        return {name: value}
    return {name: value ^ 1 if value < 2 else value - 1} if isinstance(value, int) and value >= 0 else {}


def _leaf(code: Code) -> str:
    """The name of the field of its own message that an expression is, of the first one where others stand in for it; else ''."""
    while code[0] == "memo" or code[:2] == ("call", "default"):
        code = code[2]
    name = code[-1] if code[0] in ("own", "attr") else ""
    while code[0] == "attr":
        code = code[1]
    return str(name) if code[0] == "own" else ""


def _chosen(code: Code, value: Any, pick: Callable[[list[Any]], Any]) -> dict[str, Any]:
    """A field by which a constant table gives this value (None: any)."""
    while code[0] == "memo":
        code = code[2]
    if code[0] != "index" or code[1][0] != "const" or not isinstance(code[1][1], dict):
        return {}
    keys = [key for key, given in code[1][1].items() if value is None or given == value]
    name = _leaf(code[2])
    keys = [key.encode("latin-1") if isinstance(key, str) else key for key in keys]
    return {name: pick(keys)} if name and keys else {}


def key_wish(code: Code, key: Any, pick: Callable[[list[Any]], Any]) -> dict[str, Any]:
    """Fields that give a message this key, as far as it is made of fields, of tables of constants, and of lists of them."""
    while code[0] == "memo":
        code = code[2]
    if key is None:
        return {}
    if code[0] == "list" and isinstance(key, list | tuple):
        found: dict[str, Any] = {}
        for part, value in zip(code[1:], key, strict=False):
            found.update(key_wish(part, value, pick))
        return found
    if code[:2] == ("call", "default"):
        found = _chosen(code[2], key, pick)
        if found:
            return found
        if code[2][0] == "index":
            return key_wish(code[3], key, pick)
        return {name: key for name in map(_leaf, code[2:]) if name}  # whichever of them the message has
    name = _leaf(code)
    return {name: key} if name else {}
