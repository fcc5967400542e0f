"""From a capture file, or standard input, to packets; and back: frames that are made up, and capture files that are written.

The readers are our own. scapy's are fast enough (517,000 packets/s), but they say nothing when a file is cut short and hand over half a packet as a
whole one, cut frames at 65,535 octets, keep the interfaces of one pcapng section for the next, and ignore `if_tsoffset`. What scapy does here is take
off the link layers that `decode` does not read, 802.11 above all (`foreign`); it is imported when such a frame comes."""

from wiregram.capture.source import Capture, read
from wiregram.capture.writing import write

__all__ = ["Capture", "read", "write"]
