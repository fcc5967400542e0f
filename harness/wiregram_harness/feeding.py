"""Dialogues of a protocol that feeds a layer: what its states feed is said by dialogues of the layer's own.

The outer dialogue is led to the states that feed; the inner ones seek what is sought. Where the feeding protocol says beforehand how many octets
follow, it is asked for as many as the layer has to say; what is longer goes on with the next octets that are fed.
"""

from __future__ import annotations

import re
from typing import Any

from wiregram import testing as door
from wiregram_harness.aims import Aim
from wiregram_harness.dialogue import Conversation
from wiregram_harness.draw import Draw
from wiregram_harness.exchanges import Party
from wiregram_harness.guards import Hints, compared, walk
from wiregram_harness.plan import Turn
from wiregram_harness.speech import ITEMS, MUCH
from wiregram_harness.subject import Subject

DATAGRAM = 60_000
"""Octets that are fed at once, where nothing says how many they are."""

_DOT = re.compile(rb"^\.", re.MULTILINE)


class Talk:
    """What one instance of a layer says. `tx`: the variables of the outer exchange that it is a part of; None: it lives as long as the flow."""

    def __init__(self, inner: Conversation, tx: dict[str, Any] | None) -> None:
        self._inner = inner
        self._outer = tx
        self._tx: dict[str, Any] = {} if tx is None else tx
        self._parties = inner.begin()
        self.queues = (bytearray(), bytearray())  # by side: what is said and not fed yet

    def say(self, draw: Draw, side: int) -> None:
        """What a side says next."""
        if self._parties[side].done:
            fresh = self._inner.begin()
            if side == door.RESPONSE:
                fresh = (self._parties[door.REQUEST], fresh[door.RESPONSE])
            elif self._outer is None:
                self._tx = {}
            self._parties = fresh
        for message in self._inner.step(draw, self._parties[side], self._parties[1 - side], self._tx):
            self.queues[side].extend(message.data)

    def fill(self, draw: Draw, side: int, size: int) -> None:
        """Let a side say so many octets, if it has so much to say."""
        queue = self.queues[side]
        for _ in range(ITEMS):
            before = len(queue)
            if before >= size:
                break
            self.say(draw, side)
            if len(queue) == before:
                break

    def take(self, draw: Draw, side: int, size: int) -> bytes:
        """So many octets of a side; behind all that it has to say, any."""
        self.fill(draw, side, size)
        queue = self.queues[side]
        found = bytes(queue[:size])
        del queue[:size]
        missing = size - len(found)
        return found + draw.bytes(missing, missing) if missing else found


class Feeding(Conversation):
    """A dialogue of the feeding protocol, under way. `layer` is fed."""

    def __init__(self, subject: Subject, draw: Draw, transport: str, layer: Subject) -> None:
        Conversation.__init__(self, subject, draw, transport)
        self._layer = layer
        self._talks: list[tuple[dict[str, Any] | None, Talk]] = []
        params = [code for side in layer.protocol.sides for state in side.states for _, code in state.params]
        self._told_first = any(part[0] == "tx" for code in params for part in walk(code))  # what the layer says depends on what was said before

    def run(self) -> list[Turn]:
        turns = Conversation.run(self)
        self.promises = None  # what a layer has been told shows in records, too
        return turns

    def _seek(self) -> None:
        found = self.subject.feeding(self._layer.name)
        self._course = self.draw.choice(found).course() if found else []

    def _talk(self, whole_flow: bool, tx: dict[str, Any]) -> Talk:
        home = None if whole_flow else self._groups.tx(tx)
        for known, talk in self._talks:
            if known is home:
                return talk
        inner = Conversation(self._layer, self.draw, "udp")  # what lasts to the end lasts to that of a unit, and others follow
        inner.flow = self.flow
        inner.session = self.session
        talk = Talk(inner, home)
        self._talks.append((home, talk))
        return talk

    def _fed(self, state: door.State) -> bool:
        return state.feed is not None and state.feed.layer == self._layer.name and not state.keep and state.decode is None

    def _asked(self, wished: tuple[Hints, Hints], aim: Aim, party: Party, other: Party, tx: dict[str, Any]) -> tuple[Hints, Hints]:
        """As many octets as the layer has to say."""
        found = Conversation._asked(self, wished, aim, party, other, tx)
        if self._told_first:
            return found
        states = self.subject.protocol.sides[party.number].states
        sizes: tuple[Hints, Hints] = ({}, {})
        for transition in states[party.state].next:
            state = states[transition.target] if transition.target >= 0 else None
            if state is None or state.feed is None or state.extent is None or not self._fed(state):
                continue
            talk = self._talk(state.feed.whole_flow, tx)
            talk.fill(self.draw, party.number, 1)
            compared(sizes, party.number, state.extent, [min(MUCH, len(talk.queues[party.number]))])
        return ({**found[0], **sizes[0]}, {**found[1], **sizes[1]})

    def _raw(self, party: Party, other: Party, tx: dict[str, Any], state: door.State) -> bytes:
        if state.feed is None or state.extent is None or not self._fed(state):
            return Conversation._raw(self, party, other, tx, state)
        extent = self.subject.evaluate(state.extent, self._scope(party, other, tx))
        talk = self._talk(state.feed.whole_flow, tx)
        queue = talk.queues[party.number]
        if isinstance(extent, int) and 0 <= extent <= MUCH:
            return talk.take(self.draw, party.number, extent)
        if not isinstance(extent, door.Extent) or extent.kind not in ("rest", "dotted"):
            return Conversation._raw(self, party, other, tx, state)
        talk.fill(self.draw, party.number, 1)
        said = talk.take(self.draw, party.number, min(len(queue), DATAGRAM))
        queue.clear()
        if extent.kind == "rest":
            self._lasts()
            return said
        end = self._line_end(party)
        return _DOT.sub(b"..", said if said.endswith(b"\n") or not said else said + end) + b"." + end
