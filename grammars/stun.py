"""Session Traversal Utilities for NAT: RFC 8489 section 5 (the header, and attributes of multiples of four octets); TURN, RFC 8656, uses the same."""

from construct import *

message = Struct("type" / Int16ub, Check(this.type < 0x4000), "length" / Int16ub, Check(this.length & 3 == 0), Check(this.length <= 2048),
    "cookie" / Const(0x2112A442, Int32ub), "id" / Bytes(12),
    "attributes" / FixedSized(this.length, GreedyRange(Struct("type" / Int16ub, "value" / Prefixed(Int16ub, GreedyBytes)))))
