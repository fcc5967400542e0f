"""The score of detection counts what it says it counts."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path

import pytest

import wiregram

spec = importlib.util.spec_from_file_location("score", Path(__file__).with_name("score.py"))
assert spec is not None
assert spec.loader is not None
score = sys.modules["score"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(score)


@pytest.mark.parametrize(
    ("chains", "verdict"),
    [
        ([], ()),
        ([["srvloc"]], ("other",)),
        ([["socks"], ["http", "data-text-lines"]], ("socks",)),
        ([["http"], ["http", "websocket"], ["tls"]], ("http", "websocket", "tls")),
        ([["quic", "tls"]], ("quic",)),
        ([["tpkt", "cotp"], ["tpkt", "cotp", "s7comm"]], ("s7comm",)),
        ([["smtp"], ["tls"], ["http"]], ("smtp", "tls")),
        ([["gtp", "ip", "tcp", "http"]], ("other",)),
    ],
)
def test_a_protocol_inside_another_counts_only_as_a_change(chains: list[list[str]], verdict: tuple[str, ...]) -> None:
    assert score.by_tshark(chains) == verdict


@pytest.mark.parametrize(("word", "verdict"), [("", ()), ("DNS.Google", ("dns",)), ("NetBIOS.SMBv23", ("smb",)), ("NetBIOS", ("other",))])
def test_of_ndpis_words_the_first_counts(word: str, verdict: tuple[str, ...]) -> None:
    assert score.by_ndpi(word) == verdict


@pytest.mark.parametrize(
    ("tshark", "ndpi", "truth", "judged"),
    [
        (("smtp", "tls"), ("smtp",), ("smtp", "tls"), True),
        ((), (), (), True),
        (("other",), (), ("other",), True),
        (("dns",), ("llmnr",), ("dns",), False),
        (("dns",), (), ("dns",), False),
        ((), ("dns",), (), False),
    ],
)
def test_the_truth_is_what_both_say(tshark: tuple[str, ...], ndpi: tuple[str, ...], truth: tuple[str, ...], judged: bool) -> None:
    flow = score.Flow("none/none tcp", {score.TSHARK: tshark, score.NDPI: ndpi})
    score.decide(flow)
    assert (flow.truth, flow.judged is not None) == (truth, judged)


def test_a_verdict_that_is_not_the_truth_is_wrong_and_one_that_is_missing_is_not() -> None:
    said = {score.OURS: ("http", "tls"), score.TSHARK: ("http",), score.NDPI: ()}
    rows = score.tally([score.Flow("", said, ("http",))])
    assert (rows["http"].flows, rows["http"].right, rows["tls"].wrong) == (1, {"wiregram": 1, "tshark": 1}, {"wiregram": 1})
    assert (rows["http"].recall("nDPI"), rows["http"].precision("nDPI"), rows["tls"].precision("wiregram")) == (0.0, 1.0, 0.0)


@pytest.mark.parametrize(("flows", "right", "good"), [(4, 4, True), (4, 3, False), (20, 19, True), (20, 18, False), (0, 0, True)])
def test_few_flows_must_all_be_found(flows: int, right: int, good: bool) -> None:
    row = score.Row(flows)
    row.right["wiregram"] = right
    assert row.good is good


def test_every_protocol_is_in_the_table_and_every_judgement_has_a_reason() -> None:
    assert {name for name, protocol in wiregram.load().protocols.items() if not protocol.layer} <= set(score.NAMES)
    for entry in score.JUDGEMENTS:
        assert entry["flows"]
        assert entry["reason"].strip()
        assert set(entry["protocols"]) <= {*score.NAMES, score.OTHER}, entry


@pytest.fixture(scope="module")
def away_from_their_ports(captures: Path) -> list[score.Flow]:
    """Flows on odd ports, and those that change to TLS; tshark and nDPI are asked once, and then their answers are kept."""
    if not all(shutil.which(program) for program in ("tshark", "ndpiReader")):
        pytest.skip("tshark or ndpiReader is not there")
    return list(score.flows(captures, ["_oddport", "_starttls"], wiregram.load()))


def test_protocols_are_found_away_from_their_ports(away_from_their_ports: list[score.Flow]) -> None:
    found = [flow for flow in away_from_their_ports if flow.name.startswith("_oddport")]
    whole = score.total(score.tally(found))
    assert whole.flows >= 15
    assert whole.recall(score.OURS) >= score.MOST, list(score.differences(found, []))
    assert whole.precision(score.OURS) == 1.0, list(score.differences(found, []))


def test_nobody_is_left_to_judge(away_from_their_ports: list[score.Flow]) -> None:
    assert [flow.name for flow in away_from_their_ports if flow.judged is None] == []
