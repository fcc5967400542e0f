"""Terminals against Python's own `re`: ordered alternatives, lazy repeats, case folding, all on bytes."""

from __future__ import annotations

import random
import re

import pytest
from text_samples import GRAMMARS, Maker, bundled, cases, grammar

from wiregram.frontends.text import regex
from wiregram.frontends.text.regex import Refused
from wiregram.frontends.text.scanner import Scanner, Terminal


def terminal(name: str, pattern: str, number: int, priority: int = 0, width: int = 100) -> Terminal:
    found = Terminal(name, pattern, pattern, False, frozenset(), priority, width, regex.parse(pattern), name)
    found.number = number
    return found


def longest(scanner: Scanner, data: bytes) -> tuple[int, int] | None:
    """(end, terminal) of the token at the start of `data`."""
    state, found = 0, None
    for at, byte in enumerate(data, 1):
        state = scanner.moves[state][scanner.classes[byte]]
        if state < 0:
            break
        if scanner.accepts[state] >= 0:
            found = (at, scanner.accepts[state])
    return found


class Patterns:
    """Random regular expressions that match at least one byte."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def one(self) -> str:
        while True:
            pattern = self._alternatives(2)
            if len(re.findall("[*+{]", pattern)) > 4:
                continue  # `re` can take minutes on nested repeats
            if not regex.nullable(regex.parse(pattern)):
                return pattern

    def _alternatives(self, room: int) -> str:
        return "|".join(self._sequence(room) for _ in range(self.random.choice((1, 1, 2, 3))))

    def _sequence(self, room: int) -> str:
        return "".join(self._repeat(room) for _ in range(self.random.choice((0, 1, 1, 2, 3))))

    def _repeat(self, room: int) -> str:
        return self._atom(room) + self.random.choice(("", "", "", "?", "*", "+", "??", "*?", "+?", "{1,2}", "{2}?", "{0,2}?"))

    def _atom(self, room: int) -> str:
        if room and self.random.random() < 0.35:
            return f"({self.random.choice(('?:', '?i:', ''))}{self._alternatives(room - 1)})"
        return self.random.choice(("a", "b", "A", "[ab]", "[^a]", ".", r"\w", r"[^\r\n]", "[a-c]", r"\x62"))


def test_a_scanner_matches_as_re_matches_an_alternation() -> None:
    patterns = Patterns(3)
    draw = patterns.random
    compared = 0
    for _ in range(400):
        texts = [patterns.one() for _ in range(draw.choice((1, 2, 3)))]
        try:
            scanner = Scanner([terminal(f"T{at}", text, at, -at) for at, text in enumerate(texts)], frozenset())
        except Refused:
            continue
        oracle = re.compile("|".join(f"(?P<T{at}>{text})" for at, text in enumerate(texts)).encode("latin-1"))
        for _ in range(12):
            data = bytes(draw.choice(b"aabbcAB\n\r") for _ in range(draw.randrange(8)))
            want = oracle.match(data)
            got = longest(scanner, data)
            assert (got and (got[0], f"T{got[1]}")) == (want and (want.end(), want.lastgroup)), (texts, data)
            compared += want is not None
    assert compared > 1000


@pytest.mark.parametrize("name", [*GRAMMARS, *dict.fromkeys(name for name, _ in bundled())])
def test_every_terminal_matches_as_re_does(name: str) -> None:
    loaded = grammar(name)
    seen = set()
    for message in [message for other, message in [*cases(), *bundled()] if other == name]:
        machine = loaded.machine(message)
        maker = Maker(loaded.model(message), 4)
        for each in machine.terminals:
            if each.pattern in seen:
                continue
            seen.add(each.pattern)
            scanner = Scanner([each], frozenset())
            oracle = re.compile(each.pattern.encode("latin-1"))
            for _ in range(40):
                data = maker._tree(loaded.model(message).terminals[each.name])
                data = (maker._spoil(data) if maker.random.random() < 0.5 else data)[:60]
                want = oracle.match(data)
                got = longest(scanner, data)
                assert (got and got[0]) == (want and want.end()), (each.pattern, data)
    assert seen


def test_every_byte_of_a_set_is_that_of_re() -> None:
    for pattern in ("a", "(?i:k)", "[^a]", ".", "(?s:.)", r"\d", r"\W", r"[\s-]", "(?i:[^x-z])", r"(?i:[\W_])", r"[^\S\n]", "(?-s:.)"):
        tree = regex.parse(pattern)
        assert tree[1][0][0] == "set"
        members = tree[1][0][1]
        for byte in range(256):
            assert bool(members >> byte & 1) == bool(re.fullmatch(pattern.encode(), bytes([byte]))), (pattern, byte)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (r"(a)\1", "back-reference"),
        ("a(?=b)", "look-ahead"),
        ("a(?!b)", "look-ahead"),
        ("(?<=a)b", "look-behind"),
        ("^a", "anchor"),
        ("a$", "anchor"),
        (r"\bword\b", "word boundary"),
        ("a*+b", "possessive"),
        ("(?>a|ab)c", "atomic"),
        ("(?P<name>a)", "named group"),
        ("(?i)a", "flags for a whole pattern"),
        ("(a)?(?(1)b|c)", "conditional"),
        (r"[^:]{1,99999}", "counts to more"),
        ("[a", "no regular expression"),
        ("(?u:a)", "no regular expression"),
        ("\u0142", "characters beyond"),
    ],
)
def test_what_a_stream_cannot_do_is_refused_by_name(pattern: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        regex.parse(pattern)


def test_the_private_parser_is_the_one_that_is_known() -> None:
    regex.verify()


def test_another_parser_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Other:
        @staticmethod
        def parse(pattern: bytes, flags: int) -> object:
            return original.parse(pattern.replace(b"?i", b"?:"), flags)

    original = regex._parser
    monkeypatch.setattr(regex, "_parser", Other)
    with pytest.raises(Refused, match="does not know"):
        regex.verify()


def test_the_neutral_tree_makes_texts_that_the_pattern_matches() -> None:
    loaded = grammar("smtp")
    model = loaded.model("command")
    maker = Maker(model, 2)
    for each in loaded.machine("command").terminals:
        for _ in range(30):
            text = maker._tree(model.terminals[each.name])
            assert re.fullmatch(each.pattern.encode("latin-1"), text), (each.pattern, text)
