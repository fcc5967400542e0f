"""Every bundled protocol is fuzzed briefly: the same scenarios each time. `HYPOTHESIS_PROFILE=dev` or `soak` tries more, `ci` is the default."""

from __future__ import annotations

import os

import pytest

import wiregram
import wiregram_harness

EXAMPLES = {"dev": 400, "soak": 20_000}.get(os.environ.get("HYPOTHESIS_PROFILE", "ci"), 24)
LARGE = {"dns": 4}
"""Protocols whose messages are so large that so many times fewer scenarios are tried."""


@pytest.fixture(scope="module")
def library() -> wiregram.Library:
    return wiregram.load()


@pytest.mark.parametrize("name", sorted(name for name, protocol in wiregram.load().protocols.items() if any(protocol.ports.values())))
def test_a_bundled_protocol_conforms(library: wiregram.Library, name: str) -> None:
    examples = max(10, EXAMPLES // LARGE.get(name, 1))
    assert wiregram_harness.conformance(name, library=library, examples=examples).scenarios >= examples
