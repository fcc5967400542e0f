"""DNS id, names, types and rcode."""

from __future__ import annotations

import re
import runpy
from functools import cache
from typing import Any

from wiregram.manifest.loading import bundled

DISSECTOR = "dns"
RCODES = ("NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE")


def ours(records: list[tuple[str, int, dict[str, Any]]]) -> tuple[list[Any], list[Any]]:
    sides: tuple[list[Any], list[Any]] = ([], [])
    for name, _tx, body in records:
        if name == "dns":
            questions = [(item.get("rrname", ""), item.get("rrtype")) for item in body.get("queries", [])]
            sides[body["type"] == "response"].append((body.get("id"), questions, body.get("rcode") if body["type"] == "response" else None))
    return sides


def theirs(messages: dict[str, list[dict[str, Any]]], client: str) -> tuple[list[Any], list[Any]]:
    sides: tuple[list[Any], list[Any]] = ([], [])
    for one in messages["dns"]:
        names = [
            ("" if name == "<Root>" else unescaped(name), number) for name, number in zip(one.get("qname", []), one.get("qtype", []), strict=False)
        ]
        sides[one["k"] == "rsp"].append((one["id"], names, one.get("rcode") if one["k"] == "rsp" else None))
    return sides


def same(mine: Any, other: Any) -> bool:
    names = record_types()
    questions = [(name, names.get(kind, kind)) for name, kind in mine[1]]
    rcode = RCODES.index(mine[2]) if mine[2] in RCODES else mine[2]
    return bool((mine[0], questions, rcode) == (other[0], [tuple(item) for item in other[1]], other[2]))


def unescaped(name: str) -> str:
    """tshark writes a control character as a backslash and three octal digits."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), name)


@cache
def record_types() -> dict[str, int]:
    """The names that the bundled DNS grammar gives to record types, by the grammar itself."""
    found = runpy.run_path(str(bundled() / "grammars" / "dns.py"))["rtype"]
    return {str(name): int(number) for name, number in found.encmapping.items()}
