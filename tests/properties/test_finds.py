"""What fuzzing has found, each as the smallest dialogue that showed it: it holds for ever, and shows the fault again where the mend is taken back."""

from __future__ import annotations

from contextlib import ExitStack

import msgspec
import pytest

import wiregram
import wiregram.parse.text
from wiregram.testing import rewritten
from wiregram_harness.plan import GARBAGE, NEAR, Flow, Message, Operation, Plan, Promise, Turn
from wiregram_harness.search import check, chosen
from wiregram_harness.subject import Subject

PLAIN = wiregram.parse.text.__file__.endswith(".py")


class Find(msgspec.Struct):
    """`undone`: where the framework was mended, what stands there now, and what takes the mend back; `shown_by` is the property that fails then."""

    plan: Plan
    shown_by: str
    undone: tuple[tuple[str, str, str], ...]


def flow(protocol: str, port: int, *turns: Turn) -> Plan:
    return Plan(protocol, [Flow("tcp", port, list(turns))])


FINDS = {
    "a constant is contradicted by its first byte, however the bytes come": Find(
        flow("modbus", 502, Turn(0, []), Turn(1, [Message(b"\x00\x00\x01", "response", GARBAGE)])),
        "no_early_message",
        (("parse.binary:BinaryParser._loop", "why = SHORT\nlack = limit + 1\nelif op == TELL", "why = SHORT\nlack = pos + size\nelif op == TELL"),),
    ),
    "the side that does not speak the protocol stays so when more of the other one comes": Find(
        flow(
            "echo",
            3030,
            Turn(0, [Message(b">\n", "request")]),
            Turn(1, [Message(b"\x08", "reply", NEAR)]),
            Turn(0, [Message(b"\n", "request", NEAR)]),
        ),
        "chunk_invariance",
        (("engine.conversation:Conversation._look_on", "if not self._spoken >> side & 1:", "if True:"),),
    ),
    "a first message that is none is one, though a sound one follows in the same piece": Find(
        flow("echo", 3030, Turn(0, [Message(b">\n", "request")]), Turn(1, [Message(b"\n", "reply", GARBAGE), Message(b"!a\n", "reply")], [3])),
        "chunk_invariance",
        (
            (
                "engine.conversation:Conversation._misfit",
                "first = session.misfits & ~self._spoken & 1 << direction",
                "first = not (flow.accounts[direction].parsed or self._spoken >> direction & 1)",
            ),
        ),
    ),
    "of a message that the depth cuts the octets before it were looked at, where nothing is looked for behind it": Find(
        Plan("ssh", [Flow("tcp", 22, [Turn(1, [Message(b"0   \r\n", "banner")])], ending="nothing")], limits={"depth": 5}),
        "depth_exact",
        (
            ("transaction.items:Items._last_message", "if deep:  #", "if False:  #"),
            ("transaction.items:Items._last_message", "if not deep:", "if True:"),
        ),
    ),
    "where the depth lies inside a piece, what lies behind it is not looked at": Find(
        Plan("echo", [Flow("tcp", 3030, [Turn(0, [Message(b">&\x1a\x14\x03\x93\x88\xa2R\n", "request", NEAR)], [1])])], limits={"depth": 9}),
        "depth_exact",
        (("transaction.items:Items.step", "cursor.split(self._depth - cursor.offset)", "pass"),),
    ),
    "a window that closes for a while does not change how much detection looks at": Find(
        Plan(
            "vnc",
            [Flow("tcp", 5900, [Turn(1, [Message(b"30\n", "version")])], [Operation("closed-window", 0, 5), Operation("swap", 0, 6)])],
            settings={"detection_limit": 1},
        ),
        "idempotence",
        (("engine.conversation:Conversation._see_window", "max(windows[direction], size)", "size"),),
    ),
    "a datagram without the octets that its message announces is whole with its end": Find(
        Plan("sip", [Flow("udp", 5060, [Turn(0, [Message(b"ACK a sip/0.0\n\n")])], promises=[Promise(0, {"method": "b'ACK'"})])]),
        "prompt_completion",
        (("transaction.items:Items._datagram_over", "self._datagrams and cursor.extent", "False and cursor.extent"),),
    ),
    "a hole whose second is over is given up, though no packet comes before the one that fills it": Find(
        Plan(
            "pop3",
            [Flow("tcp", 110, [Turn(1, [Message(b"+ok\n", "reply")])], hostile=[Operation("tardy", 0, 0, 2_250_000_000)])],
        ),
        "reassembly_model",
        (
            (
                "engine.conversation:Conversation.tick",
                "if self._reassembler is not None and self._reassembler.due < time and self.stage != OVER:",
                "if False:",
            ),
            ("engine.conversation:Conversation._remind", "due = NEVER if reassembler is None else reassembler.due", "due = NEVER"),
            ("engine.conversation:Conversation.push", "if reassembler is not None and reassembler.due < self.due:", "if False:"),
        ),
    ),
    "both sides of a flow that is only named are looked at, in whatever pieces they come": Find(
        flow("vnc", 5900, Turn(1, [Message(b"RFB 00", "version")]), Turn(0, [Message(b"RFB 00", "version")], [4])),
        "chunk_invariance",
        (("engine.conversation:Conversation._take_in", "and self._detection is None:\nfor delivery", "and True:\nfor delivery"),),
    ),
}


@pytest.fixture(scope="module")
def library() -> wiregram.Library:
    return wiregram.load()


@pytest.mark.parametrize("rule", FINDS)
def test_a_find_does_not_come_back(library: wiregram.Library, rule: str) -> None:
    found = FINDS[rule].plan
    assert check(Subject(library, found.protocol), found, chosen()) is None


@pytest.mark.skipif(not PLAIN, reason="a mend is taken back in source, and the rooms are compiled")
@pytest.mark.parametrize("rule", FINDS)
def test_a_find_comes_back_without_its_mend(library: wiregram.Library, rule: str) -> None:
    find = FINDS[rule]
    with ExitStack() as stack:
        by_place: dict[str, list[tuple[str, str]]] = {}
        for place, now, before in find.undone:
            by_place.setdefault(place, []).append((now, before))
        for place, changes in by_place.items():
            stack.enter_context(rewritten(place, *changes))
        finding = check(Subject(library, find.plan.protocol), find.plan, chosen())
    assert finding is not None
    assert finding.property == find.shown_by
