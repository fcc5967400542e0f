"""The one door for tests and for the harness: grammar models, oracles, programs, parsers and made-up packets. No promise to other users.

Everything here is a thin view of a room; the harness imports nothing else of `wiregram` but its public names.
"""

from __future__ import annotations
import __future__

import inspect
import os
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from wiregram import parse
from wiregram.capture.craft import Conversation, Timeline
from wiregram.capture.writing import write
from wiregram.compiler.codes import on_side
from wiregram.compiler.dead import Place, dead_transitions
from wiregram.compiler.grammars import Shelf, gather
from wiregram.compiler.reasoning import Facts, Values, both, ways
from wiregram.decode import Decoder
from wiregram.engine import Engine
from wiregram.engine.lane import Lane
from wiregram.expression import Scope, link
from wiregram.flow import FlowTable
from wiregram.frontends import Grammar
from wiregram.manifest.loading import load_tables, search_path
from wiregram.model.delivery import DATA, END, GAP, Delivery
from wiregram.model.errors import CompileError, Problem
from wiregram.model.flow import Flow
from wiregram.model.packet import DIRECTIONS, TCP, TO_CLIENT, TO_SERVER, UDP, Packet, Segment
from wiregram.model.parsing import FAILED, MATCH, MORE, OUTCOMES, Parser
from wiregram.model.record import Record, Secret
from wiregram.program.expression import Code, Extent
from wiregram.program.library import Library
from wiregram.program.protocol import (
    COMPLETE,
    REQUEST,
    RESPONSE,
    SIDES,
    STOP,
    UPGRADE,
    Limits,
    Pattern,
    Protocol,
    Shape,
    Side,
    State,
    Table,
    Transition,
    Value,
)
from wiregram.program.settings import EngineSettings, OutputSettings
from wiregram.stream import Datagrams, Reassembler
from wiregram.stream.reassembler import patience
from wiregram.transaction import session

__all__ = [
    "COMPLETE",
    "DATA",
    "DIRECTIONS",
    "END",
    "FAILED",
    "GAP",
    "MATCH",
    "MORE",
    "OUTCOMES",
    "REQUEST",
    "RESPONSE",
    "SIDES",
    "STOP",
    "TCP",
    "TO_CLIENT",
    "TO_SERVER",
    "UDP",
    "UPGRADE",
    "Code",
    "Conversation",
    "Delivery",
    "Engines",
    "Extent",
    "Facts",
    "Lane",
    "OutputSettings",
    "Parser",
    "Pattern",
    "Place",
    "Protocol",
    "Scope",
    "Secret",
    "Segment",
    "Shape",
    "Side",
    "Specimen",
    "State",
    "Strikes",
    "Table",
    "Timeline",
    "Transition",
    "Value",
    "Values",
    "Waits",
    "begin",
    "both",
    "conversations",
    "dead_transitions",
    "eve",
    "faulty_parsers",
    "faulty_streams",
    "flows_open",
    "link",
    "message_name",
    "on_side",
    "rewritten",
    "specimen",
    "specimens",
    "waits",
    "ways",
    "write",
]


class Specimen(msgspec.Struct, frozen=True):
    """A message of a grammar, for itself. `model` is what to generate from: a Construct object, or a text front end's `TextModel`. `oracle`
    reads with the language's own library: bytes -> (value, octets used; of text all), or None where it refuses; RecursionError is no verdict.
    `program` is compiled with every field and without conversions, so that its parser gives the oracle's value."""

    name: str
    textual: bool
    model: Any
    oracle: Callable[[bytes], tuple[Any, int] | None]
    program: Any


class Waits(msgspec.Struct, frozen=True):
    """How long something is waited for, in ns of packet time: `hole`, octets that were acknowledged and have not come; `order`, octets of the other
    side that it had acknowledged before; `answer`, what an exchange still lacks, and `soonest` the least of it in the library; then the next packet
    of a flow, by its state: `new`, `established`, `closed`, and `datagrams` of UDP."""

    hole: int
    order: int
    answer: int
    soonest: int
    new: int
    established: int
    closed: int
    datagrams: int


def waits(library: Library, protocol: str) -> Waits:
    """What waits for how long in a flow of a protocol."""
    settings = library.settings.engine
    flows = (settings.timeout_new, settings.timeout_established, settings.timeout_closed, settings.timeout_udp)
    answer = library.protocols[protocol].pair.timeout
    soonest = min(each.pair.timeout for each in library.protocols.values())
    return Waits(patience(), session.PATIENCE, answer, soonest, *(round(seconds * 1_000_000_000) for seconds in flows))


def message_name(program: Any) -> str:
    """The message that a compiled program is of."""
    return str(program.message if hasattr(program, "message") else program.name)


