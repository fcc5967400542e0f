"""What the engine writes around sessions: times of records, numbers of packets, flows that were announced."""

from __future__ import annotations

import pytest

from wiregram.engine import records
from wiregram.engine.expectations import Expectations
from wiregram.model.flow import Flow
from wiregram.model.outcome import Announced
from wiregram.model.packet import TCP

SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("time", "written"),
    [
        (0, "1970-01-01T00:00:00.000000+0000"),
        (1_580_472_000 * SECOND + 999_999_999, "2020-01-31T12:00:00.999999+0000"),
        (SECOND + 1000, "1970-01-01T00:00:01.000001+0000"),
        (-SECOND, "1970-01-01T00:00:00.000000+0000"),
        (1 << 90, "9999-12-31T23:59:59." + f"{(1 << 90) % SECOND // 1000:06d}+0000"),
    ],
)
def test_a_time_is_written_in_microseconds_within_the_calendar(time: int, written: str) -> None:
    assert records.iso(time) == written


def test_statistics_are_of_no_packet() -> None:
    made = records.stats(5, "a.pcap", {"uptime": 1})
    assert (made.number, made.time, made.capture, made.sections["stats"]) == (0, 5, "a.pcap", {"uptime": 1})


@pytest.mark.parametrize("to", [0, 1])
def test_an_announced_flow_goes_to_the_end_that_was_said(to: int) -> None:
    here, there = b"\n\0\0\1", b"\n\0\0\2"
    control = Flow(1, TCP, here, 40_000, there, 21, 0, 1)
    expected = Expectations()
    expected.add(control, Announced("data", to, 5000, None, {"name": b"a"}), SECOND)
    ends = (here, there)
    coming = Flow(2, TCP, ends[1 - to], 20, ends[to], 5000, 2 * SECOND, 9)
    assert expected.take(Flow(3, TCP, ends[to], 20, ends[1 - to], 5000, 2 * SECOND, 9)) is None
    assert expected.take(coming) == ("data", {"name": b"a"})
    assert expected.take(coming) is None
    assert expected.counters == {"announced": 1, "met": 1, "dropped": 0}
