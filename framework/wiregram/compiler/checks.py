"""Does a description make sense? The static checks of docs/manifest.md, section 11, on compiled machines."""

from __future__ import annotations

import re

from wiregram.compiler.codes import names
from wiregram.compiler.dead import dead_transitions
from wiregram.compiler.deadlock import Search
from wiregram.compiler.draft import UNKNOWN, Draft, message_fields
from wiregram.compiler.reasoning import Facts, both, ways
from wiregram.manifest import description as written
from wiregram.manifest.expression import constant
from wiregram.manifest.positions import Path as KeyPath
from wiregram.model.errors import HINT, WARNING
from wiregram.program.expression import Code
from wiregram.program.protocol import COMPLETE, REQUEST, RESPONSE, SIDES, UPGRADE, Protocol, Side, State, Transition
from wiregram.program.types import LIST, Type

_SECRETS = re.compile(r"(.*_)?(password|passwd|passphrase|pwd|secret|credentials?|token)", re.IGNORECASE)
_EXTENTS_WITH_OCTETS = ("dotted", "until", "rest")


def check_protocol(draft: Draft, protocol: Protocol) -> None:
    """Notes every finding in `draft`. What needs sound machines is left out where a name in them is wrong."""
    sound = not draft.failed
    for side in (REQUEST, RESPONSE):
        _order(draft, protocol.sides[side], side)
        if sound:
            _reach(draft, protocol, side)
            _empty(draft, protocol.sides[side], side)
            _alone(draft, protocol.sides[side], side)
            _unread(draft, protocol, side)
    _holds(draft, protocol)
    _keys(draft, protocol)
    _secrets(draft)
    _events(draft, protocol)
    _constants(draft, protocol)
    _unfed(draft)
    if sound and not draft.failed:
        _dead(draft, protocol)
        if protocol.pair.by != "flow":
            _deadlock(draft, protocol)


def largest_buffer(protocol: Protocol) -> int:
    """How many octets of one direction can be waiting at most: a message under way, and what is held back."""
    most = 0
    for side in protocol.sides:
        parses = any(state.parse for state in side.states)
        holds = any(transition.hold for state in side.states for transition in state.next)
        keeps = any(state.keep for state in side.states)
        most = max(most, parses * protocol.limits.message + holds * protocol.limits.held + keeps * protocol.limits.field)
    return most


def _place(draft: Draft, side: int, state: int, transition: int) -> KeyPath:
    return draft.description.sides[side].states[state].next[transition].path


def _described(draft: Draft, side: int, state: int) -> written.State:
    return draft.description.sides[side].states[state]


# ---- transitions of one state


def _order(draft: Draft, side: Side, number: int) -> None:
    for at, state in enumerate(side.states):
        described = _described(draft, number, at)
        if len(state.parse) == len(described.parse):
            _guards(draft, [choice.when for choice in state.parse], [choice.when for choice in described.parse], None)
        left = _guards(draft, [each.when for each in state.next], [each.when for each in described.next], described)
        last = described.next[-1]
        if last.when is not None and left:
            text = "no transition holds in every case: what is left is an `unexpected_message`"
            draft.wrong(text, last.when, 'end the list with a transition without `when`, such as "complete"', WARNING)


def _guards(draft: Draft, guards: list[Code | None], places: list[written.Written | None], state: written.State | None) -> list[Facts]:
    """What can never be taken, and what is always: of transitions, and (`state` None) of entries of `parse`. The cases that no guard takes."""
    left: list[Facts] = [{}]
    seen: list[Code] = []
    for index, (guard, place) in enumerate(zip(guards, places, strict=True)):
        if guard is None:
            if state is not None and index < len(guards) - 1:
                draft.wrong(
                    "this transition is never taken: the one before it has no guard", state.next[index + 1].path, "put the one without `when` last"
                )
            return []
        assert place is not None
        holds = ways(guard)
        if constant(guard):
            draft.wrong(_always(guard), place)
        elif guard in seen and guard != UNKNOWN:
            draft.wrong("the same guard stands before: this is never taken", place)
        elif not holds:
            draft.wrong("this guard can never hold: it contradicts itself", place)
        elif not both(left, holds):
            draft.wrong("this is never taken: the guards before it leave nothing over", place)
        left = both(left, ways(guard, False))
        seen.append(guard)
    return left


