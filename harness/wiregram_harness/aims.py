"""How a transition can be come to: which transitions lead there, on both sides, and what the messages on the way have to say.

It reads the machines and what their guards tell of the values they look at; it draws nothing and runs nothing. An aim is a guess: a dialogue
that follows one may still miss it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from wiregram import testing as door
from wiregram_harness.guards import COMPARE, Hints, compared, shapes, walk

WAYS = 4
"""Ways in which a guard can hold that are tried."""

MOST = 24
"""Aims at one transition."""

PATHS = 4
"""Ways to a state that are known."""

GUARDS = (*COMPARE, "in", "not in", "and", "or", "not")

ROOMS = [24, 40, 64, 90, 128, 170, 200, 260]
"""Octets that a message may be told to have."""

FAR = 1 << 16
"""Transitions to where no way leads."""

DEEP = 3
"""Variables that must have been set before, one for the sake of the other."""


class Routes:
    """By side, the transition wanted of a state. `first`: another one when the side comes to that state for the first time."""

    __slots__ = ("_sides", "first")

    def __init__(self, request: dict[int, int] | None = None, response: dict[int, int] | None = None) -> None:
        self._sides = (request or {}, response or {})
        self.first: tuple[dict[int, int], dict[int, int]] = ({}, {})

    def __getitem__(self, side: int) -> dict[int, int]:
        return self._sides[side]

    def copy(self) -> Routes:
        found = Routes(dict(self[0]), dict(self[1]))
        found.first = (dict(self.first[0]), dict(self.first[1]))
        return found

    def wanted(self, side: int, state: int, again: bool) -> int | None:
        """The transition wanted of a state, to which the side may have come before."""
        return self[side].get(state) if again or state not in self.first[side] else self.first[side][state]

    def takes(self, side: int, state: int, again: bool, number: int) -> bool:
        """Whether a side that takes this transition (-1: none) goes where it is wanted to."""
        return self.wanted(side, state, again) in (number, None)

    def steps(self, first: bool = False) -> list[tuple[int, int, int]]:
        """Each transition wanted, as (side, state, number): the last one of each state, or the first where there is another."""
        return [(side, state, number) for side in (0, 1) for state, number in (self.first if first else self)[side].items()]


class Homeward(Routes):
    """From every state the shortest ways to where its side is complete."""

    __slots__ = ("_near",)

    def __init__(self, sides: Iterable[door.Side]) -> None:
        self._near = [self._nearer(side) for side in sides]
        Routes.__init__(self, *({at: places[-1] for at, places in enumerate(states) if places} for states in self._near))

    def takes(self, side: int, state: int, again: bool, number: int) -> bool:
        near = self._near[side][state]
        return not near or number in near

    @staticmethod
    def _nearer(side: door.Side) -> list[list[int]]:
        """By state, the transitions after which the least is left to go; none where no way leads to `complete`."""
        steps = {door.COMPLETE: 0} | dict.fromkeys(range(len(side.states)), FAR)
        for _ in side.states:
            for number, state in enumerate(side.states):
                steps[number] = min([1 + steps.get(move.target, FAR) for move in state.next], default=FAR)
        left = [[steps.get(move.target, FAR) for move in state.next] for state in side.states]
        return [[number for number, far in enumerate(each) if far == min(each) < FAR] for each in left]


class Aim(NamedTuple):
    """`routes`: the way there; `facts`: what must be so of what each side has said; `hints`: values worth trying
    for that; `before`: an aim to be reached in an earlier exchange of the flow."""

    routes: Routes
    facts: door.Facts
    hints: tuple[Hints, Hints]
    before: Aim | None = None

    def course(self) -> list[Aim]:
        """This aim and those before it, the earliest first."""
        return [*(self.before.course() if self.before is not None else ()), self]


class Aims:
    """The aims of one protocol, made when they are asked for."""

    def __init__(self, protocol: door.Protocol) -> None:
        self._protocol = protocol
        self._dead = door.dead_transitions(protocol)
        self._paths = tuple(self._search(number, side.start, side.first) for number, side in enumerate(protocol.sides))
        self._known: dict[door.Place, list[Aim]] = {}
        fields = ((side.states, protocol.fields) for side in protocol.sides)
        self._fields = [{name for state in states for choice in state.parse for name in given[choice.message]} for states, given in fields]

    def at(self, place: door.Place) -> list[Aim]:
        """Aims at a transition, the simplest first."""
        if place not in self._known:
            self._known[place] = list(islice(self._at(*place, {}, DEEP), MOST))
        return self._known[place]

    def at_message(self, side: int, state: int, number: int) -> list[Aim]:
        """Aims at the choice of a state's message, and at parameters of it that are true or not."""
        own = self._protocol.sides[side].states[state]
        ways = self._ways(side, [choice.when for choice in own.parse[: number + 1]])[:WAYS]
        guards = [door.on_side(code, door.SIDES[side]) for _, code in own.params if code[0] in GUARDS]
        for guard in guards:
            ways += [way for holds in (True, False) for way in door.both(ways[:1] or [{}], door.ways(guard, holds))[:WAYS]]
        return [aim for facts in ways for aim in islice(self._at(side, state, -1, facts, DEEP), 3)]

    def at_states(self, places: list[tuple[int, int]]) -> list[Aim]:
        """Aims at states, given as (side, state): of either side, and of both sides at once."""
        sides: tuple[list[Aim], list[Aim]] = ([], [])
        for side, state in places:
            sides[side].extend(islice(self._at(side, state, -1, {}, DEEP), PATHS))
        both = [
            Aim(
                Routes(one.routes[0], two.routes[1]), {**one.facts, **two.facts}, ({**two.hints[0], **one.hints[0]}, {**one.hints[1], **two.hints[1]})
            )
            for one in sides[0]
            for two in sides[1]
            if one.before is two.before is None
        ]
        return both or [*sides[0], *sides[1]]

    def _search(self, side: int, *begins: int) -> dict[int, list[list[door.Place]]]:
        """By state: the transitions that lead there from some states, in some ways, the shortest first."""
        machine = self._protocol.sides[side]
        found: dict[int, list[list[door.Place]]] = {}
        queue: list[tuple[int, list[door.Place]]] = [(at, []) for at in begins if at >= 0] if machine.states else []
        for at, path in queue:
            known = found.setdefault(at, [])
            if len(known) == PATHS:
                continue
            known.append(path)
            passed = {place[1] for place in path}
            for number, transition in enumerate(machine.states[at].next):
                if transition.target >= 0 and transition.target not in passed and transition.target != at and (side, at, number) not in self._dead:
                    queue.append((transition.target, [*path, (side, at, number)]))
        return found

    def _path(self, side: int, state: int) -> list[door.Place]:
        return next(iter(self._paths[side].get(state, ())), [])

    def _ways(self, side: int, guards: list[door.Code | None]) -> list[door.Facts]:
        """The ways in which the last of some guards is the first to hold."""
        left: list[door.Facts] = [{}]
        for place, guard in enumerate(guards):
            code: door.Code = ("const", True) if guard is None else door.on_side(guard, door.SIDES[side])
            left = door.both(left, door.ways(code, place == len(guards) - 1))
        return left

    def _at(self, side: int, state: int, number: int, facts: door.Facts, deep: int) -> Iterator[Aim]:
        """Aims that come to a state (and take this transition of it, if it is one) in one exchange, where these facts hold. Of the ways there those
        are taken whose guards do not contradict each other."""
        ways: list[Routes] = []
        for path in self._paths[side].get(state, [[]]):
            routes = Routes()
            routes[side].update((at, step) for _, at, step in path)
            if number >= 0:
                routes[side].setdefault(state, number)
            ways.append(routes)
        for routes in [routes for routes in ways if self._wanted(routes, facts)] or ways[:1]:
            yield from self._need(routes, facts, deep, frozenset())

    def _wanted(self, routes: Routes, facts: door.Facts) -> list[door.Facts]:
        """What must be so for these routes, beside what is asked of their own messages; nothing where that cannot be."""
        wanted = [facts]
        for side, state, number in routes.steps():
            guards = [transition.when for transition in self._protocol.sides[side].states[state].next[: number + 1]]
            wanted = door.both(wanted, [self._foreign(side, way) for way in self._ways(side, guards)])
        return wanted

    def _need(self, routes: Routes, facts: door.Facts, deep: int, met: frozenset[Any]) -> Iterator[Aim]:
        """Aims with these routes, and what they need besides."""
        for side, state, number in routes.steps():
            held = self._protocol.sides[side].states[state].next[number]
            if held.hold and held.target in routes[side] and ("hold", side) not in met:
                for at, each in self._releases(1 - side):
                    yield from self._with(routes, (1 - side, at, each), facts, deep, met | {("hold", side)})
                return
        for way in (self._wanted(routes, facts) or [facts])[:WAYS]:
            yield from self._variables(routes, way, facts, deep, met)

    def _variables(self, routes: Routes, way: door.Facts, facts: door.Facts, deep: int, met: frozenset[Any]) -> Iterator[Aim]:
        """Aims for one way: what it asks of variables must be set on the way, or before."""
        for about, values in way.items():
            if not values.present or values.absent:
                continue
            for scope, name in [(part[0], part[1]) for part in walk(_bare(about)) if part[0] in (*door.SIDES, "tx", "session")]:
                if (scope, name) in met or (scope in door.SIDES and name in self._fields[door.SIDES.index(scope)]):
                    continue
                if not deep:
                    return
                for side, state, number, value in self._setters(scope, name):
                    told = _so(door.on_side(value, door.SIDES[side]), values) if _bare(about) == (scope, name) and value[0] != "const" else {}
                    if value[0] == "const" and not fits(value[1], values) and _bare(about) == (scope, name):
                        continue
                    if scope == "session":
                        if self._protocol.sides[side].states[state].next[number].target in (door.STOP, door.UPGRADE):
                            continue  # nothing follows
                        for before in islice(self._at(side, state, number, told, deep - 1), 2):
                            compared(before.hints, side, value, [part[1] for part in walk(_bare(about)) if part[0] == "const" and part[1]])
                            for aim in islice(self._variables(routes, way, facts, deep, met | {(scope, name)}), 2):
                                yield aim._replace(before=before if aim.before is None else aim.before._replace(before=before))
                    else:
                        merged = door.both([facts], [told])
                        yield from self._with(routes, (side, state, number), merged[0] if merged else facts, deep - 1, met | {(scope, name)})
                return
        yield Aim(routes, self._told(routes, way), self._hints(routes, way))

    def _told(self, routes: Routes, way: door.Facts) -> door.Facts:
        """Without what only a side's own guards ask of its own variables: those are seen when it comes to them, and may change until then."""
        asked: tuple[set[tuple[str, str]], set[tuple[str, str]]] = (set(), set())
        for side, state, number in routes.steps():
            for transition in self._protocol.sides[side].states[state].next[: number + 1]:
                if transition.when is not None:
                    asked[side].update(names(door.on_side(transition.when, door.SIDES[side])))

        def inside(about: door.Code) -> bool:
            read = set(names(about))
            return any({scope for scope, _ in read} == {door.SIDES[side]} and read <= asked[side] - asked[1 - side] for side in (0, 1))

        return {about: values for about, values in way.items() if not inside(about)}

    def _with(self, routes: Routes, place: door.Place, facts: door.Facts, deep: int, met: frozenset[Any]) -> Iterator[Aim]:
        side, state, number = place
        more = routes.copy()
        if more[side].get(state, number) != number and state not in more.first[side]:
            back = self._search(side, self._protocol.sides[side].states[state].next[number].target).get(state)
            if not back:
                return  # it comes there only once
            more.first[side][state] = number
            for _, at, step in back[0]:
                more[side].setdefault(at, step)
        else:
            for _, at, step in [*self._path(side, state), place]:
                if more[side].setdefault(at, step) != step:
                    return  # it cannot do both
        yield from self._need(more, facts, deep, met)

    def _foreign(self, side: int, way: door.Facts) -> door.Facts:
        """What a side's guard asks of others than its own messages: those are seen when they are drawn."""
        own, fields = door.SIDES[side], self._fields[side]

        def seen(about: door.Code) -> bool:
            return any(part[0] == own and part[1] in fields for part in walk(_bare(about)))

        return {about: values for about, values in way.items() if not seen(about)}

    def _releases(self, side: int) -> list[tuple[int, int]]:
        return [
            (at, number)
            for at, state in enumerate(self._protocol.sides[side].states)
            for number, transition in enumerate(state.next)
            if transition.release and (side, at, number) not in self._dead
        ]

    def _setters(self, scope: str, name: str) -> Iterator[tuple[int, int, int, door.Code]]:
        """(side, state, transition, value) for whatever sets a variable to something."""
        target = "own" if scope in door.SIDES else scope
        for side, machine in enumerate(self._protocol.sides):
            if scope in door.SIDES and scope != door.SIDES[side]:
                continue
            for at, state in enumerate(machine.states):
                for number, transition in enumerate(state.next):
                    for assign in (*state.assigns, *transition.assigns):
                        if (assign.scope, assign.name) == (target, name) and assign.value != ("const", None) and (side, at, number) not in self._dead:
                            yield side, at, number, assign.value

    def _hints(self, routes: Routes, facts: door.Facts) -> tuple[Hints, Hints]:
        """Values worth trying for the fields that the routes' guards and the facts speak of."""
        found: tuple[Hints, Hints] = ({}, {})
        for about, values in facts.items():
            compared(found, 0, _bare(about), feasible(about, values))
        for side, state, number in routes.steps() + routes.steps(first=True):
            each = self._protocol.sides[side].states[state]
            for way in self._ways(side, [transition.when for transition in each.next[: number + 1]])[:WAYS]:
                for about, values in way.items():
                    if values.present:
                        compared(found, side, _bare(about), feasible(about, values))
            if any(self._protocol.sides[side].states[at].params for at in routes[side]):
                for assign in each.assigns:
                    compared(found, side, assign.value, ROOMS)
                    for part in walk(assign.value):
                        if part[0] == "own":
                            compared(found, side, part, ROOMS)
            codes = [assign.value for assign in (*each.assigns, *each.next[number].assigns)]
            shapes(found, side, *codes, *(transition.when for transition in each.next[number : number + 1] if transition.when is not None))
        for side in (0, 1):
            if not routes[side]:
                self._rooms(found, side)
        return found

    def _rooms(self, found: tuple[Hints, Hints], side: int) -> None:
        """Sizes worth trying where a side's first message says how many octets follow, by way of a variable."""
        machine = self._protocol.sides[side]
        sizes = [code for state in machine.states for code in (state.extent, *(code for _, code in state.params)) if code is not None]
        asked = {part[1] for code in sizes for part in walk(code) if part[0] == "own"}
        for assign in machine.states[machine.start].assigns if machine.states else ():
            if assign.name in asked:
                for part in walk(assign.value):
                    if part[0] == "own":
                        compared(found, side, part, ROOMS)


