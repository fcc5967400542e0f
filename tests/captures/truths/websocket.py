"""WebSocket messages: operation, length (of a frame whose length does not fit 7 bits tshark's list has 126 or 127), and which side masks them."""

from __future__ import annotations

from typing import Any

DISSECTOR = "websocket"
OPCODES = {"0": "continuation", "1": "text", "2": "binary", "8": "connection_close", "9": "ping", "10": "pong"}


def ours(records: list[tuple[str, int, dict[str, Any]]]) -> tuple[list[Any], list[Any]]:
    bodies = [body for name, _tx, body in sorted(records, key=lambda record: record[1]) if name == "websocket"]
    frames = [(body["opcode"], body["payload_length"]) for body in bodies]
    masked = ["mask" in body for body in bodies]
    return [f for f, m in zip(frames, masked, strict=True) if m], [f for f, m in zip(frames, masked, strict=True) if not m]


def theirs(messages: dict[str, list[dict[str, Any]]], client: str) -> tuple[list[Any], list[Any]]:
    sides: tuple[list[Any], list[Any]] = ([], [])
    for one in messages["websocket"]:
        kind, size = OPCODES.get(one["opcode"], one["opcode"]), int(one["len"])
        side = sides[one["mask"] != "1"]
        begun = [number for number, (known, _) in enumerate(side) if known in ("text", "binary")]
        if kind == "continuation" and begun:
            side[begun[-1]] = (side[begun[-1]][0], side[begun[-1]][1] + size)
        else:
            side.append((kind, size))
    return sides


def same(mine: Any, other: Any) -> bool:
    return bool(mine == other) or (mine[0] == other[0] and other[1] == (127 if mine[1] > 65535 else 126) and mine[1] > 125)
