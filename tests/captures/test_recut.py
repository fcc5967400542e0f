"""A sample of the real captures, cut and interleaved anew; `recut.py` does all of them, as often as one likes."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

import wiregram

spec = importlib.util.spec_from_file_location("recut", Path(__file__).with_name("recut.py"))
assert spec is not None
assert spec.loader is not None
recut = sys.modules["recut"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(recut)

LARGEST = 60_000
"""Octets of a capture that is played here."""

pytestmark = pytest.mark.skipif(not recut.CAPTURES.is_dir(), reason="the real captures are not here")


def test_records_do_not_depend_on_cuts_nor_on_the_order_of_the_two_directions() -> None:
    library = wiregram.load()
    ready = wiregram.Engine(library)
    wrong = []
    for folder in sorted(recut.CAPTURES.iterdir()):
        small = [path for path in sorted(folder.glob("*.pcap*")) if path.stat().st_size <= LARGEST]
        for capture in small[:1]:
            wrong += recut.compare(library, capture, 1, ready)
    assert not wrong, "\n".join(wrong)
