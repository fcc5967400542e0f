"""Records of TLS 1.0 to 1.3: RFC 5246 section 6.2.1, RFC 8446 section 5.1."""

from construct import *

record = Struct("type" / Enum(Int8ub, change_cipher_spec=20, alert=21, handshake=22, application_data=23, heartbeat=24),
    "version" / Int16ub, Check(this.version >> 8 == 3), "length" / Int16ub, Check(this.length <= 18432), Padding(this.length))
