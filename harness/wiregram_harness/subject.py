"""A protocol under test: its compiled form, a generator and an oracle for each of its messages, and what has been reached of it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import wiregram
from wiregram import testing as door
from wiregram_harness.aims import ROOMS, Aim, Aims, Homeward
from wiregram_harness.binary import BinaryGenerator
from wiregram_harness.coverage import Ledger
from wiregram_harness.draw import Draw, Explorer, Wishes, towards
from wiregram_harness.guards import compared, goals, hints
from wiregram_harness.matcher import Matcher
from wiregram_harness.plain_rooms import Plain
from wiregram_harness.promises import Witness, knowable
from wiregram_harness.runs import same, show
from wiregram_harness.text import TextGenerator

LARGEST = 16_384
"""Octets of a generated message; a longer one is drawn anew."""


PATIENCE, EACH = 30, 6
"""How often what was not reached is asked for, and how often more for each that is left, in vain, before it is given less often."""

MOVE, MESSAGE = "", "message"
Steering = dict[int, dict[str, list[Any]]]

TIRED = 8
"""Then it is given one time in so many."""

PORTLESS = 4000
"""The port of a protocol that has none."""

REMEMBERED = 256
"""Verdicts of an oracle that are kept: several properties ask for the same one."""

NO_VERDICT = (None, -1)


class Reading:
    """What one parser makes of some octets: the outcome, and what goes with it."""

    __slots__ = ("expected", "flaw", "offset", "outcome", "used", "value", "visits")

    def __init__(self, outcome: int, parser: door.Parser, value: Any) -> None:
        self.outcome = outcome
        self.used = parser.used if outcome == door.MATCH else 0
        self.offset = parser.offset if outcome == door.FAILED else 0
        self.expected = parser.expected if outcome == door.FAILED else ""
        self.flaw = parser.flaw if outcome == door.MATCH else None
        self.visits = parser.visits
        self.value = value

    def same(self, other: Reading) -> bool:
        return (
            self.outcome == other.outcome
            and self.used == other.used
            and self.offset == other.offset
            and self.expected == other.expected
            and self.flaw == other.flaw
            and same(self.value, other.value)
        )

    def __str__(self) -> str:
        if self.outcome == door.MATCH:
            flaw = f", flaw at {self.flaw[0]}: {self.flaw[1]}" if self.flaw else ""
            return f"match, {self.used} octets{flaw}: {show(self.value)}"
        if self.outcome == door.FAILED:
            return f"failed at {self.offset}, expected {self.expected}"
        return "more"


class Specimen:
    """One message: `number` in the compiled protocol, generator, oracle, and the program for itself (every field, no conversions)."""

    def __init__(self, number: int, kept: door.Specimen, program: Any, ledger: Ledger) -> None:
        self.number = number
        self.name = kept.name
        self.textual = kept.textual
        self.model = kept.model
        self.program = kept.program
        self.bound = program  # as the protocol uses it
        self._oracle = kept.oracle
        self._accepted = -1
        self._judged: dict[bytes, tuple[Any, int] | None] = {}
        self.cases: list[tuple[str, Any, set[str]]] = []
        self._generator: TextGenerator | BinaryGenerator
        if kept.textual:
            self._generator = TextGenerator(kept.name, kept.model, ledger)
        else:
            self._generator = made = BinaryGenerator(kept.name, kept.model, ledger)
            self.cases = made.cases

    def make(self, draw: Draw, wishes: Wishes | None = None, parameters: dict[str, Any] | None = None) -> bytes:
        """A message; empty where the draws led nowhere. `parameters` are those of a declaration."""
        made = self._generator.make(draw, wishes, parameters)
        return made if made is not None and len(made) <= LARGEST else b""

    def draws(self) -> tuple[int, int]:
        """How many messages were begun, and how many of them led nowhere; of text each one leads somewhere."""
        generator = self._generator
        return (generator.made, generator.rejected) if isinstance(generator, BinaryGenerator) else (0, 0)

    def steering(self) -> dict[str, dict[str, list[Any]]]:
        """By name of a branch of a declaration: fields, and values of them that may lead there."""
        return self._generator.steering() if isinstance(self._generator, BinaryGenerator) else {}

    def worth(self, parameter: str) -> list[Any]:
        """What the message compares a parameter with."""
        return self._generator.worth(parameter) if isinstance(self._generator, BinaryGenerator) else []

    def judge(self, data: bytes) -> tuple[Any, int] | None:
        """The oracle: the value and how many octets were used (of text: always all), None where it refuses, NO_VERDICT where it gives up."""
        if data not in self._judged:
            if len(self._judged) >= REMEMBERED:
                self._judged.clear()
            try:
                self._judged[data] = self._oracle(data)
            except (RecursionError, MemoryError):
                self._judged[data] = NO_VERDICT
        return self._judged[data]

    def accepted(self) -> int:
        """How many of 100 messages the oracle takes."""
        if self._accepted < 0:
            self._accepted = 0
            for seed in range(100):
                data = self.make(Explorer(seed))
                self._accepted += bool(data) and self.judge(data) not in (None, NO_VERDICT)
        return self._accepted

    def fields(self, data: bytes, parameters: dict[str, Any] | None = None) -> dict[str, Any]:
        """What the protocol's states see of a message; nothing where the parser refuses or, being under test, falls over."""
        try:
            return self.read(data, final=True, bound=True, parameters=parameters).value or {}
        except Exception:
            return {}

    def taken(self, data: bytes, parameters: dict[str, Any] | None = None) -> bool:
        """Whether all of this is one message without a flaw to the framework's parser; not where, being under test, it falls over."""
        try:
            read = self.read(data, final=True, bound=bool(parameters), parameters=parameters)
        except Exception:
            return False
        return read.outcome == door.MATCH and read.used == len(data) and read.flaw is None

    def refused(self, data: bytes) -> int:
        """Where the framework's parser says that this is no message; -1 where it does not, or, being under test, falls over."""
        try:
            read = self.read(data, final=False)
        except Exception:
            return -1
        return read.offset if read.outcome == door.FAILED else -1

    def read(self, data: bytes, *, final: bool, bound: bool = False, parameters: dict[str, Any] | None = None) -> Reading:
        """The framework's parser over all of `data` at once."""
        parser = door.begin(self.bound if bound else self.program, parameters or None)
        return reading(parser, data, parser.run(data, 0, len(data), final))


