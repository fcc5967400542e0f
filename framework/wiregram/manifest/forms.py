"""The forms of value that a key of TOML can have: how each is called, and whether a value has it. Knows no key."""

from __future__ import annotations

import datetime
import re
from typing import Any

import msgspec

PORT = re.compile(r"(\d{1,5})-(\d{1,5})")


class Text(msgspec.Struct, frozen=True):
    """Any text."""

    shown: str = "text"


class Expression(msgspec.Struct, frozen=True):
    """Text that the expression compiler reads later."""

    shown: str = "expression"


class Flag(msgspec.Struct, frozen=True):
    """`only` restricts it to one of the two."""

    only: bool | None = None

    @property
    def shown(self) -> str:
        return "`true` or `false`" if self.only is None else f"`{str(self.only).lower()}`"


class Whole(msgspec.Struct, frozen=True):
    """A whole number from `low` to `high`."""

    low: int = 0
    high: int = (1 << 63) - 1
    unit: str = ""

    @property
    def shown(self) -> str:
        return "whole number" + (f" of {self.unit}" if self.unit else "")


class Seconds(msgspec.Struct, frozen=True):
    """A number, more than 0."""

    shown: str = "seconds"


class Word(msgspec.Struct, frozen=True):
    """One of `words`."""

    words: tuple[str, ...]

    @property
    def shown(self) -> str:
        return ", ".join(f'`"{word}"`' for word in self.words)


class Ports(msgspec.Struct, frozen=True):
    """A list of ports and ranges."""

    shown: str = 'ports and ranges (`[80, "8000-8099"]`)'


class Many(msgspec.Struct, frozen=True):
    """A list of `kind`."""

    kind: Kind
    empty: bool = False

    @property
    def shown(self) -> str:
        return f"list of {self.kind.shown}"


class Either(msgspec.Struct, frozen=True):
    """The first of `kinds` that has the value's form."""

    kinds: tuple[Kind, ...]

    @property
    def shown(self) -> str:
        return ", or ".join(kind.shown for kind in self.kinds)


class Section(msgspec.Struct, frozen=True):
    """A table with the keys of schema table `name`."""

    name: str
    shown: str = "table"


class Named(msgspec.Struct, frozen=True):
    """A table whose keys are the author's: each is `what`, and has a value of `kind`."""

    kind: Kind
    what: str

    @property
    def shown(self) -> str:
        return f"table: {self.what} -> {self.kind.shown}"


class Free(msgspec.Struct, frozen=True):
    """A table or list whose content is looked at elsewhere."""

    tables: bool = True
    lists: bool = False
    shown: str = "table"


Kind = Text | Expression | Flag | Whole | Seconds | Word | Ports | Many | Either | Section | Named | Free


def accepts(kind: Kind, value: Any) -> bool:
    """Whether `value` has the form of `kind`; what is inside it is not looked at."""
    match kind:
        case Text() | Expression() | Word():
            return isinstance(value, str)
        case Flag():
            return isinstance(value, bool)
        case Whole():
            return isinstance(value, int) and not isinstance(value, bool)
        case Seconds():
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        case Ports() | Many():
            return isinstance(value, list)
        case Section() | Named():
            return isinstance(value, dict)
        case Free():
            return (kind.tables and isinstance(value, dict)) or (kind.lists and isinstance(value, list))
        case Either():
            return any(accepts(each, value) for each in kind.kinds)


def called(value: Any) -> str:
    """What a TOML value is, in words."""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, str):
        return "text"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, (datetime.date, datetime.time)):
        return "a date"
    return "a table"
