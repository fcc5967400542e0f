"""The groups of a flow that are open: by initiator and key. It decides nothing and logs nothing."""

from __future__ import annotations

from typing import Any

from wiregram.transaction.exchange import Exchange, Group


class Grouping:
    """At most `most` groups are open at a time; the oldest gives way."""

    __slots__ = ("_groups", "_most")

    def __init__(self, most: int) -> None:
        self._groups: dict[tuple[int, Any], Group] = {}
        self._most = most

    def of(self, initiator: int, key: Any) -> Group | None:
        """The open group of that initiator with that key."""
        return self._groups.get((initiator, key))

    def add(self, group: Group) -> Group | None:
        """One more is open; the one that has to end for it."""
        self._groups[group.initiator, group.key] = group
        return next(iter(self._groups.values())) if len(self._groups) > self._most else None

    def join(self, group: Group, exchange: Exchange) -> None:
        """The exchange, which has not opened yet, is a member: its transaction is the group's."""
        exchange.group = group
        exchange.tx = group.tx
        group.members += 1

    def remove(self, group: Group) -> None:
        """It takes no more."""
        group.closed = True
        if self._groups.get((group.initiator, group.key)) is group:
            del self._groups[group.initiator, group.key]

    def open(self) -> list[Group]:
        """Those that are open, oldest first."""
        return list(self._groups.values())
