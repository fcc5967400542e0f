"""`wiregram run`: captures in, records out."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from wiregram.cli import options
from wiregram.cli.overrides import no_such_protocol, read_overrides
from wiregram.cli.reading import records_of
from wiregram.model.errors import CaptureError
from wiregram.model.record import Record

if TYPE_CHECKING:
    from wiregram.outputs import Sink

COLLECTIONS = (20_000, 20, 50)
"""Thresholds of Python's collector: of the many small objects of a flow hardly any are garbage that it alone could free."""


@click.command()
@click.argument("captures", nargs=-1, required=True, metavar="CAPTURE...")
@click.option("-o", "--output", metavar="FILE", help="Write EVE JSON there, a record a line; '-' is standard output.")
@options.protocols
@options.settings
@options.decode_as
@click.option("--explain", is_flag=True, help="Flow records say why a flow has its protocol, and what lost (flow.detection).")
@click.option("--only", multiple=True, metavar="NAME", help="Show and write this protocol's records alone. Repeatable.")
@click.option("--files", "store", type=click.Path(path_type=Path), metavar="DIR", help="Keep the contents of files there, by SHA-256.")
@click.option("--rows", default=40, show_default=True, help="Transactions to show; 0 shows none.")
@click.option("--show-secrets", is_flag=True, help="Write passwords and the like as they are, not as ***.")
@click.option("--community-id", is_flag=True, help="Add the Community ID of each flow.")
def run(
    captures: tuple[str, ...],
    output: str | None,
    directories: tuple[Path, ...],
    settings_file: Path | None,
    decode_as: tuple[str, ...],
    explain: bool,
    only: tuple[str, ...],
    store: Path | None,
    rows: int,
    show_secrets: bool,
    community_id: bool,
) -> int:
    """Read captures (pcap, pcapng; '-' is standard input) and show their transactions.

    Each capture is a world of its own: flows do not go on from one file to the next (join rotated files with mergecap first). Exit code 2: an input
    was wrong; the other captures are read all the same.
    """
    import msgspec

    import wiregram
    from wiregram.outputs import EveSink, FileStore, Summary, TransactionTable

    library = wiregram.load(*directories, settings=settings_file)
    unknown = [name for name in only if name not in library.protocols]
    if unknown:
        raise no_such_protocol(unknown[0], library.protocols)
    forced = read_overrides(decode_as, library)
    changed = {key: True for key, value in (("show_secrets", show_secrets), ("community_id", community_id)) if value}
    outputs = msgspec.structs.replace(library.settings.outputs, **changed)
    summary = Summary()
    try:
        files = FileStore(store) if store is not None else None
    except OSError as error:
        raise click.BadParameter(f"cannot write {error.filename}: {error.strerror}", param_hint="--files") from None
    failed = 0
    with ExitStack() as closing:
        sinks: list[Sink] = [summary]
        if output is not None:
            sinks.append(EveSink(closing.enter_context(_binary_output(output)), outputs))
        table = TransactionTable(rows, outputs) if rows and output != "-" else None
        if table is not None:
            sinks.append(table)
        closing.callback(_close, sinks)
        closing.callback(gc.set_threshold, *gc.get_threshold())
        gc.set_threshold(*COLLECTIONS)
        for path in captures:
            try:
                for record in _kept(records_of(wiregram.Engine(library, decode_as=forced, explain=explain, store=files), path), only):
                    for sink in sinks:
                        sink.write(record)
            except CaptureError as error:
                click.echo(str(error), err=True)
                failed += 1
        if failed == len(captures) and not summary.counts:
            return 2
        target = sys.stderr if output == "-" else sys.stdout
        if table is not None:
            table.show(target)
        summary.show(target)
    return 2 if failed else 0


def _close(sinks: list[Sink]) -> None:
    for sink in sinks:
        sink.close()


def _kept(records: Iterable[Record], only: tuple[str, ...]) -> Iterator[Record]:
    if not only:
        yield from records
        return
    for record in records:
        if record.family == "stats" or record.protocol in only or not set(record.protocol_sides).isdisjoint(only):
            yield record


def _binary_output(output: str) -> IO[bytes]:
    if output == "-":
        return open(sys.stdout.fileno(), "wb", closefd=False)
    try:
        return open(output, "wb")
    except OSError as error:
        raise click.BadParameter(f"cannot write {output}: {error.strerror}", param_hint="--output") from None
