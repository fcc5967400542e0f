"""Wiregram: network protocols from a grammar and one table. These are the public names; what they need is imported when one of them is used.

library = wiregram.load()
engine = wiregram.Engine(library)
for packet in wiregram.read("some.pcap"):
    records = engine.feed(packet)
records = engine.finish()
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wiregram.capture import read
    from wiregram.compiler import load
    from wiregram.engine import Engine
    from wiregram.model.errors import CaptureError, CompileError, GrammarError, ManifestError, Problem, WiregramError
    from wiregram.model.packet import Packet
    from wiregram.model.record import Record, Secret
    from wiregram.program.library import Library
    from wiregram.program.settings import Settings

__version__ = "0.1.0"

__all__ = [
    "CaptureError",
    "CompileError",
    "Engine",
    "GrammarError",
    "Library",
    "ManifestError",
    "Packet",
    "Problem",
    "Record",
    "Secret",
    "Settings",
    "WiregramError",
    "__version__",
    "load",
    "read",
]

_HOMES = {
    "Engine": "wiregram.engine",
    "Library": "wiregram.program.library",
    "Packet": "wiregram.model.packet",
    "Record": "wiregram.model.record",
    "Secret": "wiregram.model.record",
    "Settings": "wiregram.program.settings",
    "load": "wiregram.compiler",
    "read": "wiregram.capture",
    **dict.fromkeys(("CaptureError", "CompileError", "GrammarError", "ManifestError", "Problem", "WiregramError"), "wiregram.model.errors"),
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'wiregram' has no attribute {name!r}")
    value: object = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
