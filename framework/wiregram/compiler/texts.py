"""What every text of a Lark message has in common: how it ends. Reads the front end's model (BNF over regular trees)."""

from __future__ import annotations

from typing import Any

from wiregram.compiler.grammars import Source

Tree = tuple[Any, ...]


def ends_with(source: Source) -> bytes | None:
    """The octet that every text of the message ends with; None where there is none, or for a binary message."""
    shape = _shape(source)
    if shape is None or shape.ignored or shape.nullable_rule(shape.start):
        return None
    last = shape.edge(shape.start, -1)
    return bytes([last.bit_length() - 1]) if last and last & (last - 1) == 0 else None


def _shape(source: Source) -> _Shape | None:
    model = source.grammar.model(source.message.name) if source.textual else None
    return None if model is None else _Shape(model)


class _Shape:
    """`edge` is 0 for first octets, -1 for last ones."""

    def __init__(self, model: Any) -> None:
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
        return nullable(self.terminals[symbol.name]) if symbol.terminal else symbol.name in self.nullable

    def edge(self, start: str, end: int) -> int:
        """The octets that a text of rule `start` can begin (0) or end (-1) with, as a mask."""
        found, seen, waiting = 0, {start}, [start]
        while waiting:
            for alternative in self.rules[waiting.pop()]:
                for symbol in alternative if end == 0 else reversed(alternative):
                    if symbol.terminal:
                        found |= edge(self.terminals[symbol.name], end)
                    elif symbol.name not in seen:
                        seen.add(symbol.name)
                        waiting.append(symbol.name)
                    if not self._nothing(symbol):
                        break
        return found


def nullable(tree: Tree) -> bool:
    kind = tree[0]
    if kind == "set":
        return False
    if kind == "seq":
        return all(nullable(item) for item in tree[1])
    if kind == "alt":
        return any(nullable(item) for item in tree[1])
    return tree[1] == 0 or nullable(tree[3])


def edge(tree: Tree, end: int) -> int:
    """The octets that a text of the tree can begin (0) or end (-1) with, as a mask."""
    kind = tree[0]
    if kind == "set":
        return int(tree[1])
    if kind == "repeat":
        return edge(tree[3], end)
    found = 0
    for item in tree[1] if end == 0 else reversed(tree[1]):
        found |= edge(item, end)
        if kind == "seq" and not nullable(item):
            break
    return found
