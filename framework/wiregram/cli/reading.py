"""A capture played through an engine, with a progress bar on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wiregram.model.packet import Packet
from wiregram.model.record import Record

if TYPE_CHECKING:
    from wiregram.capture import Capture
    from wiregram.engine import Engine


def records_of(engine: Engine, path: str) -> Iterator[Record]:
    """Everything that the engine says of one capture, with a progress bar on a terminal."""
    import wiregram

    capture = wiregram.read(path)
    feed = engine.feed
    for packet in _progress(capture, path):
        yield from feed(packet)
    yield from engine.finish()
    if capture.problem:
        click.echo(f"{path}: warning: {capture.problem}", err=True)


def _progress(capture: Capture, path: str) -> Iterable[Packet]:
    return _shown(capture, path) if sys.stderr.isatty() and capture.size else capture


def _shown(capture: Capture, path: str) -> Iterator[Packet]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(Path(path).name, total=capture.size)
        for number, packet in enumerate(capture):
            if not number & 1023:
                progress.update(task, completed=capture.position)
            yield packet
