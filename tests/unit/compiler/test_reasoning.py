"""What guards tell about fields, and what the product of the two machines tells about waiting."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiregram import compiler
from wiregram.compiler.codes import Values, decided, if_not_true, if_true, meet, names, on_side
from wiregram.compiler.deadlock import find_deadlock
from wiregram.manifest.expression import Names, compile_guard
from wiregram.program.expression import Code
from wiregram.program.protocol import COMPLETE, Choice, Protocol, Side, State, Transition
from wiregram.program.types import ANY, BYTES, INT, LIST, Type

EXAMPLES = Path(__file__).resolve().parents[4] / "shared" / "examples"
OWN = {"a": Type(BYTES), "b": Type(INT), "c": Type(LIST, Type(ANY))}
A, B = ("own", "a"), ("own", "b")


def guard(text: str) -> Code:
    return compile_guard(text, Names(own=OWN, request=OWN, response=OWN))


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("a == 'x'", {A: Values(frozenset([b"x"]))}),
        ("'x' == a", {A: Values(frozenset([b"x"]))}),
        ("a in ('x', 'y') and b == 1", {A: Values(frozenset([b"x", b"y"])), B: Values(frozenset([1]))}),
        ("a == 'x' or a == 'y'", {A: Values(frozenset([b"x", b"y"]))}),
        ("a == 'x' or b == 1", {}),
        ("a != 'x'", {A: Values(None, frozenset([b"x"]))}),
        ("not a == 'x'", {A: Values(None, frozenset([b"x"]))}),
        ("len(a) > 3", {}),
        ("a == 'x' and len(c) > 3", {A: Values(frozenset([b"x"]))}),
    ],
)
def test_what_is_certain_where_a_guard_holds(text: str, facts: object) -> None:
    assert if_true(guard(text)) == facts


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("a == 'x'", {A: Values(None, frozenset([b"x"]))}),
        ("a == 'x' or b == 1", {A: Values(None, frozenset([b"x"])), B: Values(None, frozenset([1]))}),
        ("a == 'x' and b == 1", {}),
        ("not (a == 'x')", {}),
    ],
)
def test_what_is_certain_where_a_guard_does_not_hold(text: str, facts: object) -> None:
    assert if_not_true(guard(text)) == facts


NAMED = st.sampled_from("ab")
LEAVES = st.builds("{} == {}".format, NAMED, st.sampled_from("123")) | st.builds("{} in (1, {})".format, NAMED, st.sampled_from("23"))
JOINED = st.sampled_from(["and", "or"])
GUARDS = st.recursive(LEAVES, lambda inner: st.builds("({} {} {})".format, inner, JOINED, inner) | inner.map("not {}".format), max_leaves=5)


@given(GUARDS, st.sampled_from([1, 2, 3, 4, None]), st.sampled_from([1, 2, 3, 4, None]))
def test_facts_are_true_of_every_value(text: str, a: int | None, b: int | None) -> None:
    code = compile_guard(text, Names(own={"a": Type(INT), "b": Type(INT)}))
    known = {name: value for name, value in ((A, a), (B, b)) if value is not None}
    result = kleene(code, {"a": a, "b": b})
    for field, values in (if_true(code) if result is True else if_not_true(code)).items():
        value = known.get(field)
        assert values.among is None or value in values.among
        assert value not in values.without
    assert decided(code, known) in (None, result is True)


def kleene(code: Code, values: dict[str, int | None]) -> object:
    """The guard's value, by the manifest's words."""
    match code:
        case ("const", value):
            return value
        case ("own", name):
            return values[name]
        case ("list", *items):
            return [kleene(item, values) for item in items]
        case ("not", inner):
            found = kleene(inner, values)
            return None if found is None else not found
        case ("and" | "or" as op, left, right):
            one, two = kleene(left, values), kleene(right, values)
            if (op == "or") in (one, two):
                return op == "or"
            return None if None in (one, two) else op == "and"
        case (op, left, right):
            one, two = kleene(left, values), kleene(right, values)
            if one is None or two is None:
                return None
            return one == two if op == "==" else one in two  # type: ignore[operator]  # a list, by the grammar of the test
    raise AssertionError(code)


def test_contradictions_are_seen() -> None:
    assert meet({A: Values(frozenset([1]))}, {A: Values(frozenset([2]))}) is None
    assert meet({A: Values(frozenset([1, 2]), frozenset([1]))}, {A: Values(None, frozenset([2]))}) is None
    assert meet({A: Values(frozenset([1, 2]))}, {A: Values(None, frozenset([2]))}) == {A: Values(frozenset([1, 2]), frozenset([2]))}


def test_names_are_found_and_moved_to_a_side() -> None:
    code = guard("len(c[b]) > 1 and request.a == 'own'")
    assert names(code) == {("own", "c"), ("own", "b"), ("request", "a")}
    assert names(on_side(code, "response")) == {("response", "c"), ("response", "b"), ("request", "a")}


def machine(request: tuple[State, ...], response: tuple[State, ...]) -> Protocol:
    return Protocol("p", "P", {}, {}, "client", (), (("a",), ("a",)), (Side(request), Side(response)))


ASKS, SAYS = (Choice(None, 0),), (Choice(None, 1),)


def test_a_hold_ends_when_the_other_side_completes() -> None:
    held = State("start", ASKS, next=(Transition(COMPLETE, hold=True),))
    assert find_deadlock(machine((held,), (State("start", SAYS),))) is None


def test_two_holds_are_a_deadlock_and_its_way_is_told() -> None:
    held = (State("start", ASKS, next=(Transition(0, ("==", ("own", "a"), ("const", b"x")), hold=True), Transition(COMPLETE))),)
    found = find_deadlock(machine(held, held))
    assert found is not None
    assert found.story(machine(held, held)) == (
        "the request goes from `start` to `start` and waits; the response goes from `start` to `start` and waits"
    )


def test_a_release_lets_the_other_side_go_on() -> None:
    request = (State("start", ASKS, next=(Transition(1, hold=True),)), State("more", ASKS, next=(Transition(COMPLETE, release=True),)))
    response = (State("start", SAYS, next=(Transition(1, release=True, hold=True),)), State("more", SAYS))
    assert find_deadlock(machine(request, response)) is None


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the rehearsed examples are not part of the project")
@pytest.mark.parametrize("name", ["dns", "echo", "modbus", "redis", "sip", "ssh", "more/rtsp", "more/snmp"])
def test_the_rehearsed_examples_raise_no_false_alarm(name: str) -> None:
    problems = compiler.check(EXAMPLES / f"{name}.toml", bundled=False)
    assert [problem.render() for problem in problems if "on its own ports alone" not in problem.text] == []
