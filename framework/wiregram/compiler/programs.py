"""Which fields each message must give, and its program made with them."""

from __future__ import annotations

from typing import Any

import msgspec

from wiregram.compiler.codes import names, walk
from wiregram.compiler.draft import Draft, message_fields
from wiregram.model.errors import GrammarError
from wiregram.program.expression import Code
from wiregram.program.protocol import (
    REQUEST,
    RESPONSE,
    SIDES,
    Assign,
    Each,
    EventRule,
    Group,
    Limits,
    Log,
    Pair,
    SecretRule,
    Shape,
    Side,
    State,
    Table,
    Value,
)

BOTH = (REQUEST, RESPONSE)


class Reads:
    """The names that are read on each side; `whole` are the sides whose messages are read as they are (`this`)."""

    def __init__(self) -> None:
        self.fields: tuple[set[str], set[str]] = (set(), set())
        self.whole: set[int] = set()
        self._codes: list[tuple[Code, tuple[int, ...]]] = []

    def below(self, layer: str) -> Reads:
        """What is read here of a layer's own fields, as `request.LAYER.field`."""
        found = Reads()
        for code, sides in self._codes:
            inside: set[Code] = set()
            for part in walk(code):
                if part[0] == "attr" and part[1][0] in ("own", *SIDES) and part[1][1] == layer:
                    inside.add(part[1])
                    for side in sides if part[1][0] == "own" else (SIDES.index(part[1][0]),):
                        found.fields[side].add(part[2])
            whole = [part for part in walk(code) if part[0] in ("own", *SIDES) and part[1] == layer and part not in inside]
            for part in whole:
                found.whole.update(sides if part[0] == "own" else (SIDES.index(part[0]),))
        return found

    def join(self, other: Reads) -> None:
        """Add what `other` reads."""
        for mine, theirs in zip(self.fields, other.fields, strict=True):
            mine.update(theirs)
        self.whole |= other.whole

    def add(self, code: Code | None, sides: tuple[int, ...] = BOTH) -> None:
        """`sides` are those that `own` and `this` may mean in `code`."""
        if code is None:
            return
        self._codes.append((code, sides))
        for scope, name in names(code):
            if scope == "this":
                self.whole.update(sides)
            elif scope in SIDES:
                self.fields[SIDES.index(scope)].add(name)
            elif scope == "own":
                for side in sides:
                    self.fields[side].add(name)

    def add_side(self, machine: Side, side: int) -> None:
        here = (side,)
        for state in machine.states:
            for choice in state.parse:
                self.add(choice.when, here)
            self.add(state.extent, here)
            self.add_assigns(state.assigns, here)
            for _, code in state.params:
                self.add(code, here)
            self._add_octets(state, side)
            for transition in state.next:
                self.add(transition.when, here)
                self.add_assigns(transition.assigns, here)
                self.add(transition.cancel, here)
                if transition.upgrade:
                    self.add(transition.upgrade.port, here)
                if transition.expect:
                    self.add(transition.expect.port, here)
                    self.add(transition.expect.host, here)

    def _add_octets(self, state: State, side: int) -> None:
        """What `decode`, `file` and `feed` read."""
        here = (side,)
        if state.decode:
            for code in (state.decode.coding, state.decode.inflate, state.decode.end):
                self.add(code, here)
        if state.file:
            for code in (state.file.name, state.file.when, state.file.key, state.file.ends, state.file.offset):
                self.add(code, here)
        if state.feed:
            self.add(state.feed.key, here)
            self.add(state.feed.end, here)
        for outlet in (state.file, state.feed):
            if outlet is not None and outlet.data:
                self.fields[side].add(outlet.data)

    def add_assigns(self, assigns: tuple[Assign, ...], sides: tuple[int, ...]) -> None:
        for assign in assigns:
            self.add(assign.value, sides)
            self.add(assign.key, sides)

    def add_shape(self, shape: Shape) -> None:
        match shape:
            case Value():
                self.add(shape.code)
            case Table():
                for key, inner in shape.entries:
                    if not isinstance(key, str):
                        self.add(key)
                    self.add_shape(inner)
            case Each():
                self.add(shape.items)
                self.add(shape.when)
                self.add_shape(shape.shape)

    def add_rest(
        self,
        pair: Pair,
        group: Group | None,
        events: tuple[EventRule, ...],
        secrets: tuple[SecretRule, ...],
        log: Log,
        guards: tuple[tuple[str, Code], ...],
    ) -> None:
        for side in BOTH:
            self.add(pair.key[side], (side,))
        self.add(pair.role)
        self.add(pair.one_way)
        self.add(pair.aside)
        if group is not None:
            for code in (group.begin, group.join, group.key):
                self.add(code, (REQUEST,))
            self.add(group.end)
        for event in events:
            self.add(event.when)
        for secret in secrets:
            self.add(secret.when, (secret.side,))
        self.add(log.when)
        for _, code in guards:
            self.add(code)


def compile_programs(draft: Draft, reads: Reads, limits: Limits) -> tuple[tuple[Any, ...], tuple[tuple[str, ...], ...]]:
    """The programs of the messages in the order of their numbers, and the fields that each could give."""
    programs: list[Any] = []
    fields: list[tuple[str, ...]] = []
    whole = _whole(draft)
    for name in draft.numbers:
        source = draft.sources[name]
        sides = [side for side in BOTH if name in draft.used[side]]
        given = tuple(message_fields(source.message))
        fields.append(given)
        keep: frozenset[str] | None = None
        if not any(side in reads.whole for side in sides):
            read = {field for side in sides for field in reads.fields[side]}
            keep = frozenset(field for field in source.message.fields if field in read)
        types = draft.description.types if source.textual else {}
        draft.problems += source.grammar.problems(name)
        bounds = msgspec.structs.replace(limits, field=limits.message) if name in whole else limits
        try:
            programs.append(source.grammar.compile(name, types, keep, bounds))
        except GrammarError as error:
            draft.problems += error.problems
            programs.append(None)
    return tuple(programs), tuple(fields)


def _whole(draft: Draft) -> set[str]:
    """The messages of which a field goes on whole, to a file or a layer."""
    states = [state for side in BOTH for state in draft.description.sides[side].states]
    poured = [state for state in states if (state.file and state.file.data) or (state.feed and state.feed.data)]
    return {choice.message.text for state in poured for choice in state.parse}
