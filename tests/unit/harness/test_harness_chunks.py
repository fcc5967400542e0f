"""Chunkers: cuts lie inside, in order; over many draws every kind of cutting comes."""

from __future__ import annotations

from wiregram_harness.chunks import MOST, cuts
from wiregram_harness.draw import Explorer

DATA = b"USER a\r\nPASS b\r\n+OK\r\n" * 3


def test_cuts_are_increasing_and_inside() -> None:
    for seed in range(300):
        for data in (b"", b"a", b"ab", DATA, bytes(2000)):
            found = cuts(Explorer(seed), data, [8, 16], seed % 2 == 0)
            assert found == sorted(set(found))
            assert all(0 < cut < len(data) for cut in found)
            assert len(found) <= MOST


def test_every_place_is_cut_and_everything_is_left_whole_now_and_then() -> None:
    found = [cuts(Explorer(seed), DATA, [8, 16], seed % 4 == 0) for seed in range(400)]
    assert {cut for some in found for cut in some} == set(range(1, len(DATA)))
    assert [] in found
    assert list(range(1, len(DATA))) in found
    assert sum(7 in some for some in found) > 20  # between carriage return and line feed
