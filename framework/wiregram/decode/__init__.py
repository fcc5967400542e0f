"""From a captured frame to its TCP segment or UDP datagram."""

from wiregram.decode.decoder import Decoder
from wiregram.decode.fragments import Fragments

__all__ = ["Decoder", "Fragments"]
