"""What several expressions have in common is evaluated once, and nothing else changes."""

from __future__ import annotations

from wiregram.expression import Scope, Sharing, link
from wiregram.model.record import Secret

PART = ("call", "upper", ("own", "name"))
SUM = ("+", PART, ("const", b"!"))


def rewritten(*codes):  # type: ignore[no-untyped-def]
    sharing = Sharing()
    for code in codes:
        sharing.count(code)
    return [sharing.rewrite(code) for code in codes]


def test_a_part_of_two_expressions_is_a_memo_and_one_alone_is_not() -> None:
    one, two = rewritten(SUM, ("call", "len", SUM))
    assert one[0] == "memo"
    assert two[0] == "call"
    assert two[2] == one
    assert rewritten(SUM, ("own", "name")) == [SUM, ("own", "name")]


def test_parts_that_are_equal_and_not_the_same_object_are_shared() -> None:
    one, two = rewritten(("call", "upper", ("own", "name")), ("call", "len", ("call", "upper", ("own", "name"))))
    assert one == two[2]


def test_what_reads_the_element_of_a_list_is_never_shared() -> None:
    part = ("call", "upper", ("item", "name"))
    assert rewritten(part, part) == [part, part]


def test_values_are_those_of_the_plain_form_and_last_as_long_as_the_memo() -> None:
    codes = rewritten(SUM, ("call", "len", SUM))
    for taint in (False, True):
        first, second = (link(code, taint) for code in codes)
        scope = Scope(own={"name": b"abc"})
        assert (first(scope), second(scope)) == (b"ABC!", 4)
        scope.memo = {}
        assert (first(scope), second(scope)) == (b"ABC!", 4)
        scope.own = {"name": b"changed"}
        assert (first(scope), second(scope)) == (b"ABC!", 4)
        scope.memo = None
        assert (first(scope), second(scope)) == (b"CHANGED!", 8)


def test_an_absent_value_is_remembered_too() -> None:
    (code, _) = rewritten(SUM, ("call", "len", SUM))
    scope = Scope()
    scope.memo = {}
    run = link(code)
    assert run(scope) is None
    scope.own = {"name": b"x"}
    assert run(scope) is None


def test_what_a_guard_has_seen_of_a_secret_is_not_shown_by_a_value_that_shares_it() -> None:
    code, _ = rewritten(SUM, ("call", "len", SUM))
    scope = Scope(own={"name": Secret(b"abc")})
    scope.memo = {}
    assert link(code, False)(scope) == b"ABC!"
    shown = link(code, True)(scope)
    assert isinstance(shown, Secret)
    assert shown.value == b"ABC!"
    assert link(code, False)(scope) == b"ABC!"


def test_a_shared_part_of_the_other_direction_still_waits_for_its_octets() -> None:
    other = ("call", "lower", ("other",))
    (code,) = rewritten(("or", ("call", "starts", other, ("const", b"user")), ("call", "starts", other, ("const", b"pass"))))
    assert "memo" in repr(code)
    for said, held in ((b"US", None), (b"USER", True), (b"QUIT", False)):
        scope = Scope()
        scope.other = said
        assert link(code)(scope) is held
