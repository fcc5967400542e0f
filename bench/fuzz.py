"""Scenarios a second of the fuzz harness, and what its dear properties cost: `fuzz.py [PROTOCOL ...] [--runs N] [--jobs N]`.

CPU time of one process, and with `--jobs` the explorer's scenarios a second by the clock, of so many processes at once, as `wiregram fuzz --jobs`
runs them. Of one process: the same scenarios each run, the best of the runs, since whatever else a machine does makes one slower and never
faster. The cheap properties are those that are asked of every scenario; a dear one is asked of one in so many, and its cost is what a scenario in
which it is asked takes longer.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from typing import Any

import wiregram
from wiregram_harness.draw import Explorer
from wiregram_harness.jobs import APART
from wiregram_harness.plan import TIERS
from wiregram_harness.properties import PROPERTIES, WATCHED
from wiregram_harness.scenario import SENDINGS, Property, Scenario
from wiregram_harness.scenarios import scenario
from wiregram_harness.search import WHOLE, Search, ask
from wiregram_harness.subject import Subject

PROTOCOLS = ("echo", "pop3", "dns", "modbus")
EXPLORED = 1000
DRIVEN = 200
"""Scenarios of one run of each engine."""

ASKED = 100
"""Scenarios that a dear property is tried on."""

TOGETHER = 5.0
"""Seconds for which several processes explore at once."""

WATCHING = "(looking on)"
FRAMES = "(by frames)"


def seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def rates(subject: Subject, properties: Sequence[Property], runs: int) -> tuple[float, float]:
    """Scenarios a second of the explorer and of Hypothesis."""
    best = [0.0, 0.0]
    for _ in range(runs + 1):  # the first run makes tables as well
        search = Search(subject, properties, sampled=True, small=False)
        for place, (hunt, count) in enumerate(((search.explore, EXPLORED), (search.drive, DRIVEN))):
            start = time.process_time()
            outcome = hunt(count, 0)
            took = time.process_time() - start
            if outcome.broken is not None:
                raise SystemExit(f"{subject.name}: {outcome.broken}")
            best[place] = max(best[place], outcome.scenarios / took)
    return best[0], best[1]


_ready: Any = None
"""In a process of `abreast`: where it waits for the others."""


def _wait_there(ready: Barrier) -> None:
    global _ready
    _ready = ready


def _share(name: str, number: int) -> float:
    """In a process of its own: scenarios a second by the clock, while all others do the same."""
    cheap = [entry for entry in PROPERTIES.values() if entry.every == 1]
    search = Search(Subject(wiregram.load(), name), cheap, sampled=True, small=False)
    search.explore(EXPLORED, number * APART)  # makes tables as well
    _ready.wait()
    outcome = search.explore(0, number * APART + APART // 2, TOGETHER)
    if outcome.broken is not None:
        raise SystemExit(f"{name}: {outcome.broken}")
    return outcome.rate


def abreast(name: str, jobs: int) -> float:
    """What so many explorers do in a second, all at once."""
    context = get_context("spawn")
    with ProcessPoolExecutor(jobs, context, _wait_there, (context.Barrier(jobs),)) as pool:
        return sum(pool.map(_share, [name] * jobs, range(jobs)))


def costs(subject: Subject, runs: int) -> dict[str, float]:
    """ms that each dear property takes in a scenario, that looking on after every packet takes, and that running it by frames takes."""
    cheap = [entry for entry in PROPERTIES.values() if entry.every == 1]
    dear = [entry for entry in PROPERTIES.values() if entry.every > 1 and not entry.watches]
    best: dict[str, float] = {}
    for _ in range(runs):
        totals = dict.fromkeys([*(entry.name for entry in dear), WATCHING, FRAMES], 0.0)
        for number in range(ASKED):
            plan = scenario(Explorer(number), subject, TIERS)
            trial = Scenario(subject, plan, False, False)
            ask(trial, cheap)
            for entry in dear:
                totals[entry.name] += seconds(lambda: ask(trial, [entry]))  # noqa: B023
            totals[WATCHING] += seconds(Scenario(subject, plan, False, True).lanes) - seconds(Scenario(subject, plan, False, False).lanes)
            totals[FRAMES] += seconds(Scenario(subject, plan, True, False).told)
        best = {name: min(best.get(name, total), total) for name, total in totals.items()}
    return {name: 1000 * total / ASKED for name, total in best.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("protocols", nargs="*", default=PROTOCOLS)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    library = wiregram.load()
    every = list(PROPERTIES.values())
    cheap = [entry for entry in every if entry.every == 1]
    print(f"cheap, in every scenario or dialogue: {', '.join(entry.name for entry in cheap)}\n")
    print(f"{'scenarios/s':16}{'explorer':>12}{'Hypothesis':>12}   with the dear ones sampled:{'explorer':>12}{'Hypothesis':>12}")
    found: dict[str, dict[str, float]] = {}
    for name in options.protocols:
        subject = Subject(library, name)
        plain, sampled = (rates(subject, properties, options.runs) for properties in (cheap, every))
        print(f"{name:16}{plain[0]:>12.0f}{plain[1]:>12.0f}{'':30}{sampled[0]:>12.0f}{sampled[1]:>12.0f}", flush=True)
        if options.jobs > 1:
            print(f"{'':8}{options.jobs} jobs{abreast(name, options.jobs):>14.0f}   by the clock", flush=True)
        found[name] = costs(subject, options.runs)
    print(f"\n{'ms where it is asked':28}{'one in':>14}" + "".join(f"{name:>10}" for name in found))
    often = {WATCHING: f"{WATCHED} {SENDINGS}", FRAMES: f"{WHOLE} {SENDINGS}"}
    for row in next(iter(found.values()), ()):
        one_in = often.get(row) or f"{PROPERTIES[row].every} {PROPERTIES[row].of}"
        print(f"{row:28}{one_in:>14}" + "".join(f"{cost[row]:>10.2f}" for cost in found.values()))


if __name__ == "__main__":
    main()
