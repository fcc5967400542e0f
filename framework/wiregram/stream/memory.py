"""What all reassemblers of an engine share: the octets that may wait out of order in all flows together, and the counters."""

from __future__ import annotations

COUNTERS = (
    "retransmitted", "overlap_different_data", "out_of_order", "out_of_window", "keep_alives", "after_end", "gaps", "gap_octets", "given_up",
    "wild_acknowledgements", "wild_resets", "wild_ends",
)  # fmt: skip


class Memory:
    """`used` never stays above `limit`: the flow that would exceed it gives up waiting for what it misses.

    Counted in octets: retransmitted, after_end, gap_octets; the rest in segments or cases."""

    __slots__ = ("counters", "limit", "used")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0
        self.counters: dict[str, int] = dict.fromkeys(COUNTERS, 0)
