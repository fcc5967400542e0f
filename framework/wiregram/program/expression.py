"""The compiled form of an expression: nested tuples with every name resolved. `docs/architecture.md` lists the operations.

("const", value)                 int, float, bool, bytes, None, list, dict
("own", n) ("request", n) ("response", n)   a field or variable of that side in this exchange
("tx", n) ("session", n) ("flow", n)        ("tx", "id") is the transaction's number
("item", n)                      a field of the element at hand, inside `each`
("this",) ("side",) ("other",) ("verdict",)
("attr", x, n) ("index", x, i) ("slice", x, from | None, to | None)
("not", x) ("neg", x) ("and", x, y) ("or", x, y) ("if", test, then, otherwise)
("==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not in" | "+" | "-" | "*" | "//" | "%" | "<<" | ">>" | "&" | "^" | "|", x, y)
("list", x, ...)                 ("call", function, x, ...)
("memo", number, x)              x, whose value others need as well (made by `expression.sharing`)
("octets", side) ("body", side)  side is "request", "response", "own" or "this"
"""

from __future__ import annotations

from typing import Any

Code = tuple[Any, ...]


class Extent:
    """The value of `dotted()`, `until(d)`, `until_line(d)` and `rest()`: raw bytes whose end is found, not counted."""

    __slots__ = ("delimiters", "kind")

    def __init__(self, kind: str, delimiters: tuple[bytes, ...] = ()) -> None:
        self.kind = kind
        self.delimiters = delimiters


class Xor:
    """The value of `xor(key)`: a coding whose key repeats."""

    __slots__ = ("key",)

    def __init__(self, key: bytes) -> None:
        self.key = key
