"""ONC RPC version 2 (RFC 5531), and of NFS 3 (RFC 1813) and 4 (RFC 7530) what tells files apart. Data that is read or written is not part of a message."""

from construct import *

opaque = FocusedSeq("data", "size" / Int32ub, Check(this.size <= 65536), "data" / Bytes(this.size), Padding(-this.size & 3))

# Over TCP a message comes in fragments, each with its length and whether it is the last (RFC 5531 section 11).
fragment = BitStruct("last" / Flag, "size" / BitsInteger(31))

unix = Struct("stamp" / Int32ub, "machine" / opaque, "uid" / Int32ub, "gid" / Int32ub, "gids" / PrefixedArray(Int32ub, Int32ub))
credential = Struct("flavor" / Enum(Int32ub, none=0, unix=1, short=2, dh=3, gss=6), "size" / Int32ub, Check(this.size <= 400),
    "body" / FixedSized(this.size, IfThenElse(this.flavor == "unix", Optional(unix), GreedyBytes)), Padding(-this.size & 3))
verifier = Struct("flavor" / Int32ub, "data" / opaque)
call = Struct(Const(2, Int32ub), "program" / Int32ub, "version" / Int32ub, "procedure" / Int32ub, "credential" / credential, "verifier" / verifier)
reply = Struct("state" / Enum(Int32ub, accepted=0, denied=1), "verifier" / If(this.state == "accepted", verifier),
    "status" / IfThenElse(this.state == "accepted", Enum(Int32ub, success=0, prog_unavail=1, prog_mismatch=2, proc_unavail=3, garbage_args=4, system_err=5),
        Enum(Int32ub, rpc_mismatch=0, auth_error=1)))
message = Struct("xid" / Int32ub, "type" / Enum(Int32ub, call=0, reply=1), Check((this.type == "call") | (this.type == "reply")),
    "call" / If(this.type == "call", call), "reply" / If(this.type == "reply", reply))

# Arguments and results of NFS 3.
named = Struct("handle" / opaque, "name" / opaque)
rename = Struct("handle" / opaque, "name" / opaque, "to_handle" / opaque, "to_name" / opaque)
handled = Struct("handle" / opaque)
read = Struct("handle" / opaque, "offset" / Int64ub, "count" / Int32ub)
write = Struct("handle" / opaque, "offset" / Int64ub, "count" / Int32ub, "stable" / Int32ub, "size" / Int32ub)
status = Struct("status" / Int32ub)
looked_up = Struct("status" / Int32ub, "found" / If(this.status == 0, opaque))
created = Struct("status" / Int32ub, "follows" / If(this.status == 0, Int32ub), "found" / If(this.follows == 1, opaque))
was_read = Struct("status" / Int32ub, "follows" / Int32ub, "attributes" / If(this.follows == 1, Bytes(84)),
    "counted" / If(this.status == 0, Int32ub), "eof" / If(this.status == 0, Int32ub), "size" / IfThenElse(this.status == 0, Int32ub, Computed(0)))

# NFS 4 sends several operations in one call.
compound = Struct("tag" / opaque, "minor" / Int32ub, "operations" / Int32ub)
compounded = Struct("status" / Int32ub, "tag" / opaque, "operations" / Int32ub)
