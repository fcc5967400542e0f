"""Which transitions can be proved never to be taken, on which side: what holds on one side only, what no message of that role can have, and
what lies behind them. Runs nothing; where nothing is proved, a transition counts as one that can be taken."""

from __future__ import annotations

from wiregram.compiler.codes import names, on_side
from wiregram.compiler.reasoning import Facts, Values, both, ways
from wiregram.program.expression import Code
from wiregram.program.protocol import EITHER, RESPONSE, SIDES, Protocol, State

Place = tuple[int, int, int]
"""A side, a state's number, the number of its transition."""


def dead_transitions(protocol: Protocol) -> frozenset[Place]:
    """The transitions that no octets whatever can lead to."""
    return frozenset(
        (number, at, index)
        for number, side in enumerate(protocol.sides)
        for taken in [_taken(protocol, number)]
        for at, state in enumerate(side.states)
        for index in range(len(state.next))
        if (at, index) not in taken
    )


def _taken(protocol: Protocol, number: int) -> set[tuple[int, int]]:
    """(state, transition) of one side, from where it begins."""
    side, pair = protocol.sides[number], protocol.pair
    found: set[tuple[int, int]] = set()
    if not side.states or (number == RESPONSE and pair.begins == EITHER and pair.role is None and pair.by != "flow"):
        return found  # every message is a request
    known = _known(protocol, number)
    reached: set[int] = set()
    waiting = [at for at in (side.start, side.first) if at >= 0]
    while waiting:
        at = waiting.pop()
        if at < 0 or at in reached:
            continue
        reached.add(at)
        state = side.states[at]
        role = _of_role(protocol, number) if at == side.start and state.parse and side.first < 0 else [{}]
        for index in _open(state, both(known, role), SIDES[number]):
            found.add((at, index))
            transition = state.next[index]
            waiting += (transition.target, transition.alone) if transition.hold else (transition.target,)
    return found


def _open(state: State, left: list[Facts], side: str) -> list[int]:
    """The transitions that what is known leaves open."""
    found = []
    changed = {(side, assign.name) for assign in state.assigns if assign.scope == "own"} | {(side, state.keep)}
    left = [{about: values for about, values in facts.items() if not names(about) & changed} for facts in left]
    for index, transition in enumerate(state.next):
        guard: Code = ("const", True) if transition.when is None else on_side(transition.when, side)
        if both(left, ways(guard)):
            found.append(index)
        left = both(left, ways(guard, False))
    return found


def _known(protocol: Protocol, number: int) -> list[Facts]:
    """What is so in every state of a side."""
    facts: Facts = {("side",): Values(frozenset([SIDES[number].encode()]), present=True)}
    if protocol.ports:
        facts["flow", "transport"] = Values(frozenset(transport.encode() for transport in protocol.ports), present=True)
    return [facts]


def _of_role(protocol: Protocol, number: int) -> list[Facts]:
    """What `role`, where it chooses between the two, says of the messages that begin on a side."""
    role = protocol.pair.role
    said = [("const", side.encode()) for side in SIDES]
    if role is None or role[0] != "if" or [*role[2:]] not in (said, said[::-1]):
        return [{}]
    return ways(on_side(role[1], SIDES[number]), role[2] == said[number])
