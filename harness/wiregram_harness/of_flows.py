"""Properties of flows: what comes of a plan, against what was sent, against the same sent otherwise, and against bounds. Each looks at one
scenario and says what contradicts it, or nothing.
"""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec

import wiregram
from wiregram import testing as door
from wiregram_harness.plan import CLIENT_PORT, EXTRA, JUNK, VALID, Flow, Plan
from wiregram_harness.runs import ACCOUNTS, Told, by_lanes, by_packets, difference
from wiregram_harness.scenario import Dialogue, Finding, Scenario, engine
from wiregram_harness.streams import contradiction
from wiregram_harness.wire import FIN_FLAG, RST_FLAG, START, STEP, times

SKIPPING = frozenset(
    ("parse_error", "too_long", "too_complex", "truncated", "unexpected_message", "trailing_data", "gap", "depth_reached", "too_many_errors")
)
"""Events that say why octets are passed over."""


def never_raises(scenario: Scenario) -> Finding | None:
    try:
        scenario.told()
        scenario.lanes()
    except Exception as error:
        return raised(error)
    for turn, place, message, specimen in scenario.messages() if scenario.whole else ():
        try:
            specimen.read(message.data, final=True)
        except Exception as error:
            return raised(error, turn, place)
    return None


def raised(error: Exception, turn: int = -1, message: int = -1) -> Finding:
    """An exception that came out of the engine."""
    detail = "".join(traceback.format_exception_only(error)).strip()
    frames = "".join(traceback.format_tb(error.__traceback__)[-3:]).rstrip()
    return Finding("never_raises", detail, frames, "no exception", turn, message)


def chunk_invariance(scenario: Scenario) -> Finding | None:
    if scenario.plan.hostile:
        return _two_ways(scenario)
    for one, two in zip(scenario.told(), scenario.plain(), strict=True):
        found = difference(one, two)
        if found is not None:
            what, cut, plain = found
            return Finding("chunk_invariance", f"{what}: it depends on how the stream is cut", f"cut: {cut}", f"uncut: {plain}")
        for told in (one, two):
            found = _unsteady(told)
            if found is not None:
                return Finding("chunk_invariance", *found)
    return None


def _unsteady(told: Told) -> tuple[str, str, str] | None:
    """A record that says of a side what the flow's end does not say. Detection has a packet's octets before they are parsed, so a record may know a
    side by octets behind its own: when a side is recognised depends on cuts, but not as what."""
    for record in () if told.old else told.records:
        if record.protocol_sides == told.sides:
            continue
        for side, name in zip(record.protocol_sides, told.sides, strict=True):
            if side not in ("", name):
                return f"{record.family} record: the protocol of a side is another at the flow's end", side, name
    return None


def idempotence(scenario: Scenario) -> Finding | None:
    """What TCP sends again, later, or empty changes nothing: the same cuts without it give the same."""
    plan = scenario.plan
    if plan.hostile or not any(flow.operations for flow in plan.flows):
        return None
    calm = msgspec.structs.replace(plan, flows=[msgspec.structs.replace(flow, operations=[]) for flow in plan.flows])
    for one, two in zip(scenario.told(), by_lanes(engine(scenario.subject, calm), calm), strict=True):
        found = difference(one, two)
        if found is not None:
            what, again, once = found
            return Finding("idempotence", f"{what}: it depends on packets that bring nothing new", f"with them: {again}", f"without: {once}")
    return None


def _two_ways(scenario: Scenario) -> Finding | None:
    """Frames and segments give the same."""
    if not scenario.whole or not all(flow.opened for flow in scenario.plan.flows):
        return None
    lanes = scenario.lanes()
    parted = _parted(scenario)
    if parted:
        now = START + times(scenario.line)[parted]
        lanes = by_lanes(engine(scenario.subject, scenario.plan), scenario.plan, scenario.line[:parted], now=now)
    for one, two in zip(scenario.told(), lanes, strict=True):
        found = difference(one, two)
        if found is not None:
            what, frames, segments = found
            return Finding("chunk_invariance", f"{what}: frames give another than the segments in them", frames, segments)
    return None


