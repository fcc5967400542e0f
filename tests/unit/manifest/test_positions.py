"""Positions of TOML: the scanner sees the tree that tomllib sees, and every value's slice is that value."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wiregram.manifest.document import Document, dotted, read
from wiregram.manifest.positions import decoded_offset, scan
from wiregram.model.errors import ManifestError

BARE = st.text("abAB01_-", min_size=1, max_size=4)
NAMES = BARE | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=4)
TEXTS = st.text(st.sampled_from("ab #=[]{},.'\"\\\n\té"), max_size=12)


def quoted(text: str) -> str:
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
    return '"' + "".join(escapes.get(c, c) for c in text) + '"'


@st.composite
def key(draw: st.DrawFn, name: str) -> str:
    bare = bool(name) and all(c in "abAB01_-" for c in name)
    forms = ([name] if bare else []) + [quoted(name)] + ([f"'{name}'"] if "'" not in name else [])
    return draw(st.sampled_from(forms))


@st.composite
def string(draw: st.DrawFn) -> str:
    text = draw(TEXTS)
    forms = [quoted(text), '"""\n' + text.replace("\\", "\\\\").replace('"', '\\"') + '"""', '"""\\\n   ' + quoted(text)[1:-1] + '"""']
    if "'" not in text:
        forms += ["'''" + text + "'''", "'''\n" + text + "''''"]
        if "\n" not in text:
            forms.append(f"'{text}'")
    return draw(st.sampled_from(forms))


NUMBERS = ("1", "-7", "1_000", "0x1F", "2.5", "1e3", "true", "false", "1979-05-27 07:32:00Z", "1979-05-27", "07:32:00")
SCALARS = st.sampled_from([*NUMBERS, '""""""', "''''''", '"""a""b"""', '"""a"""""'])


@st.composite
def value(draw: st.DrawFn, depth: int = 2) -> str:
    kind = draw(st.sampled_from(["scalar", "string", "array", "inline"] if depth else ["scalar", "string"]))
    if kind == "scalar":
        return draw(SCALARS)
    if kind == "string":
        return draw(string())
    if kind == "array":
        gap = draw(st.sampled_from(["", " ", "\n", " # a, ] comment\n"]))
        items = [draw(value(depth - 1)) for _ in range(draw(st.integers(0, 3)))]
        return "[" + gap + ("," + gap).join(items) + (gap if items else "") + "]"
    names = draw(st.lists(BARE, unique=True, max_size=3))
    pairs = [draw(key(name)) + draw(st.sampled_from(["=", " = ", ".x = "])) + draw(value(depth - 1)) for name in names]
    return "{ " + ", ".join(pairs) + " }"


@st.composite
def toml(draw: st.DrawFn) -> str:
    lines: list[str] = []

    def pairs() -> None:
        for name in draw(st.lists(NAMES, unique=True, max_size=3)):
            written = draw(key(name)) + "".join(draw(st.sampled_from(["", " . d", ".'e f'"])))
            comment = draw(st.sampled_from(["", " # [no] = 'thing'", "\n"]))
            lines.append(f"{written} = {draw(value())}{comment}")

    pairs()
    for name in draw(st.lists(BARE.map(lambda n: "t" + n), unique=True, max_size=3)):
        form = draw(st.sampled_from(["[{}]", "[ {} . sub ]", "[[{}]]", "[{}.'x y'.z]"]))
        for repeat in range(2 if form == "[[{}]]" else 1):
            lines.append(form.format(name))
            pairs()
            if form == "[[{}]]":
                lines.append(f"[{name}.under{repeat}]\nk = 1\n[[{name}.more]]\nk = 2")
    return "\n".join(lines)


def paths(tree: Any, path: tuple[str | int, ...] = ()) -> dict[tuple[str | int, ...], Any]:
    found = {path: tree}
    if isinstance(tree, dict):
        for name, item in tree.items():
            found |= paths(item, (*path, name))
    elif isinstance(tree, list):
        for index, item in enumerate(tree):
            found |= paths(item, (*path, index))
    return found


@settings(max_examples=300, deadline=None)
@given(toml())
def test_the_scanner_sees_the_tree_that_tomllib_sees(text: str) -> None:
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    found = paths(tree)
    spans = scan(text)
    assert set(spans) == set(found)
    for path, item in found.items():
        written = text[spans[path].start : spans[path].end]
        if not isinstance(item, dict) and not (isinstance(item, list) and written.startswith("[[")):
            assert tomllib.loads(f"k = {written}")["k"] == item
        if path and isinstance(path[-1], str):
            assert tomllib.loads(f"{text[spans[path].key_start : spans[path].key_end]} = 0") == {path[-1]: 0}


@given(string())
def test_a_character_of_a_string_is_found_where_it_is_written(written: str) -> None:
    text = tomllib.loads(f"k = {written}")["k"]
    for index, character in enumerate(text):
        at = decoded_offset(written, index)
        if written[0] == '"' and written[at] == "\\":
            assert character == tomllib.loads(f'k = "{written[at : at + 2]}"')["k"]
        else:
            assert written[at] == character


def test_the_rehearsed_manifests_scan_as_they_load() -> None:
    root = Path(__file__).parents[3]
    for file in [root / "protocols.toml", *sorted((root / "../shared/examples").rglob("*.toml"))]:
        text = file.read_text()
        assert set(scan(text)) == set(paths(tomllib.loads(text)))


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("a = 1\nb = \n", "x.toml:2:5: error: no TOML: Invalid value\n    b = \n        ^"),
        ("[a\n", "x.toml:1:3: error: no TOML: Expected ']' at the end of a table declaration\n    [a\n      ^"),
        ('a = "x', 'x.toml:1:7: error: no TOML: Unterminated string\n    a = "x\n          ^'),
        ("a = 1\na = 2\n", "x.toml:2:6: error: no TOML: Cannot overwrite a value\n    a = 2\n         ^"),
        ("a = [1,\n\n", "x.toml:1:8: error: no TOML: Invalid value\n    a = [1,\n           ^"),
    ],
)
def test_a_syntax_error_shows_its_place(text: str, rendered: str) -> None:
    with pytest.raises(ManifestError) as caught:
        Document(text, "x.toml")
    assert str(caught.value) == rendered


def test_a_file_that_is_not_utf8_says_where(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_bytes(b"a = 1\nb = 'caf\xe9'\n")
    with pytest.raises(ManifestError) as caught:
        read(file)
    problem = caught.value.problems[0]
    assert (problem.line, problem.column, problem.text) == (2, 9, "not UTF-8, as TOML must be")


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="cannot be read: No such file"):
        read(tmp_path / "none.toml")


def test_a_problem_points_into_a_string_value() -> None:
    document = Document("[p]\r\nx = 'é' # no\r\nwhen = \"a == '\\u0041' and bad\"\r\n", "p.toml")
    problem = document.problem("unknown name", ("p", "when"), offset=13, width=3)
    assert problem.render() == (
        "p.toml:3:27: error: unknown name [p.when]\n"
        "    when = \"a == '\\u0041' and bad\"\n"
        "                              ^^^"
    )  # fmt: skip


def test_a_problem_of_a_missing_key_points_at_its_table() -> None:
    document = Document("[p]\ntcp = [1]\n", "p.toml")
    assert document.problem("needs a title", ("p", "title"), at="key").render().splitlines()[:2] == [
        "p.toml:1:2: error: needs a title [p.title]",
        "    [p]",
    ]


def test_a_key_path_reads_as_it_is_written() -> None:
    assert dotted(("pop3", "request", "start", "next", 2, "when")) == "pop3.request.start.next[3].when"
    assert dotted(("pop3", "secret", "request.arg[1:]")) == 'pop3.secret."request.arg[1:]"'
