"""Exchanges (one run of both machines: a request and all its answers) and groups of them. Plain state; it decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wiregram.transaction.files import File
    from wiregram.transaction.outlet import Outlet

REQUEST, RESPONSE = 0, 1


class Transaction:
    """The unit of record. `tx` holds its variables, `id` among them; `events` those that wait for its number; `outlets` where the octets of its
    states go, by (side, state); `layers` the inner streams by name; `files` those that have ended, which wait for its record."""

    __slots__ = ("events", "files", "id", "layers", "outlets", "tx")

    def __init__(self) -> None:
        self.id: int | None = None
        self.tx: dict[str, Any] = {}
        self.events: list[tuple[Any, ...]] | None = None
        self.outlets: dict[tuple[int, int], Outlet] | None = None
        self.layers: dict[str, Any] | None = None
        self.files: list[File] | None = None


class Group(Transaction):
    """Several exchanges that make one transaction. `members` have not ended yet; `closed`: it takes no more. `offset` is that of the first
    request, `last` the member that ended last."""

    __slots__ = ("closed", "initiator", "key", "last", "members", "offset")

    def __init__(self, initiator: int, key: Any) -> None:
        Transaction.__init__(self)
        self.initiator = initiator
        self.key = key
        self.members = 0
        self.closed = False
        self.offset = -1
        self.last: Exchange | None = None


class Exchange(Transaction):
    """An exchange, which is a transaction by itself as long as no group has it.

    Pairs are by side (request, response). `initiator` is the direction of the request. `offset` is that of the request's first byte in its
    direction (-1: there is no request). `fields` hold a side's fields and own variables. `seen`: items that the side has had. `base`: its octets
    and body when it last entered `start`. `progress`: the highest rank reached. `whole`: its values that were cut, by id, with the length that
    they had. `group`: what it is a member of; `beside`: the open group in whose time it began."""

    __slots__ = (
        "aside", "base", "beside", "body", "broken", "done", "ended", "fields", "greeting", "group", "initiator", "key", "last", "late",
        "logged", "octets", "offset", "one_way", "opened", "place", "progress", "reentered", "seen", "serial", "whole",
    )  # fmt: skip

    def __init__(self, initiator: int) -> None:
        self.id = None
        self.tx = {}
        self.events = self.outlets = self.layers = self.files = None
        self.initiator = initiator
        self.serial = -1
        self.fields: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
        self.done = [False, False]
        self.seen = [0, 0]
        self.logged = [False, False]
        self.progress = [-1, -1]
        self.octets = [0, 0]
        self.body = [0, 0]
        self.base: list[tuple[int, int]] | None = None
        self.whole: dict[int, tuple[object, int]] | None = None
        self.offset = -1
        self.last = 0
        self.key: Any = None
        self.group: Group | None = None
        self.beside: Group | None = None
        self.opened = False
        self.ended = False  # both sides are done, or it was given up
        self.place = False  # given up, but a late answer is still consumed here
        self.late = False  # that answer has begun
        self.greeting = False
        self.one_way = False
        self.aside = False  # no exchange at all: nothing pairs with it, and nothing is logged
        self.broken = False  # its request was given up part-way
        self.reentered = False  # its request side went back to `start`