def _parted(scenario: Scenario) -> int:
    """The place of the first packet that comes after its flow has been silent for too long, so that it begins another one, which lanes do not know;
    0: there is none, or there are several flows, of which each would have to be asked."""
    plan, waits = scenario.plan, scenario.subject.waits
    if len(plan.flows) > 1 or not any(operation.time for operation in plan.flows[0].hostile):
        return 0
    tcp = plan.flows[0].transport == "tcp"
    wait = waits.new if tcp else waits.datagrams
    heard = ended = 0  # a bit for each side
    for place, (_, sent) in enumerate(scenario.line):
        if place and sent.pause + STEP > wait:
            return place
        heard |= 1 << sent.direction
        if not tcp:
            continue
        ended |= 3 if sent.flags & RST_FLAG else (sent.flags & FIN_FLAG) << sent.direction
        wait = waits.closed if ended == 3 else waits.established if heard == 3 and place > 1 else waits.new
    return 0


def byte_accounting(scenario: Scenario) -> Finding | None:
    """Each byte of each direction is parsed, skipped with an event, in a gap, beyond the depth, opaque or undetected: once, after every packet."""
    if scenario.plan.hostile:
        return _watched("byte_accounting", scenario)
    for told, sent in zip(scenario.told(), _sent(scenario.plan), strict=True):
        counted = [sum(accounts) for accounts in told.accounts]
        if counted != sent and (counted[::-1] != sent or not told.swapped):
            mine, must = (f"client {octets[0]}, server {octets[1]}" for octets in (counted, sent))
            return Finding("byte_accounting", "the flow's accounts do not add up", mine, must)
    return _watched("byte_accounting", scenario)


def _sent(plan: Plan) -> list[list[int]]:
    """The octets of each side of each flow."""
    return [[sum(len(turn.data) for turn in flow.turns if turn.direction == side) for side in (0, 1)] for flow in plan.flows]


def _watched(name: str, scenario: Scenario) -> Finding | None:
    for told in scenario.lanes():
        if told.watch is not None and name in told.watch.found:
            return Finding(name, *told.watch.found[name])
    return None


def watched(name: str) -> Callable[[Scenario], Finding | None]:
    """The property that is seen after every packet."""

    def check(scenario: Scenario) -> Finding | None:
        return _watched(name, scenario)

    return check


def reassembly_model(scenario: Scenario) -> Finding | None:
    """What is delivered of each TCP flow is what the model says, octet by octet, after every packet."""
    line = scenario.line
    hole = scenario.subject.waits.hole
    waited = any(operation.time for flow in scenario.plan.flows for operation in (*flow.operations, *flow.hostile))
    time = times(line) if waited else []
    for number, (told, flow) in enumerate(zip(scenario.lanes(), scenario.plan.flows, strict=True)):
        if flow.transport != "tcp" or not flow.opened or told.lane is None:
            continue
        plain = not flow.operations and not flow.hostile
        sent = None if plain else [(place, sent) for place, (owner, sent) in enumerate(line) if owner == number]
        read = not any(opaque or undetected for *_, opaque, undetected in told.accounts)  # else nobody waits, and time ends nothing
        found = contradiction(flow, sent, told.lane.delivered, time, hole, read)
        if found is not None:
            return Finding("reassembly_model", *found)
    return None


def no_cross_flow(scenario: Scenario) -> Finding | None:
    """Flows that come together give what each gives alone, sent plainly unless that is another stream."""
    plan = scenario.plan
    if len(plan.flows) < 2:
        return None
    alone = scenario.alone() if not plan.hostile else Dialogue(scenario.subject, plan).alone()
    for number, (told, by_itself) in enumerate(zip(scenario.told(), alone, strict=True)):
        found = difference(told, by_itself)
        if found is not None:
            what, together, single = found
            detail = f"{what}: the flow from port {CLIENT_PORT + number} gives another when it is not alone"
            return Finding("no_cross_flow", detail, together, f"alone: {single}")
    return None


def no_cross_run(scenario: Scenario) -> Finding | None:
    """An engine that has made its tables new gives the same records as one that shares them with all the runs before."""
    plan = scenario.plan
    fresh = wiregram.Engine(engine(scenario.subject, plan).library, decode_as=scenario.subject.decode_as)
    again = by_packets(fresh, plan) if scenario.whole else by_lanes(fresh, plan, scenario.line)
    for one, two in zip(scenario.told(), again, strict=True):
        found = difference(one, two)
        if found is not None:
            what, used, new = found
            return Finding("no_cross_run", f"{what}: a new engine gives another than one whose tables were used before", used, f"new: {new}")
    return None


