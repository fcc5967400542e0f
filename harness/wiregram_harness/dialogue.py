"""Dialogues: both sides' turns, made by walking a protocol's progress machines with messages from its grammar.

The walk follows what the manifest means (docs/manifest.md): a message, its fields, the first guard that holds, hold and release. It is the
generator's own, not the engine's. What is said is drawn in `speech`.
"""

from __future__ import annotations

from typing import Any

from wiregram import testing as door
from wiregram_harness.draw import Draw
from wiregram_harness.exchanges import Exchange, Party, nobody
from wiregram_harness.plan import EXTRA, Message, Turn
from wiregram_harness.speech import ITEMS, Speech
from wiregram_harness.subject import Subject

EXCHANGES = 8
MEANS = (0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 5)
"""How many batches of exchanges follow the first on average: most dialogues are short, for a short one takes little time and shows as much."""
ASKED = 11
"""In so many dialogues of one more somebody asks at all."""
PIPELINE = 3


class Conversation(Speech):
    """A dialogue under way."""

    def __init__(self, subject: Subject, draw: Draw, transport: str) -> None:
        Speech.__init__(self, subject, draw, transport)
        self._begun = [False, False]
        self._mean = ASKED
        pair = subject.protocol.pair
        self._told = ("const", True) in (pair.aside, pair.one_way if pair.role is not None else None)
        self._over = False  # a side says nothing more; the other may end what it has begun
        self._held: Party | None = None  # the last request of the batch, which alone of them may be held
        self._alone: Message | None = None  # the last exchange's answer, where it is one message

    def run(self) -> list[Turn]:
        protocol = self.subject.protocol
        self._seek()
        server = protocol.sides[door.RESPONSE]
        if (
            server.states
            and protocol.pair.by != "flow"
            and (protocol.speaks_first == "server" or (server.first >= 0 and protocol.speaks_first == "either"))
        ):
            greeting = Party(door.RESPONSE, server.first if server.first >= 0 else server.start)
            self._begun[door.RESPONSE] = True
            self._course.sort(key=lambda aim: server.first not in aim.routes[door.RESPONSE])
            self._liked = self.subject.liked(self._course[0]) if self._course else self._liked
            silent = nobody(door.REQUEST)
            said = self._go(greeting, silent, {}, late=0)
            self.say(door.RESPONSE, said)
            self._promise((silent, greeting, {}), greeting.done and (server.first >= 0 or (len(said) == 1 and self._keyless(greeting))))
            if len(self._course) > 1 and server.first in self._course[0].routes[door.RESPONSE]:
                del self._course[0]
        mean = EXCHANGES if self._course else self.draw.choice(MEANS)
        for number in range(EXCHANGES):
            self._mean = mean if number else ASKED
            if not (self.open and self.draw.part(self._goes_on)):
                break
        for last in self._groups.left():
            self._record(*last, due=True, last=True)
        return self.turns

    def _seek(self) -> None:
        """What the dialogue is to come to, if there is something."""
        goal = self.draw.goal(len(self.subject.goals))
        if goal:
            found, self._steering = self.subject.aims(goal)
            self._course = self.draw.choice(found).course() if found else []

    def _goes_on(self, draw: Draw) -> bool:
        """Another batch of exchanges, or the end: one part, so that shrinking can take out any of them."""
        if not draw.more(self._mean):
            return False
        outer, self.draw = self.draw, draw
        try:
            self._batch()
        finally:
            self.draw = outer
        return True

    def _batch(self) -> None:
        """One to three requests and their answers; a request that is held ends the pipeline."""
        pairs: list[Exchange] = []
        self._like()
        for _ in range(PIPELINE):
            if not self.open:
                break
            request, response = self._party(door.REQUEST), self._party(door.RESPONSE)
            tx: dict[str, Any] = {}
            self.say(door.REQUEST, self._go(request, response, tx))
            for last in self._ended:
                self._record(*last, due=True)
            self._ended.clear()
            if request.apart:
                self._stands_alone((request, nobody(door.RESPONSE), tx), request)
                if self._told and self.draw.boolean():
                    self._told_back(response)
            else:
                if self.subject.sided and not self._whole:
                    self._record(request, response, tx, request.done)
                pairs.append((request, response, tx))
            if self._whole or request.held or self._course or not self.draw.chance(1, 4):
                break
        self._held = pairs[-1][0] if pairs else None
        for request, response, tx in pairs:
            if not (self.open or self._whole):
                self.promises = None
                return
            for _ in range(ITEMS):
                said = self._go(response, request, tx)
                self.say(door.RESPONSE, said)
                if response.apart and self.open:
                    self._stands_alone((nobody(door.REQUEST), response, response.home[1] if response.home else {}), response)
                    response.again(self.subject.protocol.sides[door.RESPONSE].start)
                    continue
                self._alone = said[0] if len(said) == 1 and response.done and request.done else None
                if not self.open or (response.done and (request.done or request.held)):
                    break
                self.say(door.REQUEST, self._go(request, response, tx))
            else:
                if not self._whole:
                    self._leave_off()
            if self._whole:
                if any(turn.data for turn in self.turns):
                    self._record(request, response, tx, not self.subject.sided, True)
                self.open = False
                return
            self._promise((request, response, tx), request.done and response.done and not request.held and self._paired(request, response))
            self.open = self.open and not self._over
        if len(self._course) > 1:
            del self._course[0]

    def _like(self) -> None:
        """What the next exchange should say."""
        self._liked = self.draw.choice(self.subject.likings) if self.draw.boolean() else self.subject.hints
        if self._course:
            self._liked = self.subject.liked(self._course[0])

    def begin(self) -> tuple[Party, Party]:
        """The sides of another exchange, for who steps them alone (`step`)."""
        if self._begun[door.REQUEST]:
            del self._course[: len(self._course) > 1]
        else:
            self._seek()
        self._like()
        return self._party(door.REQUEST), self._party(door.RESPONSE)

    def step(self, draw: Draw, party: Party, other: Party, tx: dict[str, Any]) -> list[Message]:
        """What a side says next."""
        self.draw = draw
        self.open = True
        return self._go(party, other, tx)

    def _told_back(self, response: Party) -> None:
        """Where nothing is ever answered, the other side tells something as well."""
        self.say(door.RESPONSE, self._go(response, nobody(door.REQUEST), {}))
        if response.apart and self.open:
            self._stands_alone((nobody(door.REQUEST), response, {}), response)
        else:
            self.promises = None

    def unasked(self) -> bool:
        """Let the last answer come once more, though nobody has asked. Whether that can be said of this dialogue."""
        pair = self.subject.protocol.pair
        silent = pair.one_way is not None or pair.role is not None or pair.by == "flow"
        if silent or not self.open or not self.promises or self._alone is None or not self._alone.data:
            return False
        self.say(door.RESPONSE, [Message(self._alone.data, self._alone.name, EXTRA)])
        return True

    def _party(self, side: int) -> Party:
        machine = self.subject.protocol.sides[side]
        first = machine.first if machine.first >= 0 and not self._begun[side] else machine.start
        self._begun[side] = True
        party = Party(side, first)
        party.done = not machine.states
        return party

    def _direction(self, side: int) -> int:
        swapped = self.subject.protocol.pair.begins == "server"
        return (door.TO_SERVER, door.TO_CLIENT)[side] ^ int(swapped)

    def say(self, side: int, messages: list[Message]) -> None:
        if not messages:
            return
        direction = self._direction(side)
        if self.turns and self.turns[-1].direction == direction:
            self.turns[-1].messages += messages
        else:
            self.turns.append(Turn(direction, messages))

    def _go(self, party: Party, other: Party, tx: dict[str, Any], late: int = ITEMS // 2) -> list[Message]:
        """Step one side until it is done, held, or has said enough; from step `late` on it should come to an end."""
        said: list[Message] = []
        for step in range(self.draw.integer(1, ITEMS) if self._whole else 2 * ITEMS if self._course else ITEMS):
            self._late = step >= late
            if party.done or party.held or not self.open:
                break
            state = self.subject.protocol.sides[party.number].states[party.state]
            if state.parse:
                message = self._message(party, other, tx, state)
                if message is None or not message.data:
                    party.done = True
                    self._leave_off()
                    break
                said.append(message)
                if self._noise:
                    continue  # it is passed over, and what is due stays due
            elif state.extent is not None:
                if not party.begun:
                    self._place(party, other, tx, {})
                data = self._raw(party, other, tx, state)
                if self.transport == "udp" and said:
                    data = said.pop().data + data  # in one datagram with what it belongs to
                said.append(Message(data, tier=self._tier))
                if party.done:
                    break
            self._assign(state.assigns, party, other, tx)
            if self._move(party, other, tx, state):
                break  # the other side has waited for this
        else:
            if not (party.done or party.held or self._whole):
                self._leave_off()
        return said

    def _move(self, party: Party, other: Party, tx: dict[str, Any], state: door.State) -> bool:
        """The first transition whose guard holds; none: this side is done. True: it has released the other side, whose turn it is."""
        scope = self._scope(party, other, tx)
        guards = [transition.when is None or self.subject.evaluate(transition.when, scope) is True for transition in state.next]
        if True not in guards:
            party.done = True
            self.promises = None
            return False
        at = guards.index(True)
        transition = state.next[at]
        self.subject.moves.hit(self.subject.routes[party.number, party.state, at])
        self._assign(transition.assigns, party, other, tx)
        party.left.add(party.state)
        released = transition.release and other.held
        if transition.release and not released and self._held is not None and self._held.held:
            self._leave_off()  # it is another exchange's request that goes on now
        if released:
            other.held = False
            self._enter(other, other.waiting)
        if transition.hold:
            party.held = True
            party.waiting = transition.target
        else:
            self._enter(party, transition.target)
        if party.done and other.held:
            other.held = False
            other.done = True
        if _leaves(transition) and not (self._whole and transition.target == door.STOP):
            self.promises = None
        return released

    def _enter(self, party: Party, target: int) -> None:
        if target >= 0:
            party.state = target
            return
        party.done = True
        if target == door.UPGRADE:
            self.open = False
        elif target == door.STOP:
            self._over = True


def _leaves(transition: door.Transition) -> bool:
    """Whether a side says nothing more after it, or another exchange ends by it."""
    return transition.target in (door.STOP, door.UPGRADE) or transition.cancel is not None
