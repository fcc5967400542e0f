"""What must always hold, each with an oracle of its own. A property looks at one scenario and says what contradicts it, or nothing.

`PROPERTIES` is the list; a new property is one more function and one more entry. A sentence is written for the author of a protocol.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

import wiregram
from wiregram import testing as door
from wiregram_harness.plan import CLIENT_PORT, VALID, Message, Plan, Turn, render, render_flow
from wiregram_harness.streams import difference
from wiregram_harness.subject import NO_VERDICT, Reading, Specimen, Subject, canonical, reading, show

EVERY = 24
"""Messages up to this length are tried at every prefix; of longer ones so many prefixes, at both ends and between."""

LIMITED = 1024
"""Values with more octets or elements may be cut by the limits of the engine, so the oracles do not speak of them."""

VOLATILE = frozenset(("pkts_toserver", "pkts_toclient", "bytes_toserver", "bytes_toclient", "start", "end", "age"))
"""Of a flow record: counts of packets and times, which cutting changes."""

TAILS = (b"\0", b"\r\nA", b"\xff\xff")


class Finding(msgspec.Struct):
    """A contradiction: which property, where in the plan (turn, message; -1: the whole), what the engine and what the oracle said."""

    property: str
    detail: str
    engine: str = ""
    oracle: str = ""
    turn: int = -1
    message: int = -1


class Scenario:
    """A plan of a subject, and what running it gives; runs are made once."""

    def __init__(self, subject: Subject, plan: Plan) -> None:
        self.subject = subject
        self.plan = plan
        self._records: list[wiregram.Record] | None = None

    def records(self) -> list[wiregram.Record]:
        if self._records is None:
            self._records = run(self.subject.engines.engine(), self.plan)
        return self._records

    def turns(self) -> Iterator[tuple[int, Turn]]:
        number = 0
        for flow in self.plan.flows:
            for turn in flow.turns:
                yield number, turn
                number += 1

    def messages(self) -> Iterator[tuple[int, int, Message, Specimen]]:
        """(turn, place, message, specimen) for whatever is a message of the grammar."""
        for number, turn in self.turns():
            for place, message in enumerate(turn.messages):
                specimen = self.subject.by_name.get(message.name)
                if specimen is not None and message.data:
                    yield number, place, message, specimen


def run(engine: wiregram.Engine, plan: Plan) -> list[wiregram.Record]:
    """All records that a new engine makes of a plan's packets."""
    return played(engine, render(plan))


def played(engine: wiregram.Engine, packets: list[wiregram.Packet]) -> list[wiregram.Record]:
    found: list[wiregram.Record] = []
    for packet in packets:
        found += engine.feed(packet)
    return found + engine.finish()


def never_raises(scenario: Scenario) -> Finding | None:
    try:
        scenario.records()
    except Exception as error:
        return raised(error)
    for turn, place, message, specimen in scenario.messages():
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


def uncut(plan: Plan) -> Plan:
    """The same bytes, each turn in one piece, and nothing happening to its packets."""
    flows = [msgspec.structs.replace(flow, turns=[Turn(turn.direction, turn.messages) for turn in flow.turns], operations=[]) for flow in plan.flows]
    return msgspec.structs.replace(plan, flows=flows)


def lasting(record: wiregram.Record) -> tuple[Any, ...]:
    """What of a record must not depend on how the stream was cut."""
    sections = {name: {key: value for key, value in section.items() if key not in VOLATILE} for name, section in record.sections.items()}
    return (
        record.family,
        record.name,
        record.tx_id,
        record.protocol,
        record.protocol_sides,
        record.old_protocol,
        canonical(sections),
        canonical(record.summary),
    )


