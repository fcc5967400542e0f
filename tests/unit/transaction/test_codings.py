"""Codings: the same octets as Python's own decoders, however they are cut, never more than is allowed, never a fault that is none."""

from __future__ import annotations

import binascii
import gzip
import tracemalloc
import zlib
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wiregram.program.expression import Extent, Xor
from wiregram.transaction.coding import ALLOWANCE, BLANKS, CODINGS, TOO_LONG, Chain, Window, begin
from wiregram.transaction.outlet import Outlet

Outcome = tuple[bytes, str, bool]

PLAIN = st.one_of(
    st.binary(max_size=300),
    st.lists(st.sampled_from([b"abc", b"\r\n", b" ", b"\t", b"=", b"=41", b"\n", b"\r", b"\0" * 40, b"the same again "]), max_size=30).map(b"".join),
    st.binary(max_size=300).map(lambda text: text + bytes(9000)),
)
NAMES = (
    "gzip",
    "deflate",
    "base64",
    "quoted-printable",
    "gzip, deflate",
    "deflate, gzip",
    "gzip, base64",
    "deflate, quoted-printable",
    "base64, gzip",
)


def chain(value: object, times: int = 100) -> Chain:
    found = begin(value, times)
    assert found is not None
    return found


def run(value: object, pieces: list[bytes], times: int = 100) -> Outcome:
    made = chain(value, times)
    found = b"".join(made.push(piece) for piece in pieces)
    return found + made.end(), made.fault, made.short


def cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(ends)]


def bare_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def quoted(data: bytes) -> bytes:
    """Every octet but letters escaped, a soft break with padding behind every twentieth: Python's own encoder changes line ends."""
    octets = [bytes((octet,)) if chr(octet).isalpha() and octet < 128 else b"=%02X" % octet for octet in data]
    return b"= \t\r\n".join(b"".join(octets[place : place + 20]) for place in range(0, len(octets), 20))


CODERS = {"gzip": gzip.compress, "deflate": zlib.compress, "base64": binascii.b2a_base64, "quoted-printable": quoted}


def coded(names: str, data: bytes) -> bytes:
    for name in names.split(", "):
        data = CODERS[name](data)
    return data


# ---- what comes out


@pytest.mark.parametrize("names", NAMES)
@given(PLAIN, st.lists(st.integers(0, 10000), max_size=6))
def test_what_was_coded_comes_back(names: str, data: bytes, places: list[int]) -> None:
    assert run(names.encode(), cut(coded(names, data), places), 2000) == (data, "", False)


@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=5))
def test_a_deflate_without_its_frame_is_told_by_two_octets(data: bytes, places: list[int]) -> None:
    assert run(b"deflate", cut(bare_deflate(data), places)) == (data, "", False)


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=5), st.integers(0, 9), st.lists(st.integers(0, 500), max_size=5))
def test_gzip_has_members_and_zeros_between_them(parts: list[bytes], zeros: int, places: list[int]) -> None:
    data = b"".join(gzip.compress(part) + bytes(zeros) for part in parts)
    assert gzip.decompress(data) == b"".join(parts)
    assert run(b"gzip", cut(data, places)) == (b"".join(parts), "", False)


def test_gzip_headers_may_have_every_field() -> None:
    head = b"\x1f\x8b\x08\x1f" + bytes(5) + b"\x03" + b"\x04\x00ab\x00\x00" + b"name\0" + b"a comment\0"
    head += (zlib.crc32(head) & 0xFFFF).to_bytes(2, "little")
    data = head + bare_deflate(b"text") + zlib.crc32(b"text").to_bytes(4, "little") + b"\4\0\0\0"
    assert gzip.decompress(data) == b"text"
    assert run(b"x-GZIP", [bytes((octet,)) for octet in data]) == (b"text", "", False)


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=5), st.sampled_from([b"\r\n", b" ", b"\n\t", b"!-_\0\xff", b"== \r\n"]), st.data())
def test_base64_passes_over_the_rest_and_texts_may_follow_each_other(parts: list[bytes], between: bytes, data: st.DataObject) -> None:
    texts = [binascii.b2a_base64(part, newline=False) for part in parts]
    whole = between.join(text[:5] + between.replace(b"=", b"") + text[5:] for text in texts)
    closed = all(len(part) % 3 == 0 or b"=" in text for part, text in zip(parts, texts, strict=True))
    assert closed
    pieces = cut(whole, data.draw(st.lists(st.integers(0, 500), max_size=5)))
    assert run(b"base64", pieces)[0] == b"".join(binascii.a2b_base64(text) for text in texts)


