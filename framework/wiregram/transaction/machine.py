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
from wiregram.transaction.tables import Begin, Tables, names_of

Adopted = tuple[int, Parser] | None


class Machine:
    """One protocol for all flows; immutable. `begin(program, params=None)` makes the parser of a message; `protocols` are those whose layers it
    may feed. `family` are the names of the protocol and of all that it does feed."""

    __slots__ = ("_nested", "family", "protocol", "tables")

    def __init__(self, protocol: Protocol, begin: Begin, protocols: Mapping[str, Protocol] | None = None) -> None:
        known = protocols or {}
        ready: dict[str, Tables] = {}
        family = _family(protocol, known)
        secrets = any(each.secrets for each in family) or any(scope == "parent" for each in family for scope, _ in names_of(each))

        def layer(name: str) -> Tables:
            if name not in ready:
                ready[name] = Tables(known[name], begin, layer, secrets)
            return ready[name]

        self.protocol = protocol
        self.family = frozenset(each.name for each in family)
        self._nested = protocol.name in {layer for each in family for layer in _fed(each)}
        self.tables = Tables(protocol, begin, layer, secrets)

    def bounded(self, protocol: Protocol) -> Machine | None:
        """This machine for the same protocol with other limits, made quickly; None where it is a layer of its own, which would keep its limits."""
        if self._nested:
            return None
        twin = Machine.__new__(Machine)
        twin.protocol = protocol
        twin.family = self.family
        twin.tables = self.tables.bounded(protocol)
        twin._nested = False
        return twin

    def open(
        self, flow: Flow, adopted: Sequence[Adopted] = (None, None), store: Store | None = None, parent: dict[str, Any] | None = None
    ) -> Session:
        """A session for one flow. `adopted[direction]` is (message's number, parser) from detection, where a probe has matched the
        direction's first message, else None. `store` keeps the contents of files; `parent` is what `parent.x` reads."""
        return Session(self.tables, flow, adopted, Shared(store, parent))


def _family(protocol: Protocol, known: Mapping[str, Protocol]) -> list[Protocol]:
    """The protocol, the layers that it feeds, and theirs."""
    found = [protocol]
    for each in found:
        for name in _fed(each):
            if name in known and known[name] not in found:
                found.append(known[name])
    return found


def _fed(protocol: Protocol) -> list[str]:
    """The layers that a protocol's states feed."""
    return [state.feed.layer for side in protocol.sides for state in side.states if state.feed is not None]
