"""What the fuzz harness reaches of every description: `reach.py [PROTOCOL ...] [--time SECONDS]`, 60 s of CPU each, less where all is reached.

For each protocol: rule alternatives and transitions reached, of all that there are, and the names of those that were not. The explorer alone is
asked, with every property sampled as in `wiregram fuzz`; what breaks is said, and the search goes on behind it.
"""

from __future__ import annotations

import argparse
import time

import wiregram
from wiregram_harness.coverage import Ledger
from wiregram_harness.properties import PROPERTIES
from wiregram_harness.search import Search
from wiregram_harness.subject import Subject

STEP = 200
"""Scenarios between two looks at the clock."""

APART = 100_000
"""Seeds between two steps: no dialogue is made twice."""


def search(subject: Subject, limit: float) -> tuple[float, int, list[str]]:
    """CPU seconds that were used, scenarios, and what broke."""
    begun = time.process_time()
    scenarios = step = 0
    broken: list[str] = []
    while (spent := time.process_time() - begun) < limit:
        if subject.ledger.reached() == len(subject.ledger) and subject.moves.reached() == len(subject.moves):
            break
        outcome = Search(subject, list(PROPERTIES.values()), sampled=True, small=False).explore(STEP, step * APART)
        step += 1
        scenarios += outcome.scenarios
        if outcome.broken is not None:
            origin = outcome.broken.origin
            broken.append(f"{outcome.broken.finding.property} (seed {origin.seed if origin else step}): {outcome.broken.finding.detail}")
    return spent, scenarios, broken


def share(ledger: Ledger) -> str:
    return f"{ledger.reached()}/{len(ledger)} {100 * ledger.reached() / len(ledger):3.0f} %" if len(ledger) else "none"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("protocols", nargs="*")
    parser.add_argument("--time", type=float, default=60.0)
    options = parser.parse_args()
    library = wiregram.load()
    print(f"{'protocol':16}{'alternatives':>16}{'transitions':>16}{'CPU s':>8}{'scenarios':>11}", flush=True)
    for name in options.protocols or library.protocols:
        subject = Subject(library, name)
        spent, scenarios, broken = search(subject, options.time)
        shares = [share(ledger) for ledger in (subject.ledger, subject.moves)]
        print(f"{name:16}{shares[0]:>16}{shares[1]:>16}{spent:>8.1f}{scenarios:>11}", flush=True)
        for label in (*subject.ledger.missing(), *subject.moves.missing()):
            print(f"    missing: {label}")
        for words in dict.fromkeys(broken):
            print(f"    broken: {words}")


if __name__ == "__main__":
    main()
