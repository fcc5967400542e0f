"""States and transitions become the two progress machines, pairing and events. Knows what may be written; whether it makes sense is `checks`'."""

from __future__ import annotations

import ast

import msgspec

from wiregram.compiler.draft import NOTHING, Draft, merged, message_fields
from wiregram.compiler.texts import ends_with
from wiregram.manifest import description as written
from wiregram.manifest.description import Written
from wiregram.manifest.expression import Names
from wiregram.manifest.kinds import alike, article, check_coding, check_extent
from wiregram.manifest.validation import TARGETS, closest, listed
from wiregram.program.expression import Code
from wiregram.program.protocol import (
    COMPLETE,
    REQUEST,
    RESPONSE,
    STOP,
    UPGRADE,
    Assign,
    Choice,
    Decode,
    EventRule,
    Expect,
    Feed,
    File,
    Group,
    Pair,
    Resync,
    Side,
    State,
    Transition,
    Upgrade,
)
from wiregram.program.settings import SECOND
from wiregram.program.types import CODING, EXTENT, STRUCT, Type

_RESYNCS = "after(d), before(d), segment(), none()"


def build_side(draft: Draft, side: int, protocols: tuple[str, ...]) -> Side:
    """The machine of a side; `protocols` are the names that an upgrade may name."""
    described = draft.description.sides[side]
    names = draft.on(side)
    numbers = {state.name: number for number, state in enumerate(described.states)}
    states = tuple(_state(draft, state, names, numbers, protocols) for state in described.states)
    if not states:
        return Side()
    return Side(states, numbers.get("start", 0), numbers.get("first", -1), _resync(draft, side))


def _state(draft: Draft, state: written.State, names: Names, numbers: dict[str, int], protocols: tuple[str, ...]) -> State:
    extent: Code | None = None
    if state.bytes:
        extent, kind = draft.code(state.bytes, names)
        if fault := check_extent(kind):
            draft.wrong(fault, state.bytes, "an int says how many, or write until(d), until_line(d), dotted(), rest()")
    return State(
        name=state.name,
        parse=tuple(
            Choice(draft.guard(choice.when, names), draft.numbers[choice.message.text])
            for choice in state.parse
            if choice.message.text in draft.numbers
        ),
        extent=extent,
        keep=state.keep.text if state.keep else "",
        assigns=tuple(_assign(draft, entry, names) for entry in state.assigns),
        next=tuple(_transition(draft, entry, names, numbers, protocols) for entry in state.next),
        params=tuple((name, draft.code(text, names)[0]) for name, text in state.params.items()),
        decode=_decode(draft, state, names),
        file=_file(draft, state, names),
        feed=_feed(draft, state, names),
    )


# ---- where a state's octets go


def _value(draft: Draft, text: Written | None, names: Names, kinds: tuple[str, ...], what: str) -> Code | None:
    """The code of `text`, which must give one of `kinds`; `what` it is, in a sentence."""
    if text is None:
        return None
    code, kind = draft.code(text, names)
    if kind.kind not in (*kinds, "any"):
        draft.wrong(f"{what}, this is {kind}", text)
    return code


def _decode(draft: Draft, state: written.State, names: Names) -> Decode | None:
    if state.decode is None:
        return None
    code, kind = draft.code(state.decode.coding, names)
    if fault := check_coding(kind):
        draft.wrong(fault, state.decode.coding, "such as 'gzip', the value of a header field, or xor(key)")
    each = state.decode.each or state.decode.inflate is not None or (state.file is not None and state.file.each)
    return Decode(code, each, draft.guard(state.decode.inflate, names), draft.guard(state.decode.end, names))


def _file(draft: Draft, state: written.State, names: Names) -> File | None:
    file = state.file
    if file is None:
        return None
    return File(
        name=_value(draft, file.name, names, ("bytes",), "a file's name is text"),
        when=draft.guard(file.when, names),
        each=file.each,
        data=_data(draft, state, file.data),
        key=_value(draft, file.key, names, ("bytes", "int", "list"), "a key is compared"),
        ends=draft.guard(file.ends, names),
        offset=_value(draft, file.offset, names, ("int",), "an offset is an int"),
    )


