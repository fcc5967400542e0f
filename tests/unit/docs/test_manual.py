"""The reference's examples that name a file are whole: together they pass `check`, without a warning, and every dialogue gives its records."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from wiregram.manifest.schema import tables

PAGE = Path(__file__).resolve().parents[3] / "docs" / "manifest.md"
BLOCK = re.compile(r"^```\w+ file=(\S+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def test_the_examples_of_the_reference_pass_check(tmp_path: Path) -> None:
    found = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    files: dict[str, str] = {}
    for name, text in found:
        files[name] = files.get(name, "") + text + "\n"
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    done = subprocess.run([sys.executable, "-m", "wiregram", "check", str(tmp_path)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning:" not in done.stdout
    dialogues = [Path(name).stem for name in files if name.startswith("grammars/examples/")]
    assert len(dialogues) >= 7
    for name in dialogues:
        assert f"{name}: ok;" in done.stdout


def test_every_section_that_describes_keys_has_its_tables() -> None:
    shown = set(re.findall(r"<!-- table: (\w+) -->", PAGE.read_text(encoding="utf-8")))
    assert tables().keys() - shown <= {"manifest", "key", "silence", "modes", "protocol_outputs"}
