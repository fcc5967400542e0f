"""AMQP: 0-9-1 sections 4.2.2 and 4.2.3 (the protocol header, frames that end in 0xCE); 1.0 sections 2.2 and 2.3.1 (the header, frames with a data offset)."""

from construct import *

header = Struct(Const(b"MQP"), "id" / OneOf(Int8ub, [0, 1, 2, 3]), "version" / Bytes(3))
frame = Struct("channel" / Int16ub, "size" / Int32ub, Check(this.size <= 131072), "payload" / Bytes(this.size), Const(0xCE, Int8ub))
newer = Struct(Const(b"\x00"), "size" / Int16ub, "offset" / OneOf(Int8ub, [2, 3]), "type" / OneOf(Int8ub, [0, 1]), "channel" / Int16ub, Check(this.size >= 8))
message = Struct("first" / Int8ub, "body" / Switch(this.first, {0x41: header, 0: newer, 1: frame, 2: frame, 3: frame, 8: frame}, default=Error))
