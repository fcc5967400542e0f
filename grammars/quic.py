"""QUIC: RFC 8999 section 5.1 (the long header that all versions share), RFC 9000 section 17.2, RFC 9369 section 3.1; version 0 negotiates."""

from construct import *

message = Struct("first" / Int8ub, Check(this.first >= 0x80), "version" / Int32ub,
    Check((this.version == 0) | (this.first >= 0xC0) & ((this.version == 1) | (this.version == 0x6B3343CF) | (this.version >> 8 == 0xFF0000))),
    "target" / Prefixed(Int8ub, GreedyBytes), Check(len_(this.target) <= 20), "source" / Prefixed(Int8ub, GreedyBytes), Check(len_(this.source) <= 20),
    Check(len_(this.target) + len_(this.source) >= 4), "rest" / Bytes(4))