def _feed(draft: Draft, state: written.State, names: Names) -> Feed | None:
    feed = state.feed
    if feed is None:
        return None
    others = draft.family.descriptions
    layers = [name for name, other in others.items() if other.layer]
    layer = others.get(feed.layer.text)
    if layer is None or not layer.layer:
        text = f"no layer `{feed.layer.text}`" if layer is None else f"`{feed.layer.text}` is no layer"
        draft.wrong(text, feed.layer, closest(feed.layer.text, layers) if layer is None else "write `layer = true` in its table")
    whole = feed.scope == "flow"
    if layer is not None and not whole and layer.pair.by != "flow":
        draft.wrong("a layer with `pair` pairs for itself: it lives as long as the flow", feed.layer, 'write `scope = "flow"`')
    key = _value(draft, feed.key, names, ("bytes", "int", "list"), "a key is compared")
    return Feed(feed.layer.text, _data(draft, state, feed.data), whole, key, draft.guard(feed.end, names))


def _data(draft: Draft, state: written.State, data: Written | None) -> str:
    """A field of the state's messages that holds octets."""
    if data is None:
        return ""
    fields: dict[str, Type] = {}
    for choice in state.parse:
        if choice.message.text in draft.sources:
            fields = merged(fields, message_fields(draft.sources[choice.message.text].message))
    if data.text not in fields:
        draft.wrong(f"no message of this state has a field `{data.text}`", data, closest(data.text, fields))
    elif fields[data.text].kind not in ("bytes", "any"):
        draft.wrong(f"`{data.text}` holds no octets, it is {fields[data.text]}", data)
    return data.text


def _expect(draft: Draft, entry: written.Expect, names: Names) -> Expect:
    others = draft.family.descriptions
    found = others.get(entry.protocol.text)
    if found is None or found.layer:
        text = f"no protocol `{entry.protocol.text}`" if found is None else f"`{entry.protocol.text}` is a layer: no flow speaks it"
        draft.wrong(text, entry.protocol, closest(entry.protocol.text, [name for name, other in others.items() if not other.layer]))
    port = _value(draft, entry.port, names, ("int",), "a port is an int")
    host = _value(draft, entry.host, names, ("bytes",), "an address is text")
    return Expect(entry.protocol.text, 0 if entry.to == "client" else 1, port or NOTHING, host)


def _transition(draft: Draft, entry: written.Transition, names: Names, numbers: dict[str, int], protocols: tuple[str, ...]) -> Transition:
    upgrade: Upgrade | None = None
    if entry.upgrade:
        name = entry.upgrade.protocol
        if name and name.text in draft.family.descriptions and draft.family.descriptions[name.text].layer:
            draft.wrong(f"`{name.text}` is a layer: no flow speaks it", name)
        elif name and name.text not in protocols:
            draft.wrong(f"no protocol `{name.text}`", name, closest(name.text, protocols) or "`upgrade = { }` is an upgrade to whatever is found")
        port: Code | None = None
        if entry.upgrade.port:
            port, kind = draft.code(entry.upgrade.port, names)
            if kind.kind not in ("int", "any"):
                draft.wrong(f"a port is an int, this is {kind}", entry.upgrade.port)
        upgrade = Upgrade(name.text if name else "", port)
    target = UPGRADE if upgrade else _target(draft, entry.to, numbers)
    alone = _target(draft, entry.alone, numbers) if entry.alone else target
    _check_event(draft, entry.event, "a transition raises")
    return Transition(
        target=target,
        when=draft.guard(entry.when, names),
        hold=entry.hold,
        release=entry.release,
        alone=alone if entry.hold else COMPLETE,
        assigns=tuple(_assign(draft, each, names) for each in entry.assigns),
        event=entry.event.text if entry.event else "",
        upgrade=upgrade,
        source=entry.when.text if entry.when else "",
        cancel=_cancel(draft, entry, names),
        expect=_expect(draft, entry.expect, names) if entry.expect else None,
    )


