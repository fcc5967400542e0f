"""From segments to deliveries: data in order, gaps, ends."""

from wiregram.stream.acknowledged import Acknowledged
from wiregram.stream.datagrams import Datagrams
from wiregram.stream.memory import Memory
from wiregram.stream.reassembler import Reassembler

__all__ = ["Acknowledged", "Datagrams", "Memory", "Reassembler"]
