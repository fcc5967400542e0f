"""What a message gives: fields, lists, kinds. It reads Lark's rules as they are after Lark has expanded repeats and templates.

A rule is *inlined* if its name begins with `_` (Lark's own rules for repeats do), *folded* if it was written with `?`: then an alternative
without alias that gives one value stands for that value. Every other rule makes a struct. A key is (is terminal, name).
"""

from __future__ import annotations

from lark.grammar import Rule, Symbol

from wiregram.program.types import ANY, BYTES, LIST, STRUCT, Message, Type

Key = tuple[bool, str]
Counts = dict[Key | None, tuple[int, int]]
"""How often a key occurs, at least and at most (2 stands for any number above one); None counts all values together."""

KIND = "kind"


class Layout:
    """The rules that a message uses, and what an occurrence of each gives to the struct around it."""

    def __init__(self, rules: list[Rule], start: str) -> None:
        self.start = start
        self.rules: dict[str, list[Rule]] = {}
        for rule in rules:
            self.rules.setdefault(str(rule.origin.name), []).append(rule)
        self.gives: dict[str, Counts] = {}
        changed = True
        while changed:
            changed = False
            for name, alternatives in self.rules.items():
                found = self._occurrence(name, alternatives)
                if found is not None and found != self.gives.get(name):
                    self.gives[name] = found
                    changed = True
        self.contents = {name: self._contents(name, alternatives) for name, alternatives in self.rules.items()}
        roots = self.gives.get(start, {})
        self.roots = frozenset(key for key in roots if key is not None)

    def kinds(self, name: str) -> tuple[str, ...]:
        """The kinds that the rule's own struct can have."""
        found = {kind_of(rule): None for rule in self.rules[name] if self.makes(rule)}
        return tuple(found)

    def shows_kind(self, name: str) -> bool:
        """Whether the rule's struct has a field `kind`: as a message, or where there are several."""
        return (False, name) in self.roots or len(self.kinds(name)) > 1

    def makes(self, rule: Rule) -> bool:
        """Whether this alternative can make a struct of its own."""
        name = str(rule.origin.name)
        if inlined(name):
            return False
        if rule.options.expand1 and not rule.alias:
            return self._sum(rule)[None] != (1, 1)
        return True

    def lists(self, name: str) -> list[tuple[Key, str]]:
        """The fields of the rule's struct that are lists."""
        return [(key, field_of(self, key)) for key, (_, most) in self.contents[name].items() if key is not None and most > 1 and field_of(self, key)]

    def message(self) -> Message:
        """The fields and kinds of the whole message."""
        found: dict[str, Type] = {}
        parts = [self._root(key) for key in sorted(self.roots)]
        for part in parts:
            for name, kind in part.items():
                known = found.setdefault(name, kind)
                if known.kind != kind.kind:
                    found[name] = Type(ANY, maybe=known.maybe or kind.maybe)
                elif kind.maybe:
                    found[name] = _absent(known)
        for name in found:
            if any(name not in part for part in parts):
                found[name] = _absent(found[name])
        kinds: dict[str, None] = {}
        for terminal, name in sorted(self.roots):
            kinds.update(dict.fromkeys((self.start,) if terminal else self.kinds(name)))
        names = tuple(kinds)
        return Message(self.start, {KIND: Type(BYTES, names=names), **found}, names)

    def clashes(self) -> list[tuple[str, str]]:
        """(rule, field) where two different parts would give one field, or a field would be called `kind`."""
        found = []
        for name, counts in self.contents.items():
            if inlined(name):
                continue
            seen: dict[str, Key] = {}
            for key in counts:
                field = "" if key is None else field_of(self, key)
                if key is None or not field:
                    continue
                if field == KIND or seen.setdefault(field, key) != key:
                    found.append((name, field))
        return found

    def endless(self) -> list[str]:
        """Rules of which no text is finite: every alternative needs such a rule again."""
        finite: set[str] = set()
        changed = True
        while changed:
            changed = False
            for name, rules in self.rules.items():
                if name not in finite and any(all(s.is_term or str(s.name) in finite for s in rule.expansion) for rule in rules):
                    finite.add(name)
                    changed = True
        return [name for name in self.rules if name not in finite and not name.startswith("__")]

    def recursive(self) -> bool:
        """Whether a rule can occur inside itself."""
        inside = {name: {str(s.name) for rule in rules for s in rule.expansion if not s.is_term} for name, rules in self.rules.items()}
        for name in inside:
            reached, todo = set(inside[name]), list(inside[name])
            while todo:
                for inner in inside[todo.pop()] - reached:
                    reached.add(inner)
                    todo.append(inner)
            if name in reached and not inlined(name):
                return True
        return False

    def _root(self, key: Key) -> dict[str, Type]:
        terminal, name = key
        if terminal:
            return {field_of(self, key): Type(BYTES)} if field_of(self, key) else {}
        return {field: kind for field, kind in self._fields(name, ()).items() if field != KIND}

    def _fields(self, name: str, within: tuple[str, ...]) -> dict[str, Type]:
        found: dict[str, Type] = {}
        if self.shows_kind(name):
            found[KIND] = Type(BYTES, names=self.kinds(name))
        for key, (least, most) in self.contents[name].items():
            if key is None:
                continue
            field = field_of(self, key)
            if not field:
                continue
            kind = Type(BYTES)
            if not key[0]:
                kind = Type(STRUCT, fields={} if key[1] in within else self._fields(key[1], (*within, name)))
            found[field] = Type(LIST, item=kind) if most > 1 else _absent(kind) if least == 0 else kind
        return found

    def _occurrence(self, name: str, alternatives: list[Rule]) -> Counts | None:
        """What an occurrence of the rule gives to its surroundings; None while no alternative is known."""
        own: Counts = {(False, name): (1, 1), None: (1, 1)}
        if not inlined(name) and not any(rule.options.expand1 for rule in alternatives):
            return own
        ways: list[Counts] = []
        for rule in alternatives:
            if not self._known(rule):
                continue
            found = self._sum(rule)
            if inlined(name):
                ways.append(found)
                continue
            least, most = found[None]
            alone = bool(rule.options.expand1 and not rule.alias)
            if not alone or (least, most) != (1, 1):
                ways.append(own)
            if alone and least <= 1 <= most:
                ways += [{key: (1, 1), None: (1, 1)} for key in found if key is not None]
        return _either(ways) if ways else None

    def _contents(self, name: str, alternatives: list[Rule]) -> Counts:
        return _either([self._sum(rule) for rule in alternatives if inlined(name) or self.makes(rule)])

    def _known(self, rule: Rule) -> bool:
        return all(symbol.is_term or str(symbol.name) in self.gives for symbol in rule.expansion)

    def _sum(self, rule: Rule) -> Counts:
        """The values of one alternative."""
        total: Counts = {None: (0, 0)}
        for symbol in rule.expansion:
            for key, (least, most) in self._symbol(symbol).items():
                before = total.get(key, (0, 0))
                total[key] = (min(2, before[0] + least), min(2, before[1] + most))
        return total

    def _symbol(self, symbol: Symbol) -> Counts:
        if symbol.is_term:
            return {} if dropped(symbol) else {(True, str(symbol.name)): (1, 1), None: (1, 1)}
        return self.gives.get(str(symbol.name), {})


def inlined(name: str) -> bool:
    return name.startswith("_")


def dropped(symbol: Symbol) -> bool:
    """A terminal that leaves no value: `_NAMES` and strings (but in rules with `!`)."""
    return bool(symbol.is_term and getattr(symbol, "filter_out", False))


def kind_of(rule: Rule) -> str:
    return str(rule.alias or rule.options.template_source or rule.origin.name)


def field_of(layout: Layout, key: Key) -> str:
    """The field that a key gives; '' for none (a terminal without a name of its own)."""
    terminal, name = key
    if name.startswith("_"):
        return ""
    if terminal:
        return name.lower()
    source = layout.rules[name][0].options.template_source
    return str(source or name)


def _either(ways: list[Counts]) -> Counts:
    found: Counts = {}
    keys: dict[Key | None, None] = {}
    for way in ways:
        keys.update(dict.fromkeys(way))
    for key in keys:
        counts = [way.get(key, (0, 0)) for way in ways]
        found[key] = (min(least for least, _ in counts), max(most for _, most in counts))
    return found


def _absent(kind: Type) -> Type:
    return Type(kind.kind, item=kind.item, fields=kind.fields, names=kind.names, enum=kind.enum, maybe=True)
