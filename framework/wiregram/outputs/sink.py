"""What a sink is, and sinks by name: the built-in one, and those that other packages offer as entry points `wiregram.sinks`."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import IO, Protocol, cast

from wiregram.model.errors import Problem, WiregramError
from wiregram.model.record import Record
from wiregram.outputs.eve import EveSink
from wiregram.program.settings import OutputSettings

GROUP = "wiregram.sinks"


class Sink(Protocol):
    """Takes records one by one. `close` writes out what is kept; the stream belongs to whoever opened it."""

    def write(self, record: Record) -> None: ...

    def close(self) -> None: ...


Opener = Callable[[IO[bytes], OutputSettings], Sink]
"""What an entry point names."""

_BUILT_IN: dict[str, Opener] = {"eve": EveSink}


def open_sink(name: str, stream: IO[bytes], settings: OutputSettings | None = None) -> Sink:
    """The sink `name` on a stream of octets; raises WiregramError where there is none of that name."""
    opener = _BUILT_IN.get(name)
    if opener is None:
        offered = {entry.name: entry for entry in entry_points(group=GROUP)}
        if name not in offered:
            known = sorted({*_BUILT_IN, *offered})
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}?" if near else "there is " + ", ".join(known)
            raise WiregramError(Problem(f"no sink {name!r}", suggestion=hint))
        opener = cast(Opener, offered[name].load())
    return opener(stream, settings or OutputSettings())
