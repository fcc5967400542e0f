"""Construct declarations -> programs for the binary executor. The only room that imports construct, beside `wiregram.grammar`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from construct import core

from wiregram.frontends.binary import conversions, lazy, reading, regions, stand_ins, structure
from wiregram.frontends.binary.foreign import Opaque
from wiregram.frontends.binary.imports import imported
from wiregram.frontends.binary.model import Model
from wiregram.frontends.binary.openings import openings
from wiregram.frontends.binary.reading import FIELDS
from wiregram.frontends.binary.source import Source, read
from wiregram.frontends.binary.writer import STREAMS, Label, Refusal, Writer
from wiregram.model.errors import ERROR, WARNING, GrammarError, Problem
from wiregram.program.binary import BinaryProgram
from wiregram.program.protocol import Limits
from wiregram.program.types import ANY, BYTES, STRUCT, Message

__all__ = ["BinaryGrammar", "load"]

HOMES = (reading, conversions, structure, regions, stand_ins, lazy)
"""The modules that enter their functions into `FIELDS` as they are imported."""


class BinaryGrammar:
    """A grammar file of Construct declarations; `frontends.Grammar` is its contract. Every declaration at the top level is a message."""

    def __init__(self, source: Source) -> None:
        self.path = source.path
        self._source = source
        self._writers: dict[str, Writer] = {}
        self.messages: dict[str, Message] = {}
        for name in source.declarations:
            self.messages[name] = self._message(name)

    @property
    def sources(self) -> tuple[str, ...] | None:
        """The file itself, and the modules that it imports; None if one of them is no plain Python."""
        return imported(self._source.tree, self.path)

    def compile(self, message: str, types: Mapping[str, str], keep: frozenset[str] | None, limits: Limits) -> BinaryProgram:
        """The program of a message, which gives the fields in `keep` (None: all). `types` must be empty. Raises GrammarError."""
        problems = [problem for problem in self.problems(message) if problem.severity == ERROR]
        if types:
            text = f"types: {', '.join(types)}: a binary grammar has no terminals"
            problems.append(Problem(text, self.path, suggestion="the declaration says the type"))
        if problems:
            raise GrammarError(problems)
        if self._opaque(message):
            return foreign_program(self.model(message), limits)
        first = self._writer(message)
        slotted = not first.looks_up and not first.code.indexed
        return Writer(message, FIELDS, limits, keep, frozenset(first.used), slotted).write(self._source.declarations[message])[0]

    def report(self, message: str) -> list[str]:
        """How each field of the message behaves on a stream."""
        writer = self._writer(message)
        if self._opaque(message):
            return [f"{message}: foreign: Construct itself parses the whole message, once its region, datagram or stream has ended"]
        lines = [f"{message}{'.' + path if path else ''}: {what} {verdict}" for path, what, verdict in dict.fromkeys(writer.verdicts)]
        if writer.empty:
            lines.append(f"{message}: can match without taking a byte: a state that parses it again and again needs another way on")
        told = {path for path, _, _ in writer.verdicts}
        others = ", ".join(path for path in writer.fields if path not in told)
        lines.append(f"{message}: {others or 'everything'}: {STREAMS}; the message is kept whole, up to limits.message bytes")
        return lines

    def problems(self, message: str) -> list[Problem]:
        """What this message's declaration says that cannot be run, and warnings."""
        source = self._source
        found = []
        opaque = self._opaque(message)
        for refusal in sorted(self._writer(message).refusals, key=lambda refusal: refusal.opaque):
            place = f"field '{'.'.join(refusal.path)}' of '{message}'" if refusal.path else f"'{message}'"
            severity = WARNING if opaque else refusal.severity
            text = f"{refusal.text}, in {place}" if severity != ERROR else f"cannot compile {refusal.text}, in {place}"
            if opaque and refusal.opaque:
                text += ": foreign, so Construct parses the whole message, once its frame has ended, at the speed of Python"
            problem = source.problem(text, source.place(message, list(refusal.path)), refusal.suggestion, severity)
            if problem not in found:
                found.append(problem)
        return found

    def parameters(self, message: str) -> frozenset[str] | None:
        """What the declaration reads as `this._params.x`; None where Construct itself reads it, or by a way that has no end in sight."""
        writer = self._writer(message)
        return None if self._opaque(message) or writer.handed is None else frozenset(writer.handed)

    def openings(self, message: str) -> tuple[tuple[int, ...], ...]:
        """The octets that its messages can begin with."""
        return openings(self._declaration(message))

    def closing(self, message: str) -> None:
        """A binary message has none."""

    def model(self, message: str) -> Model:
        """The declaration itself, to build from, with an oracle: plain Construct on the whole input."""
        return Model(message, self._declaration(message))

    def _opaque(self, message: str) -> list[Refusal]:
        """What only Construct can run, where that is all that stands in the way."""
        errors = [refusal for refusal in self._writer(message).refusals if refusal.severity == ERROR]
        return errors if all(refusal.opaque for refusal in errors) else []

    def _declaration(self, message: str) -> object:
        if message not in self._source.declarations:
            known = ", ".join(self._source.declarations)
            raise GrammarError(Problem(f"no message '{message}' in this grammar", self.path, suggestion=f"there are: {known}"))
        return self._source.declarations[message]

    def _writer(self, message: str) -> Writer:
        """The walk that keeps all: it finds every problem, the types, and the names that expressions use."""
        if message not in self._writers:
            writer = Writer(message, FIELDS, Limits())
            self._writers[message] = writer
            _, writer.kind = writer.write(self._declaration(message))
            own = writer.kind.fields.get("kind")
            if own is not None and own.kind not in (BYTES, ANY):
                writer.path.append("kind")
                writer.refuse(f"a field 'kind' of type {own}", "it says what kind of message this is, in text or by an Enum; give it another name")
        return self._writers[message]

    def _message(self, name: str) -> Message:
        kind = self._writer(name).kind
        fields = dict(kind.fields) if kind.kind == STRUCT else {"value": kind}
        own = fields.get("kind")
        if own is not None and own.kind == BYTES and own.enum:
            return Message(name, fields, own.names)
        return Message(name, fields, (name,) if own is None else ())


def foreign_program(model: Model, limits: Limits) -> BinaryProgram:
    """A message that Construct parses. Its frame is the region that the declaration begins with, else all of the datagram or stream."""
    con = model.construct
    writer = Writer(model.name, FIELDS, limits)
    core_ = writer.unwrapped(con)[1]
    note = f"'{model.name}', as Construct reads it"
    framed = False
    if type(core_) is core.Prefixed and not core_.includelength:
        writer.visit(core_.lengthfield, True)
        framed = True
    elif type(core_) is core.FixedSized and type(core_.length) is int:
        writer.code.emit("constant", writer.code.constant(core_.length))
        framed = True
    if framed and not writer.refusals:
        end = Label()
        writer.code.emit("region", end, note=note)
        writer.code.emit("foreign_message", writer.code.foreign(Opaque(model)), note=note)
        writer.code.place(end)
        writer.code.emit("region_end")
    else:
        writer = Writer(model.name, FIELDS, limits)
        writer.code.emit("foreign_message", writer.code.foreign(Opaque(model)), note=note)
    writer.code.emit("halt")
    return writer.code.program(model.name, limits)


def load(path: str | Path, source: str | None = None) -> BinaryGrammar:
    """Run a grammar file and read its declarations. Raises GrammarError with everything that is wrong with the file itself."""
    return BinaryGrammar(read(Path(path), source))
