"""The LALR table of one message, made by Lark and numbered canonically: the same numbers in every process.

The message is the table's one start symbol, since LALR merges look-aheads over start symbols and so changes what a row takes.
"""

from __future__ import annotations

from typing import Any

from lark.common import ParserConf
from lark.grammar import Rule
from lark.parsers.lalr_analysis import LALR_Analyzer, Shift

END = "$END"


class Rows:
    """`actions[row]` maps a terminal's name (or END) to ("shift", row) or ("reduce", number of the rule in `rules`); `gotos[row]` maps a
    rule's name to a row. `inside[row]` lists (rule, index) of the places that the row's last symbol may stand at. The start is row 0;
    in row `end` the whole message has been read. With `collisions` there is no table. `conflicts` tells where Lark shifts although it could
    reduce."""

    def __init__(self, rules: list[Rule], start: str) -> None:
        self.rules = rules
        analyzer = LALR_Analyzer(ParserConf(rules, {}, [start]), debug=True)
        analyzer.compute_lr0_states()
        analyzer.compute_reads_relations()  # type: ignore[no-untyped-call]  # Lark's own
        analyzer.compute_includes_lookback()  # type: ignore[no-untyped-call]  # the same
        analyzer.compute_lookaheads()  # type: ignore[no-untyped-call]  # the same
        self.collisions = _collisions(analyzer)
        self.conflicts = _conflicts(analyzer)
        self.actions: list[dict[str, tuple[str, int]]] = []
        self.gotos: list[dict[str, int]] = []
        self.inside: list[list[tuple[int, int]]] = []
        self.end = 0
        if not self.collisions:
            analyzer.compute_lalr1_states()
            self._number(analyzer, start)

    def _number(self, analyzer: LALR_Analyzer, start: str) -> None:
        """Rows in the order in which they are first reached, over sorted symbols: Lark's own numbers change with the hash seed."""
        table: Any = analyzer.parse_table
        terminals = {symbol.name for rule in self.rules for symbol in rule.expansion if symbol.is_term}
        rules = self.rules
        numbers = {rule: number for number, rule in enumerate(rules)}
        first = table.start_states[start]
        order: dict[Any, int] = {first: 0}
        todo = [first]
        for state in todo:
            row: dict[str, tuple[str, int]] = {}
            gotos: dict[str, int] = {}
            for name, (action, argument) in sorted(table.states[state].items(), key=lambda entry: (not entry[0].isupper(), entry[0])):
                if action is not Shift:
                    row[str(name)] = ("reduce", numbers[argument])
                    continue
                if argument not in order:
                    order[argument] = len(order)
                    todo.append(argument)
                if name in terminals:
                    row[str(name)] = ("shift", order[argument])
                else:
                    gotos[str(name)] = order[argument]
            self.actions.append(row)
            self.gotos.append(gotos)
            self.inside.append(sorted((numbers[item.rule], item.index) for item in state if item.index and item.rule in numbers))
        self.end = order[table.end_states[start]]


Collision = tuple[str, tuple[str, ...]]


def _collisions(analyzer: LALR_Analyzer) -> list[Collision]:
    """Where two rules end at one place and priorities do not decide: the terminal that follows, and the rules as text."""
    found: dict[Collision, None] = {}
    for itemset in analyzer.lr0_itemsets:
        for symbol, rules in itemset.lookaheads.items():
            ranks = sorted((rule.options.priority or 0 for rule in rules), reverse=True)
            if len(rules) > 1 and ranks[0] == ranks[1]:
                found[str(symbol.name), tuple(sorted(written(rule) for rule in rules))] = None
    return sorted(found)


def _conflicts(analyzer: LALR_Analyzer) -> list[tuple[str, str]]:
    """Where Lark goes on although a rule could end: the terminal, and the rule as text."""
    found = {
        (str(symbol.name), written(rule))
        for itemset in analyzer.lr0_itemsets
        for symbol, rules in itemset.lookaheads.items()
        if symbol in itemset.transitions
        for rule in rules
    }
    return sorted(found)


def written(rule: Rule) -> str:
    return f"{rule.origin.name}: {' '.join(symbol.name for symbol in rule.expansion)}".rstrip()
