"""Telnet: RFC 854 (commands begin with 255), RFC 855 (an option is asked for or refused, a sub-negotiation ends in 255 240), the options of IANA's list."""

from construct import *

message = Struct(Const(255, Int8ub), "command" / OneOf(Int8ub, [250, 251, 252, 253, 254]),
    "option" / Int8ub, Check((this.option <= 49) | (this.option >= 138) & (this.option <= 140) | (this.option == 255)))
