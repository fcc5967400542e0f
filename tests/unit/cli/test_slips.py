"""Slips of a person at the command line: each gets one clear error with a way on, exit code 2, and nothing else."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from wiregram.cli import main

ROOT = Path(__file__).resolve().parents[3]
OFFICE = str(ROOT / "examples" / "office.pcap")
TABLE = '[shout]\ntitle = "x"\ntcp = [3031]\ngrammar = "shout.py"\nrequest = "request"\nresponse = "request"\n'
GRAMMAR = 'from construct import *\nrequest = Struct("size" / Int8ub, "data" / Bytes(this.size))\n'


Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def wiregram(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Runs the command in this process; gives its exit code, output and errors."""
    monkeypatch.delenv("WIREGRAM_PATH", raising=False)

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as done:
            main(list(arguments))
        out, err = capfdbinary.readouterr()
        assert b"Traceback" not in out + err
        return int(done.value.code or 0), out.decode(), err.decode()

    return call


def piped(*arguments: str, given: bytes | None = None) -> tuple[int, str, str]:
    """The same in a process of its own, between pipes."""
    done = subprocess.run([sys.executable, "-m", "wiregram", *arguments], capture_output=True, input=given, cwd=ROOT)
    out, err = done.stdout.decode(), done.stderr.decode()
    assert "Traceback" not in out + err
    return done.returncode, out, err


def described(home: Path, table: str = TABLE, grammar: str = GRAMMAR) -> str:
    (home / "grammars").mkdir()
    (home / "protocols.toml").write_text(table)
    (home / "grammars" / "shout.py").write_text(grammar)
    return str(home)


@pytest.mark.parametrize(
    ("last", "place", "said"),
    [
        ("size = 1 / 0", "3:8", "ZeroDivisionError"),
        ("import sys; sys.exit(3)", "3:13", "SystemExit: 3"),
        ("import no_such_module", "3:1", "No module named 'no_such_module'"),
        ("size = (", "3:8", "never closed"),
    ],
)
def test_a_grammar_that_does_not_run_is_shown_with_its_place_and_a_caret(wiregram: Call, tmp_path: Path, last: str, place: str, said: str) -> None:
    code, out, err = wiregram("check", described(tmp_path, grammar=GRAMMAR + last + "\n"))
    assert code == 2
    assert f"shout.py:{place}: error: " in out + err
    assert said in out
    assert f"    {last}\n    " + " " * (int(place.split(":")[1]) - 1) + "^" in out


def test_a_file_that_is_no_grammar_is_shown_in_the_table(wiregram: Call, tmp_path: Path) -> None:
    home = described(tmp_path, TABLE.replace("shout.py", "shout.txt"))
    (tmp_path / "grammars" / "shout.txt").write_text(GRAMMAR)
    code, out, _ = wiregram("check", home)
    assert code == 2
    assert "protocols.toml:4:11: error: `shout.txt` is no grammar [shout.grammar]" in out
    assert ".lark" in out


def test_check_runs_a_grammar_file_once(wiregram: Call, tmp_path: Path) -> None:
    code, out, _ = wiregram("check", described(tmp_path, grammar='print("run")\n' + GRAMMAR))
    assert code == 0
    assert out.count("run\n") == 1


@pytest.mark.parametrize("line", ["format = 2", 'format = "1"', "fromat = 1"])
def test_what_is_wrong_outside_of_the_tables_is_an_error_too(wiregram: Call, tmp_path: Path, line: str) -> None:
    code, out, _ = wiregram("check", described(tmp_path, line + "\n" + TABLE))
    assert code == 2
    assert "protocols.toml:1:" in out


def test_a_wrong_key_hides_no_other_mistake(wiregram: Call, tmp_path: Path) -> None:
    table = TABLE.replace("3031", "70000").replace('title = "x"\n', "").replace('response = "request"', 'response = "reqest"')
    home = described(tmp_path, table + 'limits.message = -1\nstatus.error = "request.sise > 1"\n', grammar=GRAMMAR + "other = Struct('x' / Byte)\n")
    code, out, _ = wiregram("check", home)
    assert code == 2
    heads = [line for line in out.splitlines() if ": error: " in line]
    assert {head.rpartition(" [shout.")[2] for head in heads} == {"title]", "tcp[1]]", "limits.message]", "response]", "status.error]"}
    assert len(heads) == 5
    assert "did you mean `request`?" in out
    assert "did you mean request.size?" in out


