"""Properties of dialogues that follow the description: their generator knows what must come of them. Each looks at one scenario and says what
contradicts it, or nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from wiregram import testing as door
from wiregram_harness.matcher import Matcher
from wiregram_harness.of_messages import limited
from wiregram_harness.plan import VALID, Flow
from wiregram_harness.promises import broken
from wiregram_harness.runs import ACCOUNTS, Told, brief, show
from wiregram_harness.scenario import Finding, Scenario


def _meant(scenario: Scenario) -> bool:
    """Whether every message is meant to be sound, and nothing happens to the stream."""
    plan = scenario.plan
    if plan.hostile or plan.limits or plan.settings:
        return False
    if scenario.subject.protocol.layer or any(scenario.subject.protocol.mode.get(flow.transport, "on") != "on" for flow in plan.flows):
        return False
    return not any(message.tier != VALID for _, turn in scenario.turns() for message in turn.messages)


def _sound(scenario: Scenario) -> bool:
    """Whether every message is sound by its grammar's own library. That takes longer than all else, so it is asked last: where something is wrong."""
    for _, _, message, specimen in scenario.messages():
        judged = specimen.judge(message.data)
        if judged is None or judged[1] != len(message.data) or limited(judged[0]):
            return False
    return True


def dialogue_truth(scenario: Scenario) -> Finding | None:
    """A dialogue that the description itself makes is read to its last byte, without an error, and its transactions are those that were made."""
    if not _meant(scenario):
        return None
    said = scenario.subject.decode_as
    for told, flow in zip(scenario.plain(), scenario.plan.flows, strict=True):
        if said and (flow.transport, flow.port) not in said:
            continue  # nothing but another protocol leads to it, or nothing but what its layers say tells it apart
        if told.old or any(record.expected_protocol for record in told.records):
            continue  # what follows an upgrade is the other protocol's
        found = _understood(told) or _kept(told, flow)
        if found is not None:
            return Finding("dialogue_truth", *found) if _sound(scenario) else None
    return None


def _understood(told: Told) -> tuple[str, str, str] | None:
    for record in told.records:
        if record.family == "anomaly":
            event = record.sections["anomaly"]
            if "inside" in event:
                continue  # what is fed to a layer is made without it
            if event["severity"] == "error" and event["type"] == "applayer":
                detail = f"{event['event']} in a dialogue that follows the description"
                return detail, f"{event['event']}, {event.get('direction', '')}, octet {event.get('offset', '?')}", "no error"
    for name, accounts in zip(door.DIRECTIONS, told.accounts, strict=True):
        found = dict(zip(ACCOUNTS, accounts, strict=True))
        lost = found["skipped"] + found["undetected"]
        if lost:
            detail = f"{lost} octets {name.replace('_', ' ')} of a dialogue that follows the description are not read"
            return detail, show(found), "each octet parsed"
    return None


def _logged(told: Told) -> Iterator[tuple[int, int]]:
    """(place of the packet, place of the record) of the transactions."""
    for at, record in enumerate(told.records):
        if record.family == "transaction":
            yield told.places[at], at


def _kept(told: Told, flow: Flow) -> tuple[str, str, str] | None:
    """The exchanges give the records that were promised."""
    if flow.promises is None:
        return None
    records = [told.records[at] for _, at in _logged(told)]
    for number, (record, promise) in enumerate(zip(records, flow.promises, strict=False), 1):
        wrong = broken(promise.values, record)
        if wrong is not None:
            place, found, promised = wrong
            return f"exchange {number} of the dialogue: its record has another `{place}` than what was said", found, promised
    if len(records) != len(flow.promises):
        more = f"; one is {brief(records[-1])}" if records else ""
        return f"a dialogue of {len(flow.promises)} exchanges", f"{len(records)} transactions{more}", str(len(flow.promises))
    return None


def prompt_completion(scenario: Scenario) -> Finding | None:
    """A transaction is logged as soon as its last octet is there, not when something follows or the flow ends."""
    plan = scenario.plan
    if len(plan.flows) != 1 or not plan.flows[0].promises or not _meant(scenario):
        return None
    flow = plan.flows[0]
    told = scenario.plain()[0]
    logged = [place for place, _ in _logged(told)]
    last = _last_packets(flow)
    decided = told.lane.decided if told.lane is not None else -1
    for number, (place, promise) in enumerate(zip(logged, flow.promises or (), strict=False), 1):
        if promise.turn >= 0 and place > max(last[promise.turn], decided):
            if not _sound(scenario):
                return None
            detail = f"exchange {number} is complete with turn {promise.turn + 1}, and logged later"
            return Finding("prompt_completion", detail, f"packet {place + 1}", f"packet {last[promise.turn] + 1}", promise.turn)
    return None


def _last_packets(flow: Flow) -> list[int]:
    """The place of the last packet of each turn, sent plainly."""
    place = 2 if flow.transport == "tcp" else -1
    found = []
    for turn in flow.turns:
        place += -(-len(turn.data) // 1460) if flow.transport == "tcp" else len(turn.messages)
        found.append(place)
    return found


def detection_invariance(scenario: Scenario) -> Finding | None:
    """The verdict is one that the whole streams allow, and there is one where a pattern says so."""
    plan = scenario.plan
    said = scenario.subject.decode_as
    if plan.hostile or plan.settings or any(flow.again or (flow.transport, flow.port) in said for flow in plan.flows):
        return None
    matcher = scenario.subject.matcher
    for told, flow in zip(scenario.plain(), plan.flows, strict=True):
        if not told.old:
            found = verdict(matcher, told, flow)
            if found is not None:
                return Finding("detection_invariance", *found)
    return None


def verdict(matcher: Matcher, told: Told, flow: Flow) -> tuple[str, str, str] | None:
    """What is wrong with the verdict of a flow, by a matcher over its whole streams."""
    streams = [b"".join(turn.data for turn in flow.turns if turn.direction == side) for side in (0, 1)]
    if flow.transport != "tcp":
        streams = [next((turn.data for turn in flow.turns if turn.direction == side and turn.data), b"") for side in (0, 1)]
    if not any(streams):
        return None
    sure, possible = matcher.candidates(flow.transport, flow.port, streams[0], streams[1])
    said = told.protocol
    if said == "failed" and sure:
        return "detection finds nothing where a pattern matches", "failed", " or ".join(sorted(sure))
    if said not in ("failed", "") and said not in possible:
        return "detection finds what neither a pattern nor a probe can say", said, " or ".join(sorted(possible)) or "nothing"
    return None
