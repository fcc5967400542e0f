"""Records: shapes, secrets, numbers, status and the manifest's events."""

from __future__ import annotations

import pytest

from wiregram.expression import Scope
from wiregram.model.record import Secret
from wiregram.transaction.events import BUILT_IN, SEVERITIES
from wiregram.transaction.record import shape
from wiregram.transaction.secret import conceal


def test_absent_values_and_empty_tables_are_left_out(kit):
    form = kit.table(a=kit.own("a"), b=kit.own("missing"), c=kit.table(d=kit.own("missing")), e=kit.table(f=kit.own("a")), g=kit.own("none"))
    scope = Scope(own={"a": 1, "none": []})
    assert shape(form)(scope) == {"a": 1, "e": {"f": 1}, "g": []}
    assert shape(kit.Table(()))(scope) is None


def test_a_computed_key_is_text(kit):
    form = kit.Table(tuple((kit.own(name), kit.Value(kit.const(number))) for number, name in enumerate(("name", "number", "gone"), 1)))
    assert shape(form)(Scope(own={"name": b"a\xff", "number": 7})) == {"a\\xff": 1, "7": 2}
    assert shape(form)(Scope(own={"name": Secret(b"a")})) == {"***": 1}


def test_each_gives_a_list_and_merge_one_object(kit):
    rows = [{"name": b"a", "n": 1}, {"name": b"b", "n": 2}, {"n": 3}]
    inner = kit.Table(((("item", "name"), kit.Value(("item", "n"))),))
    guard = (">", ("item", "n"), kit.const(1))
    scope = Scope(own={"rows": rows, "texts": [b"x", b"y"], "empty": []})
    assert shape(kit.Each(kit.own("rows"), inner))(scope) == [{"a": 1}, {"b": 2}]
    assert shape(kit.Each(kit.own("rows"), inner, guard))(scope) == [{"b": 2}]
    assert shape(kit.Each(kit.own("rows"), inner, merge=True))(scope) == {"a": 1, "b": 2}
    assert shape(kit.Each(kit.own("rows"), kit.Value(("item", "n"))))(scope) == [1, 2, 3]
    assert shape(kit.Each(kit.own("texts"), kit.Value(("item", "value"))))(scope) == [b"x", b"y"]
    assert shape(kit.Each(kit.own("empty"), inner))(scope) == []
    assert shape(kit.Each(kit.own("empty"), inner, merge=True))(scope) is None
    assert shape(kit.Each(kit.own("missing"), inner))(scope) is None
    assert scope.item == {}


def test_each_over_secrets_gives_secrets(kit):
    rows = Secret([{"n": 1}, {"n": None}])
    scope = Scope(own={"rows": rows, "texts": [b"a", Secret(b"b")]})
    assert shape(kit.Each(kit.own("rows"), kit.Value(("item", "n"))))(scope) == [Secret(1)]
    assert shape(kit.Each(kit.own("texts"), kit.Value(("item", "value"))))(scope) == [b"a", Secret(b"b")]


def test_a_record_does_not_share_lists_with_the_machine(kit):
    own = {"a": [1], "b": {"c": 1}}
    made = shape(kit.table(a=kit.own("a"), b=kit.own("b")))(Scope(own=own))
    own["a"].append(2)
    own["b"]["d"] = 2
    assert made == {"a": [1], "b": {"c": 1}}


def test_secrets_are_marked_where_they_stand():
    fields = {"arg": [b"a", b"b", None], "body": {"user": b"u", "password": b"p"}, "header": [{"value": b"v"}, {}], "text": b"t"}
    conceal(fields, ("arg",), 1)
    conceal(fields, ("body", "password"), -1)
    conceal(fields, ("header", "value"), -1)
    conceal(fields, ("text",), -1)
    conceal(fields, ("nothing", "here"), -1)
    conceal(fields, ("text", "deeper"), -1)
    assert fields == {
        "arg": [b"a", Secret(b"b"), None],
        "body": {"user": b"u", "password": Secret(b"p")},
        "header": [{"value": Secret(b"v")}, {}],
        "text": Secret(b"t"),
    }
    whole = {"arg": [b"a", b"b"]}
    conceal(whole, ("arg",), -1)
    assert whole == {"arg": [Secret(b"a"), Secret(b"b")]}


