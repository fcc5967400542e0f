"""The state table: what one direction's answer does, when to wait, when to give up, what the reason says."""

from __future__ import annotations

from typing import Any

import pytest

from wiregram.detect.detection import DATAGRAMS, MOST_OTHER, UPGRADE_LIMIT
from wiregram.model.packet import TCP, TO_CLIENT, TO_SERVER, UDP

OTHER_IS_OK = ("call", "starts", ("other",), ("const", b"+OK"))
OTHER_IS_NOT_OK = ("not", OTHER_IS_OK)


def names(detection: Any) -> list[str]:
    return [name for name, _, _ in detection.events]


# ---- patterns


def test_a_pattern_decides_at_its_last_byte(made: Any) -> None:
    detection = made.detector(made.protocol("pop", [made.pattern(b"+OK")])).open(TCP, 9999, 7777)
    detection.feed(TO_CLIENT, b"+O")
    assert detection.verdict == ""
    detection.feed(TO_CLIENT, b"+OK")
    assert (detection.verdict, detection.sides) == ("pop", ["", "pop"])
    assert detection.reason == {
        "by": "pattern",
        "direction": "to_client",
        "offset": 0,
        "bytes": 3,
        "signature": '"+OK"',
        "candidates": ["pop"],
        "lost": [],
        "ended": "",
    }


def test_the_longest_match_wins_and_is_waited_for(made: Any) -> None:
    detector = made.detector(made.protocol("short", [made.pattern(b"220")]), made.protocol("long", [made.pattern(b"220 ftp")]))
    assert made.turns(detector.open(TCP, 1, 2), [(TO_CLIENT, b"220 ftp")]).verdict == "long"
    assert made.turns(detector.open(TCP, 1, 2), [(TO_CLIENT, b"220 ")]).verdict == ""
    assert made.turns(detector.open(TCP, 1, 2), [(TO_CLIENT, b"220 s")]).verdict == "short"


def test_of_equal_matches_the_first_of_the_manifest_wins(made: Any) -> None:
    one, two = made.protocol("one", [made.pattern(b"220")]), made.protocol("two", [made.pattern(b"220")])
    assert made.turns(made.detector(one, two).open(TCP, 1, 2), [(TO_CLIENT, b"220")]).verdict == "one"
    assert made.turns(made.detector(two, one).open(TCP, 1, 2), [(TO_CLIENT, b"220")]).verdict == "two"


def test_what_leads_wins_when_the_other_side_answers(made: Any) -> None:
    detector = made.detector(
        made.protocol("http", [made.pattern(b"GET ", TO_SERVER)]), made.protocol("sip", [made.pattern(b"SIP/2.0", TO_SERVER, depth=64)])
    )
    detection = made.turns(detector.open(TCP, 1, 2), [(TO_SERVER, b"GET / x\r\n")])
    assert detection.verdict == ""
    detection.feed(TO_CLIENT, b"h")
    assert detection.verdict == "http"


def test_a_condition_waits_for_the_other_side(made: Any) -> None:
    detector = made.detector(
        made.protocol("pop", [made.pattern(b"USER ", TO_SERVER, when=OTHER_IS_OK)]),
        made.protocol("ftp", [made.pattern(b"USER ", TO_SERVER, when=OTHER_IS_NOT_OK)]),
    )
    for answer, verdict in ((b"+OK", "pop"), (b"220", "ftp")):
        for step in (0, 1):
            detection = made.turns(detector.open(TCP, 1, 2), [(TO_SERVER, b"USER x")])
            assert detection.verdict == ""
            made.turns(detection, [], step)
            detection.feed(TO_CLIENT, answer)
            assert detection.verdict == verdict


def test_a_condition_that_stays_absent_is_false(made: Any) -> None:
    never = ("==", ("index", ("other",), ("const", 5000)), ("const", b"x"))
    detector = made.detector(made.protocol("p", [made.pattern(b"USER ", TO_SERVER, when=never)]))
    detection = made.turns(detector.open(TCP, 1, 2), [(TO_SERVER, b"USER x"), (TO_CLIENT, b"y" * (MOST_OTHER - 1))])
    assert detection.reason["lost"][0]["why"] == "its condition is undecided"
    detection = made.turns(detector.open(TCP, 1, 2), [(TO_SERVER, b"USER x"), (TO_CLIENT, b"y" * MOST_OTHER)])
    assert (detection.verdict, detection.reason["lost"][0]["why"]) == ("failed", "its condition does not hold")


