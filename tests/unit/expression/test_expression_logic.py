"""Kleene's tables, and the operators beside Python's own."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiregram.expression import Scope, hashable, link, reveal
from wiregram.expression.operators import BINARY
from wiregram.expression.values import same, truth
from wiregram.model.record import Secret

VALUES = (True, False, None)
AND = {(True, True): True, (True, None): None, (None, True): None, (None, None): None}
OR = {(False, False): False, (False, None): None, (None, False): None, (None, None): None}
A, B = ("own", "a"), ("own", "b")


@pytest.mark.parametrize("taint", [False, True])
@pytest.mark.parametrize("one", VALUES)
@pytest.mark.parametrize("other", VALUES)
def test_and_or_not_if_follow_kleene(one: bool | None, other: bool | None, taint: bool) -> None:
    scope = Scope(own={"a": one, "b": other})
    assert link(("and", A, B), taint)(scope) is AND.get((one, other), False)
    assert link(("or", A, B), taint)(scope) is OR.get((one, other), True)
    assert link(("not", A), taint)(scope) is (None if one is None else not one)
    assert link(("not", ("not", A)), taint)(scope) is one
    assert link(("if", A, ("const", 1), ("const", 2)), taint)(scope) == (1 if one else None if one is None else 2)


@pytest.mark.parametrize(
    ("value", "held"), [(0, False), (0.0, False), (b"", False), ([], False), ({}, False), (2, True), (b"0", True), ([0], True), (None, None)]
)
def test_truth_of_values_that_are_no_bool(value: object, held: bool | None) -> None:
    assert truth(value) is held
    assert truth(Secret(value)) is held


@pytest.mark.parametrize("op", sorted(BINARY))
@pytest.mark.parametrize("taint", [False, True])
def test_an_operator_with_an_absent_operand_is_absent(op: str, taint: bool) -> None:
    for value in (1, b"a", [1], 1.5, True, {}):
        for pair in ((value, None), (None, value), (None, None)):
            scope = Scope(own={"a": pair[0], "b": pair[1]})
            assert link((op, A, B), taint)(scope) is None
            if pair[0] is None:
                assert link((op, A, ("const", value)), taint)(scope) is None


PYTHON: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "+": operator.add,
    "-": operator.sub,
    "*": operator.mul, "//": operator.floordiv, "%": operator.mod, "<<": operator.lshift, ">>": operator.rshift, "&": operator.and_,
    "^": operator.xor,
    "|": operator.or_,
}  # fmt: skip
NUMBERS = st.one_of(st.integers(-(1 << 63), (1 << 64) - 1), st.integers(-70, 70))


@given(st.sampled_from(sorted(PYTHON)), NUMBERS, NUMBERS)
def test_operators_on_numbers_are_pythons_within_64_bits(op: str, one: int, other: int) -> None:
    found = link((op, A, B))(Scope(own={"a": one, "b": other}))
    if op in ("//", "%") and other == 0:
        assert found is None
    elif op in ("<<", ">>") and not 0 <= other <= 64:
        assert found is None or (op == ">>" and other > 64 and found == (0 if one >= 0 else -1))
    else:
        value = PYTHON[op](one, other)
        assert found == (value if -(1 << 63) <= value < 1 << 64 else None)
    assert link((op, A, ("const", other)))(Scope(own={"a": one})) == found


@given(st.sampled_from(("==", "!=", "<", "<=", ">", ">=", "+")), st.binary(max_size=6), st.binary(max_size=6))
def test_operators_on_texts_are_pythons(op: str, one: bytes, other: bytes) -> None:
    assert link((op, A, B))(Scope(own={"a": one, "b": other})) == PYTHON[op](one, other)
    assert link(("in", A, B))(Scope(own={"a": one, "b": other})) is (one in other)


@given(st.binary(max_size=8), st.one_of(st.none(), st.integers(-10, 10)), st.one_of(st.none(), st.integers(-10, 10)))
def test_slices_and_indexes_are_pythons(text: bytes, first: int | None, last: int | None) -> None:
    ends = [None if end is None else ("const", end) for end in (first, last)]
    for value in (text, list(text)):
        scope = Scope(own={"a": value})
        assert link(("slice", A, *ends))(scope) == value[first:last]
        at = first or 0
        assert link(("index", A, ("const", at)))(scope) == (value[at] if -len(value) <= at < len(value) else None)


@pytest.mark.parametrize("pair", [(1, True), (0, False), (1, b"1"), (b"", []), ([], {}), ([1], [True]), ({"a": 0}, {"a": False}), (1.0, True)])
def test_values_of_unlike_types_are_unequal(pair: tuple[Any, Any]) -> None:
    one, other = pair
    assert same(one, one)
    assert not same(one, other)
    assert not same(other, one)
    scope = Scope(own={"a": one, "b": other})
    for taint in (False, True):
        assert link(("==", A, B), taint)(scope) is False
        assert link(("!=", A, ("const", other)), taint)(scope) is True
        assert link(("in", A, ("const", [other])), taint)(scope) is False
    assert hashable(one) != hashable(other) or hashable(one) is None


def test_a_key_is_equal_for_equal_values_and_absent_where_a_part_is() -> None:
    assert hashable([1, b"a", [2.5]]) == hashable([Secret(1), b"a", [2.5]])
    assert hashable([1, [2]]) != hashable([1, 2])
    assert hashable([[1], 2]) != hashable([[1, 2]])
    assert hashable({"a": 1, "b": 2}) == hashable({"b": 2, "a": 1})
    assert hashable([1, None]) is None
    assert hashable(None) is None
    assert {hashable([b"x", 1]): 1}[hashable([b"x", 1])] == 1


def test_values_nested_without_end_are_compared_copied_and_keyed() -> None:
    deep: Any = []
    other: Any = []
    for _ in range(20_000):
        deep, other = [deep], [other]
    assert same(deep, other)
    assert not same(deep, [other])
    assert hashable(deep) == hashable(other)
    assert same(reveal([Secret(1), deep]), [1, other])
    # taken apart by hand: the interpreter's own release of so deep a list is its business, not ours
    while deep:
        deep = deep.pop()
    while other:
        other = other.pop()
