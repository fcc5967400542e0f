"""The expression language's text and its syntax tree (docs/manifest.md, section 10). Knows no names and no types."""

from __future__ import annotations

import functools
import keyword
import re
from collections.abc import Iterable

import msgspec

DEPTH = 64
"""How deep a tree may be."""
OPEN = 32
"""How many parentheses, brackets and `else` may be open."""
LARGEST, SMALLEST = (1 << 64) - 1, -(1 << 63)
"""The numbers that records can hold."""


class Finding(msgspec.Struct, frozen=True):
    """What is wrong, at `offset` (in characters, from 0) of the expression's text, or of the text of `definition` where that is not ''."""

    text: str
    offset: int
    width: int = 1
    suggestion: str = ""
    definition: str = ""


class ExpressionError(Exception):
    """An expression that cannot be compiled; `findings` holds everything that is wrong with it, at least one thing."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(dict.fromkeys(findings))
        super().__init__("; ".join(finding.text for finding in self.findings))


class Node(msgspec.Struct, frozen=True):
    """`op` is an operator of `program.expression`, or name, const, list, attr, index, slice, call, not, neg, if. `value` is the name, the
    constant, or the called function; a slice's missing end is None."""

    op: str
    start: int
    end: int
    args: tuple[Node | None, ...] = ()
    value: object = None
    depth: int = 1

    @property
    def width(self) -> int:
        return self.end - self.start


class _Token(msgspec.Struct, frozen=True):
    kind: str  # name, word, number, text, sign, end
    text: str
    start: int
    end: int
    value: object = None