# ---- probes


def test_a_probe_wins_at_the_end_of_its_message_and_is_handed_over(made: Any) -> None:
    detector = made.detector(made.protocol("echo", probes=[made.probe(b">", TO_SERVER, [7])]))
    detection = made.turns(detector.open(TCP, 40000, 7), [(TO_SERVER, b"> hi\n> more\n")])
    assert detection.verdict == "echo"
    number, parser = detection.parsers[TO_SERVER]
    assert (number, parser.used) == (0, 5)
    assert detection.reason["by"] == "probe"


def test_probes_are_tried_on_their_ports_only(made: Any) -> None:
    detector = made.detector(made.protocol("echo", probes=[made.probe(b">", TO_SERVER, [7])]))
    assert made.turns(detector.open(TCP, 40000, 8), [(TO_SERVER, b"> hi\n"), (TO_CLIENT, b"x")]).verdict == "failed"


def test_a_probe_for_any_port_comes_last(made: Any) -> None:
    detector = made.detector(
        made.protocol("any", probes=[made.probe(b"", TO_SERVER, any_port=True)]), made.protocol("port", probes=[made.probe(b"> ", TO_SERVER, [7])])
    )
    assert made.turns(detector.open(TCP, 40000, 8), [(TO_SERVER, b"> hi\n")]).verdict == "any"
    assert made.turns(detector.open(TCP, 40000, 7), [(TO_SERVER, b"> hi\n")]).verdict == "port"
    assert made.turns(detector.open(TCP, 40000, 7), [(TO_SERVER, b">-hi\n")]).verdict == "any"


def test_a_pattern_beats_a_probe_that_needs_more_bytes(made: Any) -> None:
    detector = made.detector(
        made.protocol("probed", probes=[made.probe(b"", TO_SERVER, [7])]), made.protocol("matched", [made.pattern(b"ab", TO_SERVER)])
    )
    assert made.turns(detector.open(TCP, 40000, 7), [(TO_SERVER, b"abc\n")]).verdict == "matched"


def test_a_probe_beats_a_pattern_that_comes_later(made: Any) -> None:
    detector = made.detector(
        made.protocol("probed", probes=[made.probe(b"", TO_SERVER, [7])]), made.protocol("matched", [made.pattern(b"zz", TO_SERVER, depth=50)])
    )
    assert made.turns(detector.open(TCP, 40000, 7), [(TO_SERVER, b"abc\nzz")]).verdict == "probed"


def test_minimum_and_maximum_of_a_probe(made: Any) -> None:
    detector = made.detector(made.protocol("p", probes=[made.probe(b"", TO_SERVER, [7], minimum=6, maximum=8)]))
    detection = detector.open(TCP, 40000, 7)
    detection.feed(TO_SERVER, b"abc\n")
    assert detection.verdict == ""
    detection.feed(TO_SERVER, b"abc\nde")
    assert detection.verdict == "p"
    assert made.turns(detector.open(TCP, 40000, 7), [(TO_SERVER, b"1234567\n")]).verdict == "p"
    assert made.turns(detector.open(TCP, 40000, 7), [(TO_SERVER, b"12345678\n"), (TO_CLIENT, b"x")]).verdict == "failed"


def test_a_flawed_match_counts_only_if_nothing_better_does(made: Any) -> None:
    flawed = made.protocol("flawed", probes=[made.probe(b"", TO_SERVER, [7])])
    clean = made.protocol("clean", probes=[made.probe(b"", TO_SERVER, any_port=True)])
    head = made.protocol("head", probes=[made.probe(b">", TO_SERVER, [7])])
    assert made.turns(made.detector(flawed).open(TCP, 40000, 7), [(TO_SERVER, b"what?\n")]).verdict == "flawed"
    assert made.turns(made.detector(flawed, head).open(TCP, 40000, 7), [(TO_SERVER, b">hat?\n")]).verdict == "flawed"
    assert made.turns(made.detector(flawed, clean).open(TCP, 40000, 7), [(TO_SERVER, b"what?\n")]).verdict == "flawed"


