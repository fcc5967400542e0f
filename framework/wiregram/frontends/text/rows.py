"""The LALR table of one message, made by Lark and numbered canonically: the same numbers in every process.

The message is the table's one start symbol, since LALR merges look-aheads over start symbols and so changes what a row takes.
"""

from __future__ import annotations

from typing import Any

from lark.common import ParserConf
from lark.exceptions import GrammarError as LarkError
from lark.grammar import Rule
from lark.parsers.lalr_analysis import LALR_Analyzer, Shift

END = "$END"


class Rows:
    """`actions[row]` maps a terminal's name (or END) to ("shift", row) or ("reduce", number of the rule in `rules`); `gotos[row]` maps a
    rule's name to a row. `inside[row]` lists (rule, index) of the places that the row's last symbol may stand at. `start` is row 0;
    in row `end` the whole message has been read. `conflicts` tells where Lark shifts although it could reduce."""

    def __init__(self, rules: list[Rule], start: str) -> None:
        self.rules = rules
        analyzer = LALR_Analyzer(ParserConf(rules, {}, [start]), debug=True)
        analyzer.compute_lalr()
        table = analyzer.parse_table
        numbers = {rule: number for number, rule in enumerate(rules)}
        first = table.start_states[start]
        order: dict[Any, int] = {first: 0}
        todo = [first]
        self.actions: list[dict[str, tuple[str, int]]] = []
        self.gotos: list[dict[str, int]] = []
        self.inside: list[list[tuple[int, int]]] = []
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
                if self._is_terminal(name):
                    row[str(name)] = ("shift", order[argument])
                else:
                    gotos[str(name)] = order[argument]
            self.actions.append(row)
            self.gotos.append(gotos)
            self.inside.append(sorted((numbers[item.rule], item.index) for item in state if item.index and item.rule in numbers))
        self.end = order[table.end_states[start]]
        self.conflicts = sorted(
            f"after {' '.join(symbol.name for symbol in rule.expansion)}, {symbol.name} is taken as what follows, not as the end of "
            f"{rule.origin.name}"
            for itemset in analyzer.lr0_itemsets
            for symbol, found in itemset.lookaheads.items()
            if symbol in itemset.transitions
            for rule in found
        )

    def _is_terminal(self, name: str) -> bool:
        return name == END or name in self._terminals

    @property
    def _terminals(self) -> frozenset[str]:
        found: frozenset[str] | None = self.__dict__.get("_names")
        if found is None:
            found = self.__dict__["_names"] = frozenset(symbol.name for rule in self.rules for symbol in rule.expansion if symbol.is_term)
        return found


def build(rules: list[Rule], start: str) -> Rows:
    """The table. Raises Lark's GrammarError for what is ambiguous to LALR, with the findings in a fixed order."""
    try:
        return Rows(rules, start)
    except LarkError as error:
        parts = sorted(part for part in str(error).split("\n\n") if part)
        raise LarkError("\n\n".join("\n".join([lines[0], *sorted(lines[1:])]) for lines in (part.split("\n") for part in parts))) from error
