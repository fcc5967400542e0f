"""Every real capture runs through, corrupt ones included, within the time that is promised; and says so."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import wiregram

PROMISED = 60
"""Seconds for the whole folder in one process."""


def test_every_capture_runs_through(captures: Path, library: wiregram.Library) -> None:
    begun = perf_counter()
    files = packets = flows = 0
    for path in sorted(captures.rglob("*")):
        if not path.is_file() or path.parent.name == "truth" or path.suffix in (".py", ".md", ".tsv"):
            continue
        engine = wiregram.Engine(library)
        counted = 0
        try:
            for packet in wiregram.read(str(path)):
                counted += 1
                engine.feed(packet)
        except wiregram.CaptureError:
            continue
        records = engine.finish()
        assert records[-1].sections["stats"]["decoder"]["pkts"] == counted
        assert engine.held == 0
        files += 1
        packets += counted
        flows += records[-1].sections["stats"]["flow"]["created"]
    spent = perf_counter() - begun
    print(f"{files} captures, {packets} packets, {flows} flows in {spent:.1f} s")
    assert files > 200
    assert spent < PROMISED