def test_modes(made: Any) -> None:
    def detection(mode: str) -> Any:
        detector = made.detector(made.protocol("p", [made.pattern(b"+OK")], [made.probe(b"+", TO_CLIENT, [7])], mode={"tcp": mode}))
        return made.turns(detector.open(TCP, 40000, 7), [(TO_CLIENT, b"+OK\n"), (TO_SERVER, b"x")])

    assert (detection("on").verdict, detection("on").parsing) == ("p", True)
    assert (detection("detection_only").verdict, detection("detection_only").parsing) == ("p", False)
    assert detection("off").verdict == "failed"


# ---- two directions


def test_the_second_direction_confirms(made: Any) -> None:
    detector = made.detector(made.protocol("p", [made.pattern(b"+OK"), made.pattern(b"CAPA", TO_SERVER)]))
    detection = made.turns(detector.open(TCP, 1, 2), [(TO_CLIENT, b"+OK")])
    assert detection.wants(TO_SERVER)
    detection.feed(TO_SERVER, b"CAPA")
    assert (detection.sides, names(detection), detection.wants(TO_SERVER)) == (["p", "p"], [], False)


def test_the_second_direction_contradicts(made: Any) -> None:
    detector = made.detector(made.protocol("p", [made.pattern(b"+OK")]), made.protocol("q", [made.pattern(b"GET ", TO_SERVER)]))
    detection = made.turns(detector.open(TCP, 1, 2), [(TO_CLIENT, b"+OK"), (TO_SERVER, b"GET ")])
    assert (detection.verdict, detection.sides, names(detection)) == ("p", ["q", "p"], ["mismatch_protocol_both_directions"])


def test_the_same_pattern_of_two_protocols_is_no_contradiction(made: Any) -> None:
    detector = made.detector(
        made.protocol("smtp", [made.pattern(b"220")]), made.protocol("ftp", [made.pattern(b"220"), made.pattern(b"AUTH ", TO_SERVER)])
    )
    detection = made.turns(detector.open(TCP, 1, 2), [(TO_SERVER, b"AUTH "), (TO_CLIENT, b"220")])
    assert (detection.verdict, detection.sides, names(detection)) == ("ftp", ["ftp", "ftp"], [])


def test_who_should_wait_and_speaks_first_turns_parsing_off(made: Any) -> None:
    detector = made.detector(made.protocol("p", [made.pattern(b"CAPA", TO_SERVER)], speaks_first="server"))
    detection = made.turns(detector.open(TCP, 1, 2), [(TO_SERVER, b"CAPA")])
    assert (detection.verdict, detection.parsing, names(detection)) == ("p", False, ["wrong_direction_first_data"])
    midstream = made.turns(detector.open(TCP, 1, 2, True), [(TO_SERVER, b"CAPA")])
    assert (midstream.verdict, midstream.parsing, names(midstream)) == ("p", True, [])


def test_an_answer_waits_for_the_side_that_spoke_before_it(made: Any) -> None:
    """The client has acknowledged what the capture shows later."""
    detector = made.detector(
        made.protocol("p", [made.pattern(b"CAPA", TO_SERVER), made.pattern(b"+OK")], speaks_first="server"),
        made.protocol("q", [made.pattern(b"-OK")]),
    )
    detection = detector.open(TCP, 1, 2)
    detection.feed(TO_SERVER, b"CAPA", mark=5)
    assert detection.verdict == ""
    detection.feed(TO_CLIENT, b"+OK")
    assert (detection.verdict, detection.sides, names(detection)) == ("p", ["p", "p"], [])
    detection = detector.open(TCP, 1, 2)
    detection.feed(TO_SERVER, b"CAPA", mark=5)
    detection.feed(TO_CLIENT, b"-OK")
    assert (detection.verdict, names(detection)) == ("q", ["mismatch_protocol_both_directions"])
    detection = detector.open(TCP, 1, 2)
    detection.feed(TO_SERVER, b"CAPA", mark=5)
    detection.feed(TO_CLIENT, b"", True)
    assert detection.verdict == "p"


# ---- the wrong way round


