"""Which fields each message must give, and its program made with them."""

from __future__ import annotations

from typing import Any

from wiregram.compiler.codes import names
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
    Limits,
    Log,
    Pair,
    SecretRule,
    Shape,
    Side,
    Table,
    Value,
)

BOTH = (REQUEST, RESPONSE)


class Reads:
    """The names that are read on each side; `whole` are the sides whose messages are read as they are (`this`)."""

    def __init__(self) -> None:
        self.fields: tuple[set[str], set[str]] = (set(), set())
        self.whole: set[int] = set()

    def add(self, code: Code | None, sides: tuple[int, ...] = BOTH) -> None:
        """`sides` are those that `own` and `this` may mean in `code`."""
        if code is None:
            return
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
            for transition in state.next:
                self.add(transition.when, here)
                self.add_assigns(transition.assigns, here)
                if transition.upgrade:
                    self.add(transition.upgrade.port, here)

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
        self, pair: Pair, events: tuple[EventRule, ...], secrets: tuple[SecretRule, ...], log: Log, guards: tuple[tuple[str, Code], ...]
    ) -> None:
        for side in BOTH:
            self.add(pair.key[side], (side,))
        self.add(pair.role)
        self.add(pair.one_way)
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
        try:
            programs.append(source.grammar.compile(name, types, keep, limits))
        except GrammarError as error:
            draft.problems += error.problems
            programs.append(None)
    return tuple(programs), tuple(fields)
