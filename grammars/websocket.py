"""The head of a WebSocket frame (RFC 6455 section 5.2). What is masked is not part of it, for it may be long."""

from construct import *

frame = Struct(
    "head" / BitStruct("fin" / Flag, "rsv" / BitsInteger(3), "opcode" / Enum(BitsInteger(4), continuation=0, text=1, binary=2, connection_close=8, ping=9, pong=10),
        "masked" / Flag, "short" / BitsInteger(7)),
    "size" / Switch(this.head.short, {126: Int16ub, 127: Int64ub}, default=Computed(this.head.short)), Check(this.size < 1 << 63),
    "mask" / If(this.head.masked, Bytes(4)))
