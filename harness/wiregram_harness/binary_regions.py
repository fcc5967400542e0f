"""What is drawn for the Construct declarations that wrap octets: prefixes, fixed sizes, padding, terminators, bits, text, pointers, checksums.

The content is made first; the length, the padding or the terminator follows from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import construct
from construct.expr import ExprMixin

from wiregram_harness.declaration import LONGEST, alone
from wiregram_harness.pieces import Group, RejectedError, join
from wiregram_harness.walk import Walk
from wiregram_harness.ways import Maker

_DIGIT_ENDS = (b"", b"\r\n", b"\n", b" ", b":")
_TARGETS = 24
"""How many earlier places a pointer chooses from."""


def spelled(walk: Walk, con: Any, context: Any, length: int) -> bytes:
    """The octets that `con` reads as this length: as it builds them, or else in one of the usual spellings."""
    spelt = walk.facts.spelt
    if id(con) not in spelt:
        spelt[id(con)] = {} if alone(con) else None
    known = spelt[id(con)]
    if known is not None and length in known:
        return known[length]
    for octets in _spellings(walk, con, context, length):
        try:
            found, used = walk.parsed(con, context, octets)
        except RejectedError:
            continue
        if found == length and used == len(octets):
            if known is not None:
                known[length] = octets
            return octets
    raise RejectedError


def _spellings(walk: Walk, con: Any, context: Any, length: int) -> Iterator[bytes]:
    unbuilt = walk.facts.unbuilt
    if id(con) not in unbuilt:
        octets = b""
        with suppress(RejectedError):
            octets = walk.encoded(con, context, length)
        if octets:
            yield octets
        elif length < 128:
            unbuilt.add(id(con))  # it will not be for another length either
    widths = [width for width in (1, 2, 3, 4) if not length >> 8 * width]
    yield from (length.to_bytes(width, "big") for width in widths)
    yield from (length.to_bytes(width, "little") for width in widths[1:])
    yield from (bytes([0x80 | width]) + length.to_bytes(width, "big") for width in widths if width != 3)
    yield from (b"%d" % length + end for end in _DIGIT_ENDS)


def prefixed(walk: Walk, con: Any, context: Any) -> Any:
    extra = walk.guarded(lambda: con.lengthfield._sizeof(context, "(fuzz)")) if con.includelength else 0
    at = len(walk.pieces)
    walk.put(spelled(walk, con.lengthfield, context, extra + 5))  # holds the place while positions inside are taken
    value, group = walk.inside(con.subcon, context)
    spelled(walk, con.lengthfield, context, extra + len(join(group.pieces)))
    prefix = Group()
    prefix.close = lambda content: spelled(walk, con.lengthfield, context, extra + len(join(group.pieces)))
    walk.pieces[at] = prefix
    return value


def fixed_sized(walk: Walk, con: Any, context: Any) -> Any:
    """Mostly the content is made freely and the length rewritten; where the content looks at the length, the length comes first."""
    room = walk.evaluate(con.length, context)
    known = isinstance(room, int) and 0 <= room <= LONGEST
    settled = not isinstance(con.length, ExprMixin) or id(con) in walk.facts.settled
    if known and (settled or walk.draw.integer(0, 7) == 7):
        return _into_room(walk, con, context, room)
    value, group = walk.inside(con.subcon, context)
    if walk.draw.chance(1, 32):
        walk.finish(group, _tail(walk.draw.bytes(1, 3)))  # the rest of a region is passed over
    length = len(join([group]))
    if not walk.solve(con.length, length, context):
        if not known or length > room:
            raise RejectedError
        walk.finish(group, _filler(room))
    return value


def _into_room(walk: Walk, con: Any, context: Any, room: int) -> Any:
    """A settled room; content that does not fit makes it larger where that can be."""
    value, group = walk.inside(con.subcon, context, room)
    length = len(join(group.pieces))
    if length > room and not walk.solve(con.length, length, context):
        raise RejectedError
    walk.finish(group, _filler(room))
    return value


def _filler(room: int, pattern: bytes = b"\0") -> Callable[[bytes], bytes]:
    return lambda content: content.ljust(room, pattern)


def _tail(octets: bytes) -> Callable[[bytes], bytes]:
    return lambda content: content + octets


def padded(walk: Walk, con: Any, context: Any) -> Any:
    length = walk.evaluate(con.length, context)
    value, group = walk.inside(con.subcon, context)
    needed = len(join(group.pieces))
    if not isinstance(length, int) or not needed <= length <= LONGEST:
        if not walk.solve(con.length, needed, context):
            raise RejectedError
        length = needed
    walk.finish(group, _filler(length, con.pattern))
    return value


def aligned(walk: Walk, con: Any, context: Any) -> Any:
    modulus = walk.evaluate(con.modulus, context)
    if not isinstance(modulus, int) or modulus < 2:
        raise RejectedError
    value, group = walk.inside(con.subcon, context)
    walk.finish(group, lambda content: content + con.pattern * (-len(content) % modulus))
    return value


def null_terminated(walk: Walk, con: Any, context: Any) -> Any:
    """Where the terminator stands in the content, at a multiple of its length, it becomes another octet."""
    if con.include:
        raise RejectedError
    term = con.term
    value, group = walk.inside(con.subcon, context)
    made = join(group.pieces)
    content = _without(made, term)
    if content != made:
        value, _ = walk.parsed(con.subcon, context, content)
    walk.finish(group, lambda octets: octets + term if con.consume else octets, None if content == made else content)
    return value


def _without(content: bytes, term: bytes) -> bytes:
    unit = len(term)
    units = [content[at : at + unit] for at in range(0, len(content) - len(content) % unit, unit)]
    return b"".join(bytes([term[0] ^ 0x41]) + piece[1:] if piece == term else piece for piece in units)


def loose(walk: Walk, con: Any, context: Any) -> Any:
    """NullStripped: whatever its content is, padding may follow."""
    return walk.inside(con.subcon, context)[0]


def bits(walk: Walk, con: Any, context: Any) -> Any:
    """Bitwise: octets of 0 and 1 inside, eight to an octet outside. Any other transformation parses drawn octets."""
    function = getattr(con, "decodefunc", None) or getattr(con, "decoder", None)
    if function is not construct.core.bytes2bits:
        return walk.unread(con, context)
    value, group = walk.inside(con.subcon, context)
    walk.finish(group, lambda content: bytes(construct.core.bits2bytes(content + bytes(-len(content) % 8))))
    return value


def text(walk: Walk, con: Any, context: Any) -> Any:
    """Text: drawn octets where they decode, else letters."""
    _, group = walk.inside(con.subcon, context)
    octets = join(group.pieces)
    try:
        return walk.parsed(con, context, octets)[0]
    except RejectedError:
        plain = walk.encoded(con, context, "a" * min(3, len(octets)))
        walk.finish(group, bytes, plain)
        return walk.parsed(con, context, plain)[0]


def pointer(walk: Walk, con: Any, context: Any) -> Any:
    """A pointer to something of the same kind made before; failing that, to any place before that can be read so."""
    target = con.subcon
    while type(target) in (construct.LazyBound, construct.Renamed):
        target = target.subconfunc() if type(target) is construct.LazyBound else target.subcon
    walk.slot = walk.wish = None
    known = walk.starts.get(id(target), [])[-_TARGETS:]
    first = walk.draw.integer(0, len(known) - 1) if known else 0
    for place, value in known[first:] + known[:first]:
        if _point(walk, con, context, place):
            return value
    for place in range(min(walk.position(), _TARGETS)):
        try:
            value = walk.parsed(con.subcon, context, walk.joined(), place)[0]
            if _point(walk, con, context, place) and walk.parsed(con.subcon, context, walk.joined(), place)[0] == value:
                return value
        except RejectedError:
            continue
    raise RejectedError


def _point(walk: Walk, con: Any, context: Any, place: int) -> bool:
    """Make a pointer's offset this place; where one field cannot hold it, the last one takes its low octet."""
    if walk.solve(con.offset, place, context):
        return True
    slots = walk.readable(con.offset, context)
    if len(slots) < 2 or not walk.patch(slots[0][1], 0):
        return False
    low = (place - walk.evaluate(con.offset, context)) & 255
    return walk.patch(slots[0][1], low) and walk.solve(con.offset, place, context)


def tell(walk: Walk, con: Any, context: Any) -> Any:
    walk.slot = walk.wish = None
    return walk.position()


def raw_copy(walk: Walk, con: Any, context: Any) -> Any:
    start = walk.position()
    value, group = walk.inside(con.subcon, context)
    octets = join(group.pieces)
    return construct.Container(data=octets, value=value, offset1=start, offset2=start + len(octets), length=len(octets))


def checksum(walk: Walk, con: Any, context: Any) -> Any:
    value = walk.guarded(lambda: con.hashfunc(con.bytesfunc(context)))
    walk.put(walk.encoded(con.checksumfield, context, value))
    return value


REGIONS: dict[Any, Maker] = {
    construct.Prefixed: prefixed,
    construct.FixedSized: fixed_sized,
    construct.Padded: padded,
    construct.Aligned: aligned,
    construct.NullTerminated: null_terminated,
    construct.NullStripped: loose,
    construct.Transformed: bits,
    construct.Restreamed: bits,
    construct.StringEncoded: text,
    construct.Pointer: pointer,
    type(construct.Tell): tell,
    construct.RawCopy: raw_copy,
    construct.Checksum: checksum,
}
