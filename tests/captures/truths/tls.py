"""TLS: of the first client hello SNI, ALPN and JA3; of the last server hello version, cipher, ALPN and JA3S; how many certificates, and their
subject (tshark lists only parts of two of the five types of text, and at most forty)."""

from __future__ import annotations

from typing import Any

DISSECTOR = "tls"
INSIDE = "tshark: TLS inside SOCKS, which is not described"
LISTED = {
    "arkime__arkime_synthetic.pcap tcp 97 response": "ours: the extension is empty, and tshark reads a version from the octets behind it",
    "ndpi__tls_heur__vmess-tcp-tls.pcapng tcp 0": INSIDE,
    "ndpi__tls_heur__vmess-websocket.pcapng tcp 0": INSIDE,
    "zeek__socks-with-ssl.pcap tcp 0": INSIDE,
    "zeek__tls-xmpp-dialback-starttls.pcap tcp 0": "tshark: TLS behind XMPP, which is not described",
}
VERSIONS = {"0x0300": "SSLv3", "0x0301": "TLS 1.0", "0x0302": "TLS 1.1", "0x0303": "TLS 1.2", "0x0304": "TLS 1.3"}


def ours(records: list[tuple[str, int, dict[str, Any]]]) -> tuple[list[Any], list[Any]]:
    sides: tuple[list[Any], list[Any]] = ([], [])
    for name, _tx, body in records:
        if name == "tls":
            if "ja3" in body:
                sides[0].append((body.get("sni"), body.get("client_alpns"), body["ja3"]["hash"]))
            if "ja3s" in body:
                sides[1].append((body["version"], body["cipher"], body.get("server_alpns"), body["ja3s"]["hash"]))
            if "fingerprint" in body:
                parts = [part.split("=", 1)[1] for part in body.get("subject", "").split(", ") if "=" in part]
                sides[1].append((1 + len(body.get("intermediates", [])), [part for part in parts if len(part) > 3 and "," not in part]))
    return sides


def theirs(messages: dict[str, list[dict[str, Any]]], client: str) -> tuple[list[Any], list[Any]]:
    hellos, replies, certificates = [], [], []
    for one in messages["tls"]:
        types = one.get("types", [])
        if 1 in types:
            hellos.append((one.get("sni"), one.get("alpn"), one.get("ja3")))
        if 2 in types:
            version = one.get("supported_versions", [one.get("version")])[-1]
            replies.append((VERSIONS.get(version, version), one.get("cipher", "")[2:], one.get("alpn"), one.get("ja3s")))
        if 11 in types and one["dir"] != client and one.get("cert_lengths"):
            certificates.append((len(one["cert_lengths"]), one.get("x509_strings", [])))
    return hellos[:1], [*replies[-1:], *certificates[-1:]]


def same(mine: Any, other: Any) -> bool:
    if len(mine) == 2 and len(other) == 2:
        return bool(mine[0] == other[0]) and (len(other[1]) == 40 or not mine[1] or any(part in other[1] for part in mine[1]))
    return bool(mine == other)
