"""SMB 2 and 3 over TCP (MS-SMB2 section 2.2); of SMB 1 (MS-CIFS section 2.2) the headers, and how files are opened, read, written and closed.
Data that is read or written is not part of a message."""

from construct import *

def wide(size): return FixedSized(size, GreedyString("utf-16-le"))
smb2 = Struct("used" / Computed(64), Const(64, Int16ul), "charge" / Int16ul, "status" / Int32ul,
    "command" / Enum(Int16ul, negotiate=0, session_setup=1, logoff=2, tree_connect=3, tree_disconnect=4, create=5, close=6, flush=7, read=8, write=9, lock=10, ioctl=11, cancel=12, echo=13, find=14, notify=15, get_info=16, set_info=17, oplock_break=18),
    "credits" / Int16ul, "flags" / Int32ul, "next" / Int32ul, "message" / Int64ul, "async_id" / If(this.flags & 2, Int64ul), "tree" / If(this.flags & 2 == 0, FocusedSeq("t", Int32ul, "t" / Int32ul)),
    "session" / Int64ul, "signature" / Bytes(16))
smb1 = Struct("used" / Computed(32),
    "command" / Enum(Int8ub, create_directory=0, delete_directory=1, open=2, create=3, smb1_close=4, flush=5, delete=6, rename=7, query_information=8, set_information=9, read=10, write=11,
        transaction=0x25, echo=0x2b, open_andx=0x2d, read_andx=0x2e, write_andx=0x2f, trans2=0x32, find_close2=0x34, tree_connect=0x70, tree_disconnect=0x71,
        negotiate_protocol=0x72, session_setup_andx=0x73, logoff_andx=0x74, tree_connect_andx=0x75, nt_trans=0xa0, nt_create_andx=0xa2, nt_cancel=0xa4, nt_rename=0xa5),
     "status" / Int32ul, "flags" / Int8ub, "flags2" / Int16ul, "pid_high" / Int16ul, "signature" / Bytes(8), Padding(2), "tid" / Int16ul, "pid" / Int16ul, "uid" / Int16ul, "mid" / Int16ul)
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
close = sized(Padding(8), "file" / Bytes(16))
set_info = sized(Padding(2), "type" / Int8ub, "level" / Int8ub, "length" / Int32ul, "offset" / Int16ul, Padding(6), "file" / Bytes(16),
    "target" / If((this.type == 1) & (this.level == 10), Struct(Padding(this._.offset - 96), Padding(16), "size" / Int32ul, "name" / wide(this.size))))

def words(*body): return "words" / Int8ub, "andx" / Bytes(4), *body
create1 = sized(*words(Padding(1), "name_size" / Int16ul, Padding(2 * this.words - 7), "count" / Int16ul,
    "name" / IfThenElse(this._params.wide, FocusedSeq("n", Padding(1), "n" / wide(this._.name_size)), Bytes(this.name_size))))
created1 = sized(*words(Padding(1), "file" / Bytes(2), Padding(48), "size" / Int64ul), "name" / Computed(this._params.name))
read1 = sized(*words("file" / Bytes(2), "low" / Int32ul, Padding(10), "high" / If(this.words == 12, Int32ul)))
read1_head = Struct(*words(Padding(6), "small" / Int16ul, "at" / Int16ul, "large" / Int16ul, Padding(8), "count" / Int16ul, Padding(this.at - 59)), "length" / Computed(this.small + 65536 * this.large))
write1_head = Struct(*words("file" / Bytes(2), "low" / Int32ul, Padding(8), "large" / Int16ul, "small" / Int16ul, "at" / Int16ul, "high" / If(this.words == 14, Int32ul), "count" / Int16ul,
    Padding(this.at - 35 - 2 * this.words)), "length" / Computed(this.small + 65536 * this.large))
close1 = sized("words" / Int8ub, "file" / Bytes(2))