def _always(guard: Code) -> str:
    return f"this guard is always {guard[1]}" if guard[0] == "const" else "this guard reads nothing: it is the same always"


# ---- the graph of one side


def _targets(transition: Transition) -> tuple[int, ...]:
    return (transition.target, transition.alone) if transition.hold else (transition.target,)


def _reach(draft: Draft, protocol: Protocol, number: int) -> None:
    side = protocol.sides[number]
    reached = _from(side, [at for at in (side.start, side.first) if at >= 0] if side.states else [])
    ends: set[int] = set()
    changed = True
    while changed:
        changed = False
        for at, state in enumerate(side.states):
            # a hold can end there: the other side completes, and then so does this one
            if at not in ends and any(each.hold or each.target < 0 or each.target in ends for each in state.next):
                ends.add(at)
                changed = True
    for at, state in enumerate(side.states):
        place = _described(draft, number, at).path
        if at not in reached:
            if place[1] == "both" and _reached_on(protocol.sides[1 - number], state.name):
                continue  # the other side uses it
            draft.wrong(f"the state `{state.name}` is never reached", place, f"no transition of the {SIDES[number]} goes there")
        elif at not in ends and protocol.pair.by != "flow":
            draft.wrong(f"from `{state.name}` neither `complete` nor `stop` nor an upgrade can be reached", place)


def _reached_on(side: Side, name: str) -> bool:
    at = next((index for index, state in enumerate(side.states) if state.name == name), -1)
    return at in _from(side, [start for start in (side.start, side.first) if start >= 0])


def _from(side: Side, starts: list[int]) -> set[int]:
    found: set[int] = set()
    waiting = list(starts)
    while waiting:
        at = waiting.pop()
        if at < 0 or at in found:
            continue
        found.add(at)
        for transition in side.states[at].next:
            waiting += _targets(transition)
    return found


def _dead(draft: Draft, protocol: Protocol) -> None:
    """What is never taken on its side; of a state of both, on neither."""
    dead = dead_transitions(protocol)
    whole = [
        number
        for number, side in enumerate(protocol.sides)
        if all((number, at, index) in dead for at, state in enumerate(side.states) for index in range(len(state.next)))
    ]
    told: set[KeyPath] = set()
    for number, at, index in sorted(dead):
        place = _place(draft, number, at, index)
        name = protocol.sides[number].states[at].name
        there = next((other for other, state in enumerate(protocol.sides[1 - number].states) if state.name == name), -1)
        alive = place[1] == "both" and there >= 0 and (1 - number, there, index) not in dead
        if number not in whole and not alive and place not in told:
            told.add(place)
            draft.wrong(f"this is never taken: no message of the {SIDES[number]} leads there", place, "leave it out", WARNING)


def _consumes(state: State) -> bool:
    """Whether the state takes at least one octet, whatever comes."""
    if state.parse:
        return True
    code = state.extent
    if code is None:
        return False
    if code[0] == "const":
        return isinstance(code[1], int) and code[1] > 0
    return code[0] == "call" and code[1] in _EXTENTS_WITH_OCTETS


