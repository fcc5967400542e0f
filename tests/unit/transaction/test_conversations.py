"""Whole conversations: what each of them must give, however its bytes are cut."""

from __future__ import annotations

import pytest

OK = b"+OK"


@pytest.fixture(scope="module")
def echo(kit):
    return kit.protocol(kit.side(kit.parse("start")), kit.side(kit.parse("start")))


@pytest.fixture(scope="module")
def pop3(kit):
    """POP3 with a greeting, AUTH, STLS and answers whose form depends on the request."""
    k = kit
    kind, verb = k.own("kind"), k.req("kind")
    request = k.side(
        k.parse(
            "start",
            k.when(k.same(kind, b"STLS"), hold=True),
            k.when(k.same(kind, b"AUTH"), 1, hold=True, alone=k.COMPLETE),
            k.Transition(k.COMPLETE),
        ),
        k.parse("auth", k.Transition(1, hold=True, alone=k.COMPLETE)),
    )
    response = k.side(
        k.parse(
            "start",
            k.when(k.same(kind, b"+"), 0, release=True),
            k.when(k.same(kind, b"-ERR")),
            k.when(k.same(verb, b"STLS"), k.UPGRADE, upgrade=k.Upgrade("tls")),
            k.when(k.same(verb, b"LIST"), 2),
            k.Transition(k.COMPLETE),
        ),
        k.decision("first", k.Transition(0)),
        k.raw("lines", ("call", "dotted"), keep="data"),
        first=1,
    )
    return k.protocol(
        request,
        response,
        record=k.table(
            request=k.table(command=k.req("kind"), args=k.req("arg")),
            response=k.table(status=k.res("kind"), data=("call", "lines", k.res("data"))),
        ),
        secrets=(k.SecretRule(0, ("arg",), -1, k.same(kind, b"PASS")),),
        status=(("error", k.same(k.res("kind"), b"-ERR")),),
        summary=(("method", k.req("kind")),),
    )


SESSION = [
    (1, b"+OK ready\r\n"),
    (0, b"USER a\r\n"),
    (1, b"+OK\r\n"),
    (0, b"PASS x\r\n"),
    (1, b"-ERR no\r\n"),
    (0, b"LIST\r\n"),
    (1, b"+OK 2 messages\r\n1 120\r\n2 200\r\n.\r\n"),
    (0, b"AUTH PLAIN\r\n"),
    (1, b"+ go\r\n"),
    (0, b"dXNlcg\r\n"),
    (1, b"+OK\r\n"),
    (0, b"NOOP\r\nQUIT\r\n"),
    (1, b"+OK\r\n+OK bye\r\n"),
]
RECORDS = [
    {"response": {"status": "+OK"}},
    {"request": {"command": "USER", "args": ["a"]}, "response": {"status": "+OK"}},
    {"request": {"command": "PASS", "args": ["***"]}, "response": {"status": "-ERR"}},
    {"request": {"command": "LIST", "args": []}, "response": {"status": "+OK", "data": ["1 120", "2 200"]}},
    {"request": {"command": "dXNlcg", "args": []}, "response": {"status": "+OK"}},
    {"request": {"command": "NOOP", "args": []}, "response": {"status": "+OK"}},
    {"request": {"command": "QUIT", "args": []}, "response": {"status": "+OK"}},
]


@pytest.mark.parametrize("size", [0, 1, 2, 3, 5, 7])
def test_a_mail_session_gives_the_same_records_in_any_pieces(kit, pop3, size):
    talk = kit.play(pop3, SESSION, size)
    assert talk.bodies == RECORDS
    assert talk.events == []
    assert [done.tx_id for done in talk.dones] == list(range(7))
    assert [done.status for done in talk.dones] == ["OK", "OK", "Error", "OK", "OK", "OK", "OK"]
    assert talk.dones[1].summary == {"method": b"USER"}
    assert talk.account(0) == {"parsed": sum(len(data) for direction, data in SESSION if direction == 0)}
    assert talk.account(1) == {"parsed": sum(len(data) for direction, data in SESSION if direction == 1)}


