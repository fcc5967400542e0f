"""docs/fuzzing.md is true: its commands run as they stand and end as it says."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from wiregram_harness.plan import read_plan
from wiregram_harness.properties import PROPERTIES

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "fuzzing.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w*)(?: file=(\S+))?(?: exit=(\d))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def run(line: str, folder: Path, code: int) -> str:
    python = shlex.quote(sys.executable)
    line = re.sub(r"^python ", f"{python} ", re.sub(r"^wiregram ", f"{python} -m wiregram ", line))
    done = subprocess.run(line, shell=True, cwd=folder, capture_output=True, text=True, timeout=120, env={**os.environ, "COLUMNS": "150"})
    assert done.returncode == code, f"{line}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_page_runs_as_it_stands(tmp_path: Path) -> None:
    said = ""
    commands = 0
    for kind, file, code, text in BLOCK.findall(PAGE):
        if file:
            (tmp_path / file).write_text(text, encoding="utf-8")
        elif kind == "sh":
            for line in text.splitlines():
                said += run(line, tmp_path, int(code or 0))
                commands += 1
        elif not kind:
            for line in text.splitlines():
                assert line == "..." or line in said, f"{line!r} was not said in\n{said}"
    assert commands >= 8
    plans = list((tmp_path / "failures").glob("*.json"))
    assert len(plans) == 1
    assert len(read_plan(plans[0].read_bytes()).flows[0].turns[0].messages[-1].data) == 13


def test_the_page_names_every_property() -> None:
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == list(PROPERTIES)
