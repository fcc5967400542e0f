"""The plugin for pytest: protocols that a project describes are held to every property, each as a test of its own.

One line of the project's pytest configuration names the directories: `wiregram_protocols = ["mine"]`. Nothing of Wiregram is imported before a test
needs it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

MANIFEST = "protocols.toml"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("wiregram_protocols", "directories with protocols.toml whose protocols are held to Wiregram's properties", type="paths", default=[])
    group = parser.getgroup("wiregram")
    group.addoption("--wiregram-profile", default="ci", help="how many scenarios a protocol is given: ci (default), dev, or soak, which takes hours")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.name == MANIFEST and file_path.parent.resolve() in {Path(path).resolve() for path in parent.config.getini("wiregram_protocols")}:
        collector: pytest.Collector = Manifest.from_parent(parent, path=file_path)
        return collector
    return None


class Manifest(pytest.File):
    """A directory's manifest: its protocols are the tests."""

    def collect(self) -> Iterator[pytest.Item]:
        from wiregram_harness import described_in

        for name in described_in(self.path.parent):
            yield Conformance.from_parent(self, name=name)


class Conformance(pytest.Item):
    """One protocol."""

    def runtest(self) -> None:
        from wiregram_harness import conformance

        conformance(self.name, [self.path.parent], profile=self.config.getoption("--wiregram-profile"))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        return str(excinfo.value)  # the report says all; a traceback would be of the harness

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, f"{self.name} conforms"