@pytest.mark.parametrize("turn", range(len(SESSION)))
def test_a_cut_at_every_position_changes_nothing(kit, pop3, turn):
    for at in range(1, len(SESSION[turn][1])):
        talk = kit.Talk(pop3)
        for number, (who, what) in enumerate(SESSION):
            talk.say(who, what, [what[:at], what[at:]] if number == turn else None)
        assert talk.finish().bodies == RECORDS, at
        assert talk.events == []


def test_a_record_is_given_as_soon_as_both_sides_are_done(kit, echo):
    talk = kit.Talk(echo).say(0, b"a 1\n")
    assert talk.bodies == []
    talk.say(1, b"<a 1\n")
    assert talk.bodies == [{"asked": "a", "args": ["1"], "said": "<a", "rest": ["1"]}]
    assert (talk.dones[0].time, talk.dones[0].number) == (talk.time, 2)
    assert talk.finish().bodies == talk.bodies


def test_answers_are_given_out_in_the_order_of_requests(kit, echo):
    talk = kit.play(echo, [(0, b"a\nb\nc\n"), (1, b"x\ny\nz\n")])
    assert [(body["asked"], body["said"]) for body in talk.bodies] == [("a", "x"), ("b", "y"), ("c", "z")]


def test_a_reply_that_was_captured_before_its_request_waits_for_it(kit, echo):
    talk = kit.Talk(echo)
    talk.deliver(1, kit.DATA, b"x\n", mark=2)
    assert talk.session.pending(1) == 2
    assert talk.out == []
    talk.deliver(0, kit.DATA, b"a\n", mark=0)
    assert talk.bodies == [{"asked": "a", "args": [], "said": "x", "rest": []}]
    assert talk.finish().events == []


def test_a_reply_does_not_wait_for_ever(kit, echo):
    talk = kit.Talk(echo)
    talk.deliver(1, kit.DATA, b"x\n", mark=2)
    talk.wait(3)
    assert talk.events == ["response_without_request"]
    assert talk.bodies == [{"said": "x", "rest": []}]


def test_a_response_that_had_not_seen_the_request_does_not_answer_it(kit, echo):
    talk = kit.Talk(echo)
    talk.deliver(0, kit.DATA, b"a\n", mark=0)
    talk.deliver(1, kit.DATA, b"news\n", mark=0)
    talk.deliver(1, kit.DATA, b"x\n", mark=2)
    assert talk.events == ["response_without_request"]
    assert talk.bodies == [{"said": "news", "rest": []}, {"asked": "a", "args": [], "said": "x", "rest": []}]


def test_without_marks_capture_order_counts(kit, echo):
    talk = kit.Talk(echo)
    talk.deliver(0, kit.DATA, b"a\n", mark=-1)
    talk.deliver(1, kit.DATA, b"x\n", mark=-1)
    assert talk.bodies == [{"asked": "a", "args": [], "said": "x", "rest": []}]


def test_an_upgrade_hands_back_what_was_not_parsed(kit, pop3):
    talk = kit.Talk(pop3)
    talk.say(1, b"+OK\r\n").say(0, b"STLS\r\nhello").say(1, b"+OK\r\nserver", [b"+OK\r\nserver"])
    assert talk.bodies[1:] == [{"request": {"command": "STLS", "args": []}, "response": {"status": "+OK"}}]
    switch = talk.switch
    assert (switch.protocol, switch.port) == ("tls", None)
    assert [(piece.direction, piece.data) for piece in switch.rest] == [(0, b"hello"), (1, b"server")]
    assert talk.account(0) == {"parsed": 6}
    assert talk.account(1) == {"parsed": 10}


