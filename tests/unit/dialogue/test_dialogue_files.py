"""Example files: what is wrong in one is shown with its line, and a dialogue that does not hold says where."""

from __future__ import annotations

from pathlib import Path

import pytest

import wiregram
from wiregram.dialogue import check, read_dialogues

HEAD = 'source = "this test"\n[[dialogue]]\ntitle = "t"\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "echo.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[[dialogue]]\ntitle = 't'\nturns = []\nrecords = []\n", 0, "'source' is missing"),
        (HEAD + "turns = [{ clint = 'x' }]\nrecords = []\n", 4, "did you mean 'client'?"),
        (HEAD + "turns = [{ client = 'x', server = 'y' }]\nrecords = []\n", 4, "just one of"),
        (HEAD + "turns = [{ client = { hex = '0g' } }]\nrecords = []\n", 4, "pairs of hexadecimal digits"),
        (HEAD + "turns = [{ client = 'x', flow = 'b' }]\nrecords = []\n", 4, "no flow 'b'"),
        (HEAD + "turns = [{ gap = 3 }]\nrecords = []\n", 4, "'client' or 'server'"),
        (HEAD + "turns = [{ wait = 'long' }]\nrecords = []\n", 4, "number of seconds"),
        (HEAD + "turns = []\nrecords = [{ a = {}, b = {} }]\n", 5, "{ event type = { ... } }"),
        (HEAD + "turns = []\nrecord = []\n", 5, "did you mean 'records'?"),
        (HEAD + "turns = []\nrecords = []\nprotocol = 3\n", 6, "recognised as"),
    ],
)  # fmt: skip
def test_a_wrong_example_file_is_shown_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(wiregram.ManifestError) as told:
        read_dialogues(written(tmp_path, text))
    shown = str(told.value)
    assert words in shown
    assert line == 0 or f"echo.toml:{line}:" in shown


@pytest.mark.parametrize(
    ("turns", "what"),
    [
        ("{ client = '>a\\n' }, { server = '<b\\n' }", ""),
        ("{ client = '>a\\n' }, { server = '<c\\n' }", "whole: records differ"),
        ("{ client = '>a\\n' }, { server = '<b\\n' }, { end = 'client' }, { server = '<b\\n' }", "whole: records differ"),
    ],
)
def test_a_dialogue_says_where_it_differs(tmp_path: Path, turns: str, what: str) -> None:
    turns = turns.replace("'", '"')
    records = 'records = [{ echo = { request = { text = "a" }, response = { kind = "success", text = "b" } } }]\n'
    failures = check(wiregram.load(), "echo", read_dialogues(written(tmp_path, f"{HEAD}turns = [{turns}]\n{records}")))
    assert [what in failure.render() for failure in failures] == ([True] if what else [])


@pytest.mark.parametrize(("said", "holds"), [("echo", True), ("failed", False), ("dns", False)])
def test_a_dialogue_may_say_what_its_flows_are_recognised_as(tmp_path: Path, said: str, holds: bool) -> None:
    promised = 'records = [{ echo = { request = { text = "a" } } }]\nevents = ["request_without_response"]\n'
    text = f'turns = [{{ client = ">a\\n" }}]\n{promised}protocol = "{said}"\n'
    failures = check(wiregram.load(), "echo", read_dialogues(written(tmp_path, HEAD + text)))
    assert ["protocols differ" in failure.render() for failure in failures] == ([] if holds else [True])


def test_where_a_protocol_is_only_recognised_a_dialogue_promises_that(tmp_path: Path) -> None:
    (tmp_path / "grammars").mkdir()
    (tmp_path / "grammars" / "hail.lark").write_text('message: "HAIL" _EOL\n_EOL: /\\r?\\n/\n')
    (tmp_path / "protocols.toml").write_text('[hail]\ntitle = "x"\ntcp = [7]\nmode = "detection_only"\ngrammar = "hail.lark"\nrequest = "message"\n')
    dialogues = "".join(f"[[dialogue]]\ntitle = 't'\nturns = [{{ client = '{word}\\n' }}]\nrecords = []\n" for word in ("HAIL", "HALT"))
    path = written(tmp_path, 'source = "this test"\n' + dialogues.replace("'", '"'))
    failures = check(wiregram.load(tmp_path), "hail", read_dialogues(path))
    assert [failure.dialogue.line for failure in failures] == [6]


def test_gaps_ends_waits_and_unseen_turns_are_played(tmp_path: Path) -> None:
    text = HEAD + (
        'turns = [{ client = ">a\\n" }, { wait = 1 }, { client = ">b\\n" }, { server = "<a\\n", unseen = 1 },\n'
        '  { server = "<b\\n" }, { end = "client" },\n'
        '  { gap = 4, from = "server" }, { server = "z\\n<y\\n" }]\n'
        'records = [{ echo = { request = { text = "a" }, response = { kind = "success", text = "a" } } },\n'
        '  { echo = { request = { text = "b" }, response = { kind = "success", text = "b" } } },\n'
        '  { echo = { response = { kind = "success", text = "y" } } }]\n'
        'events = ["gap", "response_without_request"]\n'
    )
    failures = check(wiregram.load(), "echo", read_dialogues(written(tmp_path, text)))
    assert not failures, failures[0].render()
