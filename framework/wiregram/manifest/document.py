"""One TOML file: its tree, and problems that point into it. Knows nothing of what the keys mean."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path as FilePath
from typing import Any

from wiregram.manifest.positions import Path, Span, decoded_offset, scan
from wiregram.model.errors import ERROR, ManifestError, Problem

_PLACE = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def dotted(path: Iterable[str | int]) -> str:
    """A key path as a person writes it: `pop3.request.start.next[2].when`; elements count from 1."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        else:
            text += ("." if text else "") + (part if _BARE.fullmatch(part) else '"' + part + '"')
    return text


def _bare_offset(raw: str, offset: int) -> int:
    return min(offset, len(raw))


class Document:
    """`data` is tomllib's tree. `name` is the file as the problems show it."""

    __slots__ = ("_lines", "_spans", "data", "name", "text")

    def __init__(self, text: str, name: str) -> None:
        """Raises ManifestError where the text is no TOML."""
        self.text = text.replace("\r\n", "\n")
        self.name = name
        self._lines = self.text.split("\n")
        self._spans: dict[Path, Span] | None = None
        try:
            self.data: dict[str, Any] = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            raise ManifestError(self._syntax(str(error))) from None

    def _syntax(self, message: str) -> Problem:
        found = _PLACE.search(message)
        text = "no TOML: " + (message[: found.start()] if found else message)
        if found and found[1]:
            line, column = int(found[1]), int(found[2])
        else:
            line, column = len(self._lines), len(self._lines[-1]) + 1
            while line > 1 and not self._lines[line - 1]:
                line -= 1
                column = len(self._lines[line - 1]) + 1
        return Problem(text, self.name, line, column, 1, source=self._lines[min(line, len(self._lines)) - 1])

    def span(self, path: Path) -> Span:
        """The span of `path`, or of its nearest ancestor that is written."""
        if self._spans is None:
            self._spans = scan(self.text)
        while path not in self._spans:
            path = path[:-1]
        return self._spans[path]

    def lines_of(self, path: Path) -> set[int]:
        """The numbers of the lines that `path` and what is below it are written on."""
        self.span(())
        assert self._spans is not None
        found: set[int] = set()
        for below, span in self._spans.items():
            if below[: len(path)] == path:
                first = self.text.count("\n", 0, min(span.key_start, span.start)) + 1
                found.update(range(first, first + self.text.count("\n", span.key_start, span.end) + 1))
        return found

    def problem(
        self,
        text: str,
        path: Path,
        *,
        at: str = "value",
        offset: int = -1,
        width: int = 1,
        suggestion: str = "",
        severity: str = ERROR,
    ) -> Problem:
        """A problem at the key (`at` = "key") or the value of `path`; `offset` >= 0 counts characters of that string."""
        span = self.span(path)
        start, end = (span.key_start, span.key_end) if at == "key" else (span.start, span.end)
        if offset >= 0:
            raw = self.text[start:end]
            locate = decoded_offset if raw[:1] in ("'", '"') else _bare_offset
            start, end = start + locate(raw, offset), max(start + locate(raw, offset) + 1, start + locate(raw, offset + width))
        line = self.text.count("\n", 0, start) + 1
        column = start - (self.text.rfind("\n", 0, start) + 1) + 1
        source = self._lines[line - 1]
        found = 0 if not path else line
        return Problem(text, self.name, found, column if found else 0, min(end - start, len(source) - column + 1), dotted(path),
            source if found else "", suggestion, severity)  # fmt: skip


def read(path: FilePath) -> Document:
    """The document in `path`; raises ManifestError where it cannot be read or is no TOML."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ManifestError(Problem(f"cannot be read: {error.strerror or error}", str(path))) from None
    try:
        return Document(raw.decode("utf-8"), str(path))
    except UnicodeDecodeError as error:
        before = raw[: error.start].split(b"\n")
        source = raw.split(b"\n")[len(before) - 1].decode("utf-8", "replace").rstrip("\r")
        column = len(before[-1].decode("utf-8", "replace")) + 1
        raise ManifestError(Problem("not UTF-8, as TOML must be", str(path), len(before), column, 1, source=source)) from None
