"""Every record that a dialogue gives fits the JSON Schema that was made from its description, and a record that differs does not."""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import wiregram
from wiregram.compiler import record_schema
from wiregram.compiler.library import compile_all
from wiregram.compiler.schema import WHOLE, either, table, value
from wiregram.dialogue import dialogue_file, read_dialogues
from wiregram.dialogue.checking import packets
from wiregram.engine import Engine
from wiregram.manifest.loading import load_tables, search_path
from wiregram.model.record import TRANSACTION, Record
from wiregram.outputs import EveSink, event_schema
from wiregram.program.protocol import Protocol
from wiregram.program.settings import OutputSettings, Settings
from wiregram.program.types import Type

LIBRARY = wiregram.load()
SECTIONS = {name: outcome.schema for name, outcome in compile_all(load_tables(search_path()), Settings()).items()}
NAMES = sorted(name for name, protocol in LIBRARY.protocols.items() if "on" in protocol.mode.values() and dialogue_file(name, ()))


def validator(protocol: Protocol, section: dict[str, Any]) -> Draft202012Validator:
    made = event_schema(protocol.log.name, protocol.title, section)
    Draft202012Validator.check_schema(made)
    return Draft202012Validator(made)


def records_of(name: str, library: wiregram.Library, *directories: Path) -> Iterator[Record]:
    path = dialogue_file(name, directories)
    assert path is not None
    described = library.protocols[name]
    for dialogue in read_dialogues(path):
        transport = dialogue.transport or next(iter(described.ports))
        ports = described.ports.get(transport, ())
        engine = Engine(library)
        time = 0
        for packet in packets(dialogue, transport, dialogue.port or (ports[0][0] if ports else 9)):
            yield from engine.feed(packet)
            time = packet.time
        yield from engine.flush(time)


def written(records: Iterator[Record], **settings: Any) -> list[Any]:
    stream = io.BytesIO()
    sink = EveSink(stream, OutputSettings(**settings))
    for record in records:
        if record.family == TRANSACTION:
            sink.write(record)
    sink.close()
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize("name", NAMES)
def test_the_records_of_the_dialogues_fit(name: str) -> None:
    check = validator(LIBRARY.protocols[name], SECTIONS[name])
    for settings in ({}, {"show_secrets": True, "community_id": True}):
        shown = written(records_of(name, LIBRARY), **settings)
        for record in shown:
            if record["event_type"] == LIBRARY.protocols[name].log.name:
                check.validate(record)
        assert any(record["event_type"] == LIBRARY.protocols[name].log.name for record in shown)


def spoilt(record: Any, schema: Any) -> Iterator[tuple[str, Any]]:
    """The record with one value of a known type turned into another, or with a name that does not exist, everywhere."""
    if isinstance(record, dict):
        if schema.get("additionalProperties") is False:
            yield "a strange name", {**record, "strange_name": 1}
        for key, inner in record.items():
            known = schema.get("properties", {}).get(key)
            if known:
                for what, other in spoilt(inner, known):
                    yield f"{key}: {what}", {**record, key: other}
    elif isinstance(record, list):
        yield "a number", 7
        for number, inner in enumerate(record):
            for what, other in spoilt(inner, schema.get("items", {})):
                yield f"[{number}]: {what}", [*record[:number], other, *record[number + 1 :]]
    elif schema:
        yield "a list", [record]
        yield "an object", {"a": record}


@pytest.mark.parametrize("name", ["dns", "modbus", "pop3", "echo"])
def test_a_record_with_another_type_anywhere_does_not_fit(name: str) -> None:
    check = validator(LIBRARY.protocols[name], SECTIONS[name])
    tried = 0
    for record in written(records_of(name, LIBRARY))[:12]:
        for what, other in spoilt(copy.deepcopy(record), check.schema):
            assert not check.is_valid(other), what
            tried += 1
    assert tried > 30


MANIFEST = """
[vault]
title   = "Every shape of a record"
tcp     = [9]
grammar = "vault.lark"
types   = { COUNT = "int" }
secret  = { "request.key" = true, "request.pair.value" = "kind == 'put'" }
request.start  = { parse = "put", set = { session.last = "key", tx.plain = "verb" }, next = { to = "complete", set.own.twice = "session.last" } }
response       = "reply"

[vault.record]
verb   = "request.verb"
key    = "request.key"
size   = "len(request.key)"
last   = "default(session.last, 0)"
twice  = "request.twice"
plain  = "tx.plain"
none   = "1 if request.verb == 'x' else None"
raw    = "request.pair"
names  = { each = "request.pair", value = "name" }
pairs  = { each = "request.pair", when = "name != 'b'", name = "name", held = "value", more = { twice = "value + value" } }
table  = { merge = "request.pair", "{name}" = "len(value)", fixed = "'x'" }
counts = "numbers(request.verb)"
tcp    = "flow.transport == 'tcp'"
ratio  = "(1, 2, len(request.verb))"
inner  = { port = "flow.server_port", whole = "response.count" }
"""
GRAMMAR = r"""
put: VERB " " KEY pair* _EOL -> put
   | VERB _EOL -> get
pair: " " NAME "=" VALUE
reply: COUNT _EOL
VERB: /[a-z0-9]+/
KEY: /[A-Z]+/
NAME: /[a-z]+/
VALUE: /[0-9]+/
COUNT: /[0-9]+/
_EOL: /\n/
"""
DIALOGUE = """
source = "written for this test"
[[dialogue]]
title = "secrets in every shape"
records = []
turns = [{ client = "x12 KEY a=1 b=2 c=3\\n" }, { server = "3\\n" }, { client = "get\\n" }, { server = "99999999999999999999999999\\n" }]
"""


