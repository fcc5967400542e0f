"""How a parser is begun: each kind of program has its executor. It knows their names, and loads them when they are needed."""

from __future__ import annotations

from typing import Any

from wiregram.model.parsing import Parser

MAKERS: dict[type, Any] = {}
"""Program class -> what makes its parser; filled at first use, so that a capture loads only the executors that it needs."""


def begin(program: Any, params: dict[str, object] | None = None) -> Parser:
    """A parser for one message of `program`. `params` are what a binary message takes from outside; a text message takes none."""
    make = MAKERS.get(type(program))
    if make is None:
        make = MAKERS[type(program)] = executor(program)
    found: Parser = make(program, params)
    return found


def executor(program: Any) -> Any:
    """The class of the program's parsers."""
    from wiregram.program.text import TextProgram

    if isinstance(program, TextProgram):
        from wiregram.parse.text import TextParser

        return TextParser
    from wiregram.parse.binary import BinaryParser

    return BinaryParser
