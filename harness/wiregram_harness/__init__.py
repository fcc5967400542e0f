"""The fuzz harness: it makes dialogues from a protocol's description, cuts them in every way, and holds the engine to what must always be true.

    wiregram_harness.conformance("pop3")

raises an AssertionError with the smallest dialogue that breaks a property.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

import wiregram
from wiregram_harness.report import described
from wiregram_harness.search import Outcome, Search, chosen
from wiregram_harness.subject import Subject

__all__ = ["conformance"]

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
