"""The wheel holds all that a user needs, and the command works from it, away from the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ("framework", "harness", "grammars", "tests", "docs", "examples", "bench")

pytestmark = pytest.mark.skipif(not find_spec("setuptools") or not find_spec("Cython"), reason="setuptools and Cython build the wheel")


def build(command: str, folder: Path) -> Path:
    """What `setup.py command` makes of a copy of the checkout, as plain Python, without network."""
    source = folder / "source"
    source.mkdir()
    for name in SHIPPED:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", "*.so", "*.egg-info", ".*"))
    for file in ROOT.iterdir():
        if file.is_file() and not file.name.startswith("."):
            shutil.copy2(file, source)
    code = f"import setuptools.build_meta as backend; backend.build_{command}({str(folder)!r})"
    environment = dict(os.environ, WIREGRAM_BUILD="pure")
    done = subprocess.run([sys.executable, "-c", code], cwd=source, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(path for path in folder.iterdir() if path.suffix in (".whl", ".gz"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", tmp_path_factory.mktemp("wheel"))


def test_the_wheel_holds_the_bundled_protocols_and_their_dialogues(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for file in (ROOT / "protocols.toml", *(path for path in (ROOT / "grammars").rglob("*.*") if path.suffix in (".lark", ".py", ".toml"))):
        assert f"wiregram/_bundled/{file.relative_to(ROOT).as_posix()}" in names
    assert {"wiregram/py.typed", "wiregram_harness/py.typed", "wiregram_harness/command.py"} <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.endswith((".c", ".html", ".pyc"))]
    assert {name.split("/")[0].split("-")[0] for name in names} == {"wiregram", "wiregram_harness", "wiregram_pytest"}


def test_an_installed_wheel_finds_its_protocols_and_plays_their_dialogues(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    environment = dict(os.environ, PYTHONPATH=str(tmp_path / "installed"))
    environment.pop("WIREGRAM_PATH", None)
    where = [sys.executable, "-c", "import wiregram; print(wiregram.__file__)"]
    run = {"cwd": tmp_path, "env": environment, "capture_output": True, "text": True}
    assert str(tmp_path) in subprocess.run(where, **run).stdout  # type: ignore[call-overload]  # plain options
    done = subprocess.run([sys.executable, "-m", "wiregram", "check", "pop3"], **run)  # type: ignore[call-overload]  # plain options
    assert done.returncode == 0, done.stdout + done.stderr
    assert "dialogues give their records" in done.stdout
    done = subprocess.run([sys.executable, "-m", "wiregram", "run", str(ROOT / "examples" / "office.pcap")], **run)  # type: ignore[call-overload]  # plain options
    assert done.returncode == 0, done.stdout + done.stderr
    assert "total" in done.stdout


def test_the_source_distribution_holds_what_its_readme_and_its_tests_name(tmp_path: Path) -> None:
    with tarfile.open(build("sdist", tmp_path)) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for name in ("README.md", "LICENSE", "protocols.toml", "grammars/pop3.lark", "grammars/examples/pop3.toml", "framework/wiregram/parse/text.pxd"):
        assert name in names
    assert {"examples/office.pcap", "tests/run.py", "docs/tutorial.md", "tests/packaging/test_wheel.py"} <= names
