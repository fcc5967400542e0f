"""A value computed from a secret is secret; guards see through."""

from typing import Any

import pytest

from wiregram.expression import Scope, link, reveal
from wiregram.expression.values import bare, holds_secret
from wiregram.manifest.expression import Names, compile_expression
from wiregram.model.record import Secret
from wiregram.program.types import Type

TEXT, ANY = Type("bytes"), Type("any")
NAMES = Names(own={"word": TEXT, "n": Type("int"), "arg": Type("list", TEXT), "verb": TEXT, "box": ANY, "gone": ANY, "header": Type("list", ANY)})
SCOPE = Scope(
    own={
        "word": Secret(b"pass word"),
        "n": Secret(5),
        "arg": [b"PLAIN", Secret(b"x")],
        "verb": b"AUTH",
        "box": Secret({"user": b"u", "list": [b"a", b"b"]}),
        "header": [{"name": b"a", "value": Secret(b"1")}, {"name": b"b", "value": b"2"}],
    }
)
HIDDEN = [
    "word", "word + '!'", "upper(word)", "word[1:]", "word[0]", "len(word)", "n + 1", "-n", "n == 5", "not n", "n == 5 and verb == 'AUTH'",
    "word in ('a', 'b')",
    "'a' if n == 5 else 'b'", "default(gone, word)", "md5(word)", "arg[1]", "join(arg, ' ')", "box.user", "box['user']", "int(text(n))",
    "find(header, 'a')",
    "pick(header, 'name', 'a').value", "starts(word, 'pass')", "'x' in arg", "arg == arg", "box", "verb[n - 2:]", "find(box.list, word)", "hex(n, 4)",
]  # fmt: skip
SHOWN = [
    "verb",
    "len(arg)",
    "present(word)",
    "arg[0]",
    "arg[:1]",
    "find(header, 'b')",
    "pick(header, 'name', 'b').value",
    "verb == 'AUTH' or n == 5",
    "len(box.list)",
]


@pytest.mark.parametrize("text", HIDDEN)
def test_a_value_computed_from_a_secret_is_secret(text: str) -> None:
    code, _ = compile_expression(text, NAMES)
    found = link(code, True)(SCOPE)
    assert found is None or found.__class__ is Secret
    plain = link(code)(SCOPE)
    assert not holds_secret(plain)
    assert plain == reveal(found)


@pytest.mark.parametrize("text", ["sort(arg)", "without(arg, ('x',))", "hexes(arg)", "sort(box.list)"])
def test_a_list_computed_from_a_list_with_secrets_holds_only_secrets(text: str) -> None:
    code, _ = compile_expression(text, NAMES)
    found = bare(link(code, True)(SCOPE))
    assert found
    assert all(element.__class__ is Secret for element in found)
    assert link(code)(SCOPE) == reveal(found)


@pytest.mark.parametrize("text", SHOWN)
def test_what_tells_nothing_secret_stays_plain(text: str) -> None:
    code, _ = compile_expression(text, NAMES)
    found = link(code, True)(SCOPE)
    assert found is not None
    assert not holds_secret(found)
    assert found == link(code)(SCOPE)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("arg", [b"PLAIN", Secret(b"x")]),
        ("arg[1:]", [Secret(b"x")]),
        ("split(word, ' ')", [Secret(b"pass"), Secret(b"word")]),
        ("box.list", [Secret(b"a"), Secret(b"b")]),
        ("each(header, 'value')", [Secret(b"1"), b"2"]),
        ("arg + ('z',)", [b"PLAIN", Secret(b"x"), b"z"]),
        ("(verb, word)", [b"AUTH", Secret(b"pass word")]),
    ],
)
def test_a_list_keeps_its_length(text: str, value: list[Any]) -> None:
    code, _ = compile_expression(text, NAMES)
    assert link(code, True)(SCOPE) == value
    assert link(code)(SCOPE) == reveal(value)


def test_a_secret_list_is_a_list_of_secrets() -> None:
    code, _ = compile_expression("arg", NAMES)
    scope = Scope(own={"arg": Secret([b"a", b"b"])})
    assert link(code, True)(scope) == [Secret(b"a"), Secret(b"b")]
    assert link(code)(scope) == [b"a", b"b"]
