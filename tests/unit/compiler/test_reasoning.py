"""What guards tell about fields, and what the product of the two machines tells about waiting."""

from __future__ import annotations

import operator
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiregram import compiler
from wiregram.compiler import deadlock
from wiregram.compiler.codes import decided, names, on_side
from wiregram.compiler.deadlock import Search, find_deadlock
from wiregram.compiler.reasoning import MOST, Facts, Values, both, common, meet, ways
from wiregram.manifest.expression import Names, compile_guard
from wiregram.program.expression import Code
from wiregram.program.protocol import COMPLETE, Choice, Protocol, Side, State, Transition
from wiregram.program.types import ANY, BYTES, INT, LIST, Type

EXAMPLES = Path(__file__).resolve().parents[4] / "shared" / "examples"
OWN = {"a": Type(BYTES), "b": Type(INT), "c": Type(LIST, Type(ANY))}
A, B = ("own", "a"), ("own", "b")


def guard(text: str) -> Code:
    return compile_guard(text, Names(own=OWN, request=OWN, response=OWN))


def among(*values: object) -> Values:
    return Values(frozenset(values), present=True)


def without(*values: object) -> Values:
    return Values(None, frozenset(values))


LENGTH = ("call", "len", A)


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("a == 'x'", [{A: among(b"x")}]),
        ("'x' == a", [{A: among(b"x")}]),
        ("a in ('x', 'y') and b == 1", [{A: among(b"x", b"y"), B: among(1)}]),
        ("a == 'x' or a == 'y'", [{A: among(b"x", b"y")}]),
        ("a == 'x' or b == 1", [{A: among(b"x")}, {B: among(1)}]),
        ("a != 'x'", [{A: Values(None, frozenset([b"x"]), present=True)}]),
        ("not a == 'x'", [{A: without(b"x")}]),
        ("a == 'x' and a == 'y'", []),
        ("len(a) > 3", [{LENGTH: Values(low=(3, True), present=True)}]),
        ("3 >= len(a)", [{LENGTH: Values(high=(3, False), present=True)}]),
        ("present(a)", [{A: Values(present=True)}]),
        ("b == 1 and b > 3", []),
    ],
)
def test_what_is_certain_where_a_guard_holds(text: str, facts: object) -> None:
    assert ways(guard(text)) == facts


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("a == 'x'", [{A: without(b"x")}]),
        ("a != 'x'", [{A: Values(frozenset([b"x"]))}]),
        ("a == 'x' or b == 1", [{A: without(b"x"), B: without(1)}]),
        ("a == 'x' and b == 1", [{A: without(b"x")}, {B: without(1)}]),
        ("not (a == 'x')", [{A: among(b"x")}, {A: Values(absent=True)}]),
        ("not (upper(a) == a)", [{}]),
        ("present(a)", [{A: Values(absent=True)}]),
        ("len(a) > 3", [{LENGTH: Values(high=(3, False))}]),
    ],
)
def test_what_is_certain_where_a_guard_does_not_hold(text: str, facts: object) -> None:
    assert ways(guard(text), False) == facts


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a == 'x'", "a == 'y'"),
        ("a == 'x'", "a in ('y', 'z')"),
        ("a == 'x'", "not a == 'x'"),
        ("a == 'x'", "a != 'x'"),
        ("present(a)", "not present(a)"),
        ("a == 'x'", "not present(a)"),
        ("len(c) == 0", "len(c) > 0"),
        ("len(c) == 0", "len(c) in (1, 2)"),
        ("b > 3", "b < 4 and b <= 2"),
        ("b > 3", "not b > 3"),
        ("b > 3", "b <= 3"),
        ("a in c", "a not in c"),
        ("upper(a) == upper(lower(a))", "not (upper(a) == upper(lower(a)))"),
        ("upper(a) == lower(a)", "upper(a) != lower(a)"),
        ("a == 'x' and b == 1", "not (a == 'x' and b == 1) and a == 'x' and b == 1"),
        ("(a == 'x' or b == 1) and a != 'x'", "b != 1"),
    ],
)
def test_guards_that_exclude_each_other_are_seen(one: str, other: str) -> None:
    assert not both(ways(guard(one)), ways(guard(other)))
    assert not both(ways(guard(other)), ways(guard(one)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a == 'x'", "b == 1"),
        ("a != 'x'", "a != 'y'"),
        ("b > 3", "b > 4"),
        ("b >= 3", "b <= 3"),
        ("a > 'a'", "a < 'b'"),
        ("len(a) > 1", "len(c) < 1"),
        ("b > 3", "upper(a) == lower(a)"),
    ],
)
def test_guards_that_can_hold_together_are_left_alone(one: str, other: str) -> None:
    assert both(ways(guard(one)), ways(guard(other)))


def test_many_ways_are_held_as_what_they_have_in_common() -> None:
    text = " or ".join(f"(a == 'x' and b == {number} and len(c) == {number})" for number in range(MOST + 1))
    assert ways(guard(text)) == [{A: among(b"x"), B: among(*range(MOST + 1)), ("call", "len", ("own", "c")): among(*range(MOST + 1))}]


NAMED = st.sampled_from("ab")
NUMBER = st.sampled_from("123")
LEAVES = st.one_of(
    st.builds("{} {} {}".format, NAMED, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), NUMBER),
    st.builds("{} {} (1, {})".format, NAMED, st.sampled_from(["in", "not in"]), NUMBER),
    st.builds("present({})".format, NAMED),
    st.builds("{} {} {}".format, NAMED, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), NAMED),
)
JOINED = st.sampled_from(["and", "or"])
GUARDS = st.recursive(LEAVES, lambda inner: st.builds("({} {} {})".format, inner, JOINED, inner) | st.builds("(not {})".format, inner), max_leaves=9)
VALUE = st.sampled_from([1, 2, 3, 4, None])


