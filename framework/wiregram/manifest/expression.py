"""Expressions of protocols.toml: from text to `Code`, with names resolved, definitions inlined and types checked. Never evaluates traffic."""

from __future__ import annotations

import difflib
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from wiregram.manifest.kinds import ABSENT, alike, article, check_guard, common, constant_value, is_number, is_open, shown, type_of, union
from wiregram.manifest.syntax import LARGEST, SMALLEST, ExpressionError, Finding, Node, parse
from wiregram.program.expression import Code
from wiregram.program.functions import FIELD, FUNCTIONS, OF_ARGUMENTS, OF_ELEMENT, OF_FIELD, OF_LIST, OF_VALUE, SIDE, SIDES, Function
from wiregram.program.types import ANY, BOOL, BYTES, FLOAT, INT, LIST, STRUCT, Type

__all__ = ["ExpressionError", "Finding", "Names", "as_guard", "check_guard", "compile_expression", "compile_guard", "constant", "parse", "reads"]

FLOW = {
    "transport": Type(BYTES, names=("tcp", "udp")),
    "client_ip": Type(BYTES),
    "client_port": Type(INT),
    "server_ip": Type(BYTES),
    "server_port": Type(INT),
    "sender": Type(BYTES, names=("client", "server")),
}
"""The fields of `flow`."""

SPECIAL = frozenset(("flow", "other", "side", "this", "verdict"))
"""Names that a context allows or not."""
SCOPES = ("own", "request", "response", "tx", "session", "flow", "parent")
"""Names that only stand before a dot."""

NODES = 4096
"""How many operations an expression may have, its definitions inlined."""
DEPTH = 100

_ANY, _INT, _BOOL, _BYTES, _ABSENT = Type(ANY), Type(INT), Type(BOOL), Type(BYTES), Type(ABSENT)
_NOTHING: Code = ("const", None)
_SIDE_TYPE = Type(BYTES, names=("request", "response"))
_LEAVES = frozenset(
    ("const", "own", "request", "response", "tx", "session", "flow", "parent", "item", "this", "side", "other", "verdict", "octets", "body")
)
_ORDER = ("<", "<=", ">", ">=")
_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "//": operator.floordiv,
    "%": operator.mod,
    "<<": operator.lshift,
    ">>": operator.rshift,
    "&": operator.and_,
    "^": operator.xor,
    "|": operator.or_,
}
_BITS = ("<<", ">>", "&", "^", "|")
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Names(msgspec.Struct, frozen=True):
    """What an expression may name, in its place. None: nothing of that scope can be read there.

    `definitions`: name -> expression (str) or constant (list, table, number). `own`, `request`, `response`: fields and variables;
    `tx`, `session`: variables (`tx.id` is always one). `item`: the element's type inside `each`, whose fields come first; an element that
    is no struct is named `value`. `this`: the last message. `special`: which of SPECIAL may be named.
    `parent`: the session variables of the flow that announced this one."""

    definitions: Mapping[str, object] = {}
    own: Mapping[str, Type] | None = None
    request: Mapping[str, Type] | None = None
    response: Mapping[str, Type] | None = None
    tx: Mapping[str, Type] | None = None
    session: Mapping[str, Type] | None = None
    item: Type | None = None
    this: Type = Type(STRUCT)
    special: frozenset[str] = frozenset(("flow", "side", "this"))
    parent: Mapping[str, Type] | None = None


def compile_expression(text: str, names: Names) -> tuple[Code, Type]:
    """The compiled form of `text` and its type; raises ExpressionError with every finding."""
    checker = _Checker(names)
    code, kind = checker.check(parse(text))
    if checker.findings:
        raise ExpressionError(checker.findings)
    return code, _ANY if kind.kind == ABSENT else kind


def compile_guard(text: str, names: Names) -> Code:
    """The same for a guard: its value is True, False or absent, whatever the expression's type."""
    return as_guard(text, *compile_expression(text, names))