def _empty(draft: Draft, side: Side, number: int) -> None:
    """A cycle that may consume nothing; an exchange that may."""
    idle = {at for at, state in enumerate(side.states) if not _consumes(state)}
    follow = {at: {target for each in side.states[at].next for target in _targets(each) if target in idle} for at in idle}
    for at in sorted(idle):
        seen: set[int] = set()
        waiting = list(follow[at])
        while waiting:
            here = waiting.pop()
            if here not in seen:
                seen.add(here)
                waiting += follow[here]
        if at in seen:
            names_of = ", ".join(f"`{side.states[each].name}`" for each in sorted(seen) if at in _closure(follow, each))
            draft.wrong(
                f"a cycle that may take no octet: {names_of}", _described(draft, number, at).path, "a state of it must `parse`, or take bytes"
            )
            return
    for start in sorted({at for at in (side.start, side.first) if at in idle} if side.states else set()):
        if side.states[start].name == "first":
            continue
        for at in sorted({start, *_closure(follow, start)}):
            for transition in side.states[at].next:
                if COMPLETE in _targets(transition):
                    maybe = side.states[at].extent is not None or side.states[start].extent is not None
                    text = f"an exchange of the {SIDES[number]} may take no octet: it would begin and end for ever"
                    draft.wrong(text, _described(draft, number, at).path, "a state of it must `parse`, or take bytes", WARNING if maybe else "error")
                    return


def _closure(follow: dict[int, set[int]], start: int) -> set[int]:
    found: set[int] = set()
    waiting = list(follow[start])
    while waiting:
        at = waiting.pop()
        if at not in found:
            found.add(at)
            waiting += follow[at]
    return found


def _alone(draft: Draft, side: Side, number: int) -> None:
    """Without the other direction a hold goes `alone`: from there the side must be able to complete."""
    ends: set[int] = set()
    changed = True
    while changed:
        changed = False
        for at, state in enumerate(side.states):
            if at not in ends:
                ways = [each.alone if each.hold else each.target for each in state.next]
                if any(way < 0 or way in ends for way in ways):
                    ends.add(at)
                    changed = True
    for at, state in enumerate(side.states):
        for index, transition in enumerate(state.next):
            if transition.hold and transition.alone >= 0 and transition.alone not in ends:
                text = "without the other direction this hold goes from hold to hold and never completes"
                draft.wrong(text, _place(draft, number, at, index), 'say where it ends: `alone = "complete"`', WARNING)


# ---- the two sides together


def _holds(draft: Draft, protocol: Protocol) -> None:
    for number in (REQUEST, RESPONSE):
        here, there = protocol.sides[number], protocol.sides[1 - number]
        other = SIDES[1 - number]
        releases = any(each.release for state in there.states for each in state.next)
        holds = any(each.hold for state in there.states for each in state.next)
        for at, state in enumerate(here.states):
            for index, transition in enumerate(state.next):
                place = _place(draft, number, at, index)
                if transition.hold and not there.states:
                    draft.wrong(f"this waits for ever: the {other} has no states", place)
                elif transition.hold and transition.target >= 0 and not releases:
                    target = here.states[transition.target].name
                    hint = f"a transition of the {other} needs `release = true`"
                    draft.wrong(f"this waits to go to `{target}`, and nothing of the {other} releases it", place, hint)
                if transition.release and not holds:
                    draft.wrong(f"this releases, and the {other} never holds", place, f"a transition of the {other} needs `hold = true`")
                if number == RESPONSE and transition.target == UPGRADE and not holds:
                    text = "the response agrees to an upgrade, and the request never holds: its next octets could be taken already"
                    draft.wrong(text, place, "let the request that asks for it wait: `hold = true`")


def _deadlock(draft: Draft, protocol: Protocol) -> None:
    search = Search(protocol)
    deadlock = search.run()
    place = (*draft.description.path, "silence", "deadlock")
    if draft.description.silence.get("deadlock"):
        if deadlock is None and not search.gave_up:
            draft.wrong("there is no deadlock to silence", place, "leave it out", HINT)
        return
    if search.gave_up:
        text = "the two machines are too large together: whether they can wait for each other for ever is not known"
        draft.wrong(text, draft.description.path, severity=HINT)
    if deadlock is None:
        return
    holds = [move for move in deadlock.moves if protocol.sides[move[0]].states[move[1]].next[move[2]].hold]
    story = deadlock.story(protocol)
    if holds:
        text, hint = f"the two sides can wait for each other for ever: {story}", "one must `release` before it waits"
    else:
        text, hint = f"the exchange never ends where {story}", "no guard that leads on can hold then"
    hint += ', or say why this cannot be: `silence = { deadlock = "..." }`'
    side, state, number = (holds or deadlock.moves)[-1]
    draft.wrong(text, _place(draft, side, state, number), hint)


