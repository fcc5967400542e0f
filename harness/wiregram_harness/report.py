"""What a person reads after a search: what was tried and reached, and of a failure the smallest dialogue, as a table and as files."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from wiregram import Record
from wiregram import testing as door
from wiregram_harness.coverage import Ledger
from wiregram_harness.hints import hints
from wiregram_harness.plan import DIRECTIONS, HAPPENINGS, TIERS, Plan, Turn, steps
from wiregram_harness.properties import PROPERTIES
from wiregram_harness.runs import by_lanes
from wiregram_harness.scenario import SENDINGS, Scenario, engine
from wiregram_harness.search import CAPTURES, BrokenError, Outcome, check
from wiregram_harness.subject import Specimen, Subject
from wiregram_harness.wire import ACK_FLAG, FIN_FLAG, PSH_FLAG, RST_FLAG, SYN_FLAG, line, render

SHOWN = 12
"""Names of what was not reached."""

AROUND = 10
"""Scenarios that Hypothesis tries beside the kept one, in the test that is written."""

PACKETS = 40
"""Packets that a table shows."""

OCTETS = 400
"""Octets of a message that a table shows."""


_FLAGS = ((SYN_FLAG, "S"), (FIN_FLAG, "F"), (RST_FLAG, "R"), (PSH_FLAG, "P"), (ACK_FLAG, "A"))


def escaped(data: bytes) -> str:
    r"""Octets as text: printable ASCII as it is, `\r`, `\n`, `\\`, else `\xNN`."""
    text = repr(data[:OCTETS])[2:-1]
    return text + (f"... ({len(data)} octets)" if len(data) > OCTETS else "")


def pieces(turn: Turn) -> str:
    """A turn's octets as they are cut: pieces between bars."""
    data = turn.data
    places = [0, *steps(turn.cuts, len(data)), len(data)]
    return " | ".join(escaped(data[one:two]) for one, two in pairwise(places))


def dialogue(subject: Subject, broken: BrokenError) -> Table:
    """The plan of a failure: who sends what, cut where, and what engine and oracle make of each message."""
    table = Table(title="The smallest dialogue that shows it", show_lines=True, expand=False)
    for heading in ("from", "bytes, cut into packets at |", "Wiregram says", "should be"):
        table.add_column(heading, overflow="fold")
    trial = Scenario(subject, broken.plan)
    for number, turn in trial.turns():
        engine: list[str] = []
        oracle: list[str] = []
        for place, message in enumerate(turn.messages):
            mine, theirs = _said(subject.by_name.get(message.name), message.data)
            if (broken.finding.turn, broken.finding.message) == (number, place):
                mine, theirs = broken.finding.engine or mine, broken.finding.oracle or theirs
            engine.append(mine)
            oracle.append(theirs)
        table.add_row(DIRECTIONS[turn.direction], Text(pieces(turn)), Text("\n".join(engine)), Text("\n".join(oracle)))
    return table


def _said(specimen: Specimen | None, data: bytes) -> tuple[str, str]:
    if specimen is None or not data:
        return "", ""
    try:
        mine = str(specimen.read(data, final=True))
    except Exception as error:  # a broken engine must not keep the report from being written
        mine = repr(error)
    judged = specimen.judge(data)
    judge = "Lark" if specimen.textual else "Construct"
    return f"{specimen.name}: {mine}", f"{judge}: refused" if judged is None else f"{judge}: match, {judged[1]} octets"


