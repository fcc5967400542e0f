"""The executors of parser programs: resumable at every byte, bounded. They know programs, never grammars."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from wiregram.model.parsing import Parser

__all__ = ["begin"]

_MAKERS: dict[type, Callable[[Any, dict[str, object] | None], Parser]] = {}
"""Program class -> what makes its parser; filled at first use, so that a capture loads only the executors that it needs."""


def begin(program: Any, params: dict[str, object] | None = None) -> Parser:
    """A parser for one message of `program`. `params` are what a binary message takes from outside; a text message takes none."""
    try:
        make = _MAKERS[type(program)]
    except KeyError:
        make = _MAKERS[type(program)] = _maker(program)
    return make(program, params)


def _maker(program: Any) -> Callable[[Any, dict[str, object] | None], Parser]:
    from wiregram.program.text import TextProgram

    if isinstance(program, TextProgram):
        from wiregram.parse.text import TextParser

        return cast(Callable[[Any, dict[str, object] | None], Parser], TextParser)  # `expected` and `visits` are computed when asked for
    from wiregram.parse.binary import BinaryParser

    return BinaryParser
