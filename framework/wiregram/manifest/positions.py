"""Where each key and value of a TOML text stands. The values come from tomllib; this scanner finds spans only, in text that tomllib accepted."""

from __future__ import annotations

import re
import tomllib

import msgspec

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LITERAL = re.compile(r"'[^'\n]*'")
_LONG_BASIC = re.compile(r'"""(?:[^\\]|\\.)*?"""+', re.DOTALL)
_LONG_LITERAL = re.compile(r"'''.*?'''+", re.DOTALL)
_SCALAR = re.compile(r"[^,\]}#\n]+")
_ESCAPE = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[^\n \t]|[ \t]*\n[ \t\n]*)")


class Span(msgspec.Struct, frozen=True):
    """Offsets into the text: of the key as it is written last, and of its value. A table's value is its header or its key."""

    key_start: int
    key_end: int
    start: int
    end: int


def scan(text: str) -> dict[Path, Span]:
    """The span of every path of `text`, which tomllib must have accepted, with line feeds alone as line ends."""
    return _Scanner(text).run()


def decoded_offset(raw: str, offset: int) -> int:
    """Where in `raw`, a TOML string as it is written, stands the character that is number `offset` of its value."""
    quote = raw[:3] if raw[:3] in ('"""', "'''") else raw[:1]
    at = len(quote)
    if len(quote) == 3 and raw[at : at + 1] == "\n":
        at += 1
    end = len(raw) - len(quote)
    left = offset
    while at < end:
        escape = _ESCAPE.match(raw, at, end) if quote[0] == '"' else None
        step = len(escape[0]) if escape else 1
        if escape and escape[0][-1] in " \t\n":  # a line ended by a backslash gives no character
            at += step
            continue
        if left == 0:
            break
        left -= 1
        at += step
    return at


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.spans: dict[Path, Span] = {(): Span(0, 0, 0, 0)}
        self.counts: dict[Path, int] = {}  # arrays of tables: how many elements so far

    def run(self) -> dict[Path, Span]:
        text, at = self.text, self._blank(0)
        table: Path = ()
        while at < len(text):
            if text[at] == "[":
                table, at = self._header(at)
            else:
                at = self._pair(at, table)
            at = self._blank(at)
        return self.spans

    def _blank(self, at: int) -> int:
        found = _BLANK.match(self.text, at)
        return found.end() if found else at

    def _space(self, at: int) -> int:
        found = _SPACE.match(self.text, at)
        return found.end() if found else at

    def _key(self, at: int) -> tuple[list[tuple[str, int, int]], int]:
        """A dotted key: its parts with their spans, and the offset behind it."""
        text, parts = self.text, []
        while True:
            at = self._space(at)
            found = _BASIC.match(text, at) or _LITERAL.match(text, at) or _BARE.match(text, at)
            assert found is not None, "tomllib accepted the key"
            word = found[0]
            name = str(tomllib.loads(f"k = {word}")["k"]) if word[0] in "\"'" else word
            parts.append((name, found.start(), found.end()))
            at = self._space(found.end())
            if at >= len(text) or text[at] != ".":
                return parts, at
            at += 1

    def _table(self, path: Path) -> Path:
        """`path`, going on in the last element where it is an array of tables."""
        count = self.counts.get(path)
        return path if count is None else (*path, count - 1)

    def _header(self, at: int) -> tuple[Path, int]:
        start, array = at, self.text.startswith("[[", at)
        parts, at = self._key(at + 1 + array)
        end = at + 1 + array
        path: Path = ()
        for index, (name, key_start, key_end) in enumerate(parts):
            path = (*path, name)
            last = index == len(parts) - 1
            if last and array:
                number = self.counts.get(path, 0)
                self.counts[path] = number + 1
                self.spans.setdefault(path, Span(key_start, key_end, start, end))
                path = (*path, number)
                self.spans[path] = Span(key_start, key_end, start, end)
            elif last or path not in self.spans:
                self.spans[path] = Span(key_start, key_end, start, end)
            path = self._table(path)
        return path, end

    def _pair(self, at: int, table: Path) -> int:
        """`key = value`; the offset behind it."""
        parts, at = self._key(at)
        path = table
        for name, key_start, key_end in parts:
            path = (*path, name)
            self.spans.setdefault(path, Span(key_start, key_end, key_start, key_end))
        start = self._blank(at + 1)
        end = self._value(start, path)
        self.spans[path] = Span(parts[-1][1], parts[-1][2], start, end)
        return end

    def _value(self, at: int, path: Path) -> int:
        text = self.text
        if text[at] == "[":
            return self._array(at, path)
        if text[at] == "{":
            at = self._blank(at + 1)
            while text[at] != "}":
                at = self._blank(self._pair(at, path))
                if text[at] == ",":
                    at = self._blank(at + 1)
            return at + 1
        found = (
            _LONG_BASIC.match(text, at)
            or _LONG_LITERAL.match(text, at)
            or _BASIC.match(text, at)
            or _LITERAL.match(text, at)
            or _SCALAR.match(text, at)
        )
        assert found is not None, "tomllib accepted the value"
        return at + len(found[0].rstrip(" \t"))

    def _array(self, at: int, path: Path) -> int:
        text, index = self.text, 0
        at = self._blank(at + 1)
        while text[at] != "]":
            element = (*path, index)
            end = self._value(at, element)
            self.spans[element] = Span(at, end, at, end)
            index += 1
            at = self._blank(end)
            if text[at] == ",":
                at = self._blank(at + 1)
        return at + 1
