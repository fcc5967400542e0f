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
    inside: str = ""  # the layer of the protocol whose octets `offset` counts


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


class Filed(msgspec.Struct, frozen=True):
    """A file that has ended, of transaction `tx_id` (None: of one that is not logged). `body` is the transaction's record as far as it is known,
    `name` its object's; `info` is the file's own object."""

    protocol: str
    name: str
    tx_id: int | None
    time: int
    number: int
    direction: int
    info: dict[str, Any]
    body: dict[str, Any]


class Announced(msgspec.Struct, frozen=True):
    """A flow to come between the two hosts: `protocol`, to `port` of the client (`to` 0) or the server (1), or of `host` (its text). `parent` is
    what it can read of this flow."""

    protocol: str
    to: int
    port: int
    host: bytes | None
    parent: dict[str, Any]


class Switch(msgspec.Struct, frozen=True):
    """Both sides agreed to change protocol: the engine sends both directions to detection again. `rest` are the deliveries that the
    session has not consumed, in capture order; `consumed` the octets consumed by direction."""

    protocol: str
    port: int | None
    rest: tuple[Any, ...]


Outcome = Done | Event | Filed | Announced | Switch
"""What a session's `take` gives."""