def names(about: door.Code) -> list[tuple[str, str]]:
    """What a fact reads, as (scope, name); none where that cannot be said."""
    found = []
    for part in walk(_bare(about)):
        if part[0] in (*door.SIDES, "tx", "session"):
            found.append((part[0], part[1]))
        elif part[0] in ("own", "this", "other", "octets", "body") or (part[0] == "const" and isinstance(part[1], str)):
            return []
    return found


def _so(code: door.Code, values: door.Values) -> door.Facts:
    """An expression has one of these values; a guard holds then, or does not."""
    return next(iter(door.ways(code, fits(1, values))), {}) if code[0] in GUARDS else {code: values}


def _bare(about: door.Code) -> door.Code:
    """What a fact is about."""
    return about[1] if about[0] == "truth" else about


def feasible(about: door.Code, values: door.Values) -> list[Any]:
    """Some values that a fact allows."""
    if about[0] == "truth":
        return []
    if values.among is not None:
        return [value for value in sorted(values.among - values.without, key=repr) if fits(value, values)]
    found: list[Any] = []
    for bound in (values.low, values.high):
        if bound is not None and isinstance(bound[0], int):
            found += [value for value in (bound[0], bound[0] + 1, bound[0] - 1, bound[0] + 9) if value not in found and fits(value, values)]
    if about[0] == "&" and about[2][0] == "const" and isinstance(about[2][1], int) and fits(about[2][1], values):
        found.append(about[2][1])
    return found


def fits(value: Any, values: door.Values) -> bool:
    """Whether a value, None if it is absent, is one of those."""
    if value is None:
        return not values.present
    if values.absent:
        return False
    if not isinstance(value, int | bytes):
        return values.among is None
    if (values.among is not None and value not in values.among) or value in values.without:
        return False
    for bound, above in ((values.low, True), (values.high, False)):
        if bound is not None and isinstance(bound[0], bytes) is isinstance(value, bytes):
            if value == bound[0] and bound[1]:
                return False
            if value != bound[0] and (value > bound[0]) is not above:
                return False
    return True
