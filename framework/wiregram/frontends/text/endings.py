"""After which terminals a message can be over, and whether it could also go on there: canonical LR(1), which tells apart what LALR merges.

It knows rules as lists of symbols, and nothing of bytes.
"""

from __future__ import annotations

from lark.grammar import Rule

END = "$END"

STATES = 3000
"""Bound on the LR(1) states looked at; a grammar beyond it is judged by its LALR rows."""

Kernel = tuple[tuple[tuple[int, int], int], ...]


class Endings:
    """`last` are the terminals after which the message can be over; `open` maps those after which it can also go on to what can follow.
    `empty` says that the message can be nothing at all. `exact` is False if the bound was reached."""

    def __init__(self, rules: list[Rule], start: str) -> None:
        names = {END: 0}
        for rule in rules:
            for symbol in rule.expansion:
                if symbol.is_term:
                    names.setdefault(str(symbol.name), len(names))
        self._names = list(names)
        self._terminals = len(names)
        for rule in rules:
            names.setdefault(f" {rule.origin.name}", len(names))
        self._right = [[names[str(s.name) if s.is_term else f" {s.name}"] for s in rule.expansion] for rule in rules]
        self._rules: dict[int, list[int]] = {}
        for number, rule in enumerate(rules):
            self._rules.setdefault(names[f" {rule.origin.name}"], []).append(number)
        self._right.append([names[f" {start}"]])
        self._first: list[int] = [1 << symbol for symbol in range(self._terminals)] + [0] * (len(names) - self._terminals)
        self._nullable: set[int] = set()
        self._spread()
        self.empty = names[f" {start}"] in self._nullable
        self.last: set[str] = set()
        self.open: dict[str, list[str]] = {}
        self.exact = True
        self._walk()

    def _spread(self) -> None:
        changed = True
        while changed:
            changed = False
            for origin, numbers in self._rules.items():
                for number in numbers:
                    members, empty = self._begin(self._right[number])
                    if self._first[origin] | members != self._first[origin]:
                        self._first[origin] |= members
                        changed = True
                    if empty and origin not in self._nullable:
                        self._nullable.add(origin)
                        changed = True

    def _begin(self, symbols: list[int]) -> tuple[int, bool]:
        """The terminals that a text of these symbols can begin with, and whether it can be empty."""
        members = 0
        for symbol in symbols:
            members |= self._first[symbol]
            if symbol not in self._nullable:
                return members, False
        return members, True

    def _walk(self) -> None:
        first: Kernel = (((len(self._right) - 1, 0), 1),)
        seen = {first}
        todo = [first]
        for kernel in todo:
            items = self._closure(kernel)
            moves: dict[int, dict[tuple[int, int], int]] = {}
            ended = follows = 0
            for (rule, at), ahead in items.items():
                right = self._right[rule]
                if at == len(right):
                    ended |= ahead
                    continue
                if right[at] < self._terminals:
                    follows |= 1 << right[at]
                target = moves.setdefault(right[at], {})
                target[rule, at + 1] = target.get((rule, at + 1), 0) | ahead
            rule, at = kernel[0][0]
            before = self._right[rule][at - 1] if at else self._terminals
            if ended & 1 and before < self._terminals:
                self._note(before, (ended | follows) & ~1)
            for target in moves.values():
                key: Kernel = tuple(sorted(target.items()))
                if key not in seen:
                    if len(seen) >= STATES:
                        self.exact = False
                        return
                    seen.add(key)
                    todo.append(key)

    def _note(self, before: int, follows: int) -> None:
        name = self._names[before]
        self.last.add(name)
        if follows:
            known = self.open.setdefault(name, [])
            known += [other for at, other in enumerate(self._names) if follows >> at & 1 and other not in known]

    def _closure(self, kernel: Kernel) -> dict[tuple[int, int], int]:
        items = dict(kernel)
        todo = list(items)
        while todo:
            rule, at = todo.pop()
            right = self._right[rule]
            if at == len(right) or right[at] < self._terminals:
                continue
            members, empty = self._begin(right[at + 1 :])
            if empty:
                members |= items[rule, at]
            for number in self._rules[right[at]]:
                known = items.get((number, 0), 0)
                if known | members != known or (number, 0) not in items:
                    items[number, 0] = known | members
                    todo.append((number, 0))
        return items
