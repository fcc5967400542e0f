"""What is wrong with an expression, where, and what to write instead."""

import pytest

from wiregram.manifest.expression import ExpressionError, Names, compile_expression, compile_guard, constant, reads
from wiregram.manifest.kinds import alike, check_coding, check_extent, check_guard, union
from wiregram.manifest.syntax import parse
from wiregram.program.types import Type

TEXT, INT, ANY = Type("bytes"), Type("int"), Type("any")
FIELDS = {
    "verb": TEXT, "size": INT, "arg": Type("list", TEXT), "header": Type("list", Type("struct", fields={"name": TEXT, "value": TEXT})),
    "rcode": Type("bytes", names=("NOERROR", "NXDOMAIN"), enum=True), "body": Type("struct", fields={"length": INT}), "flag": Type("bool"),
    "any": ANY,
}  # fmt: skip
NAMES = Names(
    definitions={"loud": "upper(verb)", "broken": "verb + 1", "unclosed": "len(", "a": "b", "b": "a + 1",
    "table": {"one": 1}, "size2": "sise + sise"},
    own=FIELDS, request=FIELDS, response={"code": INT}, tx={"from": TEXT}, session={"helo": TEXT}, parent=None,
)  # fmt: skip

CASES = [
    # text, the part that the caret marks, what is said, what is suggested
    ("", "", "an empty expression", ""),
    ("verb ==", "", "the expression ends where a value is expected", ""),
    ("verb = 'A'", "=", "found =", "write =="),
    ("verb && size", "&&", "found &&", "write and"),
    ("!flag", "!", "found !", "write not"),
    ("size / 2", "/", "found /", "write //"),
    ("size ** 2", "**", "found **", "1 << n"),
    ("[1, 2]", "[", "found [", "(1, 2)"),
    ("verb is None", "is", "found is", "present(x)"),
    ("lambda", "lambda", "found lambda", "`define`"),
    ("class", "class", "found class", "cannot be a name"),
    ("verb == not flag", "not", "found not", "parentheses"),
    ("(size", "", "the expression ends where `,` or `)` is expected", ""),
    ("len(verb) size", "size", "found size where an operator or the end is expected", ""),
    ("1 < size < 3", "<", "comparisons in a chain", "and"),
    ("verb[1:2:3]", ":", "a slice has no step", ""),
    ("1 if flag", "", "the expression ends where `else` is expected", ""),
    ("'abc", "'abc", "without its closing quote", ""),
    ("'a' 'b'", "'b'", "two texts side by side", "+"),
    ("f'x'", "f", "no such text", "b'octets'"),
    ("'\\d'", "\\d", "no such escape", "\\\\"),
    ("b'\xe4'", "\xe4", "stands in b'...'", "octets"),
    ("'\\ud800'", "\\ud800", "no character", ""),
    ("'a\x00b'", "\x00", "a control character (0x00) stands in a text", "write \\x00, which is \\\\x00 in a TOML basic string"),
    ("split(verb, '\t')", "\t", "a control character (0x09) stands in a text", "\\t"),
    ("size +\n1", "\n", "a control character (0x0a) stands in the expression", "blank"),
    ("size \u2264 1", "\u2264", "stands outside of a text", ""),
    ("12ab", "12ab", "12ab is no number", ""),
    ("18446744073709551616", "18446744073709551616", "beyond 64 bits", ""),
    ("1 + (1 << 63 << 1)", "1 << 63 << 1", "beyond 64 bits", ""),
    ("1 // 0", "1 // 0", "division by zero", ""),
    ("vreb == 'A'", "vreb", "no field, variable or definition `vreb`", "did you mean verb?"),
    ("code == 1", "code", "no field, variable or definition `code`", "did you mean rcode?"),
    ("helo == 'x'", "helo", "no field, variable or definition `helo`", "write session.helo"),
    ("request.vreb", "vreb", "no field or variable `request.vreb`", "did you mean request.verb?"),
    ("tx.form", "form", "no variable `tx.form`", "did you mean tx.from?"),
    ("flow.clientip", "clientip", "no field `flow.clientip`", "did you mean flow.client_ip?"),
    ("request.mime.subject", "mime", "no field or variable `request.mime`", ""),
    ("parent.session.x", "parent.session", "`parent` is the flow that announced this one, and nothing does", "must `expect`"),
    ("x509(verb).isuer", "isuer", "no field `isuer`", "did you mean issuer?"),
    ("x509(verb).serial == 1", "x509(verb).serial == 1", "== between a text and an int", "int(x) or text(x)"),
    ("request", "request", "`request` is no value", "request.NAME"),
    ("other", "other", "`other` cannot be read here", ""),
    ("len", "len", "`len` is a function", "len(x)"),
    ("lenn(verb)", "lenn(verb)", "no function `lenn`", "did you mean len?"),
    ("loud()", "loud()", "no function `loud`", "without parentheses"),
    ("len()", "len()", "len with 0 arguments", "len(x)"),
    ("split(verb)", "split(verb)", "split with 1 argument", "split(x, sep [, max])"),
    ("body.lenght", "lenght", "no field `lenght`", "did you mean length?"),
    ("verb.x", "x", "a text has no field", ""),
    ("arg.x", "x", "a list of text has no field", "each(x, 'x')"),
    ("size[0]", "size[0]", "an int has no elements", ""),
    ("arg['x']", "'x'", "an index is an int", ""),
    ("verb[arg:]", "arg", "a slice's end is an int", ""),
    ("table.two", "two", "no field `two`", ""),
    ("table['on']", "'on'", "no entry `on`", "did you mean one?"),
    ("xor('')", "''", "an empty key", ""),
    ("xor(size)", "size", "xor wants text, this is an int", "text(x)"),
    ("verb == 1", "verb == 1", "== between a text and an int", "int(x) or text(x)"),
    ("verb + size", "verb + size", "+ between a text and an int", "text(x)"),
    ("verb * 2", "verb * 2", "* between", ""),
    ("flag + 1", "flag + 1", "+ between a bool and an int", ""),
    ("rcode & 1", "rcode & 1", "& between an enumeration and an int", "a name where it has one"),
    ("rcode < 'B'", "rcode < 'B'", "without an order", ""),
    ("flag < flag", "flag < flag", "without an order", ""),
    ("rcode == 'NXDOMIAN'", "'NXDOMIAN'", "none of its values", "did you mean NXDOMAIN?"),
    ("rcode in ('NOERROR', 'nope')", "'nope'", "none of its values", "one of NOERROR, NXDOMAIN"),
    ("side == 'client'", "'client'", "none of its values", "one of request, response"),
    ("size in ('a', 'b')", "size in ('a', 'b')", "an int is never in a list of text", "int(x)"),
    ("size in verb", "size in verb", "an int is never in a text", ""),
    ("size in size", "size in size", "an int has no elements", ""),
    ("verb == None", "verb == None", "absent always", "present(x)"),
    ("-verb", "-verb", "- before a text", ""),
    ("not body", "body", "a struct is no guard", "compare it"),
    ("dotted() and flag", "dotted()", "an extent is no guard", ""),
    ("upper(size)", "size", "upper wants text, this is an int", "text(x)"),
    ("hex(arg)", "arg", "hex wants int or text, this is a list of text", ""),
    ("int(verb, 1)", "1", "a base is 2 to 36", ""),
    ("split(verb, '')", "''", "an empty separator", ""),
    ("until('')", "''", "an empty delimiter", ""),
    ("pick(header, 'nmae', verb)", "'nmae'", "no field `nmae`", "did you mean name?"),
    ("pick(header, verb, verb)", "verb", "a field's name written out", ""),
    ("find(arg, 'x')", "arg", "its elements are no structs", ""),
    ("octets(verb)", "verb", "octets wants a side", "request, response, own, this"),
]