@pytest.mark.parametrize(
    ("text", "expected", "short"),
    [
        (b"YWI=", b"ab", False),
        (b"YWI", b"ab", True),
        (b"YWJjZA", b"abcd", True),
        (b"YWJjZ", b"abc", True),
        (b"YQ==YWI=YWJj", b"aababc", False),
        (b"====", b"", False),
        (b"", b"", False),
    ],
)
def test_base64_that_ends_inside_a_quantum_is_short(text: bytes, expected: bytes, short: bool) -> None:
    assert run(b"base64", [text]) == (expected, "", short)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"a=3Db=3d=C3=A4", "a=b=ä".encode()),
        (b"one =\r\nline=\nmore", b"one linemore"),
        (b"soft = \t \r\nbreak", b"soft break"),
        (b"padding \t\r\nhere \nand at the end \t ", b"padding\r\nhere\nand at the end"),
        (b"kept=20\r\nkept=09\n", b"kept \r\nkept\t\n"),
        (b"a=b==41=4=G1=\rx=", b"a=b=A=4=G1=\rx"),
        (b"the end=  ", b"the end"),
        (b"half=4", b"half=4"),
        (b"cr\r \r\r\n \rx", b"cr\r \r\r\n \rx"),
        (b"long" + b" " * BLANKS + b"\r\n", b"long\r\n"),
        (b"long" + b" " * (BLANKS + 1) + b"\r\n", b"long" + b" " * (BLANKS + 1) + b"\r\n"),
        (b"long=" + b"\t" * (BLANKS + 1) + b"\r\nx", b"long=" + b"\t" * (BLANKS + 1) + b"\r\nx"),
        (b"", b""),
    ],
)
def test_quoted_printable_as_its_standard_has_it(text: bytes, expected: bytes) -> None:
    for size in (1, 2, 3, 7, len(text) or 1):
        pieces = [text[place : place + size] for place in range(0, len(text), size)]
        assert run(b"quoted-printable", pieces) == (expected, "", False), size


@given(st.lists(st.sampled_from([b"=41", b"=fF", b"=\n", b"=\r\n", b"a", b"bc", b" d", b"\n", b"\r\n"]), max_size=40).map(b"".join))
def test_quoted_printable_agrees_with_python_where_its_standard_is_kept(text: bytes) -> None:
    assert run(b"quoted-printable", [text])[0] == binascii.a2b_qp(text)


@given(st.binary(max_size=300), st.binary(min_size=1, max_size=9), st.lists(st.integers(0, 300), max_size=5))
def test_a_mask_is_its_own_inverse(data: bytes, key: bytes, places: list[int]) -> None:
    masked = bytes(octet ^ key[number % len(key)] for number, octet in enumerate(data))
    assert run(Xor(key), cut(masked, places)) == (data, "", False)


# ---- the names


@pytest.mark.parametrize(
    "value", [None, b"", b" , ", b"identity", b"7BIT", b"8bit", b"binary", b"br", b"gzip, br", 7, [b"gzip"], Xor(b""), Extent("rest")]
)
def test_where_nothing_is_to_be_undone_there_is_no_chain(value: object) -> None:
    assert begin(value, 100) is None


@pytest.mark.parametrize("value", [b"GZip", b" \tx-gzip ", b"identity, gzip", b"gzip ,identity,", b"br, gzip"])
def test_names_are_trimmed_and_have_any_case(value: bytes) -> None:
    assert run(value, [gzip.compress(b"text")]) == (b"text", "", False)


@pytest.mark.parametrize("value", [b", ".join([b"base64"] * (CODINGS + 1)), b"gzip, deflate, gzip", b"gzip," * 10000])
def test_a_chain_that_is_too_long_is_given_up_at_once(value: bytes) -> None:
    made = chain(value)
    assert (made.push(b"abc"), made.end(), made.fault) == (b"", b"", "too_long")


# ---- faults


@pytest.mark.parametrize(
    "names", [b"gzip", b"deflate", b"gzip, deflate", b"deflate, base64", b"gzip, quoted-printable", b"base64", b"quoted-printable"]
)
@given(st.binary(max_size=200), st.lists(st.integers(0, 10000), max_size=6), st.integers(0, 10000), st.integers(0, 255), st.integers(1, 3))
def test_cuts_change_neither_octets_nor_fault(names: bytes, data: bytes, places: list[int], at: int, octet: int, times: int) -> None:
    text = coded(names.decode(), b"\1" + data + bytes(at if names in (b"gzip", b"deflate", b"gzip, deflate") else at % 200))
    spoilt = text[: at % len(text)] + bytes((octet,)) + text[at % len(text) + 1 :]
    for sent in (spoilt, text, data, text + data):
        whole = run(names, [sent], times)
        assert run(names, cut(sent, places), times) == whole
        assert run(names, [sent[place : place + 1] for place in range(len(sent))], times) == whole


@given(st.binary(min_size=1, max_size=300), st.integers(0, 400), st.sampled_from([b"gzip", b"deflate", b"gzip, deflate"]))
def test_a_cut_stream_is_short_and_not_wrong(data: bytes, at: int, names: bytes) -> None:
    text = coded(names.decode(), data)
    place = at % len(text)
    found, fault, short = run(names, [text[:place]])
    assert data.startswith(found)
    assert (fault, short) == ("", place > 0)


