"""How each declaration of a message is made: found out once, and remembered for the messages that follow. Knows classes, nothing of what is drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import construct

Maker = Callable[[Any, Any, Any], Any]
"""Of (walk, declaration, context): draws what the declaration would parse, and gives the value that it would give."""

Way = tuple[Any, Maker, Any, str]
"""How a declaration is made: itself (its id is the key), the maker, what the maker gets, the field's name ('': as before)."""

KEPT = 65_536
"""Declarations that are remembered: those that a function makes anew each time are without number."""

_WRAPPERS = (construct.Renamed, construct.Rebuild, construct.Default, construct.Lazy)


class Ways:
    """`makers` by class, those of `wiregram.grammar` by its name; `adapter` makes any other adapter, `unknown` all else. `known`: by id of a
    declaration, its way."""

    def __init__(self, makers: dict[Any, Maker], adapter: Maker, unknown: Maker) -> None:
        self._makers = makers
        self._adapter = adapter
        self._unknown = unknown
        self.known: dict[int, Way] = {}
        self._members: dict[int, tuple[Any, list[tuple[str, Way]]]] = {}

    def way(self, con: Any) -> Way:
        """What only wraps another declaration is passed over."""
        name = ""
        target = con
        while type(target) in _WRAPPERS:
            if type(target) is construct.Renamed and target.name:
                name = target.name
            target = target.subcon
        kind = type(target)
        maker = self._makers.get(kind)
        if maker is None and kind.__module__ == "wiregram.grammar":
            maker = self._makers.get(kind.__name__)
        if maker is None:
            maker = self._adapter if isinstance(target, construct.Adapter) else self._unknown
        if len(self.known) > KEPT:
            self.known.clear()
        way = self.known[id(con)] = (con, maker, target, name)
        return way

    def members(self, con: Any) -> list[tuple[str, Way]]:
        """Of a structure's members: by what name each is known, and its way."""
        kept = self._members.get(id(con))
        if kept is None:
            if len(self._members) > KEPT:
                self._members.clear()
            kept = self._members[id(con)] = (con, [(member.name, self.way(member)) for member in con.subcons])
        return kept[1]
