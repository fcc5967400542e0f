"""What is drawn for the Construct declarations that hold values: numbers, octets, structures and lists."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import construct
from construct.expr import ExprMixin

from wiregram_harness.declaration import LONGEST, comparisons
from wiregram_harness.declaration import name as named
from wiregram_harness.pieces import RejectedError
from wiregram_harness.walk import DEPTH, Walk
from wiregram_harness.ways import Maker

_SIGNED = "bhilq"
_VARINT_EDGES = (127, 128, 16383, 16384, 2097151, 2097152, (1 << 32) - 1, 1 << 32)


def format_field(walk: Walk, con: Any, context: Any) -> Any:
    letter = con.fmtstr[-1]
    bits = 8 * con.length
    if letter in "efd":
        octets = walk.draw.bytes(con.length, con.length)
        walk.put(octets)
        return con.parse(octets)
    if letter == "?":
        return walk.leaf(con, context, walk.draw.boolean())
    if letter in _SIGNED:
        return walk.leaf(con, context, walk.number(-(1 << bits - 1), (1 << bits - 1) - 1))
    return walk.leaf(con, context, walk.number(0, (1 << bits) - 1))


def wide_integer(walk: Walk, con: Any, context: Any) -> Any:
    length = walk.evaluate(con.length, context)
    if not isinstance(length, int) or not 0 < length <= 64:
        length = walk.draw.integer(1, 4)
        if not walk.solve(con.length, length, context):
            raise RejectedError
    bits = length if type(con) is construct.BitsInteger else 8 * length
    if con.signed:
        return walk.leaf(con, context, walk.number(-(1 << bits - 1), (1 << bits - 1) - 1))
    return walk.leaf(con, context, walk.number(0, (1 << bits) - 1))


def varint(walk: Walk, con: Any, context: Any) -> Any:
    if walk.wish is None and walk.name not in walk.facts.sizes and walk.draw.integer(0, 7) == 7:
        return walk.leaf(con, context, walk.draw.choice(_VARINT_EDGES))
    return walk.leaf(con, context, walk.number(0, max((16383, *(hint for hint in walk.hinted(int) if hint < 1 << 64)))))


def zigzag(walk: Walk, con: Any, context: Any) -> Any:
    return walk.leaf(con, context, walk.number(-8192, 8191))


def flag(walk: Walk, con: Any, context: Any) -> Any:
    wish = walk.wished(int)
    return walk.leaf(con, context, walk.draw.boolean() if wish is None else bool(wish))


def octet_field(walk: Walk, con: Any, context: Any) -> Any:
    length = walk.evaluate(con.length, context)
    if not isinstance(length, int) or not 0 <= length <= LONGEST:
        length = walk.draw.integer(0, 6)
        if not walk.solve(con.length, length, context):
            raise RejectedError
    wish = walk.wished(bytes)
    if wish is not None and len(wish) == length:
        return walk.leaf(con, context, wish)
    hinted = walk.hinted(bytes)
    if hinted and walk.draw.chance(3, 4):
        hint = walk.draw.choice(hinted)
        if len(hint) == length or walk.solve(con.length, len(hint), context):
            return walk.leaf(con, context, hint)
    known = [value for value in walk.asked(bytes) if len(value) == length]
    if known and walk.draw.integer(0, 15) < 15:
        return walk.leaf(con, context, walk.draw.choice(known))
    return walk.leaf(con, context, walk.draw.bytes(length, length))


def greedy_octets(walk: Walk, con: Any, context: Any) -> Any:
    octets = walk.wished(bytes)
    left = walk.left()
    hinted = walk.hinted(bytes) if octets is None and left is None else []
    if hinted and walk.draw.chance(3, 4):
        octets = walk.draw.choice(hinted)
    if octets is None:
        octets = walk.octets(0, LONGEST) if left is None else walk.draw.bytes(left, left) if left <= LONGEST else b""
    walk.put(octets)
    return octets


def constant(walk: Walk, con: Any, context: Any) -> Any:
    walk.put(walk.encoded(con.subcon, context, con.value))
    return con.value


def until(walk: Walk, con: Any, context: Any) -> Any:
    """`wiregram.grammar.Until`: octets in which the terminator does not begin before its place."""
    octets = walk.wished(bytes)
    known = walk.asked(bytes)
    if octets is None:
        octets = walk.draw.choice(known) if known and walk.draw.chance(3, 4) else walk.octets(0, 255)
    term = con.term
    while (octets + term).find(term) < len(octets):
        at = (octets + term).find(term)
        octets = octets[:at] + octets[at + 1 :]
    return walk.leaf(con, context, octets)


def decimal(walk: Walk, con: Any, context: Any) -> Any:
    """`wiregram.grammar.Decimal`: a number spelled in digits by its member."""
    sized = walk.name in walk.facts.sizes
    value = walk.number(*((0, 99) if sized else (-(1 << 33), 1 << 33)))
    if sized and walk.draw.chance(1, 16):
        value = -1
    name, walk.name = walk.name, ""
    walk.wish = b"%d" % value
    walk.make(con.subcon if hasattr(con, "subcon") else con.of, context)
    walk.name = name
    if walk.slot is not None:
        walk.slot.con = con
    return value


# Structures and lists.


def _members(
    walk: Walk, con: Any, homes: tuple[Any, ...], outer: dict[str, tuple[str, ...]], listed: list[Any] | None = None, wish: Any = None
) -> None:
    """What each member gives, by its name into `homes`, the first of which is the context. `outer`: the further names of some of them; `wish`: what
    the one that a FocusedSeq gives shall be."""
    inner = homes[0]
    before, walk.further = walk.further, outer
    try:
        for name, (_, maker, target, label) in walk.ways.members(con):
            walk.name = label
            if wish is not None and name == con.parsebuildfrom:
                walk.wish = wish
            value = maker(walk, target, inner)
            if listed is not None:
                listed.append(value)
            if name:
                for home in homes:
                    home[name] = value
                if walk.slot is not None:
                    walk.settle(name, *homes)
            walk.slot = None
    finally:
        walk.further = before


def struct(walk: Walk, con: Any, context: Any) -> Any:
    walk.wish = None
    start = walk.position()
    inner = walk.level(con, context)
    value = construct.Container()
    try:
        _members(walk, con, (inner, value), {})
    except construct.StopFieldError:
        walk.slot = None
    walk.ended(con, start, value)
    return value


def sequence(walk: Walk, con: Any, context: Any) -> Any:
    walk.wish = None
    value = construct.ListContainer()
    try:
        _members(walk, con, (walk.level(con, context),), walk.further, value)
    except construct.StopFieldError:
        walk.slot = None
    return value


def focused(walk: Walk, con: Any, context: Any) -> Any:
    wish, walk.wish = walk.wish, None
    start = walk.position()
    inner = walk.level(con, context)
    _members(walk, con, (inner,), walk.outer(con.parsebuildfrom), wish=wish)
    chosen = walk.evaluate(con.parsebuildfrom, inner)
    if chosen not in inner:
        raise RejectedError
    walk.ended(con, start, inner[chosen])
    walk.slot = walk.known(inner, chosen)
    return inner[chosen]


def lazy_bound(walk: Walk, con: Any, context: Any) -> Any:
    """Self-reference: a third of the way down, everything becomes as short as it can."""
    walk.depth += 1
    if walk.depth > DEPTH:
        raise RejectedError
    fuel = walk.fuel
    if walk.depth > DEPTH // 3:
        walk.fuel = min(fuel, 0)
    value = walk.make(con.subconfunc(), context)
    walk.depth -= 1
    return value


def array(walk: Walk, con: Any, context: Any) -> Any:
    count = walk.evaluate(con.count, context)
    if not isinstance(count, int) or not 0 <= count <= 64 or (walk.fuel <= 0 and count):
        wanted = 0 if walk.fuel <= 0 else walk.draw.integer(0, 3)
        if walk.solve(con.count, wanted, context):
            count = wanted
        elif not isinstance(count, int) or not 0 <= count <= 256:
            raise RejectedError
    return _elements(walk, con, context, lambda made: made < count)


def greedy_range(walk: Walk, con: Any, context: Any) -> Any:
    def go_on(made: int) -> bool:
        left = walk.left()
        return walk.fuel > 0 and left != 0 and walk.draw.more(2 if left is None else 15)

    return _elements(walk, con, context, go_on)


def _elements(walk: Walk, con: Any, context: Any, go_on: Callable[[int], bool]) -> Any:
    values = construct.ListContainer()
    name = walk.name
    while go_on(len(values)):
        walk.name = name
        context["_index"] = len(values)
        values.append(walk.make(con.subcon, context))
        if walk.slot is not None:
            walk.settle(len(values) - 1, values)
    walk.slot = None
    return values


def repeat_until(walk: Walk, con: Any, context: Any) -> Any:
    values = construct.ListContainer()
    name = walk.name
    predicate = con.predicate
    wanted = [(named(path), value) for path, value in comparisons(predicate)] if isinstance(predicate, ExprMixin) else []
    ended = False
    while not ended:
        walk.name = name
        context["_index"] = len(values)
        if wanted and (walk.fuel <= 0 or not walk.draw.more(2)):
            field, walk.wish = walk.draw.choice(wanted)
            if field:
                walk.fix(field, walk.wish)
        value = walk.make(con.subcon, context)
        values.append(value)
        if walk.slot is not None:
            walk.settle(len(values) - 1, values)
        ended = bool(walk.guarded(partial(predicate, value, values, context)) if callable(predicate) else predicate)
        if len(values) > 256:
            raise RejectedError
    return construct.ListContainer() if con.discard else values


VALUES: dict[Any, Maker] = {
    construct.FormatField: format_field,
    construct.BytesInteger: wide_integer,
    construct.BitsInteger: wide_integer,
    type(construct.VarInt): varint,
    type(construct.ZigZag): zigzag,
    type(construct.Flag): flag,
    construct.Bytes: octet_field,
    type(construct.GreedyBytes): greedy_octets,
    construct.Const: constant,
    construct.Struct: struct,
    construct.LazyStruct: struct,
    construct.Sequence: sequence,
    construct.FocusedSeq: focused,
    construct.LazyBound: lazy_bound,
    construct.Array: array,
    construct.LazyArray: array,
    construct.GreedyRange: greedy_range,
    construct.RepeatUntil: repeat_until,
    "Until": until,
    "Decimal": decimal,
}
