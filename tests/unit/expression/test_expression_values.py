"""Each expression, from text to value, by both ways to link."""

from typing import Any

import pytest

from wiregram.expression import Scope, link
from wiregram.manifest.expression import Names, compile_expression, compile_guard
from wiregram.program.expression import Extent, Xor
from wiregram.program.types import Type

TEXT, INT, ANY, BOOL = Type("bytes"), Type("int"), Type("any"), Type("bool")
HEADER = Type("list", Type("struct", fields={"name": TEXT, "value": TEXT}))
FIELDS = {
    "verb": TEXT, "gone": TEXT, "n": INT, "lost": INT, "rate": Type("float"), "ok": BOOL, "arg": Type("list", TEXT), "header": HEADER, "any": ANY,
    "code": Type("bytes", names=("A", "NS"), enum=True), "body": Type("struct", fields={"size": INT, "data": TEXT}), "when": TEXT,
}  # fmt: skip
NAMES = Names(
    definitions={
        "loud": "upper(verb)",
        "louder": "loud + '!'",
        "names": {"1": "one", "7": "seven", "auth": "A"},
        "few": [1, 2, 3],
        "host": "find(header, 'host')",
    },
    own=FIELDS, request=FIELDS, response=FIELDS, tx={"count": INT}, session={"helo": TEXT, "table": ANY},
    special=frozenset(("flow", "other", "side", "this", "verdict")),
)  # fmt: skip
OWN: dict[str, Any] = {
    "verb": b"Auth", "n": 7, "rate": 1.5, "ok": True, "arg": [b"PLAIN", b"x", b"y"], "code": 65280, "any": [1, [b"deep"]], "body": {"size": 300},
    "header": [{"name": b"Host", "value": b"a.example"}, {"name": b"Empty"}, {"name": b"HOST", "value": b"second"}],
    "when": b"2020-01-31T12:00:00Z",
}  # fmt: skip
SCOPE = Scope(
    own=OWN, request={"verb": b"RETR"}, response={"verb": b"+OK"}, tx={"id": 4, "count": 2}, session={"helo": b"me",
    "table": {b"k": b"v", 5: b"five"}},
    flow={"transport": b"tcp", "client_port": 40000, "sender": b"client"}, this={"verb": b"Auth"}, side=b"request", other=b"+O", verdict=b"pop3",
    count=lambda what, side: {"octets": 10, "body": 3}[what] if side == "own" else None,
)  # fmt: skip