def packets(subject: Subject, plan: Plan) -> Table:
    """The plan's packets, as its capture has them, and what the engine makes when each has come. Numbers are relative to each side's first."""
    table = Table(title="Its packets", expand=False)
    for heading in ("", "from", "sequence", "flags", "data", "Wiregram makes"):
        table.add_column(heading, overflow="fold")
    sent = line(plan)
    made: dict[int, list[str]] = {}
    with suppress(Exception):  # a broken engine must not keep the report from being written
        for told in by_lanes(engine(subject, plan), plan, sent):
            for place, record in zip(told.places, told.records, strict=True):
                made.setdefault(place, []).append(_named(record))
    for place, (number, packet) in enumerate(sent[:PACKETS]):
        flow = plan.flows[number]
        sender = DIRECTIONS[packet.direction] + (f" {number + 1}" if len(plan.flows) > 1 else "")
        tcp = flow.transport == "tcp"
        sequence = str(packet.sequence - flow.isn[packet.direction] & 0xFFFFFFFF) if tcp else ""
        flags = "".join(letter for bit, letter in _FLAGS if packet.flags & bit) if tcp else ""
        table.add_row(str(place + 1), sender, sequence, flags, Text(escaped(packet.payload)), Text("\n".join(made.get(place, ()))))
    if len(sent) > PACKETS:
        table.add_row("", f"and {len(sent) - PACKETS} more", "", "", "", "")
    if len(sent) in made:
        table.add_row("", "(the end)", "", "", "", Text("\n".join(made[len(sent)])))
    return table


def _named(record: Record) -> str:
    if record.family == "anomaly":
        return str(record.sections["anomaly"]["event"])
    return f"{record.family} {record.tx_id}" if record.tx_id is not None else record.family


def files(broken: BrokenError, folder: Path, directories: Iterable[Path] = ()) -> list[Path]:
    """Write the failure's capture, its plan and a test that plays it; the names are the plan's own. The protocol is in `directories`."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{broken.plan.protocol}-{broken.plan.name()}"
    capture, plan = folder / f"{stem}.pcap", folder / f"{stem}.json"
    test = folder / f"test_{stem.replace('-', '_')}.py"
    door.write(str(capture), render(broken.plan))
    plan.write_bytes(broken.plan.json() + b"\n")
    test.write_text(_test(broken, plan.name, [os.path.relpath(path, folder) for path in directories]), encoding="utf-8")
    return [capture, plan, test]


def _test(broken: BrokenError, plan: str, directories: list[str]) -> str:
    name = broken.finding.property
    places = "".join(f", HERE / {place!r}" for place in directories)
    return (
        f'"""{broken.plan.protocol}: {PROPERTIES[name].sentence}\n\nWritten by `wiregram fuzz`; it belongs beside {plan}."""\n\n'
        "from pathlib import Path\n\n"
        "from hypothesis import HealthCheck, example, given, settings\n\n"
        "import wiregram_harness\n\n"
        "HERE = Path(__file__).parent\n\n\n"
        f"def test_{name}():\n"
        f"    wiregram_harness.replay(HERE / {plan!r}{places})\n\n\n"
        f"@settings(max_examples={AROUND}, deadline=None, suppress_health_check=list(HealthCheck))\n"
        f"@example(wiregram_harness.kept_plan(HERE / {plan!r}))\n"
        f"@given(wiregram_harness.plans({broken.plan.protocol!r}{places}))\n"
        f"def test_{broken.plan.protocol}(plan):\n"
        f"    wiregram_harness.hold(plan{places})\n"
    )


def failure(subject: Subject, broken: BrokenError, written: list[Path], directories: Iterable[Path] = ()) -> RenderableType:
    """Everything about a failure."""
    finding = broken.finding
    entry = PROPERTIES[finding.property]
    lines = [
        Text.assemble((f"{subject.name}: {finding.property} does not hold", "bold red")),
        Text(entry.sentence),
        Text(""),
        Text(finding.detail),
    ]
    if broken.flaky:
        lines.append(Text("It did not fail again when it was repeated: something is remembered between runs.", style="yellow"))
    if finding.engine or finding.oracle:
        lines += [Text(f"Wiregram says:  {finding.engine}"), Text(f"should be:      {finding.oracle}")]
    lines += [Text(hint, style="bold") for hint in _hints(subject, broken)]
    lines += [Text(words) for words in _origin(broken)]
    lines.append(Text(""))
    lines.append(Text(entry.advice))
    places: list[RenderableType] = [Text(f"and: {words}") for words in happenings(broken.plan)]
    places += [Text(f"written: {path}", no_wrap=True, overflow="ignore") for path in written]
    if written:
        found = "".join(f" --protocols {path}" for path in directories)
        places.append(Text(f"again:   wiregram fuzz replay {written[1]}{found}", no_wrap=True, overflow="ignore"))
    return Group(*lines, Text(""), dialogue(subject, broken), packets(subject, broken.plan), *places)


def _origin(broken: BrokenError) -> list[str]:
    """Who found it, and what that took."""
    origin = broken.origin
    if origin is None:
        return []
    whose = "flow" if origin.engine == CAPTURES else "seed"
    found = [f"Found in scenario {origin.scenario} by {origin.engine}, {whose} {origin.seed}; made smaller in {origin.tries} tries."]
    return [*found, f"Hypothesis repeats it with {origin.again} above a test of the same strategy."] if origin.again else found


def happenings(plan: Plan) -> list[str]:
    """What TCP does to the plan's packets, in words."""
    found = [
        f"turn {operation.turn % len(flow.turns) + 1}: {HAPPENINGS[operation.kind]}"
        for flow in plan.flows
        if flow.turns
        for operation in (*flow.operations, *flow.hostile)
    ]
    return [*found, "the packets of the flows take turns"] if plan.interleaved else found


