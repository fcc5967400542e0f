"""Names that mean two things, or that no expression could say: of fields, variables, definitions, layers and parameters."""

from __future__ import annotations

import keyword
from collections.abc import Iterator

from wiregram.compiler.draft import RESERVED, Draft, message_fields
from wiregram.manifest.description import Written
from wiregram.manifest.positions import Path
from wiregram.manifest.validation import closest, listed
from wiregram.program.protocol import REQUEST, RESPONSE, SIDES

_OTHER = "give the variable another name"


def check_names(draft: Draft) -> None:
    """A field that is also a definition, a variable, a reserved name or a keyword; variables, definitions and layers likewise."""
    _definitions(draft)
    for name in draft.numbers:
        for field in draft.sources[name].message.fields:
            if fault := unsayable(field):
                text = f"message `{name}` has a field `{field}`, which is {fault}"
                draft.wrong(text, draft.use(name), "give it another name in the grammar")
    for side in (REQUEST, RESPONSE):
        _kept(draft, side)
        _layers(draft, side)
    _variables(draft)


def unsayable(name: str) -> str:
    """Why an expression cannot name a field or variable so, or ''."""
    return "a reserved name" if name in RESERVED else "a keyword" if keyword.iskeyword(name) else ""


def _definitions(draft: Draft) -> None:
    description = draft.description
    for name in dict.fromkeys((*description.definitions, *description.constants)):
        place = (*description.path, "define", name)
        if unsayable(name):
            draft.wrong(f"`{name}` is a reserved name and cannot be a definition", place)
        homes = [message for message in draft.numbers if name in message_fields(draft.sources[message].message)]
        if homes:
            draft.wrong(f"`{name}` is a field of message `{homes[0]}` already", place, "give the definition another name")


def _kept(draft: Draft, side: int) -> None:
    """A field that a state keeps stands beside those of the messages."""
    for state in draft.description.sides[side].states:
        if state.keep is None:
            continue
        name = state.keep.text
        if fault := unsayable(name):
            draft.wrong(f"`{name}` is {fault} and cannot be a field", state.keep, "give it another name")
        elif name in draft.description.definitions or name in draft.description.constants:
            draft.wrong(f"`{name}` is a definition already", state.keep, "give the field another name")
        else:
            homes = [message for message in draft.used[side] if name in message_fields(draft.sources[message].message)]
            if homes:
                draft.wrong(f"`{name}` is a field of message `{homes[0]}` already", state.keep, "give it another name")


def _layers(draft: Draft, side: int) -> None:
    for state in draft.description.sides[side].states:
        if state.feed is not None and state.feed.layer.text in {**draft.fields[side], **draft.own[side]}:
            name = state.feed.layer.text
            draft.wrong(f"`{name}` is a field or variable of the {SIDES[side]}, and a layer that it feeds", state.feed.layer)


def _variables(draft: Draft) -> None:
    whole: dict[tuple[str, str], Written] = {}
    tables: dict[tuple[str, str], Written] = {}
    for side, entry in draft.assigns:
        name, place = entry.name, entry.value
        if keyword.iskeyword(name) or (entry.scope == "own" and name in RESERVED):
            draft.wrong(f"`{name}` is {unsayable(name)} and cannot be a variable", place, _OTHER)
        elif entry.scope == "own" and name in draft.fields[side]:
            draft.wrong(f"`{name}` is a field of the {SIDES[side]} already", place, _OTHER)
        elif entry.scope == "own" and (name in draft.description.definitions or name in draft.description.constants):
            draft.wrong(f"`{name}` is a definition already, and a bare name could mean either", place, _OTHER)
        elif entry.scope == "tx" and name == "id":
            draft.wrong("`tx.id` is the transaction's number", place, _OTHER)
        (tables if entry.key is not None else whole).setdefault((entry.scope, name), place)
    for scope, name in tables.keys() & whole.keys():
        at = whole[scope, name]
        draft.wrong(f"`{scope}.{name}` is a table, whose entries are written elsewhere, and is written whole here", at, f"write `{name}[key]`")


# ---- parameters


def check_parameters(draft: Draft) -> None:
    """What a state hands to its message, and what the message asks for."""
    for place, name, given in _handing(draft):
        wanted = draft.sources[name].grammar.parameters(name)
        if wanted is None:
            continue  # it cannot be told
        for parameter, path in given.items():
            if parameter not in wanted:
                text = f"the message `{name}` has no parameter `{parameter}`"
                none = "a Lark message takes none" if draft.sources[name].textual else "its declaration reads no this._params.x"
                draft.wrong(text, path, closest(parameter, wanted) or (f"it reads {listed(sorted(wanted))}" if wanted else none))
        for parameter in sorted(wanted - given.keys()):
            draft.wrong(f"the message `{name}` reads this._params.{parameter}, and the state does not give it", place, f"with.{parameter} = ...")


def _handing(draft: Draft) -> Iterator[tuple[Written, str, dict[str, Path]]]:
    """Every message of a state, with what it is given."""
    for side in (REQUEST, RESPONSE):
        for state in draft.description.sides[side].states:
            given = {parameter: (*state.path, "with", parameter) for parameter in state.params}
            for choice in state.parse:
                if choice.message.text in draft.sources:
                    yield choice.message, choice.message.text, given
