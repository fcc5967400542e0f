"""The command `wiregram fuzz`: a person's words to a search, and its outcome to a screen and an exit code."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.live import Live
from rich.text import Text

import wiregram
from wiregram_harness.plan import TIERS
from wiregram_harness.properties import PROPERTIES, Property
from wiregram_harness.report import failure, files, summary
from wiregram_harness.search import Outcome, Search, chosen
from wiregram_harness.subject import Subject

CLEAN, BROKEN, WRONG = 0, 1, 2
"""Exit codes: every property held; one did not; the grammar, the manifest or the words of the command are wrong."""

EXAMPLES = 300
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


@click.command()
@click.argument("name")
@click.option("--examples", type=click.IntRange(min=1), help=f"How many scenarios to try (default {EXAMPLES}).")
@click.option("--time", "seconds", type=Seconds(), help="How long to try instead: 60s, 2m.")
@click.option("--seed", type=int, default=0, show_default=True, help="Where the choices begin; the same seed tries the same scenarios.")
@click.option("--tier", "tiers", type=Tiers(), default=TIERS, help="Kinds of messages: valid,near,garbage (default all).")
@click.option("--property", "properties", multiple=True, type=click.Choice(list(PROPERTIES)), help="Check only this property (repeatable).")
@click.option("--protocols", "directories", multiple=True, type=click.Path(path_type=Path), help="A directory with protocols.toml (repeatable).")
@click.option("--pcap", "folder", type=click.Path(path_type=Path, file_okay=False), default=Path("failures"), help="Where a failure is written.")
def fuzz(
    name: str,
    examples: int | None,
    seconds: float | None,
    seed: int,
    tiers: tuple[str, ...],
    properties: tuple[str, ...],
    directories: tuple[Path, ...],
    folder: Path,
) -> None:
    """Search for input that breaks the description of protocol NAME.

    Messages are made from its grammar, dialogues from its states; they are cut anywhere into TCP segments and given to the engine. A failure is
    shrunk to the smallest dialogue that shows it, printed, and written as a capture and as a plan.
    """
    console = Console(highlight=False)
    try:
        subject = Subject(wiregram.load(*directories), name, directories)
    except wiregram.WiregramError as error:
        Console(stderr=True, highlight=False).print(Text(str(error)))
        sys.exit(WRONG)
    outcome = _hunt(console, subject, chosen(properties), tiers, 0 if seconds else examples or EXAMPLES, seed, seconds or 0.0)
    console.print(summary(subject, outcome))
    if outcome.broken is not None:
        console.print(failure(subject, outcome.broken, files(outcome.broken, folder)))
        sys.exit(BROKEN)
    sys.exit(CLEAN)


def _hunt(
    console: Console, subject: Subject, properties: list[Property], tiers: tuple[str, ...], examples: int, seed: int, seconds: float
) -> Outcome:
    """The search, with a live line where a person watches."""
    if not console.is_terminal:
        return Search(subject, properties, tiers).hunt(examples, seed, seconds)
    with Live(console=console, refresh_per_second=8, transient=True) as live:

        def beat(count: int) -> None:
            live.update(Text(_line(subject, count)))

        return Search(subject, properties, tiers, beat).hunt(examples, seed, seconds)


def _line(subject: Subject, count: int) -> str:
    ledger, moves = subject.ledger, subject.moves
    return f"{subject.name}: {count} scenarios, {ledger.reached()} of {len(ledger)} alternatives, {moves.reached()} of {len(moves)} transitions"