def specimen(grammar: Grammar, message: str) -> Specimen:
    """Raises GrammarError where the message cannot be compiled."""
    program = grammar.compile(message, {}, None, Limits())
    source: Any = grammar
    model = source.model(message)
    if grammar.path.endswith(".lark"):
        whole = source.oracle(message)

        def text(data: bytes) -> tuple[Any, int] | None:
            value = whole(data)
            return None if value is None else (value, len(data))

        return Specimen(message, True, model, text, program)

    def binary(data: bytes) -> tuple[Any, int] | None:
        value, used = model.oracle(data)
        return None if value is None else (value, used)

    return Specimen(message, False, model.construct, binary, program)


def specimens(protocol: str, messages: Iterable[str], directories: Iterable[str | os.PathLike[str]] = ()) -> dict[str, Specimen]:
    """The named messages of a protocol's grammars. Raises ManifestError, GrammarError or CompileError with every problem."""
    problems: list[Problem] = []
    tables = load_tables(search_path(Path(directory) for directory in directories))
    description = tables.descriptions.get(protocol)
    if description is None:
        raise CompileError(f"no protocol `{protocol}`")
    sources = gather(description, Shelf(), problems)
    if sources is None:
        raise CompileError(problems)
    return {name: specimen(sources[name].grammar, name) for name in messages}


def begin(program: Any, params: dict[str, object] | None = None) -> Parser:
    """A parser for one message, as the engine gets it: through whatever fault is planted."""
    return parse.begin(program, params)


def conversations(packets: Iterable[Packet]) -> list[tuple[str, int, list[tuple[int, bytes]]]]:
    """Every whole flow of some packets: its transport, its server's port, and the pieces of its streams with their directions, in capture order.
    Flows with holes are left out."""
    settings = EngineSettings()
    decoder = Decoder(settings)
    table = FlowTable(settings)
    streams: dict[Flow, tuple[Any, list[Delivery]]] = {}
    for packet in packets:
        segment = decoder.decode(packet)
        if segment is None:
            continue
        flow, direction, new = table.find(segment)
        if new:
            streams[flow] = (Reassembler(settings) if segment.transport == TCP else Datagrams(), [])
        stream, deliveries = streams[flow]
        deliveries += stream.push(segment, direction)
    found = []
    for flow, (stream, deliveries) in streams.items():
        deliveries += stream.finish(flow.last_time, 0)
        if not flow.midstream and all(delivery.kind != GAP for delivery in deliveries):
            pieces = [(delivery.direction, bytes(delivery.data)) for delivery in deliveries if delivery.kind == DATA]
            found.append(("tcp" if flow.transport == TCP else "udp", flow.server_port, pieces))
    return found


def flows_open(engine: Engine) -> int:
    """How many flows the engine keeps."""
    return len(engine._table)


def compiled() -> bool:
    """Whether rooms of this process are compiled."""
    return not str(import_module("wiregram.parse.text").__file__).endswith(".py")


def eve(record: Record, settings: OutputSettings) -> dict[str, Any]:
    """A record as an EVE object, through whatever fault is planted."""
    made: dict[str, Any] = vars(import_module("wiregram.outputs.eve"))["eve"](record, settings)
    return made


class Engines:
    """Engines of one library, each as if it were the first, made quickly: they share what is made ready once. Faults planted later count."""

    def __init__(self, library: Library, decode_as: Mapping[tuple[str, int], str] | None = None) -> None:
        """`decode_as`: (transport, port) -> the protocol that its flows are taken for."""
        self._library = library
        self._decode_as = decode_as
        self._planted: Any = None
        self._ready: dict[Any, Engine] = {}

    def engine(self, protocol: str = "", limits: dict[str, int] | None = None, settings: dict[str, int] | None = None) -> Engine:
        """`limits` are laid over those of `protocol`, `settings` over those of the engine."""
        planted = (parse.begin, _faults)
        if self._planted != planted:
            self._planted = planted
            self._ready.clear()
        if not limits and not settings:
            ready = self._ready.get(None)
            engine = Engine(self._library, ready, decode_as=self._decode_as)
            if ready is None:
                self._ready[None] = engine
            return engine
        key = (protocol, *sorted((limits or {}).items()), None, *sorted((settings or {}).items()))
        ready = self._ready.get(key)
        if ready is None:
            if len(self._ready) > KINDS:
                self._ready.clear()
            ready = self._ready[key] = self._derived(protocol, limits or {}, settings or {})
        return Engine(ready.library, ready)

    def _derived(self, protocol: str, limits: dict[str, int], settings: dict[str, int]) -> Engine:
        """The first engine with these bounds: what they do not touch is that of the engine without."""
        library = self._limited(protocol, limits, settings)
        first = self.engine()
        engine = Engine(library, first)
        engine._machines = {name: machine for name, machine in first._machines.items() if protocol not in machine.family}
        machine = first.machine(protocol).bounded(library.protocols[protocol]) if protocol else None
        if machine is not None:
            engine._machines[protocol] = machine
        if _DETECTED.intersection((*limits, *settings)):
            engine.detector = first.detector.bounded(library)
        return engine

    def _limited(self, protocol: str, limits: dict[str, int], settings: dict[str, int]) -> Library:
        library = self._library
        own = library.protocols[protocol]
        bounded = replace(own, limits=replace(own.limits, **limits))
        engine = replace(library.settings.engine, **settings)
        return replace(library, protocols={**library.protocols, protocol: bounded}, settings=replace(library.settings, engine=engine))


