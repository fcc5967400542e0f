"""What `wiregram fuzz` writes for machines, and its exit code where less was reached than was demanded."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

from click.testing import CliRunner

from wiregram_harness.command import fuzz
from wiregram_harness.properties import PROPERTIES


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(fuzz, list(words))
    return result.exit_code, result.output


def test_ci_writes_both_reports_and_always_tries_the_same(tmp_path: Path) -> None:
    code, said = run("echo", "--ci", "--examples", "16", "--pcap", str(tmp_path))
    assert code == 0, said
    suite = ElementTree.fromstring((tmp_path / "fuzz-echo.xml").read_text())
    assert [case.get("name") for case in suite] == list(PROPERTIES)
    made = json.loads((tmp_path / "fuzz-echo.report").read_text())
    assert made["scenarios"] == 16
    assert made["finding"] is None
    assert run("echo", "--ci", "--seed", "3")[0] == 2


def test_a_floor_that_is_not_reached_gives_3(tmp_path: Path) -> None:
    code, said = run("modbus", "--examples", "2", "--floor", "100", "--pcap", str(tmp_path))
    assert code == 3, said
    assert "less than 100 %" in said
