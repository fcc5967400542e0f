"""The public names, and what importing them costs."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import wiregram

HEAVY = ("scapy", "lark", "construct", "hypothesis", "ahocorasick", "click", "rich")


def imported(code: str) -> list[str]:
    shown = f"import json, sys; {code}; print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    found: list[str] = json.loads(subprocess.run([sys.executable, "-c", shown], capture_output=True, check=True, text=True).stdout)
    return found


def test_importing_the_package_imports_no_library() -> None:
    assert imported("import wiregram") == []
    assert imported("import wiregram; wiregram.Packet, wiregram.Record, wiregram.Settings, wiregram.CaptureError") == []


def test_the_runtime_needs_neither_front_ends_nor_scapy() -> None:
    assert imported("import wiregram; wiregram.Engine(wiregram.Library({}))") == ["ahocorasick"]
    assert "scapy" not in imported("import wiregram; wiregram.read")


def test_every_public_name_is_there() -> None:
    for name in wiregram.__all__:
        assert getattr(wiregram, name) is not None
    assert set(wiregram.__all__) <= set(dir(wiregram))


def test_other_names_are_no_attributes() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        wiregram.nothing  # noqa: B018
