"""A library made ready for detection: automata, probes, linked guards. Made once; gives a `Detection` for each flow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from wiregram.detect.bailout import PRESETS
from wiregram.detect.detection import Detection
from wiregram.detect.matcher import Guard, Matcher
from wiregram.detect.probes import Probes
from wiregram.expression import Scope, link
from wiregram.model.packet import TCP, TO_CLIENT, TO_SERVER, TRANSPORTS, UDP
from wiregram.model.parsing import Parser
from wiregram.program.library import Library
from wiregram.program.protocol import CLIENT, Pattern

ROLES = {b"request": TO_SERVER, b"response": TO_CLIENT}


class Detector:
    """`begin` makes a parser for a message's program (`parse.begin`); `decode_as`: (transport, port) -> the protocol that it is said to be."""

    __slots__ = ("_forced", "_roles", "_scope", "bail_out", "begin", "limit", "matchers", "names", "probes", "protocols")

    def __init__(self, library: Library, begin: Callable[[Any], Parser], decode_as: Mapping[tuple[str, int], str] | None = None) -> None:
        self._forced = {
            (number, port): name for (word, port), name in (decode_as or {}).items() for number in TRANSPORTS if TRANSPORTS[number] == word
        }
        self.begin = begin
        self.protocols = library.protocols
        self.limit = library.settings.engine.detection_limit
        self.bail_out = PRESETS[library.settings.engine.bail_out]
        self.names = TRANSPORTS
        self.matchers = {number: (_matcher(library, name, TO_SERVER), _matcher(library, name, TO_CLIENT)) for number, name in TRANSPORTS.items()}
        self.probes = {number: Probes(library, number) for number in (TCP, UDP)}
        self._roles = {
            protocol.name: link(protocol.pair.role)
            for protocol in library.protocols.values()
            if protocol.pair.role is not None and protocol.pair.begins == CLIENT
        }
        self._scope = Scope()

    def bounded(self, library: Library) -> Detector:
        """The same patterns for the same protocols with other bounds, made quickly."""
        twin = Detector.__new__(Detector)
        for name in Detector.__slots__:
            setattr(twin, name, getattr(self, name))
        twin.protocols = library.protocols
        twin.limit = library.settings.engine.detection_limit
        twin.bail_out = PRESETS[library.settings.engine.bail_out]
        twin.probes = {number: Probes(library, number) for number in (TCP, UDP)}
        return twin

    def open(
        self, transport: int, client_port: int, server_port: int, midstream: bool = False, *, upgrade: bool = False, expected: str = "", old: str = ""
    ) -> Detection:
        """`upgrade`: the flow changes from the protocol `old` to `expected` ("": to whatever is found). `expected` without `upgrade`: the flow was
        announced as that; other protocols' patterns and probes may contradict within the first octets."""
        forced = ("", False)
        if self._forced and not upgrade:
            forced = self._force(transport, client_port, server_port, midstream)
        return Detection(self, transport, client_port, server_port, midstream, upgrade, expected, old, forced)

    def _force(self, transport: int, client_port: int, server_port: int, midstream: bool) -> tuple[str, bool]:
        """What a person has said of these ports; where the ends are a guess, the client's port may be the server's."""
        name = self._forced.get((transport, server_port))
        if name is None and (midstream or transport == UDP):
            return self._forced.get((transport, client_port), ""), True
        return name or "", False

    def scope(self, other: bytes | None, verdict: str) -> Scope:
        """What a pattern's guard sees; filled anew by the next call."""
        scope = self._scope
        scope.other = other
        scope.verdict = verdict.encode() or None
        return scope

    def role(self, protocol: str, value: dict[str, Any]) -> int:
        """The direction that a message of the protocol belongs to by its own word; -1 where it has none."""
        role = self._roles.get(protocol)
        if role is None:
            return -1
        return ROLES.get(role(Scope(own=value, this=value)), -1)


def _matcher(library: Library, transport: str, direction: int) -> Matcher | None:
    patterns: list[tuple[Pattern, Guard | None]] = [
        (pattern, None if pattern.when is None else link(pattern.when))
        for protocol in library.protocols.values()
        if protocol.mode.get(transport, "on") != "off"
        for pattern in protocol.patterns
        if pattern.transport == transport and pattern.direction == direction
    ]
    return Matcher(patterns) if patterns else None