def _keys(draft: Draft, protocol: Protocol) -> None:
    description = draft.description
    if protocol.pair.by == "key" or protocol.pair.role is not None:
        for number in (REQUEST, RESPONSE):
            side, other = protocol.sides[number], SIDES[1 - number]
            for at in {at for at in (side.first, side.start) if at >= 0} if side.states else set():
                state, place = side.states[at], _described(draft, number, at)
                if not state.parse and protocol.pair.by == "key":
                    draft.wrong(f"an exchange is found by its key: `{state.name}` must `parse` the message that has it", place.path)
                elif not state.parse and at == side.start:
                    draft.wrong("`role` is read from a message: `start` must `parse` the one that has it", place.path)
                for choice, said in zip(state.parse, place.parse, strict=False):
                    if choice.when is not None and said.when is not None and any(scope == other for scope, _ in names(choice.when)):
                        draft.wrong(f"the message is parsed before its exchange is known: this guard cannot read the {other}", said.when)
    if protocol.pair.role is not None and all(side.states for side in protocol.sides):
        starts = [side.states[side.start] for side in protocol.sides]
        if starts[REQUEST].parse != starts[RESPONSE].parse:
            role = description.pair.role
            assert role is not None
            text = "`role` is read from a message before it is known whose it is: both sides must `parse` the same in `start`"
            draft.wrong(text, role, "write `start` in `both`, or leave `role` out")


def _events(draft: Draft, protocol: Protocol) -> None:
    raised = {each.event for side in protocol.sides for state in side.states for each in state.next} | {protocol.missed}
    for event in draft.description.events:
        if event.when is None and event.name not in raised:
            draft.wrong(f"no transition raises the event `{event.name}`", event.path, 'write `event = "..."` on one, or give it a guard', HINT)


def _constants(draft: Draft, protocol: Protocol) -> None:
    """Guards beside the machines that are the same always."""
    description = draft.description
    status = dict(protocol.status)
    guards: list[tuple[Code | None, written.Written | None, str]] = [(status.get(name), place, "") for name, place in description.status.items()]
    guards.append((protocol.log.when, description.log.when, "leave it out, or say what it depends on"))
    guards += [(rule.when, event.when, "") for rule, event in zip(protocol.events, description.events, strict=True)]
    if len(protocol.secrets) == len(description.secrets):
        guards += [(rule.when, secret.when, "write `true`") for rule, secret in zip(protocol.secrets, description.secrets, strict=True)]
    for code, place, hint in guards:
        if code is not None and place is not None and constant(code):
            draft.wrong(_always(code), place, hint)


def _unfed(draft: Draft) -> None:
    description = draft.description
    if description.layer and not draft.family.feeders(description.name):
        draft.wrong(f"nothing feeds the layer `{description.name}`", description.path, f'a state does: `feed = "{description.name}"`', HINT)


# ---- fields


