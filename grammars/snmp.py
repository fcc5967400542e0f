"""SNMP: RFC 1157 section 4.1.6 (the trap of version 1), RFC 3416 section 3 (PDUs), RFC 3412 section 6 (version 3), RFC 3414 section 2.4, in definite lengths."""

from construct import *

size = FocusedSeq("n", "first" / Int8ub, Check(this.first != 128), Check(this.first <= 132), "n" / IfThenElse(this.first < 128, Computed(this.first), BytesInteger(this.first & 127)))


def tagged(tag, body):
    return FocusedSeq("body", Const(tag, Int8ub), "body" / Prefixed(size, body))


octets, oid = tagged(4, GreedyBytes), tagged(6, GreedyBytes)
integer = FocusedSeq("n", Const(2, Int8ub), "size" / size, Check(this.size > 0), Check(this.size <= 8), "n" / BytesInteger(this.size, signed=True))
variables = tagged(48, GreedyRange(tagged(48, Struct("name" / oid, "type" / Int8ub, "value" / Prefixed(size, GreedyBytes)))))

trap = Struct("enterprise" / oid, "agent" / tagged(0x40, GreedyBytes), "generic" / integer, "specific" / integer, "time" / tagged(0x43, GreedyBytes), "variables" / variables)
common = Struct("id" / integer, "error" / integer, "index" / integer, "variables" / variables)
pdu = Struct("type" / Enum(Int8ub, get_request=0xA0, get_next_request=0xA1, response=0xA2, set_request=0xA3, trap_v1=0xA4, get_bulk_request=0xA5, inform_request=0xA6,
    trap_v2=0xA7, report=0xA8), "body" / Prefixed(size, Switch(this.type, {"trap_v1": trap}, default=common)))

user = tagged(48, Struct("engine" / octets, "boots" / integer, "time" / integer, "name" / octets, "authentication" / octets, "privacy" / octets))
header = tagged(48, Struct("id" / integer, "maximum" / integer, "flags" / tagged(4, Int8ub), "model" / integer))
scoped = tagged(48, Struct("engine" / octets, "context" / octets, "pdu" / pdu))

message = tagged(48, Struct("version" / integer, Check((this.version == 0) | (this.version == 1) | (this.version == 3)),
    "community" / If(this.version < 3, octets), "pdu" / If(this.version < 3, pdu),
    "header" / If(this.version == 3, header),
    "security" / If(this.version == 3, IfThenElse(this.header.model == 3, Struct("user" / tagged(4, user)), Struct("other" / octets))),
    "scoped" / If(this.version == 3, IfThenElse(this.header.flags & 2, Struct("encrypted" / octets), Struct("plain" / scoped)))))