@pytest.mark.parametrize(("text", "marked", "said", "suggested"), CASES, ids=[case[0] for case in CASES])
def test_an_error_has_its_place_and_its_words(text: str, marked: str, said: str, suggested: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text, NAMES)
    (finding,) = caught.value.findings
    assert said in finding.text
    assert suggested in finding.suggestion
    assert finding.definition == ""
    assert finding.width >= 1
    if marked:
        assert text[finding.offset : finding.offset + finding.width] == marked
    else:
        assert finding.offset == len(text)


def test_several_findings_of_one_expression_are_reported_together() -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression("vreb == 1 or size == 'x' or lenn(arg.x)", NAMES)
    assert [finding.text.split()[0] for finding in caught.value.findings] == ["no", "==", "a", "no"]
    with pytest.raises(ExpressionError) as caught:
        compile_expression("'\x01' + '\\q' + '\x02", NAMES)
    assert len(caught.value.findings) == 4


@pytest.mark.parametrize(
    ("text", "definition", "offset", "said"),
    [
        ("broken == 'x'", "broken", 0, "+ between"),
        ("present(unclosed)", "unclosed", 4, "the expression ends"),
        ("a", "b", 0, "needs itself: a -> b -> a"),
    ],
)
def test_a_finding_inside_a_definition_names_it(text: str, definition: str, offset: int, said: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text, NAMES)
    (finding,) = caught.value.findings
    assert (finding.definition, finding.offset) == (definition, offset)
    assert said in finding.text


def test_a_definition_used_twice_is_complained_of_once() -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression("size2 + size2", NAMES)
    assert [finding.offset for finding in caught.value.findings] == [0, 7]


@pytest.mark.parametrize(
    "text", ["(" * 200 + "1" + ")" * 200, "not " * 300 + "flag", " + ".join(["size"] * 200), "size" + "[0]" * 200, "1 if flag else " * 200 + "2"]
)
def test_an_expression_nested_too_deeply_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert "nested too deeply" in caught.value.findings[0].text