def transaction_once(scenario: Scenario) -> Finding | None:
    """Each transaction is logged once, in the order of its number, and none is left open."""
    protocol = scenario.subject.protocol
    most = 2 if protocol.log.at == "side" else 1
    for told in scenario.told():
        numbers = [record.tx_id for record in told.records if record.family == "transaction" and record.protocol == protocol.name]
        if numbers == list(range(told.transactions)):
            continue
        for number, count in Counter(numbers).items():
            if count > most:
                return Finding("transaction_once", f"transaction {number} is logged {count} times", str(numbers), f"at most {most}")
        if told.old or told.protocol != protocol.name:
            continue
        beyond = [number for number in numbers if number is None or not 0 <= number < told.transactions]
        if beyond:
            return Finding("transaction_once", f"transaction {beyond[0]} is logged and not counted", str(numbers), f"0 to {told.transactions - 1}")
        if most == 1 and len(numbers) != told.transactions:
            return Finding("transaction_once", "a transaction was opened and never logged", str(numbers), f"{told.transactions} of them")
    for told in scenario.lanes():
        session = told.lane.session if told.lane is not None else None
        if session is not None and session.pairing.open:
            return Finding("transaction_once", "exchanges are open after the flow's end", str(len(session.pairing.open)), "0")
    return None


def events_complete(scenario: Scenario) -> Finding | None:
    """Each gap, skip, unasked answer and line that is no message has its event, and no event is there without its cause."""
    for told, flow in zip(scenario.lanes(), scenario.plan.flows, strict=True):
        if told.lane is None or told.old or told.protocol != scenario.subject.name:
            continue
        said = [record.sections["anomaly"] for record in told.records if record.family == "anomaly"]
        if not said and _calm(told, flow):
            continue
        for direction, name in enumerate(door.DIRECTIONS):
            found = _events(told, flow, direction, [event for event in said if event.get("direction") == name], scenario)
            if found is not None:
                return Finding("events_complete", *found)
    return None


def _calm(told: Told, flow: Flow) -> bool:
    """Whether there is nothing that asks for an event: all is parsed or undetected, and there is neither a gap nor a line that is no message."""
    assert told.lane is not None
    if any(skipped or gap for _, skipped, gap, *_ in told.accounts) or any(delivered[2] == door.GAP for delivered in told.lane.delivered):
        return False
    return not any(message.tier in _WHAT for turn in flow.turns for message in turn.messages)


def _events(told: Told, flow: Flow, direction: int, mine: list[dict[str, Any]], scenario: Scenario) -> tuple[str, str, str] | None:
    """What is wrong with the events of one direction."""
    name = door.DIRECTIONS[direction]
    names = [event["event"] for event in mine]
    accounts = dict(zip(ACCOUNTS, told.accounts[direction], strict=True))
    side = direction ^ told.swapped
    assert told.lane is not None
    holes: list[int] = []
    lost = at = 0
    for _, sender, kind, _, length in told.lane.delivered:
        if sender == side:
            if kind == door.GAP:
                holes.append(at)
                lost += length
            at += length
    who = name.replace("_", " ")
    gaps = [event.get("offset", -1) for event in mine if event["event"] == "gap"]
    left = accounts["opaque"] or accounts["beyond_depth"] or accounts["undetected"] or "depth_reached" in names or "too_many_errors" in names
    if len(set(gaps)) != len(gaps) or any(place not in holes for place in gaps):
        return f"an event `gap` {who} where the stream has none, or twice", str(gaps), f"gaps at {holes}"
    if not left and flow.transport == "tcp" and sorted(gaps) != holes and not _over(told, direction):
        return f"a gap {who} has no event", str(gaps), f"gaps at {holes}"
    if accounts["gap"] != lost:
        return f"octets of gaps {who} are not counted as such", str(accounts["gap"]), str(lost)
    if accounts["skipped"] and not SKIPPING.intersection(names) and (flow.opened or not _late(told, flow, direction, scenario)):
        return f"octets {who} are skipped, and no event says so", f"{accounts['skipped']} skipped, events {names}", "an event"
    for once in ("depth_reached", "too_many_errors", "one_sided"):
        if names.count(once) > 1:
            return f"`{once}` {who} is raised more than once", str(names.count(once)), "1"
    if not scenario.plan.hostile:
        messages = [message for turn in flow.turns if turn.direction == side for message in turn.messages]
        odd = [message for message in messages if message.tier != VALID]
        if odd and not left and not scenario.plan.limits and all(message.tier in (JUNK, EXTRA) for message in odd) and scenario.sound():
            for tier, event in ((JUNK, "parse_error"), (EXTRA, "response_without_request")):
                sent = sum(message.tier == tier for message in odd)
                if sent and names.count(event) != sent:
                    return f"{sent} times {_WHAT[tier]} {who}, and not as many events `{event}`", str(names), f"{sent} times {event}"
    return None


