"""What every front end makes of a grammar file: one interface, whatever the language beneath. It knows no language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from wiregram.model.errors import Problem
from wiregram.program.protocol import Limits
from wiregram.program.types import Message


class Grammar(Protocol):
    """A grammar file that loaded. Loading raises `GrammarError` with every problem of the file itself."""

    path: str
    messages: dict[str, Message]
    """What may be named in a manifest's `parse`, with the fields that it gives."""

    @property
    def sources(self) -> tuple[str, ...] | None:
        """The files on whose content it depends, those among them that would be read if they were there; None if that cannot be told."""
        ...

    def compile(self, message: str, types: Mapping[str, str], keep: frozenset[str] | None, limits: Limits) -> Any:
        """The message's program (a frozen struct of plain data, with `dump() -> str`). `types` converts terminals (text grammars only),
        `keep` are the top-level fields that are read (None: all). Raises `GrammarError` with every problem."""
        ...

    def report(self, message: str) -> list[str]:
        """Lines for a reader: how each part ends on a stream, and how far the message looks ahead."""
        ...

    def problems(self, message: str) -> Sequence[Problem]:
        """What `check` refuses (severity error) or warns of."""
        ...

    def parameters(self, message: str) -> frozenset[str] | None:
        """The parameters that the message reads; None where that cannot be told."""
        ...

    def openings(self, message: str) -> tuple[tuple[int, ...], ...]:
        """How the message can begin: ways, each a set of octets (bit n is octet n) a place. Every message begins in one of them; where one ends,
        anything may follow."""
        ...

    def closing(self, message: str) -> bytes | None:
        """The octet that every text of the message ends with; None where there is none, or for a binary message."""
        ...

    def model(self, message: str) -> Any:
        """The message as the harness generates from it, with an oracle that uses the language's own library."""
        ...