@pytest.mark.parametrize("size", [1, 2, 3])
def test_an_upgrade_hands_back_the_same_bytes_in_any_pieces(kit, pop3, size):
    talk = kit.Talk(pop3)
    talk.say(1, b"+OK\r\n").say(0, b"STLS\r\nhello", kit.cuts(b"STLS\r\nhello", size)).say(1, b"+OK\r\n", kit.cuts(b"+OK\r\n", size))
    rest = talk.switch.rest
    talk.goes_on = True
    assert b"".join(piece.data for piece in rest if piece.direction == 0) == b"hello"
    talk.fed = [talk.flow.accounts[0].total(), talk.flow.accounts[1].total()]
    for piece in rest:
        talk.deliver(piece.direction, kit.DATA, piece.data, mark=piece.mark)
    talk.say(0, b" x\r\n").say(1, b"+OK\r\n")
    # Nothing else was found: the session goes on in `start`.
    assert talk.bodies[-1] == {"request": {"command": "hello", "args": ["x"]}, "response": {"status": "+OK"}}


def test_a_refused_upgrade_lets_the_request_side_go_on(kit, pop3):
    talk = kit.play(pop3, [(1, b"+OK\r\n"), (0, b"STLS\r\n"), (1, b"-ERR\r\n"), (0, b"QUIT\r\n"), (1, b"+OK\r\n")], 1)
    assert [body.get("request", {}).get("command") for body in talk.bodies] == [None, "STLS", "QUIT"]


# ---- by key


@pytest.fixture(scope="module")
def dns(kit):
    """Both roles in one message, found by id; a record a side."""
    k = kit
    start = k.parse("start")
    return k.protocol(
        k.side(start, resync=k.Resync()),
        k.side(start, resync=k.Resync()),
        messages=(k.FRAME,),
        pair=k.Pair("key", (k.own("id"), k.own("id")), role=("if", k.same(k.own("qr"), 1), k.const(b"response"), k.const(b"request"))),
        log=k.Log("side"),
        record=k.table(type=("side",), tx_id=("tx", "id"), id=k.own("id"), data=k.own("data")),
    )


def asked(number, qr=0, data=b""):
    body = bytes((number, qr)) + data
    return len(body).to_bytes(2, "big") + body


def test_datagrams_pair_by_key_and_each_side_is_a_record(kit, dns):
    talk = kit.play(dns, [(0, asked(7)), (0, asked(8)), (1, asked(8, 1, b"x")), (1, asked(7, 1, b"y"))], transport=kit.UDP)
    assert talk.bodies == [
        {"type": "request", "tx_id": 0, "id": 7, "data": ""},
        {"type": "request", "tx_id": 1, "id": 8, "data": ""},
        {"type": "response", "tx_id": 1, "id": 8, "data": "x"},
        {"type": "response", "tx_id": 0, "id": 7, "data": "y"},
    ]
    assert [done.direction for done in talk.dones] == [0, 0, 1, 1]
    assert talk.events == []


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4])
def test_messages_in_a_stream_pair_by_key(kit, dns, size):
    talk = kit.play(dns, [(0, asked(7) + asked(8)), (1, asked(8, 1) + asked(7, 1))], size)
    assert [(body["type"], body["id"], body["tx_id"]) for body in talk.bodies] == [
        ("request", 7, 0), ("request", 8, 1), ("response", 8, 1), ("response", 7, 0),
    ]  # fmt: skip


def test_a_repeated_question_is_an_exchange_of_its_own(kit, dns):
    talk = kit.play(dns, [(0, asked(7)), (0, asked(7)), (1, asked(7, 1)), (1, asked(7, 1))], transport=kit.UDP)
    assert [body["tx_id"] for body in talk.bodies] == [0, 1, 0, 1]
    assert talk.events == []


def test_an_answer_that_nobody_asked_for_keeps_its_key(kit, dns):
    talk = kit.play(dns, [(0, asked(7)), (1, asked(9, 1))], transport=kit.UDP)
    assert talk.events == ["response_without_request", "request_without_response"]
    assert [body["id"] for body in talk.bodies] == [7, 9]


def test_a_flow_seen_the_wrong_way_round_is_told_by_its_first_role(kit, dns):
    talk = kit.Talk(dns, transport=kit.UDP).say(1, asked(7)).say(0, asked(7, 1))
    assert talk.session.reversed
    assert [(body["type"], body["tx_id"]) for body in talk.bodies] == [("request", 0), ("response", 0)]
    assert [done.direction for done in talk.dones] == [1, 0]
    assert not kit.play(dns, [(0, asked(7))], transport=kit.UDP).session.reversed


