"""Can the two sides of an exchange wait for each other for ever? A search of the product of the two machines.

Guards are free choices, but for those that contradict what is known of the fields of the last messages: `verb == 'A'` on one side and
`request.verb == 'B'` on the other exclude each other; so do a guard and its negation, and a guard and those before it in its list."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from wiregram.compiler.codes import names, on_side, walk
from wiregram.compiler.reasoning import Facts, Values, both, ways
from wiregram.program.expression import Code
from wiregram.program.protocol import REQUEST, RESPONSE, SIDES, UPGRADE, Protocol, Side, Transition

DONE = -1
LIMIT = 20_000
"""Pairs looked at before the search gives up; machines are small."""
_CHANGING = frozenset(("octets", "body", "this", "other", "verdict"))
"""What an expression may read that another moment gives another value."""


class Position(msgspec.Struct, frozen=True):
    """Where a side is: in `state`, or DONE; `held` by that state's transition number `by`; `fresh` before its first item."""

    state: int
    held: bool = False
    by: int = -1
    fresh: bool = False


Pair = tuple[Position, Position]
Known = tuple[tuple[Code, Values], ...]
Node = tuple[Pair, Known]
Move = tuple[int, int, int]
"""A side, a state's number, the number of its transition."""


class Deadlock(msgspec.Struct, frozen=True):
    """A pair that cannot come to an end, and the moves that lead there: (side, state, transition)."""

    pair: Pair
    moves: tuple[Move, ...]

    def story(self, protocol: Protocol) -> str:
        """The moves in words."""
        told = []
        for side, state, number in self.moves:
            machine = protocol.sides[side]
            transition = machine.states[state].next[number]
            target = "complete" if transition.target < 0 else machine.states[transition.target].name
            wait = " and waits" if transition.hold else ""
            told.append(f"the {SIDES[side]} goes from `{machine.states[state].name}` to `{target}`{wait}")
        return "; ".join(told)


def find_deadlock(protocol: Protocol) -> Deadlock | None:
    """The first pair, in the shortest way, from which the exchange cannot end. None too where there is too much to look at."""
    return Search(protocol).run()


