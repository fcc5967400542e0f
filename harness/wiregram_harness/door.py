"""The harness's only way into `wiregram` beside its public names."""

from __future__ import annotations

from wiregram.capture.craft import Conversation, Timeline
from wiregram.capture.writing import write
from wiregram.model.packet import TCP, TO_CLIENT, TO_SERVER, UDP, Packet

__all__ = ["TCP", "TO_CLIENT", "TO_SERVER", "UDP", "Conversation", "Packet", "Timeline", "write"]
