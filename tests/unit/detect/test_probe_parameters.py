"""A message that takes parameters is probed with what they are before anything was said."""

from pathlib import Path

import pytest

import wiregram
from wiregram import parse
from wiregram.detect import Detector
from wiregram.model.packet import TCP, TO_SERVER

GRAMMAR = """
from construct import *
message = Struct("mark" / Const(b"m"), "more" / If(this._params.version == 5, Const(b"+")), "end" / Const(b"!"))
"""
TABLE = """
[made]
title   = "Made up"
tcp     = [7]
grammar = "made.py"
request.start = { parse = "message", with.version = "VERSION", set.session.version = "5" }
"""


@pytest.mark.parametrize(
    ("version", "data"), [("default(session.version, 4)", b"m!"), ("default(session.version, 5)", b"m+!"), ("session.version", b"m!")]
)
def test_a_probe_takes_the_parameters_of_its_state(tmp_path: Path, version: str, data: bytes) -> None:
    (tmp_path / "grammars").mkdir()
    (tmp_path / "grammars" / "made.py").write_text(GRAMMAR)
    (tmp_path / "protocols.toml").write_text(TABLE.replace("VERSION", version))
    detector = Detector(wiregram.load(tmp_path), parse.begin)
    detection = detector.open(TCP, 40000, 7)
    detection.feed(TO_SERVER, data)
    assert detection.verdict == "made"
    wrong = detector.open(TCP, 40000, 7)
    wrong.feed(TO_SERVER, b"m+!" if data == b"m!" else b"m!", True)
    assert wrong.verdict != "made"
