"""Octets of a file that overtake others: in order in the end, bounded, and the same however they were cut."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from wiregram.transaction.files import File, Waiting

WHOLE = bytes(range(256)) * 2


class Kept:
    """A store that keeps one file as it was written."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.sha256 = ""

    def begin(self) -> int:
        return 0

    def write(self, file: int, offset: int, data: bytes) -> None:
        self.data += bytes(max(0, offset + len(data) - len(self.data)))
        self.data[offset : offset + len(data)] = data

    def close(self, file: int, sha256: str) -> bool:
        self.sha256 = sha256
        return True


PIECES = st.lists(st.tuples(st.integers(0, len(WHOLE)), st.integers(0, 100)), max_size=12)


@given(PIECES)
def test_pieces_in_any_order_make_the_file(pieces: list[tuple[int, int]]) -> None:
    kept, waiting = Kept(), Waiting()
    file = File(b"name", 0, 0, kept, waiting)
    for start, size in [*pieces, *((at, 64) for at in range(len(WHOLE) - 64, -1, -64))]:
        file.write_at(start, WHOLE[start : start + size])
    file.close()
    assert (file.gaps, file.size, bytes(kept.data)) == (False, len(WHOLE), WHOLE)
    assert kept.sha256 == hashlib.sha256(WHOLE).hexdigest()
    assert waiting.used == 0


@given(PIECES, st.integers(0, 600))
def test_a_hole_is_believed_at_the_end_or_beyond_the_bound_and_cuts_decide_nothing(pieces: list[tuple[int, int]], limit: int) -> None:
    made = []
    for step in (1000, 1):
        kept, waiting = Kept(), Waiting(limit)
        file = File(b"name", 0, 0, kept, waiting)
        for start, size in pieces:
            octets = WHOLE[start : start + size]
            for at in range(0, len(octets), step):
                file.write_at(start + at, octets[at : at + step])
                assert waiting.used <= limit
        file.close()
        assert waiting.used == 0
        made.append((file.gaps, file.size, file.state, bytes(kept.data), kept.sha256))
    assert made[0] == made[1]
    covered = {index for start, size in pieces for index in range(start, min(start + size, len(WHOLE)))}
    assert all(made[0][3][index] == WHOLE[index] for index in covered)
    if covered != set(range(len(covered))):
        assert made[0][0], "what has a hole has no digest"
