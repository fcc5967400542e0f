"""The fuzz harness: it makes dialogues from a protocol's description, cuts them in every way, and holds the engine to what must always be true.

    wiregram_harness.conformance("pop3")

raises an AssertionError with the smallest dialogue that breaks a property;

    wiregram_harness.replay("failures/pop3-ab12cd34ef56.json")

plays a kept one again.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import wiregram
from wiregram_harness.plan import read_plan
from wiregram_harness.report import described
from wiregram_harness.search import BrokenError, Outcome, Search, check, chosen
from wiregram_harness.subject import Subject

__all__ = ["conformance", "replay"]

EXAMPLES = 60
"""Scenarios that a continuous build tries."""


def conformance(
    protocol: str,
    directories: Iterable[str | os.PathLike[str]] = (),
    *,
    library: wiregram.Library | None = None,
    examples: int = EXAMPLES,
    seconds: float = 0.0,
    seed: int = 0,
    properties: Sequence[str] = (),
) -> Outcome:
    """Hold a protocol to every property (or those named), over `examples` scenarios (0: for `seconds`). The same seed tries the same ones.

    Raises AssertionError with the report of the smallest scenario that breaks one, and WiregramError where the description is wrong.
    """
    places = tuple(directories)
    subject = Subject(library or wiregram.load(*places), protocol, places)
    outcome = Search(subject, chosen(properties)).hunt(examples, seed, seconds)
    if outcome.broken is not None:
        raise AssertionError("\n" + described(subject, outcome.broken)) from outcome.broken
    return outcome


def replay(plan: str | os.PathLike[str], *directories: str | os.PathLike[str]) -> None:
    """Hold the protocol of a plan's file to every property on that plan; `directories` are where the protocol is described.

    Raises AssertionError with the report where one does not hold.
    """
    kept = read_plan(Path(plan).read_bytes())
    subject = Subject(wiregram.load(*directories), kept.protocol, directories)
    finding = check(subject, kept, chosen())
    if finding is not None:
        broken = BrokenError(finding, kept)
        raise AssertionError("\n" + described(subject, broken)) from broken
