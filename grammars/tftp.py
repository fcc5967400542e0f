# TFTP: RFC 1350 section 5 (requests, data, acknowledgements, errors), RFC 2347 section 2 (options, and the packet that accepts some of them)
from construct import *

text = NullTerminated(GreedyBytes)
option = Struct("name" / text, "value" / text)

request = Struct("opcode" / Enum(Int16ub, read=1, write=2), Check((this.opcode == "read") | (this.opcode == "write")),
    "file" / text, "mode" / text, "options" / GreedyRange(option))

packet = Struct("opcode" / Enum(Int16ub, data=3, ack=4, error=5, oack=6),
    "block" / Switch(this.opcode, {"data": Int16ub, "ack": Int16ub, "error": Pass, "oack": Pass}, default=Error),
    "data" / If(this.opcode == "data", GreedyBytes),
    "code" / If(this.opcode == "error", Int16ub), "message" / If(this.opcode == "error", text),
    "options" / If(this.opcode == "oack", GreedyRange(option)))
