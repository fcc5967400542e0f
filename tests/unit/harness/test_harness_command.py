"""`wiregram fuzz`: exit codes, the report, and the files of a failure."""

from __future__ import annotations

import runpy
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from scapy.all import rdpcap

import wiregram
import wiregram.manifest.loading
import wiregram_harness
from wiregram_harness.command import fuzz, line
from wiregram_harness.plan import read_plan
from wiregram_harness.planted import PLANTED
from wiregram_harness.search import Search, chosen
from wiregram_harness.subject import Subject
from wiregram_harness.wire import render

GRAMMAR = 'request: ">" TEXT? _EOL\nreply: "<" TEXT? _EOL\nTEXT: /[^\\r\\n]+/\n_EOL: /\\r?\\n/\n'
TABLE = 'format = 1\n[ping]\ntitle = "Ping"\ntcp = [3999]\ngrammar = "ping.lark"\nrequest = "request"\nresponse = "reply"\n'


def run(*words: str) -> Result:
    return CliRunner().invoke(fuzz, list(words))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of a user's, and no other."""
    monkeypatch.setattr(wiregram.manifest.loading, "bundled", lambda: tmp_path / "none")
    monkeypatch.setattr("wiregram_harness.subject.Subject.plain", lambda _: None)  # a process of its own has the bundled protocols
    (tmp_path / "grammars").mkdir()
    (tmp_path / "grammars" / "ping.lark").write_text(GRAMMAR)
    (tmp_path / "protocols.toml").write_text(TABLE)
    return tmp_path


def test_a_clean_protocol_gives_0_and_says_what_was_reached(tmp_path: Path) -> None:
    result = run("echo", "--examples", "15", "--pcap", str(tmp_path / "failures"))
    assert result.exit_code == 0, result.output
    assert "echo: 15 scenarios" in result.output
    assert "rule alternatives and branches reached: 6 of 6" in result.output
    assert "transitions reached: 2 of 2" in result.output
    assert not (tmp_path / "failures").exists()


def test_a_failure_gives_1_the_smallest_dialogue_a_capture_and_a_plan(tmp_path: Path) -> None:
    with PLANTED["split_delimiter"].plant():
        result = run("echo", "--examples", "60", "--pcap", str(tmp_path), "--property", "no_early_message")
    assert result.exit_code == 1, result.output
    assert "no_early_message does not hold" in result.output
    assert "A part of this message was taken for a whole one or for an error" in result.output
    assert "Lark: match, 2 octets" in result.output or "should be:      match, " in result.output
    assert "the bytes alone show it" in result.output
    captures, plans = sorted(tmp_path.glob("echo-*.pcap")), sorted(tmp_path.glob("echo-*.json"))
    assert len(captures) == len(plans) == 1
    assert captures[0].stem == plans[0].stem
    plan = read_plan(plans[0].read_bytes())
    assert [bytes(packet) for packet in rdpcap(str(captures[0]))] == [packet.data for packet in render(plan)]


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_tshark_opens_the_capture_of_a_failure(tmp_path: Path) -> None:
    with PLANTED["wrong_value"].plant():
        assert run("echo", "--examples", "60", "--pcap", str(tmp_path)).exit_code == 1
    capture = next(tmp_path.glob("*.pcap"))
    command = ["tshark", "-r", str(capture), "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-T", "fields"]
    shown = subprocess.run(
        [*command, "-e", "tcp.checksum.status", "-e", "ip.checksum.status", "-e", "_ws.malformed"], capture_output=True, text=True, check=True
    )
    assert set(shown.stdout.split("\n")) == {"1\t1\t", ""}


def test_a_protocol_of_a_user_is_found_in_its_directory(folder: Path) -> None:
    result = run("ping", "--examples", "10", "--protocols", str(folder))
    assert result.exit_code == 0, result.output
    assert "ping: 10 scenarios" in result.output


def test_a_failure_says_what_it_depends_on(tmp_path: Path) -> None:
    with PLANTED["lost_octet"].plant():
        cut = run("echo", "--examples", "60", "--pcap", str(tmp_path), "--property", "chunk_invariance")
    assert "It passes when packets 4 and 5 are merged." in cut.output
    with PLANTED["twice"].plant():
        repeated = run("echo", "--examples", "60", "--pcap", str(tmp_path), "--property", "chunk_invariance")
    assert "It passes without this: " in repeated.output


