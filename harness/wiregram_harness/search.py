"""The search for a plan that breaks a property. The explorer goes first: it tries many plans, plainly, and its find is shrunk as a plan.
Then Hypothesis makes plans, and shrinks what fails by its own means."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.errors import FlakyFailure

from wiregram_harness.corpus import features
from wiregram_harness.draw import Choice, Draw, Explorer, Replay, strategy
from wiregram_harness.of_flows import raised
from wiregram_harness.plan import TIERS, Plan, bare
from wiregram_harness.properties import PROPERTIES, WATCHED
from wiregram_harness.scenario import SENDINGS, Dialogue, Finding, Property, Scenario
from wiregram_harness.scenarios import scenario, sending, talk
from wiregram_harness.shrink import forget, shorten, shrink, shrink_choices
from wiregram_harness.subject import Subject
from wiregram_harness.wire import LONG

BATCH = 100
"""Examples between two looks at the clock."""

EACH = 8
"""Sendings of one dialogue, at least; twice as many of one that took much to make."""

MEETS = 2
"""Sendings by UDP for each of its messages, at most: little can happen to a datagram, and nothing that shows to two flows of them."""

EFFORT = 16
"""Choices that it may take to make a dialogue for each of its sendings."""

DIALOGUES = 4
"""A hunt has so many dialogues at least, each then sent less often."""

_REPEATED = re.compile(r"@reproduce_failure\(.*\)")

WEIGHED = 8
"""The messages of one dialogue in so many are counted as taken by the grammar or not."""

WHOLE = 12
"""One scenario of so many is run by packets, through every room, and each in which a flow may end by time; the others by lanes, from reassembly
on."""


EXPLORER, HYPOTHESIS, CAPTURES = "the explorer", "Hypothesis", "the captures"


class Origin(msgspec.Struct):
    """Where a find comes from: who made it, with which seed (of the captures: which flow), in which scenario, how many were tried to make it
    smaller, and the words that repeat it in a test of the same strategy (Hypothesis; '': there are none)."""

    engine: str
    seed: int
    scenario: int
    tries: int = 0
    again: str = ""


class BrokenError(AssertionError):
    """A property does not hold for a plan. `flaky`: it did not fail again when it was repeated, so it depends on more than the plan.
    `origin` None: it was not searched for."""

    def __init__(self, finding: Finding, plan: Plan, flaky: bool = False, origin: Origin | None = None) -> None:
        self.finding = finding
        self.plan = plan
        self.flaky = flaky
        self.origin = origin
        super().__init__(f"{finding.property}: {finding.detail}\nengine: {finding.engine}\noracle: {finding.oracle}")


class Outcome(msgspec.Struct):
    """What a search did: scenarios tried, seconds, what broke (None: nothing), in how many scenarios each property
    was asked, how many dialogues there were, and of some of their messages, by tier, how many the grammar takes and how many there were. `kept`:
    captured dialogues that showed something new."""

    scenarios: int = 0
    seconds: float = 0.0
    broken: Any = None
    asked: dict[str, int] = {}
    dialogues: int = 0
    accepted: dict[str, list[int]] = {}
    kept: int = 0

    @property
    def rate(self) -> float:
        return self.scenarios / self.seconds if self.seconds else 0.0


def check(subject: Subject, plan: Plan, properties: Sequence[Property]) -> Finding | None:
    """The first property that does not hold for a plan, run by packets and by lanes; after an exception nothing else is asked."""
    return ask(Scenario(subject, plan), properties)


def ask(trial: Scenario, properties: Sequence[Property]) -> Finding | None:
    for entry in properties:
        try:
            finding = entry.check(trial)
        except Exception as error:
            finding = raised(error)
        if finding is not None:
            return finding
    return None


def chosen(names: Sequence[str] = ()) -> list[Property]:
    """Properties by name, all if none is named; never_raises always comes first. Raises KeyError."""
    picked = [PROPERTIES[name] for name in names] if names else list(PROPERTIES.values())
    first = PROPERTIES["never_raises"]
    return [first, *(entry for entry in picked if entry is not first)]


class Search:
    """One search over a subject. `beat` is called before every scenario with what is done and how many scenarios there were.

    `corpus`: plans that are tried before those that are made; one that shows nothing new is sent once only, `kept` counts the others.
    `first`: how many scenarios it took to the first find. `small`: a find is made smaller.
    `sampled`: a dear property is asked only in one scenario of `Property.every`; while a find is shrunk or repeated, always."""

    def __init__(
        self,
        subject: Subject,
        properties: Sequence[Property],
        tiers: tuple[str, ...] = TIERS,
        beat: Callable[[str, int], None] | None = None,
        sampled: bool = False,
        small: bool = True,
        corpus: Sequence[Plan] = (),
    ) -> None:
        self._subject = subject
        self._properties = properties
        self._tiers = tiers
        self._beat = beat
        self._sampled = sampled
        self._small = small
        self._corpus = corpus
        self.first = 0
        self._count = 0
        self._dialogues = 0
        self._doing = ""
        self._begun = time.monotonic()
        self._always = [entry for entry in properties if entry.every == 1 and entry.of == SENDINGS and not entry.watches]
        self._sometimes = [(entry, place) for place, entry in enumerate(properties) if entry not in self._always]
        self._asked = dict.fromkeys((entry.name for entry in properties), 0)
        self.accepted: dict[str, list[int]] = {}
        self._shown: set[str] = set()
        self.kept = 0

    def hunt(self, examples: int, start: int = 0, seconds: float = 0.0) -> Outcome:
        """Explore with half of so many scenarios, or (examples 0) for half of so long; then the rest with Hypothesis. What breaks is shrunk."""
        explored = self.explore(examples // 2, start, seconds / 2)
        if explored.broken is not None:
            return explored
        driven = self.drive(examples - examples // 2, start, seconds / 2)
        driven.scenarios += explored.scenarios
        driven.seconds += explored.seconds
        return driven

    def so_far(self) -> Outcome:
        """What was done until now, for a search that a person ends."""
        return self._outcome(0, self._begun, None)

    def drive(self, examples: int, start: int = 0, seconds: float = 0.0) -> Outcome:
        """Search with Hypothesis alone."""
        begun = time.monotonic()
        first = self._count
        batch = 0
        self._doing = "Hypothesis"
        until = begun + seconds if seconds else 0.0
        while True:
            before = self._count
            left = min(BATCH, examples + first - before) if examples else BATCH
            if left <= 0 or (seconds and time.monotonic() - begun >= seconds):
                return self._outcome(first, begun, None)
            broken = self._batch(left, start + batch, until)
            batch += 1
            if broken is not None or self._count == before:
                return self._outcome(first, begun, broken)

    def _batch(self, examples: int, number: int, until: float) -> BrokenError | None:
        found: list[BrokenError] = []

        @seed(number)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=False,
            phases=(Phase.generate, Phase.shrink) if self._small else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
            print_blob=True,  # not printed, but said with the exception
            verbosity=Verbosity.quiet,
        )
        @given(strategy(self._draw))
        def holds(plan: Plan) -> None:
            if found or not until or time.monotonic() < until:
                self._try(plan, found)

        try:
            holds()
        except BrokenError as broken:
            words = _REPEATED.search("".join(getattr(broken, "__notes__", ())))
            origin = Origin(HYPOTHESIS, number, self.first, self._count - self.first, words[0] if words and self._tiers == TIERS else "")
            plan = forget(broken.plan)
            name = broken.finding.property
            if self._small and not PROPERTIES[name].follows:
                finding = check(self._subject.of(plan.protocol), plan, [PROPERTIES[name]])
                if finding is not None and finding.property == name:
                    return BrokenError(finding, plan, origin=origin)
            return BrokenError(broken.finding, broken.plan, origin=origin)
        except FlakyFailure:
            last = found[-1]
            return BrokenError(last.finding, last.plan, True, Origin(HYPOTHESIS, number, self.first, self._count - self.first))
        return None

    def explore(self, examples: int, start: int = 0, seconds: float = 0.0) -> Outcome:
        """Search with plain random choices, a seed a dialogue from `start` on."""
        begun = time.monotonic()
        first = self._count
        self._doing = "exploring"
        number = start
        while (self._count - first < examples) if examples else (time.monotonic() - begun < seconds):
            made = number if number == start else self._subject.seed(number)  # what a seed has made, it makes again where it comes first
            draw = Explorer(made)
            sought = made != number
            number += 1
            taken = number - start - 1
            captured = taken < len(self._corpus)
            plan = self._corpus[taken] if captured else talk(draw, self._subject, self._tiers)
            dialogue = Dialogue(self._subject.of(plan.protocol), plan)
            kept = len(draw.choices)
            for at in range(_sendings(plan, 0 if sought else kept, examples)):
                if at and examples and self._count - first >= examples:
                    break
                draw.back(kept)
                try:
                    self._try(sending(draw, self._subject, plan, at == 0), [], dialogue, at == 0)
                except BrokenError as broken:
                    origin = Origin(CAPTURES if captured else EXPLORER, taken if captured else made, self.first)
                    return self._outcome(first, begun, self._smallest(broken, draw.choices, origin))
                if captured and at == 0 and not self._keep(dialogue):
                    break
        return self._outcome(first, begun, None)

    def _keep(self, dialogue: Dialogue) -> bool:
        """Whether a captured dialogue shows something that those before it have not."""
        shown = features(dialogue.told()) - self._shown
        self._shown |= shown
        self.kept += bool(shown)
        return bool(shown)

    def _outcome(self, first: int, begun: float, broken: BrokenError | None) -> Outcome:
        return Outcome(self._count - first, time.monotonic() - begun, broken, self._asked, self._dialogues, self.accepted, self.kept)

    def _smallest(self, broken: BrokenError, choices: Sequence[Choice], origin: Origin) -> BrokenError:
        """The find with its plan shrunk; flaky if it does not fail again."""
        broken.origin = origin
        if not self._small:
            return broken
        name = broken.finding.property
        entries = [entry for entry in self._properties if entry.name == name] or self._properties

        def fails(plan: Plan) -> bool:
            origin.tries += 1
            finding = check(self._subject.of(plan.protocol), plan, entries)
            return finding is not None and finding.property == name

        def same(plan: Plan) -> bool:
            origin.tries += 1
            finding = check(self._subject.of(plan.protocol), plan, entries)
            return finding is not None and finding.detail == broken.finding.detail

        self._doing = "making the find smaller"
        if self._beat is not None:
            self._beat(self._doing, self._count)
        if not fails(broken.plan):
            return BrokenError(broken.finding, broken.plan, True, origin)
        plan = forget(broken.plan)
        if PROPERTIES[name].captured:
            plan = shorten(bare(broken.plan), same)
        elif not PROPERTIES[name].follows and fails(plan):
            plan = shrink(plan, fails)
        else:  # what the generator knows of the dialogue matters, so it has to make the smaller one
            plan = self._draw(Replay(shrink_choices(choices, lambda fewer: fails(self._draw(Replay(fewer))))))
            plan = plan if fails(plan) else broken.plan
        return BrokenError(check(self._subject.of(plan.protocol), plan, entries) or broken.finding, plan, origin=origin)

    def _draw(self, draw: Draw) -> Plan:
        return scenario(draw, self._subject, self._tiers)

    def _try(self, plan: Plan, found: list[BrokenError], dialogue: Dialogue | None = None, new: bool = True) -> None:
        """One scenario; `new`: the first sending of its dialogue."""
        number = self._count
        self._count += 1
        self._dialogues += new
        if new and self._dialogues % WEIGHED == 0:
            self._weigh(plan)
        if self._beat is not None:
            self._beat("making the find smaller" if found else self._doing, self._count)
        due = self._properties
        subject = self._subject.of(plan.protocol)
        if self._sampled and not found:
            watched = number % WATCHED == 0 or "open" in plan.limits
            due = self._always + [entry for entry, place in self._sometimes if self._due(entry, place, number, new, watched)]
            whole = number % WHOLE == WHOLE - 1 or plan.flows[-1].again or _outlasts(plan, subject)
            trial = Scenario(subject, plan, whole, watched, dialogue)
        else:
            trial = Scenario(subject, plan)
        for entry in due:
            self._asked[entry.name] += 1
        finding = ask(trial, due)
        if finding is not None and len(due) < len(self._properties):
            finding = check(self._subject.of(plan.protocol), plan, self._properties) or finding  # the nearest cause comes first in the list
        if finding is not None:
            broken = BrokenError(finding, plan)
            self.first = self.first or self._count
            found.append(broken)
            raise broken

    def _weigh(self, plan: Plan) -> None:
        """Note which of a plan's messages the grammar takes."""
        subject = self._subject.of(plan.protocol)
        for flow in plan.flows:
            for turn in flow.turns:
                for message in turn.messages:
                    specimen = subject.by_name.get(message.name)
                    if specimen is not None and message.data and message.tier in TIERS:
                        count = self.accepted.setdefault(message.tier, [0, 0])
                        count[0] += specimen.taken(message.data)
                        count[1] += 1

    def _due(self, entry: Property, place: int, number: int, new: bool, watched: bool) -> bool:
        if entry.of != SENDINGS:
            return new and (self._dialogues + place) % entry.every == 0
        return number % entry.every == 0 or watched if entry.watches else (number + place) % entry.every == 0


def _outlasts(plan: Plan, subject: Subject) -> bool:
    """Whether a flow is silent for so long that it may be over: that shows by packets alone."""
    waits = subject.waits
    return any(operation.time > (waits.closed if flow.transport == "tcp" else waits.datagrams) for flow in plan.flows for operation in flow.hostile)


def _sendings(plan: Plan, choices: int, examples: int) -> int:
    """How often a dialogue that was made of so many choices is sent."""
    if (
        not any(flow.turns for flow in plan.flows)
        or sum(len(message.data) for flow in plan.flows for turn in flow.turns for message in turn.messages) > LONG
    ):
        return 1
    count = min(2 * EACH, max(EACH, choices // EFFORT))
    if all(flow.transport != "tcp" for flow in plan.flows):
        messages = sum(len(turn.messages) for turn in plan.flows[0].turns)
        count = min(count, MEETS * messages) if len(plan.flows) == 1 else 1
    return min(count, max(1, examples // DIALOGUES)) if examples else count
