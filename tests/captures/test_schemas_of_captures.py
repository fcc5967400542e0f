"""A sample of the real captures' records against their schemas; `schemas.py` checks all."""

from __future__ import annotations

import importlib.util
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import wiregram

spec = importlib.util.spec_from_file_location("schemas", Path(__file__).with_name("schemas.py"))
assert spec is not None
assert spec.loader is not None
schemas = sys.modules["schemas"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(schemas)

LARGEST = 12_000
"""Octets of a capture that is played here."""

pytestmark = pytest.mark.skipif(not schemas.CAPTURES.is_dir(), reason="the real captures are not here")


def test_the_records_of_the_captures_fit_their_schemas() -> None:
    library = wiregram.load()
    wrong: list[str] = []
    seen: set[Any] = set()
    counts: Counter[str] = Counter()
    for folder in sorted(schemas.CAPTURES.iterdir()):
        small = [path for path in sorted(folder.glob("*.pcap*")) if folder.name != "truth" and path.stat().st_size <= LARGEST]
        for capture in small[:1]:
            wrong += schemas.compare(library, capture, seen, counts)
    assert not wrong, "\n".join(wrong)
    assert len(counts) >= 20
