"""From segments to deliveries: data in order, gaps, ends."""

from wiregram.stream.datagrams import Datagrams
from wiregram.stream.memory import Memory
from wiregram.stream.reassembler import Reassembler

__all__ = ["Datagrams", "Memory", "Reassembler"]