KINDS = 256
"""Combinations of limits that are kept ready."""

_DETECTED = frozenset(("message", "detection_limit"))
"""Bounds by which detection looks."""

_faults = 0
"""Counts the faults planted and removed, so that nothing made ready outlives one."""


@contextmanager
def faulty_parsers(wrap: Callable[[Parser], Parser]) -> Iterator[None]:
    """A fault point: while it lasts, every new parser, the engine's too, is what `wrap` makes of it. Engines made before keep theirs."""
    sound = parse.begin

    def faulty(program: Any, params: dict[str, object] | None = None) -> Parser:
        return wrap(sound(program, params))

    parse.begin = faulty
    try:
        yield
    finally:
        parse.begin = sound


@contextmanager
def faulty_streams(wrap: Callable[[Segment, list[Delivery]], list[Delivery]]) -> Iterator[None]:
    """A fault point: while it lasts, TCP reassembly delivers for each segment what `wrap` makes of what it would have delivered."""
    from wiregram.engine import conversation

    sound: Any = vars(conversation)["Reassembler"]

    class Faulty:
        def __init__(self, *arguments: Any) -> None:
            self._sound = sound(*arguments)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._sound, name)

        def push(self, segment: Segment, direction: int) -> list[Delivery]:
            return wrap(segment, list(self._sound.push(segment, direction)))

    vars(conversation)["Reassembler"] = Faulty
    try:
        yield
    finally:
        vars(conversation)["Reassembler"] = sound


class Strikes:
    """How often a planted fault has changed something: a fault that never strikes proves nothing."""

    def __init__(self) -> None:
        self.count = 0
        self._kept: dict[str, Any] = {}

    def strike(self) -> None:
        """The fault does something."""
        self.count += 1

    def changed(self, sound: Any, faulty: Any) -> Any:
        """The faulty value instead of the sound one."""
        self.count += sound != faulty
        return faulty

    def shared(self, name: str, value: Any) -> Any:
        """The same object each time, where there should be a new one."""
        self.count += name in self._kept
        return self._kept.setdefault(name, value)


@contextmanager
def rewritten(place: str, *changes: tuple[str, str]) -> Iterator[Strikes]:
    """A fault point in plain rooms: while it lasts, the function at `place` ("stream.reassembler:Reassembler.push", below `wiregram`) runs with
    pieces of its source replaced. The new ones may say STRIKE(), CHANGED(sound, faulty), SHARED(name, value). Raises RuntimeError where the room is
    compiled, ValueError where a piece does not stand there exactly once."""
    global _faults
    module_name, _, path = place.partition(":")
    module = import_module(f"wiregram.{module_name}")
    owner_path, _, name = path.rpartition(".")
    owner: Any = module
    for part in owner_path.split("."):
        owner = getattr(owner, part) if part else owner
    sound = vars(owner)[name]
    if not inspect.isfunction(sound):
        raise RuntimeError(f"{place} is compiled: faults are planted in the plain form")
    source = textwrap.dedent(inspect.getsource(sound))
    for old, new in changes:
        pattern = r"(\n *)".join(map(re.escape, re.split(r"\n *", old)))  # wherever the lines begin
        found = re.findall(pattern, source)
        if len(found) != 1:
            raise ValueError(f"{place}: {old!r} stands there {len(found)} times")
        breaks = iter(re.search(pattern, source).groups())  # type: ignore[union-attr]
        written = re.sub(r"\n *", lambda _, breaks=breaks: next(breaks), new)  # type: ignore[misc]
        source = re.sub(pattern, lambda _, written=written: written, source)  # type: ignore[misc]
    strikes = Strikes()
    words = {"STRIKE": strikes.strike, "CHANGED": strikes.changed, "SHARED": strikes.shared}
    made: dict[str, Any] = {}
    around = {word: vars(module)[word] for word in words if word in vars(module)}  # of another fault in the same module
    vars(module).update(words)
    exec(compile(source, f"<fault in {place}>", "exec", flags=__future__.annotations.compiler_flag, dont_inherit=True), vars(module), made)
    setattr(owner, name, made[name])
    _faults += 1
    try:
        yield strikes
    finally:
        setattr(owner, name, sound)
        _faults += 1
        for word in words:
            del vars(module)[word]
        vars(module).update(around)
