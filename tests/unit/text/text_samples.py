"""Grammars and a small generator that the tests of the text room share."""

from __future__ import annotations

import random
from functools import cache
from typing import Any

from wiregram.frontends.text import TextGrammar, load
from wiregram.frontends.text.model import Symbol, TextModel
from wiregram.frontends.text.source import BUNDLED
from wiregram.model.errors import ERROR

GRAMMARS: dict[str, tuple[str, tuple[str, ...]]] = {
    "echo": (
        r"""
request: ">" TEXT? _EOL
reply: "<" TEXT? _EOL -> success
     | "!" TEXT? _EOL -> failure
TEXT: /[^\r\n]+/
_EOL: /\r?\n/
""",
        ("request", "reply"),
    ),
    "pop3": (
        r"""
command: VERB (_SP ARG)* _SP? _EOL
reply: "+OK"i (_SP CODE? TEXT?)? _EOL  -> ok
     | "-ERR"i (_SP CODE? TEXT?)? _EOL -> err
     | "+" (_SP TEXT?)? _EOL           -> go
VERB: /[A-Za-z]{3,4}/
ARG: /[^ \r\n]+/
CODE.2: /\[[A-Z\/-]{1,16}\]/
TEXT: /[^\r\n]+/
_SP: / +/
_EOL: /\r?\n/
""",
        ("command", "reply"),
    ),
    "ftp": (
        r"""
command: VERB (_SP TEXT?)? _EOL
reply: CODE "-" TEXT? _EOL    -> more
     | CODE (_SP TEXT?)? _EOL -> last
line: END TEXT? _EOL -> end
    | TEXT? _EOL     -> inner
VERB: /[a-z]{3,4}/i
CODE: /[1-5][0-9]{2}/
END.2: /[1-5][0-9]{2} /
TEXT: /[^\r\n]+/
_SP: / +/
_EOL: /\r?\n/
""",
        ("command", "reply", "line"),
    ),
    "http": (
        r"""
request: METHOD _SP TARGET _SP VERSION _EOL header* _EOL
       | _EOL -> _blank
response: VERSION _SP CODE (_SP REASON?)? _EOL header* _EOL
header: NAME _COLON VALUE? _EOL
METHOD: /[A-Z]+/
TARGET: /[^ \r\n]+/
VERSION: /HTTP\/[0-9]\.[0-9]/
CODE: /[0-9]{3}/
REASON: /[^\r\n]+/
NAME: /[^:\s]+/
VALUE: /[^\r\n]+(\r?\n[ \t][^\r\n]*)*/
_COLON: /[ \t]*:[ \t]*/
_SP: / +/
_EOL: /\r?\n/
""",
        ("request", "response"),
    ),
    "smtp": (
        r"""
command: _MAIL PATH? REST? _EOL -> mail
       | _RCPT PATH? REST? _EOL -> rcpt
       | VERB (_SP TEXT?)? _EOL -> other
reply: more* CODE (_SP TEXT?)? _EOL
more: CODE "-" TEXT? _EOL
_MAIL.2: /MAIL[ \t]{1,4}FROM:[ \t]*/i
_RCPT.2: /RCPT[ \t]{1,4}TO:[ \t]*/i
PATH: /<[^>\r\n]*>|[^< \t\r\n][^ \t\r\n]*/
REST: /[ \t][^\r\n]*/
VERB: /[A-Za-z]+/
CODE: /[0-9]{3}/
TEXT: /[^\r\n]+/
_SP: /[ \t]+/
_EOL: /\r?\n/
""",
        ("command", "reply"),
    ),
    "imap": (
        r"""
command: TAG _SP (_UID _SP)? VERB TEXT* (LITERAL | _EOL)
reply: "*" TEXT* (LITERAL | _EOL) -> data
     | "+" TEXT* _EOL             -> go
     | TAG _SP STATUS TEXT* _EOL  -> done
TAG: /[A-Za-z0-9.\-_]+/
_UID.2: /UID/i
VERB: /[A-Za-z]+/
STATUS: /[A-Za-z]+/
LITERAL.2: /\{[0-9]{1,5}\+?\}\r?\n/
TEXT: /[^{\r\n]+|\{/
_SP: / /
_EOL: /\r?\n/
""",
        ("command", "reply"),
    ),
    "sip": (
        r"""
message: METHOD _SP URI _SP VERSION _EOL header* _EOL      -> request
       | VERSION _SP CODE (_SP REASON?)? _EOL header* _EOL -> response
       | _EOL                                              -> _keepalive
header: NAME _COLON VALUE? _EOL
VERSION.2: /SIP\/2\.0/
METHOD: /[A-Z]+/
URI: /[^ \r\n]+/
CODE: /[0-9]{3}/
REASON: /[^\r\n]+/
NAME: /[^:\s]+/
VALUE: /[^\r\n]+(\r?\n[ \t][^\r\n]*)*/
_COLON: /[ \t]*:[ \t]*/
_SP: / +/
_EOL: /\r?\n/
""",
        ("message",),
    ),
    "rtsp": (
        r"""
message: METHOD _SP URI _SP VERSION _EOL header* _EOL      -> request
       | VERSION _SP CODE (_SP REASON?)? _EOL header* _EOL -> response
       | "$" CHANNEL SIZE                                  -> frame
header: NAME _COLON VALUE? _EOL
METHOD: /[A-Z_]+/
URI: /[^ \r\n]+/
VERSION.2: /RTSP\/[0-9]\.[0-9]/
CODE: /[0-9]{3}/
REASON: /[^\r\n]+/
NAME: /[^:\s]+/
VALUE: /[^\r\n]+/
CHANNEL: /[\x00-\xff]/
SIZE: /[\x00-\xff]{2}/
_COLON: /[ \t]*:[ \t]*/
_SP: / +/
_EOL: /\r?\n/
""",
        ("message",),
    ),
    "irc": (
        r"""
message: (":" PREFIX _SP)? (COMMAND | NUMERIC) (_SP MIDDLE)* (_COLON TRAILING? | _SP)? _EOL
PREFIX: /[^ \r\n\0]+/
COMMAND: /[A-Za-z]+/
NUMERIC: /[0-9]{3}/
MIDDLE: /[^: \r\n\0][^ \r\n\0]*/
TRAILING: /[^\r\n\0]+/
_COLON.2: / +:/
_SP: / +/
_EOL: /\r?\n/
""",
        ("message",),
    ),
    "memcached": (
        r"""
command: "get" (_SP KEY)+ _EOL -> get
       | ("set" | "add") _SP KEY _SP flags _SP EXPIRY _SP SIZE (_SP NOREPLY)? _EOL -> store
       | "quit" _EOL -> quit
flags: NUMBER
KEY: /[^ \r\n]{1,20}/
NUMBER: /[0-9]+/
EXPIRY: /-?[0-9]+/
SIZE: /[0-9]+/
NOREPLY: "noreply"
_SP: / +/
_EOL: /\r\n/
""",
        ("command",),
    ),
    "nntp": (
        r"""
command: VERB (_SP ARG)* _SP? _EOL
reply: FOLLOWS (_SP TEXT?)? _EOL          -> follows
     | GROUP _SP COUNT _SP LOW _SP HIGH _SP NAME _EOL -> group
     | CODE (_SP TEXT?)? _EOL             -> last
article: header* _EOL
header: NAME _COLON VALUE? _EOL
FOLLOWS.2: /(10[01]|215|22[0-5]|23[01])/
GROUP.2: /211/
CODE: /[1-5][0-9]{2}/
VERB: /[A-Za-z][A-Za-z0-9]{2,11}/
ARG: /[^ \t\r\n]{1,497}/
COUNT: /[0-9]+/
LOW: /[0-9]+/
HIGH: /[0-9]+/
NAME: /[!-9;-~]+/
VALUE: /[^\r\n]+(\r?\n[ \t][^\r\n]*)*/
TEXT: /[^\r\n]+/
_COLON: /:[ \t]*/
_SP: /[ \t]+/
_EOL: /\r?\n/
""",
        ("command", "reply", "article"),
    ),
    "redis": (
        r"""
// inline commands: words between blanks, quoted as sdssplitargs reads them
command: _SP? _word (_SP _word)* _SP? _EOL -> inline
       | _SP? _EOL                         -> _blank
_word: WORD | _QUOTE (PIECE | ESCAPE)* _QUOTE | _APOSTROPHE (PLAIN | QUOTED)* _APOSTROPHE
WORD: /[^ \t\r\n"'*$][^ \t\r\n"']*/
PIECE: /[^"\\\r\n]+/
ESCAPE: /\\x[0-9a-f]{2}|\\[^\r\n]/i
PLAIN: /[^'\\\r\n]+/
QUOTED.2: /\\'|\\/
_QUOTE: "\""
_APOSTROPHE: "'"
_SP: /[ \t]+/
_EOL: /\r?\n/
""",
        ("command",),
    ),
    "shapes": (
        r"""
// folding, aliases inside, templates, kept strings, a rule that repeats, a nested message
message: "(" _list{item} ")" tail? _EOL
       | message_end
message_end: "." _EOL
?item: WORD | pair | "<" item ">" -> wrapped | quoted
pair: WORD "=" (WORD | NUMBER) -> one
    | WORD "==" WORD -> two
quoted: "'" _inner* "'"
_inner: WORD NUMBER | NUMBER
!tail: "x" | "y" NUMBER
_list{x}: x ("," x)*
WORD: /[a-w]+/
NUMBER: /[0-9]+/
_EOL: /\r?\n/
""",
        ("message",),
    ),
    "corners": (
        r"""
// ranges, counts, nested templates, groups with aliases inside, what is imported, overridden and extended, optional parts in brackets
%import rfc (TOKEN, QUOTED_STRING, DIGIT)
%override DIGIT: "0".."7"
message: _part{WORD, ","} ";" [DIGIT~2..3] _EOL -> words
       | "#" (DIGIT~2 "-" | HEX) (":" TOKEN)? _EOL
       | "=" (QUOTED_STRING | "q"i) both{TOKEN, WORD} _EOL -> quoted
       | "%" ("a" | "b" ["c"] | "c" "d"+) _EOL
_part{item, mark}: item (mark item)*
both{one, two}: one "@" two | "|" _part{two, "/"}
HEX: ("a".."f" | "A".."F") /[0-9a-f]{1,3}/i
WORD: /[a-c]+/
%extend WORD: /[xyz]{2}/
_EOL: /\r?\n/
""",
        ("message",),
    ),
    "words": (
        r"""
start: stmt* ";"
stmt: "if" expr "then" stmt -> cond
    | "set"i NAME "=" expr  -> set
    | "go" "to" NAME        -> go
    | NAME "(" [expr ("," expr)*] ")" -> call
?expr: NAME | NUM | STRING | "not" expr | "IF"i | "#" "x"
NAME: /[A-Za-z_]\w*/
NUM: /0x[0-9a-f]+|0|[1-9][0-9]*(\.[0-9]+)?(e[+-]?[0-9]+)?/i
STRING: /'[^']*'/
COMMENT: /--[^\n]*/
SPACE: /[ \t\n]+/
%ignore SPACE
%ignore COMMENT
""",
        ("start",),
    ),
    "lazy": (
        r"""
start: (cmd | COMMENT | STR | hdr)* STOP
cmd: "do" WS ALT (WS ALT2)* END
hdr: KEY VAL
ALT: /a|ab/
ALT2: /(a|ab)(c|bcd)(d*)|x(y*?)(y|yz)/
COMMENT: /<!--.{0,9}?-->/s
STR: /"(?:[^"\\]|\\.)*?"/
KEY: /[a-z]{1,5}?:/
VAL: /(?:|[^\r\n]|\r?\n[ \t]){0,6}?;(?:(?:u|)*?v|(w*)*){0,3}/
END: /.{0,12}?\r\n/
STOP: /\.(?:\r\n|\n)/
WS: / +?/
""",
        ("start",),
    ),
}


