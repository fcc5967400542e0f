"""The plugin for pytest: one line of configuration, and each protocol of a directory is a test."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

import pytest

import wiregram.manifest.loading
import wiregram_harness

GRAMMAR = 'request: ">" TEXT? _EOL\nreply: "<" TEXT? _EOL\nTEXT: /[^\\r\\n]+/\n_EOL: /\\r?\\n/\n'
TABLE = '[{0}]\ntitle = "Ping"\ntcp = [{1}]\ngrammar = "ping.lark"\nrequest = "request"\nresponse = "reply"\n'


class Seen:
    def __init__(self) -> None:
        self.reports: dict[str, pytest.TestReport] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            self.reports[report.nodeid] = report


def test_each_protocol_of_a_named_directory_is_a_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiregram.manifest.loading, "bundled", lambda: tmp_path / "none")
    monkeypatch.setattr("wiregram_harness.subject.Subject.plain", lambda _: None)  # a process of its own has the bundled protocols
    monkeypatch.setattr(wiregram_harness, "PROFILES", {"ci": 24})
    (tmp_path / "pytest.ini").write_text("[pytest]\nwiregram_protocols = mine\n")
    for name in ("mine", "other"):
        (tmp_path / name / "grammars").mkdir(parents=True)
        (tmp_path / name / "grammars" / "ping.lark").write_text(GRAMMAR)
        table = "format = 1\n" + TABLE.format("ping", 3999) + TABLE.format("pong", 3998) + "limits.message = 2\n"
        (tmp_path / name / "protocols.toml").write_text(table)
    seen = Seen()
    known = any(point.name == "wiregram" for point in entry_points(group="pytest11"))
    words = [*([] if known else ["-p", "wiregram_pytest"]), "-p", "no:cacheprovider", "-p", "no:terminal"]
    words += ["-c", str(tmp_path / "pytest.ini"), "--rootdir", str(tmp_path)]
    assert pytest.main([*words, str(tmp_path)], plugins=[seen]) == pytest.ExitCode.TESTS_FAILED
    assert {name: report.outcome for name, report in seen.reports.items()} == {
        "mine/protocols.toml::ping": "passed",
        "mine/protocols.toml::pong": "failed",
    }
    assert "pong: dialogue_truth does not hold" in str(seen.reports["mine/protocols.toml::pong"].longrepr)


def test_a_profile_that_is_none_is_told() -> None:
    with pytest.raises(KeyError, match="night"):
        wiregram_harness.conformance("echo", profile="night")