@pytest.mark.parametrize("kinds", [(), ("--text", "--binary")])
def test_new_wants_one_kind_of_grammar(wiregram: Call, tmp_path: Path, kinds: tuple[str, ...]) -> None:
    code, _, err = wiregram("new", "shout", *kinds, str(tmp_path / "here"))
    assert code == 2
    assert "say --text or --binary" in err
    assert not (tmp_path / "here").exists()


@pytest.mark.parametrize("name", ["", "Shout", "no-dash", "9lives", "a b", "../up", "_x", "\u00e9"])
def test_new_refuses_names_that_are_none(wiregram: Call, tmp_path: Path, name: str) -> None:
    code, _, err = wiregram("new", name, "--text", str(tmp_path / "here"))
    assert code == 2
    assert "cannot name a protocol" in err
    assert not (tmp_path / "here").exists()


@pytest.mark.parametrize("name", ["if", "this", "kind", "request", "tx"])
@pytest.mark.parametrize("kind", ["--text", "--binary"])
def test_a_protocol_may_be_called_as_words_of_the_notation_are(wiregram: Call, tmp_path: Path, name: str, kind: str) -> None:
    assert wiregram("new", name, kind, str(tmp_path))[0] == 0
    code, out, _ = wiregram("check", str(tmp_path))
    assert code == 0
    assert "1 dialogue gives its records" in out


def test_parse_and_check_say_what_there_is(wiregram: Call) -> None:
    code, _, err = wiregram("parse", "pop3", "zzz", os.devnull)
    assert code == 2
    assert "`command`" in err
    code, _, err = wiregram("parse", "zzz", "command", os.devnull)
    assert code == 2
    assert "wiregram list" in err
    code, out, _ = wiregram("check", "zzz")
    assert code == 2
    assert "`pop3`" in out


def test_nothing_read_means_no_table(wiregram: Call, tmp_path: Path) -> None:
    code, out, err = wiregram("run", str(tmp_path / "none.pcap"))
    assert code == 2
    assert out == ""
    assert len(err.splitlines()) == 1
    code, out, _ = wiregram("run", str(tmp_path / "none.pcap"), OFFICE, "--rows", "0")
    assert code == 2
    assert out.splitlines()[-1].split() == ["total", "7", "24", "0"]


def test_settings_say_where_a_protocol_belongs(wiregram: Call, tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('[pop3]\nmode = "off"\n')
    code, _, err = wiregram("run", OFFICE, "--settings", str(tmp_path / "settings.toml"))
    assert code == 2
    assert "settings.toml:1:2: error: " in err
    assert "write [protocols.pop3]" in err


def test_in_a_pipe_there_is_no_progress() -> None:
    code, out, err = piped("run", OFFICE, "--rows", "3")
    assert code == 0
    assert err == ""
    assert "\x1b" not in out
    code, out, err = piped("run", OFFICE, "-o", "-")
    assert code == 0
    assert all(json.loads(line)["event_type"] for line in out.splitlines())
    assert "\x1b" not in err
    assert err.splitlines()[0].split() == ["protocol", "flows", "transactions", "events"]


def test_on_a_terminal_there_is_progress() -> None:
    ours, theirs = pty.openpty()
    done = subprocess.run([sys.executable, "-m", "wiregram", "run", OFFICE], stdout=subprocess.DEVNULL, stderr=theirs, cwd=ROOT)
    os.close(theirs)
    shown = os.read(ours, 65536)
    os.close(ours)
    assert done.returncode == 0
    assert b"office.pcap" in shown


def test_a_reader_that_leaves_is_no_error(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "wiregram", "run", *[OFFICE] * 40, "-o", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b'{"timestamp"')
        process.stdout.close()
        err = process.stderr.read()
    assert b"Traceback" not in err
    assert b"Exception" not in err


def test_standard_input_and_gzip_are_captures(tmp_path: Path) -> None:
    import gzip

    plain = Path(OFFICE).read_bytes()
    (tmp_path / "office.pcap.gz").write_bytes(gzip.compress(plain))
    _, expected, _ = piped("run", OFFICE)
    assert piped("run", "-", given=plain) == (0, expected, "")
    assert piped("run", "-", given=gzip.compress(plain)) == (0, expected, "")
    assert piped("run", str(tmp_path / "office.pcap.gz")) == (0, expected, "")
    code, out, err = piped("run", "-", given=b"")
    assert (code, out) == (2, "")
    assert "it is empty" in err
