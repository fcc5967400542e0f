"""Choices: what the explorer drew can be drawn again; what Hypothesis draws shrinks to the simplest."""

from __future__ import annotations

from hypothesis import find, settings

from wiregram_harness.draw import Draw, Explorer, Replay, strategy


def everything(draw: Draw) -> list[object]:
    made: list[object] = [draw.integer(-3, 300), draw.bytes(1, 9), draw.boolean(), draw.chance(1, 3), draw.choice("abc")]
    while draw.more(2):
        made.append(draw.part(lambda inner: inner.bytes(0, 4)))
    return made


def test_recorded_choices_give_the_same_again() -> None:
    for seed in range(50):
        explorer = Explorer(seed)
        assert everything(Replay_of(explorer)) == everything(Explorer(seed))


def Replay_of(explorer: Explorer) -> Replay:  # noqa: N802
    everything(explorer)
    return Replay(explorer.choices)


def test_choices_that_do_not_fit_become_the_simplest() -> None:
    assert everything(Replay([999, b"", "x", 7])) == everything(Replay([]))  # type: ignore[list-item]  # a list that was spoilt
    assert everything(Replay([])) == [-3, b"\0", False, False, "a"]


def test_hypothesis_shrinks_to_the_simplest_that_still_fails() -> None:
    found = find(strategy(everything), lambda made: len(made) > 6, settings=settings(database=None, max_examples=500))
    assert found == [0, b"\0", False, False, "a", b"", b""]


def test_chance_and_more_keep_their_proportion() -> None:
    explorer = Explorer(1)
    assert 200 < sum(explorer.chance(1, 4) for _ in range(1000)) < 300
    assert 700 < sum(explorer.more(3) for _ in range(1000)) < 800
