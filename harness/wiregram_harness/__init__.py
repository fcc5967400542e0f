"""The fuzz harness: it makes dialogues from a protocol's description, cuts them in every way, and holds the engine to what must always be true.

    wiregram_harness.conformance("pop3")

raises an AssertionError with the smallest dialogue that breaks a property;

    wiregram_harness.replay("failures/pop3-ab12cd34ef56.json")

plays a kept one again.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path

import wiregram
from wiregram_harness.plan import read_plan
from wiregram_harness.report import described
from wiregram_harness.search import BrokenError, Outcome, Search, check, chosen
from wiregram_harness.subject import Subject

__all__ = ["conformance", "described_in", "replay"]

PROFILES = {"ci": 60, "dev": 400, "soak": 20_000}
"""Scenarios of a protocol: for a continuous build, for a desk, for a night."""


def conformance(
    protocol: str,
    directories: Iterable[str | os.PathLike[str]] = (),
    *,
    library: wiregram.Library | None = None,
    examples: int | None = None,
    seconds: float = 0.0,
    seed: int = 0,
    properties: Sequence[str] = (),
    profile: str = "ci",
) -> Outcome:
    """Hold a protocol to every property (or those named), over `examples` scenarios (0: for `seconds`; None: as the profile has it). The same seed
    tries the same ones.

    Raises AssertionError with the report of the smallest scenario that breaks one, WiregramError where the description is wrong, KeyError for a
    profile that is none.
    """
    count = PROFILES[profile] if examples is None else examples
    places = tuple(directories)
    subject = Subject(library or wiregram.load(*places), protocol, places)
    outcome = Search(subject, chosen(properties)).hunt(count, seed, seconds)
    if outcome.broken is not None:
        raise AssertionError("\n" + described(subject, outcome.broken)) from outcome.broken
    return outcome


def described_in(directory: str | os.PathLike[str]) -> list[str]:
    """The protocols that a directory describes itself, but for layers. Raises WiregramError where something there is wrong."""
    library = wiregram.load(directory)
    own = tomllib.loads((Path(directory) / "protocols.toml").read_text(encoding="utf-8"))
    return [name for name in own if name in library.protocols and not library.protocols[name].layer]


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
