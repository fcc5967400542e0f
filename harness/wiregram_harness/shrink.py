"""Making a plan smaller while it still fails: delta-debugging over turns, messages, operations, cuts and octets (Zeller and Hildebrandt, 2002).

It knows plans only, so it shrinks whatever made them: the explorer's finds, a capture, an old failure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from wiregram_harness.draw import Choice
from wiregram_harness.plan import EXTRA, JUNK, NEAR, Flow, Message, Plan

TRIES = 600
"""Plans tried at most."""


def shrink(plan: Plan, fails: Callable[[Plan], bool], tries: int = TRIES) -> Plan:
    """The smallest plan found, in at most `tries` trials, for which `fails` still holds; `plan` itself must fail."""
    left = tries
    smaller = True
    while smaller:
        smaller = False
        for candidate in _simpler(plan):
            if left <= 0:
                return plan
            left -= 1
            if fails(candidate):
                plan = candidate
                smaller = True
                break
    return plan


def shorten(plan: Plan, fails: Callable[[Plan], bool]) -> Plan:
    """The shortest beginning of a plan of one flow for which `fails` holds; the plan itself, where it has more flows or no beginning fails."""
    if len(plan.flows) == 1:
        turns = plan.flows[0].turns
        for count in range(1, len(turns)):
            shorter = msgspec.structs.replace(plan, flows=[msgspec.structs.replace(plan.flows[0], turns=turns[:count])])
            if fails(shorter):
                return shorter
    return plan


def forget(plan: Plan) -> Plan:
    """The same bytes without what their generator knows of them, which would not be true of a part."""
    flows = []
    for flow in plan.flows:
        turns = [msgspec.structs.replace(turn, messages=[_plain(message) for message in turn.messages]) for turn in flow.turns]
        flows.append(msgspec.structs.replace(flow, turns=turns, promises=None))
    return msgspec.structs.replace(plan, flows=flows)


def _plain(message: Message) -> Message:
    return Message(message.data, message.name, NEAR if message.tier in (JUNK, EXTRA) else message.tier)


def shrink_choices(choices: Sequence[Choice], fails: Callable[[Sequence[Choice]], bool], tries: int = TRIES) -> list[Choice]:
    """The same for the choices that a plan was drawn with: runs of them are left out, then single ones made simplest. What is drawn with the rest
    still follows the description."""
    kept = list(choices)
    left = tries
    smaller = True
    while smaller and left > 0:
        smaller = False
        for candidate in (*_without(kept), *([*kept[:at], 0, *kept[at + 1 :]] for at in range(len(kept)) if kept[at] != 0)):
            left -= 1
            if fails(candidate):
                kept = candidate
                smaller = True
                break
            if left <= 0:
                break
    return kept


def _simpler(plan: Plan) -> Iterator[Plan]:
    """Plans with less, the boldest cuts first."""
    for flows in _without(plan.flows):
        if flows:
            yield msgspec.structs.replace(plan, flows=flows)
    for name in ("limits", "settings"):
        if getattr(plan, name):
            yield msgspec.structs.replace(plan, **{name: {}})
    if plan.interleaved:
        yield msgspec.structs.replace(plan, interleaved=False)
    for number, flow in enumerate(plan.flows):
        for simpler in _simpler_flow(flow):
            yield msgspec.structs.replace(plan, flows=[*plan.flows[:number], simpler, *plan.flows[number + 1 :]])


def _simpler_flow(flow: Flow) -> Iterator[Flow]:
    yield from _changed(flow, turns=_without(flow.turns), operations=_without(flow.operations), hostile=_without(flow.hostile))
    for number, turn in enumerate(flow.turns):
        for simpler in (*_changed(turn, cuts=_without(turn.cuts), messages=_without(turn.messages)), *_shorter(turn)):
            yield msgspec.structs.replace(flow, turns=[*flow.turns[:number], simpler, *flow.turns[number + 1 :]])
    plain = Flow(flow.transport, flow.port, flow.turns, flow.operations, flow.hostile)
    if plain != flow:
        yield plain


def _shorter(turn: Any) -> Iterator[Any]:
    for number, message in enumerate(turn.messages):
        for data in _without(message.data):
            messages = [*turn.messages[:number], msgspec.structs.replace(message, data=data), *turn.messages[number + 1 :]]
            yield msgspec.structs.replace(turn, messages=messages)


def _changed(thing: Any, **ways: Iterator[Any]) -> Iterator[Any]:
    for name, values in ways.items():
        for value in values:
            yield msgspec.structs.replace(thing, **{name: value})


def _without(items: Any) -> Iterator[Any]:
    """A list or bytes without some run of its elements: all, halves, quarters, down to single ones."""
    size = len(items)
    while size:
        for start in range(0, len(items), size):
            yield items[:start] + items[start + size :]
        size = size // 2
