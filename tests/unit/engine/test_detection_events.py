"""What an analyst reads of detection: the six anomalies, a protocol that is only to be named, reasons across a change of protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

import wiregram
from wiregram.model.packet import ACK, SYN, TO_CLIENT, TO_SERVER

GRAMMAR = "line: TEXT? _EOL\nTEXT: /[^\\r\\n]+/\n_EOL: /\\r?\\n/\n"


def table(name: str, port: int, more: str = "", machines: bool = True) -> str:
    plain = 'request = "line"\nresponse = "line"\n' if machines else ""
    signs = f'detect.request = ["{name.upper()} "]\ndetect.response = ["{name.upper()}-OK"]\n'
    return f'[{name}]\ntitle = "T"\ntcp = [{port}]\ngrammar = "lines.lark"\n{signs}{plain}{more}\n'


DOOR = """
[door.request]
start = { parse = "line", next = [{ when = "starts(text, 'DOOR')", to = "complete", hold = true }, "complete"] }
[door.response]
start = { parse = "line", next = [
  { when = "request.text == 'DOOR left'", upgrade = "left" },
  { when = "request.text == 'DOOR sealed'", upgrade = "sealed" },
  { when = "request.text == 'DOOR any'", upgrade = { } },
  "complete" ] }
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> wiregram.Library:
    home = tmp_path_factory.mktemp("made")
    (home / "lines.lark").write_text(GRAMMAR)
    text = (
        table("left", 1001)
        + table("right", 1002)
        + table("quiet", 1003, 'mode = "detection_only"\n')
        + table("sealed", 1004, 'detect.missed = "not_sealed"\nevents.not_sealed = "error"\n')
    )
    text += table("greets", 1005, 'response.first = { next = "start" }\nresponse.start = { parse = "line" }\nrequest = "line"\n', machines=False)
    text += '[far]\ntitle = "T"\ntcp = []\ngrammar = "lines.lark"\nrequest = "line"\ndetect.request = [{ content = "FAR", depth = 60000 }]\n'
    (home / "protocols.toml").write_text(text + table("door", 1006, DOOR, machines=False))
    return wiregram.load(home, bundled=False)


def said(wire: Any, library: wiregram.Library, *turns: tuple[str, bytes], port: int = 4242) -> tuple[Any, list[str]]:
    """The flow's record and the events."""
    engine = wiregram.Engine(library, explain=True)
    records = [record for packet in wire.turns(wire.talk(port), turns) for record in engine.feed(packet)] + engine.finish()
    (flow,) = wire.flows(records)
    return flow, wire.events(records)


def test_two_directions_of_different_protocols(made: wiregram.Library, wire: Any) -> None:
    flow, events = said(wire, made, ("client", b"LEFT x\n"), ("server", b"RIGHT-OK\n"))
    assert "mismatch_protocol_both_directions" in events
    assert (flow.protocol, flow.protocol_sides) == ("left", ("left", "right"))


def test_the_side_that_should_wait_speaks_first(made: wiregram.Library, wire: Any) -> None:
    flow, events = said(wire, made, ("client", b"GREETS x\n"), ("server", b"GREETS-OK\n"))
    assert events == ["wrong_direction_first_data"]
    assert flow.protocol == "greets"
    answered = (("server", b"GREETS-OK\n"), ("client", b"GREETS x\n"), ("server", b"GREETS-OK\n"))
    assert said(wire, made, *answered)[1] == []


def test_only_one_direction_is_recognised(made: wiregram.Library, wire: Any) -> None:
    flow, events = said(wire, made, ("client", b"LEFT x\n"), ("server", b"\x00\r\x00"), ("client", b"LEFT y\n"))
    assert "detect_protocol_only_one_direction" in events
    assert flow.protocol_sides == ("left", "failed")


def test_a_stream_that_grows_past_the_bound(made: wiregram.Library, wire: Any) -> None:
    flow, events = said(wire, made, ("client", b"x" * 120_000))
    assert events == ["proto_detection_skipped"]
    assert (flow.protocol, flow.sections["flow"]["detection"]["ended"]) == ("failed", "one side is done, the other says nothing")


