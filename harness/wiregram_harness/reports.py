"""What machines read after a search: JUnit for a build server, JSON for anything else; and the table of a self-test."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import msgspec
from rich.table import Table

from wiregram_harness.properties import PROPERTIES
from wiregram_harness.report import described
from wiregram_harness.search import Outcome
from wiregram_harness.selftest import Report
from wiregram_harness.subject import Subject


def junit(subject: Subject, outcome: Outcome) -> bytes:
    """One test case a property."""
    broken = outcome.broken
    suite = ElementTree.Element(
        "testsuite",
        name=f"wiregram fuzz {subject.name}",
        tests=str(len(outcome.asked)),
        failures=str(int(broken is not None)),
        time=f"{outcome.seconds:.1f}",
    )
    for name in outcome.asked:
        case = ElementTree.SubElement(suite, "testcase", classname=f"fuzz.{subject.name}", name=name)
        if broken is not None and broken.finding.property == name:
            failure = ElementTree.SubElement(case, "failure", message=_printable(broken.finding.detail))
            failure.text = _printable(described(subject, broken))
    ElementTree.indent(suite)
    return bytes(ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True)) + b"\n"


def _printable(text: str) -> str:
    """Without what XML cannot hold."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "?" for letter in text)


def as_json(subject: Subject, outcome: Outcome) -> bytes:
    broken = outcome.broken
    made: dict[str, Any] = {
        "protocol": subject.name,
        "scenarios": outcome.scenarios,
        "dialogues": outcome.dialogues,
        "seconds": round(outcome.seconds, 3),
        "asked": outcome.asked,
        "accepted": {tier: {"taken": taken, "made": made} for tier, (taken, made) in outcome.accepted.items()},
        "alternatives": {"known": len(subject.ledger), "reached": subject.ledger.reached(), "missing": subject.ledger.missing()},
        "transitions": {"known": len(subject.moves), "reached": subject.moves.reached(), "missing": subject.moves.missing()},
        "finding": None,
    }
    if broken is not None:
        entry = PROPERTIES[broken.finding.property]
        made["finding"] = {
            "property": entry.name,
            "sentence": entry.sentence,
            "detail": broken.finding.detail,
            "engine": broken.finding.engine,
            "oracle": broken.finding.oracle,
            "flaky": broken.flaky,
            "origin": broken.origin,
            "plan": broken.plan,
        }
    return msgspec.json.format(msgspec.json.encode(made), indent=1) + b"\n"


def selftest_table(report: Report) -> Table:
    """A row for each fault and engine."""
    table = Table(title="Planted faults")
    for heading in ("fault", "room", "engine", "caught by", "scenarios needed", "median"):
        table.add_column(heading, no_wrap=heading != "scenarios needed")
    for row in report.rows:
        needed = ", ".join("not found" if count < 0 else str(count) for count in row.needed)
        table.add_row(row.fault, row.room, row.engine, row.caught_by or "-", needed if row.live else "never struck", f"{row.median:.0f}")
    return table
