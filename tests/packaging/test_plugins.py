"""Other packages add protocols, commands and sinks by entry points; WIREGRAM_PATH adds directories. Each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

POINTS = """[wiregram.protocols]
shout = shouting:directory
[wiregram.commands]
hello = shouting:hello
[wiregram.sinks]
count = shouting:Count
"""
CODE = '''
from pathlib import Path

import click

directory = Path(__file__).parent / "described"


@click.command()
def hello() -> None:
    """Say hello."""
    click.echo("hello from outside")


class Count:
    def __init__(self, stream, settings):
        self.stream, self.count = stream, 0

    def write(self, record):
        self.count += 1

    def close(self):
        self.stream.write(b"%d records" % self.count)
'''


def python(home: Path, *arguments: str, **variables: str) -> str:
    environment = {key: value for key, value in os.environ.items() if key != "WIREGRAM_PATH"}
    paths = [str(home), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment |= {"PYTHONPATH": os.pathsep.join(paths), **variables}
    done = subprocess.run([sys.executable, *arguments], cwd=home, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """A directory that an import finds: a package with metadata, as pip would have put it there."""
    (tmp_path / "shouting.py").write_text(CODE)
    info = tmp_path / "shouting-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shouting\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(POINTS)
    python(tmp_path, "-m", "wiregram", "--version")
    return tmp_path


def test_entry_points_add_protocols_commands_and_sinks(tmp_path: Path, plugin: Path) -> None:
    (tmp_path / "described").mkdir()
    (tmp_path / "described" / "protocols.toml").write_text("")
    python(plugin, "-m", "wiregram", "new", "shout", "--text", "described")
    assert "\nshout " in python(plugin, "-m", "wiregram", "list")
    assert python(plugin, "-m", "wiregram", "check", "shout").startswith("shout: ok")
    assert "hello" in python(plugin, "-m", "wiregram", "--help")
    assert python(plugin, "-m", "wiregram", "hello") == "hello from outside\n"
    code = "import sys; from wiregram.outputs import open_sink; k = open_sink('count', sys.stdout.buffer); k.write(None); k.close()"
    assert python(plugin, "-c", code) == "1 records"


def test_directories_of_the_search_path_are_added_in_order(tmp_path: Path) -> None:
    python(tmp_path, "-m", "wiregram", "new", "one", "--text", "first")
    python(tmp_path, "-m", "wiregram", "new", "two", "--binary", "second")
    said = python(tmp_path, "-m", "wiregram", "list", WIREGRAM_PATH=f"first{os.pathsep}second{os.pathsep}")
    assert [line.split()[0] for line in said.splitlines()][-2:] == ["one", "two"]
