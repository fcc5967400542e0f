"""Codings undone in pieces: gzip, deflate, base64, quoted-printable and xor, in chains. It knows no message and no file.

What is given and which fault is found do not depend on how the coded octets were cut. After n of them no step of a chain has given more
than `times` * n + 4,096 octets; one that would is given up at that very octet. So a piece is tried whole against what was allowed before
it, and where it does not hold, once more from a copy, octet by octet.
"""

from __future__ import annotations

import binascii
import re
import zlib
from collections.abc import Iterator
from typing import Protocol

from wiregram.program.expression import Xor

TOO_LONG, BAD_CODING = "too_long", "bad_coding"

ALLOWANCE = 4096
"""Octets that a step may give beyond `times` for each coded octet."""
CODINGS = 8
"""Steps of the longest chain."""
INFLATING = 2
"""Of them, those that can give more than they take: one octet becomes at most 2,064, so two make some 4 MiB of it."""
BLANKS = 1024
"""Blanks with which quoted-printable waits for a line's end; a longer run is no padding and stays."""

_FIRST, _PIECE = 512, 4096
"""Coded octets tried at a time: few at the beginning, where little is allowed."""
_GIVEN = 1 << 18
"""Octets given at a time, but for what a single octet becomes."""

_FOREIGN = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))
_DIGITS = b"0123456789ABCDEFabcdef"
_OCTETS = {bytes((high, low)): bytes((int(chr(high) + chr(low), 16),)) for high in _DIGITS for low in _DIGITS}
_HALF = re.compile(rb"=[0-9A-Fa-f]")
_PADDING = re.compile(rb"(?<![ \t])[ \t]{1,%d}+(?=\r?\n)" % BLANKS)
_ESCAPE = re.compile(rb"=(?:([0-9A-Fa-f]{2})|\r?\n)")


class Step(Protocol):
    """One coding. `short`, once it has ended: the end came too early."""

    short: bool

    def push(self, data: bytes, room: int) -> bytes:
        """What `data` becomes. An answer of more than `room` octets need not be all, and the step is of no use any longer. Octets that the
        coding does not allow raise zlib.error."""

    def end(self) -> bytes:
        """What was waiting for more."""

    def copy(self) -> Step: ...


