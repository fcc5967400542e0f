"""Python in a grammar file that cannot be read, as a program calls it: one function of a value, or a message that Construct itself parses.

What it costs: the message waits for its whole frame, runs at the speed of `construct.parse`, is bounded by nothing but the frame's size, and its
grammar is compiled anew on every load, since a function cannot be written to a file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wiregram.frontends.binary.model import Model


class Called:
    """A function of one value; `program.binary.Foreign` is its contract."""

    def __init__(self, name: str, function: Callable[[Any], Any]) -> None:
        self.name = name
        self.function = function

    def value(self, value: Any) -> Any:
        """Only numbers, bytes and what is absent come back."""
        found = self.function(value)
        if isinstance(found, bytearray):
            return bytes(found)
        if found is None or isinstance(found, (bool, int, float, bytes)):
            return found
        raise TypeError(f"{self.name} gives a {type(found).__name__}")

    def message(self, octets: bytes, params: dict[str, Any]) -> tuple[Any, int] | None:
        return None


class Opaque:
    """A message whose declaration holds Python; Construct parses it, as the harness's oracle does."""

    def __init__(self, model: Model) -> None:
        self.name = model.name
        self.model = model

    def value(self, value: Any) -> Any:
        raise TypeError("a message is no function")

    def message(self, octets: bytes, params: dict[str, Any]) -> tuple[Any, int] | None:
        value, used = self.model.oracle(octets, params)
        return None if value is None else (value, used)