_BINARY = {"|": 1, "^": 2, "&": 3, "<<": 4, ">>": 4, "+": 5, "-": 5, "*": 6, "//": 6, "%": 6}
_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=", "in", "not in")
_WORDS = {"if", "else", "or", "and", "not", "in", "True", "False", "None"}
_CONSTANTS = {"True": True, "False": False, "None": None}

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NUMBER = re.compile(
    r"0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+"
    r"|(?:[0-9][0-9_]*)?\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?"
    r"|[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?"
)
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_SIGN = re.compile(r"\*\*|//|<<|>>|==|!=|<=|>=|<>|&&|\|\||:=|[-+*%&^|<>()\[\].,:=!/~@{};?$#`\\]")
_ESCAPE = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{1,3}|.)", re.DOTALL)
_SIMPLE = {"\\": 92, "'": 39, '"': 34, "a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_SHORT = {7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

_INSTEAD = {
    "=": "write ==",
    "&&": "write and",
    "||": "write or",
    "!": "write not",
    "<>": "write !=",
    "/": "write //, which divides without rest",
    "**": "there are no powers; 1 << n is two to the power of n",
    "[": "a list is written in parentheses: (1, 2)",
    "{": "a table is written in `define`, and named here",
    "?": "write `a if test else b`",
    "is": "write ==, or present(x) to ask whether x is there",
    "lambda": "there are no functions of one's own; `define` names an expression",
}


@functools.lru_cache(maxsize=1024)
def parse(text: str) -> Node:
    """The tree of `text`; raises ExpressionError."""
    tokens, findings = _scan(text)
    if findings:
        raise ExpressionError(findings)
    return _Parser(text, tokens).run()


def _scan(text: str) -> tuple[list[_Token], list[Finding]]:
    """The tokens, and what is wrong with them."""
    tokens: list[_Token] = []
    findings = [_control(text, found.start()) for found in _CONTROL.finditer(text)]
    at, size = 0, len(text)
    while True:
        while at < size and (text[at] == " " or _CONTROL.match(text, at)):
            at += 1
        if at >= size:
            break
        start = at
        if found := _NAME.match(text, at):
            at = found.end()
            if at < size and text[at] in "'\"":
                prefix = found[0]
                if prefix == "b":
                    at = _literal(text, start, at, tokens, findings)
                else:
                    findings.append(Finding(f"no such text as {prefix}'...'", start, len(prefix), "write 'text' or b'octets'"))
                    at = _literal(text, at, at, tokens, findings)
            else:
                word = found[0] in _WORDS or keyword.iskeyword(found[0])
                tokens.append(_Token("word" if word else "name", found[0], start, at))
        elif text[at] in "'\"":
            at = _literal(text, at, at, tokens, findings)
        elif found := _NUMBER.match(text, at):
            at = found.end()
            tail = _NAME.match(text, at)
            if tail:
                at = tail.end()
            tokens.append(_Token("number", text[start:at], start, at, _number(text[start:at], start, findings)))
        elif found := _SIGN.match(text, at):
            at = found.end()
            tokens.append(_Token("sign", found[0], start, at))
        else:
            at += 1
            findings.append(Finding(f"the character {text[start]!r} stands outside of a text", start))
    tokens.append(_Token("end", "", size, size))
    return tokens, findings


def _control(text: str, at: int) -> Finding:
    code = ord(text[at])
    escape = _SHORT.get(code, f"\\x{code:02x}")
    before = _QUOTED.sub("", text[:at])
    if "'" in before or '"' in before:
        return Finding(f"a control character (0x{code:02x}) stands in a text", at, 1, f"write {escape}, which is \\{escape} in a TOML basic string")
    return Finding(f"a control character (0x{code:02x}) stands in the expression", at, 1,
        f"write a blank between words; in a text, {escape} ('\\{escape}' in a TOML basic string)")  # fmt: skip


def _number(word: str, start: int, findings: list[Finding]) -> int | float:
    try:
        value: int | float = int(word, 0) if re.fullmatch(r"0[xXoObB].*|[0-9_]+", word) else float(word)
    except (ValueError, OverflowError):
        findings.append(Finding(f"{word} is no number", start, len(word)))
        return 0
    if value == float("inf") or (isinstance(value, int) and value > LARGEST):
        findings.append(Finding(f"{word} is beyond 64 bits", start, len(word)))
        return 0
    return value


def _literal(text: str, start: int, quote: int, tokens: list[_Token], findings: list[Finding]) -> int:
    """Scans the text whose quote stands at `quote`; `start` is where its prefix stands. The offset behind it."""
    found = _QUOTED.match(text, quote)
    if not found:
        findings.append(Finding("a text without its closing quote", start, len(text) - start))
        return len(text)
    octets, out, at = start != quote, bytearray(), quote + 1
    end = found.end() - 1
    while at < end:
        if text[at] != "\\":
            if octets and text[at] > "\x7f":
                findings.append(Finding(f"{text[at]!r} stands in b'...'", at, 1, "write its octets, such as \\xc3\\xa4"))
            try:
                out += text[at].encode()
            except UnicodeEncodeError:
                findings.append(Finding("half a character", at))
            at += 1
            continue
        escape = _ESCAPE.match(text, at, end)
        assert escape is not None, "a backslash never stands before the closing quote"
        mark, body = escape[0][1], escape[0][2:]
        width = len(escape[0])
        if mark in _SIMPLE and not body:
            out.append(_SIMPLE[mark])
        elif mark in "01234567":
            _character(int(escape[0][1:], 8), octets, out, at, width, findings)
        elif body and (mark == "x" or not octets):
            _character(int(body, 16), octets, out, at, width, findings)
        else:
            findings.append(Finding(f"no such escape as {escape[0]}", at, width, "write \\\\ for a backslash (\\\\\\\\ in a TOML basic string)"))
        at += width
    tokens.append(_Token("text", text[start : found.end()], start, found.end(), bytes(out)))
    return found.end()


def _character(code: int, octets: bool, out: bytearray, at: int, width: int, findings: list[Finding]) -> None:
    if octets and code < 256:
        out.append(code)
    elif octets or code > 0x10FFFF or 0xD800 <= code < 0xE000:
        findings.append(Finding("no octet" if octets else "no character", at, width))
    else:
        out += chr(code).encode()


class _Parser:
    def __init__(self, text: str, tokens: list[_Token]) -> None:
        self.text = text
        self.tokens = tokens
        self.at = 0
        self.open = 0

    def run(self) -> Node:
        if self.tokens[0].kind == "end":
            raise ExpressionError([Finding("an empty expression", 0)])
        node = self._expression()
        token = self.tokens[self.at]
        if token.kind != "end":
            raise self._unexpected("an operator or the end")
        return node

    def _fail(self, text: str, start: int, end: int, suggestion: str = "") -> ExpressionError:
        return ExpressionError([Finding(text, start, max(1, end - start), suggestion)])

    def _unexpected(self, wanted: str) -> ExpressionError:
        token = self.tokens[self.at]
        what = "the expression ends" if token.kind == "end" else f"found {token.text}"
        suggestion = _INSTEAD.get(token.text, "") if token.kind in ("sign", "word") else ""
        if token.kind == "word" and token.text not in _WORDS and not suggestion:
            suggestion = f"`{token.text}` is a keyword of Python and cannot be a name"
        if token.kind == "word" and token.text == "not" and wanted == "a value":
            suggestion = "put `not ...` in parentheses"
        return self._fail(f"{what} where {wanted} is expected", token.start, token.end, suggestion)

    def _maybe(self, text: str) -> _Token | None:
        token = self.tokens[self.at]
        if token.text == text and token.kind in ("sign", "word"):
            self.at += 1
            return token
        return None

    def _need(self, text: str, wanted: str) -> _Token:
        token = self._maybe(text)
        if token is None:
            raise self._unexpected(wanted)
        return token

    def _node(self, op: str, start: int, end: int, args: tuple[Node | None, ...] = (), value: object = None) -> Node:
        depth = 1 + max((arg.depth for arg in args if arg is not None), default=0)
        if depth > DEPTH:
            raise self._fail("an expression nested too deeply", start, end, "name its parts in `define`")
        return Node(op, start, end, args, value, depth)

    def _expression(self) -> Node:
        self.open += 1
        if self.open > OPEN:
            token = self.tokens[self.at]
            raise self._fail("an expression nested too deeply", token.start, token.end, "name its parts in `define`")
        node = self._or()
        if self._maybe("if"):
            test = self._or()
            self._need("else", "`else`")
            otherwise = self._expression()
            node = self._node("if", node.start, otherwise.end, (test, node, otherwise))
        self.open -= 1
        return node

    def _or(self) -> Node:
        node = self._and()
        while self._maybe("or"):
            right = self._and()
            node = self._node("or", node.start, right.end, (node, right))
        return node

    def _and(self) -> Node:
        node = self._not()
        while self._maybe("and"):
            right = self._not()
            node = self._node("and", node.start, right.end, (node, right))
        return node

    def _not(self) -> Node:
        marks = []
        while token := self._maybe("not"):
            marks.append(token)
        node = self._compare()
        for token in reversed(marks):
            node = self._node("not", token.start, node.end, (node,))
        return node

    def _comparison(self) -> str:
        """The comparison at hand, passed over; '' if there is none."""
        token = self.tokens[self.at]
        if token.kind in ("sign", "word") and token.text in _COMPARISONS:
            self.at += 1
            return token.text
        if token.kind == "word" and token.text == "not" and self.tokens[self.at + 1].text == "in":
            self.at += 2
            return "not in"
        return ""

    def _compare(self) -> Node:
        node = self._sum(1)
        if op := self._comparison():
            right = self._sum(1)
            node = self._node(op, node.start, right.end, (node, right))
            token = self.tokens[self.at]
            if self._comparison():
                raise self._fail("comparisons in a chain", token.start, token.end, "write `a < b and b < c`")
        return node

    def _sum(self, least: int) -> Node:
        node = self._unary()
        while True:
            token = self.tokens[self.at]
            rank = _BINARY.get(token.text, 0) if token.kind == "sign" else 0
            if rank < least:
                return node
            self.at += 1
            right = self._sum(rank + 1)
            node = self._node(token.text, node.start, right.end, (node, right))

    def _unary(self) -> Node:
        token = self._maybe("-")
        node = self._primary()
        return self._node("neg", token.start, node.end, (node,)) if token else node

    def _primary(self) -> Node:
        node = self._atom()
        while True:
            if self._maybe("."):
                token = self.tokens[self.at]
                if token.kind != "name":
                    raise self._unexpected("a name")
                self.at += 1
                node = self._node("attr", node.start, token.end, (node,), token.text)
            elif self._maybe("["):
                node = self._subscript(node)
            else:
                return node

    def _subscript(self, node: Node) -> Node:
        first = last = None
        if not self._maybe(":"):
            first = self._expression()
            if end := self._maybe("]"):
                return self._node("index", node.start, end.end, (node, first))
            self._need(":", "`]` or `:`")
        if self.tokens[self.at].text != "]":
            last = self._expression()
        if self.tokens[self.at].text == ":":
            token = self.tokens[self.at]
            raise self._fail("a slice has no step", token.start, token.end)
        end = self._need("]", "`]`")
        return self._node("slice", node.start, end.end, (node, first, last))

    def _list(self) -> tuple[tuple[Node, ...], bool, _Token]:
        """What stands up to `)`, whether a comma stands in it, and the parenthesis."""
        items: list[Node] = []
        comma, parted = False, True
        while True:
            if end := self._maybe(")"):
                return tuple(items), comma, end
            if not parted:
                raise self._unexpected("`,` or `)`")
            items.append(self._expression())
            parted = self._maybe(",") is not None
            comma = comma or parted

    def _atom(self) -> Node:
        token = self.tokens[self.at]
        if token.kind in ("number", "text"):
            self.at += 1
            following = self.tokens[self.at]
            if token.kind == following.kind == "text":
                raise self._fail("two texts side by side", following.start, following.end, "write + between them")
            return self._node("const", token.start, token.end, (), token.value)
        if token.kind == "word" and token.text in _CONSTANTS:
            self.at += 1
            return self._node("const", token.start, token.end, (), _CONSTANTS[token.text])
        if token.kind == "name":
            self.at += 1
            if self._maybe("("):
                args, _, end = self._list()
                return self._node("call", token.start, end.end, args, token.text)
            return self._node("name", token.start, token.end, (), token.text)
        if self._maybe("("):
            args, comma, end = self._list()
            if len(args) == 1 and not comma:
                return args[0]
            return self._node("list", token.start, end.end, args)
        raise self._unexpected("a value")
