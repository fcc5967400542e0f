"""Packets of the MySQL client/server protocol (MySQL internals manual, "Client/Server Protocol"). Rows end behind their head, for they may be long."""

from construct import *

text = NullTerminated(GreedyBytes)
number = FocusedSeq("n", "first" / Int8ub, "n" / Switch(this.first, {0xfc: Int16ul, 0xfd: Int24ul, 0xfe: Int64ul}, default=Computed(this.first)))
counted = Prefixed(number, GreedyBytes)
error = Struct("code" / Int16ul, "state" / Optional(FocusedSeq("state", Const(b"#"), "state" / Bytes(5))), "message" / GreedyBytes)
ok = Struct("affected" / number, "insert_id" / number, "status" / Int16ul, "warnings" / Int16ul, "info" / GreedyBytes)
eof = Struct("warnings" / Int16ul, "status" / Int16ul)

def packet(body):
    return Struct("length" / Int24ul, "sequence" / Int8ub, "body" / FixedSized(this.length, body))

greeting = packet(Struct("protocol" / Int8ub, "data" / Switch(this.protocol, {
    10: Struct("version" / text, "thread" / Int32ul, "salt" / Bytes(8), Padding(1), "capabilities" / Int16ul, "charset" / Int8ub, "status" / Int16ul, "capabilities2" / Int16ul, "rest" / GreedyBytes),
    255: error}, default=GreedyBytes)))
login = packet(Struct("flags" / Int32ul, "max_packet" / Int32ul, "charset" / Int8ub, Padding(23),
    "account" / If(this._.length > 32, Struct("user" / text,
        "auth" / IfThenElse(this._.flags & 0x200000, counted, Prefixed(Int8ub, GreedyBytes)),
        "database" / If(this._.flags & 8, text), "plugin" / If(this._.flags & 0x80000, text), "rest" / GreedyBytes))))
commands = Enum(Int8ub, quit=1, use=2, query=3, fields=4, create_db=5, drop_db=6, refresh=7, shutdown=8, statistics=9, process_info=10, process_kill=12, debug=13,
    ping=14, change_user=17, binlog_dump=18, register_slave=21, prepare=22, execute=23, long_data=24, close=25, reset=26, set_option=27, fetch=28, reset_connection=31)
command = Struct("length" / Int24ul, "sequence" / Int8ub, Check(this.length > 0),
    "command" / commands,
    "data" / FixedSized(this.length - 1, Switch(this.command, {
        "query": Struct("attributes" / If(this._params.attributes, Struct("count" / number, Const(1, Int8ub))),
            "coded" / If(this.attributes != None, If(this.attributes.count > 0, GreedyBytes)), "query" / If(this.coded == None, GreedyBytes)),
        "execute": Struct("statement" / Int32ul, "rest" / GreedyBytes), "close": Struct("statement" / Int32ul)}, default=GreedyBytes)))
packet_ = packet(GreedyBytes)
head = Struct("length" / Int24ul, "sequence" / Int8ub)

answer = packet(Struct("mark" / Int8ub, "count" / Switch(this.mark, {0xfc: Int16ul}, default=Computed(this.mark)),
    "data" / Switch(this.mark, {0: ok, 255: error}, default=GreedyBytes)))
prepared = packet(Struct("mark" / Int8ub, "data" / Switch(this.mark, {
    0: Struct("statement" / Int32ul, "columns" / Int16ul, "parameters" / Int16ul, "rest" / GreedyBytes), 255: error}, default=GreedyBytes)))
row = Struct("length" / Int24ul, "sequence" / Int8ub, "mark" / Int8ub,
    "end" / If(this.mark == 0xfe, If(this.length < this._params.longest, FixedSized(this.length - 1, IfThenElse(this._params.ok, ok, eof)))),
    "error" / If(this.mark == 0xff, FixedSized(this.length - 1, error)))
