"""Messages from a Lark grammar, on bytes: rules and regular expressions are walked by hand, so that every alternative can be chosen and counted.

It knows the shape of a `TextModel` (rules over symbols, terminals as trees of byte sets) and nothing of lark. A message is bounded: beyond a
depth each rule takes its shortest way out.
"""

from __future__ import annotations

import re
from typing import Any, Protocol

from wiregram_harness.coverage import Ledger
from wiregram_harness.draw import Draw, Wishes

DEPTH = 24
"""Nested rules; beyond it the shortest alternative is taken."""

MUCH = 1024
"""Octets of a message after which the shortest alternatives are taken too."""

SHORT, LONG, HUGE = 6, 48, 300
"""Octets that a repeated set gives beyond its lower bound: mostly, one time in 16, one in 64."""

_PLAIN = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


_DIGITS = re.compile(rb"[0-9]+")


class Symbol(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def terminal(self) -> bool: ...


class TextModel(Protocol):
    """`terminals` are trees: ("set", mask of 256 bits), ("seq", items), ("alt", items), ("repeat", low, high or None, item)."""

    @property
    def start(self) -> str: ...

    @property
    def rules(self) -> Any: ...

    @property
    def terminals(self) -> Any: ...

    @property
    def ignore(self) -> Any: ...


def members(mask: int) -> tuple[bytes, bytes]:
    """The bytes of a set, letters first; and those at its edges, where faults live: next to a byte that does not belong."""
    inside = [byte for byte in range(256) if mask >> byte & 1]
    edges = [byte for byte in inside if not mask >> (byte + 1) & 1 or byte == 0 or not mask >> (byte - 1) & 1]
    inside.sort(key=lambda byte: (byte not in _PLAIN, _PLAIN.find(byte), byte))
    return bytes(inside), bytes(edges)


def expression(tree: Any) -> bytes:
    """A terminal's tree as a regular expression."""
    kind = tree[0]
    if kind == "set":
        return b"[%s]" % b"".join(b"\\x%02x" % byte for byte in range(256) if tree[1] >> byte & 1) if tree[1] else b"(?!)"
    if kind == "seq":
        return b"".join(expression(item) for item in tree[1])
    if kind == "alt":
        return b"(?:%s)" % b"|".join(expression(item) for item in tree[1])
    high = b"" if tree[2] is None else b"%d" % tree[2]
    return b"(?:%s){%d,%s}" % (expression(tree[3]), tree[1], high)


class _Set:
    """A set of bytes made ready: `pool` to choose one from (about a quarter edges), two tables that map drawn octets into it."""

    __slots__ = ("even", "odd", "pool")

    def __init__(self, mask: int) -> None:
        inside, edges = members(mask)
        self.pool = inside + edges * max(1, len(inside) // (3 * len(edges))) if len(inside) > 8 else inside
        self.even = bytes(inside[byte * len(inside) // 256] for byte in range(256))
        self.odd = bytes(inside[byte * len(inside) // 128] if byte < 128 else edges[(byte - 128) * len(edges) // 128] for byte in range(256))


class TextGenerator:
    """Makes whole messages of one start rule; `name` is the message's name in the ledger."""

    def __init__(self, name: str, model: TextModel, ledger: Ledger) -> None:
        self._name = name
        self._start = str(model.start)
        self._rules: dict[str, tuple[tuple[Symbol, ...], ...]] = {str(rule): tuple(alternatives) for rule, alternatives in model.rules.items()}
        self._terminals = dict(model.terminals)
        self._ignore = tuple(model.ignore)
        self._ledger = ledger
        self._sets: dict[int, _Set] = {}
        self._expressions: dict[str, re.Pattern[bytes]] = {}
        self._order = self._simplest_first()
        self._labels = {
            (rule, number): self._label(rule, alternative)
            for rule, alternatives in self._rules.items()
            for number, alternative in enumerate(alternatives)
        }
        for label in self._labels.values():
            ledger.declare(label)

    def make(self, draw: Draw, wishes: Wishes | None = None, parameters: dict[str, Any] | None = None) -> bytes:
        """One message; the wishes are for terminals, by their names in lower case. A grammar has no parameters."""
        out = bytearray()
        hints = wishes.hints if wishes else {}
        self._rule(self._start, draw, out, DEPTH, hints, dict(wishes.fixed) if wishes else {})
        return bytes(out)

    def _label(self, rule: str, alternative: tuple[Symbol, ...]) -> str:
        return f"{self._name}: {rule} -> {' '.join(str(symbol.name) for symbol in alternative) or '(nothing)'}"

    def _costs(self) -> dict[str, int]:
        """The least number of nested rules that each rule needs."""
        costs: dict[str, int] = {}
        changed = True
        while changed:
            changed = False
            for rule, alternatives in self._rules.items():
                ways = [self._way(alternative, costs) for alternative in alternatives]
                known = [way for way in ways if way is not None]
                if known and min(known) + 1 < costs.get(rule, 1 << 30):
                    costs[rule] = min(known) + 1
                    changed = True
        return costs

    def _simplest_first(self) -> dict[str, list[int]]:
        """Each rule's alternatives from the one that needs least: what shrinking ends at, and what is taken beyond DEPTH."""
        costs = self._costs()
        order: dict[str, list[int]] = {}
        for rule, alternatives in self._rules.items():
            needs = [(_least(self._way(alternative, costs)), len(alternative), number) for number, alternative in enumerate(alternatives)]
            order[rule] = [number for _, _, number in sorted(needs)]
        return order

    @staticmethod
    def _way(alternative: tuple[Symbol, ...], costs: dict[str, int]) -> int | None:
        worst = 0
        for symbol in alternative:
            if not symbol.terminal:
                cost = costs.get(str(symbol.name))
                if cost is None:
                    return None
                worst = max(worst, cost)
        return worst

    def _rule(self, rule: str, draw: Draw, out: bytearray, depth: int, hints: dict[str, list[Any]], fixed: dict[str, Any]) -> None:
        alternatives = self._rules[rule]
        order = self._order[rule]
        number = order[0] if depth <= 0 or len(out) > MUCH or len(order) == 1 else draw.choice(order)
        self._ledger.hit(self._labels[rule, number])
        for symbol in alternatives[number]:
            if symbol.terminal:
                if self._ignore and draw.chance(1, 8):
                    self._tree(self._terminals[draw.choice(self._ignore)], draw, out)
                terminal = str(symbol.name)
                wish = self._wish(terminal.lower(), draw, hints, fixed)
                if wish is None or not self._spelled(terminal, wish, draw, out):
                    self._tree(self._terminals[terminal], draw, out)
            else:
                self._rule(str(symbol.name), draw, out, depth - 1, hints, fixed)

    @staticmethod
    def _wish(field: str, draw: Draw, hints: dict[str, list[Any]], fixed: dict[str, Any]) -> bytes | None:
        """What is wished for a field; three times of four where it is only a hint, now and then in lower case."""
        value = fixed.pop(field, None)
        if value is None and hints.get(field):
            way = draw.integer(0, 7)
            value = draw.choice(hints[field]) if way < 6 else None
            if way == 5 and isinstance(value, bytes):
                value = value.lower()
            elif field == "value" and way == 4:
                value = b"%d" % draw.integer(0, 12)  # lengths are the values that machines ask for
        if isinstance(value, int) and not isinstance(value, bool):
            value = b"%d" % value
        return value if isinstance(value, bytes) else None

    def _spelled(self, terminal: str, wish: bytes, draw: Draw, out: bytearray) -> bool:
        """Write a wish as the terminal spells it, a number in the place of the first that it has; False where it has no such words."""
        known = self._expressions.get(terminal)
        if known is None:
            known = self._expressions[terminal] = re.compile(expression(self._terminals[terminal]), re.DOTALL)
        if known.fullmatch(wish) is None:
            if not wish.isdigit():
                return False
            drawn = bytearray()
            self._tree(self._terminals[terminal], draw, drawn)
            wish = _DIGITS.sub(wish, bytes(drawn), count=1)
            if known.fullmatch(wish) is None:
                wish = bytes(drawn)
        out += wish
        return True

    def _set(self, mask: int) -> _Set:
        found = self._sets.get(mask)
        if found is None:
            found = self._sets[mask] = _Set(mask)
        return found

    def _tree(self, tree: Any, draw: Draw, out: bytearray) -> None:
        kind = tree[0]
        if kind == "set":
            pool = self._set(tree[1]).pool
            out.append(pool[draw.integer(0, len(pool) - 1)])
        elif kind == "seq":
            for item in tree[1]:
                self._tree(item, draw, out)
        elif kind == "alt":
            self._tree(draw.choice(tree[1]), draw, out)
        else:
            low, high, item = tree[1], tree[2], tree[3]
            top = low + (1 << 16) if high is None else high
            span = draw.integer(0, 63) if top > low else 0
            reach = min(top, low + (HUGE if span == 63 else LONG if span >= 59 else SHORT))
            if item[0] == "set":
                ready = self._set(item[1])
                out += draw.bytes(low, reach).translate(ready.odd if span & 1 else ready.even)
                return
            count = 0
            while count < low or (count < reach and draw.more()):
                self._tree(item, draw, out)
                count += 1


def _least(way: int | None) -> int:
    return 1 << 30 if way is None else way
