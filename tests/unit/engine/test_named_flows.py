"""A flow whose protocol is only named is looked at as long as one that is parsed: what its other side says does not depend on the cuts."""

from __future__ import annotations

import pytest

import wiregram
from wiregram.capture.craft import Conversation

LIBRARY = wiregram.load()
COOKIE = bytes.fromhex("000100002112a442") + bytes(12)


def sides(cuts: tuple[int, ...], parsing: bool) -> list[tuple[str, str]]:
    talk = Conversation("192.0.2.1", "192.0.2.2", 40_000, 7777)
    packets = [*talk.open(), *talk.client(COOKIE), *talk.server(b"\x01\x01" + COOKIE[2:], cuts=cuts)]
    engine = wiregram.Engine(LIBRARY, parsing=parsing)
    records = [record for packet in packets for record in engine.feed(packet)] + engine.finish()
    return [record.protocol_sides for record in records if record.family == "flow"]


@pytest.mark.parametrize("parsing", [True, False])
@pytest.mark.parametrize("cuts", [(), (1,), (5,), (3, 9)])
def test_both_sides_have_a_verdict_however_the_answer_is_cut(cuts: tuple[int, ...], parsing: bool) -> None:
    assert sides(cuts, parsing) == [("stun", "stun")]
