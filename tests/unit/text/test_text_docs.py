"""docs/grammars.md, text part: its grammar compiles, and each mistake gives the message that stands below it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from wiregram.frontends.text import load
from wiregram.frontends.text.scanner import STATES
from wiregram.frontends.text.verdicts import LOOK_BACK
from wiregram.model.errors import GrammarError, Problem

PAGE = Path(__file__).parents[3] / "docs" / "grammars.md"
PART = PAGE.read_text(encoding="utf-8").split("# Text grammars (Lark)\n", 1)[1]
MISTAKES = re.findall(r"```lark\n(.*?)```\n\n> (.*?)\n> \*(.*?)\*\n", PART.split("## Ten mistakes", 1)[1], re.DOTALL)


def found(text: str) -> list[Problem]:
    try:
        return load("x.lark", text).problems("message")
    except GrammarError as error:
        return list(error.problems)


def test_ten_mistakes_are_shown() -> None:
    assert len(MISTAKES) == 10


@pytest.mark.parametrize(("text", "said", "advice"), MISTAKES)
def test_a_mistake_gives_the_message_that_the_page_shows(text: str, said: str, advice: str) -> None:
    assert (said, advice) in [(problem.text, problem.suggestion) for problem in found(text)]


def test_the_first_example_compiles_without_a_word() -> None:
    example = re.search(r"```lark\n(.*?)```", PART, re.DOTALL)
    assert example
    assert load("x.lark", example[1]).problems("command") == []


def test_the_bounds_are_those_of_the_code() -> None:
    assert f"more than {LOOK_BACK} bytes" in PART
    assert f"within {STATES} states" in PART
