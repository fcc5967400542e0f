"""S7 communication: RFC 1006 section 6 (TPKT), RFC 905 section 13 (COTP), and in its data 0x32, or 0x72 in the newer form, as the first octet."""

from construct import *

transport = Struct(Const(b"\x03\x00"), "length" / Int16ub, Check(this.length >= 7), "size" / Int8ub, Check(this.size <= this.length - 5), "code" / Int8ub)
data = Struct("number" / Int8ub, "first" / OneOf(Int8ub, [0x32, 0x72]), "kind" / OneOf(Int8ub, [1, 2, 3, 7]))
begun = Struct("head" / transport, Check(this.head.size == 2), Check(this.head.code == 0xF0), "data" / data)
message = Struct("head" / transport, "opened" / If((this.head.code == 0xE0) | (this.head.code == 0xD0), Bytes(this.head.length - 6)),
    "data" / IfThenElse(this.head.code == 0xF0, data, begun), Check((this.head.code == 0xF0) | (this.head.code == 0xE0) | (this.head.code == 0xD0)))
