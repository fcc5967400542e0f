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

MOST = 10_000
"""Larger captures are for `files.py` alone."""


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_files_equal_those_of_tshark(captures: Path) -> None:
    found = files.compare(captures, wiregram.load(), MOST)
    assert len(found) >= 10
    assert [one.capture for one in found if not one.settled] == []


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_attachments_equal_those_that_python_finds(captures: Path) -> None:
    found = files.compare_mails(captures, wiregram.load(), 10 * MOST)
    assert sum(one.counts[0] for one in found) >= 1
    assert [one.capture for one in found if not one.settled] == []


def test_files_of_ftp_are_the_octets_of_its_data_connections(captures: Path) -> None:
    found = files.compare_transfers(captures, wiregram.load())
    assert sum(one.counts[0] for one in found) >= 1
    assert [one.capture for one in found if not one.settled] == []
