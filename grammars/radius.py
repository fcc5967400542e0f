"""RADIUS: RFC 2865 section 3, RFC 2866, RFC 5176 (the codes), RFC 3579 (EAP inside); attributes fill what the length says."""

from construct import *

message = Struct("code" / OneOf(Int8ub, [1, 2, 3, 4, 5, 11, 12, 13, 40, 41, 42, 43, 44, 45]), "id" / Int8ub, "length" / Int16ub,
    Check(this.length >= 20), Check(this.length <= 4096), "authenticator" / Bytes(16),
    "attributes" / FixedSized(this.length - 20, GreedyRange(Struct("type" / Int8ub, Check(this.type > 0), "size" / Int8ub, Check(this.size >= 2), "value" / Bytes(this.size - 2)))))
