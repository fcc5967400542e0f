"""One protocol while it is compiled: its description, its messages, the names that its expressions see, and what was found wrong."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec

from wiregram.compiler.grammars import Source
from wiregram.manifest.description import Assign, Description, State, Written
from wiregram.manifest.expression import ExpressionError, Names, as_guard, compile_expression
from wiregram.manifest.kinds import ABSENT, union
from wiregram.manifest.positions import Path
from wiregram.manifest.syntax import Node, parse
from wiregram.manifest.validation import closest
from wiregram.model.errors import ERROR, HINT, WARNING, Problem
from wiregram.program.expression import Code
from wiregram.program.protocol import REQUEST, RESPONSE
from wiregram.program.types import ANY, BYTES, LIST, STRUCT, Message, Type

if TYPE_CHECKING:
    from wiregram.compiler.family import Family

NOTHING: Code = ("const", None)
UNKNOWN: Code = ("flow", "transport")
"""Stands for a guard that is wrong: neither constant nor equal to another guard."""
RESERVED = ("this", "own", "request", "response", "tx", "session", "flow", "parent", "side")
_LAYERS = 4
"""Layers within layers whose fields expressions can name."""

Scope = dict[str, Type]


class Draft:
    """`sources` are all messages of the grammars, `numbers` those that a state names, in the order of use. `own`, `tx` and `session` are the
    variables that the description itself writes."""

    def __init__(self, description: Description, sources: Mapping[str, Source], family: Family) -> None:
        self.description = description
        self.sources = sources
        self.family = family
        self.problems: list[Problem] = []
        self.named: set[str] = set()  # what expressions name, definitions among them
        self.numbers: dict[str, int] = {}
        self.used: tuple[list[str], list[str]] = ([], [])
        for side in (REQUEST, RESPONSE):
            for state in description.sides[side].states:
                for choice in state.parse:
                    self._use(side, choice.message)
        self.fields: tuple[Scope, Scope] = (self._fields(REQUEST), self._fields(RESPONSE))
        self.own: tuple[Scope, Scope] = ({}, {})
        self.tx: Scope = {}
        self.session: Scope = {}
        self.assigns = [(side, entry) for side in (REQUEST, RESPONSE) for entry in self._written(side)]
        for side, entry in self.assigns:
            self._variable(side, entry.scope)[entry.name] = Type(ABSENT)

    # ---- problems

    def wrong(self, text: str, at: Written | Path, suggestion: str = "", severity: str = ERROR) -> None:
        self.problems.append(self.description.problem(text, at, suggestion=suggestion, severity=severity))

    @property
    def failed(self) -> bool:
        return any(problem.severity == ERROR for problem in self.problems)

    # ---- expressions

    def code(self, written: Written, names: Names) -> tuple[Code, Type]:
        """The compiled expression and its type; where it is wrong, that is noted, and anything stands in its place."""
        self._note(written.text)
        try:
            return compile_expression(written.text, names)
        except ExpressionError as error:
            self.blame(written, error)
            return NOTHING, Type(ANY)

    def guard(self, written: Written | None, names: Names) -> Code | None:
        """None for no guard; where it is wrong, that is noted."""
        if written is None:
            return None
        self._note(written.text)
        try:
            code, kind = compile_expression(written.text, names)
            guard = as_guard(written.text, code, kind)
        except ExpressionError as error:
            self.blame(written, error)
            return UNKNOWN
        if kind.kind == BYTES and code[0] != "const":
            self.wrong("this guard is a text: it holds unless the text is empty", written, "compare it, or ask present(x)", WARNING)
        return guard

    def blame(self, written: Written, error: ExpressionError) -> None:
        for finding in error.findings:
            place = self.description.definitions.get(finding.definition, written)
            self.problems.append(self.description.problem(finding.text, place, finding.offset, finding.width, finding.suggestion))

    # ---- names

    def on(self, side: int) -> Names:
        """What the states of `side` see."""
        return msgspec.structs.replace(self.anywhere(), own=self.scope(side), this=self._this((side,)), special=frozenset(("flow", "side", "this")))

    def anywhere(self) -> Names:
        """What records and guards of transactions see."""
        tx, session = self.family.shared(self)
        return Names(
            definitions={**self.description.definitions_as_written, **self.description.constants},
            request=self.scope(REQUEST),
            response=self.scope(RESPONSE),
            tx=tx,
            session=session,
            parent=self.family.parents(self.description.name),
            special=frozenset(("flow",)),
        )

    def logged(self) -> Names:
        """What the record sees: `own` and `side` too where a side is logged by itself."""
        if self.description.log.at != "side":
            return self.anywhere()
        both = merged(self.scope(REQUEST), self.scope(RESPONSE))
        return msgspec.structs.replace(self.anywhere(), own=both, special=frozenset(("flow", "side")))

    def opening(self, sides: tuple[int, ...]) -> Names:
        """What `pair` sees: a message of `start`, before its exchange is known."""
        states = [state for side in sides for state in self.description.sides[side].states if state.name == "start"]
        messages = [name for state in states for name in self._messages(state)] or [name for side in sides for name in self.used[side]]
        own: Scope = {}
        for name in messages:
            own = merged(own, message_fields(self.sources[name].message))
        special = frozenset(("flow", "side", "this"))
        return msgspec.structs.replace(self.anywhere(), own=own, request=None, response=None, tx=None, this=self._this(sides), special=special)

    def detection(self) -> Names:
        """What the guard of a signature sees."""
        definitions = {**self.description.definitions_as_written, **self.description.constants}
        return Names(definitions=definitions, special=frozenset(("flow", "other", "verdict")))

    def scope(self, side: int, depth: int = 0) -> Scope:
        """Fields and variables of a side, and the layers that it feeds; `depth`: how many layers lie above."""
        found = {**self.fields[side], **self.own[side]}
        for name, layer in self.family.layers(self, side).items():
            fields = layer.scope(side, depth + 1) if layer is not None and depth < _LAYERS else {}
            found[name] = Type(STRUCT, fields=fields, maybe=True)
        return found

    def _messages(self, state: State) -> list[str]:
        return [choice.message.text for choice in state.parse if choice.message.text in self.sources]

    def _this(self, sides: tuple[int, ...]) -> Type:
        fields: Scope = {}
        for side in sides:
            for name in self.used[side]:
                fields = merged(fields, message_fields(self.sources[name].message))
        return Type(STRUCT, fields=fields)

    def use(self, message: str, sides: tuple[int, ...] = (REQUEST, RESPONSE)) -> Written:
        """Where a state names `message` first."""
        choices = (choice for side in sides for state in self.description.sides[side].states for choice in state.parse)
        return next(choice.message for choice in choices if choice.message.text == message)

    def _use(self, side: int, message: Written) -> None:
        if message.text not in self.sources:
            near = closest(message.text, self.sources)
            if self.description.grammars:
                self.wrong(f"the grammar has no message `{message.text}`", message, near)
            else:
                self.wrong(f"the message `{message.text}` stands in no grammar: none is named", message, "add `grammar`")
            return
        self.numbers.setdefault(message.text, len(self.numbers))
        if message.text not in self.used[side]:
            self.used[side].append(message.text)

    def _fields(self, side: int) -> Scope:
        fields: Scope = {}
        for name in self.used[side]:
            fields = merged(fields, message_fields(self.sources[name].message))
        for state in self.description.sides[side].states:
            if state.keep:
                fields = merged(fields, {state.keep.text: Type(BYTES, maybe=True)})
        return fields

    def _written(self, side: int) -> list[Assign]:
        states = self.description.sides[side].states
        return [entry for state in states for entry in (*state.assigns, *(each for transition in state.next for each in transition.assigns))]

    def infer(self) -> bool:
        """The types of variables from what is assigned to them, as far as it is known; whether one has changed."""
        found: dict[tuple[int, str, str], Type] = {}
        names = (self.on(REQUEST), self.on(RESPONSE))
        for side, entry in self.assigns:
            try:
                _, kind = compile_expression(entry.value.text, names[side])
            except ExpressionError:
                kind = Type(ANY)
            if entry.append:
                kind = Type(LIST, kind)
            elif entry.key is not None:
                kind = Type(STRUCT)
            home = (side if entry.scope == "own" else REQUEST, entry.scope, entry.name)
            found[home] = union(found[home], kind) if home in found else kind
        changed = False
        for (side, scope, name), kind in found.items():
            variables = self._variable(side, scope)
            kind = msgspec.structs.replace(kind, maybe=True)
            changed = changed or variables[name] != kind
            variables[name] = kind
        return changed

    def _variable(self, side: int, scope: str) -> Scope:
        return self.own[side] if scope == "own" else self.tx if scope == "tx" else self.session

    # ---- definitions

    def _note(self, text: str) -> None:
        """Notes the names in an expression, and those in the definitions that it uses."""
        waiting: list[Node | None] = []
        with suppress(ExpressionError):
            waiting.append(parse(text))
        while waiting:
            node = waiting.pop()
            if node is None:
                continue
            waiting += node.args
            if node.op == "name" and node.value not in self.named:
                name = str(node.value)
                self.named.add(name)
                if name in self.description.definitions:
                    with suppress(ExpressionError):
                        waiting.append(parse(self.description.definitions[name].text))

    def check_definitions(self) -> None:
        """What no expression uses; to be asked when all are compiled."""
        for name in (*self.description.definitions, *self.description.constants):
            if name in self.named:
                continue
            path = (*self.description.path, "define", name)
            self.wrong(f"nothing uses the definition `{name}`", path, severity=HINT)
            if name in self.description.definitions:
                try:
                    parse(self.description.definitions[name].text)
                except ExpressionError as error:
                    self.blame(self.description.definitions[name], error)


def message_fields(message: Message) -> Scope:
    """The fields that a message gives, `kind` always among them."""
    if "kind" in message.fields:
        return dict(message.fields)
    return {"kind": Type(BYTES, names=message.kinds or (message.name,)), **message.fields}


def merged(one: Mapping[str, Type], other: Mapping[str, Type]) -> Scope:
    """The names of both; where both have one, what is known of either."""
    both: dict[str, Any] = dict(one)
    for name, kind in other.items():
        both[name] = union(both[name], kind) if name in both else kind
    return both
