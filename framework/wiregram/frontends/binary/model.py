"""A declaration as the harness uses it: Construct itself builds from it, and says what any bytes mean. It shares no code with the executor."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from construct import Container, EnumInteger, EnumIntegerString
from construct.core import Construct, LazyContainer

PRIVATE = frozenset({"_io", "_flagsenum"})


class Model:
    """A message's name and its declaration (`construct`)."""

    def __init__(self, name: str, construct: Any) -> None:
        self.name = name
        self.construct: Construct = construct

    def oracle(self, data: bytes, params: dict[str, object] | None = None) -> tuple[dict[str, Any] | None, int]:
        """The value of the message that `data` begins with, by plain Construct and as Wiregram shows values, and the bytes that it took;
        None where Construct refuses. Raises RecursionError and MemoryError, which are no verdicts."""
        stream = BytesIO(data)
        try:
            value = self.construct.parse_stream(stream, **(params or {}))
            used = stream.tell()
            if used > len(data):
                return None, 0
            shown = shape(value)  # asks for what Construct reads later
        except (RecursionError, MemoryError):
            raise
        except Exception:
            return None, 0
        result = shown if isinstance(value, dict) else {"value": shown}
        result.setdefault("kind", self.name.encode())
        return result, used

    def build(self, value: Any, params: dict[str, object] | None = None) -> bytes:
        """The bytes of a value. Raises ConstructError."""
        data: bytes = self.construct.build(value, **(params or {}))
        return data


def shape(value: Any) -> Any:
    """One of Construct's values as one of ours: text as UTF-8, an enumeration as its name or number, containers as plain dicts and lists."""
    if isinstance(value, EnumIntegerString):
        return str(value).encode()
    if isinstance(value, EnumInteger):
        return int(value)
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, LazyContainer):
        return {str(name): shape(inner) for name, inner in value.items()}
    if callable(value) and not isinstance(value, type):
        return shape(value())
    if type(value).__module__.partition(".")[0] == "arrow":
        return float(value.timestamp())
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        return str(value).encode()
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    if isinstance(value, (Container, dict)):
        return {str(name): shape(inner) for name, inner in value.items() if name not in PRIVATE}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {name: shape(inner) for name, inner in zip(value._fields, value, strict=True)}
    if isinstance(value, (list, tuple)):
        return [shape(inner) for inner in value]
    return value
