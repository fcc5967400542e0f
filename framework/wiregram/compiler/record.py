"""What is recorded of a transaction: the record's shape, secrets, status, summary, and when it is logged."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from wiregram.compiler.draft import Draft
from wiregram.manifest.description import Written
from wiregram.manifest.expression import Names
from wiregram.manifest.positions import Path
from wiregram.manifest.validation import closest
from wiregram.program.expression import Code
from wiregram.program.protocol import REQUEST, RESPONSE, SIDES, Each, Log, SecretRule, Shape, Table, Value
from wiregram.program.types import ANY, BYTES, LIST, STRUCT, Type

_MADE = ("each", "merge")
_SECRET = re.compile(r"(request|response)((?:\.[A-Za-z_][A-Za-z0-9_]*)+)(?:\[(\d+):\])?")


def build_record(draft: Draft) -> Shape:
    """The `record` that is written, or all fields of both sides."""
    written = draft.description.record
    if written is None:
        return default_record(draft)
    return _shape(draft, written, (draft.description.name, "record"), draft.logged())


def default_record(draft: Draft) -> Shape:
    sides: list[tuple[str | Code, Shape]] = []
    for side in (REQUEST, RESPONSE):
        entries: list[tuple[str | Code, Shape]] = []
        for name in draft.fields[side]:
            if name == "kind" and len(draft.fields[side][name].names) == 1:
                continue  # one rule's name, which says nothing
            entries.append((name, Value((SIDES[side], name))))
        if entries:
            sides.append((SIDES[side], Table(tuple(entries))))
    return Table(tuple(sides))


def _shape(draft: Draft, item: Any, path: Path, names: Names) -> Shape:
    if isinstance(item, str):
        code, kind = draft.code(Written(item, path), names)
        if kind.kind == "extent":
            draft.wrong("an extent is no value", Written(item, path))
        return Value(code)
    if not isinstance(item, dict):
        suggestion = f'an expression is text: "{item}"' if isinstance(item, (int, float)) else "a list of values is `{ each = ..., value = ... }`"
        draft.wrong("a record is made of expressions and tables", path, suggestion)
        return Table(())
    made = [word for word in _MADE if word in item]
    if len(made) == 2:
        draft.wrong("a table has `each` or `merge`, not both", (*path, "merge"))
    if made:
        return _made(draft, item, path, names, made[0])
    return _table(draft, item, path, names)


def _made(draft: Draft, item: dict[str, Any], path: Path, names: Names, word: str) -> Shape:
    items: Code
    kind: Type
    if not isinstance(item[word], str):
        draft.wrong(f"`{word}` is an expression that gives a list", (*path, word))
        return Table(())
    items, kind = draft.code(Written(item[word], (*path, word)), names)
    if kind.kind not in (LIST, ANY):
        draft.wrong(f"`{word}` needs a list, this is {kind}", Written(item[word], (*path, word)))
    element = kind.item if kind.kind == LIST and kind.item else Type(ANY)
    inside = msgspec.structs.replace(names, item=element)
    when = draft.guard(Written(item["when"], (*path, "when")), inside) if isinstance(item.get("when"), str) else None
    rest = {name: value for name, value in item.items() if name not in (*_MADE, "when")}
    if "value" in rest and word == "each":
        if len(rest) > 1:
            other = next(name for name in rest if name != "value")
            draft.wrong("`value` makes a list of values: no other key can stand beside it", (*path, other))
        return Each(items, _shape(draft, rest["value"], (*path, "value"), inside), when)
    if not rest:
        if word == "merge" or element.kind in (STRUCT, LIST):
            draft.wrong(f"`{word}` needs the keys that each element gives", (*path, word), 'such as `name = "name"`')
        return Each(items, Value(("item", "value")), when)
    return Each(items, _table(draft, rest, path, inside), when, word == "merge")


def _table(draft: Draft, item: dict[str, Any], path: Path, names: Names) -> Table:
    entries: list[tuple[str | Code, Shape]] = []
    for key, value in item.items():
        place = (*path, key)
        name: str | Code = key
        if key.startswith("{") and key.endswith("}"):
            name, kind = draft.code(Written(key[1:-1], place, 1, key=True), names)
            if kind.kind not in (BYTES, ANY, "int"):
                draft.wrong(f"a key is text, this is {kind}", place)
        entries.append((name, _shape(draft, value, place, names)))
    return Table(tuple(entries))


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
