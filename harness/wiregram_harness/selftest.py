"""The harness is tested too: every planted fault must be found, by the explorer and by Hypothesis, within few scenarios. Says how many it took."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Sequence

import msgspec

import wiregram
from wiregram_harness.planted import PLANTED, Fault
from wiregram_harness.search import Search, chosen
from wiregram_harness.subject import Subject

SEEDS = (0, 100_000, 200_000, 300_000, 400_000)
MOST = 5_000
"""Scenarios within which a fault must be found."""

ENOUGH = 100
"""The median over all faults may be so many."""


class Row(msgspec.Struct):
    """One fault: the property that caught it, and the scenarios that each seed needed (-1: it was not found); `live`: it has changed something."""

    fault: str
    room: str
    what: str
    engine: str
    caught_by: str = ""
    needed: list[int] = []
    live: bool = False

    @property
    def found(self) -> bool:
        return self.live and -1 not in self.needed

    @property
    def median(self) -> float:
        return float(statistics.median(count if count >= 0 else MOST + 1 for count in self.needed))


class Report(msgspec.Struct):
    """All faults that were tried, once for each engine; `skipped` need the plain form of a room that is compiled."""

    rows: list[Row] = []
    skipped: list[str] = []
    seconds: float = 0.0

    @property
    def median(self) -> float:
        """The median of the medians."""
        return float(statistics.median(row.median for row in self.rows)) if self.rows else 0.0

    @property
    def passed(self) -> bool:
        return bool(self.rows) and all(row.found for row in self.rows) and self.median <= ENOUGH


EXPLORER, HYPOTHESIS = "explorer", "Hypothesis"


def selftest(
    names: Iterable[str] = (),
    seeds: Sequence[int] = SEEDS,
    engines: Sequence[str] = (EXPLORER, HYPOTHESIS),
    beat: Callable[[str], None] | None = None,
) -> Report:
    """Plant each fault named (none: all), one at a time, and look for it."""
    begun = time.monotonic()
    library = wiregram.load()
    subjects: dict[str, Subject] = {}
    report = Report([], [])
    for name in names or PLANTED:
        fault = PLANTED[name]
        if fault.protocol not in subjects:
            subjects[fault.protocol] = Subject(library, fault.protocol)
        if beat is not None:
            beat(name)
        try:
            rows = [hunted(subjects[fault.protocol], fault, engine, seeds) for engine in engines]
        except RuntimeError:
            report.skipped.append(name)
            continue
        report.rows += rows
    report.seconds = time.monotonic() - begun
    return report


def hunted(subject: Subject, fault: Fault, engine: str, seeds: Sequence[int]) -> Row:
    """One fault and one engine, from each seed."""
    row = Row(fault.name, fault.room, fault.what, engine, needed=[])
    for seed in seeds:
        with fault.plant() as strikes:
            search = Search(subject, chosen(), sampled=True, small=False)
            outcome = search.explore(MOST, seed) if engine == EXPLORER else search.drive(MOST, seed)
        row.live = row.live or strikes.count > 0
        row.needed.append(search.first if outcome.broken is not None else -1)
        if outcome.broken is not None and not row.caught_by:
            row.caught_by = outcome.broken.finding.property
    return row
