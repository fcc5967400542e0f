"""What a certificate says (RFC 5280), for `x509(der)`. It only reads: nothing is verified."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography import x509

KEPT = 64
"""Certificates remembered: servers show the same ones over and over."""

_SHORT = {
    "2.5.4.3": "CN", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.10": "O", "2.5.4.11": "OU", "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "Email", "0.9.2342.19200300.100.1.1": "UID", "2.5.4.4": "surname", "2.5.4.5": "serialNumber",
    "2.5.4.9": "streetAddress", "2.5.4.12": "title", "2.5.4.13": "description", "2.5.4.15": "businessCategory", "2.5.4.17": "postalCode",
    "2.5.4.42": "givenName", "2.5.4.43": "initials", "2.5.4.44": "generationQualifier", "2.5.4.46": "dnQualifier", "2.5.4.65": "pseudonym",
    "2.5.4.97": "organizationIdentifier", "1.3.6.1.4.1.311.60.2.1.1": "jurisdictionL", "1.3.6.1.4.1.311.60.2.1.2": "jurisdictionST",
    "1.3.6.1.4.1.311.60.2.1.3": "jurisdictionC",
}  # fmt: skip
"""Attribute types by name; any other is written in digits."""

_ready: dict[bytes, dict[str, Any]] = {}


def certificate(der: bytes) -> dict[str, Any]:
    """The fields of a certificate that can be read, and none that cannot; `fingerprint` always. Octets behind the certificate are no part of it,
    but of its fingerprint."""
    digest = hashlib.sha1(der, usedforsecurity=False).digest()
    found = _ready.pop(digest, None)
    if found is None:
        found = {**_fields(der), "fingerprint": digest.hex(":").encode()}
        if len(_ready) >= KEPT:
            del _ready[next(iter(_ready))]
    _ready[digest] = found  # the last one used stands last
    return dict(found)


def _fields(der: bytes) -> dict[str, Any]:
    # A large library, which most runs do not need.
    from cryptography import x509

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd certificates, which there are
        try:
            whole = x509.load_der_x509_certificate(der[: _size(der)])
        except (ValueError, TypeError, OverflowError, x509.InvalidVersion):
            return {}
        readers: dict[str, Callable[[], str]] = {
            "subject": lambda: _name(whole.subject),
            "issuer": lambda: _name(whole.issuer),
            "serial": lambda: _serial(whole.serial_number),
            "not_before": lambda: whole.not_valid_before_utc.strftime(_TIME),
            "not_after": lambda: whole.not_valid_after_utc.strftime(_TIME),
        }
        found = {}
        for name, read in readers.items():
            try:
                found[name] = read().encode()
            except (ValueError, TypeError, OverflowError, x509.InvalidVersion):  # the library looks at each part when it is asked for
                continue
    return found


def _size(der: bytes) -> int:
    """Octets of the outermost value, by its own word (X.690, 8.1.3)."""
    if len(der) < 2 or der[1] < 0x80:
        return len(der) if len(der) < 2 else 2 + der[1]
    width = der[1] & 0x7F
    return 2 + width + int.from_bytes(der[2 : 2 + width], "big")


_TIME = "%Y-%m-%dT%H:%M:%S"


def _name(name: x509.Name) -> str:
    """`C=US, O=Example, CN=example.com`: in the order of the certificate."""
    return ", ".join(" + ".join(f"{_type(part.oid)}={_text(part.value)}" for part in parts) for parts in name.rdns)


def _type(oid: x509.ObjectIdentifier) -> str:
    return _SHORT.get(oid.dotted_string, oid.dotted_string)


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.hex().upper()


def _serial(number: int) -> str:
    """As it is encoded: with the zero before a number whose first bit is set."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True).hex(":").upper()
