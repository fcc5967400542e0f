"""Remote Desktop Protocol: MS-RDPBCGR sections 2.2.1.1 and 2.2.1.2 (the X.224 connection request and its confirmation, RFC 1006, RFC 905)."""

from construct import *

# What is asked for stands in the variable part: a routing token or a cookie, then the security protocols, flags and an eight-octet length.
negotiation = Struct("flags" / Int8ub, "size" / Const(8, Int16ul), "protocols" / Int32ul)


def packet(code, words, body):
    return Struct(Const(b"\x03\x00"), "length" / Int16ub, "size" / Int8ub, Check(this.size == this.length - 5), Check(this.size >= 6),
        "code" / Const(code, Int8ub), "target" / Int16ub, "source" / Int16ub, "class_" / Const(0, Int8ub),
        "variable" / FixedSized(this.size - 6, If(this.size > 6, Struct("first" / OneOf(Int8ub, words), "body" / body))))


request = packet(0xE0, [1, 0x43], Switch(this.first, {0x43: Struct(Const(b"ookie: mst"), "cookie" / GreedyBytes)}, default=negotiation))
response = packet(0xD0, [2, 3], negotiation)
