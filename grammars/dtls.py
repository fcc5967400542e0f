"""Datagram TLS: RFC 6347 section 4.1 (the record), RFC 9147 section 4 (1.3 keeps it for what is not encrypted)."""

from construct import *

message = Struct("type" / OneOf(Int8ub, [20, 21, 22, 23, 25]), "version" / OneOf(Int16ub, [0xFEFF, 0xFEFD, 0x0100]), "epoch" / Int16ub, Check(this.epoch <= 16),
    "sequence" / BytesInteger(6), "length" / Int16ub, Check(this.length >= 1), Check(this.length <= 18432), "handshake" / Int8ub,
    Check((this.type != 22) | (this.epoch > 0) | (this.handshake <= 26)), "fragment" / Bytes(this.length - 1))
