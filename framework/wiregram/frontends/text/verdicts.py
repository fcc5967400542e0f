"""What a stream makes of a message's terminals: how each ends, how far the scanner looks beyond, and what an author should mend."""

from __future__ import annotations

import re
from functools import lru_cache

from wiregram.frontends.text.endings import END, Endings
from wiregram.frontends.text.machine import Machine
from wiregram.frontends.text.scanner import Scanner, Terminal
from wiregram.model.errors import ERROR, WARNING, Problem

LOOK_BACK = 256
"""The most bytes that may be read beyond a token: each may be read again, so this bounds the work a byte."""

SHORT = 4
"""The longest separator that gives a value (a line end with a name)."""

PAIRS = 4000
"""Pairs of states looked at when two terminals are compared."""


class Verdicts:
    """`waits[terminal]`: bytes that can be read beyond its end before the end is known; None without bound. `problems` are the findings."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.waits: dict[str, int | None] = {terminal.name: 0 for terminal in machine.terminals}
        self.problems: list[Problem] = []
        self._single: dict[str, Scanner] = {}
        self._measure()
        self._finish()
        self._compare()
        self._adjoin()
        self._write()

    @property
    def look_back(self) -> int:
        return max((wait for wait in self.waits.values() if wait is not None), default=0)

    def report(self) -> list[str]:
        """A line for each terminal, and the look-back of the whole."""
        lines = []
        for terminal in self._machine.terminals:
            wait = self.waits[terminal.name]
            if wait is None:
                verdict = "look-back without bound: refused"
            elif wait == 0:
                verdict = "ends on its last byte"
            else:
                verdict = f"needs {wait} byte{'' if wait == 1 else 's'} more"
            name = terminal.name if not terminal.string else f"{terminal.name} {terminal.shown}"
            lines.append(f"{name}: {verdict}")
        lines.append(f"look-back of the message: {self.look_back}")
        return lines

    def _measure(self) -> None:
        said: set[str] = set()
        for scanner in self._machine.scanners:
            waits = _waits(scanner)
            for state, wait in waits.items():
                terminal = self._machine.terminals[scanner.accepts[state]]
                known = self.waits[terminal.name]
                self.waits[terminal.name] = None if wait is None or known is None else max(known, wait)
                if (wait is None or wait > LOOK_BACK) and terminal.name not in said:
                    said.add(terminal.name)
                    self._endless(scanner, state, terminal, wait)

    def _endless(self, scanner: Scanner, state: int, terminal: Terminal, wait: int | None) -> None:
        inside = next((t for t in scanner.moves[state] if t >= 0 and scanner.accepts[t] < 0), state)
        others = [self._machine.terminals[number].name for number in scanner.alive(inside)]
        far = "without bound" if wait is None else f"for {wait} bytes"
        self._say(
            f"after {terminal.name} has matched ({_example(scanner, state)}), the scanner must read on {far} to know whether "
            f"{_either(others)} matches instead",
            others[0] if others else terminal.name,
            "count what may stand there (for example {1,8} for +), or end the first terminal earlier",
        )

    def _finish(self) -> None:
        machine = self._machine
        endings = Endings(machine.rules, machine.name)
        if endings.empty:
            self._say(f"message `{machine.name}` can be empty: nothing would ever be read", machine.name, "leave at least its line end without ?")
        for name, follows in endings.open.items():
            after = ", ".join(self._shown(other) for other in follows)
            self._say(
                f"message `{machine.name}` cannot end on its last byte: after {self._shown(name)} it may be over, or go on with {after}",
                machine.name,
                "end it with a terminal that cannot stand inside (a line end), or read the repeated part as a message of its own",
            )
        for row, actions in enumerate(machine.rows.actions):
            scanner = machine.scanners[machine.scanner_of[row]]
            for name, (does, target) in actions.items():
                ends = does == "shift" and name in endings.last and END in machine.rows.actions[target]
                if ends and self._waiting(scanner, name):
                    endings.last.discard(name)

        self._overtaken()

    def _overtaken(self) -> None:
        """A terminal before the last that may still be waiting for more of itself when the message's last byte has come (a folded line)."""
        machine = self._machine
        said: set[str] = set()
        for row, actions in enumerate(machine.rows.actions):
            scanner = machine.scanners[machine.scanner_of[row]]
            for name, (does, target) in actions.items():
                if does != "shift" or name in said:
                    continue
                number = machine.by_name[name].number
                for state, accept in enumerate(scanner.accepts):
                    found = self._held(scanner, state, target) if accept == number else None
                    if found is not None:
                        said.add(name)
                        self._say(
                            f"message `{machine.name}` cannot end on its last byte: at the end of {_quote(_path(scanner, state) + found)} "
                            f"{name} could still go on",
                            name,
                            f"narrow {name} so that it cannot go on behind the message's end, or make the repeated part and what ends it one message",
                        )
                        break

    def _held(self, scanner: Scanner, state: int, row: int) -> bytes | None:
        """Bytes of whole terminals behind the state, up to a message's end, that leave the scanner waiting without a further accept."""
        machine = self._machine
        todo = [(state, row)]
        texts = {(state, row): b""}
        for at, place in todo:
            for other in machine.takes(place):
                does, target = machine.rows.actions[place][other.name]
                targets = {target} if does == "shift" else machine.shifts(other.name)
                for silent, text in self._along(scanner, at, other):
                    for reached in sorted(targets):
                        if END in machine.rows.actions[reached]:
                            return texts[at, place] + text
                        if (silent, reached) not in texts:
                            texts[silent, reached] = texts[at, place] + text
                            todo.append((silent, reached))
        return None

    def _along(self, scanner: Scanner, state: int, other: Terminal) -> list[tuple[int, bytes]]:
        """The states that whole texts of `other` lead to from `state` without an accept on the way."""
        alone = self._scanner(other)
        todo = [(state, 0)]
        texts = {(state, 0): b""}
        found = []
        samples = _bytes(scanner, alone)
        for at, inside in todo:
            for byte in samples:
                move = scanner.moves[at][scanner.classes[byte]]
                within = alone.moves[inside][alone.classes[byte]]
                if move < 0 or within < 0 or scanner.accepts[move] >= 0 or (move, within) in texts:
                    continue
                texts[move, within] = texts[at, inside] + bytes([byte])
                todo.append((move, within))
                if alone.accepts[within] >= 0:
                    found.append((move, texts[move, within]))
        return found

    def _waiting(self, scanner: Scanner, name: str) -> bool:
        machine = self._machine
        number = machine.by_name[name].number
        for state, accept in enumerate(scanner.accepts):
            if accept == number and max(scanner.moves[state]) >= 0:
                byte = next(byte for byte in range(256) if scanner.moves[state][scanner.classes[byte]] >= 0)
                self._say(
                    f"message `{machine.name}` cannot end on its last byte: {name} ends it, and after {_example(scanner, state)} "
                    f"{name} could still go on with {_quote(bytes([byte]))}",
                    name,
                    f"narrow {name} so that its last byte cannot be followed by more of it, or end the message with another terminal (a line end)",
                )
                return True
        return False

    def _compare(self) -> None:
        """Pairs of equal priority where the shorter match wins although the other could have gone on."""
        said: set[tuple[str, str]] = set()
        for scanner in self._machine.scanners:
            for other in scanner.terminals:
                for one in scanner.terminals:
                    if one is other or one.priority != other.priority or (one.name, other.name) in said:
                        continue
                    found = self._shorter(scanner, one, other)
                    if found is not None:
                        said.add((one.name, other.name))
                        self._say(
                            f"{one.name} ends before {other.name} where {other.name} could go on: {_quote(found)} gives {one.name} "
                            f"{_quote(found[:-1])}",
                            other.name,
                            f"say which is meant by a priority ({other.name}.2: ... or {one.name}.2: ...), or narrow one of them",
                            WARNING,
                        )

    def _shorter(self, scanner: Scanner, one: Terminal, other: Terminal) -> bytes | None:
        alone = self._scanner(other)
        first = (0, 0)
        paths = {first: b""}
        todo = [first]
        samples = _bytes(scanner, alone)
        for state, inside in todo:
            if len(todo) > PAIRS:
                return None
            for byte in samples:
                within = alone.moves[inside][alone.classes[byte]]
                if within < 0:
                    continue
                move = scanner.moves[state][scanner.classes[byte]]
                text = paths[state, inside] + bytes([byte])
                if move < 0:
                    if scanner.accepts[state] == one.number:
                        return text
                elif (move, within) not in paths:
                    paths[move, within] = text
                    todo.append((move, within))
        return None

    def _adjoin(self) -> None:
        """A terminal that swallows the beginning of the separator that follows it (`.+` before CR LF), without a priority that says so. Words
        are left out: a name before a keyword is told from it by what stands between."""
        machine = self._machine
        said: set[tuple[str, str]] = set()
        for row, actions in enumerate(machine.rows.actions):
            scanner = machine.scanners[machine.scanner_of[row]]
            for name, (does, target) in actions.items():
                one = machine.by_name.get(name)
                if does != "shift" or one is None:
                    continue
                for other in machine.takes(target):
                    if other is one or other.priority != one.priority or (one.name, other.name) in said or not _separates(other):
                        continue
                    found = self._swallows(scanner, one, other)
                    if found is None:
                        continue
                    said.add((one.name, other.name))
                    first, second, byte = self._shown(one.name), self._shown(other.name), _quote(found[-1:])
                    better = " (as in /[^\\r\\n]+/)" if found[-1:] in b"\r\n" else ""
                    self._say(
                        f"{first} swallows the beginning of {second} that follows it: in {_quote(found)} the byte {byte} belongs to {first}",
                        one.name,
                        f"leave that byte out of {first}{better}; or, if this is meant, say so by a priority ({one.name}.2: ...)",
                        WARNING,
                    )

    def _swallows(self, scanner: Scanner, one: Terminal, other: Terminal) -> bytes | None:
        begins = self._scanner(other)
        samples = [byte for byte in _pick(scanner.classes, begins.classes, _SIGNS) if begins.moves[0][begins.classes[byte]] >= 0]
        if samples:
            for state, accept in enumerate(scanner.accepts):
                if accept == one.number:
                    for byte in samples:
                        move = scanner.moves[state][scanner.classes[byte]]
                        if move >= 0 and scanner.accepts[move] == one.number:
                            return _path(scanner, state) + bytes([byte])
        return None

    def _write(self) -> None:
        """What Lark takes in another way than it looks."""
        for terminal, rule in self._machine.rows.conflicts:
            self._say(
                f"where `{rule}` could end before {self._shown(terminal)}, {self._shown(terminal)} is always taken as more of it",
                rule.split(":")[0] if not rule.startswith("__") else self._machine.name,
                "write the rule so that only one reading is left",
                WARNING,
            )
        for one in self._machine.terminals:
            if one.string and re.search(r"\\[0-7]", one.value):
                self._say(
                    f"the string {_quote(one.value.encode('latin-1'))} holds a backslash and digits: Lark knows no octal escapes",
                    one.name if not one.name.startswith("__") else self._machine.name,
                    "write \\x00 for the byte zero",
                    WARNING,
                )

    def _scanner(self, terminal: Terminal) -> Scanner:
        found = self._single.get(terminal.name)
        if found is None:
            found = self._single[terminal.name] = Scanner([terminal], frozenset())
        return found

    def _shown(self, name: str) -> str:
        terminal = self._machine.by_name.get(name)
        return terminal.shown if terminal and terminal.string else name

    def _say(self, text: str, name: str, suggestion: str, severity: str = ERROR) -> None:
        self.problems.append(self._machine.source.problem(text, name, suggestion=suggestion, severity=severity))


