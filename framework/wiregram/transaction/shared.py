"""What the sessions of one flow have in common: a protocol's own, and those of the layers that it feeds. Plain state."""

from __future__ import annotations

from typing import Any

from wiregram.transaction.files import Store


class Shared:
    """`session` are the flow's variables, `parent` what it can read of the flow that announced it. `store` keeps the contents of files; `above`
    counts the layers that this session lies below."""

    __slots__ = ("above", "parent", "session", "store")

    def __init__(
        self, store: Store | None = None, parent: dict[str, Any] | None = None, session: dict[str, Any] | None = None, above: int = 0
    ) -> None:
        self.store = store
        self.parent = parent
        self.session: dict[str, Any] = {} if session is None else session
        self.above = above

    def below(self) -> Shared:
        """The same for a layer."""
        return Shared(self.store, self.parent, self.session, self.above + 1)
