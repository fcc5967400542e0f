"""The files that we find are those that tshark exports, in number and contents."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path

import pytest

import wiregram

spec = importlib.util.spec_from_file_location("files", Path(__file__).with_name("files.py"))
assert spec is not None
assert spec.loader is not None
files = sys.modules["files"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(files)


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_files_equal_those_of_tshark(captures: Path) -> None:
    found = files.compare(captures, wiregram.load(), 600_000)
    assert len(found) >= 30
    assert [one.capture for one in found if not one.settled] == []
