"""A protocol's tables made ready to run: expressions linked to closures, and what each state needs worked out once. They know no flow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from wiregram.expression import Once, Sharing, link
from wiregram.expression.pieces import Run
from wiregram.model.parsing import Parser
from wiregram.program.expression import Code, Extent
from wiregram.program.protocol import COMPLETE, EITHER, REQUEST, RESPONSE, SERVER, Assign, Expect, Protocol, Side, State, Transition
from wiregram.transaction.events import BUILT_IN
from wiregram.transaction.record import shape, shared

Begin = Callable[..., Parser]

PARSE, RAW, DECISION = 0, 1, 2
ORDER, KEY, FLOW = 0, 1, 2
OWN, TX, SESSION = 0, 1, 2

_PAIRINGS = {"order": ORDER, "key": KEY, "flow": FLOW}
_SCOPES = {"own": OWN, "tx": TX, "session": SESSION}
_STATUS = {"server_error": "Server Error", "client_error": "Client Error", "error": "Error"}


class LinkedAssign:
    """One `set` or `add`."""

    __slots__ = ("append", "key", "name", "scope", "value")

    def __init__(self, assign: Assign, secrets: bool) -> None:
        self.scope = _SCOPES[assign.scope]
        self.name = assign.name
        self.value = _once(assign.value, True, secrets)
        self.append = assign.append
        self.key = _maybe(assign.key, secrets)


class LinkedExpect:
    """A flow to come."""

    __slots__ = ("host", "port", "protocol", "to")

    def __init__(self, expect: Expect, secrets: bool) -> None:
        self.protocol = expect.protocol
        self.to = expect.to
        self.port = link(expect.port, secrets=secrets)
        self.host = _maybe(expect.host, secrets)


class LinkedOutlet:
    """Where a state's octets go; `field`: those of a field of its message."""

    __slots__ = (
        "coding",
        "coding_each",
        "ends",
        "field",
        "file",
        "file_each",
        "inflate",
        "inflate_end",
        "key",
        "layer",
        "layer_key",
        "name",
        "offset",
        "unit_end",
        "when",
        "whole_flow",
    )  # fmt: skip

    def __init__(self, state: State, secrets: bool) -> None:
        decode, file, feed = state.decode, state.file, state.feed
        self.coding = _maybe(decode.coding, secrets) if decode else None
        self.coding_each = decode is not None and decode.each
        self.inflate = _maybe(decode.inflate, secrets) if decode else None
        self.inflate_end = _maybe(decode.end, secrets) if decode else None
        self.file = file is not None
        self.name = None if file is None or file.name is None else link(file.name, True, secrets)
        self.when = _maybe(file.when, secrets) if file else None
        self.file_each = file is not None and file.each
        self.key = _maybe(file.key, secrets) if file else None
        self.ends = _maybe(file.ends, secrets) if file else None
        self.offset = _maybe(file.offset, secrets) if file else None
        self.layer = feed.layer if feed else ""
        self.whole_flow = feed is not None and feed.whole_flow
        self.layer_key = _maybe(feed.key, secrets) if feed else None
        self.unit_end = _maybe(feed.end, secrets) if feed else None
        self.field = file.data if file and file.data else feed.data if feed else ""


class LinkedTransition:
    """One transition; `effects`: it does more than move. `when` is its guard, with the parts that it shares with others of the state."""

    __slots__ = ("alone", "assigns", "cancel", "effects", "event", "expect", "guard", "hold", "port", "release", "target", "upgrade")

    def __init__(self, transition: Transition, when: Code | None, secrets: bool) -> None:
        self.target = transition.target
        self.guard = None if when is None else link(when, secrets=secrets)
        self.hold = transition.hold
        self.release = transition.release
        self.alone = transition.alone
        self.assigns = tuple(LinkedAssign(assign, secrets) for assign in transition.assigns)
        self.event = transition.event
        self.cancel = _maybe(transition.cancel, secrets)
        self.expect = LinkedExpect(transition.expect, secrets) if transition.expect else None
        self.effects = bool(self.assigns or self.event or self.release or self.cancel or self.expect)
        self.upgrade = transition.upgrade.protocol if transition.upgrade else ""
        self.port = _maybe(transition.upgrade.port, secrets) if transition.upgrade else None


