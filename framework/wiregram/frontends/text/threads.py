"""A nondeterministic automaton whose threads have an order: what `re` tries first stands first. It knows trees, not terminals.

Nodes are numbers; what a node is stands in columns. SET takes a byte of `mask` and goes to `after`. MATCH ends the pattern whose label is its
`mask`. ALT goes to each of `ways`. LOOP goes to its body or its exit (`ways`, in order of preference; `after` is the exit), ENTER before a
loop clears its guard. `loop` is the number of a repeat whose body can match nothing: `re` leaves such a repeat after one empty round, which
decides between equal texts (-1: no guard needed).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wiregram.frontends.text.regex import SHORTER, Refused, Tree, nullable

SET, ALT, ENTER, LOOP, MATCH = range(5)

NODES = 20_000
"""Bound on the nodes of one automaton; what is larger would not fit in a table either."""

SIMULATED, STEPS = 1500, 400_000
"""Bounds on the threads that are compared with each other, and on the work that this takes: without them a grammar could not be refused in time."""


class Threads:
    """Patterns are added with `pattern`, then sealed; then `closure(node)` gives the ordered byte-consuming threads that the node stands for."""

    def __init__(self) -> None:
        self.kind: list[int] = []
        self.mask: list[int] = []
        self.after: list[int] = []
        self._ways: list[tuple[int, ...]] = []
        self._loop: list[int] = []
        self._loops = 0
        self._memo: dict[int, tuple[int, ...]] = {}
        self._alive: set[int] = set()
        self._better: dict[int, int] = {}

    def pattern(self, tree: Tree, label: int) -> int:
        """The node at which the pattern begins; a match of it is a MATCH node with this label in `mask`."""
        return self._tree(tree, self._add(MATCH, mask=label))

    def seal(self) -> None:
        """Find the nodes from which a match can be reached; to be called when all patterns are in."""
        before: list[list[int]] = [[] for _ in self.kind]
        for number, ways in enumerate(self._ways):
            for follower in ways:
                before[follower].append(number)
        todo = [number for number, kind in enumerate(self.kind) if kind == MATCH]
        self._alive = set(todo)
        while todo:
            for number in before[todo.pop()]:
                if number not in self._alive and not (self.kind[number] == SET and not self.mask[number]):
                    self._alive.add(number)
                    todo.append(number)

    def closure(self, start: int) -> tuple[int, ...]:
        """The threads reachable without a byte, best first, cut at the first match (what ranks below it can never win)."""
        known = self._memo.get(start)
        if known is not None:
            return known
        found: dict[int, None] = {}
        seen: set[tuple[int, frozenset[int]]] = set()
        stack: list[tuple[int, frozenset[int]]] = [(start, frozenset())]
        while stack:
            place = stack.pop()
            number, rounds = place  # `rounds`: guarded loops whose present round has taken no byte yet; it may only leave
            if place in seen or number not in self._alive:
                continue
            seen.add(place)
            kind = self.kind[number]
            loop = self._loop[number]
            if kind in (SET, MATCH):
                found[number] = None
                if kind == MATCH:
                    break
            elif kind == ALT:
                stack.extend((follower, rounds) for follower in reversed(self._ways[number]))
            elif kind == ENTER or loop in rounds:
                stack.append((self.after[number], rounds - {loop}))
            else:
                leave = self.after[number]
                inside = rounds | {loop} if loop >= 0 else rounds
                stack.extend((way, rounds - {loop} if way == leave else inside) for way in reversed(self._ways[number]))
        self._memo[start] = result = tuple(found)
        return result

    def prune(self) -> None:
        """From now on `merge` leaves out a thread that one above it simulates: all that it could still match, that one matches for the same
        terminal, so it can never win. (Counted repeats behind a free one multiply their threads otherwise.)"""
        threads = [number for number, kind in enumerate(self.kind) if kind in (SET, MATCH) and number in self._alive]
        if len(threads) <= SIMULATED:
            self._better = self._simulations(threads)

    def _simulations(self, threads: list[int]) -> dict[int, int]:
        """For each thread, as bits, those that simulate it: the largest relation that moves keep, found by taking away."""
        place = {number: at for at, number in enumerate(threads)}
        after = [[place[n] for n in self.closure(self.after[number])] if self.kind[number] == SET else [] for number in threads]
        before = [0] * len(threads)
        for at, followers in enumerate(after):
            for follower in followers:
                before[follower] |= 1 << at
        alike: dict[tuple[int, int], int] = {}
        for at, number in enumerate(threads):
            key = (self.kind[number], self.mask[number])
            alike[key] = alike.get(key, 0) | 1 << at
        wider: dict[tuple[int, int], int] = {}
        for kind, mask in alike:
            wider[kind, mask] = 0
            for (other, more), members in alike.items():
                if other == kind and (mask & ~more == 0 if kind == SET else mask == more):
                    wider[kind, mask] |= members
        found = [wider[self.kind[number], self.mask[number]] for number in threads]
        todo = dict.fromkeys(reversed(range(len(threads))))
        leading: dict[int, int] = {}
        steps = 0
        while todo:
            at = next(iter(todo))
            del todo[at]
            left = found[at]
            for follower in after[at]:
                members = found[follower]
                ways = leading.get(members)
                if ways is None:
                    ways, rest = 0, members
                    while rest:
                        low = rest & -rest
                        ways |= before[low.bit_length() - 1]
                        rest ^= low
                        steps += 1
                    leading[members] = ways
                left &= ways
            steps += 1
            if steps > STEPS:
                return {}
            if left != found[at]:
                found[at] = left
                rest = before[at]
                while rest:
                    low = rest & -rest
                    todo[low.bit_length() - 1] = None
                    rest ^= low
                    steps += 1
        better = {}
        for at, number in enumerate(threads):
            bits = 0
            rest = found[at] & ~(1 << at)
            while rest:
                low = rest & -rest
                bits |= 1 << threads[low.bit_length() - 1]
                rest ^= low
                steps += 1
            if bits:
                better[number] = bits
            if steps > STEPS:
                return {}
        return better

    def merge(self, lists: Iterable[Sequence[int]]) -> tuple[int, ...]:
        """Ordered lists of threads as one: each thread once, nothing behind the first match, nothing that one above it simulates."""
        found: dict[int, None] = {}
        better = self._better
        bits = 0
        for threads in lists:
            for number in threads:
                if number not in found and not (better and better.get(number, 0) & bits):
                    found[number] = None
                    if better:
                        bits |= 1 << number
                    if self.kind[number] == MATCH:
                        return tuple(found)
        return tuple(found)

    def _add(self, kind: int, mask: int = 0, after: int = -1, ways: tuple[int, ...] = (), loop: int = -1) -> int:
        if len(self.kind) >= NODES:
            raise Refused("this is too large: its counted repeats multiply", SHORTER)
        self.kind.append(kind)
        self.mask.append(mask)
        self.after.append(after)
        self._ways.append(ways or ((after,) if after >= 0 else ()))
        self._loop.append(loop)
        return len(self.kind) - 1

    def _tree(self, tree: Tree, follower: int) -> int:
        kind = tree[0]
        if kind == "set":
            return self._add(SET, mask=tree[1], after=follower)
        if kind == "seq":
            for item in reversed(tree[1]):
                follower = self._tree(item, follower)
            return follower
        if kind == "alt":
            return self._add(ALT, ways=tuple(self._tree(item, follower) for item in tree[1]))
        _, low, high, greedy, body = tree
        loop = -1
        if nullable(body):
            loop = self._loops
            self._loops += 1
        if high is None:
            top = self._add(LOOP, after=follower, loop=loop)
            self._choose(top, self._tree(body, top), greedy)
        else:
            top = follower
            for _ in range(high - low):
                inside = self._tree(body, top)
                top = self._add(LOOP, after=follower, loop=loop)
                self._choose(top, inside, greedy)
        if loop >= 0 and top != follower:
            top = self._add(ENTER, after=top, loop=loop)
        for _ in range(low):
            top = self._tree(body, top)
        return top

    def _choose(self, loop: int, body: int, greedy: bool) -> None:
        leave = self.after[loop]
        self._ways[loop] = (body, leave) if greedy else (leave, body)
