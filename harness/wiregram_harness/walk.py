"""A Construct message under way: pieces of octets, the values they stand for, and the rewriting of a value drawn too early.

`Walk` knows how values are drawn, stored and mended; what each class of declaration does is in `binary_values`, `binary_choices` and
`binary_regions`. Expressions over `this` are evaluated on the values drawn so far, so a Switch, a condition or a length sees what it will see when
the message is parsed.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from functools import lru_cache, partial
from types import UnionType
from typing import Any

import construct
from construct.expr import ExprMixin

from wiregram_harness.declaration import Facts, comparisons, field, invert, parent, paths
from wiregram_harness.draw import Draw, Wishes
from wiregram_harness.pieces import Derived, Drawn, Group, RejectedError, Slot, join
from wiregram_harness.ways import Ways

FUEL = 40
"""Values drawn for a message at most; afterwards lists stop, lengths are 0 and optional parts are left out."""

FUELS = (FUEL // 8, FUEL // 8, FUEL // 4, FUEL // 4, FUEL // 4, FUEL)
"""How many they are: mostly few, for a large message takes the time of many small ones."""

DEPTH = 60
"""Nested declarations that refer to themselves."""


class Walk:
    """One message. `name` is the field at hand, `slot` the value just made if it can be rewritten, `wish` what the next value shall be."""

    def __init__(self, facts: Facts, ways: Ways, draw: Draw, fork: Callable[[Any, int], None], wishes: Wishes) -> None:
        self.facts = facts
        self.draw = draw
        self.fork = fork
        self.ways = ways
        self._hints = wishes.hints
        self.eager = wishes.eager
        self._fixed = dict(wishes.fixed)
        self.pieces: list[Any] = []
        self._root = self.pieces
        self._size = 0
        self._slots: dict[tuple[int, Any], Slot] = {}
        self._alive: list[Any] = []  # slots and starts are known by the ids of objects, which must therefore live on
        self._rewritten: Slot | None = None
        self.slot: Slot | None = None
        self.wish: Any = None
        self.name = ""
        self.further: dict[str, tuple[str, ...]] = {}  # other names of the members at hand
        self._region: tuple[int, int] | None = None
        self.fuel = draw.choice(FUELS)
        self.depth = 0
        self.starts: dict[int, list[tuple[int, Any]]] = {}
        self.mended = False  # what was made before may not fit any more
        self.lessons: dict[str, Any] = {}  # by name of a field: what it should have been
        self.checks: list[tuple[Any, Any]] = []  # what must hold, with the context in which it does
        self.peeks: list[tuple[int, bytes]] = []  # octets that were looked at before they were made, and where

    def message(self, con: Any, parameters: dict[str, Any]) -> bytes:
        """The whole message; `parameters` are Construct's context keywords."""
        context = construct.Container(**parameters)
        context.update({"_parsing": True, "_building": False, "_sizing": False})
        context["_params"] = context
        self._alive.append(context)
        try:
            self.make(con, context)
        except (construct.StopFieldError, RecursionError) as error:
            raise RejectedError from error
        if len(self.checks) > 1 and not all(self.evaluate(check.func, inside) for check, inside in self.checks):
            for check, inside in self.checks:
                self.mend(check, inside)
            if not all(self.evaluate(check.func, inside) for check, inside in self.checks):
                raise RejectedError
        made = self.joined()
        doubtful = self.mended or any(not made.startswith(octets, at) for at, octets in self.peeks)
        if doubtful and self.parsed(con, context, made)[1] != len(made):
            raise RejectedError
        return made

    def part(self) -> None:
        """The message is made: no circles are left, so that all of it is freed at once."""
        for each in self._alive:
            if type(each) is construct.Container:
                each.clear()
        self._root.clear()

    def mend(self, con: Any, context: Any) -> None:
        """A Check that does not hold is repaired by rewriting one of the fields that it reads."""
        if self.evaluate(con.func, context):
            return
        compared = list(comparisons(con.func, partial(self.evaluate, context=context))) if isinstance(con.func, ExprMixin) else []
        for path, slot in self.readable(con.func, context):
            container, key = slot.homes[0]
            old = container[key]
            tries = [value for known, value in compared if known is path] + self.facts.values.get(str(key), [])
            good = [value for value in tries if self.patch(slot, value) and self.evaluate(con.func, context)]
            if good:
                value = self.draw.choice(good)
                self.lessons[str(key)] = value
                if self.patch(slot, value):
                    self.mended = True
                    return
            self.patch(slot, old)
        raise RejectedError

    def make(self, con: Any, context: Any) -> Any:
        """Draw what `con` would parse; gives the value that it would give."""
        _, maker, target, name = self.ways.known.get(id(con)) or self.ways.way(con)
        if name:
            self.name = name
        return maker(self, target, context)

    def unread(self, con: Any, context: Any) -> Any:
        """A declaration that cannot be looked into parses octets drawn on demand."""
        stream = Drawn(self.draw)
        value = self.guarded(lambda: con._parsereport(stream, context, "(fuzz)"))
        self.put(bytes(stream.octets))
        return value

    def decoded(self, con: Any, context: Any) -> Any:
        """An adapter decodes what its member gives; rewriting goes through the adapter from then on."""
        value = self.make(con.subcon, context)
        value = self.guarded(lambda: con._decode(value, context, "(fuzz)"))
        if type(self.slot) is Derived:
            self.slot = None
        elif self.slot is not None:
            self.slot.con = con
        return value

    def guarded(self, call: Callable[[], Any]) -> Any:
        """A declaration's own code, which may raise anything at all."""
        try:
            return call()
        except (construct.StopFieldError, RejectedError):
            raise
        except Exception as error:
            raise RejectedError from error

    def evaluate(self, expression: Any, context: Any) -> Any:
        if not callable(expression):
            return expression
        try:
            return expression(context)
        except (construct.StopFieldError, RejectedError):
            raise
        except Exception as error:
            raise RejectedError from error

    def parsed(self, con: Any, context: Any, octets: bytes, at: int = 0) -> tuple[Any, int]:
        """What `con` reads at an offset of these octets, and where it stops."""
        stream = io.BytesIO(octets)
        stream.seek(at)
        value = self.guarded(lambda: con._parsereport(stream, context, "(fuzz)"))
        return value, stream.tell()

    def encoded(self, con: Any, context: Any, value: Any) -> bytes:
        if type(con) is construct.FormatField:
            try:
                return struct.pack(con.fmtstr, value)
            except struct.error as error:
                raise RejectedError from error
        stream = io.BytesIO()
        self.guarded(lambda: con._build(value, stream, context, "(fuzz)"))
        return stream.getvalue()

    # Values and their slots.

    def put(self, octets: bytes) -> None:
        """Octets that are not rewritten."""
        self.pieces.append(octets)
        self._size += len(octets)
        self.slot = self.wish = None

    def leaf(self, con: Any, context: Any, value: Any) -> Any:
        """Write `value` as `con` builds it; it can be rewritten later."""
        self.fuel -= 1
        if self.fuel < -20 * FUEL:
            raise RejectedError
        self.put(self.encoded(con, context, value))
        self.slot = Slot(con, context, self.pieces)
        return value

    def derive(self, con: Any, context: Any) -> None:
        """What was just computed can be rewritten if something that it is computed from can be."""
        if isinstance(con.func, ExprMixin):
            self.slot = Derived(con, context, self.pieces)

    def settle(self, key: Any, *containers: Any) -> None:
        """The value just made, which can be rewritten, is now known as `key` of these containers."""
        slot, self.slot = self.slot, None
        assert slot is not None
        slots, homes = self._slots, slot.homes
        for container in containers:
            homes.append((container, key))
            slots[id(container), key] = slot
        self._alive.append(slot)

    def known(self, container: Any, key: Any) -> Slot | None:
        """The slot of a value that is known by this key, if it has one."""
        return self._slots.get((id(container), key))

    def outer(self, chosen: Any) -> dict[str, tuple[str, ...]]:
        """The names by which the chosen member of the field at hand is known outside."""
        return {chosen: (self.name, *self.further.get(self.name, ()))} if self.name and isinstance(chosen, str) else {}

    def _names(self) -> tuple[str, ...]:
        """The names of the field at hand."""
        name = self.name
        return (name, *self.further[name]) if name in self.further else (name,)

    def patch(self, slot: Slot, value: Any) -> bool:
        """Rewrite a drawn value; False leaves it as it was."""
        if type(slot) is Derived:
            if not self.solve(slot.con.func, value, slot.context):
                return False
            for container, key in slot.homes:
                container[key] = value
            return True
        try:
            octets = self.encoded(slot.con, slot.context, value)
            value, _ = self.parsed(slot.con, slot.context, octets)
        except RejectedError:
            return False
        self._rewritten = slot
        self._size += len(octets) - len(slot.pieces[slot.index])
        slot.pieces[slot.index] = octets
        for container, key in slot.homes:
            container[key] = value
        return True

    def resolve(self, path: Any, context: Any) -> Slot | None:
        """The slot of the value that a path reads, if it has one."""
        above = parent(path)
        if above is None:
            return None
        try:
            container = self.evaluate(above, context)
        except RejectedError:
            return None
        return self._slots.get((id(container), field(path)))

    def readable(self, expression: Any, context: Any) -> list[tuple[Any, Slot]]:
        """The paths of an expression that can be rewritten, the last first."""
        if not isinstance(expression, ExprMixin):
            return []
        found = [(path, self.resolve(path, context)) for path in paths(expression)]
        return [(path, slot) for path, slot in reversed(found) if slot is not None]

    def solve(self, expression: Any, target: Any, context: Any) -> bool:
        """Rewrite one field so that the expression has this value."""
        for path, slot in self.readable(expression, context):
            value = invert(expression, target, path, lambda known: self.evaluate(known, context))
            container, key = slot.homes[0]
            old = container[key]
            if value is not None and self.patch(slot, value):
                if self.evaluate(expression, context) == target:
                    return True
                self.patch(slot, old)
        return False

    def stale(self, context: Any) -> bool:
        """Whether something was made after what has just been rewritten, or is computed from it and known otherwise."""
        slot = self._rewritten
        if slot is None or slot.pieces is not self.pieces or slot.index != len(slot.pieces) - 1:
            return True
        for key, value in context.items():
            derived = self._slots.get((id(context), key))
            if type(derived) is Derived and self.evaluate(derived.con.func, derived.context) != value:
                return True
        return False

    def spread(self, expression: Any, target: Any, context: Any) -> bool:
        """Rewrite all fields of an expression, each with what those before it leave, so that it has this value."""
        slots = self.readable(expression, context)[::-1]
        before = [slot.homes[0][0][slot.homes[0][1]] for _, slot in slots]
        if len(slots) > 1 and all(type(value) is int and self.patch(slot, 0) for value, (_, slot) in zip(before, slots, strict=True)):
            for path, slot in slots:
                value = invert(expression, target, path, partial(self.evaluate, context=context))
                if value is not None and self.patch(slot, value) and self.evaluate(expression, context) == target:
                    return True
        for (_, slot), value in zip(slots, before, strict=True):
            self.patch(slot, value)
        return False

    # Places and regions.

    def joined(self) -> bytes:
        """The octets made so far."""
        return join(self._root)

    def position(self) -> int:
        """How many octets have been made."""
        return self._size

    def back(self, octets: int) -> None:
        """So many octets were made beside the message."""
        self._size -= octets

    def finish(self, group: Group, close: Callable[[bytes], bytes], content: bytes | None = None) -> None:
        """A group is complete: from now on its octets are changed as a whole. `content` replaces them first."""
        before = join(group.pieces)
        if content is not None:
            group.pieces[:] = [content]
        group.close = close
        self._size += len(close(before if content is None else content)) - len(before)

    def inside(self, con: Any, context: Any, room: int | None = None) -> tuple[Any, Group]:
        """Make `con` into a group of its own; `room` is how many octets the region has, where that is settled beforehand."""
        group = Group()
        pieces, region = self.pieces, self._region
        pieces.append(group)
        self.pieces = group.pieces
        self._region = None if room is None else (self._size, room)
        value = self.make(con, context)
        self.pieces, self._region = pieces, region
        self.slot = None
        return value, group

    def left(self) -> int | None:
        """Octets left in the region, where it is a settled one."""
        if self._region is None:
            return None
        start, room = self._region
        return max(0, room - self._size + start)

    def level(self, con: Any, context: Any) -> Any:
        """The context that a structure opens, as Construct opens it."""
        inner = construct.Container({
            "_": context, "_params": context["_params"], "_parsing": True, "_building": False, "_sizing": False,
            "_subcons": getattr(con, "_subcons", None), "_io": None, "_index": context.get("_index"),
        })  # fmt: skip
        inner["_root"] = context.get("_root", inner)
        self._alive.append(inner)
        return inner

    def ended(self, con: Any, start: int, value: Any) -> None:
        """Something that a pointer may point to is complete."""
        if self.facts.seeks:
            self.starts.setdefault(id(con), []).append((start, value))

    # What to draw.

    def number(self, low: int, high: int) -> int:
        """An integer for the field at hand: what the declaration compares it with, small ones, edges, any."""
        wish, self.wish = self.wish, None
        if isinstance(wish, int) and low <= wish <= high:
            return wish
        draw = self.draw
        fixed = self.fixed()
        if isinstance(fixed, int) and low <= fixed <= high:
            return fixed
        if self.peeks and self.peeks[-1][0] == self._size and low == 0 and high == (1 << 8 * len(self.peeks[-1][1])) - 1:
            return int.from_bytes(self.peeks[-1][1], "big")
        names = self._names()
        hints = [hint for name in names for hint in self._hints.get(name, ())]
        if hints and draw.chance(3, 4):
            hinted = [hint for hint in hints if isinstance(hint, int) and low <= hint <= high]
            if hinted:
                return draw.choice(hinted)
        size = self.name in self.facts.sizes
        if size and self.fuel <= 0:
            return max(low, 0)
        way = draw.integer(0, 15)
        keys, values = self.facts.numbers(names, low, high)
        if way == 14 and keys and draw.boolean():
            around = [value for name in names for value in self.facts.values.get(name, ()) if isinstance(value, int) and low <= value <= high]
            if around:
                return int(draw.choice(around))
        if values and (way < 15 if keys else way >= 13 if size else way >= 8):
            return int(draw.choice(values))
        if size:
            return draw.integer(max(low, 0), min(high, max(3, self.fuel) if way == 12 else 3))
        if way < 4:
            return draw.integer(max(low, 0), min(high, 8))
        if way < 8:
            return draw.choice(edges(low, high))
        return draw.integer(low, high)

    def fixed(self) -> Any:
        """What a dialogue asks of the field at hand, once; None: nothing."""
        for name in self._names() if self._fixed else ():
            if name in self._fixed:
                return self._fixed.pop(name)
        return None

    def fix(self, name: str, value: Any) -> None:
        """The next field of this name shall have this value."""
        self._fixed[name] = value

    def octets(self, low: int, high: int) -> bytes:
        """Octets, seldom many."""
        way = self.draw.integer(0, 31)
        reach = low + (3 if self.fuel <= 0 else 200 if way == 31 else 32 if way > 27 else 6)
        self.fuel -= 1
        return self.draw.bytes(low, max(low, min(high, reach)))

    def hinted(self, kind: type | UnionType) -> list[Any]:
        """What a dialogue would like of the field at hand."""
        return [value for name in self._names() for value in self._hints.get(name, ()) if isinstance(value, kind)] if self._hints else []

    def asked(self, kind: type | UnionType) -> list[Any]:
        """What the declaration compares the field at hand with, or chooses by it."""
        return self.hinted(kind) + self.facts.worth(self._names(), kind)

    def chosen(self) -> list[int]:
        """The numbers by which the field at hand chooses a branch."""
        return self.facts.chosen(self._names())

    def wished(self, kind: type) -> Any:
        wish, self.wish = self.wish, None
        return wish if isinstance(wish, kind) else None


@lru_cache(maxsize=1024)
def edges(low: int, high: int) -> list[int]:
    """The ends of the range, and where a sign or an octet turns."""
    near = (0, 1, high, high - 1, low, low + 1, 127, 128, 191, 192, 255, 256, high // 2, high // 2 + 1)
    return list(dict.fromkeys(value for value in near if low <= value <= high))
