"""What a table compiles to: machines, pairing, records, signatures, and which fields a message must give."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wiregram.compiler.grammars import Shelf, Source
from wiregram.compiler.library import Outcome
from wiregram.compiler.signatures import ContentError, read_content
from wiregram.compiler.texts import ends_with
from wiregram.program.protocol import COMPLETE, STOP, UPGRADE, Assign, Each, Pattern, Protocol, Resync, SecretRule, Table, Upgrade, Value

Compile = Callable[..., Outcome]

HEAD = '[p]\ntitle = "P"\ntcp = [1, "5-7"]\ngrammar = "lines.lark"\n'
FRAMED = '[p]\ntitle = "P"\ntcp = [1]\nudp = [2]\ngrammar = "frames.py"\n'
REPLY = 'response = "reply"\n'


@pytest.fixture
def protocol(compile_table: Compile) -> Callable[..., Protocol]:
    def compiled(text: str, **more: object) -> Protocol:
        outcome = compile_table(text, **more)
        assert outcome.protocol is not None, "\n".join(problem.render() for problem in outcome.problems)
        return outcome.protocol

    return compiled


Compiled = Callable[..., Protocol]


def test_states_and_transitions_have_numbers(protocol: Compiled) -> None:
    found = protocol(
        HEAD
        + """
[p.both]
body = { bytes = "own.left", keep = "data", set.own.left = "0" }
[p.request]
start = { parse = "command", next = [
  { when = "verb == 'A'", to = "body", hold = true, alone = "stop", set.own.left = "4", add.session.seen = "verb" },
  { when = "verb == 'B'", to = "line" },
  "complete" ] }
line = { parse = [{ when = "len(arg) > 0", use = "line" }, "command"] }
[p.response]
first = { next = "start" }
start = { parse = "reply", set.own.left = "1", next = [
  { when = "kind == 'go'", to = "start", release = true },
  { when = "request.verb == 'A'", upgrade = { protocol = "q", port = "4 + 1" } },
  { to = "body" } ] }
""",
        protocols=("p", "q"),
    )
    request, response = found.sides
    assert [state.name for state in request.states] == ["body", "start", "line"]
    assert (request.start, request.first, response.start, response.first) == (1, -1, 2, 1)
    hold, line, last = request.states[1].next
    assert (hold.target, hold.hold, hold.alone, hold.when) == (0, True, STOP, ("==", ("own", "verb"), ("const", b"A")))
    assert hold.assigns == (Assign("own", "left", ("const", 4)), Assign("session", "seen", ("own", "verb"), append=True))
    assert hold.source == "verb == 'A'"
    assert (line.target, last.target, last.when) == (2, COMPLETE, None)
    assert request.states[0].extent == ("own", "left")
    assert request.states[0].keep == "data"
    assert [choice.message for choice in request.states[2].parse] == [1, 0]
    release, upgrade, body = response.states[2].next
    assert (release.target, release.release) == (2, True)
    assert (upgrade.target, upgrade.upgrade) == (UPGRADE, Upgrade("q", ("const", 5)))
    assert body.target == 0
    assert found.fields == (("kind", "verb", "arg", "size"), ("kind", "text"), ("kind", "text"))
    assert found.speaks_first == "server"


def test_a_flow_is_one_exchange_whose_completion_is_a_stop(protocol: Compiled) -> None:
    found = protocol(FRAMED + 'both = "frame"\npair.by = "flow"\n')
    assert found.sides[0].states[0].next[0].target == STOP
    assert found.speaks_first == "either"


def test_a_message_gives_only_the_fields_that_are_read(protocol: Compiled) -> None:
    found = protocol(HEAD + 'request = "command"\n' + REPLY + 'record = { v = "request.verb", s = "response.kind" }\n')
    assert [program[2] for program in found.messages] == [["verb"], ["kind"]]
    found = protocol(HEAD + 'request = "command"\n' + REPLY + 'record.v = "request.verb"\nlog.when = "len(request.arg) > 0"\n')
    assert [program[2] for program in found.messages] == [["arg", "verb"], []]


def test_a_message_that_is_read_whole_gives_all(protocol: Compiled) -> None:
    found = protocol(HEAD + 'request.start = { parse = "command", add.tx.all = "this" }\nrecord.v = "tx.all"\n')
    assert [program[2] for program in found.messages] == [None]


def test_the_default_record_is_all_fields_of_both_sides(protocol: Compiled) -> None:
    found = protocol(
        HEAD + 'request = "command"\nresponse.start = { parse = "reply", next = "body" }\nresponse.body = { bytes = "4", keep = "data" }\n'
    )
    assert found.record == Table(
        (
            ("request", Table(tuple((name, Value(("request", name))) for name in ("verb", "arg", "size")))),
            ("response", Table(tuple((name, Value(("response", name))) for name in ("kind", "text", "data")))),
        )
    )
    assert [program[2] for program in found.messages] == [["arg", "size", "verb"], ["kind", "text"]]


def test_a_record_has_tables_lists_and_computed_names(protocol: Compiled) -> None:
    found = protocol(
        HEAD
        + """
