"""What `wiregram fuzz` writes for machines, and its exit code where less was reached than was demanded."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

from click.testing import CliRunner

import wiregram
from wiregram_harness.command import fuzz
from wiregram_harness.planted import PLANTED
from wiregram_harness.properties import PROPERTIES
from wiregram_harness.search import Search, chosen
from wiregram_harness.subject import Subject


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


def test_a_report_says_who_found_it_and_shows_the_packets(tmp_path: Path) -> None:
    with PLANTED["split_delimiter"].plant():
        code, said = run("echo", "--pcap", str(tmp_path), "--json", str(tmp_path / "report.json"))
        subject = Subject(wiregram.load(), "echo")
        driven = Search(subject, chosen(), sampled=True).drive(1000).broken
    assert code == 1, said
    origin = json.loads((tmp_path / "report.json").read_text())["finding"]["origin"]
    assert origin["engine"] == "the explorer"
    assert origin["tries"] > 0
    words = f"Found in scenario {origin['scenario']} by the explorer, seed {origin['seed']}; made smaller in {origin['tries']} tries."
    assert words in " ".join(said.split())
    assert re.search(r"1 . client . 0 +. S ", said)
    assert re.search(r"[a-z_]{4,} +│$", said.partition("Wiregram makes")[2], re.MULTILINE)
    assert driven is not None
    assert driven.origin is not None
    assert driven.origin.again.startswith("@reproduce_failure(")


def test_a_find_is_made_again_from_its_seed() -> None:
    subject = Subject(wiregram.load(), "echo")
    with PLANTED["wrong_value"].plant():
        first = Search(subject, chosen(), sampled=True).explore(2000, 500).broken
        assert first is not None
        assert first.origin is not None
        again = Search(subject, chosen(), sampled=True).explore(100, first.origin.seed).broken
    assert again is not None
    assert again.finding.property == first.finding.property
    assert again.plan == first.plan
