"""docs/fuzzing.md is true: its commands run as they stand and end as it says."""

from __future__ import annotations

import glob
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import wiregram.manifest.loading
from wiregram.cli.main import main
from wiregram_harness.plan import read_plan
from wiregram_harness.properties import PROPERTIES

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "fuzzing.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w*)(?: file=(\S+))?(?: exit=(\d))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def run(line: str, folder: Path, code: int, capsys: pytest.CaptureFixture[str]) -> str:
    """A command's output; Wiregram's own run in this process, as if no other protocol were known."""
    if line.startswith("wiregram "):
        words = [word for part in shlex.split(line)[1:] for word in (sorted(glob.glob(part)) if "*" in part else [part])]
        with pytest.raises(SystemExit) as left:
            main(words)
        told = capsys.readouterr()
        assert left.value.code == code, f"{line}\n{told.out}\n{told.err}"
        return told.out
    line = re.sub(r"^python ", f"{shlex.quote(sys.executable)} ", line)
    done = subprocess.run(line, shell=True, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, f"{line}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_page_runs_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "150")
    monkeypatch.setattr(wiregram.manifest.loading, "bundled", lambda: tmp_path / "none")
    monkeypatch.setattr("wiregram_harness.subject.Subject.plain", lambda _: None)  # a process of its own has the bundled protocols
    said = ""
    commands = 0
    for kind, file, code, text in BLOCK.findall(PAGE):
        if file:
            (tmp_path / file).write_text(text, encoding="utf-8")
        elif kind == "sh":
            for line in text.splitlines():
                said += run(line, tmp_path, int(code or 0), capsys)
                commands += 1
        elif kind == "python":
            made: dict[str, Any] = {}
            exec(text, made)
            made["test_quote"]()
        elif not kind:
            for line in text.splitlines():
                assert line == "..." or line in said, f"{line!r} was not said in\n{said}"
    assert commands >= 8
    plans = list((tmp_path / "failures").glob("*.json"))
    assert len(plans) == 1
    assert len(read_plan(plans[0].read_bytes()).flows[0].turns[0].messages[-1].data) == 13


FOUND = [
    [cell.strip() for cell in line.split(" | ")]
    for line in PAGE.partition("## What it has found")[2].splitlines()
    if re.search(r"\| `[0-9a-f]{7}` ", line)
]
"""The rows of what was found: the fault, who found it, the mending commit, the kept example."""


def test_each_find_names_a_kept_example_that_is_there() -> None:
    assert len(FOUND) >= 25
    for fault, by, _, example in FOUND:
        place, _, words = example.rstrip(" |").partition(", ")
        assert {name for name in re.findall(r"`(\w+)`", by) if name != "lost_dot"} <= set(PROPERTIES), fault
        if place:
            path = "properties/test_finds.py" if place == "F" else place.strip("`")
            text = (ROOT / "tests" / path).read_text(encoding="utf-8").replace("_", " ")
            assert words, fault
            assert words in text, f"{path} has no {words!r}"


def test_each_find_names_a_commit_that_is_there() -> None:
    def git(*words: str) -> str:
        try:
            done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, timeout=60)
        except OSError:
            pytest.skip("there is no git")
        return done.stdout.strip() if done.returncode == 0 else ""

    if git("rev-parse", "--is-shallow-repository") != "false" or Path(git("rev-parse", "--show-toplevel")).resolve() != ROOT:
        pytest.skip("no clone with its history")
    for fault, _, mended, _ in FOUND:
        commit, _, subject = mended.partition(" ")
        assert git("log", "-1", "--format=%s", commit.strip("`")).startswith(subject), fault


def test_the_page_names_every_property() -> None:
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == list(PROPERTIES)
