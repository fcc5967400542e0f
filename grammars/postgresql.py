"""Messages of the PostgreSQL frontend/backend protocol 3.0 (PostgreSQL documentation, "Message Formats")."""

from construct import *

text = NullTerminated(GreedyBytes)
option = Struct("name" / text, Check(len_(this.name) > 0), "value" / text)

# The first message of a connection has no type: it asks for encryption, for the cancellation of a query, or for a session.
startup = Struct("length" / Int32ub, Check(this.length >= 8), Check(this.length <= 10000), "code" / Int32ub,
    "body" / FixedSized(this.length - 8, IfThenElse(this.code >> 16 == 3, Struct("options" / GreedyRange(option)), GreedyBytes)))
answer = Struct("type" / Bytes(1), Check((this.type == b"S") | (this.type == b"N") | (this.type == b"G") | (this.type == b"E")))


def typed(bodies):
    """A message; of data only the head, which may be long: of a row the number of its columns, of copied data nothing."""
    counted = FixedSized(this.length - 4, Switch(this.type, bodies, default=GreedyBytes))
    return Struct("type" / Bytes(1), Check((this.type >= b"1") & (this.type <= b"z")), "length" / Int32ub, Check(this.length >= 4),
        "columns" / If(this.type == b"D", IfThenElse(this.length >= 6, Int16ub, Computed(0))), "body" / If((this.type != b"D") & (this.type != b"d"), counted))


fields = Struct("fields" / GreedyRange(Struct("code" / Bytes(1), Check(this.code != b"\0"), "value" / text)))
frontend = typed({b"Q": Struct("query" / text), b"P": Struct("name" / text, "query" / text)})
backend = typed({b"C": Struct("tag" / text), b"E": fields, b"N": fields, b"S": Struct("name" / text, "value" / text), b"T": Struct("count" / Int16ub, "rest" / GreedyBytes),
    b"K": Struct("process" / Int32ub, "secret" / Int32ub), b"R": Struct("method" / Int32ub, "data" / GreedyBytes)})

# What a client says of itself: type p, in the form that the server asked for.
password = typed({b"p": Struct("password" / text)})
mechanism = typed({b"p": Struct("mechanism" / text, "size" / Int32sb, "data" / GreedyBytes)})
proof = typed({b"p": Struct("data" / GreedyBytes)})
