"""The bundled protocols are compiled once for all tests of the harness."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

import wiregram


@pytest.fixture(scope="package", autouse=True)
def _one_library() -> Iterator[None]:
    """`wiregram.load()` gives the same library each time; where directories are named it compiles as ever."""
    patch = pytest.MonkeyPatch()
    compiled = wiregram.load
    known: list[wiregram.Library] = []

    def load(*directories: str | os.PathLike[str]) -> wiregram.Library:
        if directories:
            return compiled(*directories)
        if not known:
            known.append(compiled())
        return known[0]

    patch.setattr(wiregram, "load", load)
    yield
    patch.undo()
