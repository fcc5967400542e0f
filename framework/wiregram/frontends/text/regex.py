"""Regular expressions as trees of byte sets, read with the standard library's own parser. It knows no terminals and no grammar.

This is the one module that touches `re._parser`, which is private: `verify()` states what it relies on. A tree is
    ("set", mask)                        one byte, bit b of the 256-bit mask says whether b is in
    ("seq", (tree, ...))                 one after the other; ("seq", ()) is nothing
    ("alt", (tree, ...))                 the first that leads to a match
    ("repeat", low, high, greedy, tree)  high None: without end
Flags are folded into the masks. Case folding is that of `re` on bytes: ASCII only.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

try:
    import re._constants as _constants  # type: ignore[import-not-found]  # private: it has no stub
    import re._parser as _parser  # type: ignore[import-not-found]  # the same
except ImportError as error:
    raise ImportError("wiregram reads regular expressions with re._parser, which this Python does not have") from error

Tree = tuple[Any, ...]

EVERY = (1 << 256) - 1
NEWLINE = 1 << 10
MAX_REPEAT = 4096
"""The largest count in a repeat: beyond it no table could hold the terminal."""

SHORTER = "a length limit is no part of a terminal: write + or * instead of the count, and set limits.field or limits.message"

_IGNORECASE, _DOTALL = int(re.IGNORECASE), int(re.DOTALL)
_FOREIGN = int(re.LOCALE) | int(re.UNICODE)
_GLOBAL = int(re.IGNORECASE | re.DOTALL | re.VERBOSE | re.MULTILINE | re.LOCALE)

_REFUSED = {
    "AT": "an anchor or word boundary (^ $ \\A \\Z \\b \\B) looks beyond the token",
    "ASSERT": "look-ahead and look-behind look beyond the token",
    "ASSERT_NOT": "look-ahead and look-behind look beyond the token",
    "GROUPREF": "a back-reference is no regular language",
    "GROUPREF_IGNORE": "a back-reference is no regular language",
    "GROUPREF_EXISTS": "a conditional group is no regular language",
    "POSSESSIVE_REPEAT": "a possessive repeat (*+ ++ ?+) cannot be run byte by byte",
    "ATOMIC_GROUP": "an atomic group (?>...) cannot be run byte by byte",
    "FAILURE": "this can never match",
}

_ADVICE = {
    "AT": "leave it out: a token is matched at its start, and ends where nothing can follow",
    "ASSERT": "write what follows as a terminal of its own, or give the terminals priorities (NAME.2: ...)",
    "ASSERT_NOT": "write what follows as a terminal of its own, or give the terminals priorities (NAME.2: ...)",
    "POSSESSIVE_REPEAT": "write the plain repeat: a terminal never gives bytes back once a longer one cannot match",
    "ATOMIC_GROUP": "write a plain group (?:...)",
}


class Refused(ValueError):  # noqa: N818 - it is raised to say that something is refused
    """What a stream cannot do, or what this module cannot read. `advice` says what to write instead."""

    def __init__(self, reason: str, advice: str = "") -> None:
        super().__init__(reason)
        self.advice = advice


def mask(members: Iterable[int]) -> int:
    found = 0
    for byte in members:
        found |= 1 << byte
    return found


_DIGIT, _SPACE = mask(b"0123456789"), mask(b" \t\n\r\f\v")
_WORD = mask(byte for byte in range(128) if chr(byte).isalnum() or byte == 95)
_CATEGORIES = {
    "CATEGORY_DIGIT": _DIGIT,
    "CATEGORY_SPACE": _SPACE,
    "CATEGORY_WORD": _WORD,
    "CATEGORY_NOT_DIGIT": EVERY ^ _DIGIT,
    "CATEGORY_NOT_SPACE": EVERY ^ _SPACE,
    "CATEGORY_NOT_WORD": EVERY ^ _WORD,
}


def parse(pattern: str, flags: int = 0) -> Tree:
    """The tree of a bytes pattern, written as latin-1 text. Raises `Refused`."""
    try:
        with quiet():
            parsed = _parser.parse(pattern.encode("latin-1"), flags)
    except UnicodeEncodeError as error:
        raise Refused("a pattern is on bytes: characters beyond \\xff have none", "write their bytes (\\xNN)") from error
    except re.error as error:
        raise Refused(f"no regular expression: {error}") from error
    except RecursionError as error:
        raise Refused("groups are nested too deeply") from error
    if (parsed.state.flags & ~flags) & _GLOBAL:
        raise Refused("flags for a whole pattern (?i) cannot stand in a terminal", "write the flag behind the terminal: /.../i")
    if parsed.state.groupdict:
        raise Refused("a named group cannot stand in a terminal", "write (?:...)")
    return _sequence(parsed, flags)


@contextmanager
def quiet() -> Iterator[None]:
    """Without what `re` says of sets that a later Python may read otherwise: this one's reading is meant."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield


