"""SMB 2: the commands, in order; of the answers which commands they answer, for they overtake each other."""

from __future__ import annotations

from typing import Any

DISSECTOR = "smb2"
COMMANDS = ["negotiate", "session_setup", "logoff", "tree_connect", "tree_disconnect", "create", "close", "flush", "read", "write", "lock", "ioctl",
    "cancel", "echo", "find", "notify", "get_info", "set_info", "oplock_break"]  # fmt: skip


def ours(records: list[tuple[str, int, dict[str, Any]]]) -> tuple[list[Any], list[Any]]:
    bodies = [body for name, _tx, body in sorted(records, key=lambda record: record[1]) if name == "smb"]
    bodies = [body for body in bodies if body.get("command", "").startswith("SMB2_")]
    commands = [(body["command"].removeprefix("SMB2_COMMAND_").lower(), "status_code" in body) for body in bodies]
    return [command for command, _ in commands], sorted(command for command, answered in commands if answered)


def theirs(messages: dict[str, list[dict[str, Any]]], client: str) -> tuple[list[Any], list[Any]]:
    commands = [(COMMANDS[int(one["cmd"])], one["response"] == "1") for one in messages["smb2"]]
    return [command for command, answer in commands if not answer], sorted(command for command, answer in commands if answer)
