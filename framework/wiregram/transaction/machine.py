"""The room's door: a protocol made ready to run, which opens a session for each flow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wiregram.model.flow import Flow
from wiregram.model.parsing import Parser
from wiregram.program.protocol import Protocol
from wiregram.transaction.files import Store
from wiregram.transaction.session import Session
from wiregram.transaction.shared import Shared
from wiregram.transaction.tables import Begin, Tables

Adopted = tuple[int, Parser] | None


class Machine:
    """One protocol for all flows; immutable. `begin(program, params=None)` makes the parser of a message; `protocols` are those whose layers it
    may feed."""

    __slots__ = ("protocol", "tables")

    def __init__(self, protocol: Protocol, begin: Begin, protocols: Mapping[str, Protocol] | None = None) -> None:
        known = protocols or {}
        ready: dict[str, Tables] = {}

        def layer(name: str) -> Tables:
            if name not in ready:
                ready[name] = Tables(known[name], begin, layer)
            return ready[name]

        self.protocol = protocol
        self.tables = Tables(protocol, begin, layer)

    def open(
        self, flow: Flow, adopted: Sequence[Adopted] = (None, None), store: Store | None = None, parent: dict[str, Any] | None = None
    ) -> Session:
        """A session for one flow. `adopted[direction]` is (message's number, parser) from detection, where a probe has matched the
        direction's first message, else None. `store` keeps the contents of files; `parent` is what `parent.x` reads."""
        return Session(self.tables, flow, adopted, Shared(store, parent))
