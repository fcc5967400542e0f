"""Raw bytes in pieces: the same end, body and beginning for every cut, against a plain definition over the whole text."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wiregram.program.expression import Extent
from wiregram.transaction.extent import Finder, begin

ROOM = 1 << 12


def run(value, pieces, crlf=True, room=ROOM):
    """(consumed, done, body, kept, ambiguous)"""
    extent = begin(value, room, crlf)
    consumed = 0
    for piece in pieces:
        if extent.done:
            break
        stop = extent.take(b"<<" + piece + b">>", 2, 2 + len(piece)) - 2
        assert 0 < stop <= len(piece)
        consumed += stop
        assert extent.done or stop == len(piece)
    done = extent.done
    if not done:
        extent.close()
    return consumed, done, extent.body, bytes(extent.kept), extent.ambiguous


def cut(data, places):
    marks = sorted({place % (len(data) + 1) for place in places} | {0, len(data)})
    return [data[a:b] for a, b in pairwise(marks) if b > a]


TEXT = st.lists(st.sampled_from([b"\r\n", b"\n", b"\r", b".", b"a", b"..", b"\r\n.\r\n", b"\n.\n", b"--x", b"--y", b"-"]), max_size=14).map(b"".join)
PLACES = st.lists(st.integers(0, 60), max_size=8)


def dotted(data, crlf):
    """By lines: the text's own line ends, a stuffed dot taken off, `.` alone between two of them ends it."""
    pattern = rb"\r\n" if crlf else rb"(?<!\r)\n"
    place = 0
    body = b""
    while place < len(data):
        found = re.compile(pattern).search(data, place)
        stop = found.end() if found else len(data)
        line = data[place:stop]
        if line == (b".\r\n" if crlf else b".\n"):
            return stop, True, body
        odd = b".\n" if crlf else b".\r\n"
        body += line[1:] if line[:1] == b"." and not line.startswith(odd) else line
        place = stop
    return len(data), False, body


@given(TEXT, PLACES, st.booleans())
@example(b".\r\n", [1, 2], True)
@example(b"a\r\n.\r\nb", [3, 4, 5], True)
@example(b"\r\n..\r\n.\r\n", [3], True)
@example(b"a\n.\r\n", [2], False)
@example(b".\r\n.\n", [], False)
@example(b"\r.\n", [1], True)
def test_dotted_text_is_what_its_lines_say(data, places, crlf):
    consumed, done, body = dotted(data, crlf)
    whole = run(Extent("dotted"), [data] if data else [], crlf)
    assert whole[:2] == (consumed, done)
    assert whole[2:4] == (len(body), body)
    assert run(Extent("dotted"), cut(data, places), crlf) == whole


@pytest.mark.parametrize(("data", "crlf", "ambiguous"), [
    (b"a\r\n.\nb\r\n.\r\n", True, True),
    (b"a\n.\r\nb\r\n.\r\n", True, True),
    (b"a\n.\nb\r\n.\r\n", True, True),
    (b"a\r\n.\r\n", True, False),
    (b"a\n.b\r\n.c\r\n.\r\n", True, False),
    (b"a\r\n.\r\nb\n.\n", False, True),
    (b"a\n.\n", False, False),
])  # fmt: skip
def test_a_lone_dot_between_line_ends_of_the_other_kind_is_ambiguous(data, crlf, ambiguous):
    for pieces in ([data], [data[i : i + 1] for i in range(len(data))]):
        consumed, done, _, _, found = run(Extent("dotted"), pieces, crlf)
        assert (consumed, done, found) == (len(data), True, ambiguous)


def until(data, delimiters):
    ends = [(data.find(each) + len(each), each) for each in delimiters if each in data]
    return min(ends)[0] if ends else -1


DELIMITERS = st.lists(st.sampled_from([b"--x", b"-", b"\r\n", b"a\r", b"xa", b"--x--y"]), min_size=1, max_size=3)


@given(TEXT, PLACES, DELIMITERS)
def test_until_goes_up_to_and_with_the_delimiter_that_ends_first(data, places, delimiters):
    stop = until(data, delimiters)
    size = stop if stop >= 0 else len(data)
    found = run(Extent("until", tuple(delimiters)), cut(data, places))
    assert found == (size, stop >= 0, size, data[:size], False)


@given(TEXT, PLACES, DELIMITERS)
def test_the_longest_of_those_that_end_together_is_found(data, places, delimiters):
    finder = Finder(tuple(delimiters))
    done = 0
    for piece in cut(data, places):
        stop = finder.find(piece, 0, len(piece))
        if stop >= 0:
            end = done + stop
            assert end == until(data, delimiters)
            assert finder.length == max(len(each) for each in delimiters if data[:end].endswith(each))
            before = end - finder.length - 1
            assert finder.before == (data[before] if before >= 0 else -1)
            return
        done += len(piece)
    assert until(data, delimiters) == -1


