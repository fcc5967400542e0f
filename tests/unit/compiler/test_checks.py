"""Each static check of docs/manifest.md, section 11, with the message that a person sees."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Problems = Callable[..., list[str]]

HEAD = """\
[p]
title = "P"
tcp = [1]
grammar = "lines.lark"
"""
FRAMED = """\
[p]
title = "P"
tcp = [1]
grammar = "frames.py"
"""
REPLY = 'response = "reply"\n'


def heads(found: list[str]) -> list[str]:
    """The first line of each finding, without its key."""
    return [text.splitlines()[0].rpartition(" [")[0] for text in found]


def test_a_sound_protocol_has_no_finding(problems_of: Problems) -> None:
    assert problems_of(HEAD + 'request = "command"\n' + REPLY) == []


@pytest.mark.parametrize(
    ("lines", "rendered"),
    [
        (
            'request = "comand"',
            [
                "p.toml:5:11: error: the grammar has no message `comand` [p.request]",
                '    request = "comand"',
                "              ^^^^^^^^",
                "    did you mean `command`?",
            ],
        ),
        (
            'request.start = { parse = "command", next = [{ when = "vreb == \'A\'", to = "complete" }, "complete"] }',
            [
                "p.toml:5:56: error: no field, variable or definition `vreb` [p.request.start.next[1].when]",
                '    request.start = { parse = "command", next = [{ when = "vreb == \'A\'", to = "complete" }, "complete"] }',
                "                                                           ^^^^",
                "    did you mean verb?",
            ],
        ),
        (
            'request.start = { parse = "command", next = "strat" }',
            [
                "p.toml:5:45: error: no state `strat` on this side [p.request.start.next]",
                '    request.start = { parse = "command", next = "strat" }',
                "                                                ^^^^^^^",
                "    did you mean `start`?",
            ],
        ),
        (
            'request.start = { parse = "command", next = { to = "complete", event = "od" } }\nevents.odd = "info"',
            [
                "p.toml:5:72: error: no event `od` that a transition raises [p.request.start.next.event]",
                '    request.start = { parse = "command", next = { to = "complete", event = "od" } }',
                "                                                                           ^^^^",
                "    did you mean `odd`?",
            ],
        ),
        (
            'request.start = { parse = "command", next = { upgrade = "q" } }',
            [
                "p.toml:5:57: error: no protocol `q` [p.request.start.next.upgrade]",
                '    request.start = { parse = "command", next = { upgrade = "q" } }',
                "                                                            ^^^",
                "    `upgrade = { }` is an upgrade to whatever is found",
            ],
        ),
        (
            'request = "command"\ntypes = { VREB = "upper" }',
            [
                "p.toml:6:11: error: no message has a field from a terminal `VREB` [p.types.VREB]",
                '    types = { VREB = "upper" }',
                "              ^^^^",
                "    did you mean `VERB`?",
            ],
        ),
        (
            'request = "command"\nsecret = { "request.agr[1:]" = true }',
            [
                'p.toml:6:21: error: the request has no field `agr` [p.secret."request.agr[1:]"]',
                '    secret = { "request.agr[1:]" = true }',
                "                        ^^^",
                "    did you mean `arg`?",
            ],
        ),
        (
            'request = "command"\ndefine.long = "len(verb) > 3"\nstatus.error = "request.verb == \'A\' and long"',
            [
                "p.toml:6:20: error: no field, variable or definition `verb` [p.define.long]",
                '    define.long = "len(verb) > 3"',
                "                       ^^^^",
                "    write request.verb",
            ],
        ),
    ],
)
def test_an_unknown_name_is_shown_with_the_nearest_one(problems_of: Problems, lines: str, rendered: list[str]) -> None:
    assert problems_of(HEAD + lines + "\n")[0].splitlines() == rendered


LAYER = '[inside]\ntitle = "I"\nlayer = true\ngrammar = "lines.lark"\nrequest = "line"\n'


@pytest.mark.parametrize(
    ("lines", "finding", "hint"),
    [
        ('record.x = "tx.nothing"', "no variable `tx.nothing`", ""),
        ('record.x = "session.siad"', "no variable `session.siad`", "did you mean session.said?"),
        ('record.x = "request.vreb"', "no field or variable `request.vreb`", "did you mean request.verb?"),
        ('record.x = "lenn(request.verb)"', "no function `lenn`", "did you mean len?"),
        (
            'record.x = "parent.session.x"',
            "`parent` is the flow that announced this one, and nothing does",
            "a transition must `expect` this protocol",
        ),
        ('request.more = { bytes = "rest()", feed = "insied" }', "no layer `insied`", "did you mean `inside`?"),
        ('request.more = { bytes = "rest()", feed = "p" }', "`p` is no layer", "write `layer = true` in its table"),
        (
            'request.more = { parse = "line", next = { to = "complete", expect = { protocol = "q", to = "client", port = "1" } } }',
            "no protocol `q`",
            "^",
        ),
        (
            'request.more = { parse = "line", next = { to = "complete", expect = { protocol = "inside", to = "client", port = "1" } } }',
            "`inside` is a layer: no flow speaks it",
            "",
        ),
        ('request.more = { parse = "line", with.text = "1", next = { upgrade = "inside" } }', "`inside` is a layer: no flow speaks it", ""),
    ],
)
def test_every_kind_of_name_must_be_there(problems_of: Problems, lines: str, finding: str, hint: str) -> None:
    start = 'request.start = { parse = "command", set.session.said = "verb", next = [{ when = "verb == \'A\'", to = "more" }, "complete"] }\n'
    more = "" if "request.more" in lines else 'request.more = { parse = "line" }\n'
    found = [text.splitlines() for text in problems_of(HEAD + start + more + lines + "\n" + LAYER)]
    fitting = [rendered for rendered in found if finding in rendered[0]]
    assert fitting, found
    assert hint in fitting[0][-1]


def test_a_message_s_field_that_nothing_can_name_is_refused(problems_of: Problems) -> None:
    assert heads(problems_of(HEAD + 'request = "odd"\n')) == [
        "p.toml:5:11: error: message `odd` has a field `side`, which is a reserved name",
        "p.toml:5:11: error: message `odd` has a field `class`, which is a keyword",
    ]


def test_all_findings_of_a_protocol_come_at_once(problems_of: Problems) -> None:
    text = HEAD + 'request.start = { parse = "command", next = [{ when = "x", to = "y" }, "z"] }\nstatus.error = "response.w"\nrecord.v = "u"\n'
    assert heads(problems_of(text)) == [
        "p.toml:5:56: error: no field, variable or definition `x`",
        "p.toml:5:65: error: no state `y` on this side",
        "p.toml:5:72: error: no state `z` on this side",
        "p.toml:6:26: error: no field or variable `response.w`",
        "p.toml:7:13: error: no field, variable or definition `u`",
    ]


KEEPING = 'request.start = {{ parse = "command", next = "b" }}\nrequest.b = {{ bytes = "rest()", keep = "{}" }}'


@pytest.mark.parametrize(
    ("lines", "finding"),
    [
        ('request = "command"\ndefine.verb = "1"', "6:8: error: `verb` is a field of message `command` already"),
        ('request = "command"\ndefine.side = "1"', "6:8: error: `side` is a reserved name and cannot be a definition"),
        ('request.start = { parse = "command", set.own.verb = "1" }', "5:53: error: `verb` is a field of the request already"),
        ('request.start = { parse = "command", set.tx.id = "1" }', "5:50: error: `tx.id` is the transaction's number"),
        ('request.start = { parse = "command", set.own.class = "1" }', "5:54: error: `class` is a keyword and cannot be a variable"),
        ('request.start = { parse = "command", set.own.flow = "1" }', "5:53: error: `flow` is a reserved name and cannot be a variable"),
        (
            'request.start = { parse = "command", set = { "session.n[verb]" = "1" }, next = { to = "complete", set.session.n = "verb" } }',
            "5:115: error: `session.n` is a table, whose entries are written elsewhere, and is written whole here",
        ),
        (
            'request.start = { parse = "command", set.own.d = "d" }\ndefine.d = "1"',
            "5:50: error: `d` is a definition already, and a bare name could mean either",
        ),
        (
            'request.start = { parse = "command", set.own.d = "\'x\'" }\ndefine.d = ["1"]\nrecord.e = "d"',
            "5:50: error: `d` is a definition already, and a bare name could mean either",
        ),
        (KEEPING.format("verb"), "6:40: error: `verb` is a field of message `command` already"),
        (KEEPING.format("with"), "6:40: error: `with` is a keyword and cannot be a field"),
        (KEEPING.format("side"), "6:40: error: `side` is a reserved name and cannot be a field"),
        (KEEPING.format("d") + '\ndefine.d = "1"\nrecord.e = "d"', "6:40: error: `d` is a definition already"),
    ],
)
def test_names_that_clash_are_refused(problems_of: Problems, lines: str, finding: str) -> None:
    assert heads(problems_of(HEAD + lines + "\n")) == ["p.toml:" + finding]


@pytest.mark.parametrize(
    ("next_", "findings"),
    [
        ('["complete", "stop"]', ["5:58: error: this transition is never taken: the one before it has no guard"]),
        (
            '[{ when = "verb == \'A\'", to = "complete" }, { when = "verb == \'A\'", to = "stop" }, "complete"]',
            ["5:98: error: the same guard stands before: this is never taken"],
        ),
        (
            '[{ when = "verb in (\'A\', \'B\')", to = "complete" }, { when = "verb == \'A\'", to = "stop" }, "complete"]',
            ["5:105: error: this is never taken: the guards before it leave nothing over"],
        ),
        ('[{ when = "1 == 1", to = "complete" }, "stop"]', ["5:55: error: this guard is always True"]),
        (
            '[{ when = "verb == \'A\' and verb == \'B\'", to = "stop" }, "complete"]',
            ["5:55: error: this guard can never hold: it contradicts itself"],
        ),
        (
            '[{ when = "len(arg) > 0", to = "stop" }, { when = "len(arg) > 2", to = "stop" }, "complete"]',
            ["5:91: error: this is never taken: the guards before it leave nothing over"],
        ),
        ('[{ when = "present(verb)", to = "stop" }, { when = "not present(verb)", to = "complete" }]', []),
        (
            '{ when = "verb == \'A\'", to = "complete" }',
            ["5:54: warning: no transition holds in every case: what is left is an `unexpected_message`"],
        ),
    ],
)
def test_a_transition_that_is_never_taken_is_refused(problems_of: Problems, next_: str, findings: list[str]) -> None:
    found = heads(problems_of(HEAD + f'request.start = {{ parse = "command", next = {next_} }}\n' + REPLY))
    assert [text.split(":", 3)[3] for text in found] == [text.split(":", 2)[2] for text in findings]


def test_a_state_that_is_never_reached_is_refused(problems_of: Problems) -> None:
    assert problems_of(HEAD + 'request.start = { parse = "command" }\nrequest.more = { parse = "line" }\n') == [
        "p.toml:6:9: error: the state `more` is never reached [p.request.more]\n"
        '    request.more = { parse = "line" }\n'
        "            ^^^^\n"
        "    no transition of the request goes there"
    ]


def test_a_state_of_both_may_be_reached_on_one_side_only(problems_of: Problems) -> None:
    text = (
        HEAD
        + """
