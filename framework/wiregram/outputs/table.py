"""Tables for people: the transactions of a capture, its flows with their protocols, and counts.

Coloured on a terminal, plain aligned text elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TextIO

from wiregram.model.packet import TRANSPORTS
from wiregram.model.record import ANOMALY, FLOW, TRANSACTION, Ends, Record
from wiregram.outputs.values import address, shown, timestamp
from wiregram.program.settings import OutputSettings

WIDTH = 60
"""Characters of a cell."""
UNKNOWN = "unknown"
Row = tuple[str, ...]


class TransactionTable:
    """The first `limit` transactions, and how many came after them."""

    HEADS: Row = ("time", "client", "server", "protocol", "method", "about", "status")

    def __init__(self, limit: int, settings: OutputSettings | None = None) -> None:
        self.limit = limit
        self.rows: list[Row] = []
        self.left_out = 0
        self._settings = settings or OutputSettings()

    def write(self, record: Record) -> None:
        if record.family != TRANSACTION:
            return
        if len(self.rows) >= self.limit:
            self.left_out += 1
            return
        summary, ends = record.summary, record.ends
        about = [summary[name] for name in ("resource", "query", "user") if summary.get(name) is not None]
        cells = (record.name, summary.get("method"), about[0] if about else None, summary.get("status"))
        client, server = (_end(ends, True), _end(ends, False)) if ends is not None else ("", "")
        time = timestamp(record.time)[:-8].replace("T", " ")  # to the millisecond
        secrets = self._settings.of(record.protocol).show_secrets
        self.rows.append((time, client, server, *(shown(cell, secrets, WIDTH) for cell in cells)))

    def close(self) -> None:
        """Nothing is kept back."""

    def show(self, target: TextIO) -> None:
        if not self.rows:
            return
        _show(target, self.HEADS, self.rows, ())
        if self.left_out:
            print(f"and {self.left_out} transactions more", file=target)
        print(file=target)


class Summary:
    """Flows, transactions and events by protocol."""

    HEADS: Row = ("protocol", "flows", "transactions", "events")

    def __init__(self) -> None:
        self.counts: dict[str, list[int]] = {}

    def write(self, record: Record) -> None:
        place = {FLOW: 0, TRANSACTION: 1, ANOMALY: 2}.get(record.family)
        if place is not None:
            self.counts.setdefault(record.protocol or UNKNOWN, [0, 0, 0])[place] += 1

    def close(self) -> None:
        """Nothing is kept back."""

    def show(self, target: TextIO) -> None:
        names = sorted(self.counts, key=lambda name: (name in (UNKNOWN, "failed"), name))
        rows = [(shown(name), *(str(count) for count in self.counts[name])) for name in names]
        totals = [sum(count[place] for count in self.counts.values()) for place in range(3)]
        _show(target, self.HEADS, rows, ("total", *(str(total) for total in totals)), numbers=3)


class FlowTable:
    """Flows with their protocol and why they have it, and how many flows of each protocol there are. Wants records with `flow.detection`."""

    HEADS: Row = ("client", "server", "protocol", "by", "direction", "why")

    def __init__(self) -> None:
        self.rows: list[tuple[str, Row]] = []
        self.counts: dict[str, int] = {}

    def write(self, record: Record) -> None:
        if record.family != FLOW or record.ends is None:
            return
        ends = record.ends
        self.counts[record.protocol] = self.counts.get(record.protocol, 0) + 1
        why = record.sections["flow"].get("detection") or {}
        server = f"{_end(ends, False)}/{TRANSPORTS.get(ends.transport, '')}"
        cells = (record.protocol, why.get("by"), why.get("direction"), _why(why))
        self.rows.append((record.capture, (_end(ends, True), server, *(shown(cell, False, WIDTH) for cell in cells))))

    def close(self) -> None:
        """Nothing is kept back."""

    def show(self, target: TextIO, captures: bool = False) -> None:
        """`captures`: a first column says where a flow was captured."""
        heads = ("capture", *self.HEADS) if captures else self.HEADS
        if self.rows:
            _show(target, heads, [(shown(capture), *row) if captures else row for capture, row in self.rows], ())
            print(file=target)
        names = sorted(self.counts, key=lambda name: (name in (UNKNOWN, "failed"), name))
        _show(target, ("protocol", "flows"), [(shown(name), str(self.counts[name])) for name in names], ("total", str(len(self.rows))), numbers=1)


def _why(why: dict[str, Any]) -> str:
    """A verdict's reason in a few words: what showed it, else why there is no answer and what came nearest."""
    if "signature" in why:
        return f"{why['signature']}, at octet {why['offset']}" if why.get("offset") else str(why["signature"])
    lost = [f"{item['protocol']}: {item['why']}" for item in why.get("lost", ())]
    return "; ".join([word for word in (why.get("ended", ""),) if word] + lost[:2])


def _end(ends: Ends, client: bool) -> str:
    packed, port = (ends.source, ends.source_port) if client else (ends.target, ends.target_port)
    return f"{address(packed)}:{port}" if len(packed) == 4 else f"[{address(packed)}]:{port}"


def _show(target: TextIO, heads: Row, rows: Sequence[Row], foot: Row, numbers: int = 0) -> None:
    """`numbers`: how many of the last columns stand to the right."""
    if target.isatty():
        _show_rich(target, heads, rows, foot, numbers)
        return
    lines = [heads, *rows, *([foot] if foot else [])]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    first = len(heads) - numbers
    for line in lines:
        cells = (cell.ljust(width) if column < first else cell.rjust(width) for column, (cell, width) in enumerate(zip(line, widths, strict=True)))
        print("  ".join(cells).rstrip(), file=target)


def _show_rich(target: TextIO, heads: Row, rows: Sequence[Row], foot: Row, numbers: int) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_footer=bool(foot), pad_edge=False)
    for column, head in enumerate(heads):
        right = column >= len(heads) - numbers
        table.add_column(head, Text(foot[column]) if foot else "", justify="right" if right else "left", overflow="fold", no_wrap=head == "time")
    for row in rows:
        table.add_row(*(Text(cell, style="red" if heads[column] == "status" and cell not in ("", "OK") else "") for column, cell in enumerate(row)))
    Console(file=target).print(table)