def test_two_parts_make_the_key_and_a_broadcast_is_not_answered(kit):
    """Modbus: transaction id and unit; unit 0 is everybody, who do not answer."""
    k = kit
    start = k.parse("start")
    key = ("list", k.own("id"), k.own("qr"))
    description = k.protocol(
        k.side(start),
        k.side(start),
        messages=(k.FRAME,),
        pair=k.Pair("key", (key, key), one_way=("and", k.same(("side",), b"request"), k.same(k.own("qr"), 0))),
        record=k.table(asked=k.req("data"), said=k.res("data")),
    )
    talk = k.play(description, [(0, asked(1, 1, b"a") + asked(1, 2, b"b") + asked(2, 0, b"all")), (1, asked(1, 2, b"B") + asked(1, 1, b"A"))])
    assert talk.bodies == [{"asked": "all"}, {"asked": "b", "said": "B"}, {"asked": "a", "said": "A"}]
    assert talk.events == []


# ---- holds


@pytest.fixture(scope="module")
def http(kit):
    """A body of `number` octets that may wait for a go-ahead; 1xx answers go before the final one."""
    k = kit
    kind = k.own("kind")
    request = k.side(
        k.parse("start", k.when(k.same(kind, b"EXPECT"), 1, hold=True, alone=1), k.Transition(1)),
        k.decision("framed", k.when((">", k.own("number"), k.const(0)), 2), k.Transition(k.COMPLETE)),
        k.raw("body", k.own("number"), keep="body"),
    )
    response = k.side(
        k.parse("start", k.when(k.same(kind, b"100"), 0, release=True), k.when(k.same(kind, b"200"), 1, release=True), k.Transition(1)),
        k.decision("framed", k.when((">", k.own("number"), k.const(0)), 2), k.when(k.same(k.own("arg"), []), 3), k.Transition(k.COMPLETE)),
        k.raw("body", k.own("number"), keep="body"),
        k.raw("until_close", k.const(k.Extent("rest")), keep="body"),
    )
    return k.protocol(
        request,
        response,
        record=k.table(method=k.req("kind"), sent=k.req("body"), code=k.res("kind"), got=k.res("body"), length=("body", "response")),
    )


@pytest.mark.parametrize("size", [0, 1, 4])
def test_a_body_waits_for_the_go_ahead(kit, http, size):
    turns = [(0, b"EXPECT 4\n"), (1, b"100\n"), (0, b"body"), (1, b"200 2\nok"), (0, b"GET\n"), (1, b"200 0\n")]
    talk = kit.play(http, turns, size)
    assert talk.bodies == [
        {"method": "EXPECT", "sent": "body", "code": "200", "got": "ok", "length": 2},
        {"method": "GET", "code": "200", "length": 0},
    ]
    assert talk.events == []


def test_a_refusal_without_release_ends_the_hold_and_the_exchange(kit, http):
    talk = kit.play(http, [(0, b"EXPECT 4\n"), (1, b"417 0\n"), (0, b"GET\n"), (1, b"200 0\n")], 1)
    assert [(body["method"], body["code"]) for body in talk.bodies] == [("EXPECT", "417"), ("GET", "200")]
    assert talk.events == []


def test_the_rest_of_the_stream_is_a_body(kit, http):
    talk = kit.Talk(http).say(0, b"GET\n").say(1, b"200\nall of ", None).say(1, b"this")
    assert talk.bodies == []
    talk.end(1)
    assert talk.bodies == [{"method": "GET", "code": "200", "got": "all of this", "length": 11}]
    assert talk.finish().events == []


def test_bytes_that_wait_count_as_pending_until_the_other_side_agrees(kit, http):
    talk = kit.Talk(http).say(0, b"EXPECT 4\nbody")
    assert talk.session.pending(0) == 4
    talk.say(1, b"100\n")
    assert talk.session.pending(0) == 0