def as_guard(text: str, code: Code, kind: Type) -> Code:
    """The same for an expression that is compiled already."""
    if fault := check_guard(kind):
        raise ExpressionError([Finding(fault, 0, max(1, len(text)), "compare it, or ask present(x)")])
    return code if kind.kind == BOOL else _truth(code)


def constant(code: Code) -> bool:
    """Whether the value is the same always."""
    return not reads(code)


def reads(code: Code) -> set[tuple[str, str]]:
    """What a code reads: ("own", "verb"), ("tx", "id"), ("octets", "own"); ("this", ""), ("side", ""), ... for what has no name."""
    return {(part[0], part[1] if len(part) > 1 else "") for part in walk(code) if part[0] in _LEAVES and part[0] != "const"}


def walk(code: Code) -> Iterator[Code]:
    """Every operation of a code, each before its operands."""
    waiting = [code]
    while waiting:
        part = waiting.pop()
        yield part
        if part[0] not in _LEAVES:
            waiting += [operand for operand in part[1:] if isinstance(operand, tuple)]


def suggest(word: str, known: Iterable[str], before: str = "") -> str:
    """`did you mean x?`, or ''."""
    near = difflib.get_close_matches(word, sorted(set(known)), 1, 0.6)
    return f"did you mean {before}{near[0]}?" if near else ""


def _truth(code: Code) -> Code:
    return ("const", bool(code[1])) if code[0] == "const" and code[1] is not None else ("not", ("not", code))


def _depth(code: Code) -> int:
    if code[0] in _LEAVES:
        return 1
    return 1 + max((_depth(operand) for operand in code[1:] if isinstance(operand, tuple)), default=0)


