"""HTTP/2: RFC 9113 section 3.4 (the client's preface, then SETTINGS; the server begins with SETTINGS), section 4.1 (a frame's head), 6.5 (SETTINGS)."""

from construct import *

settings = Struct("length" / Int24ub, Check(this.length % 6 == 0), Check(this.length <= 600), "type" / Const(4, Int8ub), "flags" / OneOf(Int8ub, [0, 1]), "stream" / Const(0, Int32ub),
    "settings" / Array(this.length // 6, Struct("id" / Int16ub, "value" / Int32ub)))
request = Struct(Const(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "settings" / settings)
response = settings
