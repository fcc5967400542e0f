"""What is recorded of a transaction: the record's shape and schema, secrets, status, summary, and when it is logged."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from wiregram.compiler import schema
from wiregram.compiler.codes import Field, names
from wiregram.compiler.draft import Draft
from wiregram.compiler.schema import Schema
from wiregram.manifest.description import Written
from wiregram.manifest.expression import Names
from wiregram.manifest.kinds import article
from wiregram.manifest.positions import Path
from wiregram.manifest.validation import closest
from wiregram.program.expression import Code
from wiregram.program.protocol import REQUEST, RESPONSE, SIDES, Each, Log, SecretRule, Shape, Side, Table, Value
from wiregram.program.types import ANY, BYTES, CODING, EXTENT, INT, LIST, STRUCT, Type

_MADE = ("each", "merge")
_SECRET = re.compile(r"(request|response)((?:\.[A-Za-z_][A-Za-z0-9_]*)+)(?:\[(\d+):\])?")


class Recorded(msgspec.Struct, frozen=True):
    """A part of the record: how it is made, and what it looks like."""

    shape: Shape
    schema: Schema


def build_record(draft: Draft, sides: tuple[Side, Side], secrets: tuple[SecretRule, ...]) -> Recorded:
    """The `record` that is written, or all fields of both sides. `sides` and `secrets` say which of its values may be hidden."""
    hidden = _hidden(draft, sides, secrets)
    written = draft.description.record
    if written is None:
        return _default(draft, hidden)
    if "each" in written:
        draft.wrong(
            "a record is one object: `each` gives a list", (draft.description.name, "record", "each"), "write it in a table of the record, or `merge`"
        )
    return _Record(draft, hidden).part(written, (draft.description.name, "record"), draft.logged())


def _default(draft: Draft, hidden: frozenset[Field]) -> Recorded:
    sides: list[tuple[str | Code, Shape]] = []
    looks: dict[str, Schema] = {}
    for side in (REQUEST, RESPONSE):
        entries: list[tuple[str | Code, Shape]] = []
        inside: dict[str, Schema] = {}
        for name, kind in draft.fields[side].items():
            if name == "kind" and len(kind.names) == 1:
                continue  # one rule's name, which says nothing
            entries.append((name, Value((SIDES[side], name))))
            inside[name] = schema.value(kind, (SIDES[side], name) in hidden)
        if entries:
            sides.append((SIDES[side], Table(tuple(entries))))
            looks[SIDES[side]] = schema.table(inside)
    return Recorded(Table(tuple(sides)), schema.table(looks))


def _hidden(draft: Draft, sides: tuple[Side, Side], secrets: tuple[SecretRule, ...]) -> frozenset[Field]:
    """The names whose values may be secret: fields, and the variables that are computed from them. Of what relatives with secrets of their own
    hand over - layers, shared variables - all may be."""
    found = {(scope, rule.path[0]) for rule in secrets for scope in (SIDES[rule.side], "own")}
    family, name = draft.family, draft.description.name
    relatives = [other for each in family.relatives([name]) if each != name and (other := family.draft(each)) is not None]
    for other in relatives:
        if other.description.secrets:
            found.add(("parent", "session"))
            found.update(("tx", variable) for variable in other.tx)
            found.update(("session", variable) for variable in other.session)
            found.update((scope, layer) for side in (REQUEST, RESPONSE) for layer in family.layers(draft, side) for scope in (SIDES[side], "own"))
    if found:
        found.add(("this", ""))
    assigns = [
        (SIDES[number], assign)
        for number, side in enumerate(sides)
        for state in side.states
        for assign in (*state.assigns, *(each for transition in state.next for each in transition.assigns))
    ]
    known = -1
    while known != len(found):
        known = len(found)
        for side_name, assign in assigns:
            if names(assign.value) & found:
                found.update((scope, assign.name) for scope in ((side_name, "own") if assign.scope == "own" else (assign.scope,)))
    return frozenset(found)


class _Record:
    """Builds the shape and the schema side by side."""

    def __init__(self, draft: Draft, hidden: frozenset[Field]) -> None:
        self.draft = draft
        self.hidden = hidden
        self.secret = False  # inside the elements of a secret list

    def part(self, item: Any, path: Path, inside: Names) -> Recorded:
        draft = self.draft
        if isinstance(item, str):
            code, kind = draft.code(Written(item, path), inside)
            if kind.kind in (EXTENT, CODING):
                draft.wrong(f"{article(kind)} is no value", Written(item, path))
            return Recorded(Value(code), schema.value(kind, self.covers(code)))
        if not isinstance(item, dict):
            suggestion = f'an expression is text: "{item}"' if isinstance(item, (int, float)) else "a list of values is `{ each = ..., value = ... }`"
            draft.wrong("a record is made of expressions and tables", path, suggestion)
            return _NOTHING
        made = [word for word in _MADE if word in item]
        if len(made) == 2:
            draft.wrong("a table has `each` or `merge`, not both", (*path, "merge"))
        if made:
            return self.made(item, path, inside, made[0])
        return self.table(item, path, inside)

    def covers(self, code: Code) -> bool:
        return self.secret or bool(names(code) & self.hidden)

    def made(self, item: dict[str, Any], path: Path, outside: Names, word: str) -> Recorded:
        draft = self.draft
        if not isinstance(item[word], str):
            draft.wrong(f"`{word}` is an expression that gives a list", (*path, word))
            return _NOTHING
        items, kind = draft.code(Written(item[word], (*path, word)), outside)
        if kind.kind not in (LIST, ANY):
            draft.wrong(f"`{word}` needs a list, this is {kind}", Written(item[word], (*path, word)))
        element = kind.item if kind.kind == LIST and kind.item else Type(ANY)
        inside = msgspec.structs.replace(outside, item=element)
        when = draft.guard(Written(item["when"], (*path, "when")), inside) if isinstance(item.get("when"), str) else None
        rest = {name: value for name, value in item.items() if name not in (*_MADE, "when")}
        before, self.secret = self.secret, self.covers(items)
        each = self.element(rest, path, inside, word, element)
        self.secret = before
        merge = word == "merge"
        return Recorded(Each(items, each.shape, when, merge), each.schema if merge else schema.array(each.schema))

    def element(self, rest: dict[str, Any], path: Path, inside: Names, word: str, element: Type) -> Recorded:
        draft = self.draft
        if "value" in rest and word == "each":
            if len(rest) > 1:
                other = next(name for name in rest if name != "value")
                draft.wrong("`value` makes a list of values: no other key can stand beside it", (*path, other))
            return self.part(rest["value"], (*path, "value"), inside)
        if rest:
            return self.table(rest, path, inside)
        if word == "merge" or element.kind in (STRUCT, LIST):
            draft.wrong(f"`{word}` needs the keys that each element gives", (*path, word), 'such as `name = "name"`')
        return Recorded(Value(("item", "value")), schema.value(element, self.secret))

    def table(self, item: dict[str, Any], path: Path, inside: Names) -> Recorded:
        entries: list[tuple[str | Code, Shape]] = []
        fixed: dict[str, Schema] = {}
        computed: list[Schema] = []
        for key, value in item.items():
            place = (*path, key)
            part = self.part(value, place, inside)
            name: str | Code = key
            if key.startswith("{") and key.endswith("}"):
                name, kind = self.draft.code(Written(key[1:-1], place, 1, key=True), inside)
                if kind.kind not in (BYTES, ANY, INT):
                    self.draft.wrong(f"a key is text, this is {kind}", place)
                computed.append(part.schema)
            else:
                fixed[key] = part.schema
            entries.append((name, part.shape))
        return Recorded(Table(tuple(entries)), schema.table(fixed, schema.either(*computed) if computed else None))


_NOTHING = Recorded(Table(()), schema.table({}))


# ---- secrets


def build_secrets(draft: Draft) -> tuple[SecretRule, ...]:
    rules = []
    for secret in draft.description.secrets:
        found = _SECRET.fullmatch(secret.field.text)
        if not found:
            draft.wrong("a secret is a path: `request.field`, `request.field.inner`, `request.list[1:]`", secret.field)
            continue
        side = SIDES.index(found[1])
        path = tuple(found[2][1:].split("."))
        kind = _find(draft, secret.field, side, path)
        if kind and found[3] is not None and kind.kind not in (LIST, ANY):
            draft.wrong(f"`[{found[3]}:]` needs a list, this is {kind}", secret.field)
        when = draft.guard(secret.when, draft.on(side))
        rules.append(SecretRule(side, path, int(found[3]) if found[3] is not None else -1, when))
    return tuple(rules)


def _find(draft: Draft, field: Written, side: int, path: tuple[str, ...]) -> Type | None:
    """The type of the field at `path`; None, with a problem, where there is none."""
    fields = draft.fields[side]
    kind: Type | None = None
    for depth, name in enumerate(path):
        if name not in fields:
            offset = len(SIDES[side]) + 1 + sum(len(part) + 1 for part in path[:depth])
            text = f"the {SIDES[side]} has no field `{name}`" if depth == 0 else f"`{path[depth - 1]}` has no field `{name}`"
            draft.problems.append(draft.description.problem(text, field, offset, len(name), closest(name, fields)))
            return None
        kind = fields[name]
        inner = kind.item if kind.kind == LIST and kind.item else kind
        if inner.kind == ANY or (inner.kind == STRUCT and not inner.fields):
            return Type(ANY)
        fields = inner.fields
    return kind


# ---- status, summary, log


def build_status(draft: Draft) -> tuple[tuple[str, Code], ...]:
    names = draft.logged()
    found = []
    for name, text in draft.description.status.items():
        guard = draft.guard(text, names)
        if guard is not None:
            found.append((name, guard))
    return tuple(found)


def build_summary(draft: Draft) -> tuple[tuple[str, Code], ...]:
    names = draft.logged()
    return tuple((name, draft.code(text, names)[0]) for name, text in draft.description.summary.items())


def build_log(draft: Draft) -> Log:
    log = draft.description.log
    return Log(log.at, log.name or draft.description.name, draft.guard(log.when, draft.logged()))
