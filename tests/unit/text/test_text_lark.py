"""What the room relies on inside Lark and the standard library, each by its name: a change of version shows here first."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lark import Lark
from lark.common import ParserConf
from lark.grammar import Rule
from lark.load_grammar import GrammarBuilder, _find_used_symbols
from lark.parse_tree_builder import ParseTreeBuilder
from lark.parsers.lalr_analysis import LALR_Analyzer, Shift

from wiregram.frontends.text import regex

TEXT = 'start: A _b? "x" -> one\n     | part{A}\n_b: B+\npart{x}: x "y"\nA.2: /a/i\nB: "b"\n%ignore " "\n'


def builder() -> GrammarBuilder:
    made = GrammarBuilder(False, [])
    made.load_grammar(TEXT, "x.lark")
    return made


def test_the_builder_keeps_definitions_with_their_trees_and_parameters() -> None:
    made = builder()
    definitions = made._definitions
    assert {str(name) for name in definitions} >= {"start", "_b", "part", "A", "B"}
    assert definitions["A"].is_term
    assert not definitions["start"].is_term
    assert list(definitions["part"].params) == ["x"]
    assert {str(name) for name in _find_used_symbols(definitions["start"].tree)} >= {"A", "_b"}  # type: ignore[no-untyped-call]  # Lark's own
    assert len(made._ignore_names) == 1


def test_a_declared_terminal_has_no_tree() -> None:
    made = GrammarBuilder(False, [])
    made.load_grammar("%declare D\nstart: D\n", "x.lark")
    assert made._definitions["D"].tree is None


def test_a_function_in_import_paths_is_asked_before_the_directory_and_again_for_nested_imports(tmp_path: Path) -> None:
    asked = []

    def source(directory: str | None, name: str) -> tuple[str, str]:
        asked.append((directory, name))
        if name == "two.lark":
            return "somewhere/two.lark", "T: /t/\n"
        raise FileNotFoundError(name)

    (tmp_path / "one.lark").write_text("%import .two.T\nr: T\n")
    made = GrammarBuilder(False, [source])
    made.load_grammar("%import .one.r\n%import two.T\nstart: r T\n", str(tmp_path / "x.lark"))
    assert (str(tmp_path), "one.lark") in asked
    assert (str(tmp_path), "two.lark") in asked
    assert (None, "two.lark") in asked


def test_compile_gives_terminals_and_plain_rules() -> None:
    definitions, rules, ignore = builder().build().compile(["start"], set())
    by_name = {str(one.name): one for one in definitions}
    assert (by_name["A"].priority, set(by_name["A"].pattern.flags), by_name["A"].pattern.type) == (2, {"i"}, "re")
    assert (by_name["B"].pattern.type, by_name["B"].pattern.value, by_name["B"].pattern.max_width) == ("str", "b", 1)
    assert by_name["A"].pattern.to_regexp() == "(?i:a)"
    assert len(ignore) == 1
    start = [rule for rule in rules if rule.origin.name == "start"]
    assert {str(rule.alias) for rule in start} == {"one", "None"}
    assert {getattr(symbol, "filter_out", None) for rule in start for symbol in rule.expansion if symbol.name == "X"} == {True}
    assert {rule.options.template_source for rule in rules} >= {"part"}
    assert all(isinstance(rule, Rule) and rule.options.expand1 in (True, False, None) for rule in rules)


def test_the_analyzer_gives_states_look_aheads_and_a_table() -> None:
    _, rules, _ = builder().build().compile(["start"], set())
    made = LALR_Analyzer(ParserConf(rules, {}, ["start"]), debug=True)
    made.compute_lr0_states()
    made.compute_reads_relations()  # type: ignore[no-untyped-call]  # Lark's own
    made.compute_includes_lookback()  # type: ignore[no-untyped-call]  # the same
    made.compute_lookaheads()  # type: ignore[no-untyped-call]  # the same
    assert any(itemset.lookaheads for itemset in made.lr0_itemsets)
    assert any(itemset.transitions for itemset in made.lr0_itemsets)
    made.compute_lalr1_states()
    table = made.parse_table
    first = table.start_states["start"]
    assert table.states[first]["A"][0] is Shift
    assert table.end_states["start"] in table.states
    assert {item.index for state in table.states for item in state} >= {0, 1}


def test_the_tree_builder_and_the_parser_show_their_callbacks() -> None:
    made = Lark(TEXT, parser="lalr", maybe_placeholders=False)
    builders = ParseTreeBuilder(made.rules, list).rule_builders  # type: ignore[no-untyped-call]  # Lark's own
    assert {rule for rule, _ in builders} == set(made.rules)
    assert set(made.parser.parser.parser.callbacks) == set(made.rules)


def test_the_regular_expression_parser_is_the_one_that_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    regex.verify()
    names = ("LITERAL", "NOT_LITERAL", "ANY", "IN", "BRANCH", "SUBPATTERN", "MAX_REPEAT", "MIN_REPEAT")
    assert all(str(getattr(vars(regex)["_constants"], name)) == name for name in names)
    parsed = vars(regex)["_parser"].parse(b"(?i:a|bc){2,3}?", 0)
    assert parsed.state.groupdict == {}
    assert str(parsed[0][0]) == "MIN_REPEAT"
    assert parsed[0][1][:2] == (2, 3)
    monkeypatch.setattr(regex, "parse", lambda _: ("seq", ()))
    with pytest.raises(regex.Refused, match=r"re\._parser of this Python reads patterns in a way that wiregram does not know"):
        regex.verify()
    assert re.compile(b"(?i:a)").match(b"A")
