"""Grammars from the cache: what a front end made of a file, as long as nothing has changed that it was made of. It knows no language.

An entry belongs to one grammar file, its content, Python, the libraries' versions and the front ends' own code; it lists the files that the
grammar drew on, with their digests. The front end is loaded only for what the entry lacks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import cache as once
from pathlib import Path
from typing import Any

import msgspec

from wiregram.frontends import cache
from wiregram.frontends.grammar import Grammar
from wiregram.model.errors import ERROR, GrammarError, Problem
from wiregram.program.binary import BinaryProgram
from wiregram.program.protocol import Limits
from wiregram.program.text import TextProgram
from wiregram.program.types import Message

PROGRAMS = 64
"""Programs of one grammar that are kept: a message has one for each set of fields, types and limits."""

FORMS: dict[str, Any] = {".lark": TextProgram, ".py": BinaryProgram}
"""What a grammar file with this suffix is compiled to."""


class Facts(msgspec.Struct, frozen=True):
    """What the compiler asks of a message beside its program (see `Grammar`); sets of octets are 32 octets each."""

    problems: tuple[Problem, ...]
    report: tuple[str, ...]
    parameters: tuple[str, ...] | None
    openings: tuple[tuple[bytes, ...], ...]
    closing: bytes | None


class Entry(msgspec.Struct):
    files: dict[str, str]
    messages: dict[str, Message]
    facts: dict[str, Facts] = {}
    programs: dict[str, msgspec.Raw] = {}


def remember(path: str, load: Callable[[], Grammar]) -> Grammar:
    """The grammar at `path`, from the cache or by `load`. Raises what `load` raises."""
    if cache.home() is None:
        return load()
    try:
        key = cache.digest(_tools(), path.encode(), Path(path).read_bytes())
    except OSError:
        return load()
    entry = _entry(key)
    if entry is not None:
        return Remembered(path, key, entry, load)
    started = time.time_ns()
    grammar = load()
    files = None if grammar.sources is None else cache.digests(grammar.sources, started)
    return grammar if files is None else Remembered(path, key, Entry(files, grammar.messages), load, grammar)


class Remembered:
    """A `Grammar`; what it is asked beyond that interface, its front end answers."""

    def __init__(self, path: str, key: str, entry: Entry, load: Callable[[], Grammar], grammar: Grammar | None = None) -> None:
        self.path = path
        self.messages = entry.messages
        self._suffix = Path(path).suffix
        self._key = key
        self._entry = entry
        self._load = load
        self._grammar = grammar

    def __getattr__(self, name: str) -> Any:
        return getattr(self._front(), name)

    @property
    def sources(self) -> tuple[str, ...] | None:
        return tuple(self._entry.files)

    def compile(self, message: str, types: Mapping[str, str], keep: frozenset[str] | None, limits: Limits) -> Any:
        asked = (message, sorted(types.items()), None if keep is None else sorted(keep), limits)
        name = cache.digest(msgspec.msgpack.encode(asked))
        known = self._entry.programs.get(name)
        if known is not None:
            program = revive(known, self._suffix)
            if program is not None:
                return program
        program = self._front().compile(message, types, keep, limits)
        try:
            found = msgspec.msgpack.encode(program)
        except (OverflowError, TypeError, ValueError):
            return program  # a constant that no table of numbers holds
        if revive(msgspec.Raw(found), self._suffix) == program:
            self._entry.programs.pop(name, None)
            while len(self._entry.programs) >= PROGRAMS:
                del self._entry.programs[next(iter(self._entry.programs))]
            self._entry.programs[name] = msgspec.Raw(found)
            self._save()
        return program

    def problems(self, message: str) -> list[Problem]:
        facts = self._facts(message)
        return list(self._front().problems(message) if facts is None else facts.problems)

    def report(self, message: str) -> list[str]:
        facts = self._facts(message)
        return self._front().report(message) if facts is None else list(facts.report)

    def parameters(self, message: str) -> frozenset[str] | None:
        facts = self._facts(message)
        if facts is None:
            return self._front().parameters(message)
        return None if facts.parameters is None else frozenset(facts.parameters)

    def openings(self, message: str) -> tuple[tuple[int, ...], ...]:
        facts = self._facts(message)
        if facts is None:
            return self._front().openings(message)
        return tuple(tuple(int.from_bytes(octets, "big") for octets in way) for way in facts.openings)

    def closing(self, message: str) -> bytes | None:
        facts = self._facts(message)
        return self._front().closing(message) if facts is None else facts.closing

    def model(self, message: str) -> Any:
        return self._front().model(message)

    def _front(self) -> Grammar:
        if self._grammar is None:
            self._grammar = self._load()
        return self._grammar

    def _facts(self, message: str) -> Facts | None:
        """None where the message cannot be compiled: that is worked out anew each time."""
        known = self._entry.facts.get(message)
        if known is not None:
            return known
        front = self._front()
        problems = tuple(front.problems(message))
        if any(problem.severity == ERROR for problem in problems):
            return None
        try:
            ways = tuple(tuple(mask.to_bytes(32, "big") for mask in way) for way in front.openings(message))
            wanted = front.parameters(message)
            parameters = None if wanted is None else tuple(sorted(wanted))
            found = Facts(problems, tuple(front.report(message)), parameters, ways, front.closing(message))
        except GrammarError:
            return None
        self._entry.facts[message] = found
        self._save()
        return found

    def _save(self) -> None:
        """Keep the entry, unless a file has changed since it was read."""
        if cache.unchanged(self._entry.files):
            cache.put(self._key, msgspec.msgpack.encode(self._entry))


def _entry(key: str) -> Entry | None:
    body = cache.get(key)
    if body is None:
        return None
    try:
        entry = msgspec.msgpack.decode(body, type=Entry)
    except (msgspec.MsgspecError, ValueError):
        cache.drop(key)
        return None
    return entry if cache.unchanged(entry.files) else None


def revive(found: msgspec.Raw, suffix: str) -> Any:
    """The program of a grammar with this suffix, if every number in it can be followed; else None."""
    try:
        program = msgspec.msgpack.decode(found, type=FORMS[suffix])
    except (msgspec.MsgspecError, ValueError, KeyError):
        return None
    return program if not isinstance(program, TextProgram) or program.whole() else None


@once
def _tools() -> bytes:
    """All that a program depends on beside its grammar: Python, the libraries, the code that makes programs and gives them their form."""
    room = Path(__file__).parent
    code = [*room.rglob("*.py"), *(room.parent / "program").glob("*.py"), room.parent / "grammar.py"]
    return cache.tools(room, ("construct", "lark", "msgspec"), code).encode()
