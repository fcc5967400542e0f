"""Escapes that do not mean what they look like: Lark reads `\\xNN` before the pattern does, so that `\\x5b` opens a set. It knows literals only.

Each pattern of a grammar's text is read twice, as Lark hands it on and with such escapes as the plain bytes that they spell; where the two differ,
the author is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wiregram.frontends.text.regex import Refused, Tree, parse

_PIECE = re.compile(
    r'"(?:\\"|\\\\|[^"\n])*?"i?'  # a string
    r"|//[^\n]*|#[^\n]*"  # a comment
    r"|/(?P<pattern>(?:\\/|\\\\|[^/])*?)/(?P<flags>[imslux]*)"
)
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_MEANING = frozenset("\\.^$*+?{}[]|()-")

_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}


def misread(text: str) -> Iterator[tuple[int, str, str]]:
    """(place in the text, the escape, what to write) for each pattern that Lark takes otherwise: of its escapes the first that matters by itself."""
    for literal in _PIECE.finditer(text):
        pattern = literal["pattern"]
        if not pattern:
            continue
        flags = 0
        for letter in literal["flags"]:
            flags |= int(_FLAGS.get(letter, 0))
        handed = _tree(_ESCAPE.sub(_handed, pattern), flags)
        if _tree(_ESCAPE.sub(_plain, pattern), flags) == handed:
            continue
        known = [escape for escape in _ESCAPE.finditer(pattern) if escape[1] and chr(int(escape[1], 16)) in _MEANING]
        one = next((escape for escape in known if _tree(_alone(pattern, escape), flags) != handed), known[0])
        yield literal.start("pattern") + one.start(), one[0], "\\" + chr(int(one[1], 16))


def _alone(pattern: str, plain: re.Match[str]) -> str:
    """The pattern as it is handed on, but for one escape."""
    return _ESCAPE.sub(lambda escape: _plain(escape) if escape.start() == plain.start() else _handed(escape), pattern)


def _plain(escape: re.Match[str]) -> str:
    return re.escape(chr(int(escape[1], 16))) if escape[1] else escape[0]


def _handed(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 16)) if escape[1] else escape[0]


def _tree(pattern: str, flags: int) -> Tree:
    """The pattern's tree, or one that stands for being refused."""
    try:
        return parse(pattern, flags)
    except Refused:
        return ("refused",)
