"""When detection has waited long enough: the present rule and the older one, over all states of two sides."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from wiregram.detect.bailout import BOTH_DONE, ONE_SILENT, ONLY_PATTERNS, PRESETS, SERVER_ONLY, TOO_MANY
from wiregram.model.packet import TCP, TO_CLIENT, TO_SERVER

LIMITS = (100, 1000)


class Side:
    def __init__(self, seen: int, patterns: bool, probes: bool) -> None:
        self.seen, self._patterns, self._probes = seen, patterns, probes

    def patterns_done(self) -> bool:
        return self._patterns

    def probes_done(self) -> bool:
        return self._probes

    def done(self) -> bool:
        return self._patterns and self._probes


def said(preset: str, client: Side, server: Side) -> Any:
    """The reference's sentences, one by one."""
    if client.done() and server.done():
        return BOTH_DONE
    if preset == "current" and (client.seen > 2 * LIMITS[0] or server.seen > 2 * LIMITS[1]):
        return TOO_MANY
    for side, limit, other in ((client, LIMITS[0], server), (server, LIMITS[1], client)):
        if side.done() and side.seen > limit:
            if other.seen == 0:
                return ONE_SILENT
            if other.probes_done() and not other.patterns_done():
                return ONLY_PATTERNS
    undecided = not server.patterns_done() and not server.probes_done()
    if preset == "older" and server.seen > LIMITS[1] and undecided and client.probes_done() and not client.patterns_done():
        return SERVER_ONLY
    return None


@pytest.mark.parametrize("preset", list(PRESETS))
def test_every_state_of_two_sides_is_answered_as_the_reference_says(preset: str) -> None:
    answers = set()
    states = list(product((False, True), repeat=2))
    for one, two in product(states, states):
        for sizes in product((0, 100, 101, 200, 201), (0, 1000, 1001, 2000, 2001)):
            client, server = Side(sizes[0], *one), Side(sizes[1], *two)
            answer = PRESETS[preset](client, server, LIMITS)
            assert answer == said(preset, client, server), (sizes, one, two)
            answers.add(answer)
    assert len(answers) == 5


def test_the_older_rule_waits_beyond_twice_the_limit(made: Any) -> None:
    patterns = [made.pattern(b"+OK", depth=10_000), made.pattern(b"CAPA", TO_SERVER, depth=10_000)]
    for preset, verdict in (("current", "failed"), ("older", "")):
        detection = made.detector(made.protocol("p", patterns), limit=100, bail_out=preset).open(TCP, 1, 2)
        detection.feed(TO_CLIENT, b"x" * 201)
        assert detection.verdict == verdict


def test_a_limit_is_that_of_its_direction(made: Any) -> None:
    detection = made.detector(made.protocol("p", [made.pattern(b"+OK", depth=10_000), made.pattern(b"CAPA", TO_SERVER, depth=10_000)])).open(
        TCP, 1, 2
    )
    detection.limits = (100, 1000)
    for direction, octets, verdict in ((TO_CLIENT, 2000, ""), (TO_SERVER, 200, ""), (TO_CLIENT, 2001, "failed")):
        detection.feed(direction, b"x" * octets)
        assert detection.verdict == verdict
