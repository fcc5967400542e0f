"""Which octets a binary message can begin with, as far as its declaration fixes their places. It reads declarations and compiles nothing.

Every message that the declaration matches begins so; not everything that begins so is a message."""

from __future__ import annotations

import operator
from typing import Any

from construct import core
from construct.expr import BinExpr, Path

from wiregram.frontends.binary.expressions import path_of

ANY = (1 << 256) - 1
LONGEST = 32
"""Octets that are looked at."""
MOST = 32
"""Ways to begin that are told apart."""

Masks = tuple[int, ...]
_LEVELS = (core.Struct, core.Sequence, core.FocusedSeq)
_SAME = (core.Renamed, core.Hex, core.HexDump, core.Rebuild, core.Default)
_INTEGERS = (core.FormatField, core.BytesInteger)


def openings(con: Any) -> tuple[Masks, ...]:
    """The ways to begin: a set of octets (bit n is octet n) a place. Where one ends, anything may follow."""
    con = _bare(con)[1]
    if isinstance(con, core.Select) and len(con.subcons) <= MOST:
        return tuple(masks for sub in con.subcons for masks in openings(sub))[:MOST]
    walk = _Walk()
    walk.add(con)
    return (tuple(walk.masks[:LONGEST]),)


class _Walk:
    """The octets of declarations in a row. `fields` are the whole numbers of the level at hand: name -> (place, size, little-endian, names)."""

    def __init__(self) -> None:
        self.masks: list[int] = []
        self.fields: dict[str, tuple[int, int, bool, dict[str, int]]] = {}

    def add(self, con: Any) -> bool:
        """Whether what follows the declaration has a fixed place."""
        if len(self.masks) >= LONGEST:
            return False
        name, con = _bare(con)
        kind = type(con)
        if isinstance(con, _LEVELS):
            return self._level(con)
        if kind is core.Const:
            return self._constant(con)
        if kind is core.Check:
            self._check(con.func)
            return True
        if kind in (core.Computed, type(core.Pass), type(core.Tell)):
            return True
        if isinstance(con, core.Validator):
            return self._valid(con)
        names: dict[str, int] = {}
        if kind is core.Enum:
            names = {str(key): int(value) for key, value in con.encmapping.items()}
            con = _bare(con.subcon)[1]
        if isinstance(con, _INTEGERS):
            return self._integer(name, con, names)
        if kind is core.Prefixed:
            return self._sized(con.lengthfield) and self.add(con.subcon) and False
        if kind is core.FixedSized:
            return self._within(con)
        return self._sized(con)

    def _level(self, con: Any) -> bool:
        outer, self.fields = self.fields, {}
        fixed = all(self.add(sub) for sub in con.subcons)
        self.fields = outer
        return fixed

    def _constant(self, con: Any) -> bool:
        try:
            octets = bytes(con.build(con.value))
        except (core.ConstructError, ArithmeticError, LookupError, TypeError, ValueError):
            return False
        self.masks += [1 << octet for octet in octets]
        return True

    def _integer(self, name: str | None, con: Any, names: dict[str, int]) -> bool:
        size = _size(con)
        if size is None:
            return False
        swapped = con.fmtstr[0] == "<" if isinstance(con, core.FormatField) else con.swapped is True
        if name is not None and not getattr(con, "signed", False) and (not isinstance(con, core.FormatField) or con.fmtstr[1] in "BHLQ"):
            self.fields[name] = (len(self.masks), size, swapped, names)
        self.masks += [ANY] * size
        return True

    def _valid(self, con: Any) -> bool:
        """One octet of which only some values match: each is tried."""
        if _size(con) != 1:
            return self._sized(con)
        allowed = 0
        for octet in range(256):
            try:
                con.parse(bytes([octet]))
            except (core.ConstructError, ArithmeticError, LookupError, TypeError, ValueError):
                continue
            allowed |= 1 << octet
        self.masks.append(allowed)
        return True

    def _within(self, con: Any) -> bool:
        size, before = _size(con), len(self.masks)
        self.add(con.subcon)
        if size is None or len(self.masks) - before > size:
            del self.masks[before + (size or 0) :]
            return size is not None
        self.masks += [ANY] * (size - (len(self.masks) - before))
        return True

    def _sized(self, con: Any) -> bool:
        size = _size(con)
        if size is None:
            return False
        self.masks += [ANY] * min(size, LONGEST)
        return size <= LONGEST

    def _check(self, test: Any) -> None:
        """What a condition on one field of this level says about that field's octets."""
        if isinstance(test, BinExpr) and test.op is operator.and_ and all(isinstance(part, BinExpr) for part in (test.lhs, test.rhs)):
            self._check(test.lhs)
            self._check(test.rhs)
            return
        if self._tried(test):
            return
        known = self._bits(test)
        if known is None:
            return
        name, bits, value = known
        place, size, swapped, _ = self.fields[name]
        for number in range(size):
            shift = 8 * (number if swapped else size - 1 - number)
            mask, wanted = bits >> shift & 255, value >> shift & 255
            if place + number < len(self.masks):
                self.masks[place + number] &= sum(1 << octet for octet in range(256) if octet & mask == wanted)

    def _tried(self, test: Any) -> bool:
        """A condition that reads nothing but one octet of this level is asked about each of its values. Whether it is one."""
        read = _paths(test)
        if len(read) != 1:
            return False
        (name,) = read
        if name not in self.fields or self.fields[name][1] != 1 or self.fields[name][3]:
            return False
        place = self.fields[name][0]
        try:
            allowed = sum(1 << octet for octet in range(256) if test({name: octet}))
        except (ArithmeticError, LookupError, TypeError, ValueError):
            return False
        if place < len(self.masks):
            self.masks[place] &= allowed
        return True

    def _bits(self, test: Any) -> tuple[str, int, int] | None:
        """`field == constant`, the field shifted to the right or masked: its name, the bits that are known, their values."""
        if not isinstance(test, BinExpr) or test.op is not operator.eq:
            return None
        left, value = test.lhs, test.rhs
        if not isinstance(left, (BinExpr, Path)):
            left, value = value, left
        steps: list[tuple[Any, int]] = []
        while isinstance(left, BinExpr) and left.op in (operator.rshift, operator.and_) and type(left.rhs) is int:
            steps.append((left.op, left.rhs))
            left = left.lhs
        if not isinstance(left, Path):
            return None
        root, parts = path_of(left)
        if root != "this" or len(parts) != 1 or parts[0] not in self.fields:
            return None
        _, size, _, names = self.fields[parts[0]]
        if isinstance(value, str):
            value = names.get(str(value))
        if not isinstance(value, int):
            return None
        known, wanted = (1 << 8 * size) - 1, int(value)
        for op, number in steps:
            if op is operator.rshift:
                known, wanted = known << number & (1 << 8 * size) - 1, wanted << number
            else:
                known &= number
        return (parts[0], known, wanted & known) if wanted & ~known == 0 else None


def _bare(con: Any) -> tuple[str | None, Any]:
    """The name, and the declaration without what changes no octet."""
    name: str | None = None
    while isinstance(con, _SAME):
        if isinstance(con, core.Renamed) and name is None:
            name = con.name
        con = con.subcon
    return name, con


def _paths(test: Any) -> set[str]:
    """The fields of this level that an expression reads; one that is no name for anything else that it reads."""
    if isinstance(test, Path):
        root, parts = path_of(test)
        return {parts[0] if root == "this" and len(parts) == 1 and isinstance(parts[0], str) else ""}
    if isinstance(test, BinExpr):
        return _paths(test.lhs) | _paths(test.rhs)
    return set() if isinstance(test, (int, str, bytes, bool)) else {""}


def _size(con: Any) -> int | None:
    try:
        return int(con.sizeof())
    except (core.ConstructError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError, RecursionError, NotImplementedError):
        return None
