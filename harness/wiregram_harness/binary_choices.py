"""What is drawn for the Construct declarations that choose, look, compute or rename: branches, checks, what is read beforehand, and adapters."""

from __future__ import annotations

from typing import Any

import construct
from construct.expr import BinExpr

from wiregram_harness.pieces import Group, RejectedError, join
from wiregram_harness.walk import Walk
from wiregram_harness.ways import Maker

_SPELT = int | bytes | str


def if_then_else(walk: Walk, con: Any, context: Any) -> Any:
    holds = bool(walk.evaluate(con.condfunc, context))
    walk.fork(con, 0 if holds else 1)
    return walk.make(con.thensubcon if holds else con.elsesubcon, context)


def switch(walk: Walk, con: Any, context: Any) -> Any:
    key = walk.evaluate(con.keyfunc, context)
    chosen = walk.guarded(lambda: con.cases.get(key))
    walk.fork(con, next((way for way, case in enumerate(con.cases) if case == key), len(con.cases)))
    return walk.make(con.default if chosen is None else chosen, context)


def select(walk: Walk, con: Any, context: Any) -> Any:
    last = len(con.subcons) - 1
    way = last if walk.fuel <= 0 or walk.left() == 0 else walk.draw.integer(0, last)
    walk.fork(con, way)
    return walk.make(con.subcons[way], context)


def check(walk: Walk, con: Any, context: Any) -> Any:
    """It is asked again when the message is complete: what is mended later may hurt it."""
    nothing(walk, con, context)
    walk.mend(con, context)
    walk.checks.append((con, context))


def peek(walk: Walk, con: Any, context: Any) -> Any:
    """What comes next is drawn beforehand; a number that is made there takes it."""
    group = Group()
    pieces, walk.pieces, at = walk.pieces, group.pieces, walk.position()
    value = walk.make(con.subcon, context)
    walk.pieces = pieces
    octets = join(group.pieces)
    walk.back(len(octets))
    walk.peeks.append((at, octets))
    nothing(walk, con, context)
    return value


def one_of(walk: Walk, con: Any, context: Any) -> Any:
    """One of the values that are allowed, those that are asked for rather than others."""
    values = walk.facts.allowed.get(id(con))
    if values and walk.wish is None:
        asked = [value for value in (walk.fixed(),) if value in values]
        if not asked and walk.draw.chance(3, 4):
            asked = [value for value in walk.hinted(type(values[0])) if value in values]
        walk.wish = walk.draw.choice(asked or values)
    return walk.decoded(con, context)


def stop_if(walk: Walk, con: Any, context: Any) -> Any:
    nothing(walk, con, context)
    if walk.evaluate(con.condfunc, context):
        raise construct.StopFieldError


def nothing(walk: Walk, con: Any, context: Any) -> Any:
    walk.slot = walk.wish = None


def refuse(walk: Walk, con: Any, context: Any) -> Any:
    raise RejectedError


def computed(walk: Walk, con: Any, context: Any) -> Any:
    wish = walk.wished(int)
    nothing(walk, con, context)
    asked = walk.fixed() if wish is None else wish
    if asked is None:
        hinted = walk.hinted(int)
        asked = walk.draw.choice(hinted) if hinted and (walk.draw.chance(7, 8) if walk.eager else walk.draw.boolean()) else None
    if asked is None and type(con.func) is BinExpr:
        keys = walk.chosen()
        asked = walk.draw.choice(keys) if keys and walk.draw.chance(3, 4) else None
    value = walk.evaluate(con.func, context)
    if asked is not None and value != asked:
        if walk.solve(con.func, asked, context):
            walk.mended = walk.mended or walk.stale(context)
            value = walk.evaluate(con.func, context)
        elif walk.spread(con.func, asked, context):
            walk.mended = True
            value = asked
    walk.derive(con, context)
    return value


def index(walk: Walk, con: Any, context: Any) -> Any:
    nothing(walk, con, context)
    return context.get("_index", None)


# Adapters.


def enumeration(walk: Walk, con: Any, context: Any) -> Any:
    """A name that a dialogue or the declaration asks for, any name, seldom a number without one."""
    fixed = walk.fixed()
    if isinstance(fixed, bytes):
        fixed = con.encmapping.get(fixed.decode("latin-1"))
    hinted = _numbered(con, walk.hinted(_SPELT))
    if isinstance(fixed, int):
        walk.wish = fixed
    elif hinted and walk.eager and walk.draw.boolean():
        walk.wish = walk.draw.choice(hinted)
    else:
        way = walk.draw.integer(0, 31)
        asked = _numbered(con, walk.asked(_SPELT)) if way < 16 else []
        if way < 31:
            walk.wish = walk.draw.choice(asked or list(con.decmapping))
    return walk.decoded(con, context)


def _numbered(con: Any, values: list[Any]) -> list[int]:
    """Numbers, and those of an enumeration's names."""
    found = [con.encmapping.get(value.decode("latin-1") if type(value) is bytes else value, value) for value in values]
    return [number for number in found if type(number) is int]


def flags(walk: Walk, con: Any, context: Any) -> Any:
    wish = 0
    for bit in con.flags.values():
        if walk.draw.boolean():
            wish |= int(bit)
    walk.wish = wish
    return walk.decoded(con, context)


def mapping(walk: Walk, con: Any, context: Any) -> Any:
    walk.wish = walk.draw.choice(list(con.decmapping))
    return walk.decoded(con, context)


CHOICES: dict[Any, Maker] = {
    construct.IfThenElse: if_then_else,
    construct.Switch: switch,
    construct.Select: select,
    construct.Check: check,
    construct.StopIf: stop_if,
    construct.Computed: computed,
    type(construct.Index): index,
    type(construct.Pass): nothing,
    type(construct.Terminated): nothing,
    construct.Peek: peek,
    construct.ExprValidator: one_of,
    type(construct.Error): refuse,
    construct.Enum: enumeration,
    construct.FlagsEnum: flags,
    construct.Mapping: mapping,
}
