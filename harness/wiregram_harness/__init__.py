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
from functools import lru_cache, partial
from pathlib import Path

from hypothesis import strategies as st

import wiregram
from wiregram_harness.draw import strategy
from wiregram_harness.plan import TIERS, Plan, read_plan
from wiregram_harness.report import described
from wiregram_harness.scenarios import scenario
from wiregram_harness.search import BrokenError, Outcome, Search, check, chosen
from wiregram_harness.subject import Subject

__all__ = ["conformance", "described_in", "hold", "kept_plan", "plans", "replay"]

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
    kept = kept_plan(plan)
    _hold(Subject(wiregram.load(*directories), kept.protocol, directories), kept)


def kept_plan(path: str | os.PathLike[str]) -> Plan:
    """A plan from its file."""
    return read_plan(Path(path).read_bytes())


def plans(protocol: str, *directories: str | os.PathLike[str]) -> st.SearchStrategy[Plan]:
    """The protocol's scenarios, for Hypothesis; nothing is loaded before the first is drawn."""
    return st.deferred(lambda: strategy(partial(scenario, subject=_subject(protocol, directories), tiers=TIERS)))


def hold(plan: Plan, *directories: str | os.PathLike[str]) -> None:
    """Hold a plan's protocol to every property on that plan; raises AssertionError with the report where one does not hold."""
    _hold(_subject(plan.protocol, directories), plan)


def _hold(subject: Subject, plan: Plan) -> None:
    finding = check(subject, plan, chosen())
    if finding is not None:
        broken = BrokenError(finding, plan)
        raise AssertionError("\n" + described(subject, broken)) from broken


@lru_cache(maxsize=4)
def _subject(protocol: str, directories: tuple[str | os.PathLike[str], ...]) -> Subject:
    return Subject(wiregram.load(*directories), protocol, directories)