def _separates(terminal: Terminal) -> bool:
    """Whether it stands between values: it gives none, or is short."""
    return terminal.string or terminal.name.startswith("_") or terminal.width <= SHORT


def _waits(scanner: Scanner) -> dict[int, int | None]:
    """For each state that accepts and can go on: the longest run of bytes to the next accept or the end; None without bound."""
    silent = {state for state, accept in enumerate(scanner.accepts) if accept < 0}
    ways = {state: {move for move in scanner.moves[state] if move in silent} for state in range(len(scanner.moves))}
    length: dict[int, int | None] = {}
    for origin in silent:
        # Depth first without recursion: a state that is met again while it is open lies on a cycle.
        stack: list[tuple[int, list[int]]] = [(origin, sorted(ways[origin]))] if origin not in length else []
        opened = {origin}
        while stack:
            state, left = stack[-1]
            if left:
                follower = left.pop()
                if follower in opened:
                    length[follower] = None
                elif follower not in length:
                    opened.add(follower)
                    stack.append((follower, sorted(ways[follower])))
                continue
            stack.pop()
            opened.discard(state)
            length[state] = _longest(length, ways[state]) if state not in length else None
    return {state: _longest(length, ways[state]) for state, accept in enumerate(scanner.accepts) if accept >= 0 and max(scanner.moves[state]) >= 0}


