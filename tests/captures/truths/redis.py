"""Redis commands and replies. tshark dissects no inline commands, cuts long texts, and shows the elements of a long array again with every segment of
it: only whole messages count."""

from __future__ import annotations

from typing import Any

DISSECTOR = "resp"
LISTED = {"zeek__redis-pipeline-with-commands.pcap tcp 0 request": "ours: tshark dissects no inline commands"}


def ours(records: list[tuple[str, int, dict[str, Any]]]) -> tuple[list[Any], list[Any]]:
    bodies = [body for name, _tx, body in sorted(records, key=lambda record: record[1]) if name == "redis"]
    requests = [[body["command"], *body["args"]] for body in bodies if "command" in body]
    return requests, [body.get("value", body.get("error")) for body in bodies if "type" in body]


def theirs(messages: dict[str, list[dict[str, Any]]], client: str) -> tuple[list[Any], list[Any]]:
    sides: tuple[list[Any], list[Any]] = ([], [])
    for one in messages["resp"]:
        leaves = [tuple(leaf) for leaf in one["leaves"]]
        while leaves:
            try:
                value = taken(leaves)
            except IndexError:
                break
            side = sides[one["dir"] != client]
            side.append([value[0].upper(), *value[1:]] if side is sides[0] and isinstance(value, list) else value)
    return sides


def taken(leaves: list[tuple[str, str]]) -> Any:
    """The value that stands first, taken away; IndexError where the leaves do not give a whole one."""
    kind, text = leaves.pop(0)
    if kind == "array.length":
        return [taken(leaves) for _ in range(int(text))] if int(text) >= 0 else None
    if kind == "bulk_string.length":
        if int(text) < 0:
            return None
        found = bytes.fromhex(leaves.pop(0)[1].replace(":", "")).decode("ascii", "replace") if int(text) else ""
        return found if len(found) == int(text) else Cut(found)
    return int(text) if kind == "integer" else text


class Cut(str):
    """A text of which tshark's list has only the beginning."""


def same(mine: Any, other: Any) -> bool:
    if isinstance(mine, list) and isinstance(other, list):
        return len(mine) == len(other) and all(same(one, two) for one, two in zip(mine, other, strict=True))
    return mine.startswith(other) if isinstance(other, Cut) and isinstance(mine, str) else bool(mine == other)
