"""Shows the progress machines of a protocol as text: `wiregram show NAME --states`."""

from __future__ import annotations

from wiregram.program.protocol import COMPLETE, SIDES, STOP, UPGRADE, Assign, Protocol, Side, State, Transition


def machines(protocol: Protocol) -> str:
    """Both sides, state by state: what a state takes, and below it each way on with its guard, in the order in which they are tried."""
    parts = [f"{protocol.name}: {protocol.title}", f"paired by {protocol.pair.by}, requests come from the {protocol.pair.begins}"]
    for side, name in zip(protocol.sides, SIDES, strict=True):
        parts.append(f"\n{name}" + ("" if side.states else "  (says nothing that is parsed)"))
        parts.extend(_state(protocol, side, number, state) for number, state in enumerate(side.states))
        if side.states:
            parts.append(f"  after an error: {_resync(side)}")
    return "\n".join(parts)


def _state(protocol: Protocol, side: Side, number: int, state: State) -> str:
    entry = "-> " if number == (side.first if side.first >= 0 else side.start) else "   "
    begins = " (begins each later exchange)" if number == side.start and side.first >= 0 else ""
    lines = [f"{entry}{state.name}: {takes(protocol, state)}{begins}"]
    lines += [f"       {_assign(one)}" for one in state.assigns]
    ways = [(f"if {way.source}" if way.when is not None else "else" if place else "then", _target(side, way)) for place, way in enumerate(state.next)]
    width = max((len(guard) for guard, _ in ways), default=0)
    lines += [f"       {guard:<{width}}  {target}" for guard, target in ways]
    return "\n".join(lines)


def takes(protocol: Protocol, state: State) -> str:
    """What a state takes, and what becomes of it."""
    if state.parse:
        words = ["takes " + " or ".join(str(protocol.messages[choice.message].message) for choice in state.parse)]
    elif state.extent is not None:
        words = [f"takes raw bytes, {_code(state.extent)}"]
    else:
        return "decides"
    if state.decode is not None:
        words.append("decoded")
    if state.keep:
        words.append(f"kept as {state.keep}")
    if state.file is not None:
        words.append(f"{state.file.data} is a file" if state.file.data else "a file")
    if state.feed is not None:
        words.append(f"{state.feed.data} fed to {state.feed.layer}" if state.feed.data else f"fed to {state.feed.layer}")
    return ", ".join(words)


def _target(side: Side, way: Transition) -> str:
    def name(number: int) -> str:
        return {COMPLETE: "complete", STOP: "stop", UPGRADE: "upgrade"}.get(number) or side.states[number].name

    words = [f"-> {name(way.target)}"]
    if way.upgrade is not None:
        words.append(f"to {way.upgrade.protocol or 'whatever is found'}")
    if way.hold:
        words.append("when the other side agrees" + ("" if way.alone == way.target else f" (alone: {name(way.alone)})"))
    if way.release:
        words.append("and let the other side go on")
    words += [_assign(one) for one in way.assigns]
    if way.event:
        words.append(f"event {way.event}")
    if way.cancel is not None:
        words.append("cancel an exchange")
    if way.expect is not None:
        words.append(f"expect {way.expect.protocol}")
    return ", ".join(words).replace(", to ", " to ", 1)


def _assign(one: Assign) -> str:
    return f"{'add' if one.append else 'set'} {one.scope}.{one.name}"


def _code(code: tuple[object, ...]) -> str:
    if code[0] == "call":
        return f"{code[1]}(...)" if len(code) > 2 else f"{code[1]}()"
    return "counted"


def _resync(side: Side) -> str:
    resync = side.resync
    found = " or ".join(repr(delimiter)[1:] for delimiter in resync.delimiters)
    return {
        "after": f"goes on behind the next {found}",
        "before": f"goes on at the next {found}",
        "segment": "stops; behind a gap, goes on at the first segment that fits",
    }.get(resync.kind, "stops")
