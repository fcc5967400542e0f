"""Community ID, version 1 (https://github.com/corelight/community-id-spec): one name for a flow in the records of every tool."""

from __future__ import annotations

import base64
import functools
import hashlib


@functools.lru_cache(maxsize=4096)
def community_id(transport: int, source: bytes, source_port: int, target: bytes, target_port: int, seed: int = 0) -> str:
    """The ID of a TCP or UDP flow, the same for both directions. Addresses are packed; `seed` has 16 bits."""
    if (source, source_port) > (target, target_port):
        source, source_port, target, target_port = target, target_port, source, source_port
    ports = (source_port & 0xFFFF).to_bytes(2, "big") + (target_port & 0xFFFF).to_bytes(2, "big")
    hashed = (seed & 0xFFFF).to_bytes(2, "big") + source + target + bytes((transport & 0xFF, 0)) + ports
    return "1:" + base64.b64encode(hashlib.sha1(hashed, usedforsecurity=False).digest()).decode()
