"""A datagram that the capture cut (a short snaplen): what is complete of its message is logged, with an event, and its octets are accounted for."""

from __future__ import annotations

import pytest

import wiregram
from wiregram.capture.craft import Conversation
from wiregram.model.packet import UDP, Packet
from wiregram.outputs import plain

LIBRARY = wiregram.load()
QUESTION = bytes.fromhex("03777777076578616d706c6503636f6d0000010001")
ANSWER = bytes.fromhex("77778180 0001 0001 0000 0000".replace(" ", "")) + QUESTION + bytes.fromhex("c00c000100010000012c0004c0000207")


def answered(cut: int) -> list[wiregram.Record]:
    """The records of a server's answer that lost its last `cut` octets, seen alone."""
    (packet,) = Conversation("192.0.2.1", "192.0.2.53", 40_053, 53, transport=UDP).server(ANSWER)
    data = packet.data[: len(packet.data) - cut]
    engine = wiregram.Engine(LIBRARY)
    return engine.feed(Packet(1, packet.time, packet.link, data, len(packet.data))) + engine.finish()


@pytest.mark.parametrize("cut", [1, 8, 16])
def test_the_complete_fields_of_a_cut_message_are_logged_with_an_event(cut: int) -> None:
    records = answered(cut)
    (body,) = (plain(record.sections["dns"]) for record in records if record.family == "transaction")
    assert (body["type"], body["id"], body["rcode"]) == ("response", 0x7777, "NOERROR")
    assert body["queries"] == [{"rrname": "www.example.com", "rrtype": "A"}]
    assert "answers" not in body
    assert "truncated" in [record.sections["anomaly"]["event"] for record in records if record.family == "anomaly"]


@pytest.mark.parametrize("cut", range(1, len(ANSWER)))
def test_every_octet_of_a_cut_datagram_is_accounted_for(cut: int) -> None:
    (flow,) = (plain(record.sections["flow"]) for record in answered(cut) if record.family == "flow")
    assert sum(sum(account.values()) for account in flow["accounts"].values()) == len(ANSWER)
    assert sum(account["gap"] for account in flow["accounts"].values()) == cut


def test_a_whole_datagram_that_ends_too_early_is_an_error() -> None:
    (packet,) = Conversation("192.0.2.1", "192.0.2.53", 40_053, 53, transport=UDP).client(ANSWER[:-4])
    engine = wiregram.Engine(LIBRARY)
    records = engine.feed(packet) + engine.finish()
    assert not any(record.family == "transaction" for record in records)


def test_a_message_whose_broken_part_holds_its_key_is_nobodys() -> None:
    """Over TCP a DNS message is a sized region: without room for the id, nothing tells whose it is."""
    talk = Conversation("192.0.2.1", "192.0.2.53", 40_053, 53)
    packets = talk.open() + talk.client(len(QUESTION + ANSWER[:12]).to_bytes(2, "big") + ANSWER[:2] + b"\1\0" + ANSWER[4:6] + bytes(6) + QUESTION)
    packets += talk.server(b"\0\0") + talk.server(len(ANSWER).to_bytes(2, "big") + ANSWER) + talk.close()
    engine = wiregram.Engine(LIBRARY)
    records = [record for packet in packets for record in engine.feed(packet)] + engine.finish()
    bodies = [plain(record.sections["dns"]) for record in records if record.family == "transaction"]
    assert [(body["type"], body["id"]) for body in bodies] == [("request", 0x7777), ("response", 0x7777)]
    assert "parse_error" in [record.sections["anomaly"]["event"] for record in records if record.family == "anomaly"]
