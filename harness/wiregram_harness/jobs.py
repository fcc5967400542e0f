"""One search in several processes: each takes seeds of its own and says now and then how far it is, the first to find something ends the others, and
what all of them reached is put together.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import msgspec

import wiregram
from wiregram_harness.corpus import plans as plans_of
from wiregram_harness.plan import Plan
from wiregram_harness.scenario import Finding
from wiregram_harness.search import EACH, BrokenError, Origin, Outcome, Search, chosen
from wiregram_harness.subject import Subject

APART = 10_000_000
"""Seeds between two processes."""

TELLS = 0.25
"""Seconds between two words of one process on how far it is."""


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
    """What process `number` has done, or until now; `finding` None: nothing broke. `doing`: what it is at."""

    number: int
    doing: str
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


class EndedError(BaseException):
    """The search is over for this process too; no error of what is tested, and nothing that a test may catch."""


_news: Any = None
_over: Any = None
"""In a process of a crew: where it says how far it is, and whether another has ended the search."""


def _listen(news: Any, over: Any) -> None:
    global _news, _over
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process hears it, and tells the others
    _news, _over = news, over


def work(share: Share) -> Result:
    """In a process of its own."""
    subject = Subject(wiregram.load(*share.directories), share.protocol, share.directories)
    corpus = gathered(subject, share.captures, share.sound)[share.number :: share.of]
    told = time.monotonic()

    def beat(doing: str, count: int) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told >= TELLS:
            told = now
            if _over.is_set():
                raise EndedError
            _news.put(_result(share, subject, search.so_far(), doing))

    search = Search(subject, chosen(share.properties), share.tiers, beat if _news is not None else None, not share.properties, corpus=corpus)
    try:
        outcome = search.hunt(enough(share.examples, corpus), share.seed, share.seconds)
    except EndedError:
        outcome = search.so_far()
    if outcome.broken is not None and _over is not None:
        _over.set()
    return _result(share, subject, outcome, "")


def _result(share: Share, subject: Subject, outcome: Outcome, doing: str) -> Result:
    done = (outcome.scenarios, outcome.dialogues, outcome.seconds, outcome.asked)
    result = Result(share.number, doing, *done, subject.ledger.counts, subject.moves.counts, outcome.accepted, outcome.kept)
    if outcome.broken is not None:
        broken = outcome.broken
        result.finding, result.plan, result.flaky, result.origin = broken.finding, broken.plan, broken.flaky, broken.origin
    return result


class Crew:
    """So many processes at one search as there are shares. The subject's ledgers have what all of them reached. `beat` is called now and then with
    what is done and how many scenarios there were."""

    def __init__(self, subject: Subject, shares: Sequence[Share], beat: Callable[[str, int], None] | None = None) -> None:
        self._subject = subject
        self._shares = shares
        self._beat = beat
        self._doing = ""
        self._results: dict[int, Result] = {}

    def hunt(self) -> Outcome:
        """Run the shares at the same time; the find of the first of them counts. KeyboardInterrupt ends them all."""
        context = get_context("spawn")
        news, over = context.SimpleQueue(), context.Event()
        with ProcessPoolExecutor(len(self._shares), context, _listen, (news, over)) as pool:
            left: set[Future[Result]] = {pool.submit(work, share) for share in self._shares}
            try:
                while left:
                    done, left = wait(left, TELLS)
                    while not news.empty():  # else its pipe is full, and all of them wait
                        self._hear(news.get())
                    for future in done:
                        self._hear(future.result())
                    if self._beat is not None:
                        self._beat(self._doing, sum(result.scenarios for result in self._results.values()))
            except BaseException:
                over.set()
                while left:
                    done, left = wait(left, TELLS)
                    while not news.empty():
                        news.get()
                raise
        return self.so_far()

    @property
    def accepted(self) -> dict[str, list[int]]:
        return self.so_far().accepted

    def _hear(self, result: Result) -> None:
        """What a process has done since it spoke last."""
        before = self._results.get(result.number)
        self._results[result.number] = result
        self._doing = result.doing or self._doing
        for ledger, name in ((self._subject.ledger, "ledger"), (self._subject.moves, "moves")):
            known = getattr(before, name, {})
            for label, count in getattr(result, name).items():
                ledger.add(label, count - known.get(label, 0))

    def so_far(self) -> Outcome:
        """What all of them did until now."""
        whole = Outcome(asked={}, accepted={})
        for _, result in sorted(self._results.items()):
            whole.scenarios += result.scenarios
            whole.dialogues += result.dialogues
            whole.kept += result.kept
            whole.seconds = max(whole.seconds, result.seconds)
            for name, count in result.asked.items():
                whole.asked[name] = whole.asked.get(name, 0) + count
            for tier, (taken, made) in result.accepted.items():
                before = whole.accepted.get(tier, [0, 0])
                whole.accepted[tier] = [before[0] + taken, before[1] + made]
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
