"""Captures as plans: what real ends have said, to be cut and sent in other ways, and to be understood."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import wiregram
from wiregram import Record
from wiregram import testing as door
from wiregram_harness.plan import CAPTURED, NEAR, Flow, Message, Plan, Turn
from wiregram_harness.runs import ACCOUNTS, Told
from wiregram_harness.scenario import Finding, Scenario

LONGEST = 1 << 16
"""Octets of a flow; longer ones are left out."""

UNASKED = "response_without_request"
MISSED = frozenset((UNASKED, "request_without_response"))
"""Beside errors: what a whole capture of sound ends does not show."""


def plans(protocol: wiregram.Library, name: str, capture: Path, sound: bool = True) -> list[Plan]:
    """A plan for each whole flow of a capture on the protocol's ports; `sound`: it must be understood. Raises CaptureError."""
    ports = protocol.protocols[name].ports
    found = []
    for transport, port, turns in door.conversations(wiregram.read(str(capture))):
        listed = any(low <= port <= high for low, high in ports.get(transport, ()))
        if listed and turns and sum(len(data) for _, data in turns) <= LONGEST:
            found.append(Plan(name, [Flow(transport, port, _turns(turns, transport, CAPTURED if sound else NEAR))]))
    return found


def _turns(turns: list[tuple[int, bytes]], transport: str, tier: str) -> list[Turn]:
    """Pieces of one side that follow each other are one turn; datagrams stay apart."""
    made: list[Turn] = []
    for direction, data in turns:
        if made and made[-1].direction == direction:
            if transport == "tcp":
                made[-1].messages[0].data += data
            else:
                made[-1].messages.append(Message(data, "", tier))
        else:
            made.append(Turn(direction, [Message(data, "", tier)]))
    return made


def features(flows: Iterable[Told]) -> set[str]:
    """What flows have shown of a description: verdicts, records, events, the fields there were and which alternative each message was, and the
    fates of octets. A flow that shows nothing new is not worth cutting in other ways."""
    found: set[str] = set()
    for told in flows:
        found |= {f"verdict {told.protocol}", f"before it {told.old}", f"sides {told.sides}"}
        found |= {
            f"{name} to side {side}" for side, accounts in enumerate(told.accounts) for name, count in zip(ACCOUNTS, accounts, strict=True) if count
        }
        for record in told.records:
            found |= set(_paths(record.sections, f"{record.family} {record.name}"))
    return found


def _paths(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inside in value.items():
            yield from _paths(inside, f"{path}.{name}")
    elif isinstance(value, list | tuple):
        for inside in value:
            yield from _paths(inside, f"{path}[]")
    else:
        yield f"{path} = {value}" if path.endswith((".kind", ".event")) else path


def corpus_truth(scenario: Scenario) -> Finding | None:
    """What was captured of the protocol is understood: no error, each octet read, each answer with its request."""
    plan = scenario.plan
    captured = [message.tier == CAPTURED for _, turn in scenario.turns() for message in turn.messages]
    if not captured or not all(captured) or plan.hostile or plan.limits or plan.settings:
        return None
    for told in scenario.plain():
        farewell = _farewell(told, plan)
        for record in told.records:
            event = record.sections.get("anomaly", {})
            if record is farewell:
                continue
            if event.get("severity") == "error" or event.get("event") in MISSED:
                where = f"{event['event']}, {event.get('direction', '')}, octet {event.get('offset', '?')}"
                return Finding("corpus_truth", f"{event['event']} in a captured dialogue", where, "no event")
        for name, accounts in zip(door.DIRECTIONS, told.accounts, strict=True):
            lost = accounts[1] + accounts[5]
            if lost:
                return Finding(
                    "corpus_truth", f"{lost} octets {name.replace('_', ' ')} of a captured dialogue are not read", str(accounts), "each octet parsed"
                )
    return None


def _farewell(told: Told, plan: Plan) -> Record | None:
    """The event of an answer that nobody asked for, where it is the server's last word and the only one of its kind: a server may say why it goes."""
    unasked = [record for record in told.records if record.sections.get("anomaly", {}).get("event") == UNASKED]
    last = max((record.tx_id for record in told.records if record.tx_id is not None), default=None)
    ends = plan.flows[0].turns[-1].direction == door.TO_CLIENT
    return unasked[0] if ends and last and len(unasked) == 1 and unasked[0].tx_id == last else None