def test_patterns_of_the_other_direction_turn_a_midstream_flow_round(made: Any) -> None:
    detector = made.detector(made.protocol("p", [made.pattern(b"+OK")]))
    detection = made.turns(detector.open(TCP, 110, 40000, True), [(TO_SERVER, b"+OK")])
    assert (detection.verdict, detection.swapped, detection.sides) == ("p", True, ["", "p"])
    detection = made.turns(detector.open(TCP, 110, 40000), [(TO_SERVER, b"+OK"), (TO_CLIENT, b"x")])
    assert (detection.verdict, detection.swapped) == ("failed", False)


def test_the_clients_port_turns_a_midstream_flow_round(made: Any) -> None:
    detector = made.detector(made.protocol("m", probes=[made.probe(b"q", TO_SERVER, [502]), made.probe(b"a", TO_CLIENT, [502])]))
    detection = made.turns(detector.open(TCP, 502, 40000, True), [(TO_SERVER, b"a1\n")])
    assert (detection.verdict, detection.swapped) == ("m", True)
    assert detection.parsers[TO_CLIENT][0] == 1
    assert detection.parsers[TO_SERVER] is None


def test_a_role_turns_a_flow_of_datagrams_round(made: Any) -> None:
    role = ("if", ("==", ("slice", ("own", "text"), None, ("const", 1)), ("const", b"a")), ("const", b"response"), ("const", b"request"))
    both = [made.probe(b"", direction, [53], transport="udp") for direction in (TO_SERVER, TO_CLIENT)]
    detector = made.detector(made.protocol("d", probes=both, role=role))
    for ports, octets, swapped in (((53, 9), b"a\n", True), ((53, 9), b"q\n", False), ((9, 53), b"q\n", False), ((53, 53), b"a\n", True)):
        detection = detector.open(UDP, *ports)
        detection.feed(TO_SERVER, octets, True)
        assert (detection.verdict, detection.swapped) == ("d", swapped)


def test_only_whole_requests_are_trusted_in_a_midstream_flow(made: Any) -> None:
    detector = made.detector(made.protocol("p", [made.pattern(b"+OK")]))
    detection = made.turns(detector.open(TCP, 1, 2, True), [(TO_SERVER, b"...."), (TO_CLIENT, b"+OK")])
    assert (detection.verdict, detection.sides, detection.parsing) == ("p", ["", "p"], False)
    detection = made.turns(detector.open(TCP, 1, 2, True), [(TO_CLIENT, b"+OK")])
    assert (detection.verdict, detection.parsing) == ("p", True)


@pytest.mark.parametrize("cut", [6, 3, 5])
def test_a_guard_sees_as_much_of_a_recognised_side_however_it_is_cut(made: Any, cut: int) -> None:
    whole = ("call", "starts", ("other",), ("const", b"ask me"))
    detector = made.detector(made.protocol("p", [made.pattern(b"ask", TO_SERVER), made.pattern(b"OK", when=whole)]))
    detection = detector.open(TCP, 1, 2)
    for size in (cut, 6):
        if detection.wants(TO_SERVER):
            detection.feed(TO_SERVER, b"ask me"[:size])
    detection.feed(TO_CLIENT, b"OK")
    assert (detection.verdict, detection.sides) == ("p", ["p", "p"])


# ---- giving up


def test_it_fails_when_both_sides_are_done(made: Any) -> None:
    detector = made.detector(made.protocol("p", [made.pattern(b"+OK"), made.pattern(b"CAPA", TO_SERVER)]))
    detection = made.turns(detector.open(TCP, 1, 2), [(TO_CLIENT, b"*")])
    assert detection.verdict == ""
    detection.feed(TO_SERVER, b"CAxx")
    assert (detection.verdict, names(detection)) == ("failed", [])


def test_a_gap_ends_a_direction_and_the_other_may_still_tell(made: Any) -> None:
    detector = made.detector(made.protocol("p", [made.pattern(b"+OK"), made.pattern(b"CAPA", TO_SERVER)]))
    detection = detector.open(TCP, 1, 2)
    detection.feed(TO_CLIENT, b"+O", True)
    assert not detection.wants(TO_CLIENT)
    detection.feed(TO_SERVER, b"CAPA")
    assert detection.verdict == "p"
    detection = detector.open(TCP, 1, 2)
    detection.feed(TO_CLIENT, b"+O", True)
    detection.feed(TO_SERVER, b"none")
    assert detection.verdict == "failed"