class _Checker:
    """Compiles a tree; collects what is wrong and goes on, with a value of any type in its place."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.findings: list[Finding] = []
        self.inside: list[str] = []  # the definitions being inlined
        self.ready: dict[str, tuple[Code, Type, int, int]] = {}  # definitions compiled: code, type, operations, depth
        self.nodes = 0
        self.depth = 0
        self.full = False

    def _wrong(self, node: Node, text: str, suggestion: str = "", start: int = -1) -> tuple[Code, Type]:
        at = node.start if start < 0 else start
        self.findings.append(Finding(text, at, max(1, node.end - at), suggestion, self.inside[-1] if self.inside else ""))
        return _NOTHING, _ANY

    def _fits(self, node: Node, nodes: int, depth: int) -> bool:
        """Whether so many operations more, so deep, still fit; else says so, once."""
        self.nodes += nodes
        if not self.full and (self.nodes > NODES or self.depth + depth > DEPTH):
            self.full = True
            self._wrong(node, "an expression too large, its definitions inlined", "set a variable to a part of it")
        return not self.full

    def check(self, node: Node) -> tuple[Code, Type]:
        self.depth += 1
        if not self._fits(node, 1, 0):
            result = _NOTHING, _ANY
        elif node.op in _COMPARED:
            result = self._compare(node)
        elif node.op in _ARITHMETIC:
            result = self._arithmetic(node)
        else:
            result = _CHECKS[node.op](self, node)
        self.depth -= 1
        return result

    def _operands(self, node: Node) -> list[tuple[Code, Type]]:
        return [self.check(arg) for arg in node.args if arg is not None]

    # ---- names

    def _const(self, node: Node) -> tuple[Code, Type]:
        return ("const", node.value), type_of(node.value)

    def _name(self, node: Node) -> tuple[Code, Type]:
        name, names = str(node.value), self.names
        item = names.item
        if item is not None:
            if item.kind == STRUCT and name in item.fields:
                return ("item", name), item.fields[name]
            if item.kind != STRUCT and name == "value":
                return ("item", name), item
        if name in names.definitions:
            return self._definition(node, name)
        if name in SPECIAL and name != "flow" and (name in names.special or name not in (names.own or ())):
            return self._special(node, name)
        if name in SCOPES:
            return self._wrong(node, f"`{name}` is no value", f"write {name}.NAME")
        if names.own is not None and name in names.own:
            return ("own", name), names.own[name]
        if item is not None and (item.kind == ANY or (item.kind == STRUCT and not item.fields)):
            return ("item", name), _ANY
        return self._unknown(node, name)

    def _special(self, node: Node, name: str) -> tuple[Code, Type]:
        if name not in self.names.special:
            return self._wrong(node, f"`{name}` cannot be read here")
        return (name,), {"this": self.names.this, "side": _SIDE_TYPE}.get(name, _BYTES)

    def _unknown(self, node: Node, name: str) -> tuple[Code, Type]:
        names = self.names
        if name in FUNCTIONS:
            return self._wrong(node, f"`{name}` is a function", f"write {FUNCTIONS[name].signature}")
        known = {*names.definitions, *(names.own or ()), *(names.item.fields if names.item else ()), *names.special, "True", "False", "None"}
        suggestion = suggest(name, known)
        if not suggestion:
            for scope in ("request", "response", "tx", "session"):
                if name in (getattr(names, scope) or ()):
                    suggestion = f"write {scope}.{name}"
        return self._wrong(node, f"no field, variable or definition `{name}`", suggestion)

    def _definition(self, node: Node, name: str) -> tuple[Code, Type]:
        if name in self.inside:
            circle = " -> ".join([*self.inside[self.inside.index(name) :], name])
            return self._wrong(node, f"a definition that needs itself: {circle}")
        if name in self.ready:
            code, kind, nodes, depth = self.ready[name]
            return (code, kind) if self._fits(node, nodes, depth) else (_NOTHING, _ANY)
        value = self.names.definitions[name]
        if not isinstance(value, str):
            held = constant_value(value)
            return ("const", held), type_of(held)
        faults, nodes = len(self.findings), self.nodes
        code, kind = _NOTHING, _ANY
        self.inside.append(name)
        try:
            code, kind = self.check(parse(value))
        except ExpressionError as error:
            self.findings += [msgspec.structs.replace(finding, definition=name) for finding in error.findings]
        self.inside.pop()
        if len(self.findings) > faults:
            code, kind = _NOTHING, _ANY
        self.ready[name] = code, kind, self.nodes - nodes, _depth(code)
        return code, kind

    def _attr(self, node: Node) -> tuple[Code, Type]:
        owner, name = node.args[0], str(node.value)
        assert owner is not None
        at = node.end - len(name)
        if owner.op == "name" and owner.value in SCOPES and owner.value not in self.names.definitions:
            return self._scoped(node, str(owner.value), name, at)
        code, kind = self.check(owner)
        if kind.kind == STRUCT and (name in kind.fields or not kind.fields):
            if code[0] == "const" and isinstance(code[1], dict):
                return ("const", code[1].get(name)), kind.fields.get(name, _ABSENT)
            return ("attr", code, name), kind.fields.get(name, _ANY)
        if kind.kind == STRUCT:
            return self._wrong(node, f"no field `{name}` in this struct", suggest(name, kind.fields), at)
        if not is_open(kind):
            hint = f"name one element ([0]), or write each(x, '{name}')" if kind.kind == LIST else ""
            return self._wrong(node, f"{article(kind)} has no field `{name}`", hint, at)
        return ("attr", code, name), _ANY

    def _scoped(self, node: Node, scope: str, name: str, at: int) -> tuple[Code, Type]:
        if scope == "parent":
            return self._parent(node, name, at)
        if scope == "flow":
            if "flow" not in self.names.special:
                return self._wrong(node, "`flow` cannot be read here")
            fields: Mapping[str, Type] | None = FLOW
        else:
            fields = getattr(self.names, scope)
        if fields is None:
            return self._wrong(node, f"`{scope}` cannot be read here")
        if scope == "tx" and name == "id":
            return ("tx", "id"), _INT
        if name in fields:
            return (scope, name), fields[name]
        what = "variable" if scope in ("tx", "session") else "field" if scope == "flow" else "field or variable"
        return self._wrong(node, f"no {what} `{scope}.{name}`", suggest(name, fields, f"{scope}."), at)

    def _parent(self, node: Node, name: str, at: int) -> tuple[Code, Type]:
        """`parent.session` and `parent.flow`, whose fields are then asked for."""
        variables = self.names.parent
        if variables is None:
            return self._wrong(node, "`parent` is the flow that announced this one, and nothing does", "a transition must `expect` this protocol")
        if name == "session":
            return ("parent", "session"), Type(STRUCT, fields=dict(variables), maybe=True)
        if name == "flow":
            return ("parent", "flow"), Type(STRUCT, fields=dict(FLOW), maybe=True)
        return self._wrong(node, f"`parent` has no `{name}`", "write parent.session.NAME or parent.flow.NAME", at)

    # ---- parts

    def _index(self, node: Node) -> tuple[Code, Type]:
        (code, kind), (key, key_kind) = self._operands(node)
        where = node.args[1]
        assert where is not None
        if kind.kind == STRUCT:
            return self._entry(node, where, code, kind, key, key_kind)
        if not is_open(kind) and kind.kind not in (LIST, BYTES):
            return self._wrong(node, f"{article(kind)} has no elements")
        if not is_open(key_kind) and (key_kind.kind != INT) and not (is_open(kind) and key_kind.kind == BYTES):
            return self._wrong(where, f"an index is an int, this is {article(key_kind)}")
        if kind.kind == BYTES:
            return ("index", code, key), _INT
        return ("index", code, key), kind.item or _ANY

    def _entry(self, node: Node, where: Node, code: Code, kind: Type, key: Code, key_kind: Type) -> tuple[Code, Type]:
        if not is_open(key_kind) and key_kind.kind not in (INT, BYTES):
            return self._wrong(where, f"a table is indexed by a name or a number, this is {article(key_kind)}")
        if key[0] == "const" and key[1] is not None and kind.fields:
            name = key[1].decode("utf-8", "replace") if isinstance(key[1], bytes) else str(key[1])
            if name not in kind.fields:
                return self._wrong(where, f"no entry `{name}` in this table", suggest(name, kind.fields))
            if code[0] == "const":
                return ("const", code[1][name]), kind.fields[name]
            return ("index", code, key), kind.fields[name]
        return ("index", code, key), msgspec.structs.replace(common(kind.fields.values()), maybe=True)

    def _slice(self, node: Node) -> tuple[Code, Type]:
        assert node.args[0] is not None
        code, kind = self.check(node.args[0])
        ends: list[Code | None] = []
        for end in node.args[1:]:
            if end is None:
                ends.append(None)
                continue
            limit, limit_kind = self.check(end)
            if not is_open(limit_kind) and limit_kind.kind != INT:
                self._wrong(end, f"a slice's end is an int, this is {article(limit_kind)}")
            ends.append(limit)
        if not is_open(kind) and kind.kind not in (LIST, BYTES):
            return self._wrong(node, f"{article(kind)} cannot be cut")
        result = _BYTES if kind.kind == BYTES else kind if kind.kind == LIST else _ANY
        return ("slice", code, *ends), result

    def _list(self, node: Node) -> tuple[Code, Type]:
        parts = self._operands(node)
        kind = Type(LIST, common(kind for _, kind in parts))
        if all(code[0] == "const" for code, _ in parts):
            return ("const", [code[1] for code, _ in parts]), kind
        return ("list", *(code for code, _ in parts)), kind

    # ---- operators

    def _guard(self, node: Node | None) -> Code:
        assert node is not None
        code, kind = self.check(node)
        if fault := check_guard(kind):
            self._wrong(node, fault, "compare it, or ask present(x)")
        return code

    def _not(self, node: Node) -> tuple[Code, Type]:
        code = self._guard(node.args[0])
        if code[0] == "const" and code[1] is not None:
            return ("const", not code[1]), _BOOL
        return ("not", code), _BOOL

    def _both(self, node: Node) -> tuple[Code, Type]:
        left, right = (self._guard(arg) for arg in node.args)
        decided = node.op == "or"
        for one, other in ((left, right), (right, left)):
            if one[0] == "const" and one[1] is not None:
                if bool(one[1]) is decided:
                    return ("const", decided), _BOOL
                return _truth(other), _BOOL
        return (node.op, left, right), _BOOL

    def _if(self, node: Node) -> tuple[Code, Type]:
        test = self._guard(node.args[0])
        assert node.args[1] is not None
        assert node.args[2] is not None
        then, then_kind = self.check(node.args[1])
        otherwise, other_kind = self.check(node.args[2])
        if test[0] == "const" and test[1] is not None:
            return (then, then_kind) if test[1] else (otherwise, other_kind)
        return ("if", test, then, otherwise), union(then_kind, other_kind)

    def _neg(self, node: Node) -> tuple[Code, Type]:
        ((code, kind),) = self._operands(node)
        if not is_open(kind) and not is_number(kind):
            return self._wrong(node, f"- before {article(kind)}")
        if code[0] == "const" and code[1] is not None:
            value = -code[1]
            return (("const", value), kind) if value >= SMALLEST else self._wrong(node, "a number beyond 64 bits")
        return ("neg", code), kind

    def _compare(self, node: Node) -> tuple[Code, Type]:
        (left, one), (right, other) = self._operands(node)
        for code, arg in ((left, node.args[0]), (right, node.args[1])):
            if arg is not None and arg.op == "const" and code == _NOTHING:
                return self._wrong(node, "a comparison with None is absent always", "ask present(x) or not present(x)")
        if not alike(one, other):
            return self._wrong(node, f"{node.op} between {article(one)} and {article(other)}", self._convert(one, other))
        if node.op in _ORDER and not (is_open(one) or is_open(other)):
            ordered = (is_number(one) and is_number(other)) or (one.kind == other.kind == BYTES and not one.enum and not other.enum)
            if not ordered:
                both = shown(one) if one.enum or not other.enum else shown(other)
                return self._wrong(node, f"{node.op} between values without an order ({both})")
        for code, kind, arg in ((right, one, node.args[1]), (left, other, node.args[0])):
            self._member(code, kind, arg)
        if left[0] == right[0] == "const" and type(left[1]) is type(right[1]) and isinstance(left[1], (bytes, int, float)):
            return ("const", _COMPARED[node.op](left[1], right[1])), _BOOL
        return (node.op, left, right), _BOOL

    def _member(self, code: Code, kind: Type, arg: Node | None) -> None:
        """A text that an enumeration or `kind` can never be is a slip."""
        if kind.names and arg is not None and code[0] == "const" and isinstance(code[1], bytes):
            name = code[1].decode("utf-8", "replace")
            if name not in kind.names:
                known = ", ".join(kind.names[:8]) + (", ..." if len(kind.names) > 8 else "")
                self._wrong(arg, f"'{name}' is none of its values", suggest(name, kind.names) or f"it is one of {known}")

    def _convert(self, one: Type, other: Type) -> str:
        kinds = {one.kind, other.kind}
        return "write int(x) or text(x) to convert one of them" if kinds == {INT, BYTES} else ""

    def _in(self, node: Node) -> tuple[Code, Type]:
        (left, one), (right, other) = self._operands(node)
        fault = ""
        if other.kind == LIST:
            if other.item is not None and not alike(one, other.item):
                fault = f"{article(one)} is never in {article(other)}"
            elif right[0] == "const" and node.args[1] is not None:
                places = node.args[1].args if node.args[1].op == "list" else ()
                for number, element in enumerate(right[1]):
                    self._member(("const", element), one, places[number] if number < len(places) else node.args[1])
        elif other.kind == BYTES:
            if not is_open(one) and one.kind != BYTES:
                fault = f"{article(one)} is never in a text"
        elif other.kind == STRUCT:
            if not is_open(one) and one.kind not in (BYTES, INT):
                fault = f"{article(one)} is never in a table"
        elif not is_open(other):
            fault = f"{article(other)} has no elements"
        return self._wrong(node, fault, self._convert(one, other.item or other)) if fault else ((node.op, left, right), _BOOL)

    def _arithmetic(self, node: Node) -> tuple[Code, Type]:
        (left, one), (right, other) = self._operands(node)
        op = node.op
        if is_open(one) or is_open(other):
            fits = all(is_open(kind) or is_number(kind) or (op == "+" and kind.kind in (BYTES, LIST)) for kind in (one, other))
            result = _INT if op in _BITS else _ANY
        elif is_number(one) and is_number(other):
            fits = op not in _BITS or one.kind == other.kind == INT
            result = _INT if one.kind == other.kind == INT else Type(FLOAT)
        else:
            fits = op == "+" and one.kind == other.kind and one.kind in (BYTES, LIST)
            result = _BYTES if one.kind == BYTES else union(one, other)
        if not fits:
            enum = "its value is a name where it has one" if one.enum or other.enum else ""
            return self._wrong(node, f"{op} between {article(one)} and {article(other)}", enum or self._convert(one, other))
        if left[0] == right[0] == "const" and type(left[1]) is int and type(right[1]) is int:
            return self._fold(node, op, left[1], right[1])
        return (op, left, right), result

    def _fold(self, node: Node, op: str, left: int, right: int) -> tuple[Code, Type]:
        if op in ("//", "%") and right == 0:
            return self._wrong(node, "a division by zero")
        if op in ("<<", ">>") and not 0 <= right <= 64:
            return self._wrong(node, "a shift by less than 0 or more than 64 bits")
        value = _ARITHMETIC[op](left, right)
        if not SMALLEST <= value <= LARGEST:
            return self._wrong(node, "a number beyond 64 bits")
        return ("const", value), _INT

    # ---- functions

    def _call(self, node: Node) -> tuple[Code, Type]:
        name = str(node.value)
        function = FUNCTIONS.get(name)
        if function is None:
            suggestion = suggest(name, FUNCTIONS)
            if name in self.names.definitions:
                suggestion = f"`{name}` is a definition: write it without parentheses"
            self._operands(node)
            return self._wrong(node, f"no function `{name}`", suggestion)
        count = len(node.args)
        if count < function.least or (function.most is not None and count > function.most):
            return self._wrong(node, f"{name} with {count} argument{'s' * (count != 1)}", f"write {function.signature}")
        if function.parameters and function.parameters[0].kinds == (SIDE,):
            return self._side(node, name)
        codes: list[Code] = []
        kinds: list[Type] = []
        for number, arg in enumerate(node.args):
            parameter = function.parameters[min(number, len(function.parameters) - 1)]
            assert arg is not None
            code, kind = self.check(arg)
            if parameter.kinds == (FIELD,):
                if arg.op != "const" or not isinstance(arg.value, bytes):
                    self._wrong(arg, f"{name} wants a field's name written out", f"write {function.signature} with 'NAME'")
            elif ANY not in parameter.kinds and not is_open(kind) and kind.kind not in parameter.kinds:
                wanted = " or ".join(shown(Type(wish)) for wish in parameter.kinds)
                self._wrong(arg, f"{name} wants {wanted}, this is {article(kind)}", self._convert(kind, Type(parameter.kinds[0])))
            codes.append(code)
            kinds.append(kind)
        self._values(node, name, codes)
        return ("call", name, *codes), self._result(node, function, codes, kinds)

    def _side(self, node: Node, name: str) -> tuple[Code, Type]:
        (arg,) = node.args
        assert arg is not None
        side = str(arg.value)
        if arg.op != "name" or side not in SIDES:
            return self._wrong(arg, f"{name} wants a side", "one of request, response, own, this")
        scope = self.names.own if side == "this" else getattr(self.names, side)
        if scope is None or (side == "this" and "this" not in self.names.special):
            return self._wrong(arg, f"`{side}` cannot be read here")
        return (name, side), _INT

    def _values(self, node: Node, name: str, codes: list[Code]) -> None:
        """Constant arguments that no value could make sense of."""
        held = [code[1] if code[0] == "const" else ... for code in codes]
        if name == "int" and len(held) > 1 and isinstance(held[1], int) and not 2 <= held[1] <= 36:
            self._at(node, 1, "a base is 2 to 36")
        if name == "split" and held[1] == b"":
            self._at(node, 1, "an empty separator")
        if name in ("until", "until_line") and (held[0] in (b"", []) or (isinstance(held[0], list) and b"" in held[0])):
            self._at(node, 0, "an empty delimiter")
        if name == "xor" and held[0] == b"":
            self._at(node, 0, "an empty key")
        if name in ("hex", "hexes") and len(held) > 1 and isinstance(held[1], int) and not 0 <= held[1] <= 1024:
            self._at(node, 1, "a width is 0 to 1024")

    def _at(self, node: Node, number: int, text: str, suggestion: str = "") -> None:
        arg = node.args[number]
        assert arg is not None
        self._wrong(arg, text, suggestion)

    def _result(self, node: Node, function: Function, codes: list[Code], kinds: list[Type]) -> Type:
        if function.result == OF_ARGUMENTS:
            either = _ABSENT
            for kind in kinds:
                either = union(either, kind)
            return msgspec.structs.replace(either, maybe=kinds[-1].maybe)
        element = kinds[0].item if kinds and kinds[0].kind == LIST and kinds[0].item is not None else _ANY
        if function.result == OF_ELEMENT:
            self._element(node, element, codes[1][1])
            return msgspec.structs.replace(element, maybe=True)
        if function.result == OF_VALUE:
            self._element(node, element, b"name")
            return msgspec.structs.replace(self._element(node, element, b"value"), maybe=True)
        if function.result == OF_FIELD:
            return Type(LIST, self._element(node, element, codes[1][1]))
        if function.result == OF_LIST:
            return Type(LIST, kinds[0].item if kinds[0].kind == LIST else None)
        if function.result == LIST:
            return Type(LIST, Type(function.item or ANY))
        if function.fields:
            return Type(STRUCT, fields={name: Type(BYTES, maybe=True) for name in function.fields})
        return Type(function.result)

    def _element(self, node: Node, element: Type, field: object) -> Type:
        """The type of a list's elements' field, which must exist."""
        name = field.decode("utf-8", "replace") if isinstance(field, bytes) else ""
        if is_open(element) or not name or (element.kind == STRUCT and not element.fields):
            return _ANY
        if element.kind != STRUCT:
            self._at(node, 0, f"its elements are no structs ({shown(element)})")
        elif name in element.fields:
            return element.fields[name]
        else:
            place = next((number for number, arg in enumerate(node.args) if arg is not None and arg.op == "const" and arg.value == field), 0)
            self._at(node, place, f"the elements have no field `{name}`", suggest(name, element.fields))
        return _ANY


_CHECKS: dict[str, Callable[[_Checker, Node], tuple[Code, Type]]] = {
    "const": _Checker._const,
    "name": _Checker._name,
    "attr": _Checker._attr,
    "index": _Checker._index,
    "slice": _Checker._slice,
    "list": _Checker._list,
    "call": _Checker._call,
    "not": _Checker._not,
    "and": _Checker._both,
    "or": _Checker._both,
    "if": _Checker._if,
    "neg": _Checker._neg,
    "in": _Checker._in,
    "not in": _Checker._in,
}
