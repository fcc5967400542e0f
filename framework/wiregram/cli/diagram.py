"""Shows the progress machines of a protocol as a Mermaid state diagram: `wiregram show NAME --mermaid`."""

from __future__ import annotations

import re

from wiregram.cli.states import takes
from wiregram.program.protocol import COMPLETE, SIDES, STOP, UPGRADE, Protocol, Side, State, Transition

_UNSAFE = re.compile(r"[^A-Za-z0-9 _.,()'=]")
_STRANGE = re.compile(r"[^A-Za-z0-9_]")


def diagram(protocol: Protocol) -> str:
    """Both machines, each in a box. Guards are the labels of the ways on; one that waits for the other side leads through a dashed box."""
    lines = ["stateDiagram-v2"]
    held: list[str] = []
    for number, side in enumerate(protocol.sides):
        name = SIDES[number]
        if not side.states:
            lines.append(f"    {name} : {label(f'the {name} says nothing that is parsed')}")
            continue
        lines.append(f"    state {name} {{")
        lines += [f"        {line}" for line in _Machine(protocol, side, number, held).lines()]
        lines.append("    }")
    if held:
        lines.append("    classDef waits stroke-dasharray:4 4")
        lines += [f"    class {box} waits" for box in held]
    return "\n".join(lines)


def label(text: str) -> str:
    """Text that Mermaid takes for nothing but text: every character with a meaning of its own by its number."""
    return _UNSAFE.sub(lambda found: f"#{ord(found[0])};", " ".join(text.split()))


def box(side: str, name: str) -> str:
    """The name that Mermaid knows a state by."""
    return f"{side}_{_STRANGE.sub(lambda found: f'x{ord(found[0]):02x}', name)}"


class _Machine:
    def __init__(self, protocol: Protocol, side: Side, number: int, held: list[str]) -> None:
        self.protocol = protocol
        self.side = side
        self.name = SIDES[number]
        self.other = SIDES[1 - number]
        self.held = held
        self.ends: dict[str, str] = {}

    def lines(self) -> list[str]:
        side = self.side
        begin = self._box(side.start)
        made = [f"[*] --> {begin}"] if side.first < 0 else [f"[*] --> {self._box(side.first)} : first", f"[*] --> {begin} : later"]
        for number, state in enumerate(side.states):
            made += self._state(number, state)
        made += [f"{end} : {label(text)}" for end, text in self.ends.items()]
        return made

    def _state(self, number: int, state: State) -> list[str]:
        here = self._box(number)
        made = [f"{here} : {label(state.name)}", f"{here} : {label(takes(self.protocol, state))}"]
        for place, way in enumerate(state.next):
            guard = way.source if way.when is not None else "else" if place else ""
            words = [guard] if guard else []
            if way.release:
                words.append(f"releases the {self.other}")
            if way.event:
                words.append(f"event {way.event}")
            if way.cancel is not None:
                words.append("cancels an exchange")
            if way.expect is not None:
                words.append(f"expects {way.expect.protocol}")
            target = self._target(way)
            if not way.hold:
                made.append(_edge(here, target, ", ".join(words)))
                continue
            wait = f"{here}_wait{place + 1}"
            self.held.append(wait)
            made.append(f"{wait} : {label(f'waits for the {self.other}')}")
            made.append(_edge(here, wait, ", ".join(words)))
            made.append(_edge(wait, target, "agreed"))
            if way.alone != way.target:
                made.append(_edge(wait, self._place(way.alone), "alone"))
        return made

    def _box(self, number: int) -> str:
        return box(self.name, self.side.states[number].name)

    def _target(self, way: Transition) -> str:
        if way.target != UPGRADE or way.upgrade is None:
            return self._place(way.target)
        return self._end("upgrade", f"upgrade to {way.upgrade.protocol or 'whatever is found'}")

    def _place(self, number: int) -> str:
        if number == COMPLETE:
            return "[*]"
        return self._end("stop", "stop, the rest is opaque") if number == STOP else self._box(number)

    def _end(self, kind: str, text: str) -> str:
        """A box of its own for each way to end."""
        for name, known in self.ends.items():
            if known == text:
                return name
        name = f"{self.name}__{kind}{len(self.ends) + 1}"
        self.ends[name] = text
        return name


def _edge(here: str, there: str, words: str) -> str:
    return f"{here} --> {there} : {label(words)}" if words else f"{here} --> {there}"
