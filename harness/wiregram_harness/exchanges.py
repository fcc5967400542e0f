"""The exchanges of a generated dialogue: the sides of one, which belong together, which stand alone or in a group, and what their records must be.

It follows the manifest (`pair`, `group`, `log`) by the values that were made, and says nothing where the generator cannot know; it draws nothing.
"""

from __future__ import annotations

from typing import Any

from wiregram import testing as door
from wiregram_harness.groups import Groups
from wiregram_harness.plan import Promise, Turn
from wiregram_harness.subject import Subject


class Party:
    """One side in one exchange. `begun`: it has said something; `left`: the states that it has gone on from; `alone`: that answers nothing and is not
    answered; `aside`: that is no exchange. `home`: the other side and the variables that it then has, where those of the exchange beside it are not
    its own."""

    def __init__(self, number: int, state: int) -> None:
        self.number = number
        self.state = state
        self.fields: dict[str, Any] = {}
        self.this: dict[str, Any] | None = None
        self.last = b""
        self.left: set[int] = set()
        self.done = False
        self.held = False
        self.waiting = door.COMPLETE
        self.key: Any = None
        self.begun = self.alone = self.aside = False
        self.home: tuple[Party, dict[str, Any]] | None = None

    @property
    def apart(self) -> bool:
        return self.alone or self.aside

    def again(self, state: int) -> None:
        """The same side, which has said nothing yet."""
        self.__dict__.update(Party(self.number, state).__dict__)


Exchange = tuple[Party, Party, dict[str, Any]]


def nobody(side: int) -> Party:
    """A side that says nothing."""
    party = Party(side, 0)
    party.done = True
    return party


class Exchanges:
    """Those of one flow. `promises`: what the exchanges so far must give; None where that cannot be said. `open` is False when nothing that the
    grammar knows can follow; `session` and `flow` are the variables that expressions see, `turns` what was said."""

    def __init__(self, subject: Subject, transport: str) -> None:
        self.subject = subject
        self.transport = transport
        self.flow: dict[str, Any] = {"transport": transport.encode()}
        self.session: dict[str, Any] = {}
        self.turns: list[Turn] = []
        self.open = True
        self.promises: list[Promise] | None = [] if subject.promising else None
        self._whole = subject.protocol.pair.by == "flow"  # one exchange, in which both sides speak whenever they like
        self._groups = Groups(subject.protocol, subject.evaluate)
        self._ended: list[Exchange] = []  # groups that the message being said puts an end to, by their last exchanges
        self._endless = False
        self._keys: list[Any] = []

    def _promise(self, exchange: Exchange, whole: bool) -> None:
        """An exchange is over (`whole`: as the description has it)."""
        if self.promises is None:
            return
        if not whole or not self.turns:
            self.promises = None
            return
        request, response, tx = exchange
        if self.subject.sided:
            self._record(response, request, tx, True)
        else:
            for due in self._groups.end(exchange, tx, self._scope(request, response, tx)):
                self._record(*due, due=True)

    def _leave_off(self) -> None:
        """Nothing that is due would be an end: the dialogue stops in its midst."""
        self.open = False
        self.promises = None

    def _stands_alone(self, exchange: Exchange, party: Party) -> None:
        """What a side has said is not answered, or belongs to no exchange at all."""
        if not party.done:
            self.promises = None
            self.open = self.open and party.held  # behind half a message nothing new begins
        elif party.alone:
            if self.subject.sided and party.number == door.REQUEST:
                self._record(*exchange, True)
            else:
                self._promise(exchange, True)

    def _record(self, own: Party, other: Party, tx: dict[str, Any], due: bool, last: bool = False) -> None:
        """A record is due that sees `own` as its own side, if the description logs it; `last`: when the stream is over."""
        if self.promises is None or not due or not self.turns:
            self.promises = None
            return
        scope = self._scope(own, other, tx)
        when = self.subject.protocol.log.when
        if when is None or self.subject.evaluate(when, scope) is True:
            self.promises.append(Promise(-1 if self._endless or last else len(self.turns) - 1, self.subject.witness.values(scope)))

    def _paired(self, request: Party, response: Party) -> bool:
        """Whether the engine can know that these belong together: by their key, and no other exchange has it; or the answer has none, so the oldest
        exchange that waits for one has it, which is this."""
        pair = self.subject.protocol.pair
        if pair.by != "key":
            return True
        asked, answered = self._key(request), self._key(response)
        new = asked not in self._keys
        self._keys.append(asked)
        return answered is None or (new and asked == answered)

    def _keyless(self, party: Party) -> bool:
        """Whether what a side says, before anybody has asked, is an exchange of its own for want of a key."""
        return self.subject.protocol.pair.by == "key" and self._key(party) is None

    def _key(self, party: Party) -> Any:
        code = self.subject.protocol.pair.key[party.number]
        scope = door.Scope(own=party.fields, this=party.fields, flow=self.flow, session=self.session, side=door.SIDES[party.number].encode())
        return None if code is None else self.subject.evaluate(code, scope)

    def _place(self, party: Party, other: Party, tx: dict[str, Any], value: dict[str, Any]) -> None:
        """Where a message of `start` belongs: to an exchange, to one of its own, or to none; and to a group."""
        pair = self.subject.protocol.pair
        begun, party.begun = party.begun, True
        beside = {} if pair.by == "key" else other.fields
        sides = (value, beside) if party.number == door.REQUEST else (beside, value)
        scope = door.Scope(
            own=value,
            request=sides[0],
            response=sides[1],
            tx=self._groups.tx(tx),
            session=self.session,
            flow=self.flow,
            this=value,
            side=door.SIDES[party.number].encode(),
        )
        aside, alone = (code is not None and self.subject.evaluate(code, scope) is True for code in (pair.aside, pair.one_way))
        if begun:
            key = self._key(party)
            keyless = key is None and party.number == door.RESPONSE  # the oldest exchange has it, which is this one
            if aside or alone or party.apart or (pair.by == "key" and not keyless and key != (other if party.number == door.RESPONSE else party).key):
                self._leave_off()  # it belongs elsewhere, in the midst of this exchange: what would follow is not known
            return
        party.key = self._key(party)
        party.aside, party.alone = aside, alone and not aside
        if party.number == door.RESPONSE:
            party.home = (nobody(door.REQUEST), {}) if party.apart else None
        elif not aside:
            ended = self._groups.begin(scope, tx)
            if ended is not None:
                self._ended.append(ended)

    def _scope(self, party: Party, other: Party, tx: dict[str, Any]) -> door.Scope:
        other, tx = party.home or (other, tx)
        sides = (party, other) if party.number == door.REQUEST else (other, party)
        return door.Scope(
            own=party.fields,
            request=sides[0].fields,
            response=sides[1].fields,
            tx=self._groups.tx(tx),
            session=self.session,
            flow=self.flow,
            this=party.this,
            side=door.SIDES[party.number].encode(),
        )