def _check_event(draft: Draft, event: Written | None, raised: str) -> None:
    """An event that is raised must be one of `events`, without a guard of its own."""
    events = {each.name for each in draft.description.events if each.when is None}
    if event and event.text not in events:
        tested = any(each.name == event.text for each in draft.description.events)
        hint = "it has a guard: it is tested as the transaction ends" if tested else closest(event.text, events)
        draft.wrong(f"no event `{event.text}` that {raised}", event, hint or "name it in `events`")


def _cancel(draft: Draft, entry: written.Transition, names: Names) -> Code | None:
    if entry.cancel is not None and draft.description.pair.by != "key":
        draft.wrong("`cancel` names an exchange by its key, and this protocol pairs without", entry.cancel, "it needs `pair.key`")
    return _value(draft, entry.cancel, names, ("bytes", "int", "list"), "a key is compared")


def _target(draft: Draft, to: Written | None, numbers: dict[str, int]) -> int:
    if to is None:
        return COMPLETE
    if to.text == "complete":
        return STOP if draft.description.pair.by == "flow" else COMPLETE
    if to.text == "stop":
        return STOP
    if to.text not in numbers:
        known = (*numbers, *TARGETS)
        draft.wrong(f"no state `{to.text}` on this side", to, closest(to.text, known) or f"its states: {listed(numbers)}")
        return COMPLETE
    return numbers[to.text]


def _assign(draft: Draft, entry: written.Assign, names: Names) -> Assign:
    value, kind = draft.code(entry.value, names)
    if kind.kind in (EXTENT, CODING):
        draft.wrong(f"{article(kind)} is no value", entry.value, f"only `{'bytes' if kind.kind == EXTENT else 'decode'}` takes one")
    key = draft.code(entry.key, names)[0] if entry.key else None
    return Assign(entry.scope, entry.name, value, entry.append, key)


# ---- resynchronisation


def _resync(draft: Draft, side: int) -> Resync:
    text = draft.description.sides[side].resync
    if draft.description.layer and draft.description.pair.by == "flow":
        if text is not None:
            draft.wrong("an error in a layer stops it: there is nothing to go on with", text)
        return Resync()
    if text is None:
        return _derived(draft, side)
    try:
        call = ast.parse(text.text.strip(), mode="eval").body
        assert isinstance(call, ast.Call)
        assert isinstance(call.func, ast.Name)
        assert not call.keywords
        kind = call.func.id
    except (SyntaxError, ValueError, AssertionError):
        draft.wrong("`resync` is one of " + _RESYNCS, text)
        return Resync()
    if kind in ("none", "segment") and not call.args:
        if kind == "segment" and "tcp" not in draft.description.ports:
            draft.wrong("`segment()` needs `tcp`: a datagram ends every message in it", text)
        return Resync(kind)
    if kind not in ("after", "before") or len(call.args) != 1:
        draft.wrong("`resync` is one of " + _RESYNCS, text, closest(kind, ("after", "before", "none", "segment")))
        return Resync()
    return Resync(kind, _delimiters(draft, side, text, call.args[0]))


def _delimiters(draft: Draft, side: int, text: Written, given: ast.expr) -> tuple[bytes, ...]:
    from wiregram.compiler.signatures import content_of

    parts = given.elts if isinstance(given, (ast.List, ast.Tuple)) else [given]
    found: list[bytes] = []
    for part in parts:
        if isinstance(part, ast.Name) and part.id == "patterns":
            contents = [content_of(pattern.content.text) for pattern in draft.description.patterns[side] if pattern.offset == 0]
            if not contents:
                draft.wrong("`patterns` is empty: this direction has no pattern at offset 0", text)
            found += [content for content in contents if content]
        elif isinstance(part, ast.Constant) and isinstance(part.value, (str, bytes)) and part.value:
            found.append(part.value.encode() if isinstance(part.value, str) else part.value)
        else:
            draft.wrong("a delimiter of `resync` is a text, or `patterns`", text)
    return tuple(dict.fromkeys(found))


