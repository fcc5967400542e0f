"""A library from the cache, as long as no file has changed that it was made of. It knows how a library is written down, not how one is compiled.

What is kept holds numbers, texts and the structs of `wiregram.program`, and nothing else is read from it: no code is found by a name in a file.
"""

from __future__ import annotations

import io
import pickle
import sys
import time
from collections.abc import Iterable, Sequence
from functools import cache as once
from pathlib import Path
from typing import Any

import msgspec

import wiregram.program
from wiregram.frontends import cache
from wiregram.program.library import Library
from wiregram.program.settings import Settings
from wiregram.program.text import TextProgram

_PROGRAM = wiregram.program.__name__ + "."


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
        library: Library
        body = cache.get(self._key) if self._key else None
        if body is None:
            return None
        try:
            files, library = _Reader(io.BytesIO(body)).load()
            if not cache.unchanged(files):
                return None
            programs = [program for protocol in library.protocols.values() for program in protocol.messages]
            if not all(program.whole() for program in programs if isinstance(program, TextProgram)):
                raise ValueError("a number in a table leads nowhere")
        except Exception:  # a reader of pickles may raise anything over bytes that are none
            cache.drop(self._key)
            return None
        return library

    def put(self, library: Library, files: Iterable[str] | None) -> None:
        """Keep what was made of `files` (None: that cannot be told), among them those that would have been read if they had been there."""
        if not self._key or files is None:
            return
        sources = {*files, str(Path(self._settings).absolute())} if self._settings else {*files}
        found = cache.digests(sorted(sources), self._started)
        if found is not None:
            cache.put(self._key, pickle.dumps((found, library), protocol=5))


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        found = getattr(sys.modules.get(module), name, None) if module.startswith(_PROGRAM) else None
        if not isinstance(found, type) or not issubclass(found, msgspec.Struct) or found.__module__ != module:
            raise pickle.UnpicklingError(f"{module}.{name} is no part of a program")
        return found


@once
def _tools() -> bytes:
    """All that a library depends on beside its files: Python, the packages, the framework's own code."""
    home = Path(wiregram.program.__file__).parents[1]
    return cache.tools(home, ("construct", "cryptography", "lark", "msgspec"), home.rglob("*.py")).encode()
