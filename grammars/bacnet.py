"""BACnet/IP: ASHRAE 135 annex J.2 (type 0x81, a function, the length of the whole), clause 6.2 (version 1 of the network layer)."""

from construct import *

forwarded = Struct("origin" / Bytes(6), "version" / Const(1, Int8ub), "control" / Int8ub)
network = Struct("version" / Const(1, Int8ub), "control" / Int8ub)
message = Struct(Const(0x81, Int8ub), "function" / Int8ub, Check(this.function <= 12), "length" / Int16ub, Check(this.length >= 4), Check(this.length <= 1506),
    "body" / FixedSized(this.length - 4, Switch(this.function, {4: forwarded, 9: network, 10: network, 11: network}, default=GreedyBytes)), Terminated)
