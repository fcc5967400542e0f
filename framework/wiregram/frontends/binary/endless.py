"""Does a declaration need itself on every way? Then nothing matches it. Runs nothing; what comes back before a byte is taken, `rounds` finds.

Only what certainly is so is said: a class that is not known here is taken to end."""

from __future__ import annotations

from typing import Any

from construct import core

NODES = 20_000
"""Declarations looked at before the question is given up."""

_ALL = (core.Struct, core.Sequence, core.FocusedSeq)


class _TooManyError(Exception):
    pass


def endless(target: Any) -> str:
    """Why `target` never ends, or ''."""
    try:
        return "" if _Ends().ends(target) else "needs itself on every way"
    except _TooManyError:
        return ""


def _bound(con: core.LazyBound) -> Any:
    """What is named; None where it cannot be had."""
    try:
        return con.subconfunc()
    except Exception:  # the author's function; another place says what is wrong with it
        return None


class _Ends:
    """Whether some input brings a declaration to its end: the least answer that does not contradict itself."""

    def __init__(self) -> None:
        self.nodes = 0
        self.known: dict[int, bool] = {}
        self.alive: list[Any] = []

    def ends(self, target: Any) -> bool:
        self.known = {id(target): False}
        while True:
            before = dict(self.known)
            self.known[id(target)] = self._ends(target)
            for con in list(self.alive):
                self.known[id(con)] = self._ends(con)
            if self.known == before:
                return self.known[id(target)]

    def _ends(self, con: Any) -> bool:
        self.nodes += 1
        if self.nodes > NODES:
            raise _TooManyError
        kind = type(con)
        if kind is core.LazyBound:
            target = _bound(con)
            if target is None:
                return True
            if id(target) not in self.known:
                self.known[id(target)] = False
                self.alive.append(target)
            return self.known[id(target)]
        if kind in _ALL:
            for part in con.subcons:
                if type(_bare(part)) is core.StopIf:
                    return True
                if not self._ends(part):
                    return False
            return True
        if kind is core.Select:
            return any(self._ends(part) for part in con.subcons)
        if kind is core.IfThenElse:
            return self._ends(con.thensubcon) or self._ends(con.elsesubcon)
        if kind is core.Switch:
            return any(self._ends(part) for part in (*con.cases.values(), con.default))
        if kind is core.Array:
            return not (isinstance(con.count, int) and con.count > 0) or self._ends(con.subcon)
        if kind in (core.RepeatUntil, core.Renamed, core.Pointer, core.FixedSized, core.Prefixed, core.NullTerminated, core.Rebuild, core.Default):
            return self._ends(con.subcon)
        return True


def _bare(con: Any) -> Any:
    while type(con) is core.Renamed:
        con = con.subcon
    return con
