"""The command line as a person meets it: what it prints, and with which exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wiregram.cli import main
from wiregram.compiler import load
from wiregram.manifest.loading import bundled

ROOT = Path(__file__).resolve().parents[3]
OFFICE = str(ROOT / "examples" / "office.pcap")


class Said:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def wiregram(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]  # a fixture that gives a function
    monkeypatch.delenv("WIREGRAM_PATH", raising=False)

    def call(*arguments: str) -> Said:
        with pytest.raises(SystemExit) as done:
            main(list(arguments))
        out, err = capfdbinary.readouterr()
        assert b"Traceback" not in err
        return Said(int(done.value.code or 0), out.decode(), err.decode())

    return call


def test_version_says_whether_rooms_are_compiled(wiregram) -> None:  # type: ignore[no-untyped-def]
    said = wiregram("--version")
    assert said.code == 0
    assert "plain Python" in said.out or "compiled: " in said.out


def test_list_shows_every_bundled_protocol_and_its_size(wiregram) -> None:  # type: ignore[no-untyped-def]
    said = wiregram("list", "--lines")
    assert [line.split()[0] for line in said.out.splitlines()] == ["protocol", *load().protocols]
    pop3 = next(line.split() for line in said.out.splitlines() if line.startswith("pop3"))
    assert int(pop3[5]) <= 60


def test_an_unknown_command_or_protocol_gets_a_suggestion(wiregram) -> None:  # type: ignore[no-untyped-def]
    said = wiregram("runn", OFFICE)
    assert said.code == 2
    assert "'run'" in said.err
    said = wiregram("show", "pop4")
    assert said.code == 2
    assert "'pop3'" in said.err
    said = wiregram("run", OFFICE, "--only", "pop4")
    assert said.code == 2
    assert "'pop3'" in said.err


def test_show_prints_programs_machines_and_signatures(wiregram) -> None:  # type: ignore[no-untyped-def]
    assert "message reply" in wiregram("show", "pop3", "--program").out
    states = wiregram("show", "pop3", "--states").out
    assert "mail: takes raw bytes" in states
    assert "if kind == 'go'" in states
    assert 'pattern "+OK"' in wiregram("show", "pop3", "--signatures").out
    assert "message message" in wiregram("show", "dns", "--program").out
    assert wiregram("show", "dns").code == 0


def test_run_shows_the_transactions_and_writes_them(wiregram, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    eve = tmp_path / "eve.json"
    said = wiregram("run", OFFICE, "-o", str(eve))
    assert said.code == 0
    for word in ("pop3", "RETR", "dns", "mail.example.com", "modbus", "echo"):
        assert word in said.out
    records = [json.loads(line) for line in eve.read_text().splitlines()]
    kinds = [record["event_type"] for record in records]
    assert kinds.count("pop3") == 12
    assert kinds.count("dns") == 6
    assert kinds.count("modbus") == 4
    assert kinds.count("echo") == 2
    assert kinds.count("flow") == 7
    assert kinds[-1] == "stats"
    assert "sesame" not in eve.read_text()


def test_run_writes_records_alone_to_standard_output(wiregram) -> None:  # type: ignore[no-untyped-def]
    said = wiregram("run", OFFICE, "-o", "-", "--only", "pop3", "--show-secrets", "--community-id")
    records = [json.loads(line) for line in said.out.splitlines()]
    assert {record["event_type"] for record in records} == {"pop3", "flow", "stats"}
    assert any(record.get("pop3", {}).get("request", {}).get("args") == ["open", "sesame"] for record in records)
    assert all(record["community_id"].startswith("1:") for record in records if record["event_type"] == "flow")


@pytest.mark.parametrize(
    "content", [None, b"", b"GET / HTTP/1.0\r\n" * 9, b"\xd4\xc3\xb2\xa1"], ids=["missing", "empty", "text", "cut in its header"]
)
def test_what_is_no_capture_gets_one_clear_sentence(wiregram, tmp_path: Path, content: bytes | None) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "x.pcap"
    if content is not None:
        path.write_bytes(content)
    said = wiregram("run", str(path))
    assert said.code == 2
    assert "x.pcap" in said.err
    assert len(said.err.strip().splitlines()) == 1


def test_a_capture_that_is_cut_short_gives_what_it_has_and_a_warning(wiregram, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "cut.pcap"
    path.write_bytes(Path(OFFICE).read_bytes()[:-20])
    said = wiregram("run", str(path))
    assert said.code == 0
    assert "warning" in said.err
    assert "RETR" in said.out


def test_an_output_that_cannot_be_written_is_an_error(wiregram, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    said = wiregram("run", OFFICE, "-o", str(tmp_path / "no" / "eve.json"))
    assert said.code == 2
    assert "cannot write" in said.err


def test_parse_prints_the_value_or_where_it_fails(wiregram, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    message = tmp_path / "message"
    message.write_bytes(b"TOP 1 10\r\n")
    assert json.loads(wiregram("parse", "pop3", "command", str(message)).out) == {"kind": "command", "verb": "TOP", "arg": ["1", "10"]}
    message.write_bytes(b"TOP 1 10")
    said = wiregram("parse", "pop3", "command", str(message))
    assert said.code == 1
    assert "ends too early at octet 8" in said.err
    message.write_bytes(b"T!P\r\n")
    said = wiregram("parse", "pop3", "command", str(message))
    assert said.code == 1
    assert "^" in said.err
    said = wiregram("parse", "pop3", "comand", str(message))
    assert said.code == 2
    assert "command" in said.err


def test_check_accepts_the_bundled_protocols(wiregram) -> None:  # type: ignore[no-untyped-def]
    said = wiregram("check", "pop3")
    assert said.code == 0
    assert "error" not in said.out
    assert "dialogues give their records" in said.out


@pytest.mark.parametrize(
    ("name", "verdict"), [("pop3", "ends on its last byte"), ("modbus", "request.body.data: GreedyBytes streams; decided at the end")]
)
def test_check_says_how_a_named_protocol_streams_and_its_largest_buffer(wiregram, name: str, verdict: str) -> None:  # type: ignore[no-untyped-def]
    lines = wiregram("check", name).out.splitlines()
    assert any(verdict in line for line in lines)
    assert lines[-1].startswith("largest buffer: ")


def test_check_shows_every_mistake_with_its_line_and_a_caret(wiregram, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "grammars").mkdir()
    (tmp_path / "grammars" / "echo.lark").write_bytes((bundled() / "grammars" / "echo.lark").read_bytes())
    (tmp_path / "protocols.toml").write_text(
        '[shout]\ntitle = "x"\ntcp = [3031]\ngrammar = "echo.lark"\nrequest = "requst"\nresponse = "reply"\ngroup = { begin = "knid == 1" }\n'
        "status.error = \"response.kindd == 'failure'\"\n"
    )
    said = wiregram("check", str(tmp_path))
    assert said.code == 2
    lines = said.out.splitlines()
    assert any("protocols.toml:5:" in line and "requst" in line for line in lines)
    assert any("did you mean" in line and "request" in line for line in lines)
    assert any("protocols.toml:7:" in line and "group" in line for line in lines)
    assert sum("^" in line for line in lines) >= 2


def test_check_shows_how_a_dialogue_differs(wiregram, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert wiregram("new", "shout", "--text", str(tmp_path)).code == 0
    example = tmp_path / "grammars" / "examples" / "shout.toml"
    text = example.read_text()
    example.write_text(text.replace("records = [", 'records = [\n  { shout = { request = { never = "said" } } },', 1))
    said = wiregram("check", str(tmp_path))
    assert said.code == 2
    assert "never" in said.out
    assert "whole: records differ" in said.out


@pytest.mark.parametrize("kind", ["--text", "--binary"])
def test_a_new_protocol_is_accepted_unedited(wiregram, tmp_path: Path, kind: str) -> None:  # type: ignore[no-untyped-def]
    assert wiregram("new", "fresh", kind, str(tmp_path)).code == 0
    said = wiregram("check", str(tmp_path))
    assert said.code == 0, said.out
    assert wiregram("run", OFFICE, "--protocols", str(tmp_path)).code == 0
    said = wiregram("fuzz", "fresh", "--protocols", str(tmp_path), "--examples", "20", "--seed", "1")
    assert said.code == 0, said.out + said.err
    assert wiregram("new", "fresh", kind, str(tmp_path)).code == 2


def test_settings_are_checked_like_a_manifest(wiregram, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    settings = tmp_path / "settings.toml"
    settings.write_text("[protocols.pop3]\ntcp = [8110]\nlimitz = { message = 3 }\n")
    said = wiregram("run", OFFICE, "--settings", str(settings))
    assert said.code == 2
    assert "settings.toml:3:" in said.err
    assert "limits" in said.err
    settings.write_text("[protocols.pop3.outputs]\nshow_secrets = true\n[protocols.dns.outputs]\ntypes = ['flow']\n")
    records = [json.loads(line) for line in wiregram("run", OFFICE, "--settings", str(settings), "-o", "-").out.splitlines()]
    assert any(record.get("pop3", {}).get("request", {}).get("args") == ["open", "sesame"] for record in records)
    assert not any(record["event_type"] == "dns" for record in records)
    assert sum(record["event_type"] == "modbus" for record in records) == 4
    settings.write_text("[protocols.modbus]\nmode = 'off'\n[outputs]\nshow_secrets = true\n")
    said = wiregram("run", OFFICE, "--settings", str(settings), "-o", "-")
    records = [json.loads(line) for line in said.out.splitlines()]
    assert not any(record["event_type"] == "modbus" for record in records)
    assert "sesame" in said.out
