"""What comes of scenarios, in a form that two processes can compare: the compiled rooms and the plain ones must give the same, octet for octet.

`python -m wiregram_harness.executors SCENARIOS NAME...` prints a line for each scenario.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

PLAIN = "from wiregram._source import prefer_source; prefer_source(); from wiregram_harness.executors import main; main()"


def lines(names: Sequence[str], scenarios: int) -> Iterator[str]:
    """For each protocol, so many scenarios from seed 0 on: the plan's name, and a digest of records, places and accounts."""
    import wiregram
    from wiregram_harness.draw import Explorer
    from wiregram_harness.plan import TIERS
    from wiregram_harness.runs import by_packets
    from wiregram_harness.scenario import engine
    from wiregram_harness.scenarios import scenario
    from wiregram_harness.subject import Subject

    library = wiregram.load()
    for name in names:
        subject = Subject(library, name)
        for seed in range(scenarios):
            plan = scenario(Explorer(seed), subject, TIERS)
            told = by_packets(engine(subject, plan), plan)
            said: list[Any] = [
                [(record.family, record.name, record.tx_id, record.protocol, record.sections, record.summary) for record in each.records]
                + [each.places, each.accounts, each.protocol, each.sides]
                for each in told
            ]
            yield f"{name} {plan.name()} {hashlib.sha256(repr(said).encode()).hexdigest()[:16]}"


def difference(names: Sequence[str], scenarios: int) -> str:
    """The first line in which the rooms of this process and the plain ones differ; empty where they agree. Raises CalledProcessError."""
    command = [sys.executable, "-c", PLAIN, str(scenarios), *names]
    made = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    plain = made.stdout.splitlines()
    mine = list(lines(names, scenarios))
    for one, two in zip(mine, plain, strict=True):
        if one != two:
            return f"{one}; plain: {two}"
    return ""


def main() -> None:
    for line in lines(sys.argv[2:], int(sys.argv[1])):
        print(line)


if __name__ == "__main__":
    main()