def test_what_is_computed_from_a_secret_is_secret_and_guards_see_through(kit):
    joined = kit.Assign("own", "joined", ("call", "join", kit.own("arg"), kit.const(b" ")))
    request = kit.side(kit.parse("start", kit.when(("in", kit.const(b"x"), kit.own("arg")), assigns=(joined,))))
    description = kit.protocol(
        request,
        kit.side(kit.parse("start")),
        secrets=(kit.SecretRule(0, ("arg",), 1, kit.same(kit.own("kind"), b"PASS")),),
        record=kit.table(args=kit.req("arg"), joined=kit.req("joined"), size=("call", "len", kit.req("joined"))),
    )
    talk = kit.play(description, [(0, b"PASS a x\n"), (1, b"ok\n"), (0, b"USER a x\n"), (1, b"ok\n")])
    assert talk.bodies == [{"args": ["a", "***"], "joined": "***", "size": "***"}, {"args": ["a", "x"], "joined": "a x", "size": 3}]
    assert talk.events == []


def test_kept_bytes_may_be_secret(kit):
    request = kit.side(kit.parse("start", kit.Transition(1)), kit.raw("body", kit.own("number"), keep="value"))
    description = kit.protocol(
        request,
        kit.side(kit.parse("start")),
        secrets=(kit.SecretRule(0, ("value",), -1, kit.same(kit.own("kind"), b"LOGIN")),),
        record=kit.table(value=kit.req("value")),
    )
    talk = kit.play(description, [(0, b"LOGIN 3\nabcFETCH 3\nabc"), (1, b"ok\nok\n")], 1)
    assert talk.bodies == [{"value": "***"}, {"value": "abc"}]


@pytest.fixture(scope="module")
def graded(kit):
    code = kit.res("number")
    return kit.protocol(
        kit.side(kit.parse("start")),
        kit.side(kit.parse("start")),
        status=(("server_error", (">=", code, kit.const(500))), ("client_error", (">=", code, kit.const(400))), ("error", kit.same(code, 1))),
        summary=(("method", kit.req("kind")), ("user", kit.req("number"))),
    )


def test_the_first_status_that_holds_counts(kit, graded):
    talk = kit.play(graded, [(0, b"a\n" * 5), (1, b"x 500\nx 404\nx 1\nx 200\nx\n")])
    assert [done.status for done in talk.dones] == ["Server Error", "Client Error", "Error", "OK", "OK"]
    assert talk.dones[0].summary == {"method": b"a"}


def test_only_what_the_guard_wants_is_logged_and_numbered(kit):
    description = kit.protocol(
        kit.side(kit.parse("start", kit.Transition(kit.COMPLETE, event="seen"))),
        kit.side(kit.parse("start")),
        events=(kit.EventRule("seen", "info"), kit.EventRule("long", "warning", (">", ("octets", "request"), kit.const(4)))),
        log=kit.Log("transaction", "other", ("call", "present", kit.req("number"))),
        record=kit.table(id=("tx", "id"), asked=kit.req("kind")),
    )
    talk = kit.play(description, [(0, b"a\nb 1\nlonger\nc 2\n"), (1, b"x\nx\nx\nx\n")])
    assert [(done.tx_id, done.name, done.protocol, done.body) for done in talk.dones] == [
        (0, "other", "fake", {"id": 0, "asked": b"b"}),
        (1, "other", "fake", {"id": 1, "asked": b"c"}),
    ]
    told = [(item.name, item.tx_id, item.severity) for item in talk.out if isinstance(item, kit.Event)]
    assert told == [("seen", None, "info"), ("seen", 0, "info"), ("long", None, "warning"), ("seen", None, "info"), ("seen", 1, "info")]
    # An event follows the record that it belongs to.
    assert [type(item).__name__ for item in talk.out[:3]] == ["Event", "Done", "Event"]
    assert talk.flow.transactions == 2


