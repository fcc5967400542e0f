"""Captures as plans: what real ends have said, to be cut and sent in other ways, and to be understood."""

from __future__ import annotations

from pathlib import Path

import wiregram
from wiregram import testing as door
from wiregram_harness.plan import CAPTURED, Flow, Message, Plan, Turn
from wiregram_harness.scenario import Finding, Scenario

LONGEST = 1 << 16
"""Octets of a flow; longer ones are left out."""

MISSED = frozenset(("response_without_request", "request_without_response"))
"""Beside errors: what a whole capture of sound ends does not show."""


def plans(protocol: wiregram.Library, name: str, capture: Path) -> list[Plan]:
    """A plan for each whole flow of a capture on the protocol's ports; raises CaptureError."""
    ports = protocol.protocols[name].ports
    found = []
    for transport, port, turns in door.conversations(wiregram.read(str(capture))):
        listed = any(low <= port <= high for low, high in ports.get(transport, ()))
        if listed and turns and sum(len(data) for _, data in turns) <= LONGEST:
            found.append(Plan(name, [Flow(transport, port, _turns(turns, transport))]))
    return found


def _turns(turns: list[tuple[int, bytes]], transport: str) -> list[Turn]:
    """Pieces of one side that follow each other are one turn; datagrams stay apart."""
    made: list[Turn] = []
    for direction, data in turns:
        if made and made[-1].direction == direction:
            if transport == "tcp":
                made[-1].messages[0].data += data
            else:
                made[-1].messages.append(Message(data, "", CAPTURED))
        else:
            made.append(Turn(direction, [Message(data, "", CAPTURED)]))
    return made


def corpus_truth(scenario: Scenario) -> Finding | None:
    """What was captured of the protocol is understood: no error, each octet read, each answer with its request."""
    plan = scenario.plan
    captured = [message.tier == CAPTURED for _, turn in scenario.turns() for message in turn.messages]
    if not captured or not all(captured) or plan.hostile or plan.limits or plan.settings:
        return None
    for told in scenario.plain():
        for record in told.records:
            event = record.sections.get("anomaly", {})
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
