"""What is wrong with a manifest or with settings is said all at once, each with place, caret and suggestion."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from wiregram.manifest.document import Document
from wiregram.manifest.reading import describe
from wiregram.manifest.schema import EVENTS, TABLES, tables
from wiregram.manifest.validation import validate


def findings(text: str, root: str = "manifest") -> list[str]:
    """The rendered problems of the schema, and where it is content, of the reading."""
    document = Document(dedent(text).lstrip("\n"), "p.toml")
    validated = validate(document, root)
    problems = list(validated.problems)
    if root == "manifest":
        for name, table in validated.data.items():
            if name not in validated.broken:
                problems += describe(document, name, table, (Path(),))[1]
    return [problem.render() for problem in problems]


SOUND = """
[p]
title = "P"
tcp = [1]
request = "m"
"""


def test_a_sound_table_has_no_finding() -> None:
    assert findings(SOUND) == []


def test_an_unknown_key_is_refused_with_the_nearest_one() -> None:
    assert findings("[p]\ntitle = 'P'\ntcp = [1]\nrequest = 'm'\nlimts = { depth = 0 }\n") == [
        "p.toml:5:1: error: `limts` is no key of a protocol's table [p.limts]\n"
        "    limts = { depth = 0 }\n"
        "    ^^^^^\n"
        "    did you mean `limits`?"
    ]  # fmt: skip


def test_a_misplaced_key_is_refused_with_its_place() -> None:
    assert findings(SOUND + "[p.response]\nstart = { parse = 'm', hold = true }\n") == [
        "p.toml:6:24: error: `hold` is no key of a state [p.response.start.hold]\n"
        "    start = { parse = 'm', hold = true }\n"
        "                           ^^^^\n"
        "    it is a key of a transition (`next`)"
    ]  # fmt: skip


def test_a_key_of_a_state_on_a_side_is_refused() -> None:
    assert findings("[p]\ntitle = 'P'\ntcp = [1]\nrequest.parse = 'm'\n") == [
        "p.toml:4:9: error: `parse` is no key of a side's table [p.request.parse]\n"
        "    request.parse = 'm'\n"
        "            ^^^^^\n"
        "    it is a key of a state (`request.STATE`)"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("layer = true", "`tcp` has no place in a layer: it is never detected, only fed"),
        ("group = { join = 'x' }", "`group` needs `begin`"),
        ("response.start = { parse = 'm', feed = 'mime' }", "`feed` needs `bytes`, or a field of the message as `data`"),
        ("response.start = { parse = 'm', file.name = 'x' }", "`file` needs `bytes`, or a field of the message as `data`"),
        ("response.start = { bytes = 'rest()', file.data = 'x' }", "`data` names a field of the state's message, and it has none"),
        ("response.start = { bytes = 'rest()', file = { ends = 'x' } }", "`ends` says where a file with a `key` ends"),
        ("response.start = { bytes = 'rest()', file = { each = true, key = 'x' } }", "a file has `each` or `key`, not both"),
        ("response.start = { bytes = 'rest()', feed = { layer = 'x', key = 'y' } }", "`key` is for instances that live as long as the flow"),
        ("response.start = { parse = 'm', decode = 'x' }", "`decode` needs `bytes`, or a `file` or `feed` with `data`"),
        ("response.start = { bytes = 'rest()', with.size = 'x' }", "`with` hands parameters to a message: it needs `parse`"),
        ("response.start = { parse = 'm', next = { to = 'complete', expect = { port = '1' } } }", "`expect` needs `protocol`"),
    ],
)
def test_what_octets_pairs_and_groups_need_is_told(line: str, text: str) -> None:
    found = findings(SOUND + line + "\n")
    assert any(text in each for each in found), found


@pytest.mark.parametrize(
    ("line", "marked", "text", "key", "hint"),
    [
        ("timeout = 3", "timeout", "`timeout` is no key of a protocol's table", "timeout", "it is a key of `pair` (`[NAME.pair]`)"),
        ("udp = 53", "53", 'expected ports and ranges ([80, "8000-8099"]), found a number', "udp", "write it in brackets: [53]"),
        ("udp = [70000]", "70000", "70000 is no port", "udp[1]", "expected 0 to 65535"),
        ('udp = [1, "9-3"]', '"9-3"', "`9-3` is no range of ports", "udp[2]", "expected two ports, the smaller one first"),
        ('mode = "of"', '"of"', "`of` is none of `on`, `detection_only`, `off`", "mode", "did you mean `off`?"),
        ("pair.key = 3", "3", "expected expression, or table, found a number", "pair.key", 'an expression is text: "3"'),
        ('limits.field = "1"', '"1"', "expected whole number of octets, found text", "limits.field", "write it without quotes"),
        ("limits.field = 0", "0", "0 is out of range", "limits.field", "expected at least 1"),
        ("pair.timeout = 0", "0", "0 is out of range", "pair.timeout", "expected seconds, more than 0"),
        ("detect.probe = true", "true", "only `false` can be said here", "detect.probe", ""),
        ("secret.xy.z = true", "xy", "expected guard, or true, found a table", "secret.xy", 'write the path in quotes: "request.text" = true'),
        ("log.at = 'sides'", "'sides'", "`sides` is none of `transaction`, `side`", "log.at", "did you mean `side`?"),
    ],
)
def test_a_wrong_value_says_what_was_expected(line: str, marked: str, text: str, key: str, hint: str) -> None:
    column = line.rindex(marked)
    rendered = [f"p.toml:5:{column + 1}: error: {text} [p.{key}]", f"    {line}", "    " + " " * column + "^" * len(marked)]
    assert findings(SOUND + line + "\n") == ["\n".join(rendered + ([f"    {hint}"] if hint else []))]


@pytest.mark.parametrize(
    ("lines", "text", "hint"),
    [
        ("request = 'm'", "a protocol needs `tcp` or `udp`", "`tcp = []` says: over TCP, but on no port of its own"),
        ("tcp = [1]", "a protocol needs `request`, `response` or `both`", ""),
        ("tcp = [1]\nrequest.more = { parse = 'm' }", "`request` needs a state `start`: every exchange begins there", ""),
        ("tcp = [1]\nrequest.start = { parse = 'm', bytes = '4' }", "a state has `parse` or `bytes`, not both",
            "give the bytes a state of their own"),
        ("tcp = [1]\nrequest.start = { parse = 'm', keep = 'x' }", "`keep` needs `bytes`", ""),
        ("tcp = [1]\nrequest.start = { parse = 'm', next = { when = 'x' } }", "a transition needs `to` or `upgrade`",
            '`to = "complete"` ends this side of the exchange'),
        ("tcp = [1]\nrequest.start = { parse = 'm', next = { to = 'start', upgrade = {} } }", "a transition has `to` or `upgrade`, not both", ""),
        ("tcp = [1]\nrequest.start = { parse = 'm', next = { to = 'start', alone = 'stop' } }",
            "`alone` says where a hold ends: it needs `hold = true`", ""),
        ("tcp = [1]\nrequest.start = { parse = ['m', 'n'] }", "a message without a guard must stand last: those behind it are never due", ""),
        ("tcp = [1]\nrequest.start = { parse = [{ when = 'x', use = 'm' }] }", "the list must end in a message without a guard",
            'write it last: [..., "message"]'),
        ("tcp = [1]\nrequest.start = { parse = 'm', set.x = '1' }", "`set` writes `own.x`, `tx.x` and `session.x`", "write `set.own.x`"),
        ("tcp = [1]\nrequest = 'm'\npair = { by = 'order', key = 'id' }", '`key` has no place in `by = "order"`', ""),
        ("tcp = [1]\nrequest = 'm'\npair.by = 'key'", '`by = "key"` needs `key`', ""),
        ("tcp = [1]\nrequest = 'm'\npair = { by = 'flow', role = 'x' }", '`role` has no place in `by = "flow"`: a flow is one exchange', ""),
        ("tcp = [1]\nboth = 'm'\nresponse.start = { parse = 'n' }", "`start` is a state of `both` already",
            "give it another name, or write it for each side"),
        ("tcp = [1]\nrequest = 'm'\nevents.gap = 'info'", "`gap` is an event that every protocol has", "choose another name"),
    ],
)  # fmt: skip
def test_keys_that_do_not_go_together_are_refused(lines: str, text: str, hint: str) -> None:
    found = findings(f"[p]\ntitle = 'P'\n{lines}\n")
    assert len(found) == 1
    head, *rest = found[0].splitlines()
    assert f"error: {text} [" in head
    assert (rest[2].strip() if len(rest) > 2 else "") == hint


def test_everything_that_is_wrong_is_said_at_once() -> None:
    found = findings("format = 2\nloose = 1\n[P]\n[q]\ntcp = [1]\nrequest = 'm'\n[r]\ntitle = 3\nudp = []\nrequest = 'm'\n")
    assert [line.splitlines()[0] for line in found] == [
        "p.toml:2:1: error: `loose` is neither `format` nor a table: a protocol is a table [loose]",
        "p.toml:3:2: error: `P` cannot name a protocol [P]",
        "p.toml:4:2: error: a protocol's table needs `title`: text [q.title]",
        "p.toml:8:9: error: expected text, found a number [r.title]",
        "p.toml:1:10: error: this version reads format 1, not 2 [format]",
    ]


def test_settings_are_checked_alike() -> None:
    text = "[engine]\nmax_flow = 3\ntimeout_udp = 'x'\n[protocols.pop3]\nmode = { tpc = 'on' }\n"
    assert [line.splitlines()[0] for line in findings(text, "settings")] == [
        "p.toml:2:1: error: `max_flow` is no key of `engine` [engine.max_flow]",
        "p.toml:3:15: error: expected seconds, found text [engine.timeout_udp]",
        "p.toml:5:10: error: `tpc` is no key of `mode` [protocols.pop3.mode.tpc]",
    ]


def test_shorthands_are_undone() -> None:
    document = Document(
        dedent("""
        [p]
        title = "P"
        tcp = [1, "5-7"]
        both = "m"
        [p.request]
        data = { bytes = "4", set = { session.a = "1", "tx.names[own.k]" = "3" }, add.own.b = "2", next = ["start"] }
        """),
        "p.toml",
    )
    description, problems = describe(document, "p", validate(document).data["p"], (Path(),))
    assert not problems
    request, response = description.sides
    assert description.ports == {"tcp": ((1, 1), (5, 7))}
    assert [state.name for state in request.states] == ["start", "data"]
    assert [state.name for state in response.states] == ["start"]
    assert request.states[0].parse == response.states[0].parse
    assert [each.to.text for each in request.states[0].next if each.to] == ["complete"]
    data = request.states[1]
    assert [(a.scope, a.name, a.value.text, a.append, a.key and a.key.text) for a in data.assigns] == [
        ("session", "a", "1", False, None),
        ("tx", "names", "3", False, "own.k"),
        ("own", "b", "2", True, None),
    ]
    assert [each.to.text for each in data.next if each.to] == ["start"]


def test_the_documentation_has_every_key() -> None:
    shown = tables()
    assert set(shown) == set(TABLES)
    for name, table in TABLES.items():
        rows = shown[name].splitlines()
        assert len(rows) == 2 + len(table.keys)
        for key, row in zip(table.keys, rows[2:], strict=True):
            assert row.startswith(f"| `{key.name}` |")


def test_the_limits_are_those_of_the_program() -> None:
    from wiregram.program.protocol import Limits
    from wiregram.program.settings import EngineSettings

    limits = Limits()
    for key in TABLES["limits"].keys:
        assert int(key.default) == getattr(limits, key.name)
    engine = EngineSettings()
    assert set(TABLES["engine"].names()) == set(EngineSettings.__struct_fields__)
    for key in TABLES["engine"].keys:
        default = getattr(engine, key.name)
        shown = key.default.strip('`"')
        assert (shown if isinstance(default, str) else shown == "true" if isinstance(default, bool) else float(shown)) == default


def test_the_built_in_events_are_those_that_are_raised() -> None:
    from wiregram.transaction.events import BUILT_IN

    assert set(EVENTS) == set(BUILT_IN)