def test_a_kept_failure_is_replayed_and_its_test_fails_until_it_is_mended(tmp_path: Path) -> None:
    with PLANTED["lost_octet"].plant():
        assert run("echo", "--examples", "60", "--pcap", str(tmp_path)).exit_code == 1
        kept = str(next(tmp_path.glob("*.json")))
        again = run("replay", kept)
        assert again.exit_code == 1
        assert "chunk_invariance does not hold" in again.output
        with pytest.raises(AssertionError, match="chunk_invariance does not hold"):
            wiregram_harness.replay(kept)
    mended = run("replay", kept)
    assert mended.exit_code == 0, mended.output
    assert "every property holds" in mended.output
    test = next(tmp_path.glob("test_*.py"))
    written = runpy.run_path(str(test))
    held, beside = written["test_chunk_invariance"], written["test_echo"]
    held()
    beside()
    with PLANTED["lost_octet"].plant(), pytest.raises(AssertionError, match="chunk_invariance does not hold"):
        beside()
    with PLANTED["lost_octet"].plant(), pytest.raises(AssertionError, match="chunk_invariance does not hold"):
        held()


def test_a_limit_that_is_smaller_than_the_grammar_is_an_authors_fault(folder: Path) -> None:
    (folder / "protocols.toml").write_text(TABLE + "limits.message = 4\n")
    found = run("ping", "--protocols", str(folder), "--pcap", str(folder / "failures"))
    assert found.exit_code == 1
    assert "ping: dialogue_truth does not hold" in found.output
    assert "too_long in a dialogue that follows the description" in found.output
    (folder / "protocols.toml").write_text(TABLE)
    kept = str(next((folder / "failures").glob("*.json")))
    assert run("replay", kept, "--protocols", str(folder)).exit_code == 0


def test_a_test_of_a_users_protocol_knows_where_it_is_described(folder: Path) -> None:
    with PLANTED["early_message"].plant():
        run("ping", "--protocols", str(folder), "--pcap", str(folder / "failures"))
    test = next((folder / "failures").glob("test_ping_*.py"))
    assert "HERE / '..')" in test.read_text()
    assert folder.name not in test.read_text()


@pytest.mark.parametrize("words", [("replay",), ("echo", "some.json"), ("replay", "no-such.json"), ("echo", "--time", "1s", "--examples", "3")])
def test_a_replay_without_its_plan_gives_2(words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2


def test_a_file_that_is_no_plan_gives_2(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}")
    result = run("replay", str(tmp_path / "x.json"))
    assert result.exit_code == 2
    assert "no plan" in result.output


def test_the_live_line_says_what_is_done_and_a_pipe_stays_quiet() -> None:
    subject = Subject(wiregram.load(), "echo")
    said = line(subject, "exploring", 50, 10.0, 60.0, {"valid": [4, 4], "near": [1, 3]})
    assert said == (
        "echo: exploring, 10 of 60 s, 50 scenarios (5/s), 0/6 alternatives, 0/2 transitions, valid 100 % taken, near 33 % taken; "
        "missing: request.start -> complete"
    )
    beats: list[tuple[str, int]] = []
    Search(subject, chosen(), beat=lambda doing, count: beats.append((doing, count))).hunt(6)
    assert beats[0] == ("exploring", 1)
    assert beats[-1][0] == "Hypothesis"
    assert "exploring" not in run("echo", "--examples", "4").output


def test_dear_properties_are_sampled_and_the_report_says_so() -> None:
    output = run("echo", "--examples", "64").output
    assert "asked in every scenario: never_raises" in output
    assert "asked in 1 of 8 dialogues: no_early_message" in output
    assert "asked in every scenario: never_raises, no_early_message" in run("echo", "--examples", "8", "--property", "no_early_message").output


def test_an_unknown_protocol_gives_2() -> None:
    result = run("no-such")
    assert result.exit_code == 2
    assert "no-such" in result.output


def test_a_wrong_grammar_gives_2_and_its_place(folder: Path) -> None:
    (folder / "grammars" / "ping.lark").write_text(GRAMMAR.replace("TEXT? _EOL", "TEXTS _EOL", 1))
    result = run("ping", "--protocols", str(folder))
    assert result.exit_code == 2
    assert "ping.lark" in result.output


@pytest.mark.parametrize("words", [("--time", "soon"), ("--tier", "valid,odd"), ("--property", "luck"), ("--examples", "0")])
def test_words_that_mean_nothing_give_2(words: tuple[str, str]) -> None:
    assert run("echo", *words).exit_code == 2


def test_time_and_tier_and_seed() -> None:
    result = run("echo", "--time", "0.3s", "--tier", "valid", "--seed", "7", "--property", "grammar_agreement")
    assert result.exit_code == 0, result.output


def test_conformance_raises_with_the_report() -> None:
    assert wiregram_harness.conformance("echo", examples=10).scenarios == 10
    with PLANTED["early_message"].plant(), pytest.raises(AssertionError) as caught:
        wiregram_harness.conformance("echo", examples=40)
    assert "echo: no_early_message does not hold" in str(caught.value)
    assert "The smallest dialogue that shows it" in str(caught.value)


def test_the_table_of_planted_faults_is_whole_in_a_pipe() -> None:
    fault = max(PLANTED, key=len)
    result = run(fault, "--self-test", "--examples", "1")
    assert result.exit_code == 0, result.output
    assert fault in result.output
    assert "…" not in result.output
