"""TLS 1.0 to 1.3: records (RFC 5246 section 6.2.1, RFC 8446 section 5.1) and the handshake messages that are readable (RFC 5246 section 7.4, RFC 6066,
RFC 7301, RFC 8446 section 4)."""

from construct import *

record = Struct("type" / Enum(Int8ub, change_cipher_spec=20, alert=21, handshake=22, application_data=23, heartbeat=24),
    "version" / Int16ub, Check(this.version >> 8 == 3), "length" / Int16ub, Check(this.length <= 18432))

alert = Struct("level" / Enum(Int8ub, warning=1, fatal=2), "description" / Enum(Int8ub, close_notify=0, unexpected_message=10, bad_record_mac=20,
    decryption_failed=21, record_overflow=22, decompression_failure=30, handshake_failure=40, no_certificate=41, bad_certificate=42, unsupported_certificate=43,
    certificate_revoked=44, certificate_expired=45, certificate_unknown=46, illegal_parameter=47, unknown_ca=48, access_denied=49, decode_error=50,
    decrypt_error=51, export_restriction=60, protocol_version=70, insufficient_security=71, internal_error=80, inappropriate_fallback=86, user_canceled=90,
    no_renegotiation=100, missing_extension=109, unsupported_extension=110, certificate_unobtainable=111, unrecognized_name=112,
    bad_certificate_status_response=113, bad_certificate_hash_value=114, unknown_psk_identity=115, certificate_required=116, no_application_protocol=120))

short = Prefixed(Int8ub, GreedyBytes)
long = Prefixed(Int16ub, GreedyBytes)
numbers = Prefixed(Int16ub, GreedyRange(Int16ub))


def extensions(versions):
    """What cannot be read of an extension that is known is left out, and costs nothing else."""
    data = Switch(this.type, {0: Prefixed(Int16ub, GreedyRange(Struct("type" / Int8ub, "name" / long))), 10: numbers, 11: Prefixed(Int8ub, GreedyRange(Int8ub)),
        13: numbers, 16: Prefixed(Int16ub, GreedyRange(short)), 43: versions}, default=GreedyBytes)
    return Optional(Prefixed(Int16ub, GreedyRange(Struct("type" / Int16ub, "data" / Prefixed(Int16ub, Optional(data))))))


client_hello = Struct("version" / Int16ub, "random" / Bytes(32), "session_id" / short, "ciphers" / numbers,
    "compressions" / short, "extensions" / extensions(Prefixed(Int8ub, GreedyRange(Int16ub))))
server_hello = Struct("version" / Int16ub, "random" / Bytes(32), "session_id" / short, "cipher" / Int16ub, "compression" / Int8ub,
    "extensions" / extensions(Int16ub))
certificate = Struct("chain" / Prefixed(Int24ub, GreedyRange(Prefixed(Int24ub, GreedyBytes))))

handshake = Struct("type" / Enum(Int8ub, hello_request=0, client_hello=1, server_hello=2, new_session_ticket=4, encrypted_extensions=8, certificate=11,
    server_key_exchange=12, certificate_request=13, server_hello_done=14, certificate_verify=15, client_key_exchange=16, finished=20, certificate_status=22),
    "body" / Prefixed(Int24ub, Switch(this.type, {"client_hello": client_hello, "server_hello": server_hello, "certificate": certificate}, default=GreedyBytes)))