def chunk_invariance(scenario: Scenario) -> Finding | None:
    whole = uncut(scenario.plan)
    if whole == scenario.plan or scenario.plan.hostile:
        return None
    cut = by_flow(scenario.records())
    plain = by_flow(run(scenario.subject.engines.engine(), whole))
    for one, two in zip(cut, plain, strict=False):
        if lasting(one) != lasting(two):
            detail, left, right = _difference(one, two)
            return Finding("chunk_invariance", detail, f"cut: {left}", f"uncut: {right}")
    if len(cut) != len(plain):
        more = cut[len(plain) :] or plain[len(cut) :]
        detail = f"{len(cut)} records where the uncut stream gives {len(plain)}"
        return Finding("chunk_invariance", detail, f"cut: {len(cut)}", f"uncut: {len(plain)}; one has also {_brief(more[0])}")
    return None


def by_flow(records: list[wiregram.Record]) -> list[wiregram.Record]:
    """The records, those of a flow together: how flows take turns depends on the cuts, rightly."""
    return sorted((record for record in records if record.family != "stats"), key=_port)


def _port(record: wiregram.Record) -> int:
    """The client's port of a record's flow, whichever way round the flow was seen."""
    ends = record.ends
    return 0 if ends is None else ends.source_port if ends.source_port >= CLIENT_PORT else ends.target_port


def _difference(one: wiregram.Record, two: wiregram.Record) -> tuple[str, str, str]:
    if one.family == two.family:
        for name in {**one.sections, **two.sections}:
            left, right = one.sections.get(name, {}), two.sections.get(name, {})
            for key in {**left, **right}:
                if key not in VOLATILE and canonical(left.get(key)) != canonical(right.get(key)):
                    path, mine, theirs = _narrowed(f"{name}.{key}", left.get(key), right.get(key))
                    return f"{one.family} record: {path} depends on how the stream is cut", show(mine), show(theirs)
        for name in ("name", "tx_id", "protocol", "protocol_sides", "old_protocol", "summary"):
            left, right = getattr(one, name), getattr(two, name)
            if canonical(left) != canonical(right):
                return f"{one.family} record: its {name} depends on how the stream is cut", show(left), show(right)
    return "the records depend on how the stream is cut", _brief(one), _brief(two)


def _narrowed(path: str, left: Any, right: Any) -> tuple[str, Any, Any]:
    """The innermost place where two values differ."""
    while isinstance(left, dict) and isinstance(right, dict):
        key = next(key for key in {**left, **right} if canonical(left.get(key)) != canonical(right.get(key)))
        path, left, right = f"{path}.{key}", left.get(key), right.get(key)
    return path, left, right


def _brief(record: wiregram.Record) -> str:
    return f"{record.family} {record.name} {show(record.sections)}"


