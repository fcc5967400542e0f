"""EVE JSON: the header's order, what is left out, times, secrets, any octets."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiregram.model.errors import WiregramError
from wiregram.model.packet import TCP, UDP
from wiregram.model.record import ANOMALY, FLOW, STATS, TRANSACTION, Ends, Record, Secret
from wiregram.outputs import EveSink, open_sink, plain, shown, timestamp
from wiregram.outputs.values import octets, shortened, text
from wiregram.program.settings import OutputSettings, ProtocolOutputs

TIME = 1_580_472_000_123_456_789
ENDS = Ends(1234567, TCP, bytes((10, 0, 0, 1)), 40000, bytes((10, 0, 0, 2)), 110, (7, 8))


def _line(record: Record, **settings: Any) -> dict[str, Any]:
    stream = io.BytesIO()
    sink = EveSink(stream, OutputSettings(**settings))
    sink.write(record)
    sink.close()
    written = stream.getvalue()
    assert written.endswith(b"\n")
    assert written.count(b"\n") == 1
    made = json.loads(written)
    assert isinstance(made, dict)
    return made


def test_the_header_stands_in_its_order() -> None:
    record = Record(TRANSACTION, "pop3", TIME, 12, "some.pcap", ENDS, 3, "pop3", ("pop3", "failed"), "imap", "ftp", {"pop3": {"b": 1, "a": b"x"}})
    made = _line(record, community_id=True)
    assert list(made) == [
        "timestamp", "flow_id", "pcap_filename", "pcap_cnt", "event_type", "vlan", "src_ip", "src_port", "dest_ip", "dest_port", "proto", "ip_v",
        "pkt_src", "community_id", "tx_id", "app_proto", "app_proto_tc", "app_proto_orig", "app_proto_expected", "pop3",
    ]  # fmt: skip
    assert made["timestamp"] == "2020-01-31T12:00:00.123456+0000"
    assert made["vlan"] == [7, 8]
    assert (made["src_ip"], made["src_port"], made["dest_ip"], made["dest_port"]) == ("10.0.0.1", 40000, "10.0.0.2", 110)
    assert (made["proto"], made["ip_v"], made["pkt_src"], made["pcap_cnt"], made["tx_id"]) == ("TCP", 4, "wire/pcap", 12, 3)
    assert made["app_proto_tc"] == "failed"
    assert list(made["pop3"].items()) == [("b", 1), ("a", "x")]


def test_what_is_absent_is_left_out() -> None:
    assert list(_line(Record(STATS, "stats", TIME, sections={"stats": {"uptime": 0}}))) == ["timestamp", "event_type", "stats"]
    ends = Ends(1, UDP, bytes(15) + b"\x01", 5, bytes(16), 53)
    made = _line(Record(FLOW, "flow", TIME, ends=ends, protocol="dns", protocol_sides=("dns", ""), sections={"flow": {"state": None}}))
    assert list(made) == ["timestamp", "flow_id", "event_type", "src_ip", "src_port", "dest_ip", "dest_port", "proto", "ip_v", "app_proto"]
    assert (made["src_ip"], made["dest_ip"], made["proto"], made["ip_v"]) == ("::1", "::", "UDP", 6)


def test_empty_lists_false_and_zero_stay_where_absent_values_and_empty_tables_go() -> None:
    value = {"a": None, "b": {}, "c": {"d": None}, "e": [], "f": False, "g": 0, "h": b"", "i": [None, {}], "j": float("nan"), "k": {"l": {"m": 0}}}
    assert plain(value) == {"e": [], "f": False, "g": 0, "h": "", "i": [None, {}], "k": {"l": {"m": 0}}}


def test_secrets_are_hidden_unless_asked_for() -> None:
    body = {"command": b"PASS", "args": [Secret(b"x"), Secret(b"y")], "all": Secret([b"a", b"b"]), "one": Secret({"deep": 1}), "gone": Secret(None)}
    record = Record(TRANSACTION, "pop3", TIME, sections={"pop3": body})
    assert _line(record)["pop3"] == {"command": "PASS", "args": ["***", "***"], "all": ["***", "***"], "one": "***"}
    assert _line(record, show_secrets=True)["pop3"] == {"command": "PASS", "args": ["x", "y"], "all": ["a", "b"], "one": {"deep": 1}}


def test_a_long_text_is_cut_where_the_settings_say_and_tells_how_much_is_missing() -> None:
    body = {"a": b"12345", "b": [b"123456", {"c": Secret(b"1234567")}], "d": 1234567}
    record = Record(TRANSACTION, "pop3", TIME, protocol="pop3", sections={"pop3": body})
    cut = {"a": "12345", "b": ["12345[truncated 1 additional bytes]", {"c": "12345[truncated 2 additional bytes]"}], "d": 1234567}
    assert _line(record, text=5, show_secrets=True)["pop3"] == cut
    assert _line(record, show_secrets=True, protocols={"pop3": ProtocolOutputs(text=5)})["pop3"] == cut
    assert _line(record, text=5, protocols={"pop3": ProtocolOutputs(text=6)})["pop3"]["b"] == ["123456", {"c": "***"}]


def test_a_protocol_may_have_another_name_in_the_header() -> None:
    record = Record(FLOW, "flow", TIME, ends=ENDS, protocol="one", protocol_sides=("one", "two"), old_protocol="two", expected_protocol="three")
    made = _line(record, protocols={"one": ProtocolOutputs(name="uno"), "two": ProtocolOutputs(name="due")})
    assert [made[key] for key in ("app_proto", "app_proto_tc", "app_proto_orig", "app_proto_expected")] == ["uno", "due", "due", "three"]
    assert "app_proto_ts" not in made


def test_types_pick_records_by_family_or_event_type() -> None:
    records = [Record(TRANSACTION, "pop3", TIME), Record(TRANSACTION, "dns", TIME), Record(ANOMALY, "anomaly", TIME), Record(FLOW, "flow", TIME)]
    for types, kept in (((), 4), (("dns",), 1), (("transaction",), 2), (("flow", "pop3"), 2)):
        stream = io.BytesIO()
        sink = EveSink(stream, OutputSettings(types=types))
        for record in records:
            sink.write(record)
        sink.close()
        assert stream.getvalue().count(b"\n") == kept


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (b"plain", "plain"),
        ("gr\u00fcn \U0001f600".encode(), "gr\u00fcn \U0001f600"),
        (b"a\xffb\x80", "a\\xffb\\x80"),
        (b"\xed\xa0\x80", "\\xed\\xa0\\x80"),
        (b"C:\\dir\\file", "C:\\dir\\file"),
        (b"\\xff", "\\x5cxff"),
        (b"\\xFF \\x1", "\\xFF \\x1"),
        (b"\\\xff", "\\\\xff"),
        (b"\x00\x1b", "\x00\x1b"),
    ],
)
def test_octets_that_are_no_utf_8_are_written_in_hexadecimal(value: bytes, written: str) -> None:
    assert plain(value) == written


@given(st.binary() | st.lists(st.sampled_from([b"\\", b"x", b"5c", b"ff", b"\xff", b"a"])).map(b"".join))
def test_the_octets_can_be_had_back(value: bytes) -> None:
    assert octets(text(value)) == value


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.binary() | st.text(st.characters()) | st.sampled_from([1 << 64, -(1 << 63) - 1]),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()) | st.binary() | st.integers(), inner) | st.builds(Secret, inner),
)


@given(ANYTHING, st.booleans(), st.text(st.characters(), max_size=5), st.integers(0, (1 << 64) - 1))
def test_whatever_the_values_a_line_is_json(value: Any, show_secrets: bool, capture: str, time: int) -> None:
    made = _line(Record(TRANSACTION, "x", time, capture=capture, sections={"x": {"value": value}}), show_secrets=show_secrets)
    found = plain(value, show_secrets)
    assert made.get("x", {}).get("value") == (None if found == {} else found)


def test_numbers_beyond_64_bits_are_text() -> None:
    assert plain([(1 << 64) - 1, -(1 << 63), 1 << 64, 1 << 20_000]) == [(1 << 64) - 1, -(1 << 63), "18446744073709551616", hex(1 << 20_000)]


def test_a_number_is_decimal_up_to_a_bound_of_its_bits() -> None:
    bits = 4096
    assert plain(1 << bits - 1) == str(1 << bits - 1)
    assert plain(1 << bits) == hex(1 << bits)


def test_a_text_is_shortened_as_deep_as_is_shown() -> None:
    assert shortened([[b"abcd"]], 2, 2) == [[b"ab[truncated 2 additional bytes]"]]
    assert shortened([[b"abcd"]], 2, 1) == [[b"abcd"]]
    assert shortened({"a": {"b": b"abcd"}}, 4, 2) == {"a": {"b": b"abcd"}}
    assert shortened({"a": {"b": b"abcd"}}, 3, 2) == {"a": {"b": b"abc[truncated 1 additional bytes]"}}


def test_values_nested_without_end_are_cut() -> None:
    deep: list[Any] = []
    for _ in range(500):
        deep = [deep]
    made: Any = _line(Record(TRANSACTION, "x", TIME, sections={"x": {"value": deep}}))["x"]["value"]
    levels = 0
    while isinstance(made, list):
        made = made[0]
        levels += 1
    assert made == "..."
    assert levels == 63


@given(st.integers(0, 253_402_300_799), st.integers(0, 999_999_999))
def test_a_time_is_written_in_utc_with_microseconds(seconds: int, rest: int) -> None:
    expected = datetime.fromtimestamp(seconds, UTC).strftime("%m-%dT%H:%M:%S") + f".{rest // 1000:06d}+0000"
    year = datetime.fromtimestamp(seconds, UTC).year
    assert timestamp(seconds * 1_000_000_000 + rest) == f"{year:04d}-{expected}"


@pytest.mark.parametrize(
    ("time", "written"),
    [
        (0, "1970-01-01T00:00:00.000000+0000"),
        (-1, "1969-12-31T23:59:59.999999+0000"),
        (951_782_400_000_000_000, "2000-02-29T00:00:00.000000+0000"),
        (253_402_300_800_000_000_000, "10000-01-01T00:00:00.000000+0000"),
    ],
)
def test_times_that_no_calendar_of_pythons_holds_are_written_too(time: int, written: str) -> None:
    assert timestamp(time) == written


@given(st.binary())
def test_nothing_that_is_shown_on_a_terminal_moves_its_cursor(value: bytes) -> None:
    line = shown(value)
    assert all(character.isprintable() or ord(character) > 0x9F for character in line)
    assert len(shown(value, width=10)) <= 10


def test_lines_are_written_in_pieces_and_all_of_them_by_close() -> None:
    stream = io.BytesIO()
    sink = EveSink(stream)
    for number in range(2000):
        sink.write(Record(TRANSACTION, "x", TIME, number + 1))
    assert len(stream.getvalue()) > 0
    sink.close()
    assert [json.loads(line)["pcap_cnt"] for line in stream.getvalue().splitlines()] == list(range(1, 2001))


def test_a_sink_is_opened_by_its_name() -> None:
    stream = io.BytesIO()
    sink = open_sink("eve", stream)
    sink.write(Record(STATS, "stats", TIME))
    sink.close()
    assert json.loads(stream.getvalue())["event_type"] == "stats"
    with pytest.raises(WiregramError, match="did you mean eve"):
        open_sink("evee", stream)
