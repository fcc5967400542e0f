"""One run of both machines: a request and all its answers. Plain state; it decides nothing."""

from __future__ import annotations

from typing import Any

REQUEST, RESPONSE = 0, 1


class Exchange:
    """An exchange, which is a transaction by itself as long as nothing groups it.

    Pairs are by side (request, response). `initiator` is the direction of the request. `offset` is that of the request's first byte in its
    direction (-1: there is no request). `fields` hold a side's fields and own variables; `tx` the transaction's variables, `id` among them.
    `seen`: items that the side has had. `base`: its octets and body when it last entered `start`. `progress`: the highest rank reached."""

    __slots__ = (
        "base", "body", "broken", "done", "ended", "events", "fields", "greeting", "id", "initiator", "key", "last", "late", "logged", "octets",
        "offset", "one_way", "opened", "place", "progress", "reentered", "seen", "serial", "tx",
    )  # fmt: skip

    def __init__(self, initiator: int) -> None:
        self.initiator = initiator
        self.serial = -1
        self.id: int | None = None
        self.tx: dict[str, Any] = {}
        self.fields: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
        self.done = [False, False]
        self.seen = [0, 0]
        self.logged = [False, False]
        self.progress = [-1, -1]
        self.octets = [0, 0]
        self.body = [0, 0]
        self.base: list[tuple[int, int]] | None = None
        self.offset = -1
        self.last = 0
        self.key: Any = None
        self.opened = False
        self.ended = False  # both sides are done, or it was given up
        self.place = False  # given up, but a late answer is still consumed here
        self.late = False  # that answer has begun
        self.greeting = False
        self.one_way = False
        self.broken = False  # its request was given up part-way
        self.reentered = False  # its request side went back to `start`
        self.events: list[tuple[Any, ...]] | None = None  # those that wait for its number
