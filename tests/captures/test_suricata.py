"""The rule-free filters of Suricata's own suite hold over our records, but for those of tests that are named with the reason."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

spec = importlib.util.spec_from_file_location("suricata", Path(__file__).with_name("suricata.py"))
assert spec is not None
assert spec.loader is not None
suricata = sys.modules["suricata"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(suricata)


@pytest.fixture(scope="module")
def found(captures: Path) -> list[Any]:
    return list(suricata.run(captures, suricata.kinds()))


def test_filters_without_rules_hold(found: list[Any]) -> None:
    some = [one for one in found if not one.configured]
    assert len(some) >= 17
    assert [one for one in some if not one.holds and one.test not in suricata.REASONS] == []


def test_filters_hold_with_the_settings_that_are_inferred(found: list[Any]) -> None:
    some = [one for one in found if one.test in suricata.SETTINGS]
    assert len(some) >= 40
    assert [one for one in some if not one.holds and one.test not in suricata.REASONS] == []
