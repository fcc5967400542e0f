"""DNP3: function, sequence number and both addresses of every fragment. The two lists are of masters' and of stations' fragments. Of several in a
packet tshark's account has the first."""

from __future__ import annotations

from typing import Any

DISSECTOR = "dnp3"
MIDSTREAM = True


def ours(records: list[tuple[str, int, dict[str, Any]]]) -> tuple[list[Any], list[Any]]:
    sides: tuple[list[Any], list[Any]] = ([], [])
    for name, _tx, body in records:
        if name == "dnp3":
            application = body["application"]
            code = application["function_code"]
            sides[code >= 129].append((code, application["control"]["sequence"], body["src"], body["dst"]))
    return sides


def theirs(messages: dict[str, list[dict[str, Any]]], client: str) -> tuple[list[Any], list[Any]]:
    sides: tuple[list[Any], list[Any]] = ([], [])
    for one in messages["dnp3"]:
        if "func" in one:
            code = int(one["func"])
            sides[code >= 129].append((code, int(one["seq"]), int(one["src"]), int(one["dst"])))
    return sides
