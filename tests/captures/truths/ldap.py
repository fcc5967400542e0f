"""LDAP: number, operation, name or base, result code of every message."""

from __future__ import annotations

import runpy
from functools import cache
from typing import Any

from wiregram.manifest.loading import bundled

DISSECTOR = "ldap"
MIDSTREAM = True
LISTED = {"ndpi__kerberos.pcap": "tshark: the client's octets begin amid a request; of such flows we trust whole requests only, as Suricata does"}
OPERATIONS = ["bind_request", "bind_response", "unbind_request", "search_request", "search_result_entry", "search_result_done", "modify_request",
    "modify_response", "add_request", "add_response", "del_request", "del_response", "mod_dn_request", "mod_dn_response", "compare_request",
    "compare_response", "abandon_request", "", "", "search_result_reference", "", "", "", "extended_request", "extended_response",
    "intermediate_response"]  # fmt: skip


def ours(records: list[tuple[str, int, dict[str, Any]]]) -> tuple[list[Any], list[Any]]:
    sides: tuple[list[Any], list[Any]] = ([], [])
    for _tx, body in sorted((tx, body) for name, tx, body in records if name == "ldap"):
        if "operation" in body.get("request", {}):
            sides[0].append(message(body["request"]))
        sides[1].extend(message(one) for one in body.get("responses", []))
    return sides


def message(said: dict[str, Any]) -> Any:
    kind = said["operation"]
    body = said.get(kind, {})
    name = body.get("base_object") if kind == "search_request" else body.get("name")
    return said["message_id"], kind, name, body.get("result_code") if isinstance(body, dict) else None


def theirs(messages: dict[str, list[dict[str, Any]]], client: str) -> tuple[list[Any], list[Any]]:
    sides: tuple[list[Any], list[Any]] = ([], [])
    for one in messages["ldap"]:
        kind = OPERATIONS[int(one["op"])]
        code = codes()[int(one["result"])] if "result" in one else None
        sides[kind not in REQUESTS].append((int(one["id"]), kind, one.get("base", one.get("name")), code))
    return sides


REQUESTS = {kind for kind in OPERATIONS if kind.endswith("_request")}


@cache
def codes() -> dict[int, str]:
    """The names that the bundled grammar gives to result codes, by the grammar itself."""
    found = runpy.run_path(str(bundled() / "grammars" / "ldap.py"))["code"]
    return {int(number): str(name) for name, number in found.encmapping.items()}
