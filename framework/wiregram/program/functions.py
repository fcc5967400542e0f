"""The functions of the expression language: names, parameters, results. Data only: types are checked by `manifest`, bodies are in `expression`,
and the documentation's table is made from this one."""

from __future__ import annotations

import msgspec

from wiregram.program.types import ANY, BOOL, BYTES, CODING, EXTENT, INT, LIST, STRUCT

SIDE = "side"
"""A parameter that names a side (`request`, `response`, `own`, `this`); it is no expression."""
FIELD = "field"
"""A parameter that names a field of a list's elements: a text that is written out."""

OF_ELEMENT, OF_VALUE, OF_FIELD, OF_ARGUMENTS, OF_LIST = "element", "value", "elements' field", "arguments", "such a list"
"""Results that depend on the arguments: a list's element, its `value`, a list of one of its fields, what all arguments have in common, a list of the
same elements."""

SIDES = ("request", "response", "own", "this")


class Parameter(msgspec.Struct, frozen=True):
    """`kinds` are kinds of `program.types`, or SIDE or FIELD alone."""

    name: str
    kinds: tuple[str, ...]
    optional: bool = False


class Function(msgspec.Struct, frozen=True):
    """`result` is a kind or one of the OF constants; `item` the kind of a list's elements, `fields` a struct's texts. `more`: the last
    parameter may be repeated."""

    name: str
    parameters: tuple[Parameter, ...]
    result: str
    meaning: str
    item: str = ""
    fields: tuple[str, ...] = ()
    more: bool = False

    @property
    def least(self) -> int:
        return sum(not parameter.optional for parameter in self.parameters)

    @property
    def most(self) -> int | None:
        """None: any number."""
        return None if self.more else len(self.parameters)

    @property
    def signature(self) -> str:
        """As documentation and errors show it: `split(x, sep [, max])`."""
        text = ""
        for parameter in self.parameters:
            name = ", " * bool(text) + parameter.name
            text += f" [{name}]" if parameter.optional and text else f"[{name}]" if parameter.optional else name
        return f"{self.name}({text}{', ...' if self.more else ''})"


def _any(name: str) -> Parameter:
    return Parameter(name, (ANY,))


def _text(name: str, optional: bool = False) -> Parameter:
    return Parameter(name, (BYTES,), optional)


def _int(name: str, optional: bool = False) -> Parameter:
    return Parameter(name, (INT,), optional)


def _list(name: str) -> Parameter:
    return Parameter(name, (LIST,))


_DELIMITER = Parameter("d", (BYTES, LIST))
_SIDE = Parameter("side", (SIDE,))

FUNCTIONS: dict[str, Function] = {
    function.name: function
    for function in (
        Function("present", (_any("x"),), BOOL, "whether x is not absent; never absent itself"),
        Function("default", (_any("x"), _any("y")), OF_ARGUMENTS, "the first argument that is present", more=True),
        Function("len", (Parameter("x", (BYTES, LIST, STRUCT)),), INT, "octets of a text, elements of a list, fields of a struct"),
        Function("int", (_text("text"), _int("base", True)), INT,
            "the number that the digits spell (base 2 to 36, default 10), with an optional minus and blanks around them; else absent"),
        Function("text", (Parameter("x", (INT, BYTES)),), BYTES, "a number in decimal digits; a text as it is"),
        Function("upper", (_text("x"),), BYTES, "ASCII letters in upper case"),
        Function("lower", (_text("x"),), BYTES, "ASCII letters in lower case"),
        Function("strip", (_text("x"), _text("chars", True)), BYTES, "x without leading and trailing white space (or any of chars)"),
        Function("starts", (_text("x"), _text("p")), BOOL, "whether x begins with p; absent where x is `other` and has too few octets to tell"),
        Function("ends", (_text("x"), _text("p")), BOOL, "whether x ends with p"),
        Function("split", (_text("x"), _text("sep"), _int("max", True)), LIST, "the parts between separators, cut at most max times", BYTES),
        Function("lines", (_text("x"),), LIST, "the lines of x, without their CRLF or LF", BYTES),
        Function("tokens", (_text("x"),), LIST, "the elements of a comma list, trimmed, in lower case, empty ones left out", BYTES),
        Function("numbers", (_text("x"),), LIST, "every run of decimal digits as a number (absent beyond 64 bits)", INT),
        Function("join", (_list("list"), _text("sep")), BYTES, "the list's texts, and numbers in decimal digits, with sep between them"),
        Function("sort", (_list("list"),), OF_LIST, "the list in ascending order; absent unless all are numbers or all are texts"),
        Function("without", (_list("list"), _list("other")), OF_LIST, "the list without the texts and numbers that stand in the other"),
        Function("find", (_list("list"), _text("name")), OF_VALUE, "`value` of the first element with that `name`, in any case"),
        Function("pick", (_list("list"), Parameter("field", (FIELD,)), _any("x")), OF_ELEMENT, "the first element whose field is x"),
        Function("each", (_list("list"), Parameter("field", (FIELD,))), OF_FIELD, "that field of every element that has it"),
        Function("param", (_text("x"), _text("name")), BYTES, "a parameter of a header's value, unquoted, joined and decoded (RFC 2045, 2231)"),
        Function("hex", (Parameter("x", (INT, BYTES)), _int("width", True)), BYTES,
            "a number or octets in lower-case hexadecimal digits, with zeros before them up to width"),
        Function("hexes", (_list("list"), _int("width", True)), LIST, "`hex` of each element", BYTES),
        Function("base64", (_text("x"),), BYTES, "decodes base64 (white space is passed over); else absent"),
        Function("ip", (_text("x"),), BYTES, "4 or 16 octets as an address (RFC 5952); else absent"),
        Function("oid", (_text("x"),), BYTES, "the octets of an object identifier as numbers and dots (X.690, 8.19); else absent"),
        Function("md5", (_text("x"),), BYTES, "the digest in hexadecimal digits"),
        Function("sha1", (_text("x"),), BYTES, "the digest in hexadecimal digits"),
        Function("sha256", (_text("x"),), BYTES, "the digest in hexadecimal digits"),
        Function("x509", (_text("der"),), STRUCT,
            "a certificate's subject, issuer (`C=US, CN=x`), serial (`00:9C:FC`), not_before, not_after (ISO 8601, UTC), fingerprint (SHA-1)",
            fields=("subject", "issuer", "serial", "not_before", "not_after", "fingerprint")),
        Function("octets", (_SIDE,), INT, "octets of the exchange on that side; of `this`: since the side last entered `start`"),
        Function("body", (_SIDE,), INT, "octets of that side's `bytes` states (dots unstuffed, codings not undone)"),
        Function("dotted", (), EXTENT, "lines up to `.` alone, dots unstuffed"),
        Function("until", (_DELIMITER,), EXTENT, "up to and with a delimiter, or the first of a list"),
        Function("until_line", (_DELIMITER,), EXTENT, "up to a line that begins with a delimiter, whose line break belongs to it"),
        Function("rest", (), EXTENT, "to the end of the stream or datagram"),
        Function("xor", (_text("key"),), CODING, "for `decode`: every octet with the next one of the key, which repeats"),
    )
}  # fmt: skip
"""In the order of the documentation."""
