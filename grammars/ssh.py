"""Packets of the SSH transport before its keys are taken into use: RFC 4253 sections 6 and 7.1."""

from construct import *

names = Prefixed(Int32ub, GreedyBytes)
kexinit = Struct("cookie" / Bytes(16), "kex" / names, "host_key" / names, "ciphers_ts" / names, "ciphers_tc" / names, "macs_ts" / names, "macs_tc" / names,
    "compression_ts" / names, "compression_tc" / names, "languages_ts" / names, "languages_tc" / names, "rest" / GreedyBytes)
packet = Struct("length" / Int32ub, Check(this.length >= 2), Check(this.length <= 35000), "padding" / Int8ub, "type" / Int8ub,
    "body" / FixedSized(this.length - 2, IfThenElse(this.type == 20, kexinit, GreedyBytes)))
