"""`wiregram detect`, and `run` with `--decode-as` and `--explain`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wiregram.cli import main

OFFICE = str(Path(__file__).resolve().parents[3] / "examples" / "office.pcap")


@pytest.fixture
def said(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]  # a fixture that gives a function
    monkeypatch.delenv("WIREGRAM_PATH", raising=False)

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as done:
            main(list(arguments))
        out, err = capfdbinary.readouterr()
        assert b"Traceback" not in err
        return int(done.value.code or 0), out.decode(), err.decode()

    return call


def test_detect_shows_each_flow_with_its_protocol_and_the_reason(said) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = said("detect", OFFICE)
    assert code == 0
    pop3 = next(line for line in out.splitlines() if ":110/tcp" in line)
    assert pop3.split()[2:] == ["pop3", "pattern", "to_client", '"+OK"']
    assert out.splitlines()[-1].split() == ["total", "7"]


def test_detect_gives_a_flow_a_line_as_json_and_parses_nothing(said) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = said("detect", "--json", OFFICE)
    flows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert {flow["event_type"] for flow in flows} == {"flow"}
    assert sorted(flow["app_proto"] for flow in flows) == ["dns", "dns", "dns", "echo", "modbus", "pop3", "pop3"]
    for flow in flows:
        why = flow["flow"]["detection"]
        assert why["protocol"] == flow["app_proto"]
        assert why["by"] in ("pattern", "probe")
        assert flow["flow"]["tx_cnt"] == 0
        assert sum(account["parsed"] for account in flow["flow"]["accounts"].values()) == 0


def test_detect_goes_on_behind_a_capture_that_cannot_be_read(said) -> None:  # type: ignore[no-untyped-def]
    code, out, err = said("detect", "nowhere.pcap", OFFICE)
    assert code == 2
    assert "nowhere.pcap" in err
    assert "pop3" in out


def test_only_explain_puts_reasons_into_flow_records(said) -> None:  # type: ignore[no-untyped-def]
    for words, there in (((), False), (("--explain",), True)):
        _, out, _ = said("run", "-o", "-", *words, OFFICE)
        flows = [record for line in out.splitlines() if (record := json.loads(line))["event_type"] == "flow"]
        assert len(flows) == 7
        assert all(("detection" in flow["flow"]) == there for flow in flows)


def test_decode_as_wins_over_what_the_bytes_say(said) -> None:  # type: ignore[no-untyped-def]
    _, out, _ = said("detect", "--json", "--decode-as", "tcp/100-110=echo", "--decode-as", "tcp/502=pop3", OFFICE)
    flows = [json.loads(line) for line in out.splitlines()]
    assert {(flow["dest_port"], flow["app_proto"], flow["flow"]["detection"]["by"]) for flow in flows if flow["dest_port"] in (110, 502)} == {
        (110, "echo", "decode_as"), (502, "pop3", "decode_as"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("word", "answer"),
    [
        ("tcp/81", "is not TRANSPORT/PORT=NAME"),
        ("81=pop3", "is not TRANSPORT/PORT=NAME"),
        ("sctp/81=pop3", "it is tcp or udp"),
        ("tcp/81=pop4", "did you mean 'pop3'?"),
        ("udp/81=pop3", "pop3 does not run over udp, it runs over tcp"),
        ("tcp/0=pop3", "no port from 1 to 65535"),
        ("tcp/70000=pop3", "no port from 1 to 65535"),
        ("tcp/9-8=pop3", "no port from 1 to 65535"),
        ("tcp/x=pop3", "no port from 1 to 65535"),
        ("tcp/8-9=echo", "tcp/9 is pop3 already"),
    ],
)
def test_a_wrong_decode_as_is_one_clear_error(said, word: str, answer: str) -> None:  # type: ignore[no-untyped-def]
    for command in ("run", "detect"):
        code, out, err = said(command, "--decode-as", "tcp/9=pop3", "--decode-as", word, OFFICE)
        assert (code, out) == (2, "")
        assert answer in err
        assert word in err or "pop4" in err


def test_decode_as_refuses_what_the_settings_turn_off(said, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    settings = tmp_path / "settings.toml"
    settings.write_text('[protocols.pop3]\nmode = "off"\n')
    code, _, err = said("run", "--settings", str(settings), "--decode-as", "tcp/9=pop3", OFFICE)
    assert code == 2
    assert "pop3 is off for tcp" in err