request = "command"
[p.record]
plain = "request.verb"
inner = { a = "1", value = "2" }
args  = { each = "request.arg", when = "value != 'x'", value = "upper(value)" }
named = { merge = "request.arg", "{value}" = "len(value)" }
"""
    )
    assert isinstance(found.record, Table)
    entries = dict(found.record.entries)
    assert entries["plain"] == Value(("request", "verb"))
    assert entries["inner"] == Table((("a", Value(("const", 1))), ("value", Value(("const", 2)))))
    item = ("item", "value")
    assert entries["args"] == Each(("request", "arg"), Value(("call", "upper", item)), ("!=", item, ("const", b"x")))
    assert entries["named"] == Each(("request", "arg"), Table(((item, Value(("call", "len", item))),)), None, True)


def test_own_is_the_side_that_is_logged(protocol: Compiled) -> None:
    found = protocol(FRAMED + 'both = "frame"\npair.key = "id"\nlog = { at = "side", name = "pp" }\nrecord = { id = "own.id", type = "side" }\n')
    assert found.record == Table((("id", Value(("own", "id"))), ("type", Value(("side",)))))
    assert (found.log.at, found.log.name) == ("side", "pp")
    assert found.pair.key == (("own", "id"), ("own", "id"))
    assert found.pair.by == "key"


def test_secrets_are_paths_with_guards(protocol: Compiled) -> None:
    found = protocol(HEAD + 'request = "command"\nsecret = { "request.verb" = true, "request.arg[1:]" = "verb == \'AUTH\'" }\n')
    assert found.secrets == (
        SecretRule(0, ("verb",)),
        SecretRule(0, ("arg",), 1, ("==", ("own", "verb"), ("const", b"AUTH"))),
    )


def test_limits_time_out_and_status(protocol: Compiled) -> None:
    text = 'request = "command"\nlimits = { depth = 0, field = 7 }\npair = { timeout = 1.5, one_way = "verb == \'N\'" }\n'
    found = protocol(HEAD + text + REPLY + "status = { error = \"response.kind == 'err'\", client_error = \"request.verb == 'X'\" }\n")
    assert (found.limits.depth, found.limits.field, found.limits.message) == (0, 7, 65536)
    assert found.pair.timeout == 1_500_000_000
    assert found.pair.one_way == ("==", ("own", "verb"), ("const", b"N"))
    assert [name for name, _ in found.status] == ["client_error", "error"]


# ---- resynchronisation


def test_a_side_whose_messages_end_in_a_line_feed_goes_on_behind_one(protocol: Compiled) -> None:
    found = protocol(HEAD + 'request = "command"\nresponse = "login"\n')
    assert [side.resync for side in found.sides] == [Resync("after", (b"\n",)), Resync("none")]


def test_frames_over_tcp_go_on_at_a_segment(protocol: Compiled) -> None:
    assert protocol(FRAMED + 'both = "frame"\n').sides[0].resync == Resync("segment")
    assert protocol(FRAMED.replace("tcp = [1]\n", "") + 'both = "frame"\n').sides[0].resync == Resync("none")


@pytest.mark.parametrize(
    ("text", "resync"),
    [
        ("after('\\r\\n')", Resync("after", (b"\r\n",))),
        ("before(['A', b'\\xff', patterns])", Resync("before", (b"A", b"\xff", b"GET ", b"\x00B"))),
        ("none()", Resync("none")),
        ("segment()", Resync("segment")),
    ],
)
def test_resync_may_be_said(protocol: Compiled, text: str, resync: Resync) -> None:
    detect = 'detect.request = ["GET ", "|00|B", { content = "late", offset = 3 }]\n'
    found = protocol(HEAD + detect + f"[p.request]\nstart.parse = 'command'\nresync = '''{text}'''\n")
    assert found.sides[0].resync == resync


@pytest.mark.parametrize("text", ["behind('x')", "after()", "after(x)", "'x'", "after('x') or none()", "__import__('os').system('x')", "((("])
def test_a_resync_that_is_none_is_refused(compile_table: Compile, text: str) -> None:
    outcome = compile_table(HEAD + f"[p.request]\nstart.parse = 'command'\nresync = '''{text}'''\n")
    assert outcome.protocol is None
    assert outcome.problems[0].line == 7


# ---- signatures


def test_patterns_have_octets_place_and_direction(protocol: Compiled) -> None:
    detect = 'detect.request = ["GET|20 0d0A|", { content = "Abc", nocase = true, offset = 2, depth = 9, when = "starts(other, \'x\')" }]\n'
    found = protocol(HEAD + detect + 'request = "command"\ndetect.response = ["+"]\n')
    when = ("call", "starts", ("other",), ("const", b"x"))
    assert found.patterns == (
        Pattern("p", "tcp", 0, b"GET \r\n", False, 0, 6),
        Pattern("p", "tcp", 0, b"abc", True, 2, 9, when),
        Pattern("p", "tcp", 1, b"+", False, 0, 1),
    )
    assert [pattern.direction for pattern in protocol(HEAD + detect + 'request = "command"\npair.begins = "server"\n').patterns] == [1, 1]


def test_the_first_messages_probe_on_the_ports(protocol: Compiled) -> None:
    text = (
        HEAD
        + 'request = "command"\nresponse.first = { next = "start" }\nresponse.start = { parse = "reply" }\ndetect.probe = { min = 2, max = 90 }\n'
    )
    found = protocol(text)
    ports = ((1, 1), (5, 7))
    assert [(probe.direction, probe.ports, probe.messages, probe.minimum, probe.maximum) for probe in found.probes] == [
        (0, ports, (0,), 2, 90),
        (1, ports, (1,), 2, 90),
    ]
    assert [probe.ports for probe in protocol(HEAD.replace('[1, "5-7"]', "[]") + 'request = "command"\n').probes] == [()]  # where it is announced
    assert protocol(HEAD + 'request = "command"\ndetect.probe = false\n').probes == ()


def test_a_transport_decides_which_message_probes(protocol: Compiled) -> None:
    found = protocol(FRAMED + 'both.start.parse = [{ when = "flow.transport == \'tcp\'", use = "short" }, "frame"]\n')
    assert [(probe.transport, probe.direction, probe.messages) for probe in found.probes] == [
        ("tcp", 0, (0,)),
        ("tcp", 1, (0,)),
        ("udp", 0, (1,)),
        ("udp", 1, (1,)),
    ]


@pytest.mark.parametrize(
    ("content", "rendered"),
    [
        ("a|0g|", "p.toml:5:21: error: between bars stand octets of two hexadecimal digits"),
        ("ab|00", "p.toml:5:22: error: a `|` opens hexadecimal octets that no `|` closes"),
        ("", "p.toml:5:19: error: an empty pattern matches everything"),
    ],
)
def test_a_pattern_that_is_wrong_shows_where(compile_table: Compile, content: str, rendered: str) -> None:
    outcome = compile_table(HEAD + f'detect.request = ["{content}"]\nrequest = "command"\n')
    assert outcome.problems[0].render().splitlines()[0].rpartition(" [")[0] == rendered


def test_contents_mix_text_and_octets() -> None:
    assert read_content("A|0d 0a|\u00e9|FF|") == b"A\r\n\xc3\xa9\xff"
    with pytest.raises(ContentError):
        read_content("||")


# ---- texts


def test_the_ends_of_texts_are_seen(tmp_path: Path) -> None:
    grammar = tmp_path / "g.lark"
    grammar.write_text(
        'a: "+OK"i (_SP TEXT)? _EOL | "-" _EOL | WORD _EOL\nb: "AB" c\nc: TEXT? "|" "|" | WORD "!"\nd: b _EOL\n'
        "WORD: /[a-z]+/\nTEXT: /[0-9]+/\n_SP: / +/\n_EOL: /\\r?\\n/\n"
    )
    shelf = Shelf()
    found = shelf.open(grammar)
    sources = {name: Source(found, message) for name, message in found.messages.items()}
    assert {name: ends_with(source) for name, source in sources.items()} == {"a": b"\n", "b": None, "c": None, "d": b"\n"}
