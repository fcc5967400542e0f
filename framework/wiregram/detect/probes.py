"""Probes: a protocol's own messages tried on a direction's first bytes. The one that wins goes on as the parser."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from wiregram.expression import Scope, link
from wiregram.model.packet import TRANSPORTS
from wiregram.model.parsing import FAILED, MATCH, MORE, Parser
from wiregram.program.library import Library
from wiregram.program.protocol import Probe, Protocol

EXPECTED, SERVER_PORT, CLIENT_PORT, ANY_PORT, OLD = range(5)
DERIVED = OLD
"""Tiers, best first: a match waits for what is undecided in a better one. OLD is the protocol that an upgrade leaves, DERIVED what a derived
pattern has tried; of these the earlier match wins, for a derived pattern may come late."""


class Trial:
    """One message on one direction. `turned`: the bytes would belong to the other direction. `at`: how many bytes the answer took.
    `flawed`: it matched with an error inside, and counts only if nothing else does. `short`: it failed only because the bytes ended.
    `parser` is made once the first octets are possible ones."""

    __slots__ = (
        "_begin", "_gate", "_least", "_params", "_passed", "_program", "at", "flawed", "message", "most", "name", "outcome", "parser", "protocol",
        "short", "tier", "turned",
    )  # fmt: skip

    def __init__(self, prober: Prober, place: int, begin: Callable[..., Parser], tier: int, turned: bool, least: int) -> None:
        self.protocol = prober.protocol
        self.message, self.name, self._program, self._gate = prober.programs[place]
        self._params = prober.params[place]
        self._begin = begin
        self.parser: Parser | None = None
        self.tier = tier
        self.turned = turned
        self._least = max(prober.minimum, least)
        self.most = prober.most
        self.outcome = MORE
        self.flawed = self.short = False
        self.at = self._passed = 0

    def shown(self) -> str:
        """The probe for a reader."""
        return f"message {self.name}"

    @property
    def looked(self) -> int:
        """How many octets were looked at."""
        return self._passed if self.parser is None else self.parser.visits

    @property
    def offset(self) -> int:
        """FAILED: the octet that does not fit."""
        return self._passed if self.parser is None else self.parser.offset

    def run(self, data: bytes | bytearray, size: int, end: bool) -> None:
        """Go on over data[:size]; `end`: nothing follows these."""
        gate = self._gate
        if self._passed < len(gate):
            for place in range(self._passed, min(size, len(gate))):
                if not gate[place] >> data[place] & 1:
                    self.outcome, self.at = FAILED, place + 1
                    return
                self._passed = place + 1
        if size < self._least:
            if end:
                self.outcome, self.at, self.short = FAILED, size, True
            return
        limit = min(size, self.most)
        parser = self.parser
        if parser is None:
            parser = self.parser = self._begin(self._program, self._params) if self._params else self._begin(self._program)
        outcome = parser.run(data, 0, limit, end and limit == size)
        if outcome == MATCH:
            self.flawed = parser.flaw is not None
            self.at = max(parser.used, self._least)
        elif outcome == FAILED or limit == self.most:
            self.short = outcome == FAILED and parser.short
            outcome = FAILED
            self.at = limit
        self.outcome = outcome

    def value(self, data: bytes | bytearray) -> dict[str, Any] | None:
        """The message, or of one that the bytes' end cut what is complete; None: nothing."""
        parser = self.parser
        if parser is None:
            return None
        return parser.value(data, 0) if self.outcome == MATCH else parser.partial()


class Prober:
    """One probe made ready: its messages' programs, what they take from outside, and bounds."""

    __slots__ = ("minimum", "most", "params", "probe", "programs", "protocol")

    def __init__(self, protocol: Protocol, probe: Probe, limit: int) -> None:
        self.probe = probe
        self.protocol = probe.protocol
        gates = probe.openings or ((),) * len(probe.messages)
        self.programs = tuple(
            (message, _name(protocol.messages[message]), protocol.messages[message], tuple(int.from_bytes(octets, "big") for octets in gate))
            for message, gate in zip(probe.messages, gates, strict=True)
        )
        self.params = tuple(_outside(protocol, message) for message in probe.messages)
        self.minimum = max(1, probe.minimum)
        self.most = min(probe.maximum or limit, protocol.limits.message, limit)

    def begin(self, begin: Callable[..., Parser], tier: int, turned: bool, least: int = 0) -> Iterable[Trial]:
        """One trial a message; none answers before `least` octets."""
        return [Trial(self, place, begin, tier, turned, least) for place in range(len(self.programs))]

    def possible(self, octet: int) -> bool:
        """Whether a message can begin with the octet."""
        for _, _, _, gate in self.programs:  # noqa: SIM110 (a hot room has no generator)
            if not gate or gate[0] >> octet & 1:
                return True
        return False