def _longest(length: dict[int, int | None], ways: set[int]) -> int | None:
    most = 0
    for way in ways:
        far = length.get(way, 0)
        if far is None:
            return None
        most = max(most, far)
    return most + 1


def _path(scanner: Scanner, state: int) -> bytes:
    """A shortest text that leads to the state."""
    paths = {0: b""}
    todo = [0]
    samples = _pick(scanner.classes, scanner.classes)
    for at in todo:
        if at == state:
            break
        for byte in samples:
            move = scanner.moves[at][scanner.classes[byte]]
            if move >= 0 and move not in paths:
                paths[move] = paths[at] + bytes([byte])
                todo.append(move)
    return paths.get(state, b"")


def _bytes(one: Scanner, other: Scanner) -> tuple[int, ...]:
    """One byte of each kind that two scanners can tell apart, a letter or digit where there is one."""
    return _pick(one.classes, other.classes)


_PREFERRED = tuple(sorted(range(256), key=lambda byte: (byte > 127 or not chr(byte).isalnum(), not 32 < byte < 127, byte)))
_SIGNS = tuple(byte for byte in range(256) if byte > 127 or not chr(byte).isalnum())


@lru_cache(1024)
def _pick(one: bytes, other: bytes, of: tuple[int, ...] = _PREFERRED) -> tuple[int, ...]:
    """Of each pair of classes the first byte."""
    found: dict[tuple[int, int], int] = {}
    for byte in of:
        found.setdefault((one[byte], other[byte]), byte)
    return tuple(found.values())


def _example(scanner: Scanner, state: int) -> str:
    return _quote(_path(scanner, state))


def _quote(text: bytes) -> str:
    return repr(text)[1:]


def _either(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " or " + names[-1] if names else "another terminal"