def test_an_upgrade_to_another_protocol_than_was_agreed(made: wiregram.Library, wire: Any) -> None:
    for agreed, events in ((b"left", ["unexpected_protocol"]), (b"sealed", ["unexpected_protocol", "not_sealed"]), (b"any", [])):
        turns = (("client", b"DOOR %s\n" % agreed), ("server", b"come\n"), ("client", b"RIGHT x\n"), ("server", b"RIGHT-OK\n"))
        flow, found = said(wire, made, *turns)
        assert found == events
        assert (flow.protocol, flow.old_protocol, flow.expected_protocol) == ("right", "door", agreed.decode().replace("any", ""))


def test_an_upgrade_as_agreed_keeps_the_reason_of_both(made: wiregram.Library, wire: Any) -> None:
    for agreed in (b"left", b"any"):
        flow, events = said(wire, made, ("client", b"DOOR %s\n" % agreed), ("server", b"come\n"), ("client", b"LEFT x\n"))
        assert events == ["request_without_response"]
        why = flow.sections["flow"]["detection"]
        assert {key: why[key] for key in ("protocol", "by", "evidence", "signature")} == {
            "protocol": "left", "by": "upgrade", "evidence": "pattern", "signature": '"LEFT "',
        }  # fmt: skip
        assert [(one["protocol"], one["by"]) for one in why["before"]] == [("door", "pattern")]


def test_an_inconclusive_upgrade_goes_on_with_the_old_protocol(made: wiregram.Library, wire: Any) -> None:
    flow, _ = said(wire, made, ("client", b"DOOR left\n"), ("server", b"come\n"), ("client", b"x" * 5000 + b"\n"), ("server", b"hi\n"))
    assert flow.protocol == "door"
    assert flow.sections["flow"]["tx_cnt"] == 2
    assert flow.sections["flow"]["detection"]["ended"] == "nothing found after the upgrade"


def test_a_protocol_that_is_only_to_be_named_is_named_and_not_parsed(made: wiregram.Library, wire: Any) -> None:
    for port in (1003, 4242):
        flow, events = said(wire, made, ("client", b"QUIET x\n"), ("server", b"QUIET-OK\n"), port=port)
        assert events == []
        section = flow.sections["flow"]
        assert (flow.protocol, section["tx_cnt"], section["detection"]["by"]) == ("quiet", 0, "pattern")
        assert [section["accounts"][side]["opaque"] for side in ("to_server", "to_client")] == [8, 9]


def test_settings_make_any_protocol_one_that_is_only_named_or_not_even_that(wire: Any, tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    for mode, protocol in (("detection_only", "pop3"), ("off", "failed")):
        settings.write_text(f'[protocols.pop3]\nmode = "{mode}"\n')
        turns = (("server", b"+OK hi\r\n"), ("client", b"QUIT\r\n"), ("server", b"+OK\r\n"))
        flow, _ = said(wire, wiregram.load(settings=settings), *turns, port=110)
        assert (flow.protocol, flow.sections["flow"]["tx_cnt"]) == (protocol, 0)


def test_a_flow_without_octets_says_so(made: wiregram.Library, wire: Any) -> None:
    flow, _ = said(wire, made)
    assert flow.sections["flow"]["detection"]["ended"] == "no octets came"


@pytest.mark.parametrize(("window", "closed", "protocol"), [(60_000, False, "far"), (60_000, True, "far"), (200, False, "failed")])
def test_more_is_looked_at_where_the_receiver_takes_more_at_a_time(
    made: wiregram.Library, wire: Any, window: int, closed: bool, protocol: str
) -> None:
    library = msgspec.structs.replace(made, settings=msgspec.structs.replace(made.settings, engine=wiregram.Settings().engine))
    library = msgspec.structs.replace(
        library, settings=msgspec.structs.replace(library.settings, engine=msgspec.structs.replace(library.settings.engine, detection_limit=1000))
    )
    talk = wire.talk(4242)
    engine = wiregram.Engine(library)
    client, server = talk.ends
    packets = [talk.segment(TO_SERVER, flags=SYN, sequence=client.isn, acknowledgement=0)]
    client.next += 1
    packets.append(talk.segment(TO_CLIENT, flags=SYN | ACK, sequence=server.isn, window=window))
    server.next += 1
    packets += [*talk.ack(TO_SERVER), talk.segment(TO_CLIENT, flags=ACK, window=window)]
    if closed:  # and opened again, later
        packets.append(talk.segment(TO_CLIENT, flags=ACK, window=0))
    packets += talk.client(b"x" * 30_000 + b"FAR")
    records = [record for packet in packets for record in engine.feed(packet)] + engine.finish()
    assert wire.flows(records)[0].protocol == protocol
