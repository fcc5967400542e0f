"""Every example dialogue of the bundled protocols gives its records, however its bytes are cut."""

from __future__ import annotations

import pytest

import wiregram
from wiregram.dialogue import check, dialogue_file, read_dialogues

PROTOCOLS = wiregram.load().protocols
BUNDLED = tuple(name for name in PROTOCOLS if dialogue_file(name) is not None)
"""A layer, or a protocol without a port, may be played by the dialogues of what feeds or announces it."""


@pytest.fixture(scope="module")
def library() -> wiregram.Library:
    return wiregram.load()


def test_every_bundled_protocol_has_dialogues() -> None:
    assert [name for name, protocol in PROTOCOLS.items() if any(protocol.ports.values()) and name not in BUNDLED] == []


@pytest.mark.parametrize("protocol", BUNDLED)
def test_dialogues_give_their_records_whole_bytewise_and_at_every_split(library: wiregram.Library, protocol: str) -> None:
    path = dialogue_file(protocol)
    assert path is not None
    failures = check(library, protocol, read_dialogues(path))
    assert not failures, "\n".join(failure.render() for failure in failures)
