"""The command `wiregram fuzz`: a person's words to a search, and its outcome to a screen and an exit code."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NoReturn

import click
import msgspec
from rich.console import Console
from rich.live import Live
from rich.text import Text

import wiregram
from wiregram_harness.jobs import Crew, enough, gathered, shares
from wiregram_harness.plan import TIERS, Plan, read_plan
from wiregram_harness.planted import PLANTED
from wiregram_harness.properties import PROPERTIES
from wiregram_harness.report import failure, files, summary
from wiregram_harness.reports import as_json, selftest_table
from wiregram_harness.reports import junit as junit_report
from wiregram_harness.search import BrokenError, Outcome, Search, check, chosen
from wiregram_harness.selftest import SEEDS, selftest
from wiregram_harness.subject import Subject

CLEAN, BROKEN, WRONG, UNREACHED, FLAKY, STOPPED = 0, 1, 2, 3, 4, 130
"""Exit codes: every property held; one did not; the grammar, the manifest, a plan or the words of the command are wrong; less was reached than
`--floor` demands; what failed did not fail again; the person ended it."""

REPLAY = "replay"
LOOKS = 0.125
"""Seconds between two changes of the live line."""

WIDE = 120
"""Columns of the table of planted faults in a pipe."""

EXAMPLES = 1000
"""Scenarios, where neither a number nor a time is given."""

_UNITS = {"s": 1, "m": 60, "h": 3600}


class Seconds(click.ParamType[float]):
    """`60`, `60s`, `2m`, `1h`."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        text = str(value)
        unit = _UNITS.get(text[-1:], 0)
        try:
            seconds = float(text[:-1]) * unit if unit else float(text)
        except ValueError:
            seconds = 0.0
        if seconds <= 0:
            self.fail(f"{text!r} is no time; write for example 60s or 2m", param, ctx)
        return seconds


class Tiers(click.ParamType[tuple[str, ...]]):
    """Some of valid, near, garbage, with commas between."""

    name = "tiers"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        names = tuple(part.strip() for part in str(value).split(","))
        for name in names:
            if name not in TIERS:
                self.fail(f"{name!r} is no tier; there are {', '.join(TIERS)}", param, ctx)
        return names


