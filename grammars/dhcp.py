"""Dynamic Host Configuration Protocol: RFC 2131 section 2 (the fixed part and the magic cookie), RFC 2132 section 9.6 (the options)."""

from construct import *

message = Struct("op" / OneOf(Int8ub, [1, 2]), "hardware" / Int8ub, "size" / Int8ub, Check(this.size <= 16), "hops" / Int8ub, Check(this.hops <= 16),
    "id" / Int32ub, "seconds" / Int16ub, "flags" / Int16ub, "addresses" / Array(4, Int32ub), "chaddr" / Bytes(16), "sname" / Bytes(64), "file" / Bytes(128),
    Const(b"\x63\x82\x53\x63"))