def fits(way: Facts, values: dict[str, int | None]) -> bool:
    """Whether a way is true of these values, which are all there is."""
    for about, known in way.items():
        value = kleene(about, values)
        if value is None:
            if known.present:
                return False
            continue
        if known.absent or (known.among is not None and value not in known.among) or value in known.without:
            return False
        for bound, above in ((known.low, True), (known.high, False)):
            if bound is not None and ((value == bound[0] and bound[1]) or (value != bound[0] and (value > bound[0]) is not above)):  # type: ignore[operator]
                return False
    return True


@given(GUARDS, VALUE, VALUE)
def test_one_of_the_ways_is_true_of_every_value(text: str, a: int | None, b: int | None) -> None:
    code = compile_guard(text, Names(own={"a": Type(INT), "b": Type(INT)}))
    values = {"a": a, "b": b}
    result = kleene(code, values)
    found = ways(code, result is True)
    assert any(fits(way, values) for way in found)
    assert fits(common(found), values)


@given(GUARDS, GUARDS, VALUE, VALUE)
def test_guards_that_hold_together_never_seem_to_exclude_each_other(one: str, other: str, a: int | None, b: int | None) -> None:
    names_ = Names(own={"a": Type(INT), "b": Type(INT)})
    values = {"a": a, "b": b}
    left, right = (compile_guard(text, names_) for text in (one, other))
    both_ways = both(ways(left, kleene(left, values) is True), ways(right, kleene(right, values) is True))
    assert any(fits(way, values) for way in both_ways)


@given(GUARDS, VALUE, VALUE)
def test_what_is_decided_is_so(text: str, a: int | None, b: int | None) -> None:
    code = compile_guard(text, Names(own={"a": Type(INT), "b": Type(INT)}))
    known = {name: value for name, value in ((A, a), (B, b)) if value is not None}
    assert decided(code, known) in (None, kleene(code, {"a": a, "b": b}) is True)


COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "in": lambda one, two: one in two, "not in": lambda one, two: one not in two,
}  # fmt: skip


def kleene(code: Code, values: dict[str, int | None]) -> object:
    """The guard's value, by the manifest's words."""
    match code:
        case ("const", value):
            return value
        case ("own", name):
            return values[name]
        case ("list", *items):
            return [kleene(item, values) for item in items]
        case ("truth", inner):
            return 1 if kleene(inner, values) is True else 0
        case ("call", "present", inner):
            return kleene(inner, values) is not None
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
            return COMPARED[op](one, two)
    raise AssertionError(code)


def test_contradictions_are_seen() -> None:
    assert meet({A: among(1)}, {A: among(2)}) is None
    assert meet({A: among(1, 2)}, {A: Values(None, frozenset([2]), present=True)}) == {A: Values(frozenset([1, 2]), frozenset([2]), present=True)}
    assert meet({A: among(1)}, {A: without(1)}) is None
    assert meet({A: Values(frozenset([1]))}, {A: without(1)}) is not None  # it may be absent


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


def test_a_guard_and_its_negation_make_no_deadlock() -> None:
    """The request waits only if it asked for it; the response waits only if it did not."""
    asked = ("not", ("not", ("call", "ends", ("own", "a"), ("const", b"+"))))
    request = (State("start", ASKS, next=(Transition(0, asked, hold=True), Transition(COMPLETE))),)
    for guarded, found in (
        (("not", ("call", "ends", ("request", "a"), ("const", b"+"))), False),
        (("call", "ends", ("request", "a"), ("const", b"+")), True),
    ):
        response = (State("start", SAYS, next=(Transition(0, guarded, hold=True), Transition(COMPLETE))),)
        assert (find_deadlock(machine(request, response)) is not None) is found


def test_what_a_list_has_passed_over_is_known_behind_it() -> None:
    first = ("==", ("own", "a"), ("const", b"x"))
    request = (State("start", ASKS, next=(Transition(COMPLETE, first), Transition(0, hold=True))),)
    response = (State("start", SAYS, next=(Transition(0, ("==", ("request", "a"), ("const", b"x")), hold=True), Transition(COMPLETE))),)
    assert find_deadlock(machine(request, response)) is None


def test_a_search_that_is_too_large_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    held = (State("start", ASKS, next=(Transition(0, hold=True),)),)
    search = Search(machine(held, held))
    assert search.run() is not None
    assert not search.gave_up
    monkeypatch.setattr(deadlock, "LIMIT", 1)
    search = Search(machine(held, held))
    assert search.run() is None
    assert search.gave_up


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the rehearsed examples are not part of the project")
@pytest.mark.parametrize(
    "names_",
    [
        *(
            "dns",
            "echo",
            "modbus",
            "redis",
            "sip",
            "ssh",
            "ftp tls",
            "imap tls",
            "mqtt",
            "postgresql tls",
            "tftp",
            "tls",
            "http websocket",
            "smtp mime tls",
        ),
        *("pop3 mime tls", "more/rtsp", "more/snmp", "more/kafka", "more/ldap tls", "more/mysql tls", "more/rpc", "more/smb"),
    ],
)
def test_the_rehearsed_examples_raise_no_false_alarm(names_: str) -> None:
    problems = compiler.check(*(EXAMPLES / f"{name}.toml" for name in names_.split()), bundled=False)
    told = [problem.render() for problem in problems if problem.severity != "hint"]
    # older than the rule that a variable is not named like a definition, which one layer breaks, and says so to what feeds it
    assert [text for text in told if "is a definition already" not in text and "the layer `tls_handshake` has errors" not in text] == []
