"""Tabular Data Stream: MS-TDS section 2.2.3.1 (the packet's header); 2.2.6.5 (PRELOGIN: options with offset and length); TDS 4 and 5 log in with type 2."""

from construct import *

head = Struct("type" / OneOf(Int8ub, [1, 2, 3, 4, 6, 7, 8, 14, 15, 16, 17, 18]), "status" / OneOf(Int8ub, [0, 1, 2, 4, 5, 8, 9]), "length" / Int16ub,
    Check(this.length >= 8), "process" / Int16ub, "number" / Int8ub, Check(this.number <= 1), "window" / Const(0, Int8ub))
prelogin = Struct("options" / RepeatUntil(obj_.option == 255, Struct("option" / Int8ub, Check((this.option <= 7) | (this.option == 255)),
    "at" / If(this.option != 255, Struct("offset" / Int16ub, "length" / Int16ub)))))
message = Struct("head" / head, "first" / IfThenElse(this.head.type == 18, Peek(Int8ub), Computed(255)), "options" / If(this.first < 20, prelogin))