class Mask:
    """A repeating key."""

    __slots__ = ("key", "place", "short")

    def __init__(self, key: bytes, place: int = 0) -> None:
        self.key = key
        self.place = place
        self.short = False

    def push(self, data: bytes, room: int) -> bytes:
        size, key, place = len(data), self.key, self.place
        stream = (key[place:] + key * (size // len(key) + 1))[:size]
        self.place = (place + size) % len(key)
        return (int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")).to_bytes(size, "big")

    def end(self) -> bytes:
        return b""

    def copy(self) -> Step:
        return Mask(self.key, self.place)


class Base64:
    """RFC 2045 section 6.8: what is not of the alphabet is passed over. Padding ends a text, behind which another may begin."""

    __slots__ = ("short", "waiting")

    def __init__(self, waiting: bytes = b"") -> None:
        self.waiting = waiting  # a part of a quantum
        self.short = False

    def push(self, data: bytes, room: int) -> bytes:
        *padded, last = (self.waiting + data.translate(None, _FOREIGN)).split(b"=")
        whole = len(last) & ~3
        self.waiting = last[whole:]
        found = binascii.a2b_base64(last[:whole])
        return b"".join([_whole(text) for text in padded if text]) + found if padded else found

    def end(self) -> bytes:
        waiting = self.waiting
        self.short = bool(waiting)
        return _whole(waiting)

    def copy(self) -> Step:
        return Base64(self.waiting)


def _whole(text: bytes) -> bytes:
    """A text that is over: its last quantum may have two or three characters; one alone says nothing."""
    over = len(text) & 3
    return binascii.a2b_base64(text[:-1] if over == 1 else text + b"=" * (-over & 3))


class Quoted:
    """RFC 2045 section 6.7: `=` at a line's end joins lines, blanks at a line's end are no content, a `=` that is no escape stays."""

    __slots__ = ("passing", "short", "waiting")

    def __init__(self, waiting: bytes = b"", passing: bool = False) -> None:
        self.waiting = waiting  # the last octets, as far as what follows can change their meaning
        self.passing = passing  # in a run of blanks that is too long
        self.short = False

    def push(self, data: bytes, room: int) -> bytes:
        text = self.waiting + data
        blanks = b""
        if self.passing:
            rest = text.lstrip(b" \t")
            blanks = text[: len(text) - len(rest)]
            self.passing = not rest
            text = rest
        size = len(text)
        end = size - text.endswith(b"\r")
        begin = len(text[:end].rstrip(b" \t"))
        if end - begin > BLANKS:
            self.passing = end == size
            begin = size
        elif text[begin - 1 : begin] == b"=":
            begin -= 1
        elif begin == end:  # no blanks: a CR means itself
            begin = size - 2 if _HALF.fullmatch(text, size - 2) else size
        self.waiting = text[begin:]
        text = _PADDING.sub(b"", text[:begin])
        return blanks + _ESCAPE.sub(lambda found: _OCTETS[found[1]] if found[1] else b"", text)

    def end(self) -> bytes:
        """The end is a line's end, too."""
        waiting = self.waiting.rstrip(b" \t")
        return b"" if waiting == b"=" else waiting

    def copy(self) -> Step:
        return Quoted(self.waiting, self.passing)


class Inflate:
    """gzip (RFC 1952: members one behind the other, zeros between them) and deflate (RFC 1950, or the bare RFC 1951 that many send)."""

    __slots__ = ("gzip", "head", "short", "stream")

    def __init__(self, gzip: bool) -> None:
        self.gzip = gzip
        self.head = b""
        self.short = False
        self.stream = zlib.decompressobj(31) if gzip else None

    def push(self, data: bytes, room: int) -> bytes:
        found = b""
        while data:
            stream = self.stream
            if stream is None:
                data = self.head + data
                if len(data) < 2:
                    self.head = data
                    break
                self.head = b""
                stream = self.stream = zlib.decompressobj(15 if _wrapped(data) else -15)
            elif stream.eof:
                if not self.gzip:
                    raise zlib.error("octets behind the end")
                data = data.lstrip(b"\0")
                if not data:
                    break
                stream = self.stream = zlib.decompressobj(31)
            found += stream.decompress(data, room + 1 - len(found))
            if not stream.eof or len(found) > room:
                break
            data = stream.unused_data
        return found

    def end(self) -> bytes:
        stream = self.stream
        self.short = bool(self.head) if stream is None else not stream.eof
        return b""

    def copy(self) -> Step:
        twin = Inflate(False)
        twin.gzip = self.gzip
        twin.head = self.head
        twin.stream = self.stream and self.stream.copy()
        return twin


class Window:
    """A bare DEFLATE stream (RFC 1951) in units, which may look back into those before them (RFC 7692); one that ends is followed by another."""

    __slots__ = ("short", "stream")

    def __init__(self) -> None:
        self.short = False
        self.stream = zlib.decompressobj(-15)

    def push(self, data: bytes, room: int) -> bytes:
        found = b""
        while data:
            if self.stream.eof:
                self.stream = zlib.decompressobj(-15)
            found += self.stream.decompress(data, room + 1 - len(found))
            if not self.stream.eof or len(found) > room:
                break
            data = self.stream.unused_data
        return found

    def end(self) -> bytes:
        return b""

    def copy(self) -> Step:
        twin = Window()
        twin.stream = self.stream.copy()
        return twin


def _wrapped(data: bytes) -> bool:
    """Whether the first two octets are a header of RFC 1950: so browsers decide."""
    return data[0] & 15 == 8 and data[0] >> 4 <= 7 and (data[0] << 8 | data[1]) % 31 == 0


class Chain:
    """Codings that are undone one behind the other.

    `fault` is '', "too_long" (the bound is reached, or there are too many codings) or "bad_coding" (octets that cannot be decoded): what was
    given stands, and nothing more comes. `short`: the end came before the coding's own."""

    __slots__ = ("_bounded", "_given", "_steps", "_taken", "_times", "fault", "short")

    def __init__(self, steps: list[Step], times: int) -> None:
        inflating = sum(isinstance(step, Inflate | Window) for step in steps)
        self._steps = steps
        self._times = times
        self._bounded = inflating > 0  # the others never give more than they take
        self._taken = 0
        self._given = [0] * len(steps)
        self.fault = TOO_LONG if len(steps) > CODINGS or inflating > INFLATING else ""
        self.short = False

    def push(self, data: bytes) -> bytes:
        """What can be given now."""
        return b"".join(self.pieces(data))

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """The same in pieces of bounded size (256 KiB, or what a single octet becomes): a bomb is never held whole. All of them must be
        taken before the next push."""
        waiting: list[bytes] = []
        size = 0
        for found in self._bound(data) if self._bounded else self._plain(data):
            if size and size + len(found) > _GIVEN:
                yield b"".join(waiting)
                waiting = []
                size = 0
            waiting.append(found)
            size += len(found)
        if size:
            yield b"".join(waiting)

    @property
    def last(self) -> Step:
        """The step that gives what the chain gives."""
        return self._steps[-1]

    def supply(self, data: bytes) -> bytes:
        """What octets give that were not sent: they are for the last step alone."""
        return self._step(len(self._steps) - 1, data) if not self.fault else b""

    def end(self) -> bytes:
        """Nothing follows: what was waiting for more."""
        found = b""
        started = self._taken > 0
        for number, step in enumerate(self._steps):
            found = self._step(number, found)
            if self.fault:
                return b"" if self.fault == BAD_CODING else found
            found += step.end()
            self.short = self.short or (started and step.short)
        return found

    def _plain(self, data: bytes) -> Iterator[bytes]:
        for place in range(0, 0 if self.fault else len(data), _GIVEN):
            found = data[place : place + _GIVEN]
            self._taken += len(found)
            for step in self._steps:
                found = step.push(found, 0)
            yield found

    def _bound(self, data: bytes) -> Iterator[bytes]:
        place = 0
        while place < len(data) and not self.fault:
            piece = data[place : place + min(max(_FIRST, self._taken), _PIECE)]
            found = self._tried(piece)
            if found is not None:
                yield found
            else:
                yield from self._octets(piece)
            place += len(piece)

    def _tried(self, piece: bytes) -> bytes | None:
        """None: the piece does not hold as a whole; everything is as before."""
        steps = [step.copy() for step in self._steps]
        given = list(self._given)
        allowed = self._times * self._taken + ALLOWANCE
        found = piece
        try:
            for number, step in enumerate(steps):
                room = min(allowed - given[number], _GIVEN)
                found = step.push(found, room)
                if len(found) > room:
                    return None
                given[number] += len(found)
        except zlib.error:
            return None
        self._steps = steps
        self._given = given
        self._taken += len(piece)
        return found

    def _octets(self, piece: bytes) -> Iterator[bytes]:
        for place in range(len(piece)):
            self._taken += 1
            found = piece[place : place + 1]
            for number in range(len(self._steps)):
                found = self._step(number, found)
            yield found
            if self.fault:
                break

    def _step(self, number: int, data: bytes) -> bytes:
        """One step with the data that one octet brought it."""
        if not data:
            return b""
        room = self._times * self._taken + ALLOWANCE - self._given[number]
        try:
            found = self._steps[number].push(data, room)
        except zlib.error:
            self.fault = self.fault or BAD_CODING
            return b""
        if len(found) > room:
            self.fault = self.fault or TOO_LONG
            found = found[:room]
        self._given[number] += len(found)
        return found


def begin(value: object, times: int, window: Window | None = None) -> Chain | None:
    """The chain that a `decode` expression's value asks for: the codings of a comma list, undone from its end, or an `Xor`. A step gives at
    most `times` * coded octets + ALLOWANCE. None where nothing is to be undone: the value is absent, empty, or names no coding; a name that
    is unknown ends the chain, since what lies below it cannot be read. `window` is a stream that they are a part of, undone last."""
    steps: list[Step] = []
    if isinstance(value, Xor):
        steps += [Mask(value.key)] if value.key else []
    for name in reversed(value.lower().split(b",")) if isinstance(value, bytes) else ():
        name = name.strip()
        if name in (b"gzip", b"x-gzip"):
            steps.append(Inflate(True))
        elif name == b"deflate":
            steps.append(Inflate(False))
        elif name == b"base64":
            steps.append(Base64())
        elif name == b"quoted-printable":
            steps.append(Quoted())
        elif name not in _NONE:
            break
        if len(steps) > CODINGS:
            break
    if window is not None:
        steps.append(window)
    return Chain(steps, times) if steps else None


_NONE = (b"", b"identity", b"7bit", b"8bit", b"binary")
