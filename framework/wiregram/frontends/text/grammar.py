"""A text grammar: the `frontends.Grammar` of a `.lark` file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lark.grammar import Rule

from wiregram.frontends.text import regex
from wiregram.frontends.text.closing import closing
from wiregram.frontends.text.layout import Layout
from wiregram.frontends.text.machine import Machine, expand, terminals
from wiregram.frontends.text.model import Oracle, TextModel, model
from wiregram.frontends.text.openings import openings
from wiregram.frontends.text.source import Source
from wiregram.frontends.text.verdicts import Verdicts
from wiregram.model.errors import ERROR, GrammarError, Problem
from wiregram.program.protocol import Limits
from wiregram.program.text import CONVERSIONS, TextProgram
from wiregram.program.types import Message


class TextGrammar:
    """Messages are the rules whose names do not begin with `_`. What is wrong with the file is raised when it is loaded; what is wrong with one
    message when that message is asked for."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self._source = Source(path, text)
        try:
            regex.verify()
        except regex.Refused as error:
            raise GrammarError(Problem(str(error), file=path)) from error
        self._grammar, names = self._source.load()
        definitions, rules, _ = expand(self._source, self._grammar, names)
        self._escapes = self._source.escapes()
        try:
            terminals(self._source, definitions)
        except GrammarError as error:
            raise GrammarError([*error.problems, *self._escapes]) from error
        self.messages: dict[str, Message] = {}
        problems: dict[tuple[str, str], Problem] = {}
        for name in names:
            layout = Layout(_used(rules, name), name)
            for rule, field in layout.clashes():
                problems[rule, field] = self._source.problem(
                    f"rule `{rule}` gives the field `{field}` in two ways" if field != "kind" else f"rule `{rule}` gives a field `kind`",
                    rule,
                    suggestion="`kind` is the alias of the alternative or the rule's name: call the part otherwise"
                    if field == "kind"
                    else "a terminal and a rule of one name differ only in case: rename one",
                )
            self.messages[name] = layout.message()
        if problems:
            raise GrammarError(problems.values())
        self._machines: dict[str, Machine] = {}
        self._verdicts: dict[str, Verdicts] = {}

    @property
    def sources(self) -> tuple[str, ...]:
        """The file itself, and all that its imports looked at."""
        return tuple(self._source.files)

    def machine(self, message: str) -> Machine:
        """The message's automata, made once. Raises `GrammarError`."""
        found = self._machines.get(message)
        if found is None:
            if message not in self.messages:
                raise GrammarError(self._source.problem(f"no rule `{message}` could be a message", message))
            found = self._machines[message] = Machine(self._source, self._grammar, message)
        return found

    def compile(self, message: str, types: Mapping[str, str], keep: frozenset[str] | None, limits: Limits) -> TextProgram:
        """The message's tables; raises `GrammarError` with everything that makes it unfit for a stream. `types` may name terminals of other
        grammars of the protocol."""
        wrong = [problem for problem in self.problems(message) if problem.severity == ERROR]
        for terminal, conversion in types.items():
            if conversion not in CONVERSIONS:
                known = f"a terminal's type is one of {', '.join(CONVERSIONS)}"
                wrong.append(self._source.problem(f"no type `{conversion}`", terminal, suggestion=known))
        if wrong:
            raise GrammarError(wrong)
        return self.machine(message).compile(types, keep, limits, self._verdict(message).look_back)

    def problems(self, message: str) -> list[Problem]:
        """What a stream makes wrong or dangerous about the message."""
        try:
            return [*self._verdict(message).problems, *self._escapes]
        except GrammarError as error:
            return [*error.problems, *self._escapes]

    def report(self, message: str) -> list[str]:
        """How each terminal ends on a stream, and how far the scanner looks beyond. Raises `GrammarError`."""
        return self._verdict(message).report()

    def model(self, message: str) -> TextModel:
        """What the harness generates from. Raises `GrammarError`."""
        return model(self.machine(message))

    def parameters(self, message: str) -> frozenset[str]:
        """A text message takes none."""
        return frozenset()

    def openings(self, message: str) -> tuple[tuple[int, ...], ...]:
        """The octets that its texts can begin with. Raises `GrammarError`."""
        return openings(self.model(message))

    def closing(self, message: str) -> bytes | None:
        """The octet that every text of the message ends with. Raises `GrammarError`."""
        return closing(self.model(message))

    def oracle(self, message: str, types: Mapping[str, str] | None = None, limits: Limits | None = None) -> Oracle:
        """Lark's own reading of a whole message: bytes -> value, None if it is none."""
        return Oracle(self.path, self._source.text, self.machine(message).layout, types or {}, limits or Limits())

    def _verdict(self, message: str) -> Verdicts:
        found = self._verdicts.get(message)
        if found is None:
            found = self._verdicts[message] = Verdicts(self.machine(message))
        return found


def load(path: str | Path, source: str | None = None) -> TextGrammar:
    """Load a `.lark` file (or `source` in its place). Raises `GrammarError` with every problem found."""
    if source is None:
        try:
            source = Path(path).read_text(encoding="utf-8")
        except OSError as error:
            raise GrammarError(Problem(f"cannot read the grammar: {error.strerror or error}", file=str(path))) from error
        except UnicodeDecodeError as error:
            raise GrammarError(Problem("the grammar is no text", file=str(path), suggestion="a grammar is ASCII")) from error
    return TextGrammar(str(path), source)


def _used(rules: list[Rule], start: str) -> list[Rule]:
    """The rules that a message reaches."""
    by_name: dict[str, list[Rule]] = {}
    for rule in rules:
        by_name.setdefault(str(rule.origin.name), []).append(rule)
    found = {start: None}
    for name in (todo := [start]):
        for rule in by_name.get(name, ()):
            for symbol in rule.expansion:
                if not symbol.is_term and str(symbol.name) not in found:
                    found[str(symbol.name)] = None
                    todo.append(str(symbol.name))
    return [rule for rule in rules if str(rule.origin.name) in found]
