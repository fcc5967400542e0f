"""Libraries of made-up protocols, whose messages are lines, for the detector."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest

from wiregram.detect import Detector
from wiregram.model.packet import TO_CLIENT, TO_SERVER
from wiregram.model.parsing import FAILED, MATCH, MORE
from wiregram.program.library import Library
from wiregram.program.protocol import Pair, Pattern, Probe, Protocol, Side
from wiregram.program.settings import EngineSettings, Settings


class LineParser:
    """A message is `head`, then anything up to and with a line feed. A `?` before the line feed is a flaw."""

    def __init__(self, head: bytes) -> None:
        self.head = head
        self.used = 0
        self.need = 1
        self.offset = 0
        self.expected = ""
        self.short = False
        self.flaw: tuple[int, str] | None = None
        self.visits = 0

    def run(self, data: bytes | bytearray, start: int, end: int, final: bool) -> int:
        while self.used < end - start:
            byte = data[start + self.used]
            if self.used < len(self.head) and byte != self.head[self.used]:
                self.offset = self.used
                return FAILED
            self.used += 1
            self.visits += 1
            if byte == 10 and self.used > len(self.head):
                if self.used > 1 and data[start + self.used - 2] == 63:
                    self.flaw = (self.used - 2, "no question")
                return MATCH
        self.short = final
        return FAILED if final else MORE

    def value(self, data: bytes | bytearray, start: int) -> dict[str, object]:
        return {"kind": b"line", "text": bytes(data[start : start + self.used])}


def pattern(content: bytes, direction: int = TO_CLIENT, *, transport: str = "tcp", **keys: Any) -> dict[str, Any]:
    keys.setdefault("depth", keys.get("offset", 0) + len(content))
    return {"content": content, "direction": direction, "transport": transport, **keys}


def probe(head: bytes, direction: int, ports: Iterable[int] = (), *, transport: str = "tcp", **keys: Any) -> tuple[bytes, dict[str, Any]]:
    return head, {"direction": direction, "ports": tuple((port, port) for port in ports), "transport": transport, **keys}


def protocol(
    name: str,
    patterns: Iterable[dict[str, Any]] = (),
    probes: Iterable[tuple[bytes, dict[str, Any]]] = (),
    speaks_first: str = "either",
    mode: dict[str, str] | None = None,
    role: Any = None,
    missed: str = "",
) -> Protocol:
    messages: list[bytes] = []
    made: list[Probe] = []
    for head, keys in probes:
        made.append(
            Probe(protocol=name, messages=(len(messages),), openings=(tuple((1 << octet).to_bytes(32, "big") for octet in head[:2]),), **keys)
        )
        messages.append(head)
    return Protocol(
        name=name,
        title=name,
        ports={},
        mode=mode or {},
        speaks_first=speaks_first,
        messages=tuple(messages),
        fields=(),
        sides=(Side(), Side()),
        pair=Pair(role=role),
        patterns=tuple(Pattern(protocol=name, **keys) for keys in patterns),
        probes=tuple(made),
        missed=missed,
    )


def detector(*protocols: Protocol, limit: int = 100_000, decode_as: dict[tuple[str, int], str] | None = None, bail_out: str = "current") -> Detector:
    return Detector(
        Library({item.name: item for item in protocols}, Settings(engine=EngineSettings(detection_limit=limit, bail_out=bail_out))),
        LineParser,
        decode_as,
    )


def turns(detection: Any, said: Iterable[tuple[int, bytes]], step: int = 0, close: bool = False) -> Any:
    """Feed turns (direction as captured, octets), each in pieces of `step` octets (0: whole); `close`: both directions end."""
    data = [bytearray(), bytearray()]

    def give(direction: int, octets: bytes, end: bool) -> None:
        side = direction ^ detection.swapped
        data[side] += octets
        swapped = detection.swapped
        detection.feed(side, bytes(data[side]), end)
        if detection.swapped != swapped:
            data.reverse()

    for direction, octets in said:
        for at in range(0, len(octets), step or max(1, len(octets))):
            give(direction, octets[at : at + (step or len(octets))], False)
    if close:
        give(TO_SERVER, b"", True)
        give(TO_CLIENT, b"", True)
    return detection


@pytest.fixture(scope="session")
def made() -> Any:
    """pattern, probe, protocol, detector, turns: what makes and plays made-up protocols."""
    return SimpleNamespace(pattern=pattern, probe=probe, protocol=protocol, detector=detector, turns=turns)