class LinkedState:
    """One state. `message` is the number of the message if there is nothing to choose, else -1. `opens`: the item may begin an exchange.
    `bare`: after the item the side is complete, whatever the item was, and nothing else happens. `shares`: guards of its transitions have parts in
    common, which are evaluated once as long as the scope has a `memo`."""

    __slots__ = (
        "assigns", "bare", "choices", "extent", "keep", "kind", "message", "name", "number", "opens", "outlet", "params", "shares", "transitions"
    )  # fmt: skip

    def __init__(self, number: int, state: State, opens: bool, secrets: bool) -> None:
        self.number = number
        self.name = state.name
        self.kind = PARSE if state.parse else RAW if state.extent is not None else DECISION
        self.choices: tuple[tuple[Run | None, int], ...] = tuple((_maybe(choice.when, secrets), choice.message) for choice in state.parse)
        self.message = state.parse[0].message if state.parse and state.parse[0].when is None else -1
        self.extent = _maybe(state.extent, secrets)
        self.keep = state.keep
        self.assigns = tuple(LinkedAssign(assign, secrets) for assign in state.assigns)
        guards = [move.when for move in state.next]
        whens = _sharing([guard for guard in guards if guard is not None])
        self.shares = any(when != guard for when, guard in zip(whens, filter(None, guards), strict=True))
        rest = iter(whens)
        self.transitions = tuple(LinkedTransition(move, None if move.when is None else next(rest), secrets) for move in state.next)
        self.opens = opens
        self.params = tuple((name, link(code, secrets=secrets)) for name, code in state.params)
        self.outlet = LinkedOutlet(state, secrets) if state.decode or state.file or state.feed else None
        first = self.transitions[0] if self.transitions else None
        self.bare = (
            first is not None and first.guard is None and first.target == COMPLETE and not first.effects and not first.hold and not self.assigns
            and self.outlet is None
        )  # fmt: skip


class LinkedSide:
    """One machine: `begin` is where its first exchange begins (`first`, else `start`); `silent`: nothing of this side is parsed."""

    __slots__ = ("begin", "bound", "dotted", "first", "resync", "silent", "start", "states")

    def __init__(self, side: Side, secrets: bool) -> None:
        states = side.states or (State("nothing"),)
        self.states = tuple(LinkedState(number, state, number == side.start, secrets) for number, state in enumerate(states))
        self.start = self.states[side.start]
        self.first = self.states[side.first] if side.first >= 0 else None
        self.begin = self.first or self.start
        self.resync = side.resync
        self.silent = not side.states
        self.dotted = any(_mentions_dotted(state.extent) for state in states)
        self.bound = 2 * len(states) + 2
        """Moves without a byte that a sane description can need."""


