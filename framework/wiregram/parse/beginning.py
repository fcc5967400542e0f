"""How a parser is begun: each kind of program has its executor. It knows their names, and loads them when they are needed."""

from __future__ import annotations

from typing import Any

from wiregram.model.parsing import Parser


class Maker:
    """What makes the parsers of one kind of program. As a class of C's it is called without Python's ceremonies."""

    __slots__ = ()

    def make(self, program: Any, params: dict[str, object] | None) -> Any:
        raise NotImplementedError


MAKERS: dict[type, Maker] = {}
"""Program class -> what makes its parser; filled at first use, so that a capture loads only the executors that it needs."""


def begin(program: Any, params: dict[str, object] | None = None) -> Parser:
    """A parser for one message of `program`. `params` are what a binary message takes from outside; a text message takes none."""
    maker = MAKERS.get(type(program))
    if maker is None:
        maker = MAKERS[type(program)] = _maker(program)
    found: Parser = maker.make(program, params)
    return found


def _maker(program: Any) -> Maker:
    from wiregram.program.text import TextProgram

    if isinstance(program, TextProgram):
        from wiregram.parse.text import Texts

        return Texts()
    from wiregram.parse.binary import Binaries

    return Binaries()