def nullable(tree: Tree) -> bool:
    """Whether the tree matches nothing at all (the empty text)."""
    kind = tree[0]
    if kind == "set":
        return False
    if kind == "seq":
        return all(nullable(item) for item in tree[1])
    if kind == "alt":
        return any(nullable(item) for item in tree[1])
    return tree[1] == 0 or nullable(tree[4])


def neutral(tree: Tree) -> Tree:
    """The tree without preference, as generators read it: ("repeat", low, high, item)."""
    kind = tree[0]
    if kind == "set":
        return tree
    if kind == "repeat":
        return ("repeat", tree[1], tree[2], neutral(tree[4]))
    return (kind, tuple(neutral(item) for item in tree[1]))


def alphabet(tree: Tree) -> int:
    """Every byte that occurs in some text of the tree."""
    if tree[0] == "set":
        return int(tree[1])
    if tree[0] == "repeat":
        return alphabet(tree[4])
    found = 0
    for item in tree[1]:
        found |= alphabet(item)
    return found


def verify() -> None:
    """What is relied on in `re._parser`; raises `Refused` if this Python's reads patterns in another way."""
    want: Tree = (
        "seq",
        (
            ("repeat", 1, None, True, ("seq", (("alt", (("seq", (("set", 1 << 97),)), ("seq", (("set", 1 << 98), ("set", 1 << 99))))),))),
            ("repeat", 0, 2, False, ("seq", (("set", EVERY ^ mask(b"\r\n")),))),
            ("set", mask(b"xX")),
        ),
    )
    if parse("(?:a|bc)+[^\\r\\n]{0,2}?(?i:x)") != want:
        raise Refused("re._parser of this Python reads patterns in a way that wiregram does not know")


def _sequence(items: Any, flags: int) -> Tree:
    return ("seq", tuple(_flat(_one(operator, argument, flags) for operator, argument in items)))


def _flat(items: Iterable[Tree]) -> Iterable[Tree]:
    for item in items:
        if item[0] == "seq":
            yield from item[1]
        else:
            yield item


def _one(operator: Any, argument: Any, flags: int) -> Tree:
    name = str(operator)
    if name == "LITERAL":
        return ("set", _fold(1 << argument, flags))
    if name == "NOT_LITERAL":
        return ("set", EVERY ^ _fold(1 << argument, flags))
    if name == "ANY":
        return ("set", EVERY if flags & _DOTALL else EVERY ^ NEWLINE)
    if name == "IN":
        return ("set", _members(argument, flags))
    if name == "BRANCH":
        return ("alt", tuple(_sequence(branch, flags) for branch in argument[1]))
    if name == "SUBPATTERN":
        _, on, off, body = argument
        if on & _FOREIGN:
            raise Refused("the flags L and u have no meaning on bytes", "leave the flag out")
        return _sequence(body, (flags | on) & ~off)
    if name in ("MAX_REPEAT", "MIN_REPEAT"):
        low, high, body = argument
        endless = high == _constants.MAXREPEAT
        if low > MAX_REPEAT or (not endless and high > MAX_REPEAT):
            raise Refused(f"a repeat counts to more than {MAX_REPEAT}", SHORTER)
        return ("repeat", int(low), None if endless else int(high), name == "MAX_REPEAT", _sequence(body, flags))
    raise Refused(_REFUSED.get(name, f"{name.lower()} is not supported"), _ADVICE.get(name, ""))


def _members(items: Any, flags: int) -> int:
    found, negated = 0, False
    for operator, argument in items:
        name = str(operator)
        if name == "NEGATE":
            negated = True
        elif name == "LITERAL":
            found |= 1 << argument
        elif name == "RANGE":
            found |= mask(range(argument[0], argument[1] + 1))
        elif name == "CATEGORY":
            found |= _CATEGORIES[str(argument)]
        else:
            raise Refused(f"{name.lower()} in a set is not supported")
    found = _fold(found, flags)
    return EVERY ^ found if negated else found


def _fold(members: int, flags: int) -> int:
    """`re` lowers both sides under (?i)."""
    if not flags & _IGNORECASE:
        return members
    lowered = mask(_lower(byte) for byte in range(256) if members >> byte & 1)
    return mask(byte for byte in range(256) if lowered >> _lower(byte) & 1)


def _lower(byte: int) -> int:
    return byte + 32 if 65 <= byte <= 90 else byte
