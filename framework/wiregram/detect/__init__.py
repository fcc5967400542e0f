"""Which protocol a flow speaks, from its first bytes, and why. The only room that imports ahocorasick (in `matcher`)."""

from wiregram.detect.detection import Detection
from wiregram.detect.detector import Detector

__all__ = ["Detection", "Detector"]