CASES: list[tuple[str, object]] = [
    # literals
    ("1", 1), ("0x1f", 31), ("0o17", 15), ("0b101", 5), ("1_000", 1000), ("1.5", 1.5), ("2e3", 2000.0), ("True", True), ("None", None),
    ("'a\\x00\\n\\u00e4\\\\'", b"a\x00\n\xc3\xa4\\"), ("b'\\xff'", b"\xff"), ('"it\'s"', b"it's"), ("()", []), ("(1,)", [1]),
    ("(1, 'a')", [1, b"a"]), ("(1)", 1),
    # names
    ("verb", b"Auth"), ("gone", None), ("own.verb", b"Auth"), ("request.verb", b"RETR"), ("response.verb", b"+OK"), ("tx.id", 4), ("tx.count", 2),
    ("session.helo", b"me"), ("flow.transport", b"tcp"), ("flow.server_ip", None), ("this", {"verb": b"Auth"}), ("this.verb", b"Auth"),
    ("side", b"request"), ("side == 'request'", True), ("verdict", b"pop3"), ("loud", b"AUTH"), ("louder", b"AUTH!"), ("few", [1, 2, 3]),
    ("names[n]", b"seven"), ("names[n - 5]", None), ("names.auth", b"A"), ("names[lower(verb)]", b"A"),
    ("session.table['k']", b"v"), ("session.table[5]", b"five"), ("session.table['z']", None), ("host", b"a.example"),
    # parts
    ("arg[0]", b"PLAIN"), ("arg[-1]", b"y"), ("arg[3]", None), ("arg[-4]", None), ("arg[1:]", [b"x", b"y"]), ("arg[:1]", [b"PLAIN"]),
    ("arg[:]", OWN["arg"]),
    ("arg[5:9]", []), ("arg[lost:]", None), ("arg[:-1]", [b"PLAIN", b"x"]), ("verb[0]", 65), ("verb[1:3]", b"ut"), ("verb[9]", None),
    ("body.size", 300),
    ("body.data", None), ("any[1][0]", b"deep"), ("any[0].x", None), ("header[0].value", b"a.example"),
    # comparison
    ("verb == 'Auth'", True), ("verb != 'Auth'", False), ("gone == 'x'", None), ("'x' != gone", None), ("n == 7", True), ("n == 7.0", True),
    ("n < 8", True),
    ("n <= 6", False), ("n > 6.5", True), ("n >= 8", False), ("rate < 2", True), ("'a' < 'b'", True), ("verb < 'B'", True), ("code == 65280", True),
    ("code == 'A'", False), ("code != 'A'", True), ("ok == True", True), ("any == 1", False), ("any < 1", None), ("lost < 1", None),
    ("arg == arg", True),
    ("(1, 2) == (1, 2)", True), ("(1, 2) == few[:2]", True), ("when < '2021'", True),
    # in
    ("n in few", False), ("n in (7, 8)", True), ("n not in (7, 8)", False), ("verb in ('RETR', 'Auth')", True), ("code in (1, 65280)", True),
    ("code in ('A', 'NS')", False), ("gone in ('a', 'b')", None), ("gone not in ('a', 'b')", None), ("n in (1, lost)", None),
    ("n in (7, lost)", True),
    ("'ut' in verb", True), ("'x' not in verb", True), ("'x' in arg", True), ("'x' in gone", None), ("7 in names", True), ("'auth' in names", True),
    ("'z' in names", False), ("n in ()", False), ("any in (1, 2)", False),
    # arithmetic
    ("n + 1", 8), ("n - 9", -2), ("n * 3", 21), ("n // 2", 3), ("-n // 2", -4), ("n % 4", 3), ("-n % 4", 1), ("n << 2", 28), ("n >> 1", 3),
    ("n & 3", 3),
    ("n ^ 1", 6), ("n | 8", 15), ("1 + 2 * 3 << 1 & 30 ^ 1 | 32", 1 + 2 * 3 << 1 & 30 ^ 1 | 32), ("(1 + 2) * n", 21), ("n * rate", 10.5),
    ("n // 0", None),
    ("n % 0", None), ("rate // 0", None), ("lost + 1", None), ("verb + '!'", b"Auth!"), ("verb + gone", None), ("arg + ('z',)", [*OWN["arg"], b"z"]),
    ("n << 62", None), ("n << 65", None), ("n << 61", 7 << 61), ("n >> 1000", 0), ("n << 0 - n", None),
    ("0xffffffffffffffff + n", None), ("-n", -7), ("-lost", None), ("any + 1", None), ("1 << 64 - 1", 1 << 63),
    # logic
    ("not ok", False), ("not gone", None), ("not n", False), ("not ''", True), ("n and verb", True), ("'' or 0", False),
    ("ok and gone", None), ("not ok and gone", False),
    ("ok or gone", True), ("gone or not ok", None), ("1 if ok else 2", 1), ("1 if n == 8 else 2", 2), ("1 if gone else 2", None),
    ("1 if ok else 2 if ok else 3", 1),
    ("'ERR' if verb == 'x' else 'OK'", b"OK"),
    # functions
    ("present(verb)", True), ("present(gone)", False), ("present(None)", False), ("default(gone, verb)", b"Auth"), ("default(gone, lost, 3)", 3),
    ("default(gone, gone)", None), ("len(verb)", 4), ("len(arg)", 3), ("len(gone)", None), ("len(body)", 1),
    ("int('12')", 12), ("int(' -12\\t')", -12), ("int('')", None), ("int('1_0')", None), ("int('+1')", None), ("int('0x1f')", None),
    ("int('1f', 16)", 31),
    ("int('-0007')", -7), ("int('0x1f', 16)", None), ("int('z', 36)", 35), ("int('2', 2)", None), ("int('18446744073709551615')", (1 << 64) - 1),
    ("int('18446744073709551616')", None), ("int('00000000000000000000000000005')", 5), ("int('- 5')", None), ("int(gone)", None),
    ("int('1 2')", None),
    ("text(n)", b"7"), ("text(-n)", b"-7"), ("text(lost)", None), ("upper('aZ\\u00e4')", b"AZ\xc3\xa4"), ("lower('aZ')", b"az"),
    ("strip('  a b\\r\\n')", b"a b"), ("strip('..a.b.', '.')", b"a.b"), ("strip('[x]', '[]')", b"x"), ("starts(verb, 'Au')", True),
    ("starts(verb, 'Authx')", False),
    ("ends(verb, 'th')", True), ("starts(gone, 'x')", None), ("split('a:b:c', ':')", [b"a", b"b", b"c"]), ("split('a:b:c', ':', 1)", [b"a", b"b:c"]),
    ("split('a', ':')", [b"a"]), ("split('a:b', ':')[1]", b"b"), ("split('a:b', ':', 0)", [b"a:b"]),
    ("lines('a\\r\\nb\\n\\r\\nc\\r')", [b"a", b"b", b"", b"c\r"]),
    ("lines('')", []), ("lines('a\\n')", [b"a"]), ("lines('\\n')", [b""]), ("tokens(' A, b ,,C ')", [b"a", b"b", b"c"]),
    ("'chunked' in tokens('gzip, Chunked')", True),
    ("numbers('227 (10,0,0,1,4,5)')", [227, 10, 0, 0, 1, 4, 5]), ("numbers('x')", []), ("numbers('99999999999999999999999 1')", [None, 1]),
    ("join(arg, ' ')", b"PLAIN x y"), ("join((), ', ')", b""), ("join(('a', gone), ',')", None), ("join((771, 'a', -1), '-')", b"771-a--1"),
    ("join((1.5, 1), '-')", None), ("sort((3, 1, 2))", [1, 2, 3]), ("sort(arg)", [b"PLAIN", b"x", b"y"]), ("sort(('b', 'a'))", [b"a", b"b"]),
    ("sort(())", []), ("sort((1, 'a'))", None), ("sort((1, gone))", None), ("sort(few)[-1] + 1", 4), ("without(few, (2, 9))", [1, 3]),
    ("without(arg, ('x',))", [b"PLAIN", b"y"]), ("without((1, (2,), 'a'), (1, (2,)))", [[2], b"a"]), ("without(few, any[7])", None),
    ("hexes((255, 'a'), 4)", [b"00ff", b"0061"]), ("hexes((-1, 1))", [None, b"1"]),
    ("find(header, 'HOST')", b"a.example"),
    ("find(header, 'empty')", None),
    ("find(header, 'none')", None), ("find(header, gone)", None), ("pick(header, 'name', 'HOST').value", b"second"),
    ("pick(header, 'name', 'z')", None),
    ("each(header, 'value')", [b"a.example", b"second"]), ("each(any, 'x')", []),
    ("param('form-data; name=\"a;b\"; x=y', 'NAME')", b"a;b"), ("param('attachment; filename=a.txt ; b=c', 'filename')", b"a.txt"),
    ("param('x; filename=\"a\\\\\"b\\\\\\\\c\"', 'filename')", b'a"b\\c'), ("param('x', 'y')", None), ("param('x; y', 'y')", None),
    ("param('x; y=', 'y')", b""),
    ("param('x; title*=us-ascii\\'en-us\\'This%20is%20%2A', 'title')", b"This is *"),
    ("param('x; a*0*=iso-8859-1\\'\\'%E4; a*1=b; a*2*=%20c; a*4=z', 'a')", "ä".encode() + b"b c"), ("param('x; a*1=b', 'a')", None),
    ("param('\"A;tag=1\" <sip:b;tag=2@c>;tag=3', 'tag')", b"3"),
    ("hex(31)", b"1f"), ("hex(31, 4)", b"001f"), ("hex(b'\\xff\\x00')", b"ff00"), ("hex('', 2)", b"00"), ("hex(-n)", None), ("hex(lost, 4)", None),
    ("base64('YWI=')", b"ab"), ("base64('YW\\r\\nI=')", b"ab"), ("base64('YWI')", None), ("base64('Y*I=')", None), ("base64('')", b""),
    ("ip(b'\\x7f\\x00\\x00\\x01')", b"127.0.0.1"), ("ip(b'\\x20\\x01\\x0d\\xb8\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\x01')", b"2001:db8::1"),
    ("ip('abc')", None), ("oid(b'\\x2b\\x06\\x01\\x02')", b"1.3.6.1.2"), ("oid(b'\\x88\\x37\\x81\\x00')", b"2.999.128"), ("oid(b'\\x2b\\x86')", None),
    ("oid('')", None), ("oid(b'\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x7f')", None),
    ("md5('')", b"d41d8cd98f00b204e9800998ecf8427e"), ("sha1('')", b"da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    ("sha256('')", b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("octets(own)", 10), ("octets(this)", None), ("body(own) + 1", 4), ("body(response)", None), ("octets(own) - len(verb)", 6),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), CASES, ids=[text for text, _ in CASES])
def test_an_expression_has_its_value_by_both_links(text: str, value: object) -> None:
    code, _ = compile_expression(text, NAMES)
    for taint in (False, True):
        found = link(code, taint)(SCOPE)
        assert found == value
        assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "kind", "delimiters"),
    [
        ("dotted()", "dotted", ()),
        ("rest()", "rest", ()),
        ("until('--')", "until", (b"--",)),
        ("until_line(('a', verb))", "until_line", (b"a", b"Auth")),
        ("until_line(default(any[9], ()))", "until_line", ()),
    ],
)
def test_an_extent_is_a_value(text: str, kind: str, delimiters: tuple[bytes, ...]) -> None:
    code, result = compile_expression(text, NAMES)
    assert result.kind == "extent"
    for taint in (False, True):
        extent = link(code, taint)(SCOPE)
        assert isinstance(extent, Extent)
        assert (extent.kind, extent.delimiters) == (kind, delimiters)


