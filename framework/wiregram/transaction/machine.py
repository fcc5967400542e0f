"""The room's door: a protocol made ready to run, which opens a session for each flow."""

from __future__ import annotations

from collections.abc import Sequence

from wiregram.model.flow import Flow
from wiregram.model.parsing import Parser
from wiregram.program.protocol import Protocol
from wiregram.transaction.session import Session
from wiregram.transaction.tables import Begin, Tables

Adopted = tuple[int, Parser] | None


class Machine:
    """One protocol for all flows; immutable. `begin(program, params=None)` makes the parser of a message."""

    __slots__ = ("protocol", "tables")

    def __init__(self, protocol: Protocol, begin: Begin) -> None:
        self.protocol = protocol
        self.tables = Tables(protocol, begin)

    def open(self, flow: Flow, adopted: Sequence[Adopted] = (None, None)) -> Session:
        """A session for one flow. `adopted[direction]` is (message's number, parser) from detection, where a probe has matched the
        direction's first message, else None."""
        return Session(self.tables, flow, adopted)
