"""Syslog: RFC 5424 section 6.2.1 and RFC 3164 section 4.1.1 (a priority of one to three digits in angle brackets), RFC 6587 section 3.4.1 (a count before it)."""

from construct import *
from wiregram.grammar import Decimal, Until

priority = Struct(Const(b"<"), "text" / Until(b">"), Check(len_(this.text) <= 3), "first" / Int8ub, Check(this.first > 32))
message = Struct("first" / Peek(Int8ub), "count" / If(this.first != 0x3C, Decimal(Until(b" "))), "priority" / priority)
