"""One message of a grammar as a machine: its terminals, its scanners, its LALR rows, joined into the tables of a `TextProgram`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lark.exceptions import LarkError
from lark.grammar import Rule, Symbol
from lark.lexer import TerminalDef
from lark.load_grammar import Grammar as LarkGrammar

from wiregram.frontends.text import rows as lalr
from wiregram.frontends.text.layout import Key, Layout, dropped, field_of, inlined, kind_of
from wiregram.frontends.text.regex import EVERY, Refused, alphabet, mask, nullable, parse, quiet
from wiregram.frontends.text.scanner import Scanner, Terminal, partition
from wiregram.frontends.text.source import Source
from wiregram.model.errors import GrammarError, Problem
from wiregram.program.protocol import Limits
from wiregram.program.text import ASK, CONVERSIONS, GOES_ON, IS_OVER, SKIPPED, Node, Reduction, Slot, TextProgram, pack
from wiregram.program.types import Message

MOST = 0x7FFF
"""Rows and reductions of one message: more would not fit the tables."""


class Machine:
    """`terminals` in the order of their numbers; `scanners[i]` reads what rows with `scanner_of[row] == i` can take. Raises `GrammarError`."""

    def __init__(self, source: Source, grammar: LarkGrammar, message: str) -> None:
        self.source = source
        self.name = message
        definitions, rules, ignore = expand(source, grammar, [message])
        self.rules = rules
        self.ignore = frozenset(str(name) for name in ignore)
        self.terminals = terminals(source, definitions)
        for number, terminal in enumerate(self.terminals):
            terminal.number = number
        self.by_name = {terminal.name: terminal for terminal in self.terminals}
        self.layout = Layout(rules, message)
        endless = self.layout.endless()
        if endless:
            way_out = "give it an alternative that does not contain itself"
            raise GrammarError([source.problem(f"rule `{name}` can never be whole", name, suggestion=way_out) for name in endless])
        self.rows = lalr.Rows(rules, message)
        if self.rows.collisions:
            raise GrammarError([self._collision(terminal, both) for terminal, both in self.rows.collisions])
        if len(self.rows.actions) + len(rules) > MOST:
            raise GrammarError(source.problem(f"message `{message}` needs more than {MOST} parser rows", message))
        self.scanners: list[Scanner] = []
        self.scanner_of: list[int] = []
        self._scan()
        self.offsets, self.order = self._number()
        self._shifts: dict[str, set[int]] = {}

    def message(self) -> Message:
        return self.layout.message()

    def compile(self, types: Mapping[str, str], keep: frozenset[str] | None, limits: Limits, look_back: int) -> TextProgram:
        layout = self.layout
        names = list(layout.rules)
        numbers = {name: number for number, name in enumerate(names)}
        slots = [Slot(field_of(layout, (True, t.name)), CONVERSIONS.index(types.get(t.name, "text"))) for t in self.terminals]
        slots += [Slot(field_of(layout, (False, name))) for name in names]
        slot_of: dict[Key, int] = {(True, terminal.name): terminal.number for terminal in self.terminals}
        slot_of.update({(False, name): len(self.terminals) + number for number, name in enumerate(names)})
        wanted = Wanted(layout, keep)
        kept, drops = self._kept(wanted)
        nodes: dict[Node, int] = {}
        reductions = []
        for at, rule in enumerate(self.rules):
            name = str(rule.origin.name)
            node = -1
            if not inlined(name) and name in wanted.structs:
                lists = tuple((slot_of[key], field) for key, field in layout.lists(name) if wanted.lists(name, field))
                shown = kind_of(rule).encode() if layout.shows_kind(name) else b""
                node = nodes.setdefault(Node(name, shown, slot_of[False, name], lists), len(nodes))
            single = bool(rule.options.expand1 and not rule.alias)
            text = f"{name}: {' '.join(self._shown(symbol.name) for symbol in rule.expansion)}".rstrip() + (f" -> {rule.alias}" if rule.alias else "")
            reductions.append(Reduction(numbers[name], len(rule.expansion), node, single, tuple(drops[at]), text))
        moves, accepts, classes, width, waiting, ending = self._joined()
        count = len(self.rows.actions)
        actions: list[int] = []
        gotos: list[int] = []
        for row, gone in zip(self.rows.actions, self.rows.gotos, strict=True):
            for column in [*(terminal.name for terminal in self.terminals), lalr.END]:
                does = row.get(column)
                actions.append(0 if does is None else does[1] + 1 if does[0] == "shift" else count + 1 + does[1])
            gotos += [gone.get(name, -1) + 1 for name in names]
        return TextProgram(
            message=self.name,
            terminals=tuple(terminal.name for terminal in self.terminals),
            shown=tuple(terminal.shown for terminal in self.terminals),
            rules=tuple(names),
            classes=classes,
            width=width,
            waiting=waiting,
            ending=ending,
            moves=pack(moves),
            accepts=pack(accepts),
            rows=count,
            start=0,
            end=self.rows.end,
            actions=pack(actions),
            gotos=pack(gotos),
            scanners=pack([self.order[self.offsets[at]] for at in self.scanner_of]),
            ends=bytes(self.ends(row) for row in range(count)),
            kept=pack([0 if key is None else slot_of[key] + 1 for key in kept]),
            reductions=tuple(reductions),
            nodes=tuple(nodes),
            slots=tuple(slots),
            keep=wanted.filter,
            recursive=layout.recursive(),
            look_back=look_back,
            field=limits.field,
            list=limits.list,
            conflicts=tuple((self._shown(terminal), rule) for terminal, rule in self.rows.conflicts),
        )

    def ends(self, row: int) -> int:
        """Whether the message can be over when a shift has led to this row: never, surely, or if the stack says so."""
        actions = self.rows.actions[row]
        if lalr.END not in actions or any(does == "shift" for name, (does, _) in actions.items() if name != lalr.END):
            return GOES_ON
        return IS_OVER if len(actions) == 1 else ASK

    def takes(self, row: int) -> list[Terminal]:
        """The terminals that the row takes, by number."""
        return [terminal for terminal in self.terminals if terminal.name in self.rows.actions[row]]

    def shifts(self, name: str) -> set[int]:
        """The rows that a shift of this terminal can lead to."""
        if not self._shifts:
            for actions in self.rows.actions:
                for other, (does, target) in actions.items():
                    if does == "shift":
                        self._shifts.setdefault(other, set()).add(target)
        return self._shifts.get(name, set())

    def _shown(self, name: str) -> str:
        terminal = self.by_name.get(name)
        return terminal.shown if terminal else name

    def _collision(self, terminal: str, both: tuple[str, ...]) -> Problem:
        follows = "the end of the message" if terminal == lalr.END else self._shown(terminal)
        names = [text.split(":")[0] for text in both]
        return self.source.problem(
            f"message `{self.name}`: before {follows} it cannot be told which rule has been read: {' or '.join(both)}",
            next((name for name in names if not name.startswith("__")), self.name),
            suggestion="LALR sees one terminal ahead: let the rules differ earlier, make them one, or give one a priority (name.2: ...)",
        )

    def _scan(self) -> None:
        known: dict[frozenset[str], int] = {}
        for row in self.rows.actions:
            key = frozenset(name for name in row if name in self.by_name) | self.ignore
            number = known.get(key)
            if number is None:
                members = [terminal for terminal in self.terminals if terminal.name in key]
                number = known[key] = len(self.scanners)
                self.scanners.append(self._scanner(members))
            self.scanner_of.append(number)

    def _scanner(self, members: list[Terminal]) -> Scanner:
        try:
            return Scanner(members, self.ignore)
        except Refused as error:
            blamed = members[0] if len(members) == 1 else next((terminal for terminal in members if not _alone(terminal, self.ignore)), None)
            if blamed is not None:
                text = f"terminal {blamed.name} takes too large a table: {error}"
            else:
                text = f"terminals {', '.join(terminal.name for terminal in members)} together take too large a table: {error}"
            name = blamed.name if blamed else members[0].name
            raise GrammarError(self.source.problem(text, name, suggestion=error.advice)) from error

    def _number(self) -> tuple[list[int], list[int]]:
        """Scanner states in one row: where each scanner's begin, and the final number of each (dead is 0, see `TextProgram`)."""
        offsets, total = [], 0
        for scanner in self.scanners:
            offsets.append(total)
            total += len(scanner.moves)
        sorts = []
        for offset, scanner in zip(offsets, self.scanners, strict=True):
            for state, moves in enumerate(scanner.moves):
                accepts = scanner.accepts[state] >= 0
                sorts.append((2 if accepts and max(moves) < 0 else int(accepts), offset + state))
        order = [0] * total
        for number, (_, state) in enumerate(sorted(sorts), 1):
            order[state] = number
        if total >= SKIPPED:
            raise GrammarError(self.source.problem(f"message `{self.name}` needs more than {SKIPPED} scanner states", self.name))
        return offsets, order

    def _joined(self) -> tuple[list[int], list[int], bytes, int, int, int]:
        """(moves, accepts, classes, width, waiting, ending) of all scanners together, on one partition of the bytes."""
        tables = [scanner.classes for scanner in self.scanners]
        masks = [mask(byte for byte in range(256) if table[byte] == kind) for table in tables for kind in range(max(table) + 1)]
        classes, samples = partition(masks)
        width = len(samples)
        total = len(self.order) + 1
        moves, accepts = [0] * (total * width), [0] * total
        counts = [0, 0, 0]
        for offset, scanner in zip(self.offsets, self.scanners, strict=True):
            for state, row in enumerate(scanner.moves):
                number = self.order[offset + state]
                for kind, byte in enumerate(samples):
                    target = row[scanner.classes[byte]]
                    if target >= 0:
                        moves[number * width + kind] = self.order[offset + target]
                accept = scanner.accepts[state]
                if accept >= 0:
                    accepts[number] = SKIPPED if scanner.ignored[state] else accept + 1
                counts[2 if accept >= 0 and max(row) < 0 else int(accept >= 0)] += 1
        waiting = 1 + counts[0]
        return moves, accepts, classes, width, waiting, waiting + counts[1]

    def _kept(self, wanted: Wanted) -> tuple[list[Key | None], list[list[int]]]:
        """For each row the token that is kept when a shift has led to it; for each rule the places whose kept token is not its own."""
        kept: list[Key | None] = []
        for places in self.rows.inside:
            key = None
            for number, index in places:
                symbol = self.rules[number].expansion[index - 1]
                if symbol.is_term and not dropped(symbol) and wanted.token(self.rules[number], (True, str(symbol.name))):
                    key = (True, str(symbol.name))
            kept.append(key)
        # Rows are shared by rules that keep a token and rules that do not; the log is read without knowing rows. So a place that drops in one
        # row is kept in all its rows, which may make other places of those rows drop.
        drops: list[set[int]] = [set() for _ in self.rules]
        changed = True
        while changed:
            changed = False
            for row, places in enumerate(self.rows.inside):
                for number, index in places:
                    symbol = self.rules[number].expansion[index - 1]
                    if not symbol.is_term:
                        continue
                    key = (True, str(symbol.name))
                    own = not dropped(symbol) and wanted.token(self.rules[number], key)
                    if kept[row] is None and index - 1 in drops[number]:
                        kept[row] = key
                        changed = True
                    if kept[row] is not None and not own and index - 1 not in drops[number]:
                        drops[number].add(index - 1)
                        changed = True
        return kept, [sorted(places) for places in drops]


