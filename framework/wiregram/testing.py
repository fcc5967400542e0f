"""The one door for tests and for the harness: grammar models, oracles, programs, parsers and made-up packets. No promise to other users.

Everything here is a thin view of a room; the harness imports nothing else of `wiregram` but its public names.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from wiregram import parse
from wiregram.capture.craft import Conversation, Timeline
from wiregram.capture.writing import write
from wiregram.compiler.grammars import Shelf, gather
from wiregram.decode import Decoder
from wiregram.engine import Engine
from wiregram.expression import Scope, link
from wiregram.frontends import Grammar
from wiregram.manifest.loading import load_tables, search_path
from wiregram.model.delivery import DATA, END, GAP, Delivery
from wiregram.model.errors import CompileError, Problem
from wiregram.model.packet import DIRECTIONS, TCP, TO_CLIENT, TO_SERVER, UDP, Packet, Segment
from wiregram.model.parsing import FAILED, MATCH, MORE, OUTCOMES, Parser
from wiregram.program.expression import Code, Extent
from wiregram.program.library import Library
from wiregram.program.protocol import COMPLETE, REQUEST, RESPONSE, SIDES, STOP, UPGRADE, Limits, Protocol, Side, State, Transition
from wiregram.program.settings import EngineSettings

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
    "Parser",
    "Protocol",
    "Scope",
    "Segment",
    "Side",
    "Specimen",
    "State",
    "Timeline",
    "Transition",
    "begin",
    "faulty_parsers",
    "faulty_streams",
    "link",
    "message_name",
    "specimen",
    "specimens",
    "stream",
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


class Engines:
    """Engines of one library, each as if it were the first, made quickly: they share what is made ready once. Faults planted later count."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._begin: Any = None
        self._first: Engine | None = None

    def engine(self) -> Engine:
        if self._begin is not parse.begin:
            self._begin, self._first = parse.begin, None
        engine = Engine(self._library, self._first)
        self._first = self._first or engine
        return engine


def stream(packets: Iterable[Packet], server_port: int) -> Iterator[tuple[int, Delivery]]:
    """What reassembly delivers of one TCP flow, through whatever fault is planted: (the place of the packet that brought it, delivery); at the
    flow's end the place is the number of packets."""
    from wiregram.engine import conversation

    settings = EngineSettings()
    decoder = Decoder(settings)
    reassembler = vars(conversation)["Reassembler"](settings)
    place = time = 0
    for packet in packets:
        segment = decoder.decode(packet)
        if segment is not None:
            for delivery in reassembler.push(segment, TO_CLIENT if segment.source_port == server_port else TO_SERVER):
                yield place, delivery
        place += 1
        time = packet.time
    for delivery in reassembler.finish(time, 0):
        yield place, delivery


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
