"""Messages from a Construct declaration: its objects are walked as its parser would walk them, drawing a value wherever the parser would read one.

A length that turns out wrong is mended backwards (the field is rewritten); a Check that fails is repaired in the same way. What cannot be read
(a lambda in an adapter, an unknown class) parses octets drawn on demand. The oracle judges the result; `rejected` counts dead ends.
"""

from __future__ import annotations

from typing import Any

from wiregram_harness.binary_choices import CHOICES
from wiregram_harness.binary_regions import REGIONS
from wiregram_harness.binary_values import VALUES
from wiregram_harness.coverage import Ledger
from wiregram_harness.declaration import Facts
from wiregram_harness.draw import Draw, Wishes
from wiregram_harness.pieces import RejectedError
from wiregram_harness.walk import Walk
from wiregram_harness.ways import Ways

TRIES = 3
"""How often a message is begun anew where the draws led nowhere."""

_MAKERS = {**VALUES, **CHOICES, **REGIONS}


class BinaryGenerator:
    """Makes whole messages of one declaration; `name` is the message's name in the ledger."""

    def __init__(self, name: str, con: Any, ledger: Ledger) -> None:
        self._con = con
        self._name = name
        self._facts = Facts(con)
        self._ledger = ledger
        self._ways = Ways(_MAKERS, Walk.decoded, Walk.unread)
        self._forks: list[str] = []
        self.made = 0
        self.rejected = 0
        self.cases = self._facts.cases
        self._labels = [label for labels in self._facts.forks.values() for label in labels if label not in self._facts.barren]
        for label in self._labels:
            ledger.declare(f"{name}: {label}")

    def make(self, draw: Draw, wishes: Wishes | None = None, parameters: dict[str, Any] | None = None) -> bytes | None:
        """One message, or None where the draws led nowhere; `parameters` are Construct's context keywords."""
        wishes = wishes or Wishes()
        for _ in range(TRIES):
            self.made += 1
            self._forks.clear()
            walk = Walk(self._facts, self._ways, draw, self._fork, wishes)
            try:
                made = walk.message(self._con, parameters or {})
            except RejectedError:
                self.rejected += 1
                if walk.lessons:  # the next try asks for them from the start
                    wishes = Wishes(wishes.hints, {**walk.lessons, **wishes.fixed}, wishes.eager)
                continue
            finally:
                walk.part()
            for label in self._forks:
                self._ledger.hit(label)
            return made
        return None

    def worth(self, parameter: str) -> list[Any]:
        """What a parameter is compared with."""
        return self._facts.values.get(parameter, []) + self._facts.keys.get(parameter, [])

    def steering(self) -> dict[str, dict[str, list[Any]]]:
        """By name of a branch: fields, and values of them that may lead there."""
        return {f"{self._name}: {label}": self._facts.leads.get(label, {}) for label in self._labels}

    def _fork(self, con: Any, way: int) -> None:
        labels = self._facts.forks.get(id(con))
        if labels:
            self._forks.append(f"{self._name}: {labels[way]}")