both.body = { bytes = "4" }
request.start = { parse = "command", next = "body" }
response.start = { parse = "reply" }
"""
    )
    assert problems_of(text) == []


def test_a_state_that_leads_nowhere_is_refused(problems_of: Problems) -> None:
    text = HEAD + 'request.start = { parse = "command", next = "more" }\nrequest.more = { parse = "line", next = "more" }\n'
    assert heads(problems_of(text)) == [
        "p.toml:5:9: error: from `start` neither `complete` nor `stop` nor an upgrade can be reached",
        "p.toml:6:9: error: from `more` neither `complete` nor `stop` nor an upgrade can be reached",
    ]
    assert problems_of(text + 'pair.by = "flow"\n') == []


def test_a_cycle_that_may_take_no_octet_is_refused(problems_of: Problems) -> None:
    text = (
        HEAD
        + """
[p.request]
start = { parse = "command", next = "a" }
a = { next = [{ when = "verb == 'X'", to = "b" }, "complete"] }
b = { bytes = "len(verb)", next = "a" }
"""
    )
    assert problems_of(text) == [
        "p.toml:8:1: error: a cycle that may take no octet: `a`, `b` [p.request.a]\n"
        '    a = { next = [{ when = "verb == \'X\'", to = "b" }, "complete"] }\n'
        "    ^\n"
        "    a state of it must `parse`, or take bytes"
    ]
    assert problems_of(text.replace("len(verb)", "until('x')").replace("verb == 'X'", "octets(own) < 99")) == []


def test_an_exchange_that_takes_no_octet_is_refused(problems_of: Problems) -> None:
    found = heads(problems_of(HEAD + 'request.start = { next = "complete" }\n'))
    assert found == ["p.toml:5:9: error: an exchange of the request may take no octet: it would begin and end for ever"]
    assert problems_of(HEAD + 'request = "command"\nresponse.first = { next = "start" }\nresponse.start = { parse = "reply" }\n') == []


HOLDING = """
[p.request]
start = { parse = "command", next = [{ when = "verb == 'DATA'", to = "data", hold = true }, "complete"] }
data = { bytes = "dotted()" }
"""


def test_a_hold_that_nothing_releases_is_refused(problems_of: Problems) -> None:
    assert problems_of(HEAD + REPLY + HOLDING) == [
        "p.toml:8:38: error: this waits to go to `data`, and nothing of the response releases it [p.request.start.next[1]]\n"
        '    start = { parse = "command", next = [{ when = "verb == \'DATA\'", to = "data", hold = true }, "complete"] }\n'
        "                                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "    a transition of the response needs `release = true`"
    ]
    assert heads(problems_of(HEAD + HOLDING)) == ["p.toml:7:38: error: this waits for ever: the response has no states"]


RELEASING = """
[p.response]
start = { parse = "reply", next = [{ when = "kind == 'go'", to = "start", release = true }, "complete"] }
"""


def test_a_release_without_a_hold_is_refused(problems_of: Problems) -> None:
    assert heads(problems_of(HEAD + 'request = "command"\n' + RELEASING)) == ["p.toml:8:36: error: this releases, and the request never holds"]
    assert problems_of(HEAD + HOLDING + RELEASING) == []


def test_an_upgrade_that_the_request_never_waits_for_is_refused(problems_of: Problems) -> None:
    text = HEAD + 'request = "command"\n[p.response]\nstart = { parse = "reply", next = [{ when = "kind == \'ok\'", upgrade = {} }, "complete"] }\n'
    assert heads(problems_of(text)) == [
        "p.toml:7:36: error: the response agrees to an upgrade, and the request never holds: its next octets could be taken already"
    ]


def test_a_hold_that_never_completes_alone_is_warned_of(problems_of: Problems) -> None:
    text = (
        HEAD
        + """
