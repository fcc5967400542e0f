"""What a generated exchange promises of its record: the values that the description's own expressions give for the fields that were generated.

The promise is made from the generator's walk, not from the engine's, so a reply that is paired with another request breaks it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wiregram import Record
from wiregram.testing import Code, Protocol, Scope, Shape, Table, Value
from wiregram_harness.guards import walk

ABSENT = "absent"
_UNKNOWN = {"octets", "body", "session", "other", "verdict", "this"}
"""What the generator does not follow as the engine does: counts of octets, and what later exchanges may change."""

_STATUS = {"server_error": "Server Error", "client_error": "Client Error", "error": "Error"}
Path = tuple[str, ...]


class Witness:
    """`evaluate(code, scope)` gives an expression's value."""

    def __init__(self, protocol: Protocol, evaluate: Callable[[Code, Scope], Any]) -> None:
        self._evaluate = evaluate
        self._codes: list[tuple[Path, Code]] = [(("summary", name), code) for name, code in protocol.summary if knowable(code)]
        self._codes += [(path, code) for path, code in leaves(protocol.record) if knowable(code)]
        self._status = protocol.status if all(knowable(code) for _, code in protocol.status) else None

    def values(self, scope: Scope) -> dict[str, str]:
        """What the record of an exchange must have."""
        found = {".".join(path): spelt(self._evaluate(code, scope)) for path, code in self._codes}
        if self._status is not None:
            holding = (name for name, code in self._status if self._evaluate(code, scope) is True)
            name = next(holding, "")
            found["summary.status"] = spelt(_STATUS.get(name, "Error") if name else "OK")
        return {path: value for path, value in found.items() if value}


def knowable(code: Code) -> bool:
    """Whether a generator knows everything that the expression reads."""
    return not any(part[0] in _UNKNOWN or (part[0] == "flow" and part[1] != "transport") or part[:2] == ("tx", "id") for part in walk(code))


def leaves(shape: Shape, path: Path = ()) -> list[tuple[Path, Code]]:
    """The plain values of a record, with their places."""
    if isinstance(shape, Value):
        return [(path, shape.code)] if path else []
    if not isinstance(shape, Table) or not all(isinstance(key, str) for key, _ in shape.entries):
        return []
    return [leaf for key, inner in shape.entries for leaf in leaves(inner, (*path, str(key)))]


def spelt(value: Any) -> str:
    """A plain value as text; '' for what is not compared: structures, and long texts, which limits may cut."""
    if value is None:
        return ABSENT
    if isinstance(value, bytes | bytearray):
        return repr(bytes(value)) if len(value) < 1024 else ""
    if isinstance(value, bool | int | float | str):
        return repr(value)
    if isinstance(value, list | tuple) and len(value) < 64:
        parts = [spelt(item) for item in value]
        return f"[{', '.join(parts)}]" if all(parts) and ABSENT not in parts else ""
    return ""


def broken(promise: dict[str, str], record: Record) -> tuple[str, str, str] | None:
    """The first value of a record that is not what was promised: its place, what is there, what was promised. Secrets are not looked at."""
    body = record.sections.get(record.name, {})
    for place, promised in promise.items():
        path = place.split(".")
        found: Any = record.summary if path[0] == "summary" else body
        for name in path[1:] if path[0] == "summary" else path:
            found = found.get(name) if isinstance(found, dict) else None
        if found.__class__.__name__ == "Secret" or "***" in str(found):
            continue
        said = spelt(found)
        if said and said != promised:
            return place, said, promised
    return None
