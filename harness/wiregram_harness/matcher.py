"""A plain matcher of signatures over whole streams, which shares nothing with the engine's: what detection may say, and what it must."""

from __future__ import annotations

from wiregram import Library
from wiregram.testing import Pattern


class Matcher:
    """All protocols of a library."""

    def __init__(self, library: Library) -> None:
        self._protocols = list(library.protocols.values())

    def candidates(self, transport: str, port: int, to_server: bytes, to_client: bytes) -> tuple[set[str], set[str]]:
        """(protocols of which a pattern without a condition matches the direction that it is for, protocols that may be meant at all)."""
        streams = (to_server, to_client)
        sure: set[str] = set()
        possible: set[str] = set()
        for protocol in self._protocols:
            if transport not in protocol.ports:
                continue
            for pattern in protocol.patterns:
                if pattern.transport != transport:
                    continue
                if matches(pattern, streams[pattern.direction]):
                    possible.add(protocol.name)
                    if pattern.when is None and not pattern.derived:
                        sure.add(protocol.name)
                if matches(pattern, streams[1 - pattern.direction]):
                    possible.add(protocol.name)  # the flow may be seen the wrong way round
            for probe in protocol.probes:
                if probe.transport == transport and (probe.any_port or any(low <= port <= high for low, high in probe.ports)):
                    possible.add(protocol.name)
        return sure, possible


def matches(pattern: Pattern, stream: bytes) -> bool:
    """Whether the content lies wholly in the stream's octets from `offset` to `depth`."""
    window = stream[pattern.offset : pattern.depth or None]
    if pattern.nocase:
        return pattern.content.lower() in window.lower()
    return pattern.content in window
