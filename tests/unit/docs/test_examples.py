"""The shipped capture is what its script makes."""

from __future__ import annotations

import runpy
from pathlib import Path

import wiregram
from wiregram.capture import write

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


def test_the_shipped_capture_is_what_its_script_makes(tmp_path: Path) -> None:
    made = runpy.run_path(str(EXAMPLES / "make_office.py"))["office"]()
    write(tmp_path / "office.pcap", made)
    assert (tmp_path / "office.pcap").read_bytes() == (EXAMPLES / "office.pcap").read_bytes()


def test_every_packet_of_the_shipped_capture_is_read() -> None:
    with wiregram.read(EXAMPLES / "office.pcap") as capture:
        packets = list(capture)
    assert [packet.number for packet in packets] == list(range(1, 89))
    assert capture.problem is None
