"""The shared terminals of `rfc.lark` against the ABNF of the RFCs, and how grammars import them."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from wiregram import frontends, parse
from wiregram.frontends.text import load
from wiregram.frontends.text.source import BUNDLED
from wiregram.model.errors import GrammarError
from wiregram.model.parsing import MATCH
from wiregram.program.protocol import Limits

ABNF = {
    # RFC 5234, appendix B.1
    "ALPHA": "%x41-5A / %x61-7A",
    "BIT": '"0" / "1"',
    "CHAR": "%x01-7F",
    "CR": "%x0D",
    "CRLF": "CR LF",
    "CTL": "%x00-1F / %x7F",
    "DIGIT": "%x30-39",
    "DQUOTE": "%x22",
    "HEXDIG": 'DIGIT / "A" / "B" / "C" / "D" / "E" / "F"',
    "HTAB": "%x09",
    "LF": "%x0A",
    "OCTET": "%x00-FF",
    "SP": "%x20",
    "VCHAR": "%x21-7E",
    "WSP": "SP / HTAB",
    # runs of them
    "NUMBER": "1*DIGIT",
    "HEX_NUMBER": "1*HEXDIG",
    "WORD": "1*VCHAR",
    "EOL": "[ CR ] LF",  # RFC 9112, 2.2, in prose
    # RFC 9110, 5.5, 5.6.2 to 5.6.4, 5.6.7, 11.2, 12.4.2
    "RWS": "1*( SP / HTAB )",
    "TOKEN": "1*tchar",
    "tchar": '"!" / "#" / "$" / "%" / "&" / "\'" / "*" / "+" / "-" / "." / "^" / "_" / "`" / "|" / "~" / DIGIT / ALPHA',
    "obs-text": "%x80-FF",
    "QUOTED_STRING": "DQUOTE *( qdtext / quoted-pair ) DQUOTE",
    "qdtext": "HTAB / SP / %x21 / %x23-5B / %x5D-7E / obs-text",
    "quoted-pair": "%x5C ( HTAB / SP / VCHAR / obs-text )",
    "FIELD_TEXT": "1*( SP / HTAB / VCHAR / obs-text )",
    "TOKEN68": '1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="',
    "QVALUE": '( %x30 [ "." *3DIGIT ] ) / ( %x31 [ "." *3%x30 ] )',
    "IMF_FIXDATE": 'day-name "," SP 2DIGIT SP month SP 4DIGIT SP 2DIGIT ":" 2DIGIT ":" 2DIGIT SP %x47.4D.54',
    "day-name": "%x4D.6F.6E / %x54.75.65 / %x57.65.64 / %x54.68.75 / %x46.72.69 / %x53.61.74 / %x53.75.6E",
    "month": "%x4A.61.6E / %x46.65.62 / %x4D.61.72 / %x41.70.72 / %x4D.61.79 / %x4A.75.6E / %x4A.75.6C / %x41.75.67 / %x53.65.70 / "
    "%x4F.63.74 / %x4E.6F.76 / %x44.65.63",
}
NAMES = [name for name in ABNF if name.isupper()]
WORD = re.compile(r'(\d*\*\d*|\d+(?=[A-Za-z(%"]))|%x([0-9A-F.-]+)|"([^"]*)"|([A-Za-z][\w-]*)|([()\[\]/])')


def expression(rule: str) -> str:
    """A rule of ABNF as a regular expression (strings are case-insensitive)."""
    found, repeat = "", ""
    closing = []
    for count, code, text, name, sign in WORD.findall(ABNF[rule]):
        if count:
            low, star, high = count.partition("*")
            repeat = f"{{{low or 0},{high}}}" if star else f"{{{low}}}"
            continue
        if sign in "([" and sign:
            found += "(?:"
            closing.append("?" if sign == "[" else repeat)
        elif sign == "/":
            found += "|"
        elif sign:
            found += ")" + closing.pop()
        else:
            if code:
                low, dash, high = code.partition("-")
                part = f"[\\x{low}-\\x{high}]" if dash else "".join(f"\\x{byte}" for byte in code.split("."))
            else:
                part = f"(?i:{re.escape(text)})" if text else f"(?:{expression(name)})"
            found += f"(?:{part}){repeat}"
        repeat = ""
    assert not closing
    return found


def terminal(name: str) -> re.Pattern[bytes]:
    loaded = load("x.lark", f"%import rfc.{name}\nmessage: {name}\n")
    (found,) = loaded.machine("message").terminals
    return re.compile(found.pattern.encode("latin-1"))  # as Lark gives it: it reads escapes before `re` does


def test_every_terminal_has_its_rule_here() -> None:
    assert set(re.findall(r"^(\w+):", (BUNDLED / "rfc.lark").read_text(), re.MULTILINE)) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_terminal_matches_what_its_rule_says(name: str) -> None:
    ours, theirs = terminal(name), re.compile(expression(name).encode())
    draw = random.Random(name)
    valid = [b"Sun, 06 Nov 1994 08:49:37 GMT", b'"a \\" \xe9\\\\"', b"abc/+==", b"0.123", b"1.000", b"a-b!", b"\r\n", b"  \t", b"012", b"fF"]
    pool = bytes(range(256)) + b'"\\ \t\r\n=.019aFgZ' * 20
    texts = [bytes([byte]) for byte in range(256)] + valid
    for _ in range(6000):
        text = bytearray(draw.choice(valid) if draw.random() < 0.6 else b"")
        for _ in range(draw.randrange(4)):
            at = draw.randrange(len(text) + 1)
            text[at : at + draw.randrange(2)] = bytes([draw.choice(pool)])
        texts.append(bytes(text))
    matched = 0
    for text in texts:
        want = theirs.fullmatch(text) is not None
        assert (ours.fullmatch(text) is not None) == want, text
        matched += want
    assert 0 < matched < len(texts)


GRAMMAR = '%import {} (TOKEN, QUOTED_STRING, NUMBER)\n%import {}.CRLF -> _EOL\nmessage: TOKEN "=" QUOTED_STRING (";" NUMBER)? _EOL\n'


@pytest.mark.parametrize("path", ["rfc", ".rfc"])
def test_a_grammar_anywhere_can_import_them(path: str, tmp_path: Path) -> None:
    (tmp_path / "mine.lark").write_text(GRAMMAR.replace("{}", path))
    loaded = load(tmp_path / "mine.lark")
    assert loaded.problems("message") == []
    data = b'a-b="x \\" y";12\r\n'
    parser = parse.begin(loaded.compile("message", {"NUMBER": "int"}, None, Limits()))
    assert parser.run(data, 0, len(data), False) == MATCH
    want = {"kind": b"message", "token": b"a-b", "quoted_string": b'"x \\" y"', "number": 12}
    assert parser.value(data, 0) == want == loaded.oracle("message", {"NUMBER": "int"})(data)


def test_a_file_beside_the_grammar_comes_first(tmp_path: Path) -> None:
    (tmp_path / "rfc.lark").write_text("TOKEN: /[xy]/\n")
    (tmp_path / "mine.lark").write_text('%import .rfc.TOKEN\nmessage: TOKEN "."\n')
    loaded = load(tmp_path / "mine.lark")
    assert loaded.oracle("message")(b"x.") == {"kind": b"message", "token": b"x"}
    assert loaded.oracle("message")(b"a.") is None


def test_every_wrong_name_is_said_where_it_is_imported(tmp_path: Path) -> None:
    (tmp_path / "b.lark").write_text("B: /b/\n")
    text = 'message: TOKN "." DIGTI A B\n%import rfc (CRLF,  TOKN)\n%import common.DIGTI\n%import .b.A\n%import .b.B\n'
    (tmp_path / "mine.lark").write_text(text)
    with pytest.raises(GrammarError) as caught:
        frontends.load(tmp_path / "mine.lark")
    assert [(problem.line, problem.column, problem.width, problem.text, problem.suggestion) for problem in caught.value.problems] == [
        (2, 21, 4, "the grammar `rfc` has no `TOKN`", "did you mean `TOKEN`?"),
        (3, 16, 5, "the grammar `common` has no `DIGTI`", "did you mean `DIGIT`?"),
        (4, 12, 1, "the grammar `b` has no `A`", "its names: B"),
    ]
