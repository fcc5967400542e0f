"""What detection knows of one direction of a flow, and whether more bytes could change it."""

from __future__ import annotations

from wiregram.detect.probes import Trial
from wiregram.detect.scan import Scan
from wiregram.model.parsing import MORE


class Side:
    """What is known of one direction."""

    __slots__ = ("data", "datagrams", "ended", "reverse", "scan", "seen", "trials")

    def __init__(self) -> None:
        self.data: bytes | bytearray = b""
        self.seen = 0
        self.ended = False
        self.datagrams = 0
        self.scan: Scan | None = None
        self.reverse: Scan | None = None
        self.trials: list[Trial] | None = None

    def patterns_done(self) -> bool:
        scan, reverse = self.scan, self.reverse
        return (scan is None or scan.done()) and (reverse is None or reverse.done())

    def probes_done(self) -> bool:
        if self.trials is None:
            return False
        for trial in self.trials:  # noqa: SIM110 (a hot room has no generator)
            if trial.outcome == MORE:
                return False
        return True

    def done(self) -> bool:
        """Whether nothing that comes can make this direction say anything."""
        return self.ended or (self.trials is not None and self.patterns_done() and self.probes_done())
