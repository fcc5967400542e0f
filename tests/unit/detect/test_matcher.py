"""The automaton: verified matches, possible ones, and the work."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from wiregram.detect.matcher import Entry, Matcher, Search
from wiregram.program.protocol import Pattern


def pattern(content: bytes, offset: int = 0, depth: int = 0, nocase: bool = False) -> Pattern:
    return Pattern("p", "tcp", 0, content.lower() if nocase else content, nocase, offset, depth or offset + len(content))


def search(data: bytes, *patterns: Pattern, step: int = 0, end: bool = False) -> tuple[list[tuple[bytes, int]], list[bytes]]:
    found = Search(Matcher((item, None) for item in patterns))
    hits = []
    for at in range(0, len(data), step or max(1, len(data))):
        hits += found.feed(data[: at + (step or len(data))], False)
    if end:
        hits += found.feed(data, True)
    return [(entry.pattern.content, stop) for entry, stop in hits], sorted(entry.pattern.content for entry in found.alive())


def test_content_lies_wholly_between_offset_and_depth() -> None:
    assert search(b"xabcx", pattern(b"abc", 1, 4))[0] == [(b"abc", 4)]
    assert search(b"xabcx", pattern(b"abc", 1, 3 + 2))[0] == [(b"abc", 4)]
    assert search(b"xabcx", pattern(b"abc", 0, 3))[0] == []
    assert search(b"xxabcx", pattern(b"abc", 0, 4))[0] == []
    assert search(b"abcx", pattern(b"abc", 1, 10))[0] == []


def test_equal_contents_share_an_entry_and_keep_their_own_case_and_place() -> None:
    matcher = Matcher([(pattern(b"GET "), None), (pattern(b"get ", 2, 9, nocase=True), None), (pattern(b"gEt "), None)])
    assert len(matcher.automaton) == 1
    assert search(b"GET gEt ", pattern(b"GET "), pattern(b"get ", 2, 9, nocase=True), pattern(b"gEt "))[0] == [(b"GET ", 4), (b"get ", 8)]


def test_only_letters_of_ascii_have_a_case() -> None:
    assert search("É".encode("latin-1"), pattern("é".encode("latin-1"), nocase=True))[0] == []
    assert search(b"\xb5\xff\xdf", pattern(b"\xb5\xff\xdf", nocase=True))[0] == [(b"\xb5\xff\xdf", 3)]


def test_ranks_are_by_length_then_by_order() -> None:
    matcher = Matcher((item, None) for item in (pattern(b"ab"), pattern(b"abc"), pattern(b"xy"), pattern(b"xyz")))
    assert [entry.pattern.content for entry in matcher.entries] == [b"abc", b"xyz", b"ab", b"xy"]


def test_a_pattern_dies_at_its_first_wrong_byte() -> None:
    assert search(b"ab", pattern(b"abc"))[1] == [b"abc"]
    assert search(b"ax", pattern(b"abc"))[1] == []
    assert search(b"zzzab", pattern(b"abc", 3, 6))[1] == [b"abc"]
    assert search(b"zzzax", pattern(b"abc", 3, 6))[1] == []
    assert search(b"zz", pattern(b"abc", 3, 6))[1] == [b"abc"]
    assert search(b"zzz", pattern(b"abc", 0, 6))[1] == [b"abc"]
    assert search(b"zzzz", pattern(b"abc", 0, 6))[1] == []
    assert search(b"zzza", pattern(b"abc", 0, 6))[1] == [b"abc"]


def test_nothing_stays_possible_at_the_end() -> None:
    assert search(b"ab", pattern(b"abc"), end=True)[1] == []


def test_bytes_beyond_the_depth_are_not_looked_at() -> None:
    found = Search(Matcher([(pattern(b"abc"), None)]))
    found.feed(b"x" * 1000, False)
    assert found.seen == 3


patterns = st.lists(
    st.builds(
        lambda content, offset, slack, nocase: pattern(content, offset, offset + len(content) + slack, nocase),
        st.text("abAB", min_size=1, max_size=4).map(str.encode),
        st.integers(0, 3),
        st.integers(0, 4),
        st.booleans(),
    ),
    max_size=6,
)


def holds(item: Pattern, data: bytes) -> int:
    """Where the first match ends, by trying; 0: nowhere."""
    seen = data.lower() if item.nocase else data
    for start in range(item.offset, item.depth - len(item.content) + 1):
        if seen[start : start + len(item.content)] == item.content:
            return start + len(item.content)
    return 0


@given(patterns, st.text("abAB", max_size=14).map(str.encode), st.integers(0, 3))
@example([pattern(b"aa", 1, 4)], b"aaaa", 1)
def test_matches_are_those_of_trying_every_place_for_any_pieces(items: list[Pattern], data: bytes, step: int) -> None:
    if items:
        hits, _ = search(data, *items, step=step)
        assert sorted(hits) == sorted((item.content, holds(item, data)) for item in items if holds(item, data))


@given(patterns, st.text("abAB", max_size=10).map(str.encode))
def test_possible_is_what_some_continuation_completes(items: list[Pattern], data: bytes) -> None:
    """`possible` is asked byte by byte, as it was true before."""
    for item in items:
        entry = Entry(item, 0, None)
        for size in range(1, len(data) + 1):
            head = data[:size]
            if holds(item, head):
                break
            reachable = any(fits(item, head, start) for start in range(item.offset, item.depth - len(item.content) + 1))
            assert entry.possible(head, size - 1) == reachable
            if not reachable:
                break


def fits(item: Pattern, head: bytes, start: int) -> bool:
    """Whether a match can begin at `start` and go on behind `head`."""
    if start + len(item.content) <= len(head):
        return False
    piece = head[start:].lower() if item.nocase else head[start:]
    return item.content.startswith(piece)