def test_definitions_that_grow_without_measure_are_refused() -> None:
    definitions: dict[str, object] = {"d0": "size"}
    for number in range(40):
        definitions[f"d{number + 1}"] = f"d{number} + d{number}"
    with pytest.raises(ExpressionError) as caught:
        compile_expression("d40", Names(definitions=definitions, own=FIELDS))
    assert len(caught.value.findings) == 1
    assert "too large" in caught.value.findings[0].text


def test_definitions_that_nest_without_measure_are_refused() -> None:
    definitions: dict[str, object] = {"d0": "size"}
    for number in range(400):
        definitions[f"d{number + 1}"] = f"d{number} + 1"
    names = Names(definitions=definitions, own=FIELDS)
    for number in (10, 20, 40):
        compile_expression(f"d{number}", names)
    with pytest.raises(ExpressionError, match="too large"):
        compile_expression("d399", names)


@pytest.mark.parametrize("text", ["body", "dotted()", "body if flag else body"])
def test_a_struct_or_an_extent_is_no_guard(text: str) -> None:
    with pytest.raises(ExpressionError, match="is no guard"):
        compile_guard(text, NAMES)


def test_what_a_guard_and_a_length_may_be() -> None:
    kinds = ("int", "float", "bool", "bytes", "list", "struct", "extent", "coding", "any")
    assert [kind for kind in kinds if check_guard(Type(kind))] == ["struct", "extent", "coding"]
    assert [kind for kind in kinds if not check_extent(Type(kind))] == ["int", "extent", "any"]
    assert [kind for kind in kinds if not check_coding(Type(kind))] == ["bytes", "coding", "any"]
    assert check_coding(Type("int")) == "`decode` wants a text or xor(key), this is an int"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("verb", "bytes"), ("loud", "bytes"), ("size + 1", "int"), ("size * 1.5", "float"), ("size == 1", "bool"), ("arg", "list of bytes"),
        ("arg[0]", "bytes"),
        ("arg[1:]", "list of bytes"), ("verb[0]", "int"), ("header[0].value", "bytes"), ("find(header, 'x')", "bytes"),
        ("pick(header, 'name', 'x')", "struct(name, value)"),
        ("each(header, 'value')", "list of bytes"), ("rcode", "enum"), ("default(verb, size)", "any"), ("default(any, size)", "any"),
        ("default(size, 0)", "int"),
        ("1 if flag else None", "int"), ("None", "any"), ("table.one", "int"), ("numbers(verb)", "list of int"), ("octets(own)", "int"),
        ("any.x[1]", "any"),
        ("arg + (verb,)", "list of bytes"), ("(1, 2)", "list of int"), ("(1, 'x')", "list of any"), ("until(verb)", "extent"), ("tx.id",
        "int"), ("this", "struct"),
    ],
)  # fmt: skip
def test_an_expression_has_a_type(text: str, kind: str) -> None:
    assert str(compile_expression(text, NAMES)[1]) == kind


def test_unlike_types_and_what_they_have_in_common() -> None:
    enum = FIELDS["rcode"]
    assert alike(enum, INT)
    assert alike(enum, TEXT)
    assert not alike(enum, Type("bool"))
    assert alike(INT, Type("float"))
    assert not alike(INT, Type("bool"))
    assert not alike(Type("list", INT), Type("list", TEXT))
    assert union(Type("struct", fields={"a": INT}), Type("struct", fields={"a": INT, "b": TEXT})).fields["b"].maybe
    assert union(enum, INT).enum
    assert union(enum, TEXT).names == ()
    assert union(INT, TEXT).kind == "any"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("verb == 'A' and request.size > tx.id", {("own", "verb"), ("request", "size"), ("tx", "id")}),
        ("len(body.length + octets(own)) if side == 'request' else this.x", {("own", "body"), ("octets", "own"), ("side", ""), ("this", "")}),
        ("arg[size:]", {("own", "arg"), ("own", "size")}),
        ("loud in ('own', 'x')", {("own", "verb")}),
        ("1 + 2", set()),
    ],
)
def test_what_an_expression_reads_is_known(text: str, found: set[tuple[str, str]]) -> None:
    if text.startswith("len"):
        text = text.replace("len(", "(")
    code, _ = compile_expression(text, NAMES)
    assert reads(code) == found
    assert constant(code) is (not found)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7), ("not True", False), ("flag and False", False), ("True or flag", True), ("'a' if 1 == 1 else verb", b"a"),
        ("(1, (2,))", [1, [2]]),
        ("table.one", 1), ("table['one']", 1), ("-(1 << 3)", -8), ("'a' < 'b'", True), ("not None", None),
    ],
)  # fmt: skip
def test_constants_are_folded(text: str, value: object) -> None:
    code, _ = compile_expression(text, NAMES)
    if value is None:
        assert constant(code)
    else:
        assert code == ("const", value)
