"""What is not as it should be: errors, holes, ends, silence and bounds. Every octet is accounted for after every delivery (conftest checks it)."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def echo(kit):
    return kit.protocol(kit.side(kit.parse("start")), kit.side(kit.parse("start")))


def variant(kit, **more):
    return kit.protocol(kit.side(kit.parse("start")), kit.side(kit.parse("start")), **more)


# ---- errors


@pytest.mark.parametrize("size", [0, 1, 2, 3])
def test_a_request_that_does_not_match_keeps_its_place(kit, echo, size):
    talk = kit.play(echo, [(0, b"a\nb\xffad line\nc\n"), (1, b"x\nwhat!\nz\n")], size)
    assert talk.events == ["parse_error"]
    assert [(body.get("asked"), body["said"]) for body in talk.bodies] == [("a", "x"), (None, "what!"), ("c", "z")]
    error = next(item for item in talk.out if isinstance(item, kit.Event))
    assert (error.offset, error.expected, error.direction, error.tx_id, error.severity) == (3, "no 0xff", 0, 1, "error")
    assert talk.account(0) == {"parsed": 4, "skipped": 10}


@pytest.mark.parametrize("size", [0, 1, 2])
def test_an_answer_that_does_not_match_is_still_the_answer(kit, echo, size):
    talk = kit.play(echo, [(0, b"a\nb\n"), (1, b"\xff\xff\ny\n")], size)
    assert [(body["asked"], body.get("said")) for body in talk.bodies] == [("a", None), ("b", "y")]
    assert talk.events == ["parse_error"]


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4])
def test_resync_before_a_pattern_goes_on_with_it(kit, size):
    resync = kit.Resync("before", (b"GET ", b"PUT "))
    description = kit.protocol(kit.side(kit.parse("start"), resync=resync), kit.side(kit.parse("start")))
    talk = kit.play(description, [(0, b"GE\xff junk G PGET 1\nPUT 2\n"), (1, b"?\nx\ny\n")], size)
    assert [(body.get("asked"), body.get("said")) for body in talk.bodies] == [(None, None), ("GET", "x"), ("PUT", "y")]
    assert talk.account(0) == {"parsed": 12, "skipped": 12}


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4])
def test_resync_before_a_pattern_that_ends_like_another_goes_on_with_its_own_beginning(kit, size):
    resync = kit.Resync("before", (b"PUT /", b"GET /"))
    description = kit.protocol(kit.side(kit.parse("start"), resync=resync), kit.side(kit.parse("start")))
    talk = kit.play(description, [(0, b"\xff junk GET /1\nPUT /2\n"), (1, b"?\nx\ny\n")], size)
    assert [body.get("asked") for body in talk.bodies] == [None, "GET", "PUT"]


def test_what_is_read_again_has_seen_of_the_other_side_what_it_had(kit):
    resync = kit.Resync("before", (b"GET ",))
    talk = kit.Talk(kit.protocol(kit.side(kit.parse("start")), kit.side(kit.parse("start"), resync=resync)))
    talk.deliver(0, kit.DATA, b"a\n", mark=0)
    for piece, mark in ((b"?? ", 0), (b"GET 1", 2), (b"\n", 2)):  # a line that is no message; inside it one that has seen the request
        talk.deliver(1, kit.DATA, piece, mark=mark)
    assert talk.events == ["parse_error"]
    assert talk.bodies == [{"asked": "a", "args": [], "said": "GET", "rest": ["1"]}]


def test_without_a_resync_point_the_direction_is_given_up_and_the_other_goes_on(kit):
    description = kit.protocol(kit.side(kit.parse("start"), resync=kit.Resync()), kit.side(kit.parse("start")))
    for size in (0, 1):
        talk = kit.play(description, [(0, b"a\n"), (1, b"x\n"), (0, b"b\xffc\nd\n"), (1, b"y\nz\n")], size)
        assert talk.events == ["parse_error", "too_many_errors", "response_without_request"]
        assert [body.get("said") for body in talk.bodies] == ["x", "y", "z"]
        assert talk.account(0) == {"parsed": 2, "skipped": 1, "opaque": 5}


@pytest.mark.parametrize("size", [0, 1])
def test_more_errors_than_allowed_stop_the_direction(kit, size):
    description = variant(kit, limits=kit.Limits(errors=2))
    talk = kit.play(description, [(0, b"\xff\n\xff\n\xff\na\n")], size)
    assert talk.events == ["parse_error"] * 3 + ["too_many_errors"]
    assert talk.account(0) == {"skipped": 4, "opaque": 4}


def test_a_flaw_is_an_error_but_the_message_counts(kit, echo):
    talk = kit.play(echo, [(0, b"a \xfe\n"), (1, b"x\n")], 1)
    assert talk.events == ["parse_error"]
    assert talk.bodies == [{"asked": "a", "args": ["\xfe"], "said": "x", "rest": []}]
    assert talk.account(0) == {"parsed": 4}
    assert next(item for item in talk.out if isinstance(item, kit.Event)).tx_id == 0


def test_flaws_count_as_errors(kit):
    talk = kit.play(variant(kit, limits=kit.Limits(errors=1)), [(0, b"a \xfe\na \xfe\na\n")])
    assert talk.events.count("parse_error") == 2
    assert "too_many_errors" in talk.events
    assert talk.account(0) == {"parsed": 8, "opaque": 2}


def test_too_complex_is_told_apart(kit, echo):
    assert kit.play(echo, [(0, b"a\xfd\n")]).events == ["too_complex"]


def test_no_guard_that_holds_is_unexpected(kit):
    request = kit.side(kit.parse("start", kit.when(kit.same(kit.own("kind"), b"a"))))
    description = kit.protocol(request, kit.side(kit.parse("start")))
    talk = kit.play(description, [(0, b"b\na\n"), (1, b"x\ny\n")], 1)
    assert talk.events == ["unexpected_message"]
    assert [(body["asked"], body["said"]) for body in talk.bodies] == [("b", "x"), ("a", "y")]


@pytest.mark.parametrize("length", [None, -1, b"x"])
def test_raw_bytes_of_unknown_length_are_unexpected(kit, length):
    request = kit.side(kit.parse("start", kit.Transition(1)), kit.raw("body", kit.const(length)))
    talk = kit.play(kit.protocol(request, kit.side(kit.parse("start"))), [(0, b"a\nb\n"), (1, b"x\ny\n")])
    assert talk.events == ["unexpected_message"] * 2
    assert [(body["asked"], body["said"]) for body in talk.bodies] == [("a", "x"), ("b", "y")]


def test_a_machine_that_goes_round_without_a_byte_stops(kit):
    again = kit.decision("again", kit.Transition(2))
    round_ = kit.side(kit.parse("start", kit.Transition(1)), again, kit.raw("none", kit.const(0), kit.Transition(1)))
    talk = kit.play(kit.protocol(round_, kit.side(kit.parse("start"))), [(0, b"a\nrest")])
    assert talk.events == ["unexpected_message", "request_without_response"]
    assert talk.account(0) == {"parsed": 2, "opaque": 4}
    nothing = kit.side(kit.decision("start", kit.Transition(kit.COMPLETE)))
    talk = kit.play(kit.protocol(nothing, kit.side(kit.parse("start"))), [(0, b"a\nrest")])
    assert talk.account(0) == {"opaque": 6}


def test_a_side_without_states_is_opaque(kit):
    talk = kit.play(kit.protocol(kit.side(kit.parse("start")), kit.Side()), [(0, b"a\n"), (1, b"\x00\x01"), (0, b"b\n")])
    assert [body["asked"] for body in talk.bodies] == ["a", "b"]
    assert talk.account(1) == {"opaque": 2}


# ---- holes


@pytest.mark.parametrize("size", [0, 1])
def test_a_hole_in_a_message_ends_all_open_exchanges(kit, echo, size):
    talk = kit.Talk(echo)
    for data in (b"a\nb\n", b"half"):
        talk.say(0, data, kit.cuts(data, size) if size else None)
    talk.gap(0, 3).say(0, b"f\nc\n").say(1, b"y\n").finish()
    assert talk.events == ["gap", "truncated", "truncated", "truncated"]
    # a and b ended with the hole; what is behind it begins behind the next line end, and the answer is its.
    assert [(body["asked"], body.get("said")) for body in talk.bodies] == [("a", None), ("b", None), ("c", "y")]
    assert talk.account(0) == {"parsed": 6, "skipped": 6, "gap": 3}


def test_an_answer_to_what_a_hole_has_ended_is_no_answer_to_the_next(kit, echo):
    talk = kit.Talk(echo).say(0, b"a\n").gap(0, 3).say(0, b"?\nc\n", mark=0)
    talk.deliver(1, kit.DATA, b"x\n", mark=2)
    talk.deliver(1, kit.DATA, b"z\n", mark=9)
    assert [(body.get("asked"), body.get("said")) for body in talk.bodies] == [("a", None), (None, "x"), ("c", "z")]
    assert talk.events == ["gap", "truncated", "response_without_request"]


@pytest.fixture(scope="module")
def bodied(kit):
    request = kit.side(
        kit.parse("start", kit.when(("call", "present", kit.own("number")), 1), kit.Transition(kit.COMPLETE)),
        kit.raw("body", kit.own("number"), keep="body"),
    )
    record = kit.table(asked=kit.req("kind"), body=kit.req("body"), length=("body", "request"), octets=("octets", "request"), said=kit.res("kind"))
    return kit.protocol(request, kit.side(kit.parse("start")), record=record)


def test_a_hole_inside_counted_bytes_is_counted(kit, bodied):
    talk = kit.Talk(bodied).say(0, b"put 6\nab").gap(0, 2).say(0, b"ef").say(1, b"ok\n").finish()
    assert talk.events == ["gap"]
    assert talk.bodies == [{"asked": "put", "body": "abef", "length": 4, "octets": 10, "said": "ok"}]
    assert talk.account(0) == {"parsed": 10, "gap": 2}


def test_a_hole_that_ends_counted_bytes_exactly_costs_nothing_more(kit, bodied):
    talk = kit.Talk(bodied).say(0, b"put 6\nab").gap(0, 4).say(1, b"ok\n").say(0, b"get\n").say(1, b"ok\n").finish()
    assert talk.events == ["gap"]
    assert [body["asked"] for body in talk.bodies] == ["put", "get"]


def test_a_hole_beyond_counted_bytes_is_one_in_the_messages(kit, bodied):
    talk = kit.Talk(bodied).say(0, b"put 6\nab").gap(0, 5).say(0, b"x\nget\n").say(1, b"ok\n").finish()
    assert talk.events == ["gap", "truncated"]
    assert [(body["asked"], body.get("said")) for body in talk.bodies] == [("put", None), ("get", "ok")]


def test_scanning_goes_on_behind_a_hole_in_a_text(kit):
    response = kit.side(kit.parse("start", kit.Transition(1)), kit.raw("lines", ("call", "dotted"), keep="data"))
    description = kit.protocol(kit.side(kit.parse("start")), response, record=kit.table(asked=kit.req("kind"), data=kit.res("data")))
    talk = kit.Talk(description).say(0, b"a\n").say(1, b"ok\r\none\r\n.").gap(1, 2).say(1, b"wo\r\n.\r\n").finish()
    assert talk.events == ["gap"]
    assert talk.bodies == [{"asked": "a", "data": "one\r\nwo\r\n"}]


def test_a_hole_ends_the_hold_of_the_other_side(kit):
    request = kit.side(kit.parse("start", kit.Transition(1, hold=True, alone=1)), kit.parse("more"))
    response = kit.side(kit.parse("start", kit.Transition(0, release=True)))
    talk = kit.Talk(kit.protocol(request, response, pair=kit.Pair("key", (kit.own("kind"), kit.own("kind")))))
    talk.say(0, b"a\n")
    assert talk.session.cursors[0].hold is not None
    talk.gap(1, 5)
    assert talk.session.cursors[0].hold is None
    assert talk.session.cursors[0].state.name == "more"


@pytest.mark.parametrize("late", [False, True])
def test_segments_that_do_not_match_are_passed_over_where_bytes_are_missing(kit, late):
    resync = kit.Resync("segment")
    description = kit.protocol(kit.side(kit.parse("start"), resync=resync), kit.side(kit.parse("start"), resync=resync))
    talk = kit.Talk(description, midstream=late)
    if not late:
        talk.say(0, b"a\n").gap(0, 4)
    talk.say(0, b"\xff middle\nb\n").say(0, b"?!\n\n").say(0, b"flawed \xfe\nx\n").say(0, b"c 1\nd\n").say(1, b"x\n").say(1, b"y\n")
    assert [body["asked"] for body in talk.bodies] == (["a"] if not late else []) + ["c", "d"]
    assert talk.events == ([] if late else ["gap", "truncated"])
    # Once a message has matched, what does not match is an error.
    talk.say(0, b"\xff\n").finish()
    assert talk.events[-2:] == ["parse_error", "too_many_errors"]


def test_a_flow_picked_up_midstream_has_no_greeting_unless_it_looks_like_one(kit):
    def choose(text):
        return {"letter": b"hello"} if text.startswith(b"hello") else None

    hello = kit.Message("hello", ("letter",), choose)
    plain = kit.Message("plain", ("kind", "arg", "number"), lambda text: None if text.startswith(b"hello") else kit.words(text))
    response = kit.side(kit.parse("first", message=1), kit.parse("start"), first=0, start=1)
    record = kit.table(asked=kit.req("kind"), said=kit.res("kind"), hello=kit.res("letter"))
    description = kit.protocol(kit.side(kit.parse("start")), response, messages=(plain, hello), record=record)
    for size in (0, 1):
        assert kit.play(description, [(1, b"hello\n"), (0, b"a\n"), (1, b"x\n")], size).bodies == [{"hello": "hello"}, {"asked": "a", "said": "x"}]
        late = kit.play(description, [(0, b"a\n"), (1, b"x\n")], size, midstream=True)
        assert late.bodies == [{"asked": "a", "said": "x"}]
        late = kit.play(description, [(1, b"hello\n"), (0, b"a\n"), (1, b"x\n")], size, midstream=True)
        assert late.bodies == [{"hello": "hello"}, {"asked": "a", "said": "x"}]
        assert late.events == []


# ---- ends and silence


@pytest.mark.parametrize("size", [0, 1])
def test_a_part_of_a_message_at_the_end_is_truncated(kit, echo, size):
    talk = kit.play(echo, [(0, b"a\n"), (1, b"x\n"), (0, b"b 1")], size)
    assert talk.events == ["truncated"]
    assert [(body.get("asked"), body.get("said")) for body in talk.bodies] == [("a", "x"), (None, None)]
    assert talk.account(0) == {"parsed": 2, "skipped": 3}


def test_an_end_with_no_answer_is_told(kit, echo):
    talk = kit.Talk(echo).say(0, b"a\nb\n").say(1, b"x\n").end(1)
    assert talk.events == ["request_without_response"]
    assert [body.get("said") for body in talk.bodies] == ["x", None]
    talk.say(0, b"c\n")
    assert talk.events == ["request_without_response"] * 2


def test_counted_bytes_cut_by_the_end_are_kept_as_far_as_they_go(kit, bodied):
    talk = kit.play(bodied, [(0, b"put 6\nab")])
    assert talk.events == ["truncated", "request_without_response"]
    assert talk.bodies == [{"asked": "put", "body": "ab", "length": 2, "octets": 8}]


def test_a_time_out_makes_the_missing_side_done_and_its_place_is_kept(kit, echo):
    talk = kit.Talk(echo).say(0, b"a\n")
    talk.wait(29)
    assert talk.out == []
    talk.wait(2)
    assert talk.events == ["request_without_response"]
    assert talk.bodies == [{"asked": "a", "args": []}]
    assert (talk.dones[0].time, talk.dones[0].number) == (31 * kit.SECOND, 0)
    talk.say(0, b"b\n").say(1, b"late\n").say(1, b"y\n").finish()
    assert talk.events == ["request_without_response", "late_response"]
    assert [(body["asked"], body.get("said")) for body in talk.bodies] == [("a", None), ("b", "y")]
    assert [item.tx_id for item in talk.out if isinstance(item, kit.Event)] == [0, 0]


def test_time_outs_come_with_the_next_delivery_too(kit, echo):
    talk = kit.Talk(echo).say(0, b"a\n")
    talk.time += 40 * kit.SECOND
    talk.say(0, b"b\n")
    assert talk.events == ["request_without_response"]
    assert [body["asked"] for body in talk.bodies] == ["a"]


def test_each_byte_of_an_exchange_puts_its_time_out_off(kit, bodied):
    talk = kit.Talk(bodied).say(0, b"put 4\na")
    for byte in (b"b", b"c", b"d"):
        talk.wait(20).say(0, byte)
    assert talk.events == []
    talk.wait(20).say(1, b"o").wait(20).say(1, b"k\n")
    assert talk.events == []
    assert talk.bodies[0]["said"] == "ok"


def test_by_key_a_late_answer_finds_nothing(kit):
    start = kit.parse("start")
    key = (kit.own("number"), kit.own("number"))
    description = kit.protocol(kit.side(start), kit.side(start), pair=kit.Pair("key", key, timeout=5 * kit.SECOND))
    talk = kit.Talk(description).say(0, b"a 1\n").wait(6).say(1, b"x 1\n")
    assert talk.events == ["request_without_response", "response_without_request"]


def test_one_direction_alone_makes_whole_exchanges(kit, echo):
    talk = kit.Talk(echo, one_sided=True)
    talk.deliver(0, kit.DATA, b"a\n", mark=0)
    assert talk.bodies == []
    talk.deliver(0, kit.DATA, b"b\n", mark=10)
    assert talk.events == ["one_sided"]
    assert [body["asked"] for body in talk.bodies] == ["a", "b"]
    assert talk.finish().events == ["one_sided"]
    talk = kit.Talk(echo, one_sided=True)
    talk.deliver(1, kit.DATA, b"x\n", mark=2)
    assert talk.events == ["one_sided"]
    assert talk.bodies == [{"said": "x", "rest": []}]


def test_the_engine_may_say_that_a_direction_is_absent(kit, echo):
    talk = kit.Talk(echo).say(0, b"a\n")
    talk.session.absent(1)
    talk.out += talk.session.take()
    assert (talk.events, [body["asked"] for body in talk.bodies]) == (["one_sided"], ["a"])


def test_a_stopped_direction_ends_what_waits_for_it(kit):
    response = kit.side(kit.parse("start", kit.when(kit.same(kit.own("kind"), b"stop"), kit.STOP), kit.Transition(kit.COMPLETE)))
    talk = kit.play(kit.protocol(kit.side(kit.parse("start")), response), [(0, b"a\nb\n"), (1, b"stop\nxyz"), (0, b"c\n")])
    assert [(body["asked"], body.get("said")) for body in talk.bodies] == [("a", "stop"), ("b", None), ("c", None)]
    assert talk.events == []
    assert talk.account(1) == {"parsed": 5, "opaque": 3}


# ---- datagrams


def test_a_datagram_ends_its_messages_and_resync_is_the_next(kit):
    start = kit.parse("start")
    description = kit.protocol(kit.side(start, resync=kit.Resync()), kit.side(start), pair=kit.Pair("order"))
    talk = kit.play(description, [(0, b"a\nb\n"), (0, b"half"), (0, b"c\n"), (0, b"d\n tail")], transport=kit.UDP)
    assert [body.get("asked") for body in talk.bodies] == ["a", "b", None, "c", "d"]
    assert talk.events == ["parse_error", "trailing_data"] + ["request_without_response"] * 4
    assert talk.account(0) == {"parsed": 8, "skipped": 9}


def test_a_datagram_ends_raw_bytes(kit):
    start = kit.parse("start", kit.when(("call", "present", kit.own("number")), 1), kit.Transition(2))
    request = kit.side(start, kit.raw("body", kit.own("number"), keep="body"), kit.raw("rest", kit.const(kit.Extent("rest")), keep="body"))
    description = kit.protocol(request, kit.side(kit.parse("start")), record=kit.table(asked=kit.req("kind"), body=kit.req("body")))
    talk = kit.play(description, [(0, b"a 3\nabc"), (0, b"b 9\nabc"), (0, b"c\nall")], transport=kit.UDP)
    assert talk.bodies == [{"asked": "a", "body": "abc"}, {"asked": "b", "body": "abc"}, {"asked": "c", "body": "all"}]
    assert talk.events == ["truncated"] + ["request_without_response"] * 3


def test_errors_in_datagrams_are_bounded_too(kit):
    description = variant(kit, limits=kit.Limits(errors=2))
    talk = kit.play(description, [(0, b"\xff")] * 5, transport=kit.UDP)
    assert talk.events == ["parse_error"] * 3 + ["too_many_errors"]
    assert talk.account(0) == {"skipped": 3, "opaque": 2}


# ---- bounds


@pytest.mark.parametrize("size", [0, 1, 3, 7])
def test_a_message_beyond_the_limit_is_an_error(kit, size):
    description = variant(kit, limits=kit.Limits(message=8))
    talk = kit.play(description, [(0, b"1234567\n" + b"12345678\n" + b"a" * 40 + b"\nb\n"), (1, b"w\nx\ny\nz\n")], size)
    assert talk.events == ["too_long", "too_long"]
    assert [(body.get("asked"), body["said"]) for body in talk.bodies] == [("1234567", "w"), (None, "x"), (None, "y"), ("b", "z")]
    assert [item.offset for item in talk.out if isinstance(item, kit.Event)] == [16, 25]


def test_only_the_limit_is_ever_buffered(kit):
    talk = kit.Talk(variant(kit, limits=kit.Limits(message=64)))
    for _ in range(50):
        talk.say(0, b"a" * 10)
        assert talk.session.pending(0) <= 64


@pytest.mark.parametrize("size", [0, 1, 3])
def test_behind_the_depth_bytes_are_only_counted(kit, size):
    description = variant(kit, limits=kit.Limits(depth=7))
    talk = kit.play(description, [(0, b"a\nb\nlong\nc\n"), (1, b"x\ny\nz\n")], size)
    assert talk.events[0] == "depth_reached"
    assert talk.account(0) == {"parsed": 4, "skipped": 3, "beyond_depth": 4}
    assert [(body.get("asked"), body.get("said")) for body in talk.bodies] == [("a", "x"), ("b", "y"), (None, "z")]


def test_depth_none_parses_all(kit):
    talk = kit.play(variant(kit, limits=kit.Limits(depth=0)), [(0, b"a\n" * 10)])
    assert talk.account(0) == {"parsed": 20}


def test_what_waits_behind_a_hold_is_bounded(kit):
    request = kit.side(kit.parse("start", kit.Transition(1, hold=True, alone=kit.COMPLETE)), kit.parse("more"))
    description = kit.protocol(request, kit.side(kit.parse("start")), limits=kit.Limits(held=4))
    talk = kit.Talk(description).say(0, b"a\n").say(0, b"b\nc")
    assert talk.session.pending(0) == 3
    talk.say(0, b"\nd")
    assert "held_too_long" in talk.events
    assert next(item for item in talk.out if isinstance(item, kit.Event)).tx_id == 0
    assert talk.finish().account(0) == {"parsed": 6, "skipped": 1}


@pytest.mark.parametrize("by", ["order", "key"])
def test_open_transactions_are_bounded_and_the_oldest_is_completed(kit, by):
    key = (kit.own("number"), kit.own("number")) if by == "key" else (None, None)
    description = variant(kit, limits=kit.Limits(open=3), pair=kit.Pair(by, key))
    talk = kit.Talk(description)
    for number in range(5):
        talk.say(0, b"a %d\n" % number)
    assert talk.events == ["too_many_transactions"]
    assert [body["args"] for body in talk.bodies] == [["0"], ["1"]]
    for number in range(5):
        talk.say(1, b"x %d\n" % number)
    assert [(body["args"], body.get("rest")) for body in talk.bodies if "asked" in body][2:] == [(["2"], ["2"]), (["3"], ["3"]), (["4"], ["4"])]
    late = "late_response" if by == "order" else "response_without_request"
    assert talk.finish().events == ["too_many_transactions", late, late]


def test_the_places_of_given_up_requests_are_bounded(kit):
    talk = kit.Talk(variant(kit, limits=kit.Limits(open=2)))
    for _ in range(300):
        talk.say(0, b"a\n")
    assert len(talk.session.pairing.queues[0]) <= 2 * 2 + 16
    assert talk.events == ["too_many_transactions"]


def test_lists_and_kept_bytes_are_bounded(kit):
    rows = kit.Assign("own", "rows", kit.own("arg"), append=True)
    named = kit.Assign("session", "names", kit.own("arg"), key=("index", kit.own("arg"), kit.const(0)))
    request = kit.side(
        kit.parse("start", kit.when(kit.same(kit.own("kind"), b"end"), 1), kit.Transition(0, assigns=(rows, named))),
        kit.raw("body", kit.const(20), keep="body"),
    )
    description = kit.protocol(
        request,
        kit.side(kit.parse("start")),
        limits=kit.Limits(list=3, field=5),
        record=kit.table(rows=("call", "len", kit.req("rows")), body=kit.req("body"), length=("body", "request")),
    )
    talk = kit.Talk(description)
    for number in range(6):
        talk.say(0, b"row %d\n" % number)
    talk.say(0, b"end\n" + b"0123456789" * 2).say(1, b"ok\n").finish()
    assert talk.bodies == [{"rows": 3, "body": "01234", "length": 20}]
    assert list(talk.session.session["names"]) == [b"3", b"4", b"5"]


def test_the_list_of_what_waits_stays_bounded_while_bytes_wait_for_a_mark(kit, echo):
    talk = kit.Talk(variant(kit, limits=kit.Limits(held=6)))
    for _ in range(5):
        talk.deliver(1, kit.DATA, b"x\n", mark=100)
    assert talk.session.pending(1) == 6
    assert talk.events == ["response_without_request"] * 2