class Wanted:
    """Which values somebody reads: `keep` are the message's fields that are read (None: all). `structs` are the rules whose structs are
    needed; `filter` is what is left to do at run time, None for nothing."""

    def __init__(self, layout: Layout, keep: frozenset[str] | None) -> None:
        self._layout = layout
        self._keep = keep
        self._contexts = self._surroundings()
        # Where the message's rule also occurs inside itself, or rules are folded into it, a value's place is known at run time only.
        again = any(str(symbol.name) == layout.start for rules in layout.rules.values() for rule in rules for symbol in rule.expansion)
        folded = any(rule.options.expand1 for name, rules in layout.rules.items() if layout.start in self._contexts[name] for rule in rules)
        self._exact = not again and not folded
        self.structs: set[str] = {layout.start}
        while self._read() or self._leak():
            pass
        self.filter = None if keep is None or (self._exact and not self._stray()) else tuple(sorted(keep))

    def _read(self) -> bool:
        """Add the structs that somebody reads."""
        before = len(self.structs)
        for rules in self._layout.rules.values():
            for rule in rules:
                for symbol in rule.expansion:
                    name = str(symbol.name)
                    if not symbol.is_term and name not in self.structs and self.token(rule, (False, name)):
                        self.structs.add(name)
        return len(self.structs) > before

    def _leak(self) -> bool:
        """Add the structs that nobody reads but that hold values which are kept for another rule's sake: those must not reach what is around."""
        before = len(self.structs)
        for name, rules in self._layout.rules.items():
            for rule in rules:
                if any(self._held(rule, symbol) for symbol in rule.expansion):
                    self.structs |= self._contexts[name]
        return len(self.structs) > before

    def _stray(self) -> bool:
        """Whether a value that is read elsewhere also stands in the message, where nobody reads it."""
        start = self._layout.start
        return any(
            self._held(rule, symbol) and not self._field(start, (bool(symbol.is_term), str(symbol.name)))
            for name, rules in self._layout.rules.items()
            if start in self._contexts[name]
            for rule in rules
            for symbol in rule.expansion
        )

    def _held(self, rule: Rule, symbol: Symbol) -> bool:
        """Whether this part of the rule leaves a value."""
        name = str(symbol.name)
        if symbol.is_term:
            return not dropped(symbol) and self.token(rule, (True, name))
        return name in self.structs

    def token(self, rule: Rule, key: Key) -> bool:
        """Whether a value with this key, standing directly in this rule, is read."""
        name = str(rule.origin.name)
        counted = any(r.options.expand1 for n in self._contexts[name] | {name} for r in self._layout.rules[n])
        return any(context in self.structs and (counted or self._field(context, key)) for context in self._contexts[name])

    def lists(self, rule: str, field: str) -> bool:
        return not self._exact or rule != self._layout.start or self._keep is None or field in self._keep

    def _field(self, context: str, key: Key) -> bool:
        if self._keep is None or not self._exact or context != self._layout.start:
            return True
        terminal, name = key
        if not terminal and inlined(name):
            return True
        return field_of(self._layout, key) in self._keep

    def _surroundings(self) -> dict[str, set[str]]:
        """The structs into which the values of each rule flow."""
        layout = self._layout
        found: dict[str, set[str]] = {name: set() if inlined(name) else {name} for name in layout.rules}
        changed = True
        while changed:
            changed = False
            for name, rules in layout.rules.items():
                for rule in rules:
                    for symbol in rule.expansion:
                        inner = str(symbol.name)
                        if symbol.is_term:
                            continue
                        flows = inlined(inner) or any(r.options.expand1 and not r.alias for r in layout.rules[inner])
                        if flows and not found[name] <= found[inner]:
                            found[inner] |= found[name]
                            changed = True
        return found