class Search:
    """`gave_up`, once it has run: there was too much to look at, so nothing is proved."""

    def __init__(self, protocol: Protocol) -> None:
        self.gave_up = False
        self.protocol = protocol
        self.cleared = [_fields(protocol, REQUEST), _fields(protocol, RESPONSE)]
        self._places: dict[Code, int] = {}
        self._lasting: dict[Code, bool] = {}
        self._names: dict[Code, set[tuple[str, str]]] = {}
        self._ways: dict[tuple[int, int], list[tuple[list[Facts], list[Facts]]]] = {}
        self._choices: dict[tuple[int, int, Known], list[tuple[int, Facts]]] = {}
        self.asked = [self._asked(REQUEST), self._asked(RESPONSE)]

    def run(self) -> Deadlock | None:
        came: dict[Node, tuple[Node, Move] | None] = {}
        back: dict[Node, list[Node]] = {}
        queue: list[Node] = []
        for pair in self.starts():
            node: Node = (pair, ())
            if node not in came:
                came[node] = None
                queue.append(node)
        for node in queue:
            if len(queue) > LIMIT:
                self.gave_up = True
                return None
            for move, follower in self.moves(node):
                back.setdefault(follower, []).append(node)
                if follower not in came:
                    came[follower] = (node, move)
                    queue.append(follower)
        ending = [node for node in queue if node[0] == (Position(DONE), Position(DONE))]
        good = set(ending)
        for node in ending:
            for before in back.get(node, ()):
                if before not in good:
                    good.add(before)
                    ending.append(before)
        bad = [node for node in queue if node not in good]
        if not bad:
            return None
        node = next((node for node in bad if not any(True for _ in self.moves(node))), bad[0])
        return Deadlock(node[0], _path(came, node))

    def starts(self) -> Iterator[Pair]:
        request, response = self.protocol.sides
        asks = [Position(at, fresh=True) for at in _entries(request)] or [Position(DONE)]
        answer = Position(response.start) if response.states else Position(DONE)
        for ask in asks:
            yield ask, answer
        if response.states and response.first >= 0:
            yield Position(DONE), Position(response.first)

    def moves(self, node: Node) -> Iterator[tuple[Move, Node]]:
        pair, known = node
        if (pair[0].held and pair[1].state == DONE) or (pair[1].held and pair[0].state == DONE):
            yield (0, 0, 0), ((Position(DONE), Position(DONE)), ())  # the other side is complete: then this one is too
            return
        for side in (REQUEST, RESPONSE):
            position = pair[side]
            if position.state == DONE or position.held or (side == RESPONSE and pair[REQUEST].fresh):
                continue
            state = self.protocol.sides[side].states[position.state]
            for number, after in self.choices(side, position.state, known):
                yield (side, position.state, number), self.step(pair, side, number, state.next[number], after)

    def choices(self, side: int, at: int, known: Known) -> list[tuple[int, Facts]]:
        """The transitions of a state that may be taken, and what is known then."""
        found = self._choices.get((side, at, known))
        if found is None:
            found = self._choices[side, at, known] = list(self._chosen(side, at, dict(known)))
        return found

    def _chosen(self, side: int, at: int, facts: Facts) -> Iterator[tuple[int, Facts]]:
        state = self.protocol.sides[side].states[at]
        if state.parse:
            cleared = self.replaced(side, at)
            facts = {about: values for about, values in facts.items() if not self.names(about) & cleared}
        left = [facts]
        for number, (held, not_held) in enumerate(self.guards(side, at)):
            if not left:
                return
            seen: list[Facts] = []
            for way in both(left, held):
                kept = self.stable(way)
                if kept not in seen:
                    seen.append(kept)
                    yield number, kept
            left = both(left, not_held)

    def guards(self, side: int, at: int) -> list[tuple[list[Facts], list[Facts]]]:
        """Of each transition of a state: the ways in which its guard holds, and does not."""
        found = self._ways.get((side, at))
        if found is None:
            found = []
            for transition in self.protocol.sides[side].states[at].next:
                guard = ("const", True) if transition.when is None else on_side(transition.when, SIDES[side])
                found.append((ways(guard), ways(guard, False)))
            self._ways[side, at] = found
        return found

    def names(self, about: Code) -> set[tuple[str, str]]:
        """What an expression reads."""
        found = self._names.get(about)
        if found is None:
            found = self._names[about] = names(about)
        return found

    def stable(self, facts: Facts) -> Facts:
        """Only what the last messages say: variables change at any time."""
        return {about: values for about, values in facts.items() if self.lasting(about)}

    def lasting(self, about: Code) -> bool:
        """Whether an expression reads nothing but fields of the last messages, and what a flow's ends are."""
        found = self._lasting.get(about)
        if found is None:
            found = self._lasting[about] = not any(part[0] in _CHANGING for part in walk(about)) and all(
                (scope in SIDES and name in self.cleared[SIDES.index(scope)]) or (scope == "flow" and name != "sender")
                for scope, name in self.names(about)
            )
        return found

    def live(self, side: int, position: Position) -> frozenset[Code]:
        """What a guard yet to come of the side looks at: nothing else need be known there."""
        if position.state == DONE or not position.held:
            return self.asked[side].get(position.state, frozenset())
        transition = self.protocol.sides[side].states[position.state].next[position.by]
        return frozenset().union(*(self.asked[side].get(target, frozenset()) for target in (transition.target, transition.alone)))

    def _asked(self, side: int) -> dict[int, frozenset[Code]]:
        """By state: what its guards and those after it look at, but for what a message has replaced by then."""
        states = self.protocol.sides[side].states
        own: list[frozenset[Code]] = []
        after: list[set[int]] = []
        for at, state in enumerate(states):
            own.append(frozenset(about for guards in self.guards(side, at) for half in guards for way in half for about in way))
            after.append({target for each in state.next for target in (each.target, each.alone) if target >= 0})
        found: dict[int, frozenset[Code]] = dict.fromkeys(range(len(states)), frozenset())
        changed = True
        while changed:
            changed = False
            for at in reversed(range(len(states))):
                replaced = self.replaced(side, at)
                wanted = own[at].union(*(found[target] for target in after[at]))
                left = frozenset(about for about in wanted if not self.names(about) & replaced)
                changed = changed or left != found[at]
                found[at] = left
        return found

    def replaced(self, side: int, at: int) -> set[tuple[str, str]]:
        """The fields that a state's message gives anew."""
        return {(SIDES[side], name) for choice in self.protocol.sides[side].states[at].parse for name in self.protocol.fields[choice.message]}

    def place(self, fact: tuple[Code, Values]) -> int:
        """A fact's place among those that are known: that in which it was first met."""
        return self._places.setdefault(fact[0], len(self._places))

    def step(self, pair: Pair, side: int, number: int, transition: Transition, facts: Facts) -> Node:
        if transition.target == UPGRADE:
            return (Position(DONE), Position(DONE)), ()
        mine = Position(pair[side].state, True, number) if transition.hold else Position(max(transition.target, DONE))
        other = pair[1 - side]
        if transition.release and other.held:
            target = self.protocol.sides[1 - side].states[other.state].next[other.by].target
            other = Position(max(target, DONE))
        moved = (mine, other) if side == REQUEST else (other, mine)
        asked = self.live(REQUEST, moved[REQUEST]) | self.live(RESPONSE, moved[RESPONSE])
        return moved, tuple(sorted(((about, facts[about]) for about in asked & facts.keys()), key=self.place))


def _entries(side: Side) -> list[int]:
    return [at for at in (side.first, side.start) if at >= 0] if side.states else []


def _fields(protocol: Protocol, side: int) -> frozenset[str]:
    """The fields of the side's messages that no state keeps or sets as well."""
    found: set[str] = set()
    changed: set[str] = set()
    for state in protocol.sides[side].states:
        for choice in state.parse:
            found.update(protocol.fields[choice.message])
        changed.add(state.keep)
        for assigns in (state.assigns, *(transition.assigns for transition in state.next)):
            changed.update(assign.name for assign in assigns if assign.scope == "own")
    return frozenset(found - changed)


def _path(came: dict[Node, tuple[Node, Move] | None], node: Node) -> tuple[Move, ...]:
    moves = []
    while (step := came[node]) is not None:
        node, move = step
        moves.append(move)
    return tuple(reversed(moves))
