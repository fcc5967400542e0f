"""`x509(der)`: the fields in Suricata's form (its user guide, "Event type: TLS"), whatever the certificate."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Sequence

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from wiregram.expression import Scope, certificates, link
from wiregram.expression.certificates import KEPT, certificate
from wiregram.manifest.expression import Names, compile_expression
from wiregram.program.types import Type

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
BEGIN, END = datetime.datetime(2020, 5, 3, 11, 7, 28), datetime.datetime(2051, 12, 31, 23, 59, 59)


def name(*parts: Sequence[tuple[x509.ObjectIdentifier, str]]) -> x509.Name:
    return x509.Name([x509.RelativeDistinguishedName([x509.NameAttribute(oid, text) for oid, text in part]) for part in parts])


SUBJECT = name(
    [(NameOID.COUNTRY_NAME, "GB")], [(NameOID.STATE_OR_PROVINCE_NAME, "London")], [(NameOID.LOCALITY_NAME, "Köln")],
    [(NameOID.ORGANIZATION_NAME, "Global, Security + Co")], [(NameOID.COMMON_NAME, "*.example.com"), (NameOID.EMAIL_ADDRESS, "a@b.example")],
    [(x509.ObjectIdentifier("1.2.3.4"), "odd")],
)  # fmt: skip
ISSUER = name([(NameOID.DOMAIN_COMPONENT, "example")], [(NameOID.COMMON_NAME, "Root")])


def made(serial: int = 0x9CFCDA1DA470875D) -> bytes:
    builder = x509.CertificateBuilder(ISSUER, SUBJECT, KEY.public_key(), serial, BEGIN, END)
    return builder.sign(KEY, None).public_bytes(Encoding.DER)


def test_the_fields_are_written_as_suricata_writes_them() -> None:
    der = made()
    assert certificate(der) == {
        "subject": "C=GB, ST=London, L=Köln, O=Global, Security + Co, CN=*.example.com + Email=a@b.example, 1.2.3.4=odd".encode(),
        "issuer": b"DC=example, CN=Root",
        "serial": b"00:9C:FC:DA:1D:A4:70:87:5D",
        "not_before": b"2020-05-03T11:07:28",
        "not_after": b"2051-12-31T23:59:59",
        "fingerprint": hashlib.sha1(der).digest().hex(":").encode(),
    }


@pytest.mark.parametrize(("serial", "shown"), [(1, b"01"), (0x7F, b"7F"), (0x80, b"00:80"), (0x0100, b"01:00"), (2**159 - 1, b"7F" + b":FF" * 19)])
def test_a_serial_is_written_as_it_is_encoded(serial: int, shown: bytes) -> None:
    assert certificate(made(serial))["serial"] == shown


def test_what_may_not_be_in_a_certificate_does_not_raise() -> None:
    der = made(0x11223344)
    negative = der.replace(b"\x02\x04\x11\x22\x33\x44", b"\x02\x04\x91\x22\x33\x44")
    assert certificate(negative)["fingerprint"] != certificate(der)["fingerprint"]
    assert certificate(negative).get("serial", b"91:22:33:44") == b"91:22:33:44"
    odd_text = certificate(der.replace(b"\x0c\x0d*.example.com", b"\x0c\x0d\xff.example.com"))
    assert "subject" not in odd_text
    assert odd_text["issuer"] == b"DC=example, CN=Root"
    assert odd_text["serial"] == b"11:22:33:44"
    version = der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x05")
    assert version != der
    for spoilt in (version, der.replace(b"\x13\x02GB", b"\x13\x02\0\1"), der.replace(b"200503110728Z", b"200503116728Z"), der[:-70]):
        assert list(certificate(spoilt)) == ["fingerprint"]


@pytest.mark.parametrize(
    ("der", "size"), [(b"", 0), (b"0", 1), (b"0\0", 2), (b"0\x05", 7), (b"0\x7f", 129), (b"0\x81\x80", 131), (b"0\x82\1\0\xff", 260), (b"0\x80", 2)]
)
def test_the_size_of_a_value_is_what_its_head_says(der: bytes, size: int) -> None:
    assert certificates._size(der) == size


def test_octets_behind_a_certificate_are_passed_over() -> None:
    der = made()
    assert {**certificate(der + b"more"), "fingerprint": b""} == {**certificate(der), "fingerprint": b""}


@given(st.binary(max_size=60))
def test_what_is_no_certificate_has_a_fingerprint_only(der: bytes) -> None:
    assert certificate(der) == {"fingerprint": hashlib.sha1(der).digest().hex(":").encode()}


@given(st.integers(0, 10_000), st.integers(0, 255), st.booleans())
def test_a_spoilt_certificate_never_raises(at: int, octet: int, cut: bool) -> None:
    der = made()
    place = at % len(der)
    found = certificate(der[:place] if cut else der[:place] + bytes((octet,)) + der[place + 1 :])
    assert set(found) <= {"subject", "issuer", "serial", "not_before", "not_after", "fingerprint"}
    assert all(type(value) is bytes for value in found.values())


def test_a_certificate_that_is_seen_again_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    read = 0

    def counted(der: bytes) -> dict[str, bytes]:
        nonlocal read
        read += 1
        return {}

    monkeypatch.setattr("wiregram.expression.certificates._ready", {})
    monkeypatch.setattr("wiregram.expression.certificates._fields", counted)
    for number in range(3 * KEPT):
        certificate(b"busy")["subject"] = b"what is given may be changed"
        certificate(b"%d" % number)
    assert certificate(b"busy") == {"fingerprint": hashlib.sha1(b"busy").digest().hex(":").encode()}
    assert read == 3 * KEPT + 1


def test_the_fields_have_types() -> None:
    names = Names(own={"der": Type("bytes")})
    code, kind = compile_expression("x509(der).subject", names)
    assert (kind.kind, kind.maybe) == ("bytes", True)
    assert link(code)(Scope(own={"der": made()}))[:4] == b"C=GB"
    assert link(code)(Scope(own={"der": b"no"})) is None
    assert link(code)(Scope(own={})) is None
    assert compile_expression("x509(der)", names)[1].kind == "struct"
