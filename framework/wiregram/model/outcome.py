"""What a session (the state machines of one flow) hands to the engine."""

from __future__ import annotations

from typing import Any

import msgspec


class Event(msgspec.Struct, frozen=True):
    """Something that an analyst should know: a built-in event or one of the manifest's. `offset` counts the direction's octets from
    the flow's first one (-1: none)."""

    name: str
    severity: str  # info, warning, error
    direction: int
    offset: int
    time: int
    number: int
    tx_id: int | None = None
    expected: str = ""
    layer: str = "proto_parser"


class Done(msgspec.Struct, frozen=True):
    """A transaction (or, with log.at = "side", one side of it) that is ready to be logged. `body` is its `record`, evaluated."""

    protocol: str
    name: str
    tx_id: int
    time: int
    number: int
    body: dict[str, Any]
    summary: dict[str, Any]
    status: str = "OK"
    direction: int = -1  # of the side that this record is about; -1: both


class Switch(msgspec.Struct, frozen=True):
    """Both sides agreed to change protocol: the engine sends both directions to detection again. `rest` are the deliveries that the
    session has not consumed, in capture order; `consumed` the octets consumed by direction."""

    protocol: str
    port: int | None
    rest: tuple[Any, ...]