@pytest.mark.parametrize(("names", "text"), [
    (b"gzip", b"<html>"),
    (b"gzip", gzip.compress(b"good", mtime=0) + b"more"),
    (b"deflate", zlib.compress(b"good") + b"more"),
    (b"deflate", zlib.compress(b"good")[:-1] + b"\0"),
    (b"deflate", zlib.compressobj(zdict=b"good").compress(b"good") or b"\x78\xbb\0\0\0\0"),
    (b"gzip", gzip.compress(b"good", mtime=0)[:-5] + b"\0\0\0\0\0"),
])  # fmt: skip
def test_octets_that_cannot_be_decoded_are_told_and_what_was_given_stands(names: bytes, text: bytes) -> None:
    found, fault, _ = run(names, [text])
    assert b"good".startswith(found)
    assert fault == "bad_coding"
    made = chain(names)
    made.push(text)
    assert (made.push(gzip.compress(b"x")), made.end(), made.fault) == (b"", b"", "bad_coding")


@given(
    st.integers(1, 200),
    st.integers(0, 200_000),
    st.lists(st.integers(0, 10000), max_size=4),
    st.sampled_from([b"gzip", b"deflate", b"gzip, deflate"]),
)
@example(1, 100_000, [3], b"gzip")
@example(100, 150_000, [], b"gzip, deflate")
def test_a_step_never_gives_more_than_is_allowed_and_gives_all_of_that(times: int, size: int, places: list[int], names: bytes) -> None:
    text = coded(names.decode(), bytes(size))
    made = chain(names, times)
    given_up = taken = 0
    found = b""
    for piece in cut(text, places):
        found += made.push(piece)
        taken += len(piece)
        assert len(found) <= times * taken + ALLOWANCE
        given_up = given_up or (taken if made.fault else 0)
    assert found == bytes(len(found))
    if not made.fault:
        assert len(found) == size
        return
    assert made.fault == "too_long"
    exact = chain(names, times)
    shown = 0
    for number in range(len(text)):
        shown += len(exact.push(text[number : number + 1]))
        if exact.fault:
            break
    assert shown == len(found)
    if b"," not in names:
        assert shown == times * (number + 1) + ALLOWANCE


@pytest.mark.parametrize("names", [b"gzip", b"gzip, deflate", b"gzip, gzip"])
def test_a_bomb_is_never_held_whole(names: bytes) -> None:
    head = gzip.compress(bytes(range(256)) * 400) if names == b"gzip" else b""
    bomb = coded(names.decode(), bytes(24_000_000))
    made = chain(names, 2000 if names == b"gzip" else 1_000_000)
    tracemalloc.start()
    largest = size = 0
    for place in range(0, len(head + bomb), 65536):
        for piece in made.pieces((head + bomb)[place : place + 65536]):
            largest = max(largest, len(piece))
            size += len(piece)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert made.fault == ""
    assert size >= 24_000_000
    assert largest <= (1 << 18 if names == b"gzip" else 4 << 20)
    assert peak < 24_000_000


def test_what_takes_the_octets_gets_them_in_pieces() -> None:
    outlet = Outlet()
    sizes: list[int] = []
    outlet.chain = chain(b"gzip", 2000)
    outlet.feed = lambda data: sizes.append(len(data))
    outlet.push(gzip.compress(bytes(20_000_000)))
    outlet.flush()
    assert sum(sizes) == 20_000_000
    assert max(sizes) <= 1 << 18


def test_the_allowance_is_kept_on_a_bomb_in_any_cutting() -> None:
    bomb = gzip.compress(bytes(10_000_000))
    for size in (1, 1000, len(bomb)):
        found, fault, _ = run(b"gzip", [bomb[place : place + size] for place in range(0, len(bomb), size)])
        assert fault == "too_long"
        assert len(found) < 100 * 200 + ALLOWANCE


@given(st.lists(st.binary(max_size=300), max_size=6), st.integers(1, 40), st.booleans())
def test_units_of_one_stream_look_back_wherever_they_are_cut(texts: list[bytes], step: int, ended: bool) -> None:
    window = Window()
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    for text in texts:
        unit = deflate.compress(text) + deflate.flush(zlib.Z_FINISH if ended else zlib.Z_SYNC_FLUSH)
        unit = unit + b"\0" if ended else unit[:-4]  # RFC 7692 section 7.2.3.4
        chain = begin(Xor(b"key"), 1000, window)
        assert chain is not None
        masked = bytes(octet ^ b"key"[index % 3] for index, octet in enumerate(unit))
        found = b"".join(chain.push(masked[at : at + step]) for at in range(0, len(masked), step))
        assert (found + chain.supply(b"\0\0\xff\xff"), chain.fault) == (text, "")
        assert chain.end() == b""
        assert not chain.short
        last = chain.last
        assert isinstance(last, Window)
        window = last
        if ended:
            deflate = zlib.compressobj(9, zlib.DEFLATED, -15)


def test_a_unit_that_gives_too_much_is_given_up() -> None:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    unit = deflate.compress(bytes(1 << 20)) + deflate.flush(zlib.Z_SYNC_FLUSH)
    chain = begin(b"", 10, Window())
    assert chain is not None
    found = b"".join(chain.pieces(unit[:-4]))
    assert chain.fault == TOO_LONG
    assert len(found) <= 10 * len(unit) + 4096
