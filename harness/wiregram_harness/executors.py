"""The compiled rooms against the plain ones in a process of their own: the same plan must give the same, octet for octet."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import wiregram
from wiregram_harness.plain_rooms import got, put
from wiregram_harness.plan import Plan, read_plan
from wiregram_harness.runs import by_packets
from wiregram_harness.scenario import Finding, Scenario, engine
from wiregram_harness.subject import Subject

SHOWN = 60
"""Letters on both sides of the first one that differs."""


def said(subject: Subject, plan: Plan) -> str:
    """Whatever a plan gives, by packets: records, the packets that brought them, accounts, verdicts."""
    told = by_packets(engine(subject, plan), plan)
    made: list[Any] = [
        [(record.family, record.name, record.tx_id, record.protocol, record.sections, record.summary) for record in each.records]
        + [each.places, each.accounts, each.protocol, each.sides]
        for each in told
    ]
    return repr(made)


def serve(words: Sequence[str] = ()) -> None:
    """Answer plans on standard input until it ends; the protocol and its directories are the process's words."""
    name, *directories = words or sys.argv[1:]
    subject = Subject(wiregram.load(*directories), name, directories)
    while (octets := got(sys.stdin.buffer)) is not None:
        try:
            found = said(subject, read_plan(octets))
        except Exception as error:
            found = f"raises {error!r}"
        put(sys.stdout.buffer, found.encode())


def executors_agree(scenario: Scenario) -> Finding | None:
    """The compiled rooms give what the plain ones give."""
    plain = scenario.subject.plain()
    if plain is None:
        return None
    mine, theirs = said(scenario.subject, scenario.plan), plain.said(scenario.plan)
    if mine == theirs:
        return None
    at = next((place for place, (one, two) in enumerate(zip(mine, theirs, strict=False)) if one != two), min(len(mine), len(theirs)))
    shown = slice(max(0, at - SHOWN), at + SHOWN)
    return Finding("executors_agree", "the compiled rooms give another than the plain ones", mine[shown], f"plain: {theirs[shown]}")