def _hints(subject: Subject, broken: BrokenError) -> list[str]:
    if broken.flaky:
        return []
    entry = PROPERTIES[broken.finding.property]

    def fails(plan: Plan) -> bool:
        found = check(subject, plan, [entry])
        return found is not None and found.property == entry.name

    return hints(broken.plan, fails) if fails(broken.plan) else []


def summary(subject: Subject, outcome: Outcome) -> RenderableType:
    """What was tried and what was reached."""
    lines: list[RenderableType] = [Text(f"{subject.name}: {outcome.scenarios} scenarios in {outcome.seconds:.1f} s ({outcome.rate:.0f} a second)")]
    for what, ledger in (("rule alternatives and branches", subject.ledger), ("transitions", subject.moves)):
        if len(ledger):
            lines.append(Text(f"{what} reached: {ledger.reached()} of {len(ledger)}"))
            lines += missing(ledger)
    if outcome.kept:
        lines.append(Text(f"captured dialogues that showed something new, and were sent in other ways too: {outcome.kept}"))
    if outcome.accepted:
        taken = [f"{tier} {100 * count[0] // count[1]} %" for tier in TIERS if (count := outcome.accepted.get(tier))]
        lines.append(Text(f"messages that the grammar takes: {', '.join(taken)}"))
    begun, nowhere = (sum(counts) for counts in zip(*(specimen.draws() for specimen in subject.specimens), strict=True))
    if nowhere:
        lines.append(Text(f"messages begun that led nowhere: {nowhere} of {begun}"))
    for names, part in _rates(outcome):
        lines.append(Text(f"asked in {part}: {', '.join(names)}"))
    return Group(*lines)


def _rates(outcome: Outcome) -> list[tuple[list[str], str]]:
    """The properties by how often they are asked."""
    rates: dict[str, list[str]] = {}
    for name, asked in outcome.asked.items():
        entry = PROPERTIES[name]
        what = "scenario" if entry.of == SENDINGS or asked == outcome.scenarios else "dialogue"
        whole = asked == (outcome.scenarios if what == "scenario" else outcome.dialogues)
        part = f"every {what}" if whole or entry.every == 1 else f"1 of {entry.every} {what}s"
        rates.setdefault(part, []).append(name)
    return [(names, part) for part, names in rates.items()]


def missing(ledger: Ledger) -> list[RenderableType]:
    names = ledger.missing()
    shown: list[RenderableType] = [Padding(Text(f"missing: {name}", style="yellow"), (0, 0, 0, 2)) for name in names[:SHOWN]]
    if len(names) > SHOWN:
        shown.append(Padding(Text(f"and {len(names) - SHOWN} more"), (0, 0, 0, 2)))
    return shown


def plain(*parts: RenderableType) -> str:
    """The same as text without colours, for an assertion's message."""
    page = io.StringIO()
    console = Console(file=page, width=160, color_system=None)
    for part in parts:
        console.print(part)
    return page.getvalue()


def described(subject: Subject, broken: BrokenError) -> str:
    return plain(failure(subject, broken, []))