def test_a_mask_is_a_value_and_absent_without_a_key() -> None:
    for taint in (False, True):
        code, result = compile_expression("xor(verb)", NAMES)
        mask = link(code, taint)(SCOPE)
        assert result.kind == "coding"
        assert isinstance(mask, Xor)
        assert mask.key == b"Auth"
        for text in ("xor(gone)", "xor(strip(' '))", "xor(any)"):
            assert link(compile_expression(text, NAMES)[0], taint)(SCOPE) is None


@pytest.mark.parametrize("text", ["until(gone)", "until(any)", "until_line(arg[9])"])
def test_an_extent_without_usable_delimiters_is_absent(text: str) -> None:
    code, _ = compile_expression(text, NAMES)
    assert link(code)(SCOPE) is None


@pytest.mark.parametrize(
    ("other", "value"), [(None, None), (b"", None), (b"+O", None), (b"+OK", True), (b"+OK ready", True), (b"-", False), (b"220", False)]
)
@pytest.mark.parametrize("taint", [False, True])
def test_starts_of_the_other_direction_waits_while_it_is_too_short_to_tell(other: bytes | None, value: bool | None, taint: bool) -> None:
    for text in ("starts(other, '+OK')", "starts(lower(other), '+ok')", "starts(upper(lower(other)), '+OK')"):
        code, _ = compile_expression(text, NAMES)
        assert link(code, taint)(Scope(other=other)) is value