[p.request]
start = { parse = "command", next = [{ when = "verb == 'AUTH'", to = "auth", hold = true }, "complete"] }
auth = { parse = "line", next = { to = "auth", hold = true } }
"""
    )
    found = problems_of(text + RELEASING)
    assert [line.partition(" [")[0] for line in (text.splitlines()[0] for text in found)] == [
        "p.toml:7:38: warning: without the other direction this hold goes from hold to hold and never completes",
        "p.toml:8:26: warning: without the other direction this hold goes from hold to hold and never completes",
    ]
    assert problems_of(text.replace('to = "auth", hold = true }', 'to = "auth", hold = true, alone = "complete" }') + RELEASING) == []


DEADLOCK = """
[p.request]
start = { parse = "command", next = [{ when = "verb == 'A'", to = "more", hold = true }, "complete"] }
more = { parse = "line", next = { to = "complete", release = true } }
[p.response]
start = { parse = "reply", next = [{ when = "request.verb == 'A'", to = "more", hold = true }, "complete"] }
more = { parse = "reply", next = { to = "complete", release = true } }
"""


def test_two_sides_that_wait_for_each_other_are_refused(problems_of: Problems) -> None:
    assert problems_of(HEAD + DEADLOCK) == [
        "p.toml:10:36: error: the two sides can wait for each other for ever: the request goes from `start` to `more` and waits; "
        "the response goes from `start` to `more` and waits [p.response.start.next[1]]\n"
        '    start = { parse = "reply", next = [{ when = "request.verb == \'A\'", to = "more", hold = true }, "complete"] }\n'
        "                                       " + "^" * len('{ when = "request.verb == \'A\'", to = "more", hold = true }') + "\n"
        '    one must `release` before it waits, or say why this cannot be: `silence = { deadlock = "..." }`'
    ]


def test_a_deadlock_may_be_silenced_with_a_reason(problems_of: Problems) -> None:
    silence = 'silence = { deadlock = "the server never waits for A" }\n'
    assert problems_of(HEAD + silence + DEADLOCK, hints=True) == problems_of(HEAD + silence + DEADLOCK)
    assert not [text for text in problems_of(HEAD + silence + DEADLOCK) if "wait for each other" in text]
    sound = HEAD + silence + DEADLOCK.replace("request.verb == 'A'", "request.verb == 'B'")
    assert [text for text in problems_of(sound, hints=True) if "silence" in text] == [
        "p.toml:5:13: hint: there is no deadlock to silence [p.silence.deadlock]\n"
        '    silence = { deadlock = "the server never waits for A" }\n'
        "                ^^^^^^^^\n"
        "    leave it out"
    ]


def test_guards_that_exclude_each_other_make_no_deadlock(problems_of: Problems) -> None:
    assert problems_of(HEAD + DEADLOCK.replace("request.verb == 'A'", "request.verb == 'B'")) == []
    assert problems_of(HEAD + DEADLOCK.replace("request.verb == 'A'", "request.verb in ('B', 'C') and kind == 'go'")) == []
    assert problems_of(HEAD + DEADLOCK.replace("request.verb == 'A'", "request.verb in ('B', 'A')")) != []
    assert problems_of(HEAD + DEADLOCK.replace("request.verb == 'A'", "not present(request.verb)")) == []
    long = DEADLOCK.replace("verb == 'A'\"", 'len(verb) > 3"', 1)
    assert problems_of(HEAD + long.replace("request.verb == 'A'", "len(request.verb) <= 3")) == []
    assert problems_of(HEAD + long.replace("request.verb == 'A'", "len(request.verb) <= 4")) != []


def test_a_key_must_be_found_before_the_exchange(problems_of: Problems) -> None:
    text = FRAMED + 'pair.key = "id"\nrequest = "frame"\n[p.response]\nstart = { next = "more" }\nmore = { parse = "frame" }\n'
    assert heads(problems_of(text)) == ["p.toml:8:1: error: an exchange is found by its key: `start` must `parse` the message that has it"]
    text = FRAMED + 'pair.key = "id"\nrequest = "frame"\nresponse.start.parse = [{ when = "request.type == \'ask\'", use = "short" }, "frame"]\n'
    assert heads(problems_of(text)) == ["p.toml:7:34: error: the message is parsed before its exchange is known: this guard cannot read the request"]


def test_a_role_needs_a_message_in_start(problems_of: Problems) -> None:
    text = HEAD + "pair.role = \"'response' if starts(verb, 'x') else 'request'\"\n[p.both]\n"
    assert problems_of(text + 'start = { parse = "command" }\n') == []
    found = heads(problems_of(text + 'start = { next = "more" }\nmore = { parse = "command" }\n'))
    assert set(found) == {"p.toml:7:1: error: `role` is read from a message: `start` must `parse` the one that has it"}


def test_a_role_needs_one_message_for_both_sides(problems_of: Problems) -> None:
    text = FRAMED + "pair = { key = \"id\", role = \"'response' if id > 7 else 'request'\" }\n"
    assert problems_of(text + 'both = "frame"\n') == []
    assert heads(problems_of(text + 'request = "frame"\nresponse = "short"\n')) == [
        "p.toml:5:29: error: `role` is read from a message before it is known whose it is: both sides must `parse` the same in `start`"
    ]


def test_a_field_that_no_state_has_parsed_yet_is_warned_of(problems_of: Problems) -> None:
    text = (
        HEAD
        + """
