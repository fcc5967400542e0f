"""A scenario as the properties see it: a plan, and what running it gives. Every run is made once, and what sendings of one dialogue share is made
once for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from wiregram import Engine
from wiregram_harness.plan import VALID, Message, Plan, Turn, bare
from wiregram_harness.runs import Told, by_lanes, by_packets
from wiregram_harness.subject import Specimen, Subject
from wiregram_harness.wire import Line, line


class Finding(msgspec.Struct):
    """A contradiction: which property, where in the plan (turn, message; -1: the whole), what the engine and what the oracle said."""

    property: str
    detail: str
    engine: str = ""
    oracle: str = ""
    turn: int = -1
    message: int = -1


class Dialogue:
    """What the sendings of one dialogue share: how it comes out when it is sent plainly, and each of its flows alone."""

    def __init__(self, subject: Subject, plan: Plan) -> None:
        self._subject = subject
        self._plan = plan
        self._told: list[Told] | None = None
        self._alone: list[Told] | None = None

    def told(self) -> list[Told]:
        if self._told is None:
            self._told = by_lanes(engine(self._subject, self._plan), self._plan)
        return self._told

    def alone(self) -> list[Told]:
        """Each flow by itself, with an engine of its own."""
        if self._alone is None:
            sent = line(self._plan)
            self._alone = [
                by_lanes(engine(self._subject, self._plan), self._plan, [entry for entry in sent if entry[0] == number])[number]
                for number in range(len(self._plan.flows))
            ]
        return self._alone


class Scenario:
    """`whole`: run by packets too, through every room, not by lanes alone; `watched`: looked at after every packet."""

    def __init__(self, subject: Subject, plan: Plan, whole: bool = True, watched: bool = True, dialogue: Dialogue | None = None) -> None:
        self.subject = subject
        self.plan = plan
        self.whole = whole
        self._watched = watched
        self._dialogue = dialogue
        self._line: Line | None = None
        self._lanes: list[Told] | None = None
        self._packets: list[Told] | None = None

    @property
    def line(self) -> Line:
        """What is sent."""
        if self._line is None:
            self._line = line(self.plan)
        return self._line

    def lanes(self) -> list[Told]:
        """What comes of each flow, by lanes."""
        if self._lanes is None:
            self._lanes = by_lanes(engine(self.subject, self.plan), self.plan, self.line, self._watched)
        return self._lanes

    def told(self) -> list[Told]:
        """What comes of each flow: by packets where the scenario is run so."""
        if not self.whole:
            return self.lanes()
        if self._packets is None:
            self._packets = by_packets(engine(self.subject, self.plan), self.plan)
        return self._packets

    def plain(self) -> list[Told]:
        """The same dialogues, not cut, and nothing happening to them."""
        if all(flow.transport != "tcp" and not flow.hostile for flow in self.plan.flows):
            return self.lanes()  # it is so itself
        return self._shared().told()

    def alone(self) -> list[Told]:
        """The same, each flow by itself."""
        return self._shared().alone()

    def _shared(self) -> Dialogue:
        if self._dialogue is None:
            self._dialogue = Dialogue(self.subject, bare(self.plan))
        return self._dialogue

    def turns(self) -> Iterator[tuple[int, Turn]]:
        number = 0
        for flow in self.plan.flows:
            for turn in flow.turns:
                yield number, turn
                number += 1

    def messages(self) -> Iterator[tuple[int, int, Message, Specimen]]:
        """(turn, place, message, specimen) for whatever is a message of the grammar."""
        for number, turn in self.turns():
            for place, message in enumerate(turn.messages):
                specimen = self.subject.by_name.get(message.name)
                if specimen is not None and message.data:
                    yield number, place, message, specimen

    def sound(self) -> bool:
        """Whether what its generator takes for sound messages are such by their grammar's own library."""
        for _, _, message, specimen in self.messages():
            if message.tier == VALID:
                judged = specimen.judge(message.data)
                if judged is None or judged[1] != len(message.data):
                    return False
        return True


def engine(subject: Subject, plan: Plan) -> Engine:
    """A new engine with the bounds of a plan."""
    return subject.engines.engine(plan.protocol, plan.limits, plan.settings)


SENDINGS, DIALOGUES, MESSAGES = "sendings", "dialogues", "messages"


class Property(msgspec.Struct, frozen=True):
    """`follows`: it speaks of dialogues that follow the description, so a find is shrunk by its choices, not by its plan.
    `captured`: it speaks of what real ends have said, of which only a beginning is still that.
    `sentence` says to a protocol's author what is wrong when it fails, `advice` where to look. A dear property is asked in one of `every`
    scenarios where the search samples; one `of` messages or dialogues is asked only of the first sending of a dialogue. `watches`: it is about what
    is seen after every packet."""

    name: str
    sentence: str
    advice: str
    check: Callable[[Scenario], Finding | None]
    every: int = 1
    follows: bool = False
    of: str = SENDINGS
    watches: bool = False
    captured: bool = False
