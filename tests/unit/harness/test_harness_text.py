"""The generator for Lark grammars: all it makes is accepted, every alternative comes, recursion ends."""

from __future__ import annotations

import re

import msgspec
import pytest

from wiregram_harness.coverage import Ledger
from wiregram_harness.draw import Explorer, Wishes
from wiregram_harness.text import TextGenerator, expression, members


class Symbol(msgspec.Struct, frozen=True):
    name: str
    terminal: bool


class Model(msgspec.Struct, frozen=True):
    start: str
    rules: dict[str, tuple[tuple[Symbol, ...], ...]]
    terminals: dict[str, object]
    ignore: tuple[str, ...] = ()


def mask(*octets: int) -> int:
    return sum(1 << octet for octet in octets)


LETTERS = mask(*range(65, 91))
NESTED = Model(
    "list",
    {
        "list": ((Symbol("OPEN", True), Symbol("items", False), Symbol("CLOSE", True)),),
        "items": (
            (Symbol("list", False), Symbol("items", False)),
            (Symbol("WORD", True),),
            (Symbol("WORD", True), Symbol("COMMA", True), Symbol("items", False)),
        ),
    },
    {
        "OPEN": ("set", mask(40)),
        "CLOSE": ("set", mask(41)),
        "COMMA": ("seq", (("set", mask(44)), ("repeat", 0, None, ("set", mask(32))))),
        "WORD": ("alt", (("repeat", 1, 4, ("set", LETTERS)), ("repeat", 2, 2, ("seq", (("set", mask(48)), ("set", mask(49))))))),
    },
)


def test_messages_match_the_grammar_and_reach_every_alternative() -> None:
    ledger = Ledger()
    generator = TextGenerator("m", NESTED, ledger)
    shape = re.compile(rb"(\(|\)|[A-Z]{1,4}|0101|, *)*", re.DOTALL)
    for seed in range(300):
        made = generator.make(Explorer(seed))
        assert shape.fullmatch(made), made
        assert made.count(b"(") == made.count(b")") > 0
    assert ledger.missing() == []
    assert "m: items -> WORD COMMA items" in ledger.counts


def test_recursion_ends_where_every_choice_would_go_on() -> None:
    class Deeper(Explorer):
        def integer(self, low: int, high: int) -> int:
            return high

        def bytes(self, low: int, high: int) -> bytes:
            return bytes(low)

    assert len(TextGenerator("m", NESTED, Ledger()).make(Deeper(0))) < 2000


def test_edges_of_a_set_come_more_often() -> None:
    inside, edges = members(mask(*range(256)) & ~mask(10, 13))
    assert edges == bytes((0, 9, 11, 12, 14, 255))
    assert sorted(inside) == [octet for octet in range(256) if octet not in (10, 13)]
    assert inside.startswith(b"abc")


@pytest.mark.parametrize("tree", [("set", mask(65)), ("set", (1 << 256) - 1), ("repeat", 3, 3, ("set", LETTERS)), ("repeat", 0, None, ("set", 2))])
def test_terminals_stay_inside_their_sets(tree: object) -> None:
    model = Model("m", {"m": ((Symbol("T", True),),)}, {"T": tree})
    generator = TextGenerator("m", model, Ledger())
    made = [generator.make(Explorer(seed)) for seed in range(200)]
    if tree[0] == "set" and tree[1] != mask(65):  # type: ignore[index]
        assert len({one[0] for one in made}) > 80
    elif tree[0] == "repeat" and tree[1] == 3:  # type: ignore[index]
        assert all(len(one) == 3 for one in made)
    elif tree[0] == "repeat":  # type: ignore[index]
        assert max(len(one) for one in made) > 20
        assert min(len(one) for one in made) == 0


def test_wishes_are_used_for_terminals() -> None:
    generator = TextGenerator("m", NESTED, Ledger())
    made = [generator.make(Explorer(seed), Wishes({"word": [b"QUIT"]}, {"comma": b",   "})) for seed in range(100)]
    assert sum(b"QUIT" in one for one in made) > 60
    assert all(b",   " in one for one in made if b"," in one)


def test_a_wish_is_written_as_its_terminal_spells_it_or_not_at_all() -> None:
    """A message with other words would be none, and the dialogue with it."""
    either = mask(*range(65, 91), *range(97, 123))
    literal = ("seq", (("set", mask(123)), ("repeat", 1, 10, ("set", mask(*range(48, 58)))), ("set", mask(125))))
    model = Model(
        "m",
        {"m": ((Symbol("VERB", True), Symbol("OPEN", True), Symbol("LITERAL", True)),)},
        {"VERB": ("repeat", 4, 4, ("set", either)), "OPEN": ("set", mask(40)), "LITERAL": literal},
    )
    generator = TextGenerator("m", model, Ledger())
    wishes = {"verb": [b"QUIT", b"no"], "open": [b"<"], "literal": [20, b"3", b"+"]}
    made = [generator.make(Explorer(seed), Wishes(wishes, {})) for seed in range(200)]
    assert all(re.fullmatch(rb"[A-Za-z]{4}\(\{[0-9]{1,10}\}", one) for one in made)
    for wanted in (b"QUIT(", b"quit(", b"{20}", b"{3}"):
        assert any(wanted in one for one in made), wanted


@pytest.mark.parametrize(
    ("tree", "words", "others"),
    [
        (("set", mask(10, 93, 92, 45)), [b"\n", b"]", b"\\", b"-"], [b"", b"a", b"--"]),
        (("seq", (("set", mask(65)), ("repeat", 0, 2, ("set", mask(66))))), [b"A", b"AB", b"ABB"], [b"", b"B", b"ABBB"]),
        (("alt", (("set", mask(65)), ("repeat", 2, None, ("set", mask(66))))), [b"A", b"BB", b"BBBB"], [b"B", b"AB", b""]),
        (("set", 0), [], [b"", b"a"]),
    ],
)
def test_a_tree_is_an_expression_for_the_same_words(tree: object, words: list[bytes], others: list[bytes]) -> None:
    known = re.compile(expression(tree), re.DOTALL)
    assert all(known.fullmatch(word) for word in words)
    assert not any(known.fullmatch(word) for word in others)


def test_ignored_terminals_stand_between() -> None:
    model = Model("m", {"m": ((Symbol("A", True), Symbol("A", True)),)}, {"A": ("set", mask(65)), "WS": ("set", mask(32))}, ("WS",))
    generator = TextGenerator("m", model, Ledger())
    assert {generator.make(Explorer(seed)) for seed in range(100)} == {b"AA", b" AA", b"A A", b" A A"}
