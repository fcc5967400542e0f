"""SMB 2 and 3 over TCP (MS-SMB2 section 2.2), SMB 1 by its headers. Data that is read or written is not part of a message."""

from construct import *

def wide(size): return FixedSized(size, GreedyString("utf-16-le"))
smb2 = Struct("used" / Computed(64), Const(64, Int16ul), "charge" / Int16ul, "status" / Int32ul,
    "command" / Enum(Int16ul, negotiate=0, session_setup=1, logoff=2, tree_connect=3, tree_disconnect=4, create=5, close=6, flush=7, read=8, write=9, lock=10, ioctl=11, cancel=12, echo=13, find=14, notify=15, get_info=16, set_info=17, oplock_break=18),
    "credits" / Int16ul, "flags" / Int32ul, "next" / Int32ul, "message" / Int64ul, "async_id" / If(this.flags & 2, Int64ul), "tree" / If(this.flags & 2 == 0, FocusedSeq("t", Int32ul, "t" / Int32ul)),
    "session" / Int64ul, "signature" / Bytes(16))
smb1 = Struct("used" / Computed(32), "command" / Int8ub, "status" / Int32ul, "flags" / Int8ub, "flags2" / Int16ul, "pid_high" / Int16ul, "signature" / Bytes(8), Padding(2), "tid" / Int16ul, "pid" / Int16ul, "uid" / Int16ul, "mid" / Int16ul)
sealed = Struct("used" / Computed(52), "signature" / Bytes(16), "nonce" / Bytes(16), "size" / Int32ul, Padding(2), "flags" / Int16ul, "session" / Int64ul)
headers = Switch(this.magic, {b"\xfeSMB": smb2, b"\xffSMB": smb1, b"\xfdSMB": sealed}, default=Error)
inner = Struct("magic" / Bytes(4), "h" / headers)
framed = Struct("type" / Int8ub, Check((this.type == 0) | (this.type >= 0x81)), "frame" / Int24ub, "magic" / If(this.type == 0, Bytes(4)),
    "h" / If(this.type == 0, headers))

def sized(*body): return FixedSized(this._params.size, Struct(*body))
create = sized(Padding(44), "name_offset" / Int16ul, "name_size" / Int16ul, Padding(8), Padding(this.name_offset - 120), "name" / wide(this.name_size))
tree_connect = sized(Padding(4), "name_offset" / Int16ul, "name_size" / Int16ul, Padding(this.name_offset - 72), "path" / wide(this.name_size))
read_request = sized(Padding(4), "length" / Int32ul, "offset" / Int64ul, "file" / Bytes(16))
created = sized(Padding(48), "size" / Int64ul, Padding(8), "file" / Bytes(16), "name" / Computed(this._params.name))
read_head = Struct(Padding(2), "at" / Int8ub, Padding(1), "length" / Int32ul, Padding(8), Padding(this.at - 80))
write_head = Struct(Padding(2), "at" / Int16ul, "length" / Int32ul, "offset" / Int64ul, "file" / Bytes(16), Padding(16), Padding(this.at - 112))
