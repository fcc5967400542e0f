"""Kerberos 5: RFC 4120 section 5 (an application tag, a sequence, the version 5 and the message type), section 7.2.2 (a length before it over TCP)."""

from construct import *

size = FocusedSeq("n", "first" / Int8ub, Check((this.first < 128) | (this.first > 128) & (this.first <= 132)),
    "n" / IfThenElse(this.first < 128, Computed(this.first), BytesInteger(this.first & 127)))
message = Struct("tag" / OneOf(Int8ub, [0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x6F, 0x74, 0x75, 0x76, 0x7E]), "size" / size, Const(0x30, Int8ub), "inner" / size,
    Check(this.inner < this.size), "number" / OneOf(Int8ub, [0xA0, 0xA1]), Const(b"\x03\x02\x01\x05"), "next" / Int8ub, Check(this.next == this.number + 1), Const(b"\x03\x02\x01"),
    "type" / Int8ub, Check(this.type == this.tag & 31))
framed = Struct("length" / Int32ub, Check(this.length < 0x1000000), "message" / message)
