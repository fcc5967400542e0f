"""A probe on every port wins with whole messages only; on its own ports an error inside a region is forgiven."""

from __future__ import annotations

import pytest

import wiregram
from wiregram.capture.craft import Conversation
from wiregram.model.packet import UDP

GRAMMAR = 'from construct import *\n\nmessage = Struct(Const(b"0"), "body" / Prefixed(Int8ub, Struct("first" / Bytes(8), Const(b"ok"))))\n'
TABLE = '[boxed]\ntitle = "x"\nudp = [7]\ngrammar = "boxed.py"\nrequest = "message"\ndetect.probe = { any_port = true }\n'


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> wiregram.Library:
    home = tmp_path_factory.mktemp("boxed")
    (home / "grammars").mkdir()
    (home / "grammars" / "boxed.py").write_text(GRAMMAR)
    (home / "protocols.toml").write_text(TABLE)
    return wiregram.load(home)


@pytest.mark.parametrize(
    ("port", "data", "verdict"),
    [(7, b"0\x0a12345678ok", "boxed"), (7, b"0\x0a12345678no", "boxed"), (9, b"0\x0a12345678ok", "boxed"), (9, b"0\x0a12345678no", "failed")],
)
def test_a_flawed_message_wins_on_its_own_port_alone(library: wiregram.Library, port: int, data: bytes, verdict: str) -> None:
    engine = wiregram.Engine(library)
    talk = Conversation("192.0.2.1", "192.0.2.2", 40_000, port, transport=UDP)
    records = [record for packet in talk.client(data) for record in engine.feed(packet)] + engine.finish()
    assert [record.protocol for record in records if record.family == "flow"] == [verdict]
