"""The ordered subset construction: a set of terminals, in Lark's order, as one deterministic automaton on bytes.

A state is the list of threads in order of preference; the list is cut behind the first thread that accepts, so a token ends as soon as no
thread of higher rank is alive: leftmost-first, as Python's `re` matches an alternation. (The method: RE2, and Rust's regex-automata.) Beside the
threads a state holds which keywords the token has spelt so far: Lark gives a string that a regular expression of the same priority matches
whole to the string's terminal.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from wiregram.frontends.text.regex import SHORTER, Refused, Tree
from wiregram.frontends.text.threads import MATCH, SET, Threads

STATES = 4096
"""The most states of one automaton."""

FEW = 512
"""States after which the construction starts anew, dropping threads that a higher one stands for: that is worth its cost only then."""

WORK = 1_500_000
"""Thread moves that one construction may take: about a second."""


class Terminal:
    """A terminal as the lexer sees it. `number` is its number in the program, `pattern` its regular expression as text, `value` what Lark
    sorts by; `string` says that it was written as a string, `flags` its flags."""

    __slots__ = ("flags", "name", "number", "pattern", "priority", "shown", "string", "tree", "value", "width")

    def __init__(
        self, name: str, pattern: str, value: str, string: bool, flags: frozenset[str], priority: int, width: int, tree: Tree, shown: str
    ) -> None:
        self.name = name
        self.pattern = pattern
        self.value = value
        self.string = string
        self.flags = flags
        self.priority = priority
        self.width = width
        self.tree = tree
        self.shown = shown
        self.number = -1

    def order(self) -> tuple[int, int, int, str]:
        """Lark's order of trying."""
        return (-self.priority, -self.width, -len(self.value), self.name)


class Scanner:
    """`classes` maps a byte to its class, `moves[state][class]` to the next state (-1: none). `accepts[state]` is the number of the
    terminal that a token which ends here has, -1 for none; `ignored[state]` says that the token is skipped."""

    def __init__(self, terminals: Sequence[Terminal], ignore: frozenset[str]) -> None:
        self.terminals = sorted(terminals, key=Terminal.order)
        kept, words = _keywords(self.terminals)
        threads = self._threads = Threads()
        starts = [threads.pattern(terminal.tree, terminal.number) for terminal in kept]
        threads.seal()
        spelt = [terminal for terminal in self.terminals if any(terminal in found for found in words.values())]
        masks = sorted({threads.mask[at] for at, kind in enumerate(threads.kind) if kind == SET} | {m for t in spelt for m in _letters(t)})
        self.classes, self.samples = partition(masks)
        self.moves: list[list[int]] = []
        self.accepts: list[int] = []
        self.ignored: list[bool] = []
        skip = {t.number: t.name in ignore for t in kept}
        if not self._build(starts, spelt, words, skip, FEW):
            threads.prune()
            if not self._build(starts, spelt, words, skip, STATES):
                raise Refused(f"its terminals need more than {STATES} states", SHORTER)

    def alive(self, state: int) -> list[int]:
        """The numbers of the terminals that a token in this state can still become, its own among them."""
        found: dict[int, None] = {}
        todo, seen = [state], {state}
        while todo:
            at = todo.pop()
            if self.accepts[at] >= 0:
                found[self.accepts[at]] = None
            for follower in self.moves[at]:
                if follower >= 0 and follower not in seen:
                    seen.add(follower)
                    todo.append(follower)
        return sorted(found)

    def _build(self, starts: list[int], spelt: list[Terminal], words: dict[int, list[Terminal]], skip: dict[int, bool], most: int) -> bool:
        """Make the automaton; False if it takes more than `most` states."""
        threads = self._threads
        del self.moves[:], self.accepts[:], self.ignored[:]
        kind, mask, after, closure, merge = threads.kind, threads.mask, threads.after, threads.closure, threads.merge
        letters = [_letters(terminal) for terminal in spelt]
        place = {terminal.number: at for at, terminal in enumerate(spelt)}
        whole = {number: [place[word.number] for word in found] for number, found in words.items()}
        first = (merge([closure(start) for start in starts]), 0, tuple(range(len(spelt))))
        numbers = {first: 0}
        todo = [first]
        work = 0
        for current in todo:
            live, depth, spelling = current
            row = []
            work += len(live) * len(self.samples)
            if work > WORK:
                return False
            for byte in self.samples:
                reached = merge([closure(after[at]) for at in live if kind[at] == SET and mask[at] >> byte & 1])
                if not reached:
                    row.append(-1)
                    continue
                still = tuple(word for word in spelling if len(letters[word]) > depth and letters[word][depth] >> byte & 1)
                key = (reached, depth + 1 if still else 0, still)
                number = numbers.get(key)
                if number is None:
                    if len(numbers) >= most:
                        return False
                    number = numbers[key] = len(numbers)
                    todo.append(key)
                row.append(number)
            accepted, skipped = -1, False
            if live and kind[live[-1]] == MATCH:
                accepted = mask[live[-1]]
                skipped = skip[accepted]
                for word in whole.get(accepted, ()):
                    if word in spelling and len(letters[word]) == depth:
                        accepted = spelt[word].number
                        break
            self.moves.append(row)
            self.accepts.append(accepted)
            self.ignored.append(skipped)
        return True


def partition(masks: Sequence[int]) -> tuple[bytes, list[int]]:
    """The coarsest classes of bytes that the masks cannot tell apart: class of each byte, and one byte of each class."""
    numbers: dict[tuple[int, ...], int] = {}
    classes = bytearray(256)
    samples = []
    for byte in range(256):
        signature = tuple(mask >> byte & 1 for mask in masks)
        if signature not in numbers:
            numbers[signature] = len(numbers)
            samples.append(byte)
        classes[byte] = numbers[signature]
    return bytes(classes), samples


def _letters(terminal: Terminal) -> list[int]:
    return [item[1] for item in terminal.tree[1]]


def _keywords(terminals: Sequence[Terminal]) -> tuple[list[Terminal], dict[int, list[Terminal]]]:
    """Lark's keyword rule for one set: the terminals that stay in the alternation, and for a regular expression's number the strings
    that it gives way to. A string stays beside the expression if its flags say more than the expression's."""
    words: dict[int, list[Terminal]] = {}
    gone = set()
    for expression in terminals:
        if expression.string:
            continue
        for word in terminals:
            if word.string and word.priority == expression.priority:
                found = re.match(expression.pattern, word.value)  # on text, as Lark does
                if found and found.group(0) == word.value:
                    words.setdefault(expression.number, []).append(word)
                    if word.flags <= expression.flags:
                        gone.add(word.number)
    return [terminal for terminal in terminals if terminal.number not in gone], words
