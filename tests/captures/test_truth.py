"""Our ordered messages are tshark's, on the real captures."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

import wiregram

spec = importlib.util.spec_from_file_location("truth", Path(__file__).with_name("truth.py"))
assert spec is not None
assert spec.loader is not None
truth = sys.modules["truth"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(truth)


@pytest.fixture(scope="module")
def scores(captures: Path) -> dict[str, Any]:
    """Every capture is read once for all protocols."""
    found: dict[str, Any] = truth.compare(captures, list(truth.TRUTHS), wiregram.load())
    return found


@pytest.mark.parametrize("protocol", list(truth.TRUTHS))
def test_ordered_messages_equal_those_of_tshark(scores: dict[str, Any], protocol: str) -> None:
    result = scores[protocol]
    assert result.total >= getattr(truth.TRUTHS[protocol], "LEAST", 20)
    assert result.good, "\n".join(result.differences[:20])