def _late(told: Told, flow: Flow, direction: int, scenario: Scenario) -> bool:
    """Whether a flow that is picked up in its midst may begin with what is no message, which is quietly passed over."""
    machines = scenario.subject.protocol.sides
    if any(each.first >= 0 for each in machines) or flow.hostile or flow.operations or not told.accounts[direction][0]:
        return True
    begins = {scenario.subject.specimens[choice.message].name for each in machines if each.states for choice in each.states[each.start].parse}
    side = direction ^ told.swapped
    first = next((message for turn in flow.turns if turn.direction == side for message in turn.messages if message.data), None)
    amid = first is not None and (first.tier != VALID or first.name not in begins)  # what only follows is none, where what it follows is not there
    return amid or not scenario.sound()


_WHAT = {JUNK: "a line that is no message", EXTRA: "an answer that nobody asked for"}


def _over(told: Told, direction: int) -> bool:
    """Whether the flow's session takes nothing more from a direction, for a state says so."""
    session = told.lane.session if told.lane is not None else None
    return session is None or session.cursors[direction].stopped


def depth_exact(scenario: Scenario) -> Finding | None:
    """With a depth, so many octets of a direction are looked at, not one less and not one more, and an event says so."""
    depth = scenario.plan.limits.get("depth")
    if not depth or scenario.plan.hostile:
        return None
    for told, flow, sent in zip(scenario.told(), scenario.plan.flows, _sent(scenario.plan), strict=True):
        if flow.transport != "tcp" or told.old or told.protocol != scenario.subject.name:
            continue
        for direction, name in enumerate(door.DIRECTIONS):
            accounts = dict(zip(ACCOUNTS, told.accounts[direction], strict=True))
            events = [record.sections["anomaly"] for record in told.records if record.family == "anomaly"]
            reached = sum(event["event"] == "depth_reached" and event.get("direction") == name for event in events)
            if accounts["opaque"] or accounts["undetected"]:
                continue
            beyond = max(0, sent[direction ^ told.swapped] - depth)
            if accounts["beyond_depth"] != beyond or reached != (beyond > 0):
                what = f"with a depth of {depth}, octets {name.replace('_', ' ')}"
                return Finding(
                    "depth_exact", what, f"{accounts['beyond_depth']} beyond, {reached} events", f"{beyond} beyond, {int(beyond > 0)} events"
                )
    return None


def recovery(scenario: Scenario) -> Finding | None:
    """Behind a line that is no message, the next message is read: only that line is skipped."""
    if scenario.plan.hostile or scenario.plan.limits or scenario.plan.settings:
        return None
    for told, flow in zip(scenario.told(), scenario.plan.flows, strict=True):
        if not any(message.tier == JUNK for turn in flow.turns for message in turn.messages):
            continue
        if scenario.subject.protocol.mode.get(flow.transport, "on") != "on" or told.old or told.protocol != scenario.subject.name:
            continue
        for direction, name in enumerate(door.DIRECTIONS):
            messages = [message for turn in flow.turns if turn.direction == direction ^ told.swapped for message in turn.messages]
            junk = sum(len(message.data) for message in messages if message.tier == JUNK)
            if not junk or any(message.tier not in (VALID, JUNK) for message in messages) or not scenario.sound():
                continue
            total = sum(len(message.data) for message in messages)
            found = dict(zip(ACCOUNTS, told.accounts[direction], strict=True))
            if (found["parsed"], found["skipped"]) != (total - junk, junk):
                detail = f"{name.replace('_', ' ')}: behind a line that is no message the next one is not read"
                return Finding("recovery", detail, str(found), f"{total - junk} parsed, {junk} skipped")
    return None
