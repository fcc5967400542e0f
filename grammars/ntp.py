"""Network Time Protocol: RFC 5905 section 7.3 (the header), RFC 9327 (control messages); mode 7 is what older implementations keep for themselves."""

from construct import *

time = Struct("stratum" / Int8ub, Check(this.stratum <= 16), "poll" / Int8sb, Check(this.poll <= 17), "precision" / Int8sb, Check(this.precision <= 0),
    "delay" / Int32ub, "dispersion" / Int32ub, "reference" / Int32ub, "stamps" / Array(4, Int64ub))
control = Struct("operation" / Int8ub, "sequence" / Int16ub, "status" / Int16ub, "association" / Int16ub, "offset" / Int16ub, "count" / Int16ub,
    Check(this.offset + this.count <= 1024))
private = Struct("sequence" / Int8ub, "implementation" / OneOf(Int8ub, [0, 2, 3]), "code" / Int8ub, "items" / Int16ub, "size" / Int16ub)

message = Struct("flags" / Int8ub, "version" / Computed(this.flags >> 3 & 7), Check(this.version >= 1), Check(this.version <= 4), "mode" / Computed(this.flags & 7),
    "body" / Switch(this.mode, {1: time, 2: time, 3: time, 4: time, 5: time, 6: control, 7: private}, default=Error))
