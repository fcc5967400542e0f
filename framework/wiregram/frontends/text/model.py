"""A text message for the fuzz harness: what to generate from, and an oracle that has Lark itself read a whole message.

The oracle shares with the compiled path which fields are lists and where `kind` is shown; tokens, trees and the inlining of rules are Lark's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec
from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput
from lark.parse_tree_builder import ParseTreeBuilder

from wiregram.frontends.text.layout import Layout, kind_of
from wiregram.frontends.text.machine import Machine
from wiregram.frontends.text.regex import neutral
from wiregram.frontends.text.source import shared
from wiregram.program.protocol import Limits
from wiregram.program.text import NESTED


class Symbol(msgspec.Struct, frozen=True):
    name: str
    terminal: bool


class TextModel(msgspec.Struct, frozen=True):
    """`rules`: a rule's alternatives, each a tuple of symbols. `terminals`: trees ("set", mask of 256 bits), ("seq", items), ("alt", items),
    ("repeat", low, high or None, item). `ignore`: terminals that may stand between any two."""

    start: str
    rules: dict[str, tuple[tuple[Symbol, ...], ...]]
    terminals: dict[str, Any]
    ignore: tuple[str, ...]


def model(machine: Machine) -> TextModel:
    """The message as plain rules over plain trees, repeats and templates expanded as Lark does."""
    rules: dict[str, list[tuple[Symbol, ...]]] = {}
    for rule in machine.rules:
        rules.setdefault(str(rule.origin.name), []).append(tuple(Symbol(str(symbol.name), bool(symbol.is_term)) for symbol in rule.expansion))
    return TextModel(
        machine.name,
        {name: tuple(alternatives) for name, alternatives in rules.items()},
        {terminal.name: neutral(terminal.tree) for terminal in machine.terminals},
        tuple(sorted(machine.ignore)),
    )


class _Node(Tree[Token]):
    """A tree that knows its rule beside its kind."""

    def __init__(self, rule: str, kind: str, children: list[Any]) -> None:
        super().__init__(kind, children)
        self.rule = rule


def _builders(rules: list[Any]) -> list[Any]:
    builders: list[Any] = ParseTreeBuilder(rules, _Node).rule_builders  # type: ignore[no-untyped-call]  # Lark's own
    return builders


class Oracle:
    """Called with a whole message it gives the value, or None if that is not exactly one message. Limits and types are those of the manifest."""

    def __init__(self, path: str, text: str, layout: Layout, types: Mapping[str, str], limits: Limits) -> None:
        self._layout = layout
        self._types = types
        self._limits = limits
        self._lark = Lark(
            text,
            parser="lalr",
            lexer="contextual",
            use_bytes=True,
            start=[layout.start],
            maybe_placeholders=False,
            source_path=path,
            import_paths=[shared],
        )
        # Lark names a tree by its alias alone; the field is named by the rule, so trees get both.
        callbacks = {}
        for rule, wrappers in _builders(self._lark.rules):
            make: Callable[[list[Any]], Any] = partial(_Node, str(rule.origin.name), kind_of(rule))
            for wrapper in wrappers:
                make = wrapper(make)
            callbacks[rule] = make
        self._lark.parser.parser.parser.callbacks = callbacks

    def __call__(self, data: bytes) -> dict[str, object] | None:
        try:
            tree: Any = self._lark.parse(data)
        except UnexpectedInput:
            return None
        if isinstance(tree, Token):
            found = self._token(tree)
            given = found is not None and not tree.type.startswith("_")
            return {"kind": self._layout.start.encode(), **({tree.type.lower(): found} if given else {})}
        return self._struct(tree, 1)

    def _struct(self, tree: Any, depth: int) -> dict[str, object]:
        rule, kind = tree.rule, tree.data
        made: dict[str, object] = {"kind": kind.encode()} if self._layout.shows_kind(rule) else {}
        lists = {name for _, name in self._layout.lists(rule)}
        entries: dict[str, list[object]] = {name: [] for name in lists}
        for child in tree.children:
            if isinstance(child, Token):
                name, value = ("" if child.type.startswith("_") else child.type.lower()), self._token(child)
            elif depth >= NESTED:
                continue
            else:
                name, value = child.rule.split("{")[0], self._struct(child, depth + 1)
            if name in lists:
                entries[name].append(value)
            elif name and value is not None:
                made[name] = value
        made.update({name: found[: self._limits.list] for name, found in entries.items()})
        return made

    def _token(self, token: Token) -> object:
        text = bytes(token.value)
        kept = text[: self._limits.field]
        kind = self._types.get(token.type, "text")
        if kind in ("upper", "lower"):
            return kept.upper() if kind == "upper" else kept.lower()
        if kind == "trim":
            return kept.strip(b" \t\r\n")
        if kind == "text":
            return kept
        if kept != text or len(text) > 1000:
            return None
        if kind == "uint":
            return sum(byte << 8 * place for place, byte in enumerate(reversed(text)))
        plain = text.decode("latin-1").strip(" \t\r\n")
        if kind == "int":
            return int(plain) if re.fullmatch(r"-?[0-9]+", plain) else None
        if kind == "hex":
            return int(plain, 16) if re.fullmatch(r"[0-9a-fA-F]+", plain) else None
        number = float(plain) if re.fullmatch(r"-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?", plain) else math.nan
        return number if math.isfinite(number) else None