[p.request]
start = { parse = "command", set.own.said = "text", next = "more" }
more = { parse = "line", set.own.asked = "verb" }
"""
    )
    assert problems_of(text) == [
        "p.toml:7:45: warning: `text` is absent here: no state before `start` has parsed it [p.request.start.set.own.said]\n"
        '    start = { parse = "command", set.own.said = "text", next = "more" }\n'
        "                                                ^^^^^^"
    ]


@pytest.mark.parametrize(
    "outlet", ["decode = 'text'", "file = { name = 'text' }", "file = { key = 'text', ends = 'len(verb) == 0' }", "file.offset = 'len(text)'"]
)
def test_what_outlets_read_must_have_been_parsed_too(problems_of: Problems, outlet: str) -> None:
    text = HEAD + f'[p.request]\nstart = {{ parse = "command", next = "b" }}\nb = {{ bytes = "4", {outlet}, next = "c" }}\nc = {{ parse = "line" }}\n'
    (finding,) = heads(problems_of(text))
    assert finding.endswith("warning: `text` is absent here: no state before `b` has parsed it")
    assert problems_of(text.replace("'text'", "'verb'").replace("len(text)", "len(verb)")) == []


def test_an_exchange_whose_guards_never_lead_on_is_refused(problems_of: Problems) -> None:
    text = (
        HEAD
        + """
