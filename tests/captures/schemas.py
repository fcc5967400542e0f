"""Do the records of the real captures fit the JSON Schemas of their descriptions? `python tests/captures/schemas.py [CAPTURE...] [--all]`.

What is written of every transaction is checked against the schema of its event type. A record that has the form of one before - the same names, with
values of the same kinds - is passed over, unless `--all` is said."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from jsonschema import Draft202012Validator

import wiregram
from wiregram.compiler.library import compile_all
from wiregram.manifest.loading import load_tables, search_path
from wiregram.model.record import TRANSACTION
from wiregram.outputs import event_schema
from wiregram.outputs.eve import eve
from wiregram.program.settings import OutputSettings, Settings

CAPTURES = Path(__file__).resolve().parents[3] / "shared" / "pcaps"


@cache
def validators() -> dict[str, list[Draft202012Validator]]:
    """By event type: the schemas of the protocols whose records have it."""
    outcomes = compile_all(load_tables(search_path()), Settings())
    found: dict[str, list[Draft202012Validator]] = {}
    for outcome in outcomes.values():
        protocol = outcome.protocol
        if protocol is not None:
            made = Draft202012Validator(event_schema(protocol.log.name, protocol.title, outcome.schema))
            found.setdefault(protocol.log.name, []).append(made)
    return found


def form(value: Any) -> Any:
    """The names and kinds of a record's values."""
    if isinstance(value, dict):
        return tuple((name, form(inner)) for name, inner in value.items())
    if isinstance(value, list):
        return (list, frozenset(form(inner) for inner in value))
    return "***" if value == "***" else type(value)


def written(library: wiregram.Library, capture: Path, settings: OutputSettings) -> Iterator[dict[str, Any]]:
    """The transactions' records of a capture, as they are written; what cannot be read of it ends it."""
    engine = wiregram.Engine(library)

    def shown(records: Iterable[Any]) -> Iterator[dict[str, Any]]:
        for record in records:
            if record.family == TRANSACTION:
                yield msgspec.json.decode(msgspec.json.encode(eve(record, settings)))

    try:
        for packet in wiregram.read(capture):
            yield from shown(engine.feed(packet))
    except wiregram.CaptureError:
        pass
    yield from shown(engine.finish())


def compare(library: wiregram.Library, capture: Path, seen: set[Any] | None, counts: Counter[str]) -> list[str]:
    """The records that do not fit. `seen`: the forms that did; None: every record is checked."""
    wrong = []
    for record in written(library, capture, OutputSettings()):
        name = record["event_type"]
        counts[name] += 1
        if seen is not None:
            shape = form(record)
            if shape in seen:
                continue
            seen.add(shape)
        made = validators().get(name, [])
        if not any(validator.is_valid(record) for validator in made):
            best = next((error for validator in made for error in validator.iter_errors(record)), None)
            why = "it has no schema" if best is None else f"{best.json_path}: {best.message[:200]}"
            wrong.append(f"{capture.name}: {name}, packet {record.get('pcap_cnt')}: {why}")
    return wrong


def main(arguments: list[str]) -> int:
    library = wiregram.load()
    named = [Path(each) for each in arguments if not each.startswith("--")]
    seen: set[Any] | None = None if "--all" in arguments else set()
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    captures = named or [path for path in sorted(CAPTURES.glob("*/*.pcap*")) if path.parent.name != "truth"]
    for capture in captures:
        wrong += compare(library, capture, seen, counts)
    print("\n".join(wrong))
    print(f"{len(captures)} captures: {sum(counts.values())} records of {len(counts)} event types, {len(wrong)} do not fit")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
