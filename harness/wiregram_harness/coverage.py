"""What a run has reached of a description: rule alternatives, branches, transitions. Counts by name; knows nothing of how they are reached."""

from __future__ import annotations


class Ledger:
    """Counts for names declared beforehand, so that what was never reached can be said by name; others are not counted."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self._reached = 0
        self._held: list[str] | None = None

    def declare(self, name: str) -> None:
        self.counts.setdefault(name, 0)

    def hit(self, name: str) -> None:
        if self._held is not None:
            self._held.append(name)
            return
        count = self.counts.get(name)
        if count is not None:
            self.counts[name] = count + 1
            if not count:
                self._reached += 1

    def add(self, name: str, count: int) -> None:
        """Count a declared name so many times."""
        before = self.counts[name]
        self.counts[name] = before + count
        if not before and count:
            self._reached += 1

    def hold(self) -> None:
        """What is hit from now on counts when it is settled that it is used."""
        self._held = []

    def settle(self, used: bool) -> None:
        held, self._held = self._held, None
        for name in (held or ()) if used else ():
            self.hit(name)

    def reached(self) -> int:
        return self._reached

    def missing(self) -> list[str]:
        return [name for name, count in self.counts.items() if not count]

    def __len__(self) -> int:
        return len(self.counts)