def vault(folder: Path) -> None:
    (folder / "grammars" / "examples").mkdir(parents=True)
    (folder / "protocols.toml").write_text(MANIFEST)
    (folder / "grammars" / "vault.lark").write_text(GRAMMAR)
    (folder / "grammars" / "examples" / "vault.toml").write_text(DIALOGUE)


def test_secrets_lists_and_computed_names_have_their_place(tmp_path: Path) -> None:
    vault(tmp_path)
    library = wiregram.load(tmp_path, bundled=False)
    check = validator(*record_schema("vault", tmp_path, bundled=False))
    for show in (False, True):
        shown = written(records_of("vault", library, tmp_path), show_secrets=show)
        assert len(shown) == 2
        for record in shown:
            check.validate(record)
        first = shown[0]["vault"]
        assert (first["last"], first["twice"]) == (("KEY", "KEY") if show else ("***", "***"))
        assert first["pairs"][0]["held"] == ("1" if show else "***")
    section = check.schema["properties"]["vault"]["properties"]
    assert section["verb"] == section["plain"] == {"type": "string"}
    assert section["size"] == {"anyOf": [WHOLE, {"const": "***"}]}
    assert section["names"] == {"type": "array", "items": {"type": "string"}}
    assert section["counts"] == {"type": "array", "items": {"anyOf": [WHOLE, {"type": "null"}]}}
    assert section["tcp"] == {"type": "boolean"}
    assert section["table"]["properties"].keys() == {"fixed"}
    assert not check.is_valid({**shown[0], "vault": {**shown[0]["vault"], "size": "12"}})
    assert not check.is_valid({**shown[0], "vault": {**shown[0]["vault"], "table": {"a": []}}})
    assert shown[1]["vault"]["inner"]["whole"] == "99999999999999999999999999"


LAYERED = """
[outer]
title   = "Feeds a layer that has secrets"
tcp     = [9]
grammar = "outer.lark"
request.start = { parse = "line", next = { to = "fed" } }
request.fed   = { bytes = "rest()", feed = "inner" }
record = { open = "request.inner.open", closed = "request.inner.key", count = "len(request.inner.key)", shared = "session.key" }

[inner]
title   = "Holds a secret"
layer   = true
grammar = "inner.lark"
secret  = { "request.key" = true }
request.start = { parse = "pair", set.session.key = "key" }
"""


def test_what_a_layer_hands_over_may_be_hidden(tmp_path: Path) -> None:
    (tmp_path / "grammars").mkdir()
    (tmp_path / "protocols.toml").write_text(LAYERED)
    (tmp_path / "grammars" / "outer.lark").write_text('line: "a" _EOL\n_EOL: /\\n/\n')
    (tmp_path / "grammars" / "inner.lark").write_text("pair: OPEN KEY _EOL\nOPEN: /[a-z]+/\nKEY: /[A-Z]+/\n_EOL: /\\n/\n")
    _, section = record_schema("outer", tmp_path, bundled=False)
    assert section["properties"]["closed"] == section["properties"]["shared"] == {"type": "string"}
    assert {"const": "***"} in section["properties"]["count"]["anyOf"]


def test_a_type_looks_as_outputs_write_it() -> None:
    assert value(Type("any")) == value(Type("any"), True) == {}
    assert value(Type("float")) == {"type": "number"}
    assert value(Type("bytes"), True) == {"type": "string"}
    assert value(Type("bytes", names=("a", "b"), enum=True), True) == {"anyOf": [{"enum": ["a", "b"]}, WHOLE, {"const": "***"}]}
    assert value(Type("struct")) == {"type": "object"}
    assert value(Type("list")) == {"type": "array", "items": {}}
    assert table({"a": {"type": "string"}}, {}) == {"type": "object", "properties": {"a": {}}, "additionalProperties": {}}
    assert either({"type": "integer"}, {"type": "integer"}) == {"type": "integer"}
    assert either({"type": "integer"}, {}) == {}
