"""What a run has reached of a description: rule alternatives, branches, transitions. Counts by name; knows nothing of how they are reached."""

from __future__ import annotations


class Ledger:
    """Counts for names declared beforehand, so that what was never reached can be said by name."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def declare(self, name: str) -> None:
        self.counts.setdefault(name, 0)

    def hit(self, name: str) -> None:
        """Count it, if it was declared."""
        if name in self.counts:
            self.counts[name] += 1

    def reached(self) -> int:
        return sum(1 for count in self.counts.values() if count)

    def missing(self) -> list[str]:
        return [name for name, count in self.counts.items() if not count]

    def __len__(self) -> int:
        return len(self.counts)
