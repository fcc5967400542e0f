"""Text grammars: fields and kinds, what is refused and how it is said, programs that are the same in every process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from text_samples import GRAMMARS, Maker, cases, grammar

from wiregram import parse
from wiregram.frontends.text import TextGrammar, load
from wiregram.model.errors import ERROR, WARNING, GrammarError
from wiregram.model.parsing import MATCH
from wiregram.program.protocol import Limits
from wiregram.program.text import TextProgram
from wiregram.program.types import BYTES, LIST, STRUCT

EXAMPLES = Path(__file__).parents[4] / "shared" / "examples"


def value(
    loaded: TextGrammar,
    message: str,
    data: bytes,
    types: dict[str, str] | None = None,
    keep: frozenset[str] | None = None,
    limits: Limits | None = None,
) -> dict[str, object]:
    parser = parse.begin(loaded.compile(message, types or {}, keep, limits or Limits()))
    assert parser.run(data, 0, len(data), False) == MATCH
    return parser.value(data, 0)


def refused(text: str, message: str = "message") -> str:
    with pytest.raises(GrammarError) as found:
        load("x.lark", text).compile(message, {}, None, Limits())
    return str(found.value)


# values


def test_terminals_and_rules_give_fields_and_underscores_give_none() -> None:
    http = grammar("http")
    assert value(http, "request", b"GET / HTTP/1.1\r\nA: b\r\nC:\r\n\r\n") == {
        "kind": b"request",
        "method": b"GET",
        "target": b"/",
        "version": b"HTTP/1.1",
        "header": [{"name": b"A", "value": b"b"}, {"name": b"C"}],
    }
    assert value(http, "request", b"GET / HTTP/1.1\n\n")["header"] == []
    assert value(http, "request", b"\r\n") == {"kind": b"_blank", "header": []}


def test_kind_is_the_alias_or_the_rule() -> None:
    echo = grammar("echo")
    assert value(echo, "reply", b"!no\n") == {"kind": b"failure", "text": b"no"}
    assert value(echo, "reply", b"<\n") == {"kind": b"success"}
    assert value(echo, "request", b">x\n") == {"kind": b"request", "text": b"x"}
    assert echo.messages["reply"].kinds == ("success", "failure")


def test_a_nested_struct_shows_its_kind_where_there_are_several() -> None:
    shapes = grammar("shapes")
    assert value(shapes, "message", b"(a,b=1,c==d,<e>,'f2 3')y7\n".replace(b" ", b"")) == {
        "kind": b"message",
        "word": [b"a"],
        "pair": [{"kind": b"one", "word": [b"b"], "number": b"1"}, {"kind": b"two", "word": [b"c", b"d"]}],
        "item": [{"word": b"e"}],
        "quoted": [{"word": [b"f"], "number": [b"23"]}],
        "tail": {"y": b"y", "number": b"7"},
    }


def test_messages_say_their_fields_and_types() -> None:
    fields = grammar("http").messages["response"].fields
    assert list(fields) == ["kind", "version", "code", "reason", "header"]
    assert fields["code"].kind == BYTES
    assert not fields["code"].maybe
    assert fields["reason"].maybe
    assert fields["header"].kind == LIST
    assert fields["header"].item is not None
    assert fields["header"].item.kind == STRUCT
    assert list(fields["header"].item.fields) == ["name", "value"]
    assert fields["header"].item.fields["value"].maybe
    assert fields["kind"].names == ("response",)
    assert set(grammar("shapes").messages) == {"message", "message_end", "item", "pair", "quoted", "tail"}


@pytest.mark.parametrize(
    ("kind", "text", "want"),
    [
        ("text", b" 7 ", b" 7 "),
        ("int", b"-12", -12),
        ("int", b" 7 ", 7),
        ("int", b"1_0", None),
        ("int", b"+1", None),
        ("int", b"9" * 2000, None),
        ("hex", b"fF", 255),
        ("hex", b"0x10", None),
        ("uint", b"\x01\x02", 258),
        ("float", b"-1.5e2", -150.0),
        ("float", b"1e999", None),
        ("float", b"nan", None),
        ("upper", b"aZ\xe4", b"AZ\xe4"),
        ("lower", b"aZ\xc4", b"az\xc4"),
        ("trim", b" \ta b\t ", b"a b"),
    ],
)
def test_types_convert_and_what_does_not_convert_is_absent(kind: str, text: bytes, want: object) -> None:
    line = load("x.lark", r"message: TEXT? _EOL" "\n" r"TEXT: /[^\n]+/" "\n" r"_EOL: /\n/")
    oracle = line.oracle("message", {"TEXT": kind})
    found = value(line, "message", text + b"\n", {"TEXT": kind})
    assert found == oracle(text + b"\n")
    assert found.get("text") == want
    many = load("x.lark", 'message: TEXT ("," TEXT)* _EOL\nTEXT: /[^,\\n]+/\n_EOL: /\\n/')
    assert value(many, "message", text + b",1\n", {"TEXT": kind})["text"][0] == want  # type: ignore[index]  # a list


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(GrammarError, match="no type `number`"):
        grammar("pop3").compile("command", {"VERB": "number"}, None, Limits())


@pytest.mark.parametrize(("name", "message"), cases())
def test_keep_gives_just_these_fields_of_the_whole_value(name: str, message: str) -> None:
    loaded = grammar(name)
    fields = sorted(set(loaded.messages[message].fields) - {"kind"})
    machine = loaded.machine(message)
    whole = machine.compile({}, None, Limits(), 0)
    maker = Maker(loaded.model(message), 3)
    for keep in [frozenset[str](), *(frozenset([field]) for field in fields), frozenset(fields[1:])]:
        part = machine.compile({}, keep, Limits(), 0)
        for _ in range(15):
            data = maker.valid()[:300]
            one, other = parse.begin(whole), parse.begin(part)
            answer = one.run(data, 0, len(data), True)
            assert other.run(data, 0, len(data), True) == answer
            if answer == MATCH:
                want = {field: found for field, found in one.value(data, 0).items() if field == "kind" or field in keep}
                assert other.value(data, 0) == want


SHARED = [
    # a struct that is read in one place and not in another; the same repeat in a rule that is read and in one that is not
    'message: "," rc+ _EOL -> m\n  | rb _EOL\n?rb: rc -> message\nrc: TA+ "b"\nTA: "a"\n_EOL: /\\n/\n',
    'message: (rb ",")+ (TD ra TF)? _EOL\nra: rb TE -> k\nrb: (TF TE)+ TD\nTD: /[0-9]/\nTE: "e"\nTF: ";"\n_EOL: /\\n/\n',
    'message: ra ","+ _EOL\n  | _TA+ TB*\nra: TB TD+ ";"*\n_TA: ";"\nTB: /[ \\t]/\nTD: /[0-9]/\n_EOL: /\\n/\n',
    'message: ((TD | TD TD TC*) TB)* ra _EOL\n!ra: ((TB? TA+) TD)\n  | (TB | (TA | TA+))? TD+ TB\nTA: ";"\nTB: /[0-9]+/\nTC.2: "."\nTD: /x+?y/\n'
    "_EOL: /\\n/\n",
]


@pytest.mark.parametrize("text", SHARED)
def test_keep_holds_where_rules_share_their_repeats(text: str) -> None:
    loaded = load("x.lark", text)
    machine = loaded.machine("message")
    oracle = loaded.oracle("message")
    maker = Maker(loaded.model("message"), 3)
    fields = sorted(set(loaded.messages["message"].fields) - {"kind"})
    matched = 0
    for bits in range(1 << len(fields)):
        keep = frozenset(field for at, field in enumerate(fields) if bits >> at & 1)
        program = machine.compile({}, keep, Limits(), 0)
        for _ in range(30):
            data = maker.valid()[:200]
            whole = oracle(data)
            parser = parse.begin(program)
            if parser.run(data, 0, len(data), True) == MATCH and parser.used == len(data):
                assert whole is not None
                assert parser.value(data, 0) == {field: found for field, found in whole.items() if field == "kind" or field in keep}
                matched += 1
    assert matched > 20


def test_a_field_that_nobody_reads_costs_nothing() -> None:
    program = grammar("http").compile("request", {}, frozenset(["method"]), Limits())
    parser = parse.begin(program)
    data = b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 50 + b"\r\n"
    assert parser.run(data, 0, len(data), False) == MATCH
    assert parser.value(data, 0) == {"kind": b"request", "method": b"GET"}
    assert sum(kept > 0 for kept in program.kept) == 1


def test_long_fields_and_lists_are_cut_and_counted() -> None:
    pop3 = grammar("pop3")
    data = b"LIST 123456 1 2 3\r\n"
    parser = parse.begin(pop3.compile("command", {}, None, Limits(field=4, list=2)))
    assert parser.run(data, 0, len(data), False) == MATCH
    assert parser.value(data, 0) == {"kind": b"command", "verb": b"LIST", "arg": [b"1234", b"1"]}
    assert parser.cut == 2  # type: ignore[attr-defined]  # beyond the interface: of text parsers
    assert pop3.oracle("command", {}, Limits(field=4, list=2))(data) == parser.value(data, 0)
    assert value(pop3, "command", b"LIST 12345\r\n", {"ARG": "int"}, None, Limits(field=4))["arg"] == [None]


def test_what_was_cut_is_told_with_its_whole_length() -> None:
    loaded = load(
        "x.lark", "message: part+ _EOL\npart: NAME (_SP TEXT)* _SEMI\nNAME: /[a-z]+/\nTEXT: /[^;\\n ]+/\n_SP: / /\n_SEMI: /;/\n_EOL: /\\n/\n"
    )
    data = b"a xxxxx;bbbbbb y;c 1 2 3 4 5;d;\n"
    for types in ({}, {"TEXT": "upper"}, {"TEXT": "int"}):
        parser: Any = parse.begin(loaded.compile("message", types, None, Limits(field=4, list=3)))
        assert parser.run(data, 0, len(data), False) == MATCH
        assert parser.cuts == ()
        for _ in range(2):  # asked twice, the same is told
            first, second, third = parser.value(data, 0)["part"]
            told = [*([] if types == {"TEXT": "int"} else [(first["text"][0], 5)]), (second["name"], 6), (third["text"], 5)]
            assert [whole for _, whole in parser.cuts] == [whole for _, whole in told] + [4]
            assert all(one is other for (one, _), (other, _) in zip(parser.cuts, told, strict=False))
        assert parser.cut == 4


def test_a_trimmed_text_counts_without_its_blanks() -> None:
    loaded = load("x.lark", "message: TEXT _EOL\nTEXT: /[^\\n]+/\n_EOL: /\\n/\n")
    parser: Any = parse.begin(loaded.compile("message", {"TEXT": "trim"}, None, Limits(field=4)))
    data = b"  abc def   \n"
    assert parser.run(data, 0, len(data), False) == MATCH
    assert (parser.value(data, 0)["text"], parser.cuts) == (b"ab", [(b"ab", 7)])


def test_a_string_and_a_terminal_of_one_text_are_told_apart() -> None:
    both = load("x.lark", 'message: a | b\na: "(" STAR "*" STAR? ")"\nb: "[" "*" STAR "]" | "{" "*" "}"\nSTAR: "*"\n')
    assert value(both, "message", b"(**)") == {"kind": b"message", "a": {"star": [b"*"]}}
    assert value(both, "message", b"(***)") == {"kind": b"message", "a": {"star": [b"*", b"*"]}}
    assert value(both, "message", b"[**]") == {"kind": b"message", "b": {"star": b"*"}}
    assert value(both, "message", b"{*}") == {"kind": b"message", "b": {}}
    mixed = load("x.lark", 'message: "<" (x | y) ">"\nx: STAR PLUS "a"\n!y: "*" "+" "b"\nSTAR: "*"\nPLUS: "+"\n')
    for data in (b"<*+a>", b"<*+b>"):
        assert value(mixed, "message", data) == mixed.oracle("message")(data)


def test_imports_are_relative_to_the_grammar_file(tmp_path: Path) -> None:
    (tmp_path / "shared.lark").write_text('WORD: /[a-z]+/\nCRLF: "\\r\\n"\npair: WORD "=" WORD\n')
    main = tmp_path / "main.lark"
    main.write_text('%import .shared.WORD\n%import .shared.pair\n%import .shared.CRLF -> _EOL\n%import common.INT\nmessage: pair "," WORD INT _EOL\n')
    loaded = load(main)
    found = value(loaded, "message", b"a=b,c1\r\n")
    assert found == {"kind": b"message", "pair": {"word": [b"a", b"b"]}, "word": b"c", "int": b"1"}
    assert found == loaded.oracle("message")(b"a=b,c1\r\n")


# refusals


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("message TEXT\nTEXT: /a/\n", 1, 9, "missing colon"),
        ("message: TEXT heder\nheader: TEXT\nTEXT: /a/\n", 1, 15, "rule `heder` is used but not defined"),
        ("message: TEXT\n%ignore SPCE\nTEXT: /a/\nSPACE: / /", 2, 9, "did you mean `SPACE`"),
        ("%declare BODY\nmessage: BODY\n", 1, 10, "a state with `bytes` take what it counts"),
        ("message: A\nA: /a*/\n", 2, 1, "it can match nothing at all"),
        ("message: A\n\nA: /(?=a)b/\n", 3, 1, "look-ahead"),
        ('message: ""\n', 1, 1, "Empty terminals"),
        ('message: A\nmessage: A\nA: "a"\n', 1, 1, "defined more than once"),
        ('Message: "a"\n', 1, 2, "lower case"),
        ('message: a | b\na: X\nb: X\nX: "x"\n', 2, 1, "LALR sees one terminal ahead"),
        ("%import .nowhere.THING\nmessage: THING\n", 1, 10, "finds no grammar 'nowhere.lark'"),
        ('message: "\xe9"\n', 1, 11, "a grammar is ASCII"),
        ('message: TEXT text\ntext: X\nTEXT: "t"\nX: "x"\n', 1, 1, "the field `text` in two ways"),
        ('message: KIND\nKIND: "t"\n', 1, 1, "gives a field `kind`"),
        ('A: "a"\n', 1, 1, "no rule that could be a message"),
        ('message: A\nA: "a" B\nB: A\n', 2, 1, "Recursion in terminal"),
        ('A.B: "a"\nmessage: A\n', 1, 3, "NAME.2"),
        ("message: A\nA: /(a|b)*?a(a|b){15}/\n", 2, 1, "set limits.field or limits.message"),
        ("message: A\nA: /([^\\n]{1,500}x){1,200}/\n", 2, 1, "its counted repeats multiply"),
        ("message: NAME+\nNAME: /[a-z]/\n", 1, 1, "after NAME it may be over, or go on with NAME"),
        ("message: NAME\nNAME: /[a-z]+/\n", 2, 1, "NAME could still go on"),
        ("message: NAME NL\nNAME: /[a-z]+/\nNL: /\\r\\n|\\n|\\r/\n", 3, 1, "after '\\r' NL could still go on with '\\n'"),
        ("message: LINE _EOL\nLINE: /[^\\n]+(\\n [^\\n]*)*/\n_EOL: /\\n/\n", 2, 1, "at the end of '0\\n' LINE could still go on"),
        ('message: "a" list\nlist: "b" list\n', 2, 1, "rule `list` can never be whole"),
        ("message: NAME*\nNAME: /[a-z]\\n/\n", 1, 1, "can be empty"),
        (
            "message: (MAIL | VERB _SP) _EOL\nMAIL.2: /MAIL[ ]+FROM:/\nVERB: /[A-Z]+/\n_SP: / +/\n_EOL: /\\n/\n",
            2,
            1,
            "after VERB has matched ('MAIL'), the scanner must read on without bound",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, line: int, column: int, said: str) -> None:
    with pytest.raises(GrammarError) as found:
        load("x.lark", text).compile("message", {}, None, Limits())
    assert said in str(found.value)
    problem = next(problem for problem in found.value.problems if said in problem.render())
    assert (problem.file, problem.line, problem.column) == ("x.lark", line, column)
    assert problem.source == text.splitlines()[line - 1]


def test_all_problems_are_said_at_once() -> None:
    said = refused("message: A B C\nA: /a(?=b)/\nB: /b*/\nC: /^c/\n")
    assert all(part in said for part in ("look-ahead", "nothing at all", "anchor"))
    said = refused("message: A b\nother: C\nD: /x/\n")
    assert all(part in said for part in ("`A`", "`b`", "`C`"))


def test_a_blow_up_is_refused_within_a_second() -> None:
    for pattern in ("(a|b)*?a(a|b){15}", "[^\\n]*[0-9][^\\n]{0,14}x", "(a?){400}(a{1,40}b?){30}c", "((a{1,60}){1,60}){1,60}"):
        begin = time.process_time()
        load("x.lark", f"message: A\nA: /{pattern}/\n").problems("message")
        assert time.process_time() - begin < 2, pattern


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("message: A _EOL\nA: /.+/\n_EOL: /\\r\\n/\n", "A swallows the beginning of _EOL that follows it: in '0\\r' the byte '\\r' belongs to A"),
        ("message: (A | B) _EOL\nA: /(ab|c{1,9})/\nB: /abcd/\n_EOL: /\\n/\n", "A ends before B where B could go on: 'abc' gives A 'ab'"),
        ('message: "\\0" _EOL\n_EOL: /\\n/\n', "Lark knows no octal escapes"),
        ('message: item _EOL\nitem: "if" A item ("else" item)? | A\nA: /a/\n_EOL: /\\n/\n', "is always taken as more of it"),
    ],
)
def test_what_is_dangerous_is_warned_of(text: str, said: str) -> None:
    problems = load("x.lark", text).problems("message")
    assert any(said in problem.text and problem.severity == WARNING and problem.suggestion for problem in problems)
    assert not any(problem.severity == ERROR for problem in problems)


@pytest.mark.parametrize(
    ("text", "names", "example"),
    [
        ('message: KEY "=" VALUE _EOL\nKEY: /[a-z=]+/\nVALUE: /[0-9]+/\n_EOL: /\\n/\n', ("KEY", "'='"), "'a='"),
        ("message: A CRLF\nA: /.{1,20}/\nCRLF: /\\r\\n/\n", ("A", "CRLF"), "'0\\r'"),
        ("message: A _SP B _EOL\nA: /[a-z ]+/\nB: /[0-9]+/\n_SP: / +/\n_EOL: /\\n/\n", ("A", "_SP"), "'a '"),
        ("message: (A | B) _EOL\nA: /(ab|c{1,9})/\nB: /abcd/\n_EOL: /\\n/\n", ("A", "B"), "'abc'"),
    ],
)
def test_a_danger_is_told_with_both_names_an_example_and_two_ways_to_mend_it(text: str, names: tuple[str, str], example: str) -> None:
    (problem,) = load("x.lark", text).problems("message")
    assert problem.severity == WARNING
    assert problem.line
    assert all(name in problem.text for name in (*names, example))
    assert f"{names[0]}.2: ..." in problem.suggestion
    assert "narrow" in problem.suggestion or "leave that byte out" in problem.suggestion
    assert not load("x.lark", text.replace(f"\n{names[0]}:", f"\n{names[0]}.2:")).problems("message")


@pytest.mark.parametrize(
    ("pattern", "escape", "column"),
    [
        (r"[^\x5b\x5d\n]+", r"\x5d", 11),
        (r"\x5ba]", r"\x5b", 5),
        (r"a\x2e", r"\x2e", 6),
        (r"[+\x2d.]", r"\x2d", 7),
    ],
)
def test_an_escape_that_lark_reads_before_the_pattern_is_warned_of(pattern: str, escape: str, column: int) -> None:
    found = load("x.lark", f'message: A _EOL // /\\x2e/\nA: /{pattern}/\n_EOL: /\\n/ | "\\x2e"\n').problems("message")
    assert [(p.line, p.column, p.severity) for p in found if p.text.startswith(f"Lark reads {escape} before")] == [(2, column, WARNING)]


@pytest.mark.parametrize("pattern", [r"[\x21-\x2c\x2e\x30-\x7e]+", r"[\x00\x80-\xff]", r"a\x20b", r"\x61", r"[^\x5d\n]+"])
def test_an_escape_without_a_meaning_of_its_own_is_not(pattern: str) -> None:
    assert not load("x.lark", f"message: A _EOL\nA: /{pattern}/\n_EOL: /\\n/\n").problems("message")


def test_an_escape_that_breaks_a_pattern_is_told_beside_what_it_broke() -> None:
    said = refused("message: A\nA: /\\x5ba/\n")
    assert "no regular expression" in said
    assert "Lark reads \\x5b before the pattern does" in said


@pytest.mark.parametrize(("name", "message"), [case for case in cases() if case[0] not in ("lazy",)])
def test_sound_grammars_raise_no_alarm(name: str, message: str) -> None:
    assert grammar(name).problems(message) == []


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the rehearsed grammars are not here")
def test_the_rehearsed_grammars_raise_no_alarm() -> None:
    for path in [*EXAMPLES.glob("*.lark"), *EXAMPLES.glob("more/*.lark")]:
        loaded = load(path)
        for message in loaded.messages:
            if message != "header":  # only inside others: its folded value needs the next line's first byte
                assert loaded.problems(message) == [], (path, message)


# verdicts


def test_the_report_says_how_each_terminal_ends() -> None:
    report = grammar("smtp").report("command")
    assert "_EOL: ends on its last byte" in report
    assert "VERB: needs 9 bytes more" in report  # "MAIL", then four blanks and "FROM" against _MAIL
    assert "PATH: needs 1 byte more" in report
    assert report[-1] == "look-back of the message: 9"
    assert grammar("echo").report("request") == [
        "TEXT: needs 1 byte more",
        "_EOL: ends on its last byte",
        "MORETHAN '>': ends on its last byte",
        "look-back of the message: 1",
    ]


def test_the_declared_look_back_is_what_the_parser_needs() -> None:
    for name, message in cases():
        loaded = grammar(name)
        if any(problem.severity == ERROR for problem in loaded.problems(message)):
            continue
        program = loaded.compile(message, {}, None, Limits())
        maker = Maker(loaded.model(message), 9)
        for _ in range(60):
            data = maker.any()
            parser = parse.begin(program)
            parser.run(data, 0, len(data), True)
            assert parser.visits <= len(data) * (1 + program.look_back)


# programs


def test_a_program_is_plain_data() -> None:
    program = grammar("pop3").compile("reply", {"CODE": "lower"}, frozenset(["text"]), Limits())
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(program), type=TextProgram) == program


def test_a_program_and_its_listing_do_not_depend_on_the_process() -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import hashlib, msgspec\n"
        "from text_samples import cases, grammar\n"
        "from wiregram.program.protocol import Limits\n"
        "made = [grammar(n).machine(m).compile({}, None, Limits(), 0) for n, m in cases()]\n"
        "print(hashlib.sha256(msgspec.msgpack.encode(made)).hexdigest(), hashlib.sha256(repr([p.dump() for p in made]).encode()).hexdigest())\n"
        "print([[p.render() for p in grammar(n).problems(m)] + grammar(n).report(m) for n, m in cases()])\n"
    )
    outputs = set()
    for seed in ("0", "77"):
        done = subprocess.run(
            [sys.executable, "-c", script, str(Path(__file__).parent)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        outputs.add(done.stdout)
    assert len(outputs) == 1


def test_the_listing_names_terminals_states_and_rows() -> None:
    listing = grammar("pop3").compile("reply", {}, None, Limits()).dump()
    for part in ("terminals", "'+OK'", "accepts TEXT", "of kind ok", "the message is over", "keeps text", "shift to", "reduce by", "bytes of tables"):
        assert part in listing


def test_the_listing_tells_of_conflicts() -> None:
    assert grammar("pop3").compile("reply", {}, None, Limits()).dump().endswith("conflicts\n  none")
    loaded = load("x.lark", 'message: item _EOL\nitem: "if" A item ("else" item)? | A\nA: /a/\n_EOL: /\\n/\n')
    listing = loaded.compile("message", {}, None, Limits()).dump()
    assert listing.endswith("conflicts\n  before 'else' the parser goes on, although `item: IF A item` could end")


def test_damaged_tables_are_noticed_when_they_are_loaded() -> None:
    program = grammar("echo").compile("request", {}, None, Limits())
    for change in (
        {"moves": program.moves[:-2]},
        {"moves": b"\xff" * len(program.moves)},
        {"actions": b"\xff" * len(program.actions)},
        {"gotos": b"\xff" * len(program.gotos)},
        {"scanners": b"\xff" * len(program.scanners)},
        {"classes": b"\xff" * 256},
        {"accepts": bytes(len(program.accepts))},
        {"kept": b"\xff" * len(program.kept)},
        {"end": program.rows},
        {"message": "other"},
        {"reductions": tuple(msgspec.structs.replace(one, size=one.size + 9) for one in program.reductions)},
        {"reductions": tuple(msgspec.structs.replace(one, drop=(one.size,)) for one in program.reductions)},
        {"slots": tuple(msgspec.structs.replace(one, conversion=99) for one in program.slots)},
        {"nodes": tuple(msgspec.structs.replace(one, lists=((len(program.slots), "x"),)) for one in program.nodes)},
    ):
        with pytest.raises(GrammarError, match="damaged"):
            parse.begin(msgspec.structs.replace(program, **change))  # type: ignore[arg-type]  # one field each


def test_tables_stay_small() -> None:
    sizes = {(name, message): grammar(name).machine(message).compile({}, None, Limits(), 0).size() for name, message in cases()}
    assert sizes["pop3", "command"] + sizes["pop3", "reply"] < 8192
    assert all(size < 12_000 for size in sizes.values())


def test_every_grammar_of_the_samples_is_used() -> None:
    assert {name for name, _ in cases()} == set(GRAMMARS)