def _outside(protocol: Protocol, message: int) -> dict[str, object]:
    """What the message takes from outside, as it is before anything was said."""
    states = (state for side in protocol.sides for state in side.states if any(choice.message == message for choice in state.parse))
    params = next((state.params for state in states if state.params), ())
    return {name: link(code)(Scope()) for name, code in params}


def _name(program: Any) -> str:
    return str(getattr(program, "message", program))


class Probes:
    """All probes of a library for one transport, by direction, then by port, protocol, or none of them."""

    __slots__ = ("any_port", "by_port", "by_protocol")

    def __init__(self, library: Library, transport: int) -> None:
        name = TRANSPORTS[transport]
        limit = library.settings.engine.detection_limit
        by_port: tuple[dict[int, list[Prober]], dict[int, list[Prober]]] = ({}, {})
        any_port: tuple[list[Prober], list[Prober]] = ([], [])
        self.by_protocol: tuple[dict[str, Prober], dict[str, Prober]] = ({}, {})
        for protocol in library.protocols.values():
            if protocol.mode.get(name, "on") == "off":
                continue
            for probe in protocol.probes:
                if probe.transport != name:
                    continue
                prober = Prober(protocol, probe, limit)
                self.by_protocol[probe.direction][probe.protocol] = prober
                if probe.any_port:
                    any_port[probe.direction].append(prober)
                for low, high in probe.ports:
                    for port in range(low, high + 1):
                        by_port[probe.direction].setdefault(port, []).append(prober)
        self.by_port = tuple({port: tuple(probers) for port, probers in ports.items()} for ports in by_port)
        self.any_port = tuple(tuple(probers) for probers in any_port)

    def find(
        self, direction: int, client_port: int, server_port: int, turnable: bool, expected: str = "", old: str = ""
    ) -> Sequence[tuple[Prober, int, bool]]:
        """(prober, tier, turned) in the order of trial. `turnable`: which end is the server is a guess, so what the client's port announces is
        that the client is the server."""
        by_port = self.by_port[direction]
        found = [(prober, SERVER_PORT, False) for prober in by_port.get(server_port, ())]
        turned = self.by_port[1 - direction] if turnable else by_port
        if client_port in turned and client_port != server_port:
            found += [(prober, CLIENT_PORT, turnable) for prober in turned[client_port]]
        anywhere = self.any_port[direction]
        if anywhere:
            known = {id(prober) for prober, _, _ in found}
            found += [(prober, ANY_PORT, False) for prober in anywhere if id(prober) not in known]
        if expected or old:
            found = [item for item in found if item[0].protocol not in (expected, old)]
            by_protocol = self.by_protocol[direction]
            if expected in by_protocol:
                found.insert(0, (by_protocol[expected], EXPECTED, False))
            if old in by_protocol and old != expected:
                found.append((by_protocol[old], OLD, False))
        return found


def winner(trials: Sequence[Trial]) -> Trial | None:
    """The match that is settled: of the best tier, with none undecided in a better one; in a tier the one that took the fewest bytes."""
    won: Trial | None = None
    undecided = OLD + 1
    for trial in trials:
        if trial.outcome == MORE:
            undecided = min(undecided, trial.tier)
        elif trial.outcome == MATCH and not trial.flawed and (won is None or (trial.tier, trial.at) < (won.tier, won.at)):
            won = trial
    return won if won is not None and won.tier <= undecided else None


def cut_short(trials: Sequence[Trial]) -> Trial | None:
    """Of the trials on the flow's own ports that failed only because the bytes ended, the first of the best tier."""
    return min((trial for trial in trials if trial.short and trial.tier <= CLIENT_PORT), key=lambda trial: trial.tier, default=None)


def second_best(trials: Sequence[Trial]) -> Trial | None:
    """When every trial is decided and none is a clean match: the first that matched with a flaw, but for those that only try every port."""
    return min((trial for trial in trials if trial.outcome == MATCH and trial.tier != ANY_PORT), key=lambda trial: trial.tier, default=None)