def _prefixes(size: int) -> list[int]:
    if size <= EVERY:
        return list(range(size))
    step = size / (EVERY // 2)
    return sorted({*range(EVERY // 4), *(int(step * at) for at in range(EVERY // 2)), *range(size - EVERY // 4, size)})


def no_early_message(scenario: Scenario) -> Finding | None:
    """Every prefix of what the oracle takes as one whole message needs more; and one parser fed byte by byte ends as it does at once."""
    for turn, place, message, specimen in scenario.messages():
        data = message.data
        judged = specimen.judge(data)
        if judged is not None and judged[1] == len(data):
            for end in _prefixes(len(data)):
                read = specimen.read(data[:end], final=False)
                if read.outcome != door.MORE:
                    detail = f"after {end} of {len(data)} octets the parser does not wait for the rest"
                    return Finding("no_early_message", detail, str(read), f"match, {len(data)} octets", turn, place)
        found = _stepwise(specimen, data)
        if found is not None:
            return Finding("no_early_message", *found, turn, place)
    return None


def _stepwise(specimen: Specimen, data: bytes) -> tuple[str, str, str] | None:
    """One parser, a byte more each time (of long messages more), against one look at everything."""
    whole = specimen.read(data, final=False)
    parser = door.begin(specimen.program)
    for end in range(len(data) + 1) if len(data) <= 4 * EVERY else [*_prefixes(len(data)), len(data)]:
        outcome = parser.run(data[:end], 0, end, False)
        if outcome != door.MORE:
            found = reading(parser, data, outcome)
            if not found.same(whole):
                return f"piece by piece the parser ends otherwise, after {end} octets", str(found), f"at once: {whole}"
            return None
    if whole.outcome != door.MORE:
        return "piece by piece the parser still waits where it had ended", "more", f"at once: {whole}"
    final = specimen.read(data, final=True)
    found = reading(parser, data, parser.run(data, 0, len(data), True))
    if not found.same(final):
        return "at the end of the stream the parser that was fed in pieces ends otherwise", str(found), f"at once: {final}"
    return None


def no_late_message(scenario: Scenario) -> Finding | None:
    """What the oracle takes as a whole message, whatever follows it, is complete with its last byte: a server waits for it."""
    for turn, place, message, specimen in scenario.messages():
        data = message.data
        judged = specimen.judge(data)
        if judged is None or judged[1] != len(data):
            continue
        if not specimen.textual and any(_used(specimen, data + tail) != len(data) for tail in TAILS[1:]):
            continue
        read = specimen.read(data, final=False)
        if read.outcome == door.MORE:
            detail = "the message is complete, and the parser waits for more"
            return Finding("no_late_message", detail, str(read), f"match, {len(data)} octets", turn, place)
    return None


def _used(specimen: Specimen, data: bytes) -> int:
    judged = specimen.judge(data)
    return -1 if judged is None else judged[1]


def grammar_agreement(scenario: Scenario) -> Finding | None:
    """The parser and the language's own library take the same bytes, use as many, and give the same value."""
    for turn, place, message, specimen in scenario.messages():
        found = _agree(specimen, message.data)
        if found is not None:
            return Finding("grammar_agreement", *found, turn, place)
    return None


def _agree(specimen: Specimen, data: bytes) -> tuple[str, str, str] | None:
    read = specimen.read(data, final=True)
    judged = specimen.judge(data)
    if judged is NO_VERDICT:
        return None
    if read.outcome == door.MATCH:
        if specimen.textual and read.used < len(data):
            judged = specimen.judge(data[: read.used])
        if judged is None:
            return None if read.flaw else ("the parser takes what the library refuses", str(read), "refused")
        if judged[1] != read.used:
            return f"the parser uses {read.used} octets, the library {judged[1]}", str(read), show(judged[0])
        if not read.flaw and canonical(judged[0]) != canonical(read.value) and not limited(judged[0]):
            return _unlike(read, judged[0])
        return None
    if judged is None:
        return None
    if limited(judged[0]):
        return None
    return "the parser refuses what the library takes", str(read), f"match, {judged[1]} octets: {show(judged[0])}"


def _unlike(read: Reading, value: Any) -> tuple[str, str, str]:
    if isinstance(value, dict) and isinstance(read.value, dict):
        for key in {**value, **read.value}:
            if canonical(value.get(key)) != canonical(read.value.get(key)):
                return f"the value of `{key}` differs", show(read.value.get(key)), show(value.get(key))
    return "the values differ", show(read.value), show(value)


def limited(value: Any) -> bool:
    """Whether a limit of the engine may have cut this value."""
    if isinstance(value, bytes | str):
        return len(value) > LIMITED
    if isinstance(value, dict):
        return any(limited(item) for item in value.values())
    if isinstance(value, list | tuple):
        return len(value) > LIMITED // 2 or any(limited(item) for item in value)
    return False


def trailing_data(scenario: Scenario) -> Finding | None:
    """A message that is complete by itself stays the same message whatever follows it."""
    for turn, place, message, specimen in scenario.messages():
        data = message.data
        if message.tier != VALID:
            continue
        alone = specimen.read(data, final=False)
        if alone.outcome != door.MATCH:
            continue
        for tail in (*TAILS, data):
            read = specimen.read(data + tail, final=False)
            if not read.same(alone):
                return Finding("trailing_data", f"with {tail!r} behind it the message is another", str(read), f"alone: {alone}", turn, place)
    return None


def byte_accounting(scenario: Scenario) -> Finding | None:
    """Each byte of each direction is parsed, skipped with an event, in a gap, beyond the depth, opaque or undetected: once."""
    if scenario.plan.hostile:
        return None
    found = {_port(record): record.sections["flow"]["accounts"] for record in scenario.records() if record.family == "flow"}
    for number, flow in enumerate(scenario.plan.flows):
        accounts = found.get(CLIENT_PORT + number)
        expected = [sum(len(turn.data) for turn in flow.turns if turn.direction == direction) for direction in (door.TO_SERVER, door.TO_CLIENT)]
        counted = [sum(accounts[name].values()) if accounts else 0 for name in door.DIRECTIONS]
        if counted != expected and counted[::-1] != expected:
            mine, sent = (f"client {octets[0]}, server {octets[1]}" for octets in (counted, expected))
            return Finding("byte_accounting", "the flow's accounts do not add up", mine, sent)
    return None


def dialogue_truth(scenario: Scenario) -> Finding | None:
    """A dialogue that the description itself makes, of messages that the library takes, is read to its last byte, without an error."""
    plan = scenario.plan
    if plan.hostile or any(message.tier != VALID for _, turn in scenario.turns() for message in turn.messages):
        return None
    for _, _, message, specimen in scenario.messages():
        judged = specimen.judge(message.data)
        if judged is None or judged[1] != len(message.data) or limited(judged[0]):
            return None
    if any(record.old_protocol or record.expected_protocol for record in scenario.records()):
        return None  # what follows an upgrade is the other protocol's
    for record in scenario.records():
        if record.family == "anomaly":
            event = record.sections["anomaly"]
            if event["severity"] == "error" and event["type"] == "applayer":
                detail = f"{event['event']} in a dialogue that follows the description"
                return Finding("dialogue_truth", detail, f"{event['event']}, {event['direction']}, octet {event.get('offset', '?')}", "no error")
        elif record.family == "flow":
            for name, account in record.sections["flow"]["accounts"].items():
                lost = account["skipped"] + account["undetected"]
                if lost:
                    detail = f"{lost} octets {name.replace('_', ' ')} of a dialogue that follows the description are not read"
                    return Finding("dialogue_truth", detail, show(account), "each octet parsed")
    return None


def reassembly_model(scenario: Scenario) -> Finding | None:
    """What is delivered of each TCP flow is what the model says, octet by octet, after every packet."""
    for number, flow in enumerate(scenario.plan.flows):
        if flow.transport == "tcp" and flow.opened and (flow.operations or flow.hostile or any(turn.cuts for turn in flow.turns)):
            found = difference(render_flow(scenario.plan, number), flow)
            if found is not None:
                return Finding("reassembly_model", *found)
    return None


def no_cross_flow(scenario: Scenario) -> Finding | None:
    """Flows that come together give what each gives alone."""
    plan = scenario.plan
    if len(plan.flows) < 2:
        return None
    together = scenario.records()
    for number in range(len(plan.flows)):
        port = CLIENT_PORT + number
        mine = [record for record in together if _port(record) == port]
        alone = [record for record in played(scenario.subject.engines.engine(), render_flow(plan, number)) if record.family != "stats"]
        for one, two in zip(mine, alone, strict=False):
            if lasting(one) != lasting(two):
                _, left, right = _difference(one, two)
                return Finding("no_cross_flow", f"the flow from port {port} gives other records when it is not alone", left, f"alone: {right}")
        if len(mine) != len(alone):
            detail = f"the flow from port {port} gives {len(mine)} records, alone {len(alone)}"
            return Finding("no_cross_flow", detail, str(len(mine)), f"alone: {len(alone)}")
    return None


def no_cross_run(scenario: Scenario) -> Finding | None:
    """An engine that has made its tables new gives the same records as one that shares them with all the runs before."""
    fresh = run(wiregram.Engine(scenario.subject.library), scenario.plan)
    for one, two in zip(scenario.records(), fresh, strict=False):
        if lasting(one) != lasting(two):
            _, left, right = _difference(one, two)
            return Finding("no_cross_run", "a new engine gives other records than one whose tables were used before", left, f"new: {right}")
    if len(fresh) != len(scenario.records()):
        return Finding("no_cross_run", "a new engine gives another number of records", str(len(scenario.records())), f"new: {len(fresh)}")
    return None


def linear_work(scenario: Scenario) -> Finding | None:
    """No message is looked at more than 64 times over (the limit `work`)."""
    for turn, place, message, specimen in scenario.messages():
        read = specimen.read(message.data, final=True)
        most = 64 * len(message.data) + 4096
        if read.visits > most:
            return Finding("linear_work", f"{len(message.data)} octets were looked at {read.visits} times", str(read), f"at most {most}", turn, place)
    return None


class Property(msgspec.Struct, frozen=True):
    """`follows`: it speaks of dialogues that follow the description, so a find is shrunk by its choices, not by its plan.
    `sentence` says to a protocol's author what is wrong when it fails, `advice` where to look. A dear property is asked in one of `every`
    scenarios where the search samples."""

    name: str
    sentence: str
    advice: str
    check: Callable[[Scenario], Finding | None]
    every: int = 1
    follows: bool = False


_OURS = "This is a fault of Wiregram, not of the description: please report it with the plan's file."
_BOTH = "If the grammar is sound by its own library, this is a fault of Wiregram: please report it with the plan's file."

PROPERTIES = {
    entry.name: entry
    for entry in (
        Property("never_raises", "Traffic made an exception leave the engine. No bytes may do that.", _OURS, never_raises),
        Property(
            "grammar_agreement",
            "Wiregram reads this message otherwise than the grammar's own library does.",
            _BOTH,
            grammar_agreement,
            4,
        ),
        Property(
            "no_early_message",
            "A part of this message was taken for a whole one or for an error, though more bytes were to come.",
            "TCP may deliver that part alone. Look for an end that is optional, or for a terminal that matches both the part and the whole. " + _BOTH,
            no_early_message,
            8,
        ),
        Property(
            "no_late_message",
            "The message is whole, but Wiregram waits for bytes that belong to the next one: a side that waits for its answer would wait for ever.",
            "Look for a last part that may repeat or grow, such as `_EOL+` or a pattern that ends in `*`. " + _BOTH,
            no_late_message,
            8,
        ),
        Property(
            "trailing_data",
            "What follows a complete message changed it.",
            "Look for something that reads to the end of the data (GreedyBytes, `.*`) without a length before it. " + _BOTH,
            trailing_data,
            8,
        ),
        Property(
            "chunk_invariance",
            "The records depend on where TCP happened to cut the stream, or on packets that TCP sent twice.",
            "The same bytes must give the same records. Look for a state whose guards see what has come so far. " + _BOTH,
            chunk_invariance,
            4,
        ),
        Property("byte_accounting", "Some bytes of the flow are counted twice or not at all.", _OURS, byte_accounting),
        Property(
            "reassembly_model",
            "What TCP reassembly delivers is not what the packets carry.",
            _OURS,
            reassembly_model,
        ),
        Property("no_cross_flow", "Two flows at the same time disturb each other.", _OURS, no_cross_flow),
        Property("no_cross_run", "The same packets give other records after the engine's tables have been used.", _OURS, no_cross_run, 16),
        Property(
            "linear_work",
            "Reading this message takes more work than its length allows: a sender could stall the engine.",
            "Look for a pointer or a repetition that reads the same bytes again and again.",
            linear_work,
            4,
        ),
        Property(
            "dialogue_truth",
            "A dialogue that follows the description from the first message to the last is not understood.",
            "The parts of the description contradict each other. Look for a pattern in `detect` that not every first message begins with, for a "
            "guard that lets the other side speak too early, for a limit that is too small.",
            dialogue_truth,
            2,
            follows=True,
        ),
    )
}
