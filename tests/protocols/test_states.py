"""Every state of every bundled protocol with every input: each message of its side, octets that are none, a gap, and the end.

Whatever comes, the outcome is one that the manual knows: nothing is raised, every octet is accounted for, the events have names, and nothing is
left open when the flow is over."""

from __future__ import annotations

import random
from collections.abc import Iterator

import msgspec
import pytest

from wiregram import parse
from wiregram.compiler import load
from wiregram.model.delivery import DATA, END, GAP, Delivery
from wiregram.model.flow import Flow
from wiregram.model.outcome import Announced, Done, Event, Filed, Switch
from wiregram.model.packet import TCP, UDP
from wiregram.outputs import plain
from wiregram.program.protocol import RESPONSE, SIDES, Protocol
from wiregram.transaction import Machine
from wiregram.transaction.events import BUILT_IN
from wiregram_harness.draw import Explorer
from wiregram_harness.subject import Subject

LIBRARY = load()
NAMES = [name for name, protocol in LIBRARY.protocols.items() if any(side.states for side in protocol.sides)]
SECOND = 1_000_000_000
DRAWN = 2
NOISE = (b"\0", b"\r\n", b"\xff" * 7, b"." + b"A" * 70 + b"\r\n.\r\n", random.Random(7).randbytes(300))
LARGEST = 2000

Input = tuple[str, str, list[tuple[int, bytes, int]]]
"""What it is, the message's name if it is one, and its deliveries: kind, octets, length."""


def inputs(subject: Subject, protocol: Protocol, side: int) -> Iterator[Input]:
    used = {choice.message for state in protocol.sides[side].states for choice in state.parse}
    for number in sorted(used):
        specimen = subject.specimens[number]
        for seed in range(DRAWN):
            made = specimen.make(Explorer(seed * 101 + number))
            if made and len(made) <= LARGEST:
                judged = specimen.judge(made)
                sound = judged is not None and judged[1] == len(made)
                yield f"{specimen.name} {seed}", specimen.name if sound else "", [(DATA, made, 0)]
                yield f"{specimen.name} {seed}, cut", "", [(DATA, made[: len(made) // 2], 0), (GAP, b"", 3), (DATA, made[len(made) // 2 :], 0)]
    for noise in NOISE:
        yield repr(noise[:8]), "", [(DATA, noise, 0)]
    yield "a gap", "", [(GAP, b"", 10)]
    yield "the end", "", []


def begun(protocol: Protocol, side: int, state: int) -> Protocol:
    """The protocol whose `side` begins in that state, and whose other side needs no greeting."""
    sides = list(protocol.sides)
    sides[side] = msgspec.structs.replace(sides[side], start=state, first=-1)
    sides[1 - side] = msgspec.structs.replace(sides[1 - side], first=-1)
    return msgspec.structs.replace(protocol, sides=tuple(sides))


class Talk:
    def __init__(self, machine: Machine, transport: int) -> None:
        self.flow = Flow(1, transport, b"\n\0\0\1", 4000, b"\n\0\0\2", 25, SECOND, 1)
        self.flow.packets = [1, 1]
        self.session = machine.open(self.flow)
        self.fed = [0, 0]
        self.out: list[object] = []
        self.over = False

    def deliver(self, direction: int, kind: int, data: bytes, length: int) -> None:
        if self.over or (kind == DATA and not data):
            return
        mark = self.fed[1 - direction] if self.flow.transport == TCP and kind == DATA else -1
        self.fed[direction] += len(data) + length
        self.session.feed(Delivery(direction, kind, data, length, mark, SECOND, 1))
        self.take()

    def take(self) -> None:
        self.out += self.session.take()
        self.over = any(isinstance(item, Switch) for item in self.out)
        if not self.over:
            for direction in (0, 1):
                pending = self.session.pending(direction)
                assert pending >= 0
                assert self.flow.accounts[direction].total() + pending == self.fed[direction]

    def finish(self) -> None:
        if not self.over:
            self.session.finish(2 * SECOND, 2)
            self.take()
        if not self.over:
            assert self.session.pending(0) == self.session.pending(1) == 0
            assert not self.session.take()


def judge(protocol: Protocol, out: list[object]) -> None:
    own = {event.name for event in protocol.events}
    layers = {event.name for other in LIBRARY.protocols.values() if other.layer for event in other.events}
    for item in out:
        if isinstance(item, Event):
            assert item.name in BUILT_IN or item.name in own | layers
            assert item.offset >= -1
        elif isinstance(item, Done):
            msgspec.json.encode(plain(item.body))
            msgspec.json.encode(plain(item.summary))
        else:
            assert isinstance(item, (Filed, Announced, Switch))


@pytest.mark.parametrize("name", NAMES)
def test_every_state_takes_every_input(name: str) -> None:
    protocol = LIBRARY.protocols[name]
    subject = Subject(LIBRARY, name)
    transport = TCP if "tcp" in protocol.ports or protocol.layer else UDP
    tried = 0
    for side, machine in enumerate(protocol.sides):
        answer = _first(subject, protocol, 1 - side)
        for number, state in enumerate(machine.states):
            ready = Machine(begun(protocol, side, number), parse.begin, LIBRARY.protocols)
            alone = len(state.parse) == 1 and not state.params and protocol.pair.by != "key"
            due = str(subject.specimens[state.parse[0].message].name) if alone else ""
            for what, message, deliveries in inputs(subject, protocol, side):
                for before in {b"", answer} if side == RESPONSE else {b""}:
                    talk = Talk(ready, transport)
                    try:
                        if before:
                            talk.deliver(1 - side, DATA, before, 0)
                        for kind, data, length in deliveries:
                            talk.deliver(side, kind, data, length)
                        if due and message == due and not before:
                            first = next((item.name for item in talk.out if isinstance(item, Event)), "")
                            assert first not in ("parse_error", "too_long", "too_complex")
                        talk.deliver(1 - side, DATA, answer, 0)
                        talk.deliver(side, END, b"", 0)
                        talk.finish()
                        judge(protocol, talk.out)
                    except Exception as error:
                        raise AssertionError(f"{name}, {SIDES[side]}, state {state.name}, input {what}, behind {before!r}") from error
                    tried += 1
    assert tried >= 8


def _first(subject: Subject, protocol: Protocol, side: int) -> bytes:
    """A message that the side may begin with, or nothing."""
    states = protocol.sides[side].states
    state = states[protocol.sides[side].start] if states else None
    return subject.specimens[state.parse[-1].message].make(Explorer(5)) if state is not None and state.parse else b""
