"""Dynamic Host Configuration Protocol: RFC 2131 section 2 (the fixed part and the magic cookie), RFC 2132 (the options; 9.3: they may go on in the two
fields before them)."""

from construct import *

addresses = GreedyRange(Struct("address" / Bytes(4)))
kind = Enum(Int8ub, discover=1, offer=2, request=3, decline=4, ack=5, nak=6, release=7, inform=8)
value = Switch(this.code, {1: addresses, 3: addresses, 6: addresses, 42: addresses, 50: addresses, 51: Int32ub, 52: Int8ub, 53: kind, 54: addresses, 55: GreedyRange(Struct("number" / Int8ub)),
    57: Int16ub, 58: Int32ub, 59: Int32ub}, default=GreedyBytes)
option = Struct("code" / Int8ub, "data" / If((this.code > 0) & (this.code < 255), Prefixed(Int8ub, value)))
options = GreedyRange(option)
message = Struct("op" / OneOf(Int8ub, [1, 2]), "hardware" / Int8ub, "size" / Int8ub, Check(this.size <= 16), "hops" / Int8ub, Check(this.hops <= 16),
    "id" / Int32ub, "seconds" / Int16ub, "flags" / Int16ub, "client" / Bytes(4), "assigned" / Bytes(4), "next" / Bytes(4), "relay" / Bytes(4),
    "chaddr" / Array(this.size, Int8ub), Padding(16 - this.size), "sname" / FixedSized(64, options), "file" / FixedSized(128, options), Const(b"\x63\x82\x53\x63"), "options" / options)
