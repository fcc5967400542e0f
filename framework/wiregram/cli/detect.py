"""`wiregram detect`: which protocol each flow of a capture speaks, and why."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from wiregram.cli import options
from wiregram.cli.overrides import read_overrides
from wiregram.cli.reading import records_of
from wiregram.model.errors import CaptureError
from wiregram.model.record import FLOW


@click.command()
@click.argument("captures", nargs=-1, required=True, metavar="CAPTURE...")
@click.option("--json", "lines", is_flag=True, help="Flow records as EVE JSON, a flow a line; the reasons stand in flow.detection.")
@options.decode_as
@options.protocols
@options.settings
def detect(captures: tuple[str, ...], lines: bool, decode_as: tuple[str, ...], directories: tuple[Path, ...], settings_file: Path | None) -> int:
    """Show which protocol each flow speaks and why, in the order in which the flows ended. Nothing beyond that is parsed, so a flow that changes
    its protocol later is shown with its first one.

    Each capture ('-' is standard input) is a world of its own. Exit code 2: an input was wrong; the other captures are read all the same.
    """
    import wiregram
    from wiregram.outputs import EveSink, FlowTable, Sink

    library = wiregram.load(*directories, settings=settings_file)
    forced = read_overrides(decode_as, library)
    ready = wiregram.Engine(library, decode_as=forced, explain=True, parsing=False)
    table = FlowTable()
    failed = 0
    with open(sys.stdout.fileno(), "wb", closefd=False) as stream:
        sink: Sink = EveSink(stream, library.settings.outputs) if lines else table
        for path in captures:
            try:
                for record in records_of(wiregram.Engine(library, ready, explain=True, parsing=False), path):
                    if record.family == FLOW:
                        sink.write(record)
            except CaptureError as error:
                click.echo(str(error), err=True)
                failed += 1
        sink.close()
    if not lines:
        table.show(sys.stdout, len(captures) > 1)
    return 2 if failed else 0
