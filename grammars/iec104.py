"""IEC 60870-5-104 section 5 (a start octet, a length, four control octets; numbered, supervisory and unnumbered frames), -101 (the types of what is sent)."""

from construct import *

sent = Struct("type" / Int8ub, Check(this.type >= 1), Check(this.type <= 127), "data" / Bytes(this._.length - 5))
message = Struct(Const(0x68, Int8ub), "length" / Int8ub, Check(this.length >= 4), Check(this.length <= 253), "control" / Array(4, Int8ub), Check(this.control[2] & 1 == 0),
    "sent" / If(this.control[0] & 1 == 0, sent), Check((this.control[0] & 1 == 0) | (this.length == 4)),
    Check((this.control[0] & 3 != 3) | (this.control[1] + this.control[2] + this.control[3] == 0)))