@pytest.mark.parametrize(
    ("client", "server", "events"),
    [
        (101, 0, ["proto_detection_skipped"]),
        (100, 0, None),
        (0, 201, ["proto_detection_skipped"]),
        (0, 200, None),
    ],
)
def test_bounds(made: Any, client: int, server: int, events: list[str] | None) -> None:
    """The client's side is done at once; the server's pattern stays possible."""
    detector = made.detector(made.protocol("p", [made.pattern(b"+OK", depth=1000)]), limit=100)
    detection = detector.open(TCP, 1, 2)
    if server:
        detection.feed(TO_CLIENT, b"x" * server)
    if client:
        detection.feed(TO_SERVER, b"x" * client)
    assert names(detection) == (events or [])
    assert detection.verdict == ("" if events is None else "failed")


def test_one_side_done_and_only_patterns_left_of_the_other(made: Any) -> None:
    detector = made.detector(made.protocol("p", [made.pattern(b"+OK", depth=1000)]), limit=100)
    detection = made.turns(detector.open(TCP, 1, 2), [(TO_CLIENT, b"x" * 5), (TO_SERVER, b"x" * 100)])
    assert detection.verdict == ""
    detection.feed(TO_SERVER, b"x" * 101)
    assert (detection.verdict, names(detection)) == ("failed", ["proto_detection_skipped"])


def test_a_few_datagrams_are_looked_at(made: Any) -> None:
    detector = made.detector(made.protocol("d", probes=[made.probe(b"q", TO_SERVER, [53], transport="udp")]))
    detection = detector.open(UDP, 9, 53)
    for _ in range(DATAGRAMS - 1):
        detection.feed(TO_SERVER, b"junk", True)
        assert detection.verdict == ""
    detection.feed(TO_SERVER, b"q1\n", True)
    assert (detection.verdict, detection.parsers[TO_SERVER]) == ("d", None)
    detection = detector.open(UDP, 9, 53)
    for _ in range(DATAGRAMS):
        detection.feed(TO_SERVER, b"junk", True)
    assert detection.verdict == "failed"


# ---- upgrades


def test_after_an_upgrade_the_expected_protocol_is_tried_first(made: Any) -> None:
    detector = made.detector(
        made.protocol("pop", probes=[made.probe(b"", TO_SERVER, [110])]),
        made.protocol("tls", probes=[made.probe(b"\x16", TO_SERVER, [443])], missed="no_tls"),
    )
    for step in (0, 1):
        detection = made.turns(detector.open(TCP, 1, 110, upgrade=True, expected="tls", old="pop"), [(TO_SERVER, b"\x16\n\n")], step)
        assert (detection.verdict, names(detection)) == ("tls", [])
        detection = made.turns(detector.open(TCP, 1, 110, upgrade=True, expected="tls", old="pop"), [(TO_SERVER, b"CAPA\n")], step)
        assert (detection.verdict, names(detection)) == ("pop", ["unexpected_protocol", "no_tls"])


def test_an_upgrade_to_what_nobody_knows_fails(made: Any) -> None:
    detector = made.detector(made.protocol("pop", probes=[made.probe(b"C", TO_SERVER, [110]), made.probe(b"+", TO_CLIENT, [110])]))
    detection = made.turns(detector.open(TCP, 1, 110, upgrade=True, old="pop"), [(TO_SERVER, b"\x16\x03"), (TO_CLIENT, b"\x16")])
    assert (detection.verdict, names(detection)) == ("failed", [])


def test_an_inconclusive_upgrade_goes_on_with_the_old_protocol(made: Any) -> None:
    detector = made.detector(made.protocol("pop", probes=[made.probe(b"C", TO_SERVER, [110])]))
    detection = made.turns(detector.open(TCP, 1, 110, upgrade=True, old="pop"), [(TO_SERVER, b"C" * (UPGRADE_LIMIT - 1))])
    assert detection.verdict == ""
    detection.feed(TO_SERVER, b"C" * UPGRADE_LIMIT)
    assert detection.verdict == "pop"
    detection = made.turns(detector.open(TCP, 1, 110, upgrade=True, old="pop"), [(TO_SERVER, b"CA")])
    detection.give_up("the flow ended", False)
    assert detection.verdict == "pop"


# ---- reasons


