"""Groups of exchanges in a generated dialogue: which exchange is a member of which, whose variables it has, and when a group's one record is due.

It follows the manifest (`group`), by the values that the generator has made; it knows nothing of messages, turns or the engine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wiregram.testing import Code, Protocol, Scope

Variables = dict[str, Any]
Exchange = tuple[Any, Any, Variables]


class Group:
    """`members` of it are under way; `closed`: it takes no more; `last` is the exchange that has ended last."""

    def __init__(self) -> None:
        self.tx: Variables = {}
        self.members = 0
        self.closed = False
        self.last: Exchange | None = None


class Groups:
    """An exchange is known by its own variables, which are a group's where it is a member. Of a protocol without groups each stands for itself."""

    def __init__(self, protocol: Protocol, evaluate: Callable[[Code, Scope], Any]) -> None:
        self._rule = protocol.group
        self._evaluate = evaluate
        self._open: dict[Any, Group] = {}
        self._kept: dict[int, tuple[Variables, Group, bool]] = {}  # by exchange: its own variables, the group, whether it is a member

    def tx(self, own: Variables) -> Variables:
        """The variables of an exchange's transaction."""
        found = self._kept.get(id(own))
        return found[1].tx if found is not None and found[2] else own

    def begin(self, scope: Scope, own: Variables) -> Exchange | None:
        """A request's first message, which the scope sees: the last exchange of a group that this one puts an end to, if there is one."""
        rule = self._rule
        if rule is None:
            return None
        key = self._hashable(None if rule.key is None else self._evaluate(rule.key, scope))
        standing = self._open.get(key)
        ended = None
        if self._evaluate(rule.begin, scope) is True:
            if standing is not None:
                ended = self._close(standing)
            standing = self._open[key] = Group()
            member = True
        elif standing is None:
            return None
        else:
            member = rule.join is not None and self._evaluate(rule.join, scope) is True
        self._kept[id(own)] = own, standing, member
        standing.members += member
        return ended

    def end(self, exchange: Exchange, own: Variables, scope: Scope) -> list[Exchange]:
        """An exchange is over, and the scope sees it: the exchanges whose records are due by that, in order."""
        found = self._kept.get(id(own))
        if found is None:
            return [exchange]
        _, group, member = found
        due = [] if member else [exchange]
        if member:
            group.members -= 1
            group.last = exchange
        rule = self._rule
        last = None
        if not group.closed and rule is not None and rule.end is not None and self._evaluate(rule.end, scope) is True:
            last = self._close(group)
        elif group.closed and member and not group.members:
            last = group.last
        return due if last is None else [*due, last]

    def left(self) -> list[Exchange]:
        """The stream is over: the last exchanges of the groups that were open until now."""
        found = [self._close(group) for group in list(self._open.values())]
        return [last for last in found if last is not None]

    def _close(self, group: Group) -> Exchange | None:
        """It takes no more: its last exchange, if nothing of it is under way."""
        group.closed = True
        self._open = {key: each for key, each in self._open.items() if each is not group}
        return None if group.members else group.last

    @staticmethod
    def _hashable(key: Any) -> Any:
        return key if isinstance(key, bytes | int | str | None) else repr(key)
