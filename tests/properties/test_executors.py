"""The compiled rooms and the plain ones, in two processes: the same scenarios give the same records, events and accounts."""

from __future__ import annotations

import os

import pytest

import wiregram.parse.text
from wiregram_harness.executors import difference, lines

COMPILED = not wiregram.parse.text.__file__.endswith(".py")
NAMES = ("echo", "pop3", "dns", "modbus", "redis", "http", "tls", "mqtt")
SCENARIOS = 2_000 if os.environ.get("HYPOTHESIS_PROFILE") == "soak" else 12


@pytest.mark.skipif(not COMPILED, reason="the rooms are plain")
def test_the_executors_agree() -> None:
    assert difference(NAMES, SCENARIOS) == ""


def test_a_scenario_gives_the_same_line_each_time() -> None:
    assert list(lines(["echo"], 4)) == list(lines(["echo"], 4))
    assert len({line.split()[2] for line in lines(["echo"], 12)}) > 6
