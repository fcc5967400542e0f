"""The Redis serialization protocol: RESP2, RESP3 and inline commands (redis.io, "Redis serialization protocol specification")."""

from construct import *
from wiregram.grammar import Decimal, Until

line = Until(b"\r\n")
bulk = FocusedSeq("data", "size" / Decimal(line), "data" / If(this.size >= 0, FocusedSeq("body", "body" / Bytes(this._.size), Const(b"\r\n"))))
values = FocusedSeq("items", "count" / Decimal(line), "items" / If(this.count >= 0, Array(this.count, LazyBound(lambda: item))))
pairs = FocusedSeq("items", "count" / Decimal(line), "items" / Array(this.count, Struct("key" / LazyBound(lambda: item), "value" / LazyBound(lambda: item))))


def value(mark):
    return Switch(mark, {
        b"+": line, b"-": line, b"_": line, b",": line, b"(": line, b"#": line, b":": Decimal(line), b"$": bulk, b"=": bulk, b"!": bulk,
        b"*": values, b"~": values, b">": values, b"%": pairs, b"|": pairs}, default=Error)


item = FocusedSeq("value", "mark" / Bytes(1), "value" / value(this.mark))
reply = Struct("mark" / Bytes(1), "value" / value(this.mark))

# A command is an array of bulk strings, or words on a line; an empty one of either kind is passed over.
word = FocusedSeq("data", Const(b"$"), "data" / bulk)
words = FocusedSeq("items", "count" / Decimal(line), "items" / If(this.count > 0, Array(this.count, word)))
command = Struct("mark" / Bytes(1), "words" / If(this.mark == b"*", words), "line" / If(this.mark != b"*", Until(b"\n")),
    "kind" / IfThenElse((this.mark == b"\r") | (this.mark == b"*") & (this.words == None), Computed("_blank"), Computed("command")))
