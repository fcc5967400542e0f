"""Grammar files -> messages and programs. The only room that imports lark or construct, each in its own front end."""

from __future__ import annotations

from pathlib import Path

from wiregram.frontends.grammar import Grammar
from wiregram.model.errors import GrammarError, Problem

__all__ = ["Grammar", "load"]


def load(path: str | Path, source: str | None = None) -> Grammar:
    """Load a grammar file by its suffix: `.lark` (text) or `.py` (binary). `source` stands in for the file's content.

    Raises `GrammarError`. A `.py` grammar is run: it is code, and must be trusted.
    """
    suffix = Path(path).suffix
    if suffix == ".lark":
        from wiregram.frontends import text

        return text.load(path, source)
    if suffix == ".py":
        from wiregram.frontends import binary

        return binary.load(path, source)
    raise GrammarError(
        Problem(
            f"'{Path(path).name}' is no grammar: its name must end in .lark (Lark, text) or .py (Construct, binary)",
            file=str(path),
        )
    )
