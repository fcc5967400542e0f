"""A verdict is decided by the bytes and by whose turn it is, never by how the bytes are cut; and bytes are looked at once."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from wiregram.model.packet import TCP, TO_CLIENT, TO_SERVER

LETTERS = "ab\n"
octets = st.text(LETTERS, min_size=1, max_size=4).map(str.encode)
guards = st.none() | st.builds(
    lambda negative, text: ("not", ("call", "starts", ("other",), ("const", text))) if negative else ("call", "starts", ("other",), ("const", text)),
    st.booleans(),
    octets,
)
directions = st.sampled_from([TO_SERVER, TO_CLIENT])
patterns = st.fixed_dictionaries(
    {
        "content": octets,
        "direction": directions,
        "offset": st.integers(0, 2),
        "slack": st.integers(0, 4),
        "nocase": st.booleans(),
        "when": guards,
        "derived": st.integers(0, 3).map(lambda number: number == 0),
    }
)
probes = st.tuples(
    st.text(LETTERS, max_size=2).map(str.encode),
    directions,
    st.sampled_from([(), (7,), (40000,), (7, 40000)]),
    st.booleans(),
    st.integers(1, 3),
    st.sampled_from([0, 4, 5]),
)
protocols = st.lists(
    st.tuples(st.lists(patterns, max_size=3), st.lists(probes, max_size=2), st.sampled_from(["either", "client", "server"])), min_size=1, max_size=3
)
said = st.lists(st.tuples(directions, st.text(LETTERS + "?", min_size=1, max_size=9).map(str.encode)), max_size=4)


def build(made: Any, described: Any) -> Any:
    return made.detector(
        *(
            made.protocol(
                f"p{number}",
                [
                    made.pattern(
                        item["content"], item["direction"], offset=item["offset"], depth=item["offset"] + len(item["content"]) + item["slack"],
                        nocase=item["nocase"], when=None if item["derived"] else item["when"], derived=item["derived"],
                    )
                    for item in found
                ],
                [
                    made.probe(head, direction, ports, any_port=anywhere, minimum=low, maximum=high)
                    for head, direction, ports, anywhere, low, high in tried
                ],
                first,
            )
            for number, (found, tried, first) in enumerate(described)
        ),
        limit=1000,
    )  # fmt: skip


@given(protocols, said, st.booleans(), st.booleans(), st.integers(1, 4))
@settings(max_examples=300)
def test_the_verdict_does_not_depend_on_chunks(made: Any, described: Any, turns: Any, midstream: bool, close: bool, step: int) -> None:
    detector = build(made, described)
    whole, cut = (made.turns(detector.open(TCP, 40000, 7, midstream), turns, size, close) for size in (0, step))
    assert [whole.verdict, whole.sides, whole.swapped, whole.parsing] == [cut.verdict, cut.sides, cut.swapped, cut.parsing]
    assert whole.events == cut.events
    one, other = whole.reason, cut.reason
    assert [one.get(key) for key in ("by", "direction", "offset", "bytes")] == [other.get(key) for key in ("by", "direction", "offset", "bytes")]
    for mine, theirs in zip(whole.parsers, cut.parsers, strict=True):
        assert (mine is None) == (theirs is None)
        if mine is not None:
            assert (mine[0], mine[1].used) == (theirs[0], theirs[1].used)


@given(protocols, said, st.sampled_from(["", "p0", "p1"]), st.integers(1, 4))
def test_the_verdict_after_an_upgrade_does_not_depend_on_chunks(made: Any, described: Any, turns: Any, expected: str, step: int) -> None:
    detector = build(made, described)
    whole, cut = (made.turns(detector.open(TCP, 40000, 7, upgrade=True, expected=expected, old="p0"), turns, size, True) for size in (0, step))
    assert [whole.verdict, whole.sides, whole.events] == [cut.verdict, cut.sides, cut.events]


def test_one_byte_segments_are_looked_at_once(made: Any) -> None:
    detector = made.detector(
        made.protocol("p", [made.pattern(b"magic", TO_SERVER, depth=5000)], [made.probe(b">", TO_SERVER, [7])]),
    )
    detection = detector.open(TCP, 40000, 7)
    data = bytearray()
    for _ in range(4000):
        data += b">"
        detection.feed(TO_SERVER, data)
    side = detection._sides[TO_SERVER]
    assert side.scan.search.seen == 4000
    assert side.trials[0].looked == 4000
    data += b"magic"
    detection.feed(TO_SERVER, data)
    assert detection.reason["offset"] == 4000
