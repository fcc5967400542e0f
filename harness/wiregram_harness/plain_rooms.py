"""The plain rooms of the engine in a process of their own. Knows plans, pipes, and nothing of what is compared."""

from __future__ import annotations

import os
import subprocess
import sys
import weakref
from collections.abc import Iterable
from struct import Struct
from typing import IO

from wiregram_harness.plan import Plan

COMMAND = "from wiregram._source import prefer_source; prefer_source(); from wiregram_harness.executors import serve; serve()"

_SIZE = Struct(">I")


class Plain:
    """The process; it ends with this object."""

    def __init__(self, name: str, directories: Iterable[str | os.PathLike[str]] = ()) -> None:
        command = [sys.executable, "-c", COMMAND, name, *(os.fspath(place) for place in directories)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        self._ended = weakref.finalize(self, _end, self._process)

    def said(self, plan: Plan) -> str:
        """What the plain rooms make of a plan; raises EOFError where the process has ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        put(self._process.stdin, plan.json())
        found = got(self._process.stdout)
        if found is None:
            raise EOFError("the process with the plain rooms has ended")
        return found.decode()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def put(pipe: IO[bytes], octets: bytes) -> None:
    """Send octets with their length before them."""
    pipe.write(_SIZE.pack(len(octets)) + octets)
    pipe.flush()


def got(pipe: IO[bytes]) -> bytes | None:
    """What was sent so; None where the other end has closed."""
    head = pipe.read(_SIZE.size)
    return pipe.read(_SIZE.unpack(head)[0]) if len(head) == _SIZE.size else None