class Tables:
    """All that a session reads; immutable, one for all flows. `begin(program, params=None)` makes the parser of a message.

    `layer(name)` gives the tables of a layer. `late`: the exchange is found when the message is parsed (it needs its key or role); else before.
    `plain`: a message never says more about where it belongs than its place."""

    __slots__ = (
        "aside", "at_side", "begin", "ends", "fields", "group", "group_key", "joins", "keys", "late", "layer", "limits",
        "name", "one_way", "oriented", "pairing", "plain", "programs", "protocol", "record", "reentrant", "role", "secrets",
        "severities", "sides", "status", "summary", "tested", "timeout", "uses_flow", "uses_sender", "usual", "waits", "when",
    )  # fmt: skip

    def __init__(self, protocol: Protocol, begin: Begin, layer: Callable[[str], Tables], secrets: bool) -> None:
        """`secrets`: whether a value of the protocol, or of one that shares variables with it, is ever marked; if none is, expressions are
        linked the faster way."""
        self.layer = layer
        self.protocol = protocol
        self.begin = begin
        self.programs = protocol.messages
        self.fields = protocol.fields
        self.limits = protocol.limits
        self.sides = (LinkedSide(protocol.sides[REQUEST], secrets), LinkedSide(protocol.sides[RESPONSE], secrets))
        pair = protocol.pair
        self.pairing = _PAIRINGS[pair.by]
        self.timeout = pair.timeout
        self.keys = (_maybe(pair.key[REQUEST], secrets), _maybe(pair.key[RESPONSE], secrets))
        self.role = _maybe(pair.role, secrets)
        self.one_way = _maybe(pair.one_way, secrets)
        self.aside = _maybe(pair.aside, secrets)
        group = protocol.group
        self.group = None if group is None else link(group.begin, secrets=secrets)
        self.joins = None if group is None else _maybe(group.join, secrets)
        self.ends = None if group is None else _maybe(group.end, secrets)
        self.group_key = None if group is None else _maybe(group.key, secrets)
        self.late = self.pairing == KEY or (self.role is not None and self.pairing == ORDER)
        self.plain = not self.late and self.one_way is None and self.role is None and self.aside is None
        self.oriented = self.role is not None and pair.begins != EITHER
        start = protocol.sides[REQUEST].start
        self.reentrant = any(start in (move.target, move.alone) for state in protocol.sides[REQUEST].states for move in state.next)
        if pair.begins == EITHER and self.pairing != FLOW:
            self.usual = (REQUEST, REQUEST)
        else:
            self.usual = (RESPONSE, REQUEST) if pair.begins == SERVER else (REQUEST, RESPONSE)
        self.secrets = tuple(
            tuple((rule.path, rule.first, _maybe(rule.when, True)) for rule in protocol.secrets if rule.side == role) for role in (REQUEST, RESPONSE)
        )
        self.severities = {name: entry.severity for name, entry in BUILT_IN.items()} | {rule.name: rule.severity for rule in protocol.events}
        self.tested = tuple((rule.name, link(rule.when, secrets=secrets)) for rule in protocol.events if rule.when is not None)
        form, codes = shared(protocol.record, [code for _, code in (*protocol.status, *protocol.summary)])
        count = len(protocol.status)
        self.status = tuple(
            (link(code, secrets=secrets), _STATUS.get(name, "Error")) for (name, _), code in zip(protocol.status, codes[:count], strict=True)
        )
        self.summary = tuple((name, link(code, True, secrets)) for (name, _), code in zip(protocol.summary, codes[count:], strict=True))
        self.record = shape(form, secrets)
        self.name = protocol.log.name or protocol.name
        self.at_side = protocol.log.at == "side"
        self.when = _maybe(protocol.log.when, secrets)
        self.waits = self.when is not None
        """A transaction's number is given when it is logged."""
        self.uses_flow = frozenset(name for scope, name in names_of(protocol) if scope == "flow")
        self.uses_sender = "sender" in self.uses_flow

    def bounded(self, protocol: Protocol) -> Tables:
        """The same tables for the same protocol with other limits; layers keep theirs."""
        twin = Tables.__new__(Tables)
        for name in _TABLES:
            setattr(twin, name, getattr(self, name))
        twin.protocol = protocol
        twin.limits = protocol.limits
        return twin


_TABLES: tuple[str, ...] = Tables.__slots__


def _maybe(code: Code | None, secrets: bool) -> Run | None:
    return None if code is None else _once(code, False, secrets)


def _sharing(codes: list[Code]) -> list[Code]:
    """Expressions with the parts that they have in common as memos."""
    sharing = Sharing()
    for code in codes:
        sharing.count(code)
    return [sharing.rewrite(code) for code in codes]


def _once(code: Code, taint: bool, secrets: bool) -> Run:
    """What evaluates an expression that stands alone: what it says twice, as definitions do, is evaluated once."""
    found = _sharing([code])[0]
    run = link(found, taint, secrets)
    return run if found == code else Once(run)


def _mentions_dotted(code: Any) -> bool:
    if code.__class__ is tuple:
        return code[:2] == ("call", "dotted") or any(map(_mentions_dotted, code))
    return isinstance(code, Extent) and code.kind == "dotted"


def names_of(node: Any) -> Iterator[tuple[str, str]]:
    """Every (scope, name) that an expression of the protocol reads."""
    if isinstance(node, tuple):
        if len(node) == 2 and isinstance(node[0], str) and isinstance(node[1], str):
            yield node[0], node[1]
        for inner in node:
            yield from names_of(inner)
    elif isinstance(node, msgspec.Struct) and type(node).__module__ == Protocol.__module__:
        for name in node.__struct_fields__:
            if name not in ("messages", "fields", "patterns", "probes"):
                yield from names_of(getattr(node, name))