def reading(parser: door.Parser, data: bytes, outcome: int) -> Reading:
    return Reading(outcome, parser, parser.value(data, 0) if outcome == door.MATCH else None)


class Subject:
    """A protocol made ready: `specimens` by message number, `ledger` of rule alternatives and branches, `moves` of the transitions that can be taken,
    `routes` the name of each by side, state and number."""

    def __init__(self, library: wiregram.Library, name: str, directories: Iterable[str | os.PathLike[str]] = ()) -> None:
        if name not in library.protocols:
            raise wiregram.CompileError(f"no protocol `{name}`: there are {', '.join(library.protocols)}")
        self.library = library
        self.protocol = library.protocols[name]
        ports = self.protocol.ports
        begun = any(ports.values()) and any(side.states and side.states[side.start].parse for side in self.protocol.sides)
        self.decode_as = {} if begun or self.protocol.layer else {(transport, PORTLESS): name for transport in ports}
        """A protocol without ports of its own, which another leads to, or without a message that begins it, so that nothing but what it carries tells
        it apart, is met on a port that it is said to be on."""
        self.engines = door.Engines(library, self.decode_as)
        self.waits = door.waits(library, name)
        self.name = name
        self._directories = tuple(directories)
        self._plain: Plain | None = None
        self.ledger = Ledger()
        self.moves = Ledger()
        programs = self.protocol.messages
        names = [door.message_name(program) for program in programs]
        kept = door.specimens(name, names, self._directories)
        self.specimens = [Specimen(number, kept[names[number]], program, self.ledger) for number, program in enumerate(programs)]
        self.by_name = {specimen.name: specimen for specimen in self.specimens}
        self.hints = hints(self.protocol)
        sought = [(self.liking(0, goal), self.liking(1, goal)) for goal in goals(self.protocol)]
        self.likings = sought or [self.hints]
        self._linked: dict[int, Any] = {}
        self.matcher = Matcher(library)
        self.witness = Witness(self.protocol, self.evaluate)
        log = self.protocol.log
        self.promising = (log.when is None or knowable(log.when)) and not (log.at == "side" and self.protocol.group is not None)
        self.sided = log.at == "side"
        self.routes: dict[door.Place, str] = {}
        dead = door.dead_transitions(self.protocol)
        for number, side in enumerate(self.protocol.sides):
            for place, state in enumerate(side.states):
                for at in range(len(state.next)):
                    name = self.routes[number, place, at] = self.move(number, state, at)
                    if (number, place, at) not in dead:
                        self.moves.declare(name)
        self.places = [place for place in self.routes if place not in dead]
        self.picks = [
            (number, at, choice)
            for number, side in enumerate(self.protocol.sides)
            for at, state in enumerate(side.states)
            for choice in range(len(state.parse))
        ]
        self.goals = [(MOVE, number) for number in range(len(self.places))] + [(MESSAGE, number) for number in range(len(self.picks))]
        self.goals += [(label, number) for number in range(len(self.picks)) for label in self.specimens[self._message(number)].steering()]
        """(MOVE, number in `places`), (MESSAGE, number in `picks`), and for each branch of each pick's message (its name, number in `picks`)."""
        self._picked: dict[int, list[Aim]] = {}
        self._likings: dict[int, tuple[dict[str, list[Any]], dict[str, list[Any]]]] = {}
        self._aims = Aims(self.protocol)
        self.homeward = Aim(Homeward(self.protocol.sides), {}, ({}, {}))
        self._hosts: list[Subject] | None = None
        self._feeding: dict[str, list[Aim]] = {}
        self._sought: tuple[int, list[int]] = (-1, [])
        self._vain = 0

    def aims(self, goal: int) -> tuple[list[Aim], Steering]:
        """The aims at goal number `goal` (from 1 on), and by message what may lead there."""
        kind, which = self.goals[goal - 1]
        if kind == MOVE:
            return self._aims.at(self.places[which]), {}
        if which not in self._picked:
            self._picked[which] = self._picks(which)
        if kind == MESSAGE:
            return self._picked[which], {}
        message = self._message(which)
        return self._picked[which], {message: self.specimens[message].steering()[kind]}

    @property
    def hosts(self) -> list[Subject]:
        """Of a layer: the protocols that feed it, for it is met in none but their dialogues."""
        if self._hosts is None:
            known = self.library.protocols
            names = [name for name, each in known.items() if not each.layer and self._feeds(each, self.name)] if self.protocol.layer else []
            self._hosts = [Subject(self.library, name, self._directories) for name in names]
        return self._hosts

    def of(self, protocol: str) -> Subject:
        """Whose dialogues these are: its own, or those of who feeds it."""
        return next((host for host in self.hosts if host.name == protocol), self)

    def feeding(self, layer: str) -> list[Aim]:
        """Aims at the states that feed a layer."""
        if layer not in self._feeding:
            self._feeding[layer] = self._aims.at_states(self._feeds(self.protocol, layer))
        return self._feeding[layer]

    @staticmethod
    def _feeds(protocol: door.Protocol, layer: str) -> list[tuple[int, int]]:
        """(side, state) for each state that feeds a layer."""
        return [
            (number, at)
            for number, side in enumerate(protocol.sides)
            for at, state in enumerate(side.states)
            if state.feed is not None and state.feed.layer == layer
        ]

    def _message(self, pick: int) -> int:
        side, at, choice = self.picks[pick]
        return self.protocol.sides[side].states[at].parse[choice].message

    def _picks(self, pick: int) -> list[Aim]:
        side, at, choice = self.picks[pick]
        state = self.protocol.sides[side].states[at]
        found = self._aims.at_message(side, at, choice)
        if not state.params:
            return found
        specimen = self.specimens[state.parse[choice].message]
        for aim in found:
            for name, code in state.params:
                compared(aim.hints, side, code, [*specimen.worth(name), *ROOMS])
        return found

    def liked(self, aim: Aim) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
        """Values worth trying for an aim, by side."""
        found = self._likings.get(id(aim))
        if found is None:
            found = self._likings[id(aim)] = (self.liking(0, aim.hints), self.liking(1, aim.hints))
        return found

    def seed(self, number: int) -> int:
        """The seed of a dialogue: every other one seeks a goal that was not reached yet, while there is one. Where nothing new was reached for long
        there are fewer, for to seek costs time."""
        if number % 2 == 0:
            return number
        reached = self.moves.reached() + self.ledger.reached()
        if self._sought[0] != reached:
            self._sought = (reached, self._unreached())
            self._vain = 0
        goals = self._sought[1]
        self._vain += 1
        if not goals or (self._vain > PATIENCE + EACH * len(goals) and self._vain % TIRED):
            return number
        return towards(number, goals[number // 2 % len(goals)])

    def _unreached(self) -> list[int]:
        """The numbers of the goals that were not reached; a message is reached when all its alternatives are."""
        missing = {*self.moves.missing(), *self.ledger.missing()}
        lacking = {label.split(":", 1)[0] for label in self.ledger.missing()}
        found = []
        for number, (kind, which) in enumerate(self.goals):
            if kind == MOVE:
                sought = self.routes[self.places[which]] in missing
            else:
                sought = self.specimens[self._message(which)].name in lacking if kind == MESSAGE else kind in missing
            if sought:
                found.append(number + 1)
        return found

    def plain(self) -> Plain | None:
        """The plain rooms, where those of this process are compiled."""
        if self._plain is None and door.compiled():
            self._plain = Plain(self.name, self._directories)
        return self._plain

    def liking(self, side: int, goal: tuple[dict[str, list[Any]], dict[str, list[Any]]]) -> dict[str, list[Any]]:
        """Values worth trying for a goal: its own, the keys of the cases that have its fields, and whatever else some guard asks for."""
        own = dict(goal[side])
        for specimen in self.specimens:
            for key, value, inside in specimen.cases:
                if key not in goal[side] and inside & goal[side].keys():
                    own.setdefault(key, []).append(value.encode("latin-1") if isinstance(value, str) else value)
        return {**self.hints[side], **own}

    def move(self, side: int, state: door.State, at: int) -> str:
        """A transition's name in the ledger."""
        transition = state.next[at]
        states = self.protocol.sides[side].states
        ends = {door.COMPLETE: "complete", door.STOP: "stop", door.UPGRADE: "upgrade"}
        target = ends.get(transition.target) or states[transition.target].name
        guard = f" when {transition.source}" if transition.source else f" when guard {at + 1} holds" if transition.when is not None else ""
        return f"{door.SIDES[side]}.{state.name} -> {target}{guard}"

    def evaluate(self, code: door.Code, scope: door.Scope) -> Any:
        """The value of one of the protocol's expressions."""
        run = self._linked.get(id(code))
        if run is None:
            run = self._linked[id(code)] = door.link(code)
        return run(scope)