def test_the_reason_names_what_lost_and_why(made: Any) -> None:
    detector = made.detector(
        made.protocol("long", [made.pattern(b"220 ftp")]),
        made.protocol("short", [made.pattern(b"220")]),
        made.protocol("picky", [made.pattern(b"220", when=("const", False))]),
        made.protocol("probed", probes=[made.probe(b"3", TO_CLIENT, [21])]),
    )
    reason = made.turns(detector.open(TCP, 1, 21), [(TO_CLIENT, b"220 ftp")]).reason
    assert reason["candidates"] == ["long", "picky", "probed", "short"]
    assert {item["protocol"]: item["why"] for item in reason["lost"]} == {
        "short": "a better match won",
        "picky": "its condition does not hold",
        "probed": "no match at byte 0",
    }


# ---- what was announced


def test_an_announced_flow_without_messages_of_its_own_is_what_was_announced_unless_a_pattern_wins(made: Any) -> None:
    detector = made.detector(made.protocol("data"), made.protocol("web", [made.pattern(b"GET ", TO_SERVER)]))
    for step in (0, 1):
        detection = made.turns(detector.open(TCP, 1, 2, expected="data"), [(TO_SERVER, b"GET")], step)
        assert detection.verdict == ""
        detection.feed(TO_SERVER, b"GETx")
        assert (detection.verdict, detection.sides, detection.take()) == ("data", ["data", ""], [])
        assert detection.reason["by"] == "expectation"
        detection = made.turns(detector.open(TCP, 1, 2, expected="data"), [(TO_SERVER, b"GET /")], step)
        assert (detection.verdict, names(detection), detection.reason["by"]) == ("web", ["unexpected_protocol"], "pattern")


def test_an_announced_flow_goes_to_its_own_probe_first(made: Any) -> None:
    detector = made.detector(
        made.protocol("other", probes=[made.probe(b"", TO_SERVER, [7])]), made.protocol("told", probes=[made.probe(b">", TO_SERVER)])
    )
    for step in (0, 1):
        detection = made.turns(detector.open(TCP, 1, 7, expected="told"), [(TO_SERVER, b"> x\n")], step)
        assert (detection.verdict, detection.reason["by"], detection.reason["evidence"]) == ("told", "expectation", "probe")
        detection = made.turns(detector.open(TCP, 1, 7, expected="told"), [(TO_SERVER, b"< x\n")], step)
        assert (detection.verdict, names(detection)) == ("other", ["unexpected_protocol"])


def test_an_inconclusive_announced_flow_is_taken_for_what_was_announced_at_the_bound_or_the_end(made: Any) -> None:
    detector = made.detector(made.protocol("told", probes=[made.probe(b"", TO_SERVER)]), made.protocol("far", [made.pattern(b"zz", depth=9999)]))
    for step in (0, 1000):
        said = [(TO_SERVER, b"x" * UPGRADE_LIMIT + b"\n")]
        assert made.turns(detector.open(TCP, 1, 2, expected="told"), said, step).reason["by"] == "expectation"
        assert made.turns(detector.open(TCP, 1, 2, expected="told"), [(TO_SERVER, b"x" * (UPGRADE_LIMIT - 1))], step).verdict == ""
    detection = made.turns(detector.open(TCP, 1, 2, expected="told"), [(TO_SERVER, b"x")])
    detection.give_up("the flow ended", False)
    assert detection.verdict == "told"
    detection = made.turns(detector.open(TCP, 1, 2, expected="told"), [])
    detection.give_up("the flow ended", False)
    assert detection.verdict == "failed"


def test_an_announced_protocol_whose_messages_do_not_fit_is_not_taken(made: Any) -> None:
    detector = made.detector(made.protocol("told", probes=[made.probe(b">", TO_SERVER)]))
    detection = made.turns(detector.open(TCP, 1, 2, expected="told"), [(TO_SERVER, b"x"), (TO_CLIENT, b"y")])
    assert detection.verdict == "failed"


def test_an_announced_datagram_flow_is_decided_by_its_first_datagram(made: Any) -> None:
    detection = made.detector(made.protocol("data")).open(UDP, 1, 2, expected="data")
    detection.feed(TO_CLIENT, b"anything", True)
    assert (detection.verdict, detection.reason["by"], detection.reason["direction"]) == ("data", "expectation", "to_client")