def test_a_side_without_a_message_gives_no_record(kit):
    description = kit.protocol(
        kit.side(kit.parse("start")), kit.side(kit.parse("start")), log=kit.Log("side"), record=kit.table(side=("side",), kind=kit.own("kind"))
    )
    talk = kit.Talk(description).say(0, b"a\n")
    assert talk.bodies == [{"side": "request", "kind": "a"}]
    talk.say(1, b"x\n").say(0, b"b\n").finish()
    assert talk.bodies == [{"side": "request", "kind": "a"}, {"side": "response", "kind": "x"}, {"side": "request", "kind": "b"}]
    assert [(done.direction, done.tx_id) for done in talk.dones] == [(0, 0), (1, 0), (0, 1)]


def test_a_message_clears_the_fields_that_it_did_not_give_but_no_variables(kit):
    count = kit.Assign("own", "count", ("+", ("call", "default", kit.own("count"), kit.const(0)), kit.const(1)))
    response = kit.side(kit.parse("start", kit.when(kit.same(kit.own("kind"), b"more"), 0), kit.Transition(kit.COMPLETE), assigns=(count,)))
    record = kit.table(number=kit.res("number"), count=kit.res("count"), said=kit.res("kind"))
    talk = kit.play(kit.protocol(kit.side(kit.parse("start")), response, record=record), [(0, b"a\n"), (1, b"more 5\nmore 6\ndone\n")], 1)
    assert talk.bodies == [{"count": 3, "said": "done"}]


def test_assignments_are_evaluated_before_any_is_written(kit):
    swap = (kit.Assign("session", "a", ("session", "b")), kit.Assign("session", "b", ("session", "a")), kit.Assign("tx", "x", kit.own("kind")))
    fill = (kit.Assign("session", "a", kit.const(1)), kit.Assign("session", "b", kit.const(2)))
    request = kit.side(kit.parse("start", kit.when(kit.same(kit.own("kind"), b"fill"), assigns=fill), kit.Transition(kit.COMPLETE, assigns=swap)))
    record = kit.table(a=("session", "a"), b=("session", "b"), x=("tx", "x"))
    turns = [(0, b"fill\n"), (1, b"x\n"), (0, b"swap\n"), (1, b"x\n"), (0, b"swap\n"), (1, b"x\n")]
    talk = kit.play(kit.protocol(request, kit.side(kit.parse("start")), record=record), turns)
    assert talk.bodies == [{"a": 1, "b": 2}, {"a": 2, "b": 1, "x": "swap"}, {"a": 1, "b": 2, "x": "swap"}]


def test_absent_values_clear_and_are_not_appended(kit):
    moves = (kit.Assign("session", "last", kit.own("number")), kit.Assign("session", "all", kit.own("number"), append=True))
    request = kit.side(kit.parse("start", assigns=moves))
    talk = kit.play(kit.protocol(request, kit.side(kit.parse("start"))), [(0, b"a 1\na\n")])
    assert talk.session.session == {"all": [1]}


def test_octets_are_counted_a_side_and_since_start(kit):
    response = kit.side(
        kit.parse("start", kit.Transition(1)),
        kit.raw("body", kit.own("number"), kit.when(kit.same(kit.own("kind"), b"more"), 0), kit.Transition(kit.COMPLETE, assigns=(
            kit.Assign("own", "this", ("octets", "this")), kit.Assign("own", "body", ("body", "own"))))),
    )  # fmt: skip
    record = kit.table(request=("octets", "request"), response=("octets", "response"), this=kit.res("this"), body=kit.res("body"))
    talk = kit.play(kit.protocol(kit.side(kit.parse("start")), response, record=record), [(0, b"abc\n"), (1, b"more 2\nxxlast 3\nyyy")], 1)
    assert talk.bodies == [{"request": 4, "response": 19, "this": 10, "body": 5}]


def test_every_built_in_event_has_a_severity_and_a_meaning():
    manifest = """gap truncated parse_error unexpected_message response_without_request request_without_response late_response too_long
    cut held_too_long too_complex bad_coding ambiguous_end depth_reached too_many_errors too_many_transactions trailing_data one_sided
    mismatch_protocol_both_directions wrong_direction_first_data detect_protocol_only_one_direction proto_detection_skipped
    unexpected_protocol"""
    assert list(BUILT_IN) == manifest.split()
    for name, entry in BUILT_IN.items():
        assert entry.name == name
        assert entry.severity in SEVERITIES
        assert entry.meaning
        assert "\n" not in entry.meaning
