"""One message of one protocol, by name, whether the machines use it or not: for `wiregram parse`, and for the harness."""

from __future__ import annotations

import os
from typing import Any

import msgspec

from wiregram.compiler.grammars import Shelf, Source, gather
from wiregram.manifest.description import Description
from wiregram.manifest.loading import limits_of, load_tables, search_path
from wiregram.manifest.validation import closest, listed
from wiregram.model.errors import ERROR, CompileError, GrammarError, ManifestError, Problem


class Messages(msgspec.Struct, frozen=True):
    """The messages of a protocol's grammars by name."""

    description: Description
    sources: dict[str, Source]

    def source(self, message: str) -> Source:
        """Raises CompileError for a name that is no message."""
        if message not in self.sources:
            better = closest(message, self.sources) or f"its messages: {listed(self.sources)}"
            problem = Problem(f"no message `{message}` in the grammar of `{self.description.name}`", suggestion=better)
            raise CompileError(problem)
        return self.sources[message]

    def program(self, message: str) -> Any:
        """The message's program with all of its fields; raises GrammarError."""
        source = self.source(message)
        return source.grammar.compile(message, self.description.types if source.textual else {}, None, limits_of(self.description))

    def model(self, message: str) -> Any:
        """The message as the harness generates from it."""
        return self.source(message).grammar.model(message)


def messages(name: str, *directories: str | os.PathLike[str], bundled: bool = True) -> Messages:
    """The messages of protocol `name`; raises ManifestError or GrammarError. The machines are not looked at."""
    tables = load_tables(search_path(directories, defaults=bundled))
    description = tables.descriptions.get(name)
    if description is None:
        of_it = [problem for problem in tables.problems if problem.severity == ERROR and problem.key.split(".")[0] in (name, "")]
        raise ManifestError(of_it or Problem(f"no protocol `{name}`", suggestion=closest(name, tables.descriptions) or "`wiregram list` shows them"))
    problems: list[Problem] = []
    sources = gather(description, Shelf(), problems)
    if sources is None:
        raise GrammarError(problems)
    return Messages(description, sources)