def _derived(draft: Draft, side: int) -> Resync:
    """MANIFEST section 7: a line feed where every first message ends in one; a segment for Construct over TCP; else nothing."""
    sources = [draft.sources[name] for name in opening_messages(draft, side)]
    if sources and all(ends_with(source) == b"\n" for source in sources):
        return Resync("after", (b"\n",))
    if sources and not any(source.textual for source in sources) and "tcp" in draft.description.ports:
        return Resync("segment")
    return Resync()


def opening_messages(draft: Draft, side: int) -> list[str]:
    """The messages that `start` may take, decisions before them passed."""
    states = {state.name: state for state in draft.description.sides[side].states}
    found: list[str] = []
    waiting, seen = ["start"], set()
    while waiting:
        name = waiting.pop(0)
        if name in seen or name not in states:
            continue
        seen.add(name)
        state = states[name]
        found += [choice.message.text for choice in state.parse if choice.message.text in draft.sources]
        if not state.parse and not state.bytes:
            waiting += [transition.to.text for transition in state.next if transition.to]
    return list(dict.fromkeys(found))


# ---- pairing and events


def build_pair(draft: Draft) -> Pair:
    pair = draft.description.pair
    keys: list[Code | None] = [None, None]
    kinds: list[Type] = []
    for side in (REQUEST, RESPONSE):
        if pair.key and draft.description.sides[side].states:
            keys[side], kind = draft.code(pair.key[side], draft.opening((side,)))
            kinds.append(kind)
            if kind.kind in (STRUCT, EXTENT, CODING):
                draft.wrong(f"a key is compared: it cannot be {article(kind)}", pair.key[side])
    if pair.key and len(kinds) == 2 and not alike(*kinds):
        draft.wrong(f"a request's key is {article(kinds[0])}, a response's {article(kinds[1])}: they are never equal", pair.key[RESPONSE])
    both = draft.opening((REQUEST, RESPONSE))
    role: Code | None = None
    if pair.role:
        role, kind = draft.code(pair.role, both)
        if kind.kind not in ("bytes", "any") or (role[0] == "const" and role != NOTHING and role[1] not in (b"request", b"response")):
            draft.wrong("a role is 'request' or 'response'", pair.role)
    return Pair(
        by=pair.by,
        key=(keys[REQUEST], keys[RESPONSE]),
        begins=pair.begins,
        role=role,
        one_way=draft.guard(pair.one_way, both),
        timeout=round(pair.timeout * SECOND),
        aside=draft.guard(pair.aside, both),
    )


def build_group(draft: Draft) -> Group | None:
    """`begin`, `join` and `key` look at the request's message; `end` at the exchange."""
    group = draft.description.group
    if group is None:
        return None
    opening = draft.opening((REQUEST,))
    opening = msgspec.structs.replace(opening, request=opening.own)
    return Group(
        begin=draft.guard(group.begin, opening) or NOTHING,
        join=draft.guard(group.join, opening),
        end=draft.guard(group.end, draft.anywhere()),
        key=_value(draft, group.key, opening, ("bytes", "int", "list"), "a key is compared"),
    )


def build_events(draft: Draft) -> tuple[EventRule, ...]:
    names = draft.anywhere()
    return tuple(EventRule(event.name, event.severity, draft.guard(event.when, names)) for event in draft.description.events)


def build_missed(draft: Draft) -> str:
    """The event where another protocol is found than this one, which was expected."""
    missed = draft.description.missed
    _check_event(draft, missed, "detection raises")
    return missed.text if missed else ""
