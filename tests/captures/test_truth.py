"""Our ordered messages are tshark's, on the real captures."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

import wiregram

spec = importlib.util.spec_from_file_location("truth", Path(__file__).with_name("truth.py"))
assert spec is not None
assert spec.loader is not None
truth = sys.modules["truth"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(truth)


@pytest.mark.parametrize("protocol", list(truth.TRUTHS))
def test_ordered_messages_equal_those_of_tshark(captures: Path, protocol: str) -> None:
    result = truth.compare(captures, [protocol], wiregram.load())[protocol]
    assert result.total >= getattr(truth.TRUTHS[protocol], "LEAST", 20)
    assert result.good, "\n".join(result.differences[:20])