@click.command(options_metavar="[OPTIONS]")
@click.argument("name", metavar="NAME | replay", default="")
@click.argument("plans", metavar="[FILE]...", nargs=-1, type=click.Path(path_type=Path))
@click.option("--examples", type=click.IntRange(min=1), help=f"How many scenarios to try (default {EXAMPLES}).")
@click.option("--time", "seconds", type=Seconds(), help="How long to try instead: 60s, 2m.")
@click.option("--seed", type=int, default=0, show_default=True, help="Where the choices begin; the same seed tries the same scenarios.")
@click.option("--tier", "tiers", type=Tiers(), default=TIERS, help="Kinds of messages: valid,near,garbage (default all).")
@click.option("--property", "properties", multiple=True, type=click.Choice(list(PROPERTIES)), help="Check only this property (repeatable).")
@click.option("--protocols", "directories", multiple=True, type=click.Path(path_type=Path), help="A directory with protocols.toml (repeatable).")
@click.option("--pcap", "folder", type=click.Path(path_type=Path, file_okay=False), default=Path("failures"), help="Where a failure is written.")
@click.option("--corpus", "captures", multiple=True, type=click.Path(path_type=Path, dir_okay=False), help="A capture whose flows are tried first.")
@click.option("--unsound", is_flag=True, help="The captures may hold what is no sound speech: try it, but do not ask that it is understood.")
@click.option("--jobs", type=click.IntRange(min=1), default=1, help="So many processes, each with seeds of its own.")
@click.option("--floor", type=click.IntRange(0, 100), default=0, help="Per cent of alternatives and transitions that must be reached.")
@click.option("--ci", is_flag=True, help="Seed 0, kept failures first, and reports for machines beside them.")
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), help="Write a JUnit report.")
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Write the outcome as JSON.")
@click.option("--self-test", "self_test", is_flag=True, help="Plant faults in the framework and find them; NAME may be that of one fault.")
def fuzz(
    name: str,
    plans: tuple[Path, ...],
    examples: int | None,
    seconds: float | None,
    seed: int,
    tiers: tuple[str, ...],
    properties: tuple[str, ...],
    directories: tuple[Path, ...],
    folder: Path,
    captures: tuple[Path, ...],
    unsound: bool,
    jobs: int,
    floor: int,
    ci: bool,
    junit: Path | None,
    json_file: Path | None,
    self_test: bool,
) -> None:
    """Search for input that breaks the description of protocol NAME.

    Messages are made from its grammar, dialogues from its states; they are cut anywhere into TCP segments and given to the engine. A failure is
    shrunk to the smallest dialogue that shows it, printed, and written as a capture, as a plan and as a test for pytest.

    `wiregram fuzz replay FILE` plays a plan again. Exit codes: 0 nothing found, 1 a property does not hold, 2 wrong words or a wrong description,
    3 less was reached than --floor demands, 4 what failed did not fail again.
    """
    console = Console(highlight=False)
    if self_test:
        sys.exit(_self_test(console, name, examples))
    if not name:
        raise click.UsageError("fuzz what? wiregram fuzz NAME")
    if name == REPLAY:
        sys.exit(_replay(console, plans, properties, directories))
    if plans:
        raise click.UsageError(f"only `replay` takes files: wiregram fuzz replay {plans[0]}")
    if ci and (seconds or seed):
        raise click.UsageError("--ci means the same scenarios each time: give it --examples, not --time or --seed")
    if seconds and examples:
        raise click.UsageError("--time and --examples: give one of them")
    if unsound and not captures:
        raise click.UsageError("--unsound is about the captures of --corpus")
    try:
        subject = Subject(wiregram.load(*directories), name, directories)
        corpus = gathered(subject, captures, not unsound)
    except wiregram.WiregramError as error:
        _wrong(str(error))
    if captures:
        console.print(Text(f"{len(corpus)} flow{'s' * (len(corpus) != 1)} of {name} in the captures"))
    if ci:
        junit, json_file = junit or folder / f"fuzz-{name}.xml", json_file or folder / f"fuzz-{name}.report"
        kept = tuple(sorted(folder.glob(f"{name}-*.json")))
        if kept and _replay(console, kept, properties, directories) == BROKEN:
            sys.exit(BROKEN)
    count = 0 if seconds else examples or EXAMPLES
    watched = _Watched(console, subject, seconds or 0.0)
    beat = watched.beat if console.is_terminal else None
    hunt: Callable[[], Outcome]
    if jobs > 1:
        crew = Crew(subject, shares(name, directories, properties, tiers, count, seed, seconds or 0.0, jobs, captures, not unsound), beat)
        watched.search, hunt = crew, crew.hunt
    else:
        search = Search(subject, chosen(properties), tiers, beat, not properties, corpus=corpus)
        watched.search, hunt = search, partial(search.hunt, enough(count, corpus), seed, seconds or 0.0)
    try:
        with watched:
            outcome = hunt()
    except KeyboardInterrupt:
        console.print(summary(subject, watched.search.so_far()))
        console.print("ended before its time; nothing was found until now")
        sys.exit(STOPPED)
    console.print(summary(subject, outcome))
    for path, text in ((junit, junit_report), (json_file, as_json)):
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text(subject, outcome))
    if outcome.broken is not None:
        written = files(outcome.broken, folder, directories)
        console.print(failure(subject, outcome.broken, written, directories))
        sys.exit(FLAKY if outcome.broken.flaky else BROKEN)
    console.print("nothing found")
    for what, ledger in (("alternatives", subject.ledger), ("transitions", subject.moves)):
        if 100 * ledger.reached() < floor * len(ledger):
            console.print(f"but of the {what} only {ledger.reached()} of {len(ledger)} were reached, less than {floor} %")
            sys.exit(UNREACHED)
    sys.exit(CLEAN)


