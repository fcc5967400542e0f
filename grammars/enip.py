"""EtherNet/IP: ODVA, CIP volume 2, section 2-3 (the encapsulation header, little endian), section 2-6 (items of a connected message over UDP)."""

from construct import *

sizes = Struct("length" / Int16ul, "session" / Int32ul, "status" / Int32ul, Check(this.status <= 0x6A), "context" / Bytes(8), "options" / Const(0, Int32ul))
items = Struct("type" / Const(0x8002, Int16ul), "length" / Const(8, Int16ul), "connection" / Int32ul, "sequence" / Int32ul, "data" / OneOf(Int16ul, [0x00B1, 0x00B2]))
message = Struct("command" / OneOf(Int16ul, [0, 1, 2, 4, 0x63, 0x64, 0x65, 0x66, 0x6F, 0x70, 0x72, 0x73]),
    "body" / IfThenElse(this.command == 2, items, sizes))
