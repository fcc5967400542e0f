"""What a failure depends on, found by trying: the plan with one thing changed, and whether it still fails. Says it in words, with packet numbers
as the capture has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from wiregram_harness.plan import HAPPENINGS, NOTHING, Flow, Plan, Turn, steps
from wiregram_harness.wire import render

MOST = 4
"""Sentences."""


def hints(plan: Plan, fails: Callable[[Plan], bool]) -> list[str]:
    """What makes the failure go away, or what does not matter; `fails` says whether a plan still fails in the same way."""
    found = [words for words, other in _changes(plan) if not fails(other)]
    if found:
        return [f"It passes {words}." for words in found[:MOST]]
    return [] if any(_cut(turn) for flow in plan.flows for turn in flow.turns) else ["Cuts do not matter here: the bytes alone show it."]


def _changes(plan: Plan) -> Iterator[tuple[str, Plan]]:
    for number, flow in enumerate(plan.flows):
        for at, turn in enumerate(flow.turns):
            first = _packets_before(plan, number, at)
            for place, cut in enumerate(_cut(turn)):
                other = [kept for kept in _cut(turn) if kept != cut]
                changed = _with(plan, number, at, msgspec.structs.replace(turn, cuts=other))
                yield f"when packets {first + place + 1} and {first + place + 2} are merged", changed
        for name in ("operations", "hostile"):
            known = getattr(flow, name)
            for at, operation in enumerate(known):
                fewer = msgspec.structs.replace(flow, **{name: known[:at] + known[at + 1 :]})
                yield f"without this: {HAPPENINGS[operation.kind]}", _other(plan, number, fewer)
    if plan.interleaved:
        yield "when the flows come one after the other", msgspec.structs.replace(plan, interleaved=False)


def _cut(turn: Turn) -> list[int]:
    return steps(turn.cuts, len(turn.data))


def _packets_before(plan: Plan, number: int, at: int) -> int:
    """How many packets the capture has before a turn."""
    flow = plan.flows[number]
    until = msgspec.structs.replace(flow, turns=flow.turns[:at], ending=NOTHING)
    return len(render(msgspec.structs.replace(plan, flows=[*plan.flows[:number], until])))


def _with(plan: Plan, number: int, at: int, turn: Turn) -> Plan:
    flow = plan.flows[number]
    return _other(plan, number, msgspec.structs.replace(flow, turns=[*flow.turns[:at], turn, *flow.turns[at + 1 :]]))


def _other(plan: Plan, number: int, flow: Flow) -> Plan:
    return msgspec.structs.replace(plan, flows=[*plan.flows[:number], flow, *plan.flows[number + 1 :]])