def test_what_is_decided_at_a_bound_is_decided_there_however_the_bytes_are_cut(made: Any) -> None:
    far = made.pattern(b"zz", TO_SERVER, depth=99_999)
    detector = made.detector(made.protocol("far", [far]), made.protocol("old"), limit=1000)
    said = [(TO_SERVER, b"x" * 5000 + b"zz")]
    for step in (0, 1, 700):
        assert made.turns(detector.open(TCP, 1, 2), said, step).verdict == "failed"
        assert made.turns(detector.open(TCP, 1, 2, upgrade=True, old="old"), said, step).verdict == "old"
        assert made.turns(detector.open(TCP, 1, 2), [(TO_SERVER, b"x" * 1999 + b"zz")], step).verdict == "far"


# ---- what a person says


def test_a_port_that_a_person_names_a_protocol_for_is_that_protocol(made: Any) -> None:
    detector = made.detector(
        made.protocol("said", mode={"tcp": "on"}), made.protocol("web", [made.pattern(b"GET ", TO_SERVER)]), decode_as={("tcp", 81): "said"}
    )
    detection = made.turns(detector.open(TCP, 1, 81), [(TO_SERVER, b"GET /")])
    assert (detection.verdict, detection.sides, detection.events) == ("said", ["said", "said"], [])
    assert detection.reason == {
        "by": "decode_as", "direction": "to_server", "offset": 0, "bytes": 0, "candidates": ["said"], "lost": [], "ended": "",
    }  # fmt: skip
    assert made.turns(detector.open(TCP, 81, 1), [(TO_SERVER, b"GET /")]).verdict == "web"
    assert made.turns(detector.open(UDP, 1, 81), [(TO_SERVER, b"GET /")]).verdict == ""
    turned = made.turns(detector.open(TCP, 81, 1, True), [(TO_SERVER, b"GET /")])
    assert (turned.verdict, turned.swapped, turned.reason["direction"]) == ("said", True, "to_client")
    assert detector.open(TCP, 1, 81, upgrade=True).feed(TO_SERVER, b"GET ") is None


# ---- derived patterns


def derived(made: Any, head: bytes = b">>>>", direction: int = TO_SERVER, **keys: Any) -> Any:
    return made.protocol("p", [made.pattern(head, direction, derived=True, **keys)], [made.probe(head, direction, [7])])


def test_a_derived_pattern_has_the_messages_tried_on_any_port_and_decides_nothing_itself(made: Any) -> None:
    detector = made.detector(derived(made))
    for step in (0, 1):
        detection = made.turns(detector.open(TCP, 1, 2), [(TO_SERVER, b">>>> x")], step)
        assert detection.verdict == ""
        detection.feed(TO_SERVER, b">>>> x\n")
        assert (detection.verdict, detection.reason["by"], detection.parsers[TO_SERVER][1].used) == ("p", "probe", 7)
        assert made.turns(detector.open(TCP, 1, 2), [(TO_SERVER, b">>> > x\n"), (TO_CLIENT, b"x")], step).verdict == "failed"


def test_a_written_pattern_waits_for_no_derived_one(made: Any) -> None:
    detector = made.detector(derived(made, b"+OKAY"), made.protocol("q", [made.pattern(b"+OK", TO_SERVER)]))
    assert made.turns(detector.open(TCP, 1, 2), [(TO_SERVER, b"+OK")]).verdict == "q"


def test_a_derived_pattern_of_the_other_side_agrees(made: Any) -> None:
    detector = made.detector(
        made.protocol("p", [made.pattern(b"+OK", TO_CLIENT), made.pattern(b"HELLO", TO_SERVER, derived=True)], [made.probe(b"HELLO", TO_SERVER)])
    )
    detection = made.turns(detector.open(TCP, 1, 2), [(TO_CLIENT, b"+OK"), (TO_SERVER, b"HELLO")])
    assert (detection.verdict, detection.sides) == ("p", ["p", "p"])


def test_a_derived_pattern_turns_a_midstream_flow_round(made: Any) -> None:
    detection = made.turns(made.detector(derived(made)).open(TCP, 1, 2, True), [(TO_CLIENT, b">>>> x\n")])
    assert (detection.verdict, detection.swapped, detection.sides) == ("p", True, ["p", ""])
