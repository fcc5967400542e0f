"""Dropping threads that a higher one simulates: the same automaton, only smaller; what stays too large is refused at once."""

from __future__ import annotations

import random
import time

import pytest
from text_samples import cases, grammar

from wiregram.frontends.text import load, scanner
from wiregram.frontends.text.machine import Machine
from wiregram.frontends.text.scanner import Scanner, Terminal
from wiregram.model.errors import GrammarError


def same(one: Scanner, other: Scanner) -> bool:
    """Whether two automata give the same token for every text."""
    todo = [(0, 0)]
    seen = set(todo)
    for left, right in todo:
        if (one.accepts[left], one.ignored[left]) != (other.accepts[right], other.ignored[right]):
            return False
        for byte in range(256):
            pair = one.moves[left][one.classes[byte]], other.moves[right][other.classes[byte]]
            if (pair[0] < 0) != (pair[1] < 0):
                return False
            if pair[0] >= 0 and pair not in seen:
                seen.add(pair)
                todo.append(pair)
    return True


def pruned(monkeypatch: pytest.MonkeyPatch, terminals: list[Terminal], ignore: frozenset[str]) -> Scanner:
    with monkeypatch.context() as patch:
        patch.setattr(scanner, "FEW", 0)
        return Scanner(terminals, ignore)


def machine(*patterns: str) -> Machine:
    names = "ABCDE"[: len(patterns)]
    text = f"message: ({' | '.join(names)}) _END\n" + "".join(f"{name}: /{pattern}/\n" for name, pattern in zip(names, patterns, strict=True))
    return load("x.lark", text + "_END: /\\x00/\n").machine("message")


def states(pattern: str) -> int:
    return max(len(one.moves) for one in machine(pattern).scanners)


@pytest.mark.parametrize(("name", "message"), cases())
def test_a_pruned_automaton_is_the_same(name: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = grammar(name).machine(message)
    for one in made.scanners:
        other = pruned(monkeypatch, one.terminals, made.ignore)
        assert same(one, other)
        assert len(other.moves) <= len(one.moves)


def test_pruning_changes_nothing_for_random_patterns(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(4)

    def pattern(depth: int) -> str:
        way = draw.randrange(7) if depth else 0
        if way < 3:
            return draw.choice(["a", "b", "[ab]", ".", "[^b]", "c"])
        if way == 3:
            return f"(?:{pattern(depth - 1)}|{pattern(depth - 1)})"
        if way == 4:
            return f"(?:{pattern(depth - 1)}){draw.choice(['*', '+', '?', '{0,3}', '{2}', '{1,4}'])}{draw.choice(['', '?'])}"
        return pattern(depth - 1) + pattern(depth - 1)

    smaller = checked = 0
    while checked < 250:
        try:
            made = machine(*(pattern(4) for _ in range(draw.randrange(1, 4))))
        except GrammarError:
            continue
        checked += 1
        for one in made.scanners:
            other = pruned(monkeypatch, one.terminals, frozenset())
            assert same(one, other), [terminal.pattern for terminal in one.terminals]
            smaller += len(other.moves) < len(one.moves)
    assert smaller > 3


def test_a_limit_behind_a_free_repeat_takes_tens_of_states() -> None:
    assert states(r"[^\r\n]*[0-9][^\r\n]{0,14}\r\n") < 40
    assert states(r"[^\r\n]*[0-9][^\r\n]{0,300}\r\n") < 1000
    assert states(r"[^:]{1,64}:") < 70
    assert states(r"[^:]{1,1024}:") < 1030


@pytest.mark.parametrize("pattern", [".*?a.{15}", r".*[0-9].{20}\r\n", "(a|b)*?a(a|b){15}", "(a?){400}(a{1,40}b?){30}c"])
def test_what_stays_too_large_is_refused_within_a_second(pattern: str) -> None:
    begin = time.process_time()
    with pytest.raises(GrammarError) as found:
        machine(pattern)
    assert time.process_time() - begin < 1.5  # a second, and some for a busy machine
    assert "set limits.field or limits.message" in str(found.value)
