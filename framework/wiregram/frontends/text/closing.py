"""The octet with which every text of a message ends, worked out of its rules and terminals. It compiles nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wiregram.frontends.text.model import TextModel

Tree = tuple[Any, ...]


def closing(model: TextModel) -> bytes | None:
    """None where texts end in different octets, or a text can be empty."""
    shape = _Shape(model)
    if shape.ignored or shape.nullable_rule(shape.start):
        return None
    last = shape.edge(shape.start)
    return bytes([last.bit_length() - 1]) if last and last & (last - 1) == 0 else None


class _Shape:
    def __init__(self, model: TextModel) -> None:
        self.start: str = model.start
        self.rules: dict[str, Any] = model.rules
        self.terminals: dict[str, Tree] = model.terminals
        self.ignored = bool(model.ignore)
        self.nullable: set[str] = set()
        changed = True
        while changed:
            changed = False
            for name, alternatives in self.rules.items():
                if name not in self.nullable and any(all(self._nothing(symbol) for symbol in each) for each in alternatives):
                    self.nullable.add(name)
                    changed = True

    def nullable_rule(self, name: str) -> bool:
        return name in self.nullable

    def _nothing(self, symbol: Any) -> bool:
        return _nullable(self.terminals[symbol.name]) if symbol.terminal else symbol.name in self.nullable

    def edge(self, start: str) -> int:
        """The octets that a text of rule `start` can end with, as a mask."""
        found, seen, waiting = 0, {start}, [start]
        while waiting:
            for alternative in self.rules[waiting.pop()]:
                for symbol in reversed(alternative):
                    if symbol.terminal:
                        found |= _edge(self.terminals[symbol.name])
                    elif symbol.name not in seen:
                        seen.add(symbol.name)
                        waiting.append(symbol.name)
                    if not self._nothing(symbol):
                        break
        return found


def _nullable(tree: Tree) -> bool:
    kind = tree[0]
    if kind == "set":
        return False
    if kind == "seq":
        return all(_nullable(item) for item in tree[1])
    if kind == "alt":
        return any(_nullable(item) for item in tree[1])
    return tree[1] == 0 or _nullable(tree[3])


def _edge(tree: Tree) -> int:
    """The octets that a text of the tree can end with, as a mask."""
    kind = tree[0]
    if kind == "set":
        return int(tree[1])
    if kind == "repeat":
        return _edge(tree[3])
    found = 0
    for item in reversed(tree[1]):
        found |= _edge(item)
        if kind == "seq" and not _nullable(item):
            break
    return found
