"""Whatever the traffic: nothing is raised, every octet is accounted for (conftest checks it after each delivery), and cuts change nothing."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

WORDS = [b"a\n", b"go\n", b"row 3\n", b"end\n", b"more 2\n", b"xyz", b".\n", b"\xff", b"\xfe\n", b"\n", b"a", b"1\r\n", b"up\n", b"stop\n", b"wait\n"]
DATA = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(b"".join) | st.binary(min_size=1, max_size=12)
TURN = st.tuples(st.integers(0, 1), DATA)
ODD = st.tuples(st.integers(0, 1), st.sampled_from(["gap", "end", "tick", "late", "absent"])) | TURN


def machines(kit):
    """Descriptions that between them have every kind of state, pairing, resync and move."""
    k = kit
    kind, number = k.own("kind"), k.own("number")

    def both(resync):
        request = k.side(
            k.parse(
                "start",
                k.when(k.same(kind, b"wait"), 1, hold=True, alone=2),
                k.when(k.same(kind, b"row"), 3),
                k.when(k.same(kind, b"stop"), k.STOP),
                k.when(k.same(kind, b"more"), 2),
                k.Transition(k.COMPLETE),
            ),
            k.parse("answer", k.Transition(1, hold=True, alone=k.COMPLETE)),
            k.decision("choose", k.when(("call", "present", number), 3), k.Transition(k.COMPLETE)),
            k.raw("body", number, keep="body"),
            resync=resync,
        )
        response = k.side(
            k.parse(
                "start",
                k.when(k.same(kind, b"go"), 0, release=True),
                k.when(k.same(kind, b"up"), k.UPGRADE, upgrade=k.Upgrade("", k.const(7))),
                k.when(k.same(kind, b"row"), 1),
                k.when(k.same(kind, b"more"), 2),
                k.when(k.same(kind, b"a")),
                k.when(k.same(kind, b"end"), 3),
            ),
            k.raw("dotted", ("call", "dotted"), keep="data"),
            k.raw("until", k.const(k.Extent("until", (b"xy", b"\n"))), k.Transition(0), keep="data"),
            k.raw("line", k.const(k.Extent("until_line", (b"a",)))),
            k.decision("first", k.Transition(0)),
            first=4,
            resync=resync,
        )
        return request, response

    limits = k.Limits(message=16, held=24, open=3, errors=3, field=8, list=4)
    after = k.Resync("after", (b"\n",))
    key = ("index", k.own("arg"), k.const(0))
    plain = k.parse("start", k.when(k.same(kind, b"row"), 0), k.Transition(k.COMPLETE))
    role = ("if", k.same(kind, b"a"), k.const(b"response"), k.const(b"request"))
    return {
        "order": k.protocol(*both(after), limits=limits),
        "before": k.protocol(*both(k.Resync("before", (b"a\n", b"row"))), limits=limits),
        "none": k.protocol(*both(k.Resync()), limits=limits, log=k.Log("side")),
        "logged": k.protocol(*both(after), limits=limits, log=k.Log(when=("call", "present", k.res("kind")))),
        "flow": k.protocol(*both(after), limits=limits, pair=k.Pair("flow")),
        "key": k.protocol(k.side(plain), k.side(plain), limits=limits, pair=k.Pair("key", (key, key), one_way=k.same(kind, b"end"))),
        "roles": k.protocol(k.side(plain), k.side(plain), limits=limits, pair=k.Pair("key", (key, key), begins="either", role=role)),
        "segments": k.protocol(k.side(plain, resync=k.Resync("segment")), k.side(plain, resync=k.Resync("segment")), limits=limits),
        "deep": k.protocol(*both(after), limits=k.Limits(message=16, depth=20)),
    }


NAMES = ["order", "before", "none", "logged", "flow", "key", "roles", "segments", "deep"]


@pytest.fixture(scope="module")
def described(kit):
    found = machines(kit)
    assert list(found) == NAMES
    return {name: (description, kit.Machine(description, kit.begin_any)) for name, description in found.items()}


@pytest.mark.parametrize("name", NAMES)
def test_cuts_change_neither_records_nor_events(kit, described, name):
    description, machine = described[name]

    @settings(max_examples=150, deadline=None)
    @given(st.lists(TURN, max_size=8), st.lists(st.integers(0, 40), max_size=12))
    def check(turns, places):
        ways = []
        for way in ("whole", "bytes", "cut"):
            talk = kit.Talk(description, machine=machine)
            for number, (direction, data) in enumerate(turns):
                if way == "whole":
                    pieces = [data]
                elif way == "bytes":
                    pieces = kit.cuts(data, 1)
                else:
                    marks = sorted({place % (len(data) + 1) for place in places[number::2]} | {0, len(data)})
                    pieces = [data[a:b] for a, b in pairwise(marks) if b > a]
                talk.say(direction, data, pieces)
                if talk.switch:
                    break
            if not talk.switch:
                talk.finish()
            ways.append(told(kit, talk))
        assert ways[0] == ways[1] == ways[2]

    check()


def told(kit, talk):
    """What left the session, without times and packets; the octets by account; and what an upgrade handed back."""
    items = []
    for item in talk.out:
        if isinstance(item, kit.Event):
            items.append((item.name, item.direction, item.offset, item.tx_id, item.expected))
        elif isinstance(item, kit.Done):
            items.append((item.tx_id, kit.plain(item.body), item.status, item.direction))
        else:
            rest = [b"".join(piece.data for piece in item.rest if piece.direction == direction) + talk.unfed[direction] for direction in (0, 1)]
            return items, [talk.account(0), talk.account(1)], item.port, rest
    return items, [talk.account(0), talk.account(1)]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("transport", ["stream", "datagrams"])
def test_nothing_is_raised_and_nothing_is_lost(kit, described, name, transport):
    description, machine = described[name]

    @settings(max_examples=15, deadline=None)
    @given(st.lists(ODD, max_size=14), st.booleans(), st.sampled_from([-1, 0, 3, 1000]))
    def check(turns, midstream, mark):
        talk = kit.Talk(description, kit.UDP if transport == "datagrams" else kit.TCP, midstream=midstream, machine=machine)
        given_out = set()
        for direction, what in turns:
            if what == "gap":
                talk.gap(direction, 3)
            elif what == "end":
                talk.end(direction)
            elif what == "tick":
                talk.wait(1)
            elif what == "late":
                talk.wait(40)
            elif what == "absent":
                talk.session.absent(direction)
            else:
                talk.say(direction, what, mark=mark if mark != 1000 else None)
            if talk.switch:
                return
        talk.finish()
        if talk.switch:
            return
        for item in talk.dones:
            one = (item.tx_id, item.direction)
            assert one not in given_out, "given twice"
            given_out.add(one)
        assert not talk.session.pairing.open
        assert not any(talk.session.pairing.keyed)

    check()


def test_every_state_takes_every_input(kit, described):
    """The table: each state of each machine, idle or half way, meets each kind of input, and the accounts hold."""
    ways = [
        [b"go\n"], [b"wait\n"], [b"row 3\n"], [b"more 2\n"], [b"wait\n", b"a"], [b"row 3\n", b"x"], [b"end\n"], [b"end\n", b"."], [b"\xff"],
        [b"a 1"], [], [b"wait\n", "go", b"x"], [b"wait\n", "go", b"x\n"],
    ]  # fmt: skip
    inputs = [b"a\n", b"\xff", b"go\n", b"up\n", b"stop\n", b"x" * 40, b".\r\n", "gap", "end", "tick", "late", "absent", "finish"]
    seen = set()
    for name, (before, direction, then, other) in product(NAMES, product(ways, (0, 1), inputs, (0, 1))):
        description, machine = described[name]
        talk = kit.Talk(description, machine=machine)
        talk.say(1 - direction, b"a\n")
        for data in before:
            if data == "go":
                talk.say(1 - direction, b"go\n")
            else:
                talk.say(direction, data)
        if talk.switch:
            continue
        cursor = talk.session.cursors[direction]
        seen.add((name, direction, cursor.state.name, cursor.hold is not None, cursor.extent is not None, cursor.parser is not None))
        if then == "gap":
            talk.gap(other, 2)
        elif then == "end":
            talk.end(other)
        elif then == "tick":
            talk.wait(1)
        elif then == "late":
            talk.wait(40)
        elif then == "absent":
            talk.session.absent(other)
        elif then != "finish":
            talk.say(other, then)
        if not talk.switch:
            talk.finish()
    states = {(name, direction, state) for name, direction, state, *_ in seen}
    for name, state in product(("order", "before", "none", "logged"), ("start", "answer", "body")):
        assert (name, 0, state) in states
    for name, state in product(("order", "before", "none", "logged"), ("start", "first", "dotted", "until", "line")):
        assert (name, 1, state) in states
    assert {(0, True), (0, False), (1, False)} <= {(direction, held) for _, direction, _, held, _, _ in seen}
    assert {(True, False), (False, True), (False, False)} <= {(raw, message) for *_, raw, message in seen}
