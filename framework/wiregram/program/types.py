"""The types of fields and expressions, as `check` reasons about them. Every value may also be absent."""

from __future__ import annotations

import msgspec

INT, FLOAT, BOOL, BYTES, LIST, STRUCT = "int", "float", "bool", "bytes", "list", "struct"
EXTENT, CODING, ANY = "extent", "coding", "any"


class Type(msgspec.Struct, frozen=True):
    """`item` is the type of a list's elements; `fields` those of a struct; `names` the texts that an enumeration gives (its kind is
    BYTES, and a number stands where it has no name: `enum` is then True). `maybe`: the value can be absent in a whole message.
    `text`: the bytes are text that the grammar decodes, in UTF-8."""

    kind: str
    item: Type | None = None
    fields: dict[str, Type] = {}
    names: tuple[str, ...] = ()
    enum: bool = False
    maybe: bool = False
    text: bool = False

    def __str__(self) -> str:
        if self.kind == LIST:
            return f"list of {self.item or ANY}"
        if self.kind == STRUCT and self.fields:
            return "struct(" + ", ".join(self.fields) + ")"
        return "enum" if self.enum else self.kind


class Message(msgspec.Struct, frozen=True):
    """What a message gives: the fields that its rule could give (`kind` among them when it has several) and its possible kinds."""

    name: str
    fields: dict[str, Type]
    kinds: tuple[str, ...] = ()
