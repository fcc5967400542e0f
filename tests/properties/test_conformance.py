"""Every bundled protocol is fuzzed briefly: the same scenarios each time. `HYPOTHESIS_PROFILE=dev` or `soak` tries more, `ci` is the default."""

from __future__ import annotations

import os

import pytest

import wiregram
import wiregram_harness

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "ci")
EXAMPLES = 24 if PROFILE == "ci" else wiregram_harness.PROFILES[PROFILE]
LARGE = {"dns": 4}
"""Protocols whose messages are so large that so many times fewer scenarios are tried."""


@pytest.fixture(scope="module")
def library() -> wiregram.Library:
    return wiregram.load()


@pytest.mark.parametrize("name", sorted(name for name, protocol in wiregram.load().protocols.items() if not protocol.layer))
def test_a_bundled_protocol_conforms(library: wiregram.Library, name: str) -> None:
    examples = max(10, EXAMPLES // LARGE.get(name, 1))
    assert wiregram_harness.conformance(name, library=library, examples=examples).scenarios >= examples