def _unread(draft: Draft, protocol: Protocol, number: int) -> None:
    """A field of the own side that no state up to here has parsed."""
    side = protocol.sides[number]
    before: list[set[int]] = [set() for _ in side.states]
    for at in range(len(side.states)):
        reached = _from(side, [target for each in side.states[at].next for target in _targets(each)])
        for later in reached:
            before[later].add(at)
    given = [_given(draft, number, at) for at in range(len(side.states))]
    entered = _from(side, [at for at in (side.start, side.first) if at >= 0] if side.states else [])
    for at, state in enumerate(side.states):
        if at not in entered:
            continue  # a state of both, which only the other side uses
        described = _described(draft, number, at)
        earlier = set().union(*(given[each] for each in before[at])) if before[at] else set()
        here = earlier | given[at]
        reads: list[tuple[Code | None, written.Written | None, set[str]]] = [(state.extent, described.bytes, earlier)]
        reads += [(choice.when, said.when, earlier) for choice, said in zip(state.parse, described.parse, strict=False)]
        reads += [(assign.value, said.value, here) for assign, said in zip(state.assigns, described.assigns, strict=True)]
        for transition, each in zip(state.next, described.next, strict=True):
            reads.append((transition.when, each.when, here))
            reads += [(assign.value, entry.value, here) for assign, entry in zip(transition.assigns, each.assigns, strict=True)]
            reads.append((transition.cancel, each.cancel, here))
            if transition.expect is not None and each.expect is not None:
                reads += [(transition.expect.port, each.expect.port, here), (transition.expect.host, each.expect.host, here)]
        reads += [(code, described.params.get(name), earlier) for name, code in state.params]
        reads += _outlets(state, described, here if state.parse else earlier, here)
        for code, place, known in reads:
            if code is None or place is None:
                continue
            missing = {name for scope, name in names(code) if scope in ("own", SIDES[number])} & draft.fields[number].keys() - known
            missing -= draft.own[number].keys()
            for name in sorted(missing):
                draft.wrong(f"`{name}` is absent here: no state before `{state.name}` has parsed it", place, severity=WARNING)


def _outlets(state: State, described: written.State, begins: set[str], ends: set[str]) -> list[tuple[Code | None, written.Written | None, set[str]]]:
    """What `decode`, `file` and `feed` read, where their octets begin and where they end."""
    found: list[tuple[Code | None, written.Written | None, set[str]]] = []
    if state.decode is not None and described.decode is not None:
        found += [(state.decode.coding, described.decode.coding, begins), (state.decode.inflate, described.decode.inflate, begins)]
        found.append((state.decode.end, described.decode.end, ends))
    if state.file is not None and described.file is not None:
        made, said = state.file, described.file
        found += [(made.name, said.name, begins), (made.when, said.when, begins), (made.key, said.key, begins), (made.offset, said.offset, begins)]
        found.append((made.ends, said.ends, ends))
    if state.feed is not None and described.feed is not None:
        found += [(state.feed.key, described.feed.key, begins), (state.feed.end, described.feed.end, ends)]
    return found


def _given(draft: Draft, side: int, at: int) -> set[str]:
    """The fields that a state can give."""
    described = _described(draft, side, at)
    found = {described.keep.text} if described.keep else set()
    for choice in described.parse:
        if choice.message.text in draft.sources:
            found |= message_fields(draft.sources[choice.message.text].message).keys()
    return found


def _secrets(draft: Draft) -> None:
    for side in (REQUEST, RESPONSE):
        covered = {secret.field.text.partition("[")[0] for secret in draft.description.secrets}
        _kept_secrets(draft, side, covered)
        for name in draft.used[side]:
            use = draft.use(name, (side,))
            for path in _suspicious(draft.sources[name].message.fields, SIDES[side]):
                if not any(path == known or path.startswith(known + ".") for known in covered):
                    draft.wrong(f"`{path}` looks like a secret", use, f'if it is one: secret = {{ "{path}" = true }}', HINT)


def _kept_secrets(draft: Draft, side: int, covered: set[str]) -> None:
    for state in draft.description.sides[side].states:
        if state.keep is not None and _SECRETS.fullmatch(state.keep.text) and (path := f"{SIDES[side]}.{state.keep.text}") not in covered:
            draft.wrong(f"`{path}` looks like a secret", state.keep, f'if it is one: secret = {{ "{path}" = true }}', HINT)


def _suspicious(fields: dict[str, Type], path: str) -> list[str]:
    found = []
    for name, kind in fields.items():
        inner = kind.item if kind.kind == LIST and kind.item else kind
        if _SECRETS.fullmatch(name):
            found.append(f"{path}.{name}")
        found += _suspicious(inner.fields, f"{path}.{name}")
    return found
