"""Properties of messages: one parser and some octets, against the grammar's own library. Each looks at the messages of one scenario and says what
contradicts it, or nothing.
"""

from __future__ import annotations

from typing import Any

import construct

from wiregram import testing as door
from wiregram_harness.plan import VALID
from wiregram_harness.runs import same, show
from wiregram_harness.scenario import Finding, Scenario
from wiregram_harness.subject import NO_VERDICT, Reading, Specimen, reading

EVERY = 24
"""Messages up to this length are tried at every prefix; of longer ones so many prefixes, at both ends and between."""

LIMITED = 1024
"""Values with more octets or elements may be cut by the limits of the engine, so the oracles do not speak of them."""

ACCEPTED = 50
"""Of 100 messages that the rules of a grammar make, so many at least must be messages."""

TAILS = (b"\0", b"\r\nA", b"\xff\xff")


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
    """What the oracle takes as a whole message, whatever follows it, is complete with its last byte: a server waits for it. A datagram needs no
    such byte: its end ends the message."""
    if all(flow.transport == "udp" for flow in scenario.plan.flows):
        return None
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
        if not read.flaw and not same(judged[0], read.value) and not limited(judged[0]):
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
            if not same(value.get(key), read.value.get(key)):
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


def linear_work(scenario: Scenario) -> Finding | None:
    """No message is looked at more than 64 times over (the limit `work`)."""
    for turn, place, message, specimen in scenario.messages():
        read = specimen.read(message.data, final=True)
        most = 64 * len(message.data) + 4096
        if read.visits > most:
            return Finding("linear_work", f"{len(message.data)} octets were looked at {read.visits} times", str(read), f"at most {most}", turn, place)
    return None


def round_trip(scenario: Scenario) -> Finding | None:
    """What a message was made of comes back when it is read; what was read can be built again and is the same then."""
    for turn, place, message, specimen in scenario.messages():
        if message.tier != VALID:
            continue
        found = _returned(specimen, message.data) if specimen.textual else _rebuilt(specimen, message.data)
        if found is not None:
            return Finding("round_trip", *found, turn, place)
    return None


def _returned(specimen: Specimen, data: bytes) -> tuple[str, str, str] | None:
    """Of text: the library takes what its own rules make. Now and then it may not, where a word of the grammar stands for a name; mostly it must."""
    if specimen.judge(data) is not None or specimen.accepted() >= ACCEPTED:
        return None
    said = str(specimen.read(data, final=True))
    return f"Lark refuses {100 - specimen.accepted()} of 100 messages that the grammar's own rules make, this one too", said, "a message"


def _rebuilt(specimen: Specimen, data: bytes) -> tuple[str, str, str] | None:
    """Of a declaration: parse, build, parse. One that cannot be built is not asked."""
    con = specimen.model
    try:
        value = con.parse(data)
        again = con.build(value)
    except Exception:  # declarations that only parse
        return None
    try:
        second = con.parse(again)
    except construct.ConstructError as error:
        return "what was built from the value cannot be read", f"{show(data)} became {show(again)}: {error}", show(value)
    try:
        equal = bool(value == second)
    except Exception:  # values of an author's own that cannot be compared
        return None
    if not equal:
        return "what was built from the value is read as another one", f"{show(data)} became {show(again)}: {show(second)}", show(value)
    return None