def test_elements_come_first_inside_each() -> None:
    item = Type("struct", fields={"verb": TEXT, "size": INT})
    names = Names(own=FIELDS, definitions={"both": "verb + text(size)"}, item=item)
    code, kind = compile_expression("both + own.verb", names)
    assert kind.kind == "bytes"
    assert link(code)(Scope(own=OWN, item={"verb": b"inner", "size": 3})) == b"inner3Auth"


def test_an_element_that_is_no_struct_is_called_value() -> None:
    code, kind = compile_expression("value + verb", Names(own=FIELDS, item=TEXT))
    assert kind.kind == "bytes"
    assert link(code)(Scope(own=OWN, item={"value": b"x"})) == b"xAuth"


def test_a_name_that_is_no_own_field_is_a_field_of_an_unknown_element() -> None:
    code, _ = compile_expression("(verb, size)", Names(own=FIELDS, item=ANY))
    assert code == ("list", ("own", "verb"), ("item", "size"))


@pytest.mark.parametrize(
    ("text", "value"), [("n", True), ("0", False), ("''", False), ("arg", True), ("gone", None), ("any", True), ("ok", True), ("lost", None)]
)
def test_a_guard_is_true_false_or_absent_whatever_its_type(text: str, value: bool | None) -> None:
    assert link(compile_guard(text, NAMES))(SCOPE) is value


def test_a_constant_is_a_copy_each_time() -> None:
    code, _ = compile_expression("few", NAMES)
    for taint in (False, True):
        run = link(code, taint)
        run(SCOPE).append(9)
        assert run(SCOPE) == [1, 2, 3]
