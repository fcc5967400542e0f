"""How long a description is: its lines that are neither blank nor comment. Understands comments and strings, nothing else."""

from __future__ import annotations

import io
import tokenize
from pathlib import Path

import msgspec

from wiregram.compiler.grammars import find_grammar
from wiregram.manifest.description import Description


class Lines(msgspec.Struct, frozen=True):
    """Lines of the grammar files and of the table."""

    grammar: int
    table: int

    @property
    def total(self) -> int:
        return self.grammar + self.table


def count_lines(description: Description) -> Lines:
    """Of one protocol. A grammar file that two protocols share counts for each."""
    files = [path for name in description.grammars if (path := find_grammar(description, name))]
    return Lines(sum(grammar_lines(path) for path in files), table_lines(description))


def grammar_lines(path: Path) -> int:
    text = path.read_text(encoding="utf-8")
    return _python_lines(text) if path.suffix == ".py" else _lark_lines(text)


def _lark_lines(text: str) -> int:
    lines = (line.strip() for line in text.split("\n"))
    return sum(1 for line in lines if line and not line.startswith(("//", "#")))


def _python_lines(text: str) -> int:
    """Lines that hold a token which is neither comment nor docstring."""
    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING, tokenize.ENDMARKER}
    counted: set[int] = set()
    statement = True  # whether a token here would begin a statement
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT):
            statement = True
        elif token.type not in skipped:
            if not (statement and token.type == tokenize.STRING):
                counted.update(range(token.start[0], token.end[0] + 1))
            statement = False
    return len(counted)


def table_lines(description: Description) -> int:
    """Lines of the manifest on which the protocol's keys and values stand, without blank and comment lines."""
    document = description.document
    lines = [line.strip() for line in document.text.split("\n")]
    return sum(1 for number in document.lines_of(description.path) if lines[number - 1] and not lines[number - 1].startswith("#"))
