"""The grammar files that a description names: found, loaded once, and their messages by name. Knows no language of grammars."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from wiregram import frontends
from wiregram.frontends import Grammar
from wiregram.manifest.description import Description, Written
from wiregram.manifest.validation import closest
from wiregram.model.errors import GrammarError, Problem
from wiregram.program.types import BYTES, FLOAT, INT, LIST, STRUCT, Message, Type

TEXT = ".lark"
SUFFIXES = (TEXT, ".py")
_NUMBERS = {"int": INT, "hex": INT, "uint": INT, "float": FLOAT}


class Source(msgspec.Struct, frozen=True):
    """A message of a protocol: the grammar that it stands in, and what it gives when `types` have converted it."""

    grammar: Grammar
    message: Message

    @property
    def textual(self) -> bool:
        return self.grammar.path.endswith(TEXT)


class Shelf:
    """Loads each grammar file once, however many protocols use it."""

    def __init__(self) -> None:
        self._loaded: dict[Path, Grammar | GrammarError] = {}

    def open(self, path: Path) -> Grammar:
        """Raises GrammarError, the same one each time."""
        path = path.resolve()
        if path not in self._loaded:
            try:
                self._loaded[path] = frontends.load(path)
            except GrammarError as error:
                self._loaded[path] = error
        found = self._loaded[path]
        if isinstance(found, GrammarError):
            raise found
        return found

    def sources(self) -> set[str] | None:
        """The files that the grammars loaded so far depend on; None where that cannot be told of one."""
        found: set[str] = set()
        for grammar in self._loaded.values():
            if isinstance(grammar, GrammarError) or grammar.sources is None:
                return None
            found.update(grammar.sources)
        return found


def find_grammar(description: Description, name: Written) -> Path | None:
    """The file that `name` names, beside the manifest or in its `grammars`."""
    return next((path for home in description.directories if (path := home / name.text).is_file()), None)


def gather(description: Description, shelf: Shelf, problems: list[Problem]) -> dict[str, Source] | None:
    """The messages of the description's grammars by name; None where a file is missing or wrong."""
    found: dict[str, Source] = {}
    complete = True
    textual = False
    fields: set[str] = set()
    named = {choice.message.text for side in description.sides for state in side.states for choice in state.parse}
    for name in description.grammars:
        path = find_grammar(description, name)
        if path is None:
            there = [file.name for home in description.directories if home.is_dir() for file in home.iterdir() if file.suffix in SUFFIXES]
            looked = " and ".join(str(home) for home in description.directories)
            problems.append(description.problem(f"no grammar file `{name.text}` in {looked}", name, suggestion=closest(name.text, sorted(there))))
            complete = False
            continue
        if path.suffix not in SUFFIXES:
            better = "its name must end in .lark (Lark, text) or .py (Construct, binary)"
            problems.append(description.problem(f"`{name.text}` is no grammar", name, suggestion=better))
            complete = False
            continue
        try:
            grammar = shelf.open(path)
        except GrammarError as error:
            problems += error.problems
            complete = False
            continue
        for message in grammar.messages.values():
            if message.name in found:
                if message.name in named:
                    other = Path(found[message.name].grammar.path).name
                    problems.append(description.problem(f"message `{message.name}` stands in {other} already: names must differ", name))
                    complete = False
                continue
            if grammar.path.endswith(TEXT):
                textual = True
                fields |= _leaves(message.fields)
                message = msgspec.structs.replace(message, fields=_converted(message.fields, description.types))
            found[message.name] = Source(grammar, message)
    if complete:
        _check_types(description, fields, textual, problems)
    return found if complete else None


def _check_types(description: Description, fields: set[str], textual: bool, problems: list[Problem]) -> None:
    for terminal in description.types:
        at = (description.name, "types", terminal)
        if not textual:
            problems.append(description.problem("`types` converts the terminals of a Lark grammar: this protocol has none", at))
        elif terminal.lower() not in fields:
            near = closest(terminal, sorted(field.upper() for field in fields))
            problems.append(description.problem(f"no message has a field from a terminal `{terminal}`", at, suggestion=near))


def _leaves(fields: Mapping[str, Type]) -> set[str]:
    """The names of all fields, nested ones too."""
    found: set[str] = set()
    for name, kind in fields.items():
        found.add(name)
        inner = kind.item if kind.kind == LIST and kind.item else kind
        found |= _leaves(inner.fields)
    return found


def _converted(fields: Mapping[str, Type], types: Mapping[str, str]) -> dict[str, Type]:
    return {name: _convert(name, kind, types) for name, kind in fields.items()}


def _convert(name: str, kind: Type, types: Mapping[str, str]) -> Type:
    if kind.kind == LIST and kind.item is not None:
        return msgspec.structs.replace(kind, item=_convert(name, kind.item, types))
    if kind.kind == STRUCT:
        return msgspec.structs.replace(kind, fields=_converted(kind.fields, types))
    if kind.kind == BYTES and not kind.enum and (number := _NUMBERS.get(types.get(name.upper(), ""))):
        return Type(number, maybe=True)
    return kind
