"""The reference's examples that name a file are whole: together they pass `check`, without a warning, and every dialogue gives its records."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import wiregram
from wiregram.manifest.forms import Either, Kind, Many, Named, Section, accepts
from wiregram.manifest.schema import TABLES, tables
from wiregram.program.functions import FUNCTIONS

PAGE = Path(__file__).resolve().parents[3] / "docs" / "manifest.md"
BLOCK = re.compile(r"^```\w+ file=(\S+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def example_files() -> dict[str, str]:
    """The files of the page's examples; what stands in several blocks is one file."""
    files: dict[str, str] = {}
    for name, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        files[name] = files.get(name, "") + text + "\n"
    return files


def write(files: dict[str, str], tmp_path: Path) -> None:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def walk(kind: Kind, value: Any, used: set[tuple[str, str]]) -> None:
    """Notes every (table, key) of the schema that `value` has."""
    if isinstance(kind, Either):
        kind = next(each for each in kind.kinds if accepts(each, value))
    if isinstance(kind, Section):
        table = TABLES[kind.name]
        for name, item in value.items():
            key = table.key(name)
            if key is not None:
                used.add((kind.name, name))
                walk(key.kind, item, used)
            elif table.others is not None:
                walk(table.others, item, used)
    elif isinstance(kind, Named):
        for item in value.values():
            walk(kind.kind, item, used)
    elif isinstance(kind, Many):
        for item in value:
            walk(kind.kind, item, used)


def test_every_key_and_every_function_stands_in_an_example() -> None:
    files = example_files()
    used: set[tuple[str, str]] = set()
    walk(Section("manifest"), tomllib.loads(files["protocols.toml"]), used)
    walk(Section("settings"), tomllib.loads(files["settings.toml"]), used)
    assert {(name, key) for name, table in TABLES.items() for key in table.names()} - used == {("modes", "tcp")}
    assert [name for name in FUNCTIONS if f"{name}(" not in files["protocols.toml"]] == []


def test_every_section_with_keys_has_an_example() -> None:
    for section in re.split(r"^##+ ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        if "<!-- table: " in section and not section.startswith("The protocol's table"):
            assert "```toml file=" in section, section.splitlines()[0]


def test_the_settings_of_the_reference_are_read(tmp_path: Path) -> None:
    write(example_files(), tmp_path)
    library = wiregram.load(tmp_path, settings=tmp_path / "settings.toml", bundled=False)
    assert (library.protocols["gate"].ports, library.protocols["gate"].limits.message) == ({"tcp": ((4003, 4003), (14000, 14010))}, 16384)
    assert library.protocols["peers"].mode == {"udp": "detection_only"}
    assert library.settings.outputs.of("gate").show_secrets
    assert (library.settings.outputs.of("ask").types, library.settings.engine.bail_out) == (("transaction", "anomaly", "fileinfo"), "older")


def test_the_examples_of_the_reference_pass_check(tmp_path: Path) -> None:
    files = example_files()
    write(files, tmp_path)
    done = subprocess.run([sys.executable, "-m", "wiregram", "check", str(tmp_path)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning:" not in done.stdout
    dialogues = [Path(name).stem for name in files if name.startswith("grammars/examples/")]
    assert len(dialogues) >= 25
    for name in dialogues:
        assert f"{name}: ok;" in done.stdout


def test_every_section_that_describes_keys_has_its_tables() -> None:
    shown = set(re.findall(r"<!-- table: (\w+) -->", PAGE.read_text(encoding="utf-8")))
    assert tables().keys() - shown <= {"manifest", "key", "silence", "modes"}