def test_a_hold_ends_alone_when_the_other_direction_is_over(kit, http, pop3):
    talk = kit.Talk(http).say(0, b"EXPECT 4\n").end(1).say(0, b"body")
    assert talk.events == ["request_without_response"]
    assert talk.bodies == [{"method": "EXPECT", "sent": "body", "length": 0}]
    talk = kit.Talk(pop3).say(1, b"+OK\n").say(0, b"AUTH\n").end(1).say(0, b"QUIT\n").finish()
    assert [body["request"]["command"] for body in talk.bodies[1:]] == ["AUTH", "QUIT"]


def test_a_literal_waits_for_the_go_ahead_which_has_no_key(kit):
    """IMAP: tagged commands, pipelined; `+` and `*` have no tag and belong to the oldest open command."""
    k = kit
    tagged = k.Message("command", ("kind", "tag", "arg", "number"), imap_line)
    kind = k.own("kind")
    request = k.side(
        k.parse("start", k.when(("call", "present", k.own("number")), 1, hold=True), k.Transition(k.COMPLETE)),
        k.raw("literal", k.own("number"), k.Transition(2), keep="value"),
        k.parse("more", message=1),
    )
    untagged = k.Assign("own", "untagged", ("index", k.own("arg"), k.const(0)), append=True)
    response = k.side(
        k.parse(
            "start",
            k.when(k.same(kind, b"+"), 0, release=True),
            k.when(k.same(kind, b"*"), 0, assigns=(untagged,)),
            k.Transition(k.COMPLETE),
        )
    )
    description = k.protocol(
        request,
        response,
        messages=(tagged, k.LINE),
        pair=k.Pair("key", (k.own("tag"), k.own("tag"))),
        record=k.table(tag=k.req("tag"), value=k.req("value"), status=k.res("arg"), untagged=k.res("untagged")),
    )
    for size in (0, 1, 3):
        talk = k.play(
            description,
            [
                (1, b"* hello\n"),
                (0, b"a1 FETCH\na2 APPEND {5}\n"),
                (1, b"* one\n+ go\n"),
                (0, b"12345 tail\n"),
                (1, b"* two\na2 OK\n* three\na1 OK\n"),
            ],
            size,
        )
        # The greeting has neither key nor command: it is unsolicited, without event.
        assert talk.events == [], size
        assert talk.bodies == [
            {"status": ["hello"], "untagged": ["hello"]},
            {"tag": "a2", "value": "12345", "status": ["OK"]},
            {"tag": "a1", "status": ["OK"], "untagged": ["one", "two", "three"]},
        ]


def imap_line(text):
    parts = text.strip().split()
    if not parts:
        return None
    value = {"arg": parts[1:]}
    if parts[0] in (b"*", b"+"):
        value["kind"] = parts[0]
    else:
        value |= {"kind": b"tagged", "tag": parts[0]}
    if parts[-1].startswith(b"{"):
        value["number"] = int(parts[-1].strip(b"{}"))
    return value


@pytest.mark.parametrize("size", [0, 1, 2])
@pytest.mark.parametrize("answer", [b"N", b"S"])
def test_the_form_of_an_answer_depends_on_the_question(kit, size, answer):
    """PostgreSQL: SSLRequest is answered by one octet, everything else by a message."""
    k = kit
    asking = ("and", k.same(k.req("kind"), b"SSL"), ("not", ("call", "present", k.res("letter"))))
    request = k.side(
        k.parse("first", k.when(k.same(k.own("kind"), b"SSL"), 0, hold=True), k.Transition(k.COMPLETE)), k.parse("start"), first=0, start=1
    )
    start = k.State(
        "start",
        parse=(k.Choice(asking, 1), k.Choice(None, 0)),
        next=(
            k.when(k.same(k.own("letter"), b"S"), k.UPGRADE, upgrade=k.Upgrade("tls")),
            k.when(("call", "present", k.own("letter")), 1, release=True),
            k.Transition(k.COMPLETE),
        ),
    )
    keep = k.decision("kept", k.Transition(0, assigns=(k.Assign("own", "answer", k.own("letter")),)))
    description = k.protocol(
        request,
        k.side(start, keep, resync=k.Resync()),
        messages=(k.LINE, k.LETTER),
        record=k.table(asked=k.req("kind"), letter=k.res("answer"), said=k.res("kind")),
    )
    talk = k.Talk(description)
    talk.say(0, b"SSL\n", k.cuts(b"SSL\n", size) if size else None).say(1, answer)
    if answer == b"S":
        assert talk.switch.protocol == "tls"
        return
    # The answer is given; the hold ended, and the first message comes again.
    assert talk.session.cursors[0].hold is None


