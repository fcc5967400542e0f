"""Raw bytes in pieces: where they end, how many of them are body, and their beginning. It knows no message and no side.

Every class here gives the same answers however its bytes are cut, and looks at a byte a bounded number of times.
"""

from __future__ import annotations

from typing import Any

from wiregram.program.expression import Extent as Form

LF, CR, DOT = 10, 13, 46


class Finder:
    """The first delimiter in bytes that come in pieces: of all occurrences the one that ends first, of those the longest.

    `tail` is what counts as standing before the first byte. After a find, `found` is the delimiter, `length` how long it is and `before` the
    byte in front of it (-1: none)."""

    __slots__ = ("before", "delimiters", "found", "length", "tail", "width")

    def __init__(self, delimiters: tuple[bytes, ...], tail: bytes = b"") -> None:
        self.delimiters = delimiters
        self.width = max(map(len, delimiters), default=0)
        self.tail = tail
        self.found = b""
        self.length = 0
        self.before = -1

    def find(self, data: bytes | bytearray, start: int, end: int) -> int:
        """The index just behind the delimiter, or -1: then data[start:end] is remembered as far as it matters."""
        tail = self.tail
        size = len(tail)
        best = end + 1
        length = 0
        if size:
            head = tail + data[start : min(end, start + self.width - 1)]
            for delimiter in self.delimiters:
                place = head.find(delimiter, max(0, size - len(delimiter) + 1))
                if place >= 0:
                    stop = place + len(delimiter) - size + start
                    if stop < best or (stop == best and len(delimiter) > length):
                        best, length, self.found = stop, len(delimiter), delimiter
        for delimiter in self.delimiters:
            place = data.find(delimiter, start, min(best, end))
            if place >= 0:
                stop = place + len(delimiter)
                if stop < best or (stop == best and len(delimiter) > length):
                    best, length, self.found = stop, len(delimiter), delimiter
        if length:
            self.length = length
            place = best - length - 1
            self.before = data[place] if place >= start else tail[place - start] if start - place <= size else -1
            self.tail = b""
            return best
        width = self.width
        if end - start >= width:
            self.tail = bytes(data[end - width : end]) if width else b""
        else:
            self.tail = (tail + data[start:end])[-width:]
        return -1

    def forget(self) -> None:
        """Bytes are missing here: no delimiter spans the hole."""
        self.tail = b""


class Raw:
    """The base: bytes up to the end of the stream, `rest()`. `body` counts the bytes that are content, `kept` is their beginning, up to `room`.
    With `pours`, content is handed on by `drain`."""

    __slots__ = ("_content", "ambiguous", "body", "done", "kept", "pours", "room")

    def __init__(self, room: int) -> None:
        self.pours = False
        self._content: list[bytes] = []
        self.done = False
        self.ambiguous = False
        self.body = 0
        self.room = room
        self.kept = bytearray()

    def take(self, data: bytes | bytearray, start: int, end: int) -> int:
        """Take what belongs here of data[start:end], at least one byte unless `done`; the index behind it."""
        self._keep(data, start, end)
        return end

    def hole(self, length: int) -> int:
        """`length` bytes are missing: how many of them lie in here (-1: there is no telling, but the bytes go on behind them)."""
        return length

    def close(self) -> bool:
        """Nothing follows. Whether that is how these bytes may end."""
        self.done = True
        return True

    def drain(self, last: bool = False) -> bytes:
        """The content since the last call, as far as it is certain that it is; all of it, if it is the `last`."""
        content = self._content
        if not content:
            return b""
        self._content = []
        return content[0] if len(content) == 1 else b"".join(content)

    def _keep(self, data: bytes | bytearray, start: int, end: int) -> None:
        self.body += end - start
        if self.pours:
            self._content.append(bytes(data[start:end]))
        room = self.room
        if room:
            size = min(room, end - start)
            self.kept += data[start : start + size]
            self.room = room - size


class Counted(Raw):
    """`left` bytes are still to come."""

    __slots__ = ("left",)

    def __init__(self, count: int, room: int) -> None:
        Raw.__init__(self, room)
        self.left = count
        self.done = count <= 0

    def take(self, data: bytes | bytearray, start: int, end: int) -> int:
        left = self.left
        if end - start >= left:
            end = start + left
            self.done = True
        self.left = left - (end - start)
        self._keep(data, start, end)
        return end

    def hole(self, length: int) -> int:
        if length >= self.left:
            length = self.left
            self.done = True
        self.left -= length
        return length

    def close(self) -> bool:
        self.done = True
        return self.left <= 0


class Until(Raw):
    """Up to and with a delimiter."""

    __slots__ = ("finder",)

    def __init__(self, delimiters: tuple[bytes, ...], room: int) -> None:
        Raw.__init__(self, room)
        self.finder = Finder(delimiters)

    def take(self, data: bytes | bytearray, start: int, end: int) -> int:
        stop = self.finder.find(data, start, end)
        if stop >= 0:
            self.done = True
            end = stop
        self._keep(data, start, end)
        return end

    def hole(self, length: int) -> int:
        self.finder.forget()
        return length

    def close(self) -> bool:
        self.done = True
        return not self.finder.delimiters


