"""SOCKS: RFC 1928 sections 3 to 6 (methods, request, reply); RFC 1929 (user name and password); SOCKS 4 and 4A ask in one message."""

from construct import *
from wiregram.grammar import Until

four = Struct("command" / OneOf(Int8ub, [1, 2]), "port" / Int16ub, "address" / Int32ub, "user" / Until(b"\x00"),
    "host" / If((this.address > 0) & (this.address < 256), Until(b"\x00")))
five = Struct("methods" / Prefixed(Int8ub, GreedyBytes), Check(len_(this.methods) >= 1))
request = Struct("version" / OneOf(Int8ub, [4, 5]), "body" / IfThenElse(this.version == 4, four, five))
response = Struct("version" / OneOf(Int8ub, [0, 5]), "body" / IfThenElse(this.version == 0,
    Struct("code" / OneOf(Int8ub, [0x5A, 0x5B, 0x5C, 0x5D]), "port" / Int16ub, "address" / Int32ub), OneOf(Int8ub, [0, 1, 2, 3, 255])))
