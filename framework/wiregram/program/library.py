"""The whole of what the engine knows: every protocol, compiled. Immutable."""

from __future__ import annotations

import msgspec

from wiregram.program.protocol import Protocol
from wiregram.program.settings import Settings


class Library(msgspec.Struct, frozen=True):
    """Protocols by name, in the manifest's order (which ranks equal signatures)."""

    protocols: dict[str, Protocol]
    settings: Settings = Settings()
