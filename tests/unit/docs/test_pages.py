"""The documentation is true: the tutorial's commands run as they stand, and the reference's tables are those of the schema."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BLOCK = re.compile(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def test_the_tables_of_the_reference_are_made_from_the_schema() -> None:
    done = subprocess.run([sys.executable, str(ROOT / "docs" / "tables.py"), "--check"], capture_output=True, text=True)
    assert done.returncode == 0, "run: python docs/tables.py\n" + done.stderr


def test_the_tutorial_runs_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "echo_server.py").write_bytes((ROOT / "examples" / "echo_server.py").read_bytes())
    said = ""
    commands = 0
    for kind, file, text in BLOCK.findall((ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")):
        if file:
            (tmp_path / file).write_text(text, encoding="utf-8")
        elif kind == "sh":
            for line in text.splitlines():
                said += run(line, tmp_path)
                commands += 1
    assert commands >= 7
    assert "hello" in said
    records = (tmp_path / "eve.json").read_text(encoding="utf-8").splitlines()
    assert sum('"event_type":"echo"' in record for record in records) == 4


def test_the_readme_runs_as_it_stands() -> None:
    blocks = BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    code = next(text for kind, _, text in blocks if kind == "python")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()].count("pop3") == 12
    assert done.stdout.splitlines()[-1].startswith("stats ")
    first = next(text for kind, _, text in blocks if kind == "sh")
    command = first.strip().rpartition("&& .venv/bin/wiregram ")[2].removesuffix(" -o eve.json")
    shown = subprocess.run([sys.executable, "-m", "wiregram", *command.split()], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert shown.returncode == 0, shown.stderr
    assert {"dns", "echo", "modbus", "pop3", "total"} <= {line.split()[0] for line in shown.stdout.splitlines() if line}


def plain(text: str) -> list[str]:
    """The lines of a Lark grammar that are neither blank nor comment."""
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("//")]


def test_what_the_readme_quotes_is_what_the_project_ships() -> None:
    blocks = BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    grammar = next(text for kind, _, text in blocks if kind == "lark")
    assert plain(grammar) == plain((ROOT / "grammars" / "echo.lark").read_text(encoding="utf-8"))
    table = next(text for kind, _, text in blocks if kind == "toml")
    shipped = tomllib.loads((ROOT / "protocols.toml").read_text(encoding="utf-8"))
    assert tomllib.loads(table)["echo"] == shipped["echo"]


def run(line: str, folder: Path) -> str:
    """One line of the tutorial, with the commands `wiregram` and `python` standing for this environment's."""
    python = shlex.quote(sys.executable)
    line = re.sub(r"(^|\| )wiregram ", rf"\1{python} -m wiregram ", line)
    line = re.sub(r"^python ", f"{python} ", line)
    done = subprocess.run(line, shell=True, cwd=folder, capture_output=True, text=True, timeout=120, env={**os.environ, "COLUMNS": "120"})
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    return done.stdout
