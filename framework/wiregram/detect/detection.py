"""The verdict on one flow: what each direction says, how the two agree, and when to give up.

Everything is decided at the earliest byte that decides it, so a verdict does not depend on how bytes are cut. Bytes count on arrival; an
acknowledgement only says which side spoke first."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from wiregram.detect.probes import ANY_PORT, DERIVED, EXPECTED, OLD, Trial, cut_short, second_best, winner
from wiregram.detect.reason import EXPECTATION, FORCED, PATTERN, PROBE, UPGRADE, Found, explain
from wiregram.detect.scan import Scan
from wiregram.detect.side import Side
from wiregram.model.packet import TO_CLIENT, TO_SERVER, UDP
from wiregram.model.parsing import FAILED, MORE, Parser

if TYPE_CHECKING:
    from wiregram.detect.detector import Detector

UNDECIDED, NONE_FOUND = "", "failed"

MOST_OTHER = 256
"""How much of the other side a pattern's guard sees; one that is still absent then is false."""
DATAGRAMS = 8
"""How many datagrams of a direction are looked at."""
UPGRADE_LIMIT = 4096
"""How many bytes of a direction are looked at after an upgrade."""

SPEAKERS = {"client": TO_SERVER, "server": TO_CLIENT}


class Detection:
    """One flow's detection. `verdict`: "" (unknown), a protocol's name, or "failed". `sides`: what each direction says for itself.
    `swapped`: the flow is seen the wrong way round; from then on directions are the right ones. `parsing`: False if the protocol is only to be
    named. `ended`: why there is no answer. `parsers[d]`: (message's number, Parser) of the probe that won on direction d. `events`: (name,
    direction, offset), taken with `take`. `limits`: octets of each direction, set by the caller, who knows the receivers' windows."""

    __slots__ = (
        "_client_port", "_detector", "_expected", "_first", "_forced", "_found", "_limit", "_loose", "_old", "_server_port", "_sides",
        "_upgrade", "_waiting", "ended", "events", "limits", "parsers", "parsing", "sides", "swapped", "transport", "verdict",
    )  # fmt: skip

    def __init__(
        self,
        detector: Detector,
        transport: int,
        client_port: int,
        server_port: int,
        midstream: bool,
        upgrade: bool = False,
        expected: str = "",
        old: str = "",
        forced: tuple[str, bool] = ("", False),
    ) -> None:
        self._detector = detector
        self.transport = transport
        self._client_port = client_port
        self._server_port = server_port
        self._loose = midstream or transport == UDP
        self._upgrade = upgrade
        self._expected = expected
        self._old = old
        self._forced = forced
        self._limit = UPGRADE_LIMIT if upgrade or expected else detector.limit
        self._first = -1
        self._waiting = -1
        self._sides = [Side(), Side()]
        self._found: Found | None = None
        self.verdict = UNDECIDED
        self.sides = [UNDECIDED, UNDECIDED]
        self.swapped = False
        self.parsing = True
        self.parsers: list[tuple[int, Parser] | None] = [None, None]
        self.events: list[tuple[str, int, int]] = []
        self.ended = ""
        self.limits = (detector.limit, detector.limit)

    def wants(self, direction: int) -> bool:
        """Whether more of this direction could change anything here."""
        if self._sides[direction].ended:
            return False
        if not self.verdict:
            return True
        if self.transport == UDP or self.verdict == NONE_FOUND:
            return False
        return self._may_confirm(direction) or (self._sides[direction].seen < MOST_OTHER and self._may_confirm(1 - direction, True))

    def _may_confirm(self, direction: int, guarded: bool = False) -> bool:
        """Whether patterns of the direction, which has no verdict of its own, may agree with the flow's; `guarded`: by what the other side says."""
        matcher = self._detector.matchers[self.transport][direction]
        return matcher is not None and (matcher.guarded or not guarded) and not self.sides[direction] and not self._sides[direction].ended

    def feed(self, direction: int, data: bytes | bytearray, end: bool = False, mark: int = -1) -> None:
        """`data`: all of the direction so far (for UDP: one datagram); `end`: nothing follows, or a gap does (UDP: the datagram is whole);
        `mark`: how much of the other direction the sender had acknowledged with its first byte."""
        side = self._sides[direction]
        if side.ended:
            return
        if self._forced[0] and not self.verdict:
            if data:
                self._force(direction)
            return
        if self.transport == UDP:
            if not self.verdict:
                self._datagram(direction, side, data, not end)
            return
        if len(data) > self._limit and not self.verdict:
            # what is decided at a bound is decided there, however the bytes are cut
            swapped = self.swapped
            for bound in self._bounds(direction):
                if side.seen < bound < len(data):
                    self._take_in(direction, side, data[:bound], False, mark)
                    if self.swapped != swapped:
                        return
        self._take_in(direction, side, data, end, mark)

    def _take_in(self, direction: int, side: Side, data: bytes | bytearray, end: bool, mark: int) -> None:
        size = len(data)
        fresh = size > side.seen
        if not fresh and not end:
            return
        if self.verdict:
            self._second(direction, side, data, end)
            return
        if fresh:
            if self._first < 0:
                self._first = 1 - direction if mark > 0 else direction
            self._turn(direction, side, data)
        if not self.verdict:
            self._step(direction, side, data, end)
        if not self.verdict:
            self._bail_out()
        elif not self.swapped and self.wants(direction):
            self._second(direction, side, data, end)

    def give_up(self, why: str, skipped: bool) -> None:
        """The caller waits no longer; `skipped`: though there is more."""
        if not self.verdict:
            self._fail(why, skipped)

    def parsed(self, direction: int, well: bool) -> None:
        """The protocol's own parser has answered on this direction's first message, where no pattern had decided."""
        if self.sides[direction] or self.verdict in (UNDECIDED, NONE_FOUND):
            return
        if well:
            self.sides[direction] = self.verdict
        else:
            self.sides[direction] = NONE_FOUND
            self.events.append(("detect_protocol_only_one_direction", direction, 0))

    def take(self) -> list[tuple[str, int, int]]:
        events, self.events = self.events, []
        return events

    @property
    def reason(self) -> dict[str, Any]:
        """Why, as `explain` says it."""
        found = self._found
        agreed = ""
        if found is not None and found.by != FORCED and found.protocol == self.verdict and self._expected in ("", self.verdict):
            agreed = UPGRADE if self._upgrade else EXPECTATION if self._expected else ""
        return explain(found, self._sides, self.verdict, self.ended, agreed)

    @property
    def looked(self) -> int:
        """How many octets were looked at, by patterns and probes, those looked at twice counted twice."""
        found = 0
        for side in self._sides:
            found += sum(scan.search.seen for scan in (side.scan, side.reverse) if scan is not None)
            found += sum(trial.looked for trial in side.trials or ())
        return found

    # One direction

    def _turn(self, direction: int, side: Side, data: bytes | bytearray) -> None:
        """This direction speaks after the other one: what leads there has won, and guards there see these bytes one by one."""
        other = self._sides[1 - direction]
        scan = other.scan
        if scan is None:
            return
        if scan.leads() and not self.sides[1 - direction]:
            self._win_by_pattern(1 - direction, scan, False)
        elif scan.waiting:
            for size in range(side.seen + 1, min(len(data), MOST_OTHER)):
                self._step(direction, side, data[:size], False)
                if self.verdict or not scan.waiting:
                    return

    def _datagram(self, direction: int, side: Side, data: bytes | bytearray, cut: bool) -> None:
        """One whole attempt on one datagram. Where the capture cut it, a probe of its ports that failed only for want of bytes has matched."""
        side.datagrams += 1
        side.scan = side.reverse = side.trials = None
        side.seen = 0
        self._step(direction, side, data, True)
        side.ended = False
        if cut and not self.verdict and side.trials:
            trial = cut_short(side.trials)
            if trial is not None:
                self._win(Found(trial.protocol, PROBE, direction, 0, len(data), trial), self._turned(direction, trial, trial.value(data)), None)
        if not self.verdict and (side.datagrams >= DATAGRAMS or (self._expected and not self._upgrade)):
            self._fail("no answer in the first datagrams", False)

    def _step(self, direction: int, side: Side, data: bytes | bytearray, end: bool) -> None:
        """Look at this direction's new bytes, then at what waits for them in the other."""
        side.data = data
        side.ended = end
        if data:
            self._look(direction, side, data, end)
        side.seen = len(data)
        other = self._sides[1 - direction]
        if not self.verdict and other.scan is not None and other.scan.waiting:
            other.scan.judge(partial(self._scope, 1 - direction), end or len(data) >= MOST_OTHER)
            if other.scan.leads() and not self.sides[1 - direction]:
                self._win_by_pattern(1 - direction, other.scan, False)

    def _look(self, direction: int, side: Side, data: bytes | bytearray, end: bool) -> None:
        """Patterns, then the same bytes against the other direction's patterns if the flow may be turned round, then probes. A probe wins only
        with bytes before the first verified pattern."""
        matchers = self._detector.matchers[self.transport]
        matcher = matchers[direction]
        scope = partial(self._scope, direction)
        lead = len(data) + 1
        scan = side.scan
        if matcher is not None:
            if scan is None:
                scan = side.scan = Scan(matcher)
            scan.feed(data, end, scope)
            if scan.best is not None:
                lead = scan.lead
        turned = side.reverse
        matcher = matchers[1 - direction]
        if self._loose and matcher is not None:
            if turned is None:
                turned = side.reverse = Scan(matcher)
            turned.feed(data, end, scope)
            if turned.best is not None:
                lead = min(lead, turned.lead)
        if self.sides[direction]:
            return
        if side.trials is None:
            side.trials = self._trials(direction, data[0])
        if scan is not None and scan.tried < len(scan.derived):
            self._nominate(direction, side.trials, scan, False)
        if turned is not None and turned.tried < len(turned.derived):
            self._nominate(direction, side.trials, turned, True)
        if side.trials:
            size = min(len(data), lead - 1)
            self._probe(side, data, size, end and size == len(data))
            trial = winner(side.trials)
            if trial is None and side.patterns_done() and side.probes_done():
                trial = second_best(side.trials)
            if trial is not None:
                self._win_by_probe(direction, trial, data)
                return
        if scan is not None and scan.best is not None:
            if scan.settled():
                self._win_by_pattern(direction, scan, False)
        elif turned is not None and (scan is None or scan.done()) and turned.settled():
            self._win_by_pattern(direction, turned, True)

    def _probe(self, side: Side, data: bytes | bytearray, size: int, end: bool) -> None:
        for trial in side.trials or ():
            if trial.outcome == MORE:
                trial.run(data, size, end)

    def _trials(self, direction: int, octet: int) -> list[Trial]:
        """`octet`: the direction's first. Probes on the flow's own ports are kept even if it rules them out, for the reasons."""
        detector = self._detector
        probes = detector.probes[self.transport]
        found = probes.find(direction, self._client_port, self._server_port, self._loose, self._expected, self._old)
        return [
            trial
            for prober, tier, turned in found
            if tier != ANY_PORT or prober.possible(octet)
            for trial in prober.begin(detector.begin, tier, turned)
        ]

    def _nominate(self, direction: int, trials: list[Trial], scan: Scan, turned: bool) -> None:
        """The protocols that derived patterns point to are tried where they are not already; each such trial begins where its pattern ends."""
        detector = self._detector
        by_protocol = detector.probes[self.transport].by_protocol[1 - direction if turned else direction]
        for entry in scan.derived[scan.tried :]:
            if not any(trial.protocol == entry.protocol and trial.turned == turned for trial in trials) and entry.protocol in by_protocol:
                trials += by_protocol[entry.protocol].begin(detector.begin, DERIVED, turned, scan.stops[entry.rank])
        scan.tried = len(scan.derived)

    def _scope(self, direction: int) -> Any:
        """What guards of this direction's patterns see of the other."""
        other = self._sides[1 - direction]
        verdict = self.sides[1 - direction]
        return self._detector.scope(bytes(other.data[:MOST_OTHER]) if other.seen else None, verdict)

    # Both directions

    def _win_by_pattern(self, direction: int, scan: Scan, turned: bool) -> None:
        best = scan.best
        assert best is not None
        offset = scan.stops[best.rank] - best.length
        self._win(Found(best.protocol, PATTERN, direction, offset, best.length, best), turned, None)

    def _win_by_probe(self, direction: int, trial: Trial, data: bytes | bytearray) -> None:
        turned = self._turned(direction, trial, trial.value(data) if self._loose else None)
        side = self._sides[direction]
        whole = self.transport == UDP or not side.ended
        parser = (trial.message, trial.parser) if trial.parser is not None and whole and side.datagrams <= 1 else None
        self._win(Found(trial.protocol, PROBE, direction, 0, trial.at, trial), turned, parser)

    def _turned(self, direction: int, trial: Trial, value: dict[str, Any] | None) -> bool:
        """Whether the bytes belong to the other direction: by the message's own word, where it has one, else by the ports."""
        role = self._detector.role(trial.protocol, value) if self._loose and value is not None else -1
        return role != direction if role >= 0 else trial.turned

    def _win(self, found: Found, turned: bool, parser: tuple[int, Parser] | None) -> None:
        """One direction has an answer: what that means for the flow."""
        if turned:
            self._turn_round()
            found.direction = 1 - found.direction
        direction, protocol = found.direction, found.protocol
        self.sides[direction] = protocol
        other = 1 - direction
        winner_side = direction
        if self.sides[other] and self.sides[other] != protocol:
            self.events.append(("mismatch_protocol_both_directions", direction, found.offset))
            winner_side = TO_CLIENT
        if winner_side == direction:
            self._found = found
            self.parsers[other] = None if self.sides[other] != protocol else self.parsers[other]
            self.parsers[direction] = parser
        name = self.sides[winner_side]
        if self.transport != UDP and not self._upgrade:
            if self._loose:
                client = self._sides[TO_SERVER]
                if direction == TO_CLIENT and not self.sides[TO_SERVER] and client.seen and client.done():
                    self.parsing = False  # its client's bytes begin amid something: only whole requests are trusted
            elif self._waits(winner_side, name):
                return
        self._decide(name)

    def _waits(self, direction: int, name: str) -> bool:
        """Who speaks first: whether this answer has to wait for the other side's bytes, which were sent before."""
        speaker = SPEAKERS.get(self._detector.protocols[name].speaks_first, -1)
        if speaker < 0:
            return False
        if self._first != speaker:
            self.events.append(("wrong_direction_first_data", direction, 0))
            self.parsing = False
        elif direction != speaker and not self._sides[speaker].done() and not self.sides[speaker]:
            self._waiting = direction
            return True
        return False

    def _decide(self, name: str) -> None:
        self.verdict = name
        if self._detector.protocols[name].mode.get(self._detector.names[self.transport]) == "detection_only":
            self.parsing = False
        if self._expected and name != self._expected:
            self.events.append(("unexpected_protocol", TO_SERVER, -1))
            expected = self._detector.protocols.get(self._expected)
            if expected is not None and expected.missed:
                self.events.append((expected.missed, TO_SERVER, -1))
        for direction, side in enumerate(self._sides):
            if not self.sides[direction] and side.scan is not None and side.scan.speaks(name):
                self.sides[direction] = name
            if len(side.data) > MOST_OTHER:
                side.data = bytes(side.data[:MOST_OTHER])  # all that guards of the other direction may still ask for

    def _turn_round(self) -> None:
        self.swapped = not self.swapped
        self._client_port, self._server_port = self._server_port, self._client_port
        for pair in (self._sides, self.sides, self.parsers):
            pair.reverse()
        for side in self._sides:
            side.scan, side.reverse = side.reverse, side.scan
        self.limits = (self.limits[1], self.limits[0])
        if self._first >= 0:
            self._first = 1 - self._first

    def _second(self, direction: int, side: Side, data: bytes | bytearray, end: bool) -> None:
        """The flow has its protocol; this direction's patterns may agree, or not."""
        if not self._may_confirm(direction):
            if side.seen < MOST_OTHER:  # guards of the other direction may ask for these
                side.data = bytes(data[:MOST_OTHER])
                side.seen = len(data)
            side.ended = side.ended or end
            return
        if side.scan is None:
            matcher = self._detector.matchers[self.transport][direction]
            assert matcher is not None
            side.scan = Scan(matcher)
        scan = side.scan
        scope = partial(self._scope, direction)
        scan.feed(data, end, scope)
        scan.judge(scope, True)
        side.data = bytes(data[:MOST_OTHER])
        side.seen = len(data)
        if scan.speaks(self.verdict):
            self.sides[direction] = self.verdict
        elif scan.settled():
            best = scan.best
            assert best is not None
            self.sides[direction] = best.protocol
            self.events.append(("mismatch_protocol_both_directions", direction, scan.stops[best.rank] - best.length))
        side.ended = end or scan.done()

    # Giving up

    def _bounds(self, direction: int) -> tuple[int, ...]:
        """How many octets of the direction make `_bail_out` answer otherwise."""
        return (self._limit,) if self._upgrade or self._expected else (self.limits[direction] + 1, 2 * self.limits[direction] + 1)

    def _bail_out(self) -> None:
        client, server = self._sides
        ends = (client.done(), server.done())
        if self._waiting >= 0 and ends[1 - self._waiting]:
            self._decide(self.sides[self._waiting])
            return
        if self._expected and not self._upgrade:
            for direction, side in enumerate(self._sides):
                if side.seen and (ends[direction] or side.seen >= self._limit):
                    self._fail("nothing contradicts what was announced", False)
                    return
        if self._upgrade:
            if ends[0] and ends[1]:
                self._fail("both sides are done", False)
            elif client.seen >= self._limit or server.seen >= self._limit:
                self._fail("nothing found after the upgrade", False)
            return
        answer = self._detector.bail_out(client, server, self.limits)
        if answer is not None:
            self._fail(*answer)

    def _fail(self, why: str, skipped: bool) -> None:
        """No more is looked at: the protocol that waits for the other side's word, or the one before the upgrade, or none."""
        if self._waiting >= 0:
            self.ended = why
            self._decide(self.sides[self._waiting])
            return
        if self._expected and not self._upgrade and self._announced():
            return
        self.ended = why if any(side.seen or side.datagrams for side in self._sides) else "no octets came"
        if skipped:
            self.events.append(("proto_detection_skipped", TO_SERVER, -1))
        self.verdict = self._old if self._old and not self._old_failed() else NONE_FOUND

    def _announced(self) -> bool:
        """Whether the flow is what was announced: octets have come, and its own messages, where it has any, do not rule them out."""
        seen = [direction for direction, side in enumerate(self._sides) if side.seen]
        trials = [trial for side in self._sides for trial in side.trials or () if trial.tier == EXPECTED]
        if not seen or any(trial.outcome == FAILED and not trial.short for trial in trials):
            return False
        direction = self._first if self._first >= 0 else seen[0]
        self._found = Found(self._expected, EXPECTATION, direction)
        self.sides[direction] = self._expected
        self._decide(self._expected)
        return True

    def _force(self, direction: int) -> None:
        """A person has said what this is."""
        name, turned = self._forced
        if turned:
            self._turn_round()
            direction = 1 - direction
        self._found = Found(name, FORCED, direction)
        self.sides[:] = [name, name]
        self._decide(name)

    def _old_failed(self) -> bool:
        """Whether the bytes after the upgrade cannot be the old protocol's."""
        return any(
            trial.tier == OLD and trial.protocol == self._old and trial.outcome == FAILED and not trial.short
            for side in self._sides
            for trial in side.trials or ()
        )
