"""What an expression can see while it is evaluated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Struct = dict[str, Any]


def uncounted(what: str, side: str) -> int | None:
    """The `count` of a scope in which no octets are counted."""
    return None


class Scope:
    """Dicts of fields and variables by scope; a missing key is absent. `item`: the element at hand inside `each` (an element that is no struct
    stands under "value"). `this`: the last message. `side`: b"request" or b"response". `other`, `verdict`: for detection. `parent`: `session` and
    `flow` of the flow that announced this one. `whole`: by id, values that were cut, and the length that they had. `memo`: values of shared parts
    (`sharing`). `count(what, side)` gives `octets` or `body` of "request", "response", "own" or "this". Whoever evaluates fills and reuses one."""

    __slots__ = (
        "count",
        "flow",
        "item",
        "memo",
        "other",
        "own",
        "parent",
        "request",
        "response",
        "session",
        "side",
        "this",
        "tx",
        "verdict",
        "whole",
    )

    def __init__(
        self,
        own: Struct | None = None,
        request: Struct | None = None,
        response: Struct | None = None,
        tx: Struct | None = None,
        session: Struct | None = None,
        flow: Struct | None = None,
        item: Struct | None = None,
        this: Struct | None = None,
        side: bytes | None = None,
        other: bytes | None = None,
        verdict: bytes | None = None,
        count: Callable[[str, str], int | None] = uncounted,
        parent: Struct | None = None,
    ) -> None:
        self.own: Struct = {} if own is None else own
        self.request: Struct = {} if request is None else request
        self.response: Struct = {} if response is None else response
        self.tx: Struct = {} if tx is None else tx
        self.session: Struct = {} if session is None else session
        self.flow: Struct = {} if flow is None else flow
        self.item: Struct = {} if item is None else item
        self.this = this
        self.side = side
        self.other = other
        self.verdict = verdict
        self.count = count
        self.parent: Struct = {} if parent is None else parent
        self.memo: dict[int, Any] | None = None
        self.whole: dict[int, tuple[object, int]] | None = None
