"""A library from the cache, as long as no file has changed that it was made of. It knows how a library is written down, not how one is compiled."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from functools import cache as once
from pathlib import Path
from typing import Any

import msgspec

import wiregram.program
from wiregram.frontends import cache
from wiregram.frontends.remembered import FORMS, revive
from wiregram.program.library import Library
from wiregram.program.protocol import Protocol
from wiregram.program.settings import Settings


class _Written(msgspec.Struct):
    """What stands in the cache. `protocols` are without their messages, which stand in `programs`, each beside its grammar's suffix."""

    files: dict[str, str]
    protocols: list[Protocol]
    programs: list[list[tuple[str, msgspec.Raw]]]
    settings: Settings


class Kept:
    """The place of one library in the cache: that of `paths` (in their order) with `settings`, which may be a file."""

    def __init__(self, paths: Sequence[Path], settings: Settings | str | None) -> None:
        self._started = time.time_ns()
        self._settings = settings if isinstance(settings, str) else ""
        said = b"" if settings is None else settings.encode() if isinstance(settings, str) else msgspec.msgpack.encode(settings)
        kind = type(settings).__name__.encode()
        self._key = cache.digest(*(str(path.absolute()).encode() for path in paths), kind, said, _tools()) if cache.home() is not None else ""

    def get(self) -> Library | None:
        """The library, if nothing has changed since it was kept."""
        body = cache.get(self._key) if self._key else None
        if body is None:
            return None
        try:
            written = msgspec.msgpack.decode(body, type=_Written)
            return _library(written) if cache.unchanged(written.files) else None
        except (msgspec.MsgspecError, ValueError, RecursionError):
            cache.drop(self._key)
            return None

    def put(self, library: Library, files: Iterable[str] | None) -> None:
        """Keep what was made of `files` (None: that cannot be told), among them those that would have been read if they had been there."""
        if not self._key or files is None:
            return
        sources = {*files, str(Path(self._settings).absolute())} if self._settings else {*files}
        found = cache.digests(sorted(sources), self._started)
        if found is None:
            return
        try:
            body = msgspec.msgpack.encode(_written(library, found))
            same = _library(msgspec.msgpack.decode(body, type=_Written)) == library
        except (msgspec.MsgspecError, OverflowError, RecursionError, TypeError, ValueError):
            return  # a constant that no table of numbers holds
        if same:
            cache.put(self._key, body)


def _written(library: Library, files: dict[str, str]) -> _Written:
    suffixes: dict[Any, str] = {form: suffix for suffix, form in FORMS.items()}
    protocols = list(library.protocols.values())
    programs = [[(suffixes[type(one)], msgspec.Raw(msgspec.msgpack.encode(one))) for one in protocol.messages] for protocol in protocols]
    return _Written(files, [msgspec.structs.replace(protocol, messages=()) for protocol in protocols], programs, library.settings)


def _library(written: _Written) -> Library:
    """Raises ValueError where a number in a table leads nowhere."""
    protocols = {}
    for protocol, programs in zip(written.protocols, written.programs, strict=True):
        messages = tuple(revive(found, suffix) for suffix, found in programs)
        if None in messages:
            raise ValueError("a number in a table leads nowhere")
        protocols[protocol.name] = msgspec.structs.replace(_settled(protocol), messages=messages)
    return Library(protocols, written.settings)


def _settled(value: Any) -> Any:
    """`value` with its expressions as tuples again, which came back as lists; a constant stays as it is."""
    if isinstance(value, msgspec.Struct):
        fields = {name: _settled(getattr(value, name)) for name in value.__struct_fields__}
        return type(value)(**fields)
    if not isinstance(value, (tuple, list)) or not value:
        return value
    if value[0] == "const" and not isinstance(value[-1], msgspec.Struct):
        return tuple(value)
    return tuple(map(_settled, value))


@once
def _tools() -> bytes:
    """All that a library depends on beside its files: Python, the packages, the framework's own code."""
    home = Path(wiregram.program.__file__).parents[1]
    return cache.tools(home, ("construct", "cryptography", "lark", "msgspec"), home.rglob("*.py")).encode()
