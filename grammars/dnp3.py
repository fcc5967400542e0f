"""DNP3: IEEE 1815 clause 9 (link frames, a checksum behind the head and behind every sixteen octets), clause 8 (transport), clause 4 (application)."""

from construct import *

control = Struct("octet" / Int8ub, "dir" / Computed(this.octet >> 7 == 1), "pri" / Computed(this.octet >> 6 & 1 == 1), "fcb" / Computed(this.octet >> 5 & 1 == 1),
    "fcv" / Computed(this.octet >> 4 & 1 == 1), "function_code" / Computed(this.octet & 15),
    Check((this.octet & 64 > 0) & ((this.function_code <= 4) | (this.function_code == 9)) | (this.octet & 64 == 0) & ((this.function_code <= 1) | (this.function_code >= 11))))
link = ["start" / Const(b"\x05\x64"), "length" / Int8ub, Check(this.length >= 5), "control" / control, "destination" / Int16ul, "source" / Int16ul, "crc" / Int16ul,
    "transport" / If(this.length > 5, BitStruct("last" / Flag, "first" / Flag, "sequence" / BitsInteger(6)))]

# Requests have functions 0 to 33, answers 129 to 131; these say in two octets how the station is.
app = Struct("control" / BitStruct("fir" / Flag, "fin" / Flag, "con" / Flag, "uns" / Flag, "sequence" / BitsInteger(4)),
    "function_code" / Int8ub, Check((this.function_code <= 33) | (this.function_code >= 129) & (this.function_code <= 131)),
    "iin" / If(this.function_code >= 129, Int16ub))
frame = Struct(*link, Check((this.length == 5) | (this.length >= 8)), "app" / If(this.length > 5, If(this.transport.first, app)))
more = Struct(*link)
checksum = Struct("checksum" / Int16ul)

# What a request or an answer is about: clause 4.2.2.7 (an object's head, with a range of eight or sixteen bits, a count, or none).
small, large = Struct("start" / Int8ub, "stop" / Int8ub), Struct("start" / Int16ul, "stop" / Int16ul)
object = Struct("group" / Int8ub, "variation" / Int8ub, "qualifier" / Int8ub,
    "range" / Switch(this.qualifier & 15, {0: small, 1: large, 7: Struct("count" / Int8ub), 8: Struct("count" / Int16ul)}, default=Struct()))
