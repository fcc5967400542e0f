"""What every text of a message has in common: how it ends."""

from __future__ import annotations

from wiregram.compiler.grammars import Source


def ends_with(source: Source) -> bytes | None:
    """The octet that every text of the message ends with; None where there is none, or for a binary message."""
    return source.grammar.closing(source.message.name)
