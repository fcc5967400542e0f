"""BitTorrent: BEP 3 (a peer's handshake; keys may be agreed on before it, in some hundred octets that look random), BEP 5 (queries and answers of DHT,
bencoded), BEP 29 (the header of uTP)."""

from construct import *
from wiregram.grammar import Until

message = Struct("before" / Until(b"\x13BitTorrent protocol"), "flags" / Bytes(8), "hash" / Bytes(20))
query = Struct(Const(b"d1:"), "kind" / OneOf(Bytes(1), [b"a", b"r"]), Const(b"d2:id20:"), "id" / Bytes(20))
datagram = Select(query, Struct("type" / OneOf(Int8ub, [0x01, 0x11, 0x21, 0x31, 0x41]), "extension" / OneOf(Int8ub, [0, 1, 2]), "connection" / Int16ub, "sent" / Int32ub,
    "difference" / Int32ub, "window" / Int32ub, "sequence" / Int16ub, "acknowledged" / Int16ub))
