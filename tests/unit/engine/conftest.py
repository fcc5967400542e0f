"""The bundled library and crafted conversations, for the engine."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest

import wiregram
from wiregram.capture.craft import Conversation
from wiregram.model.packet import TCP, TO_CLIENT, TO_SERVER, UDP, Packet
from wiregram.model.record import Record


def play(library: wiregram.Library, packets: Iterable[Packet]) -> list[Record]:
    """All records of these packets but the statistics. Holds the engine to its account: every octet of a flow is counted once."""
    engine = wiregram.Engine(library)
    records: list[Record] = []
    known: dict[int, Any] = {}
    for packet in packets:
        records += engine.feed(packet)
        known.update((flow.id, conversation) for flow, conversation in engine._conversations.items())
    records += engine.finish()
    assert engine.held == 0
    for conversation in known.values():
        accounts = conversation.flow.accounts
        assert [account.total() for account in accounts] == [conversation.stream.span(direction) for direction in (TO_SERVER, TO_CLIENT)]
        assert all(getattr(account, name) >= 0 for account in accounts for name in account.__slots__)
    assert records[-1].family == "stats"
    return records[:-1]


def turns(talk: Conversation, said: Iterable[tuple[str, bytes]], step: int = 0) -> list[Packet]:
    """A conversation of turns ("client" or "server", octets), cut into segments of `step` octets (0: as they are)."""
    packets = talk.open()
    for who, octets in said:
        cuts = range(step, len(octets), step) if step and talk.transport == TCP else ()
        packets += (talk.client if who == "client" else talk.server)(octets, cuts=list(cuts))
    return packets + talk.close()


def logged(records: Iterable[Record]) -> list[tuple[str, int | None, Any]]:
    """(event type, number, body) of the transactions."""
    return [(record.name, record.tx_id, record.sections[record.name]) for record in records if record.family == "transaction"]


def events(records: Iterable[Record]) -> list[str]:
    return [record.sections["anomaly"]["event"] for record in records if record.family == "anomaly"]


def flows(records: Iterable[Record]) -> list[Record]:
    return [record for record in records if record.family == "flow"]


@pytest.fixture(scope="session")
def library() -> wiregram.Library:
    return wiregram.load()


@pytest.fixture(scope="session")
def wire() -> Any:
    """play, turns, logged, events, flows, and `talk`: a conversation to a port."""

    def talk(port: int, transport: int = TCP, client_port: int = 40_000, **keys: Any) -> Conversation:
        return Conversation(client_port=client_port, server_port=port, transport=transport, **keys)

    return SimpleNamespace(play=play, turns=turns, logged=logged, events=events, flows=flows, talk=talk, UDP=UDP, TCP=TCP)
