"""A nondeterministic automaton whose threads have an order: what `re` tries first stands first. It knows trees, not terminals.

A node is a tuple: (SET, mask, next), (ALT, nexts), (ENTER, loop, next), (LOOP, loop, body, exit, greedy), (MATCH, label). `loop` is the number of
a repeat whose body can match nothing: `re` leaves such a repeat after one empty round, which decides between equal texts (-1: no such guard).
"""

from __future__ import annotations

from collections.abc import Sequence

from wiregram.frontends.text.regex import Refused, Tree, nullable

SET, ALT, ENTER, LOOP, MATCH = range(5)

NODES = 20_000
"""Bound on the nodes of one automaton; what is larger would not fit in a table either."""

SHORTER = "a length limit is no part of a terminal: write + or * instead of the count, and set limits.field or limits.message"


class Threads:
    """Patterns are added with `pattern`; then `closure(node)` gives the ordered byte-consuming threads that `node` stands for."""

    def __init__(self) -> None:
        self.nodes: list[tuple[int, ...] | tuple[int, tuple[int, ...]]] = []
        self.kind: list[int] = []
        self.mask: list[int] = []
        self.after: list[int] = []
        self._loops = 0
        self._memo: dict[int, tuple[int, ...]] = {}
        self._alive: set[int] = set()

    def pattern(self, tree: Tree, label: int) -> int:
        """The node at which the pattern begins; a match of it is a MATCH node with this label in `mask`."""
        return self._tree(tree, self._add((MATCH, label)))

    def seal(self) -> None:
        """Find the nodes from which a match can be reached; call it when all patterns are in."""
        before: list[list[int]] = [[] for _ in self.nodes]
        for number, node in enumerate(self.nodes):
            for follower in self._followers(node):
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
        found: list[int] = []
        listed: set[int] = set()
        seen: set[tuple[int, frozenset[int]]] = set()
        stack: list[tuple[int, frozenset[int]]] = [(start, frozenset())]
        while stack:
            place = stack.pop()
            number, rounds = place  # `rounds`: guarded loops whose present round has taken no byte yet; it may only leave
            if place in seen or number not in self._alive:
                continue
            seen.add(place)
            node = self.nodes[number]
            kind = node[0]
            if kind == MATCH:
                found.append(number)
                break
            if kind == SET:
                if number not in listed:
                    listed.add(number)
                    found.append(number)
            elif kind == ALT:
                stack.extend((follower, rounds) for follower in reversed(self._followers(node)))
            elif kind == ENTER:
                _, loop, follower = node
                stack.append((follower, rounds - {loop}))  # type: ignore[arg-type]  # the tuple's shape follows from its kind
            else:
                _, loop, body, leave, greedy = node  # type: ignore[misc]  # the same
                away = (leave, rounds - {loop})
                if loop >= 0 and loop in rounds:
                    stack.append(away)
                else:
                    again = (body, rounds | {loop} if loop >= 0 else rounds)
                    stack.extend((away, again) if greedy else (again, away))
        self._memo[start] = result = tuple(found)
        return result

    def merge(self, lists: Sequence[Sequence[int]]) -> tuple[int, ...]:
        """Ordered lists of threads as one: each thread once, nothing behind the first match."""
        found: list[int] = []
        seen: set[int] = set()
        for threads in lists:
            for number in threads:
                if number not in seen:
                    seen.add(number)
                    found.append(number)
                    if self.kind[number] == MATCH:
                        return tuple(found)
        return tuple(found)

    @staticmethod
    def _followers(node: tuple[int, ...] | tuple[int, tuple[int, ...]]) -> tuple[int, ...]:
        kind = node[0]
        if kind == MATCH:
            return ()
        if kind == ALT:
            return node[1]  # type: ignore[return-value]  # the tuple's shape follows from its kind
        if kind == LOOP:
            return (node[2], node[3])  # type: ignore[misc, return-value]  # the same
        return (node[2],)  # type: ignore[misc, return-value]  # the same

    def _add(self, node: tuple[int, ...] | tuple[int, tuple[int, ...]]) -> int:
        if len(self.nodes) >= NODES:
            raise Refused("this is too large: its counted repeats multiply", SHORTER)
        kind = node[0]
        self.nodes.append(node)
        self.kind.append(kind)
        self.mask.append(int(node[1]) if kind in (SET, MATCH) else 0)  # type: ignore[arg-type]  # the same
        self.after.append(int(node[2]) if kind == SET else -1)  # type: ignore[misc]  # the same
        return len(self.nodes) - 1

    def _tree(self, tree: Tree, follower: int) -> int:
        kind = tree[0]
        if kind == "set":
            return self._add((SET, tree[1], follower))
        if kind == "seq":
            for item in reversed(tree[1]):
                follower = self._tree(item, follower)
            return follower
        if kind == "alt":
            return self._add((ALT, tuple(self._tree(item, follower) for item in tree[1])))
        _, low, high, greedy, body = tree
        loop = -1
        if nullable(body):
            loop = self._loops
            self._loops += 1
        if high is None:
            top = self._add((LOOP, loop, follower, follower, greedy))
            self.nodes[top] = (LOOP, loop, self._tree(body, top), follower, greedy)
        else:
            top = follower
            for _ in range(high - low):
                top = self._add((LOOP, loop, self._tree(body, top), follower, greedy))
        if loop >= 0 and top != follower:
            top = self._add((ENTER, loop, top))
        for _ in range(low):
            top = self._tree(body, top)
        return top