@cache
def grammar(name: str) -> TextGrammar:
    """One of the samples, or a bundled grammar by its file's name."""
    return load(f"{name}.lark", GRAMMARS[name][0]) if name in GRAMMARS else load(BUNDLED / name)


def bundled() -> list[tuple[str, str]]:
    """Every rule of the bundled grammars that can be a message."""
    names = [path.name for path in sorted(BUNDLED.glob("*.lark")) if path.name != "rfc.lark"]
    rules = [(name, rule) for name in names for rule in grammar(name).messages]
    return [(name, rule) for name, rule in rules if not any(problem.severity == ERROR for problem in grammar(name).problems(rule))]


def cases() -> list[tuple[str, str]]:
    return [(name, message) for name, (_, messages) in GRAMMARS.items() for message in messages]


class Maker:
    """Valid, near-valid and garbage inputs of one message."""

    def __init__(self, model: TextModel, seed: int) -> None:
        self.random = random.Random(seed)
        self.model = model
        self._depth = self._depths()
        self.edges = sorted({byte for tree in model.terminals.values() for byte in _edges(tree)})

    def valid(self) -> bytes:
        return self._rule(self.model.start, 12)

    def any(self) -> bytes:
        draw = self.random.random()
        if draw < 0.4:
            return self.valid()[:600]
        if draw < 0.8:
            return self._spoil(self.valid()[:400])
        if draw < 0.9:
            return bytes(self.random.choice(self.edges) for _ in range(self.random.randrange(40)))
        return b"".join(self._tree(self.random.choice(list(self.model.terminals.values()))) for _ in range(self.random.randrange(8)))[:300]

    def cuts(self, size: int) -> list[int]:
        found = sorted({self.random.randrange(size + 1) for _ in range(self.random.randrange(6))})
        return [*found, size] if not found or found[-1] != size else found

    def _rule(self, name: str, room: int) -> bytes:
        ways = self.model.rules[name]
        way = min(ways, key=self._cost) if room <= 0 else self.random.choice(ways)
        text = b""
        for symbol in way:
            if self.model.ignore and self.random.random() < 0.5:
                text += self._tree(self.model.terminals[self.random.choice(self.model.ignore)])
            text += self._tree(self.model.terminals[symbol.name]) if symbol.terminal else self._rule(symbol.name, room - 1)
        return text

    def _cost(self, way: tuple[Symbol, ...]) -> int:
        return max((self._depth[symbol.name] for symbol in way if not symbol.terminal), default=0)

    def _depths(self) -> dict[str, int]:
        """How many rules nest in the shortest text of each rule."""
        self._depth = dict.fromkeys(self.model.rules, 10_000)
        for _ in self.model.rules:
            for name, ways in self.model.rules.items():
                self._depth[name] = min(self._depth[name], 1 + min(self._cost(way) for way in ways))
        return self._depth

    def _tree(self, tree: Any) -> bytes:
        kind = tree[0]
        if kind == "set":
            return bytes([self._pick(tree[1])])
        if kind == "seq":
            return b"".join(self._tree(item) for item in tree[1])
        if kind == "alt":
            return self._tree(self.random.choice(tree[1]))
        _, low, high, item = tree
        count = low
        while (high is None or count < high) and self.random.random() < 0.55:
            count += 1
        return b"".join(self._tree(item) for _ in range(count))

    def _pick(self, mask: int) -> int:
        pool = self.edges if self.random.random() < 0.35 else b"abcefxyzABCXYZ0123459 -_.:"
        for _ in range(4):
            byte = self.random.choice(pool)
            if mask >> byte & 1:
                return byte
        return self.random.choice([byte for byte in range(256) if mask >> byte & 1])

    def _spoil(self, text: bytes) -> bytes:
        made = bytearray(text)
        for _ in range(self.random.randrange(1, 3)):
            at = self.random.randrange(len(made) + 1)
            way = self.random.randrange(6)
            if way == 0:
                made.insert(at, self.random.choice(self.edges))
            elif way == 1:
                del made[at : at + 1]
            elif way == 2:
                made[at : at + 1] = bytes([self.random.choice(self.edges)])
            elif way == 3:
                del made[at:]
            elif way == 4:
                made[at:at] = self._tree(self.random.choice(list(self.model.terminals.values())))
            else:
                made[at:at] = self.random.choice((b"\r", b"\n", b"\r\n", b" ", b"\t", b"\r\n ", b"\r\r\n"))
        return bytes(made)


def _edges(tree: Any) -> set[int]:
    if tree[0] == "set":
        mask = tree[1]
        return {b for b in range(256) for near in (b - 1, b + 1) if (mask >> b & 1) != (mask >> near & 1 if 0 <= near < 256 else 0)}
    if tree[0] == "repeat":
        return _edges(tree[3])
    return {byte for item in tree[1] for byte in _edges(item)}