def expand(source: Source, grammar: LarkGrammar, starts: list[str]) -> tuple[list[TerminalDef], list[Rule], list[str]]:
    """Lark's plain rules and terminals of the messages `starts`."""
    try:
        return grammar.compile(starts, set())
    except (LarkError, AssertionError, RecursionError) as error:
        raise GrammarError(source.translate(error, starts[0])) from error


def terminals(source: Source, definitions: list[TerminalDef]) -> list[Terminal]:
    """Terminals with their trees. Raises `GrammarError` with every terminal that a stream cannot have."""
    problems: list[Problem] = []
    found = []
    for definition in definitions:
        name, pattern = str(definition.name), definition.pattern
        text = pattern.to_regexp()
        try:
            tree = parse(text)
            if nullable(tree):
                raise Refused("it can match nothing at all", "write + for *, or leave ? to the rule that uses it")
            with quiet():
                width = int(pattern.max_width)
        except (Refused, re.error) as error:
            said = f"terminal {name}" if not name.startswith("__") else f"pattern {pattern.raw or text}"
            problems.append(source.problem(f"{said}: {error}", name, suggestion=getattr(error, "advice", "")))
            continue
        string = pattern.type == "str"
        shown = _shown(name, pattern.value, string, tree)
        found.append(Terminal(name, text, str(pattern.value), string, frozenset(pattern.flags), definition.priority, width, tree, shown))
    if problems:
        raise GrammarError(problems)
    return found


def _shown(name: str, value: str, string: bool, tree: tuple[object, ...]) -> str:
    """A terminal as an error names it: a string by its text, line ends and blanks by what they are, others by name."""
    if string:
        return repr(value)
    members = alphabet(tree)
    if members & ~mask(b"\r\n") & EVERY == 0:
        return "end of line"
    if members & ~mask(b" \t") & EVERY == 0:
        return "a blank"
    return name


def _alone(terminal: Terminal, ignore: frozenset[str]) -> bool:
    try:
        Scanner([terminal], ignore)
    except Refused:
        return False
    return True