class UntilLine(Until):
    """Up to a line that begins with a delimiter. The delimiter is taken, but it and the line break before it are no content: what could still
    turn out to be them is held back."""

    __slots__ = ("_back",)

    def __init__(self, delimiters: tuple[bytes, ...], room: int) -> None:
        Raw.__init__(self, room)
        self.finder = Finder(tuple(b"\n" + delimiter for delimiter in delimiters), b"\n")
        self._back = b""

    def take(self, data: bytes | bytearray, start: int, end: int) -> int:
        end = Until.take(self, data, start, end)
        if self.done:
            finder = self.finder
            surplus = finder.length + (finder.before == CR)
            self.body = max(0, self.body - surplus)
            del self.kept[self.body :]
            if self.pours:
                content = self._back + Raw.drain(self)
                self._back = b""
                self._content = [content[: max(0, len(content) - surplus)]]
        return end

    def drain(self, last: bool = False) -> bytes:
        content = self._back + Raw.drain(self)
        if self.done or last:
            self._back = b""
            return content
        held = self.finder.width + 1
        self._back = content[-held:]
        return content[:-held]


_TEXT, _BEGIN, _LONE, _LONE_CR = range(4)


class Dotted(Raw):
    """Lines up to a `.` alone, dots unstuffed (RFC 5321 section 4.5.2). `crlf`: lines end in CRLF, else in a bare LF; a dot between line
    ends of which one is of the other kind is content and makes the end `ambiguous`."""

    __slots__ = ("crlf", "last", "own", "place")

    def __init__(self, crlf: bool, room: int) -> None:
        Raw.__init__(self, room)
        self.crlf = crlf
        self.place = _BEGIN
        self.own = True  # the line began behind a line end of the text's own kind
        self.last = -1  # the last byte of the piece before

    def take(self, data: bytes | bytearray, start: int, end: int) -> int:
        crlf = self.crlf
        place = self.place
        own = self.own
        i = start
        while i < end:
            if place == _TEXT:
                j = data.find(b"\n.", i, end)
                if j < 0:
                    self._keep(data, i, end)
                    if data[end - 1] == LF:
                        before = data[end - 2] if end - 1 > start else self.last
                        own = (before == CR) is crlf
                        place = _BEGIN
                    break
                before = data[j - 1] if j > start else self.last
                own = (before == CR) is crlf
                self._keep(data, i, j + 1)
                place = _LONE
                i = j + 2
            elif place == _BEGIN:
                if data[i] == DOT:
                    place = _LONE
                    i += 1
                elif data[i] == LF:
                    # An empty line: what ends it also begins the next.
                    own = ((data[i - 1] if i > start else self.last) == CR) is crlf
                    self._keep(data, i, i + 1)
                    i += 1
                else:
                    place = _TEXT
            else:
                byte = data[i]
                if byte == LF:
                    alone = (place == _LONE_CR) is crlf
                    if alone and own:
                        self.done = True
                        return i + 1
                    self.ambiguous = True
                    line = b".\r\n" if place == _LONE_CR else b".\n"
                    self._keep(line, 0, len(line))
                    own = alone
                    place = _BEGIN
                    i += 1
                elif byte == CR and place == _LONE:
                    place = _LONE_CR
                    i += 1
                else:
                    self._spill(place, own)
                    place = _TEXT
        if end > start:
            self.last = data[end - 1]
        self.place = place
        self.own = own
        return end

    def hole(self, length: int) -> int:
        self._spill(self.place, self.own)
        self.place = _TEXT
        self.last = -1
        return length

    def close(self) -> bool:
        self._spill(self.place, self.own)
        self.place = _TEXT
        self.done = True
        return False

    def _spill(self, place: int, own: bool) -> None:
        """A dot that was not alone: the first of a line is stuffing."""
        if place >= _LONE:
            waiting = b"." if place == _LONE else b".\r"
            self._keep(waiting, 1 if own else 0, len(waiting))


def begin(value: Any, room: int, crlf: bool) -> Raw | None:
    """The raw bytes that a state's expression describes; None where its value is neither a count nor an extent. `room`: how many to keep."""
    if value.__class__ is int:
        return Counted(value, room) if value >= 0 else None
    if value.__class__ is not Form:
        return None
    delimiters = tuple(dict.fromkeys(delimiter for delimiter in value.delimiters if delimiter))
    if value.kind == "dotted":
        return Dotted(crlf, room)
    if value.kind == "until" and delimiters:
        return Until(delimiters, room)
    if value.kind == "until_line" and delimiters:
        return UntilLine(delimiters, room)
    return Raw(room)
