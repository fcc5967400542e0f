"""A protocol's table as it was written, shorthands undone: what the manifest room hands to the compiler. Texts are not understood yet."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Any

import msgspec

from wiregram.manifest.document import Document
from wiregram.manifest.positions import Path
from wiregram.model.errors import ERROR, Problem

Ranges = tuple[tuple[int, int], ...]


class Written(msgspec.Struct, frozen=True):
    """A text and where it stands: `offset` characters into the value of `path`, or into its key."""

    text: str
    path: Path
    offset: int = 0
    key: bool = False


class Choice(msgspec.Struct, frozen=True):
    when: Written | None
    message: Written


class Assign(msgspec.Struct, frozen=True):
    """`scope` is own, tx or session. `key`: of the entry, where the variable is a table."""

    scope: str
    name: str
    value: Written
    append: bool
    key: Written | None = None


class Upgrade(msgspec.Struct, frozen=True):
    protocol: Written | None = None
    port: Written | None = None


class Expect(msgspec.Struct, frozen=True):
    path: Path
    protocol: Written
    to: str
    port: Written
    host: Written | None = None


class Decode(msgspec.Struct, frozen=True):
    coding: Written
    each: bool = False
    inflate: Written | None = None
    end: Written | None = None


class File(msgspec.Struct, frozen=True):
    path: Path
    name: Written | None = None
    when: Written | None = None
    each: bool = False
    data: Written | None = None
    key: Written | None = None
    ends: Written | None = None
    offset: Written | None = None


class Feed(msgspec.Struct, frozen=True):
    path: Path
    layer: Written
    data: Written | None = None
    scope: str = ""
    key: Written | None = None
    end: Written | None = None


class Transition(msgspec.Struct, frozen=True):
    """`to` is None where there is an upgrade, or where nothing is said."""

    path: Path
    to: Written | None = None
    when: Written | None = None
    hold: bool = False
    release: bool = False
    alone: Written | None = None
    assigns: tuple[Assign, ...] = ()
    event: Written | None = None
    upgrade: Upgrade | None = None
    cancel: Written | None = None
    expect: Expect | None = None


class State(msgspec.Struct, frozen=True):
    name: str
    path: Path
    parse: tuple[Choice, ...] = ()
    bytes: Written | None = None
    keep: Written | None = None
    assigns: tuple[Assign, ...] = ()
    next: tuple[Transition, ...] = ()
    params: dict[str, Written] = {}
    decode: Decode | None = None
    file: File | None = None
    feed: Feed | None = None


class Side(msgspec.Struct, frozen=True):
    """`both`'s states come first."""

    states: tuple[State, ...] = ()
    resync: Written | None = None


class Pattern(msgspec.Struct, frozen=True):
    content: Written
    nocase: bool = False
    offset: int = 0
    depth: int = 0
    when: Written | None = None


class Probe(msgspec.Struct, frozen=True):
    minimum: int = 1
    maximum: int = 0
    any_port: bool = False


class Pair(msgspec.Struct, frozen=True):
    """`key`: of requests, of responses."""

    by: str = ""
    key: tuple[Written, Written] | None = None
    begins: str = ""
    role: Written | None = None
    one_way: Written | None = None
    timeout: float = 30.0
    aside: Written | None = None
    told: bool = False  # the table has `pair`


class Group(msgspec.Struct, frozen=True):
    begin: Written
    join: Written | None = None
    end: Written | None = None
    key: Written | None = None


class Event(msgspec.Struct, frozen=True):
    name: str
    severity: str
    path: Path
    when: Written | None = None


class Secret(msgspec.Struct, frozen=True):
    """`when` None: always."""

    field: Written
    when: Written | None


class Log(msgspec.Struct, frozen=True):
    at: str = "transaction"
    name: str = ""
    when: Written | None = None


class Description(msgspec.Struct, frozen=True):
    """`directories` are where its grammar files are looked for; `record` is the TOML as it is, None where none is written."""

    name: str
    document: Document
    directories: tuple[FilePath, ...]
    title: str
    grammars: tuple[Written, ...] = ()
    ports: dict[str, Ranges] = {}
    mode: dict[str, str] = {}
    speaks_first: str = ""
    types: dict[str, str] = {}
    definitions: dict[str, Written] = {}
    constants: dict[str, Any] = {}
    secrets: tuple[Secret, ...] = ()
    patterns: tuple[tuple[Pattern, ...], tuple[Pattern, ...]] = ((), ())
    probe: Probe | None = Probe()
    derive: bool = True
    sides: tuple[Side, Side] = (Side(), Side())
    pair: Pair = Pair()
    events: tuple[Event, ...] = ()
    limits: dict[str, int] = {}
    silence: dict[str, str] = {}
    status: dict[str, Written] = {}
    summary: dict[str, Written] = {}
    log: Log = Log()
    record: dict[str, Any] | None = None
    group: Group | None = None
    layer: bool = False
    missed: Written | None = None

    @property
    def path(self) -> Path:
        return (self.name,)

    @property
    def definitions_as_written(self) -> dict[str, str]:
        return {name: written.text for name, written in self.definitions.items()}

    def problem(self, text: str, at: Written | Path, offset: int = -1, width: int = 1, suggestion: str = "", severity: str = ERROR) -> Problem:
        """A problem at what is written, or at a path's key. `offset` counts from the written text's first character."""
        if isinstance(at, tuple):
            return self.document.problem(text, at, at="key", suggestion=suggestion, severity=severity)
        if offset < 0 and at.offset:
            offset, width = 0, len(at.text)
        offset = at.offset + offset if offset >= 0 else -1
        side = "key" if at.key else "value"
        return self.document.problem(text, at.path, at=side, offset=offset, width=width, suggestion=suggestion, severity=severity)
