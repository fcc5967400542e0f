"""One search in several processes: each takes seeds of its own, and what they reached is put together."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import msgspec

import wiregram
from wiregram_harness.corpus import plans as plans_of
from wiregram_harness.plan import Plan
from wiregram_harness.scenario import Finding
from wiregram_harness.search import EACH, BrokenError, Origin, Outcome, Search, chosen
from wiregram_harness.subject import Subject

APART = 10_000_000
"""Seeds between two processes."""


class Share(msgspec.Struct):
    """What one process is to do; of the flows of the captures it takes one in `of`."""

    protocol: str
    directories: tuple[Path, ...]
    properties: tuple[str, ...]
    tiers: tuple[str, ...]
    examples: int
    seed: int
    seconds: float
    captures: tuple[Path, ...] = ()
    sound: bool = True
    number: int = 0
    of: int = 1


class Result(msgspec.Struct):
    """What it has done; `finding` None: nothing broke."""

    scenarios: int
    dialogues: int
    seconds: float
    asked: dict[str, int]
    ledger: dict[str, int]
    moves: dict[str, int]
    accepted: dict[str, list[int]] = {}
    kept: int = 0
    finding: Finding | None = None
    plan: Plan | None = None
    flaky: bool = False
    origin: Origin | None = None


def gathered(subject: Subject, captures: Sequence[Path], sound: bool = True) -> list[Plan]:
    """The flows of all captures; raises CaptureError."""
    return [plan for capture in captures for plan in plans_of(subject.library, subject.name, capture, sound)]


def enough(examples: int, corpus: Sequence[Plan]) -> int:
    """So many scenarios, and more where the corpus needs them for each of its flows to come."""
    return max(examples, 2 * EACH * len(corpus)) if examples else 0


def work(share: Share) -> Result:
    """In a process of its own."""
    subject = Subject(wiregram.load(*share.directories), share.protocol, share.directories)
    corpus = gathered(subject, share.captures, share.sound)[share.number :: share.of]
    search = Search(subject, chosen(share.properties), share.tiers, sampled=not share.properties, corpus=corpus)
    outcome = search.hunt(enough(share.examples, corpus), share.seed, share.seconds)
    result = Result(outcome.scenarios, outcome.dialogues, outcome.seconds, outcome.asked, subject.ledger.counts, subject.moves.counts)
    result.accepted, result.kept = outcome.accepted, outcome.kept
    if outcome.broken is not None:
        broken = outcome.broken
        result.finding, result.plan, result.flaky, result.origin = broken.finding, broken.plan, broken.flaky, broken.origin
    return result


def together(subject: Subject, shares: Sequence[Share]) -> Outcome:
    """Run the shares at the same time; the find of the first of them counts, and the subject's ledgers have what all reached."""
    with ProcessPoolExecutor(len(shares), mp_context=get_context("spawn")) as pool:
        results = list(pool.map(work, shares))
    whole = Outcome(asked={}, accepted={})
    for result in results:
        whole.scenarios += result.scenarios
        whole.dialogues += result.dialogues
        whole.kept += result.kept
        whole.seconds = max(whole.seconds, result.seconds)
        for name, count in result.asked.items():
            whole.asked[name] = whole.asked.get(name, 0) + count
        for tier, (taken, made) in result.accepted.items():
            before = whole.accepted.get(tier, [0, 0])
            whole.accepted[tier] = [before[0] + taken, before[1] + made]
        for ledger, counts in ((subject.ledger, result.ledger), (subject.moves, result.moves)):
            for name, count in counts.items():
                ledger.add(name, count)
        if result.finding is not None and result.plan is not None and whole.broken is None:
            whole.broken = BrokenError(result.finding, result.plan, result.flaky, result.origin)
    return whole


def shares(
    protocol: str,
    directories: tuple[Path, ...],
    properties: tuple[str, ...],
    tiers: tuple[str, ...],
    examples: int,
    seed: int,
    seconds: float,
    jobs: int,
    captures: tuple[Path, ...] = (),
    sound: bool = True,
) -> list[Share]:
    """The work in so many parts."""
    part = -(-examples // jobs)
    return [
        Share(protocol, directories, properties, tiers, part, seed + number * APART, seconds, captures, sound, number, jobs) for number in range(jobs)
    ]