@given(TEXT, PLACES, st.lists(st.sampled_from([b"--x", b"--", b"a"]), min_size=1, max_size=2))
def test_until_line_takes_the_delimiter_but_it_is_no_content(data, places, delimiters):
    places_found = [(match.end(), match.start()) for each in delimiters for match in [re.search(rb"(?:(?<=\n)|^)" + each, data)] if match]
    if places_found:
        stop, start = min(places_found)
        body = data[:start]
        body = body[:-2] if body.endswith(b"\r\n") else body[:-1] if body.endswith(b"\n") else body
        expected = (stop, True, len(body), body, False)
    else:
        expected = (len(data), False, len(data), data, False)
    assert run(Extent("until_line", tuple(delimiters)), cut(data, places)) == expected


@given(st.binary(max_size=20), PLACES, st.integers(0, 25))
def test_counted_bytes_are_as_many_as_said(data, places, count):
    consumed, done, body, kept, _ = run(count, cut(data, places))
    assert (consumed, done, body, kept) == (min(count, len(data)), len(data) >= count, min(count, len(data)), data[:count])


@given(TEXT, PLACES)
def test_only_the_beginning_is_kept(data, places):
    consumed, done, body, kept, _ = run(Extent("rest"), cut(data, places), room=3)
    assert (consumed, done, body, kept) == (len(data), False, len(data), data[:3])


@pytest.mark.parametrize("value", [None, -1, b"5", "5", 1.5, True, [1]])
def test_what_is_neither_a_count_nor_an_extent_is_refused(value):
    assert begin(value, 0, True) is None


def test_no_delimiter_is_never_found():
    assert run(Extent("until_line", ()), [b"a\n", b"b"]) == (3, False, 3, b"a\nb", False)
    assert run(Extent("until", (b"",)), [b"a"]) == (1, False, 1, b"a", False)


@pytest.mark.parametrize("value", [Extent("dotted"), Extent("until", (b"\r\n.",)), Extent("until_line", (b"x",)), Extent("rest")])
def test_scanning_a_long_text_costs_the_same_a_byte_in_small_pieces(value):
    """No piece is looked at again: what is remembered between pieces stays small."""
    extent = begin(value, 0, True)
    for _ in range(2000):
        extent.take(b"\n.\r", 0, 3)
    finder = getattr(extent, "finder", None)
    assert finder is None or len(finder.tail) <= 8


def test_a_hole_hides_a_delimiter():
    extent = begin(Extent("until", (b"ab",)), 8, True)
    extent.take(b"a", 0, 1)
    assert extent.hole(4) == 4
    extent.take(b"b", 0, 1)
    assert not extent.done
    counted = begin(5, 8, True)
    counted.take(b"a", 0, 1)
    assert (counted.hole(9), counted.done) == (4, True)
    text = begin(Extent("dotted"), 8, True)
    text.take(b"a\r\n.", 0, 4)
    text.hole(2)
    text.take(b"\r\n", 0, 2)
    assert not text.done


WHOLE = [Extent("dotted"), Extent("until", (b"--x",)), Extent("until_line", (b"--x", b"--y")), Extent("rest")]


@pytest.mark.parametrize("value", [*WHOLE, 9])
@given(TEXT, PLACES)
def test_what_is_handed_on_piece_by_piece_is_the_content(value, data, places):
    extent = begin(value, ROOM, True)
    extent.pours = True
    handed = b""
    for piece in cut(data, places):
        if not extent.done:
            extent.take(piece, 0, len(piece))
            handed += extent.drain()
    handed += extent.drain(last=True)
    assert (handed, len(handed)) == (extent.kept, extent.body)


@given(TEXT, PLACES, PLACES)
def test_what_a_hole_cuts_of_dotted_text_is_content_before_and_text_behind(data, before, behind):
    extent = begin(Extent("dotted"), ROOM, True)
    extent.pours = True
    handed = b""
    for piece in cut(data, before):
        if not extent.done:
            extent.take(piece, 0, len(piece))
    if extent.done:
        return
    handed += extent.drain()
    assert extent.hole(7) == 7
    for piece in cut(b"x" + data, behind):
        if not extent.done:
            extent.take(piece, 0, len(piece))
    extent.close()
    handed += extent.drain(last=True)
    body = dotted(b"x" + data, True)[2]
    assert handed.endswith(body)
    assert handed == bytes(extent.kept)


@pytest.mark.parametrize(("value", "data", "sound"), [
    (3, b"abc", True), (3, b"ab", False), (0, b"", True), (Extent("until", (b"x",)), b"ab", False), (Extent("rest"), b"ab", True),
    (Extent("until_line", (b"x",)), b"ab", False), (Extent("dotted"), b"ab", False),
])  # fmt: skip
def test_bytes_may_end_where_they_are_all_there(value, data, sound):
    extent = begin(value, ROOM, True)
    if data:
        extent.take(data, 0, len(data))
    assert extent.close() is sound
    assert extent.done