def test_by_flow_both_sides_are_in_one_exchange_and_then_opaque(kit):
    k = kit
    start = k.parse("start", k.when(k.same(k.own("kind"), b"KEYS"), k.STOP), k.Transition(0))
    description = k.protocol(k.side(start), k.side(start), pair=k.Pair("flow"), record=k.table(client=k.req("kind"), server=k.res("kind")))
    for size in (0, 1):
        talk = k.play(description, [(1, b"SSH\n"), (0, b"SSH\nKEYS\nsecret"), (1, b"KEYS\n\x00\x01")], size)
        assert talk.bodies == [{"client": "KEYS", "server": "KEYS"}]
        assert talk.account(0) == {"parsed": 9, "opaque": 6}
        assert talk.account(1) == {"parsed": 9, "opaque": 2}


def test_both_ends_may_ask(kit):
    k = kit
    role = ("if", ("call", "starts", k.own("kind"), k.const(b"re")), k.const(b"response"), k.const(b"request"))
    start = k.parse("start")
    key = k.own("number")
    description = k.protocol(k.side(start), k.side(start), pair=k.Pair("key", (key, key), begins="either", role=role))
    talk = k.play(description, [(0, b"ping 1\n"), (1, b"ping 1\n"), (1, b"reping 1\n"), (0, b"reping 1\n")])
    assert [(body["asked"], body["said"], done.tx_id) for body, done in zip(talk.bodies, talk.dones, strict=True)] == [
        ("ping", "reping", 0),
        ("ping", "reping", 1),
    ]
    assert talk.events == []


def test_an_unsolicited_message_amid_an_answer_stands_alone(kit):
    """In order-pairing, `one_way` takes one message out of the order."""
    k = kit
    description = k.protocol(
        k.side(k.parse("start")),
        k.side(k.parse("start", k.when(k.same(k.own("kind"), b"row"), 0), k.Transition(k.COMPLETE))),
        pair=k.Pair(one_way=("and", k.same(("side",), b"response"), k.same(k.own("kind"), b"notice"))),
    )
    for size in (0, 1):
        talk = k.play(description, [(0, b"q\n"), (1, b"row\nnotice\nrow\ndone\n")], size)
        assert [(body.get("asked"), body["said"]) for body in talk.bodies] == [(None, "notice"), ("q", "done")]
        assert talk.events == []


def test_noise_is_parsed_and_nothing_else_happens(kit, echo):
    talk = kit.play(echo, [(0, b"\r\na\n\r\n"), (1, b"\nx\n\n")], 1)
    assert talk.bodies == [{"asked": "a", "args": [], "said": "x", "rest": []}]
    assert talk.events == []
    assert talk.account(0) == {"parsed": 6}


def test_raw_bytes_that_a_datagram_lacks_are_not_taken_from_the_next(kit):
    request = kit.side(kit.parse("start"))
    lines = kit.side(kit.parse("start", kit.Transition(1)), kit.raw("body", kit.const(kit.Extent("rest")), kit.Transition(0)))
    counted = kit.side(kit.parse("start", kit.Transition(1)), kit.raw("body", kit.const(4)))
    for response, events in ((lines, []), (counted, ["truncated", "response_without_request"])):
        talk = kit.play(kit.protocol(request, response), [(0, b"ask\n"), (1, b"one\n"), (1, b"two\nmore")], transport=kit.UDP)
        assert [event for event in talk.events if event != "request_without_response"] == events
        assert "two" in [body.get("said") for body in talk.bodies]
