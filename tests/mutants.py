"""Mutants of the rooms' source, one at a time, each of which something must notice: `python tests/mutants.py --sample 200 --accept`.

A mutant is tried in a process of its own. The example dialogues and the properties of the protocols that run the changed line are asked first,
then the unit tests that run its function; the first that fails has noticed it. `mutants.tried` keeps who noticed which one; a mutant is tried again
when its function changes. `mutants.txt` lists the survivors, with the reason where it is known (`equivalent:` if nothing observable changes).

A run goes on with what was never tried, in an order that spreads over the source. Exit code 1: a survivor is not listed, or what is listed was
noticed. `--accept` keeps what was found; it may be interrupted, and a later run goes on."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

os.environ.setdefault("WIREGRAM_CACHE", str(Path(__file__).resolve().parent.parent / "build" / "mutants-cache"))

from judges import DIALOGUES, NOBODY, PROPERTIES, TESTS, Judge, sit
from mutations import ROOMS, Mutant, gathered

LISTED = Path(__file__).with_suffix(".txt")
TRIED = Path(__file__).with_suffix(".tried")
NOTICED = (DIALOGUES, PROPERTIES, TESTS)
EVERY = 25
"""What was found is written after so many mutants."""

EQUIVALENT = "equivalent:"


def listed() -> dict[str, str]:
    """The survivors and why they survive; an indented line is the reason of the one above."""
    found: dict[str, str] = {}
    last = ""
    for line in LISTED.read_text(encoding="utf-8").splitlines() if LISTED.exists() else []:
        if line.startswith(" "):
            found[last] = line.strip()
        elif line and not line.startswith("#"):
            last = line
            found[last] = ""
    return found


def tried() -> dict[str, str]:
    """Who noticed each mutant that was tried, by its mark."""
    found: dict[str, str] = {}
    for line in TRIED.read_text(encoding="utf-8").splitlines() if TRIED.exists() else []:
        if not line.startswith("#"):
            _, judge, *marks = line.split()
            found.update(dict.fromkeys(marks, judge))
    return found


def keep(every: Iterable[Mutant], found: dict[str, str], survivors: dict[str, str]) -> None:
    """Write both files; `every` are all mutants there are, so that what is gone goes."""
    rows: dict[tuple[str, str], list[str]] = {}
    names = set()
    for mutant in every:
        names.add(mutant.name)
        if mutant.mark in found:
            rows.setdefault((mutant.room, found[mutant.mark]), []).append(mutant.mark)
    lines = ["# Mutants that were tried: room, who noticed, marks (tests/mutants.py)."]
    for (room, judge), marks in sorted(rows.items()):
        lines += [f"{room} {judge} {' '.join(marks[at : at + 11])}" for at in range(0, len(marks), 11)]
    TRIED.write_text("\n".join(lines) + "\n", encoding="utf-8")
    lines = ["# Changes of the rooms' source that neither the harness nor the unit tests notice (tests/mutants.py), and why."]
    for name, reason in sorted(survivors.items()):
        if name in names:
            lines += [name, f"    {reason}"] if reason else [name]
    LISTED.write_text("\n".join(lines) + "\n", encoding="utf-8")


def table(every: list[Mutant], found: dict[str, str], survivors: dict[str, str]) -> str:
    """What was tried of each room, and who noticed."""
    rows = ["room            all  tried  dialogues  properties  tests  nobody  equivalent  noticed"]
    for room in (*ROOMS, ""):
        own = [mutant for mutant in every if not room or mutant.room == room]
        count = Counter(found[mutant.mark] for mutant in own if mutant.mark in found)
        same = sum(1 for mutant in own if found.get(mutant.mark) == NOBODY and survivors.get(mutant.name, "").startswith(EQUIVALENT))
        noticed = sum(count[judge] for judge in NOTICED)
        share = f"{noticed / (noticed + count[NOBODY]):8.1%}" if noticed + count[NOBODY] else "        "
        numbers = f"{count[DIALOGUES]:9}  {count[PROPERTIES]:10}  {count[TESTS]:5}  {count[NOBODY]:6}  {same:10}"
        rows.append(f"{room or 'all':12} {len(own):6} {count.total():6}  {numbers} {share}")
    return "\n".join(rows)


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--room", action="append", choices=ROOMS, help="only this room (repeatable)")
    words.add_argument("--sample", type=int, default=0, help="so many (default: every one)")
    words.add_argument("--seconds", type=float, default=0.0, help="end after so long")
    words.add_argument("--jobs", type=int, default=1, help="so many at a time")
    words.add_argument("--known", action="store_true", help="those that are listed")
    words.add_argument("--again", action="store_true", help="those that were tried before")
    words.add_argument("--harness", action="store_true", help="leave the unit tests out; a survivor does not count as tried, then")
    words.add_argument("--accept", action="store_true", help="keep what was found")
    words.add_argument("--stale", action="store_true", help="believe what was learnt of the cases before, though the source has changed since")
    words.add_argument("--table", action="store_true", help="only say what was found so far")
    asked = words.parse_args()
    every = gathered()
    found, survivors = tried(), listed()
    if asked.table:
        print(table(every, found, survivors))
        return 0
    chosen = [mutant for mutant in every if mutant.room in (asked.room or ROOMS)]
    if asked.known:
        chosen = [mutant for mutant in chosen if mutant.name in survivors]
    else:
        chosen = [mutant for mutant in chosen if (mutant.mark in found) == asked.again]
    chosen = chosen[: asked.sample or None]

    def work(judge: Judge) -> int:
        return _run(judge, every, chosen, asked)

    return sit(work, tests=not asked.harness)


def _run(judge: Judge, every: list[Mutant], chosen: list[Mutant], asked: argparse.Namespace) -> int:
    found, survivors = tried(), listed()
    begun = time.monotonic()
    count: Counter[str] = Counter()
    new: list[str] = []
    gone: list[str] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    spoken = begun

    def beat(what: str) -> None:
        """Where there is no live line, a line a minute."""
        nonlocal spoken
        progress.update(line, description=what[:70])
        if not console.is_terminal and time.monotonic() - spoken > 60:
            spoken = time.monotonic()
            print(what, file=sys.stderr, flush=True)

    with Progress(*columns, console=console, transient=True) as progress:
        line = progress.add_task("what each case runs", total=None)
        judge.learn(beat, asked.stale)
        for name in judge.unsound:
            progress.console.print(f"fails without a mutant, and is left out: {name}", highlight=False, markup=False)
        progress.update(line, total=len(chosen))
        waiting = iter(chosen)
        following = next(waiting, None)
        try:
            while following is not None or judge.running:
                late = asked.seconds and time.monotonic() - begun > asked.seconds
                if following is not None and judge.running < asked.jobs and not late:
                    judge.begin(following)
                    following = next(waiting, None)
                    continue
                if not judge.running:
                    break
                mutant, noticed = judge.ended()
                count[noticed] += 1
                progress.advance(line)
                beat(f"{count.total()} of {len(chosen)} mutants, {count[NOBODY]} survive; {mutant.room}")
                if noticed == NOBODY and mutant.name not in survivors:
                    new.append(mutant.name)
                    progress.console.print(f"survives: {mutant.name}", highlight=False, markup=False, soft_wrap=True)
                elif noticed in NOTICED and mutant.name in survivors:
                    gone.append(mutant.name)
                    del survivors[mutant.name]
                if not (asked.harness and noticed == NOBODY):
                    found[mutant.mark] = noticed
                    if noticed == NOBODY:
                        survivors.setdefault(mutant.name, "")
                if asked.accept and count.total() % EVERY == 0:
                    keep(every, found, survivors)
        except KeyboardInterrupt:
            pass
    print(f"{count.total()} mutants in {time.monotonic() - begun:.0f} s: " + ", ".join(f"{judge} {number}" for judge, number in count.most_common()))
    for name in gone:
        print(f"listed, but noticed: {name}")
    if asked.accept:
        keep(every, found, survivors)
        print(table(every, found, survivors))
        return 0
    return 1 if new or gone else 0


if __name__ == "__main__":
    sys.exit(main())