[p.request]
start = { parse = "command", next = [{ when = "verb == 'X'", to = "a" }, "complete"] }
a = { parse = "line", next = [{ when = "verb == 'X'", to = "a" }, "complete"] }
"""
    )
    assert heads(problems_of(text)) == ["p.toml:7:38: error: the exchange never ends where the request goes from `start` to `a`"]


def test_a_field_that_looks_like_a_password_is_hinted_at(problems_of: Problems) -> None:
    found = [text for text in problems_of(HEAD + 'request = "login"\n', hints=True) if "secret" in text]
    assert found == [
        "p.toml:5:11: hint: `request.password` looks like a secret [p.request]\n"
        '    request = "login"\n'
        "              ^^^^^^^\n"
        '    if it is one: secret = { "request.password" = true }'
    ]
    assert not [text for text in problems_of(HEAD + 'request = "login"\nsecret."request.password" = true\n', hints=True) if "looks like" in text]
    kept = KEEPING.format("user_token") + "\n"
    assert any("`request.user_token` looks like a secret" in text for text in problems_of(HEAD + kept, hints=True))
    assert not [text for text in problems_of(HEAD + kept + 'secret."request.user_token" = true\n', hints=True) if "looks like" in text]


@pytest.mark.parametrize(
    ("lines", "finding"),
    [
        ('start = { bytes = "verb" }', "`bytes` wants an int or an extent, this is a text"),
        ('start = { bytes = "rest()", next = [{ when = "dotted()", to = "stop" }, "complete"] }', "an extent is no guard"),
        ('start = { parse = "command", set.own.x = "rest()" }', "an extent is no value"),
        ('start = { parse = "command", next = [{ when = "verb == 3", to = "stop" }, "complete"] }', "== between a text and an int"),
        ('start = { parse = "command", next = [{ when = "verb + 3 == 3", to = "stop" }, "complete"] }', "+ between a text and an int"),
        ('start = { parse = "command", next = [{ when = "arg < 3", to = "stop" }, "complete"] }', "< between a list of text and an int"),
        ('start = { parse = "command", next = [{ when = "this", to = "stop" }, "complete"] }', "a struct is no guard"),
        ('start = { bytes = "this" }', "`bytes` wants an int or an extent, this is a struct"),
    ],
)
def test_types_that_do_not_fit_are_refused(problems_of: Problems, lines: str, finding: str) -> None:
    found = heads(problems_of(HEAD + f'[p.request]\n{lines}\nmore = {{ parse = "command", next = "start" }}\n'))
    assert any(finding in text for text in found), found


@pytest.mark.parametrize(
    ("state", "findings"),
    [
        ('{ parse = "sized", with = { size = "1", width = "2" } }', []),
        (
            '{ parse = "sized", with = { size = "1", widht = "2" } }',
            [
                "error: the message `sized` has no parameter `widht`",
                "error: the message `sized` reads this._params.width, and the state does not give it",
            ],
        ),
        ('{ parse = "frame", with.n = "1" }', ["error: the message `frame` has no parameter `n`"]),
    ],
)
def test_parameters_are_those_that_the_message_reads(problems_of: Problems, state: str, findings: list[str]) -> None:
    found = problems_of(FRAMED + f"request.start = {state}\n")
    assert sorted(text.partition(": ")[2] for text in heads(found)) == sorted(findings)
    assert all("did you mean" in text for text in found if "widht" in text.splitlines()[0])


@pytest.mark.parametrize(
    ("lines", "finding"),
    [
        ('status.error = "1 == 1"', "6:16: error: this guard is always True"),
        ('log.when = "1 == 2"', "6:12: error: this guard is always False"),
        ('log.when = "2 in (1, 3)"', "6:12: error: this guard reads nothing: it is the same always"),
        ('events.odd = { when = "True", severity = "info" }', "6:23: error: this guard is always True"),
        ('secret = { "request.arg" = "True" }', "6:28: error: this guard is always True"),
    ],
)
def test_a_guard_that_is_the_same_always_is_refused(problems_of: Problems, lines: str, finding: str) -> None:
    assert heads(problems_of(HEAD + 'request = "command"\n' + lines + "\n")) == ["p.toml:" + finding]


def test_keys_that_are_never_equal_are_refused(problems_of: Problems) -> None:
    text = FRAMED + 'request = "frame"\nresponse = "frame"\npair.key = { request = "id", response = "body.data" }\n'
    assert heads(problems_of(text)) == ["p.toml:7:41: error: a request's key is an int, a response's a text: they are never equal"]
    assert problems_of(text.replace("body.data", "id + 1")) == []


def test_a_coding_is_no_value(problems_of: Problems) -> None:
    found = problems_of(HEAD + 'request.start = { parse = "command", set.own.x = "xor(verb)" }\nrecord.y = "xor(request.verb)"\n')
    assert heads(found) == ["p.toml:5:50: error: a coding is no value", "p.toml:6:12: error: a coding is no value"]


def test_a_layer_that_nothing_feeds_is_hinted_at(problems_of: Problems) -> None:
    layer = '[p]\ntitle = "P"\nlayer = true\ngrammar = "lines.lark"\nrequest = "line"\n'
    assert heads(problems_of(layer, hints=True)) == ["p.toml:1:2: hint: nothing feeds the layer `p`"]
    feeder = '[q]\ntitle = "Q"\ntcp = [2]\ngrammar = "lines.lark"\nrequest.start = { parse = "line", next = "b" }\n'
    feeder += 'request.b = { bytes = "rest()", feed = "p" }\n'
    assert problems_of(layer + feeder, hints=True) == []


def test_a_record_is_no_list(problems_of: Problems) -> None:
    text = HEAD + 'request = "command"\n[p.record]\neach = "request.arg"\nvalue = "value"\n'
    assert heads(problems_of(text)) == ["p.toml:7:1: error: a record is one object: `each` gives a list"]
    assert problems_of(text.replace("[p.record]", "[p.record.args]")) == []


def test_what_detection_alone_sees_may_be_a_field_elsewhere(problems_of: Problems) -> None:
    text = HEAD + 'request.start = { parse = "command", set.own.other = "verb", next = { to = "complete", set.tx.x = "other" } }\n'
    assert problems_of(text) == []
    found = heads(problems_of(HEAD + 'request = "command"\nrecord.x = "other"\n'))
    assert found == ["p.toml:6:13: error: `other` cannot be read here"]


def test_a_text_as_a_guard_is_warned_of(problems_of: Problems) -> None:
    assert problems_of(HEAD + 'request = "command"\nstatus.error = "request.verb"\n') == [
        "p.toml:6:16: warning: this guard is a text: it holds unless the text is empty [p.status.error]\n"
        '    status.error = "request.verb"\n'
        "                   ^^^^^^^^^^^^^^\n"
        "    compare it, or ask present(x)"
    ]
    assert problems_of(HEAD + 'request = "command"\nstatus.error = "len(request.verb)"\n') == []


def test_the_event_of_a_missed_protocol_must_be_raised_and_known(problems_of: Problems) -> None:
    text = HEAD + 'request = "command"\ndetect.missed = "gone"\n'
    assert heads(problems_of(text)) == ["p.toml:6:17: error: no event `gone` that detection raises"]
    assert problems_of(text + 'events.gone = "info"\n', hints=True) == []


def test_an_event_that_nothing_raises_is_hinted_at(problems_of: Problems) -> None:
    found = problems_of(HEAD + 'request = "command"\nevents.odd = "info"\n', hints=True)
    assert any("no transition raises the event `odd`" in text for text in found)


def test_a_definition_that_nothing_uses_is_hinted_at_and_read(problems_of: Problems) -> None:
    text = HEAD + 'request = "command"\ndefine = { a = "b", b = "len(request.verb)", c = "(", d = [1] }\nstatus.error = "a > 3"\n'
    assert heads(problems_of(text, hints=True)) == [
        "p.toml:6:46: hint: nothing uses the definition `c`",
        "p.toml:6:52: error: the expression ends where a value is expected",
        "p.toml:6:55: hint: nothing uses the definition `d`",
    ]


def test_a_message_without_a_grammar_is_refused(problems_of: Problems) -> None:
    assert heads(problems_of(HEAD.replace('grammar = "lines.lark"\n', "") + 'request = "command"\n')) == [
        "p.toml:4:11: error: the message `command` stands in no grammar: none is named"
    ]