def _self_test(console: Console, name: str, examples: int | None) -> int:
    """Plant faults and find them."""
    if name and name not in PLANTED:
        raise click.UsageError(f"no planted fault {name!r}; there are {', '.join(PLANTED)}")
    seeds = SEEDS[: examples or len(SEEDS)]
    if not console.is_terminal:
        console.width = max(console.width, WIDE)  # the table whole, for whoever reads it from a file
    report = selftest([name] if name else (), seeds, beat=lambda fault: console.print(f"hunting {fault}") if console.is_terminal else None)
    console.print(selftest_table(report))
    if report.skipped:
        console.print(f"not tried, for their rooms are compiled: {', '.join(report.skipped)}")
    found = sum(row.found for row in report.rows)
    console.print(f"{found} of {len(report.rows)} hunts found their fault; median {report.median:.0f} scenarios; {report.seconds:.0f} s")
    return CLEAN if report.passed or (report.rows and all(row.found for row in report.rows) and name) else BROKEN


def _wrong(words: str) -> NoReturn:
    Console(stderr=True, highlight=False).print(Text(words), soft_wrap=True)
    sys.exit(WRONG)


def _replay(console: Console, plans: tuple[Path, ...], properties: tuple[str, ...], directories: tuple[Path, ...]) -> int:
    """Play plans again; the code is that of the worst."""
    if not plans:
        raise click.UsageError("replay what? wiregram fuzz replay failures/NAME.json")
    worst = CLEAN
    try:
        library = wiregram.load(*directories)
        for path in plans:
            plan = _plan(path)
            subject = Subject(library, plan.protocol, directories)
            finding = check(subject, plan, chosen(properties))
            if finding is None:
                console.print(Text(f"{path}: every property holds"))
                continue
            worst = BROKEN
            console.print(Text(f"{path}:"))
            console.print(failure(subject, BrokenError(finding, plan), []))
    except wiregram.WiregramError as error:
        _wrong(str(error))
    return worst


def _plan(path: Path) -> Plan:
    try:
        return read_plan(path.read_bytes())
    except OSError as error:
        _wrong(f"{path}: {error.strerror}")
    except msgspec.MsgspecError as error:
        _wrong(f"{path}: no plan of `wiregram fuzz`: {error}")


class _Watched:
    """A live line of a search, where a person watches."""

    search: Search | Crew

    def __init__(self, console: Console, subject: Subject, seconds: float) -> None:
        self._subject = subject
        self._seconds = seconds
        self._live = Live(console=console, auto_refresh=False, transient=True) if console.is_terminal else None
        self._begun = self._shown = time.monotonic()

    def __enter__(self) -> None:
        if self._live is not None:
            self._live.start()

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def beat(self, doing: str, count: int) -> None:
        now = time.monotonic()
        if self._live is None or now - self._shown < LOOKS:
            return
        self._shown = now
        words = line(self._subject, doing, count, now - self._begun, self._seconds, self.search.accepted)
        self._live.update(Text(words, no_wrap=True), refresh=True)


def line(subject: Subject, doing: str, count: int, spent: float, seconds: float = 0.0, accepted: Mapping[str, Sequence[int]] | None = None) -> str:
    """The live line: what is done, how long, how fast, what was reached and the first transition that was not, and how many of each tier's messages
    the grammar takes."""
    ledger, moves = subject.ledger, subject.moves
    clock = f"{spent:.0f} of {seconds:.0f} s" if seconds else f"{spent:.0f} s"
    rate = count / spent if spent else 0.0
    reached = f"{ledger.reached()}/{len(ledger)} alternatives, {moves.reached()}/{len(moves)} transitions"
    taken = "".join(f", {tier} {100 * of[0] // of[1]} % taken" for tier in TIERS if (of := (accepted or {}).get(tier)))
    missing = "".join(f"; missing: {name}" for name in moves.missing()[:1])
    return f"{subject.name}: {doing}, {clock}, {count} scenarios ({rate:.0f}/s), {reached}{taken}{missing}"
