"""Protocol tables compiled against grammars that are only said, so that the rules are tested apart from the front ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from wiregram.compiler.grammars import Shelf
from wiregram.compiler.library import Outcome, compile_descriptions
from wiregram.manifest.document import Document
from wiregram.manifest.loading import Tables
from wiregram.manifest.reading import describe
from wiregram.manifest.validation import validate
from wiregram.model.errors import ERROR, Problem
from wiregram.program.protocol import Limits
from wiregram.program.types import BYTES, INT, LIST, STRUCT, Message, Type

TEXT, NUMBER, KIND = Type(BYTES, maybe=True), Type(INT), Type(BYTES, names=("ask", "answer"), enum=True)


class SaidGrammar:
    """A grammar of given messages; a program is the message's name and what it was compiled with."""

    def __init__(self, path: str, messages: Mapping[str, Message], edges: Mapping[str, tuple[bytes, bytes]]) -> None:
        self.path = path
        self.messages = dict(messages)
        self.edges = edges

    def compile(self, message: str, types: Mapping[str, str], keep: frozenset[str] | None, limits: Limits) -> Any:
        return (message, dict(types), None if keep is None else sorted(keep), limits.message)

    def report(self, message: str) -> list[str]:
        return [f"{message} streams"]

    def problems(self, message: str) -> list[Problem]:
        return []

    def parameters(self, message: str) -> frozenset[str] | None:
        return frozenset(("size", "width") if message == "sized" else ())

    def openings(self, message: str) -> tuple[tuple[int, ...], ...]:
        return (tuple(1 << octet for octet in self.edges.get(message, (b"", b""))[0]),)

    def closing(self, message: str) -> bytes | None:
        return self.edges.get(message, (b"", b""))[1][-1:] or None


LINES = SaidGrammar(
    "lines.lark",
    {
        "command": Message("command", {"verb": TEXT, "arg": Type(LIST, Type(BYTES)), "size": TEXT}),
        "line": Message("line", {"text": TEXT}),
        "reply": Message("reply", {"kind": Type(BYTES, names=("ok", "err", "go")), "text": TEXT}, ("ok", "err", "go")),
        "odd": Message("odd", {"side": TEXT, "class": TEXT}),
        "login": Message("login", {"user": TEXT, "password": TEXT}),
    },
    {"command": (b"", b"\n"), "line": (b"", b"\r\n"), "reply": (b"+OK", b"\n"), "login": (b"", b"")},
)
FRAMES = SaidGrammar(
    "frames.py",
    {
        "frame": Message("frame", {"id": NUMBER, "type": KIND, "body": Type(STRUCT, fields={"data": TEXT})}),
        "short": Message("short", {"id": NUMBER}),
        "sized": Message("sized", {"id": NUMBER}),
    },
    {},
)


class SaidShelf(Shelf):
    def open(self, path: Path) -> Any:
        return FRAMES if path.suffix == ".py" else LINES


Compile = Callable[..., Outcome]


@pytest.fixture
def compile_table(tmp_path: Path) -> Compile:
    """Compiles protocol `p` of a manifest's text, beside the others that stand in it; raises AssertionError where the table itself is wrong."""
    (tmp_path / "lines.lark").touch()
    (tmp_path / "frames.py").touch()

    def compiled(text: str, protocols: tuple[str, ...] = ("p",)) -> Outcome:
        document = Document(dedent(text), "p.toml")
        validated = validate(document)
        assert not validated.problems, "\n".join(problem.render() for problem in validated.problems)
        descriptions = {}
        for name, table in validated.data.items():
            descriptions[name], problems = describe(document, name, table, (tmp_path,))
            assert not problems, "\n".join(problem.render() for problem in problems)
        return compile_descriptions(descriptions, SaidShelf(), protocols)["p"]

    return compiled


@pytest.fixture
def problems_of(compile_table: Compile) -> Callable[..., list[str]]:
    """The rendered findings of a table, without hints unless they are asked for."""

    def rendered(text: str, hints: bool = False, protocols: tuple[str, ...] = ("p",)) -> list[str]:
        outcome = compile_table(text, protocols)
        return [problem.render() for problem in outcome.problems if hints or problem.severity != "hint"]

    return rendered


def errors(tables: Tables) -> list[str]:
    return [problem.render() for problem in tables.problems if problem.severity == ERROR]
