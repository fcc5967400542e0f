"""Hypothesis' own strategy for Lark grammars as a cross-check of ours: what it makes is read as Lark reads it, and it reaches nothing that ours
does not. It makes text, and knows nothing of bytes beyond it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.lark import from_lark
from lark import Lark, LarkError, Token, Tree

import wiregram
from wiregram import testing as door
from wiregram_harness.draw import Explorer
from wiregram_harness.runs import same
from wiregram_harness.subject import Specimen, Subject

GRAMMARS = Path(__file__).resolve().parents[3] / "grammars"
MESSAGES = [("echo", "echo.lark", "request"), ("pop3", "pop3.lark", "command"), ("pop3", "pop3.lark", "reply"), ("irc", "irc.lark", "response"),
    ("smtp", "smtp.lark", "command"), ("smtp", "smtp.lark", "reply")]  # fmt: skip
OURS = 400
"""Messages of our generator, against which those of Hypothesis are held."""


@pytest.fixture(scope="module")
def subjects() -> dict[str, Subject]:
    library = wiregram.load()
    return {name: Subject(library, name) for name, _, _ in MESSAGES}


def steps(tree: Tree[Token]) -> set[tuple[str, str, str]]:
    """For each rule of a tree, which of its symbols followed which."""
    found = set()
    for part in tree.iter_subtrees():
        kinds = [str(child.type if isinstance(child, Token) else child.data) for child in part.children]
        found |= {(str(part.data), one, two) for one, two in pairwise(["", *kinds, ""])}
    return found


@pytest.mark.parametrize(("protocol", "file", "message"), MESSAGES)
def test_what_hypothesis_makes_is_read_as_lark_reads_it_and_reaches_nothing_new(
    subjects: dict[str, Subject], protocol: str, file: str, message: str
) -> None:
    specimen: Specimen = subjects[protocol].by_name[message]
    lark = Lark(
        (GRAMMARS / file).read_text(), start=message, parser="lalr", import_paths=[str(GRAMMARS)], keep_all_tokens=True, maybe_placeholders=False
    )
    reached: set[tuple[str, str, str]] = set()

    @settings(max_examples=40, deadline=None)
    @given(from_lark(lark, start=message, alphabet=st.characters(max_codepoint=0xFF)))
    def check(text: str) -> None:
        data = text.encode("latin-1")
        judged, read = specimen.judge(data), specimen.read(data, final=True)
        whole = read.outcome == door.MATCH and read.used == len(data) and read.flaw is None
        assert whole == (judged is not None), f"{data!r}: {read}, Lark: {judged}"
        if judged is not None:
            assert same(judged[0], read.value)
            reached.update(steps(lark.parse(text)))

    check()
    ours: set[tuple[str, str, str]] = set()
    for seed in range(OURS):
        try:
            ours |= steps(lark.parse(specimen.make(Explorer(seed)).decode("latin-1")))
        except LarkError:
            continue
    assert reached
    assert reached <= ours, f"only Hypothesis has made {sorted(reached - ours)}"
