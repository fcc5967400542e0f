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

# What a request or an answer is about: clause 4.2.2.7 (an object's head: its points by a range, a count or none, each with an index or a size before it).
def bits(*names, **wide): return BitStruct(*[name / BitsInteger(wide.get(name, 1)) for name in reversed(names)])
def quality(*more): return "flags" / bits("online", "restart", "comm_lost", "remote_forced", "local_forced", *more)
small, medium, large = [Struct("start" / form, "stop" / form, Check(this.stop >= this.start), "count" / Computed(this.stop - this.start + 1)) for form in (Int8ub, Int16ul, Int32ul)]
def counted(form): return Struct("start" / Computed(0), "stop" / Computed(0), "count" / form)

# Annex A: what a point of a group and variation holds.
time, soon, status = "timestamp" / BytesInteger(6, swapped=True), "timestamp" / Int16ul, bits("status", "reserved", status=7)
single, output = quality("chatter_filter", "reserved", "state"), quality("reserved0", "reserved1", "state")
double = "flags" / bits("online", "restart", "comm_lost", "remote_forced", "local_forced", "chatter_filter", "state", state=2)
counter, analog = quality("rollover", "discontinuity", "reserved0"), quality("over_range", "reference_err", "reserved0")
wide, short = "count" / Int32ul, "count" / Int16ul
whole, half, real, exact = ["value" / form for form in (Int32sl, Int16sl, Float32l, Float64l)]
changes = {1: [analog, whole], 2: [analog, half], 3: [analog, whole, time], 4: [analog, half, time], 5: [analog, real], 6: [analog, exact], 7: [analog, real, time], 8: [analog, exact, time]}
counts = {1: [counter, wide], 2: [counter, short], 3: [counter, wide], 4: [counter, short], 5: [counter, wide, time], 6: [counter, short, time], 7: [counter, wide, time], 8: [counter, short, time]}
block = ["flags" / bits("op_type", "qu", "cr", "tcc", op_type=4, tcc=2), "count" / Int8ub, "ontime" / Int32ul, "offtime" / Int32ul, "end" / status]
forms = {1: {2: [single]}, 2: {1: ["state" / Int8ub], 2: [single, time], 3: [single, soon]}, 3: {2: [double]}, 4: {1: [double], 2: [double, time], 3: [double, soon]},
    10: {2: [output]}, 11: {1: [output], 2: [output, time]}, 12: {1: block, 2: block}, 13: {1: ["end" / status], 2: ["end" / status, time]},
    20: {1: [counter, wide], 2: [counter, short], 3: [counter, wide], 4: [counter, short], 5: [wide], 6: [short], 7: [wide], 8: [short]},
    21: {**counts, 9: [wide], 10: [short], 11: [wide], 12: [short]}, 22: counts, 23: counts,
    30: {1: [analog, whole], 2: [analog, half], 3: [whole], 4: [half], 5: [analog, real], 6: [analog, exact]},
    31: {1: [analog, whole], 2: [analog, half], 3: [analog, whole, time], 4: [analog, half, time], 5: [whole], 6: [half], 7: [analog, real], 8: [analog, exact]},
    32: changes, 33: changes, 34: {1: ["value" / Int16ul], 2: ["value" / Int32ul], 3: [real]},
    40: {1: [analog, whole], 2: [analog, half], 3: [analog, real], 4: [analog, exact]}, 41: {n: [form, "end" / status] for n, form in enumerate((whole, half, real, exact), 1)}, 42: changes,
    43: {n: ["end" / status, *form] for n, form in enumerate(([whole], [half], [whole, time], [half, time], [real], [exact], [real, time], [exact, time]), 1)},
    50: {1: [time], 2: [time, "interval" / Int32ul], 3: [time], 4: [time, "interval" / Int32ul, "units" / Int8ub]}, 51: {1: [time], 2: [time]},
    52: {1: ["delay_secs" / Int16ul], 2: ["delay_ms" / Int16ul]}}
table = {group << 8 | number: Struct(*form) for group, numbers in forms.items() for number, form in numbers.items()}
index = "index" / IfThenElse((this._.prefix_code > 0) & (this._.prefix_code < 4), Computed(this.prefix), Computed(this._.range.start + this._index))
before = "prefix" / Switch(this._.prefix_code, {1: Int8ub, 2: Int16ul, 3: Int32ul, 4: Int8ub, 5: Int16ul, 6: Int32ul}, default=Computed(0))
point = Struct(before, index, "of" / IfThenElse(this._.prefix_code > 3, Bytes(this.prefix), Switch(this._.form, table)))
text = Struct(before, index, "of" / Bytes(this._.variation))
def packed(width, mask, last): return FixedSized((this.range.count * width + 7) // 8, Array(this.range.count, Struct("index" / Computed(this._.range.start + this._index),
    "octet" / Peek(Int8ub), "state" / Computed(this.octet >> width * (this._index & last) & mask), Padding((this._index & last) // last))))
object = Struct("group" / Int8ub, "variation" / Int8ub, "qualifier" / Int8ub, "prefix_code" / Computed(this.qualifier >> 4 & 7), "range_code" / Computed(this.qualifier & 15),
    "range" / Switch(this.range_code, {0: small, 1: medium, 2: large, 7: counted(Int8ub), 8: counted(Int16ul), 9: counted(Int32ul), 11: counted(Int8ub)}, default=counted(Computed(0))),
    "form" / Computed(this.group << 8 | this.variation), "kind" / IfThenElse((this.range.count == 0) | this._params.heads, Computed("head"), IfThenElse(this.prefix_code > 3, Computed("points"),
        IfThenElse((this.group == 110) | (this.group == 111), Computed("texts"), Switch(this.form, {**dict.fromkeys(table, Computed("points")), **dict.fromkeys((0x101, 0xa01, 0xc03, 0x5001), Computed("packed")), 0x301: Computed("paired")}, default=Computed("unknown"))))),
    "points" / Switch(this.kind, {"points": Array(this.range.count, point), "texts": Array(this.range.count, text)}), "packed" / Switch(this.kind, {"packed": packed(1, 1, 7), "paired": packed(2, 3, 3)}))
