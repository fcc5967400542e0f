"""The compiled rooms and the plain ones, in two processes: a plan that gives another in one of them is noticed."""

from __future__ import annotations

from pathlib import Path

import wiregram
from wiregram_harness.draw import Explorer
from wiregram_harness.plain_rooms import Plain
from wiregram_harness.plan import TIERS
from wiregram_harness.properties import PROPERTIES
from wiregram_harness.scenario import Scenario
from wiregram_harness.scenarios import scenario
from wiregram_harness.subject import Subject

GRAMMAR = """
ask: ">" WORD _EOL -> ask
answer: "<" WORD _EOL -> answer
WORD: /[a-z]{1,8}/
_EOL: /\\r?\\n/
"""
MANIFEST = """format = 1
[demand]
title = "Demands"
tcp = [4021]
grammar = "demand.lark"
request = "ask"
response = "answer"
detect.request = [">"]
limits.message = %d
"""


def described(place: Path, message: int) -> Path:
    (place / "grammars").mkdir(parents=True)
    (place / "grammars" / "demand.lark").write_text(GRAMMAR)
    (place / "protocols.toml").write_text(MANIFEST % message)
    return place


def test_executors_that_differ_are_noticed_and_those_that_agree_pass(tmp_path: Path) -> None:
    place = described(tmp_path / "one", 64)
    subject = Subject(wiregram.load(place), "demand", [place])
    agree = PROPERTIES["executors_agree"]
    plans = [scenario(Explorer(seed), subject, TIERS) for seed in range(24)]
    for process, differs in ((Plain("demand", [place]), False), (Plain("demand", [described(tmp_path / "two", 4)]), True)):
        subject.plain = lambda process=process: process  # type: ignore[method-assign, misc]
        found = [finding for plan in plans if (finding := agree.check(Scenario(subject, plan))) is not None]
        assert bool(found) is differs
        assert all(finding.property == "executors_agree" and finding.engine != finding.oracle for finding in found)
