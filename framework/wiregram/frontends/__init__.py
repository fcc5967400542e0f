"""Grammar files -> messages and programs. The only room that imports lark or construct, each in its own front end."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from wiregram.frontends.grammar import Grammar
from wiregram.frontends.remembered import remember
from wiregram.model.errors import GrammarError, Problem

__all__ = ["Grammar", "load"]


def load(path: str | Path, source: str | None = None) -> Grammar:
    """Load a grammar file by its suffix: `.lark` (text) or `.py` (binary). `source` stands in for the file's content.

    What was made of a file before comes from the cache; then neither library is loaded, unless something else is asked. Raises `GrammarError`.
    A `.py` grammar is run: it is code, and must be trusted.
    """
    front = _FRONTS.get(Path(path).suffix)
    if front is None:
        raise GrammarError(
            Problem(
                f"'{Path(path).name}' is no grammar: its name must end in .lark (Lark, text) or .py (Construct, binary)",
                file=str(path),
            )
        )
    if source is not None:
        return front(path, source)
    return remember(str(path), partial(front, path, None))


def _text(path: str | Path, source: str | None) -> Grammar:
    from wiregram.frontends import text

    return text.load(path, source)


def _binary(path: str | Path, source: str | None) -> Grammar:
    from wiregram.frontends import binary

    return binary.load(path, source)


_FRONTS = {".lark": _text, ".py": _binary}
