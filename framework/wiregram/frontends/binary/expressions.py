"""`this` expressions, read part by part without running them, as instructions and a type. It knows no declaration."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from construct.expr import BinExpr, FuncPath, Path, Path2, UniExpr

from wiregram.frontends.binary.kinds import NUMBER, OCTETS, REAL, RECURSION, STRING, TRUTH, UNKNOWN, of_constant, plain
from wiregram.program.binary import FUNCTIONS, OPERATORS, PARAMS, ROOT, UNARY
from wiregram.program.types import ANY, BOOL, BYTES, INT, LIST, STRUCT, Type

if TYPE_CHECKING:
    from wiregram.frontends.binary.writer import Writer

_BINARY = {
    operator.add: "+", operator.sub: "-", operator.mul: "*", operator.truediv: "/", operator.floordiv: "//", operator.mod: "%", operator.pow: "**",
    operator.xor: "^", operator.lshift: "<<", operator.rshift: ">>", operator.and_: "&", operator.or_: "|", operator.eq: "==", operator.ne: "!=",
    operator.lt: "<", operator.le: "<=", operator.gt: ">", operator.ge: ">=",
}  # fmt: skip
_UNARY = {operator.neg: "-", operator.pos: "+", operator.not_: "not"}
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
_FIXED = {"_parsing": True, "_building": False, "_sizing": False}


def symbolic(value: object) -> bool:
    return isinstance(value, (BinExpr, UniExpr, Path, Path2, FuncPath))


def spoken(value: object) -> str:
    """An expression as its author wrote it, nearly: this.a where Construct prints this['a']."""
    if isinstance(value, Path):
        root, parts = path_of(value)
        return root + "".join(f".{part}" if isinstance(part, str) and part.isidentifier() else f"[{part!r}]" for part in parts)
    if isinstance(value, BinExpr):
        return f"({spoken(value.lhs)} {_BINARY.get(value.op, '?')} {spoken(value.rhs)})"
    if isinstance(value, UniExpr):
        return f"{'~' if value.op is operator.not_ else _UNARY.get(value.op, '?')}{spoken(value.operand)}"
    if isinstance(value, FuncPath):
        inner = vars(value)
        return f"{inner['_FuncPath__func'].__name__}_({spoken(inner['_FuncPath__operand'])})"
    return repr(value)


def outer(value: object) -> str:
    text = spoken(value)
    return text[1:-1] if isinstance(value, BinExpr) else text


def path_of(path: Path) -> tuple[str, list[Any]]:
    """`this.a[0]` as its root's name and its parts. A Path answers to every attribute, so its own dict is read."""
    parts: list[Any] = []
    inner = vars(path)
    while inner["_Path__parent"] is not None:
        parts.append(inner["_Path__field"])
        inner = vars(inner["_Path__parent"])
    return inner["_Path__name"], parts[::-1]


def names_in(value: object) -> set[str]:
    """Every name that an expression mentions."""
    if isinstance(value, Path):
        return {part for part in path_of(value)[1] if isinstance(part, str)}
    if isinstance(value, BinExpr):
        return names_in(value.lhs) | names_in(value.rhs)
    if isinstance(value, UniExpr):
        return names_in(value.operand)
    if isinstance(value, FuncPath):
        return names_in(vars(value)["_FuncPath__operand"])
    return set()


class Expressions:
    """Emits expressions for a writer. `subject` is the type of `obj_`, where there is one (then `this` is it, too)."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.note = ""
        self.subject: Type | None = None

    def emit(self, value: object, note: str, subject: Type | None = None) -> Type:
        """Leaves the value at hand. A constant is emitted as one."""
        before = self.note, self.subject
        self.note, self.subject = note, subject
        try:
            return self._value(value)
        finally:
            self.note, self.subject = before

    def _op(self, operation: str, a: int = 0, b: int = 0, c: int | None = None) -> None:
        self.writer.code.emit(operation, a, b, c, self.note)
        self.note = ""

    def _value(self, value: object) -> Type:
        if isinstance(value, Path):
            return self._path(value)
        if isinstance(value, BinExpr):
            return self._binary(value)
        if isinstance(value, UniExpr):
            name = _UNARY.get(value.op)
            if name is None:
                return self._refused(f"the operator in {spoken(value)}")
            kind = self._value(value.operand)
            self._op("unary", UNARY.index(name))
            return TRUTH if name == "not" else kind if kind.kind == INT else NUMBER
        if isinstance(value, FuncPath):
            return self._function(value)
        if isinstance(value, Path2):
            return self._refused("list_", "Construct itself fails on every operator over list_; compare the element: obj_ or this")
        if callable(value):
            name = getattr(value, "__name__", type(value).__name__)
            self.writer.opaque(
                "a lambda" if name == "<lambda>" else f"the function {name!r}", "it is opaque: write it with `this`, such as `this.length - 2`"
            )
            return UNKNOWN
        constant = self.writer.constant(value)
        if constant is None:
            return self._refused(f"the constant {value!r}", "an expression may hold numbers, bytes, text, True, False and None")
        self._op("constant", self.writer.code.constant(constant[0]))
        return of_constant(value)

    def _refused(self, what: str, suggestion: str = "") -> Type:
        self.writer.refuse(what, suggestion)
        return UNKNOWN

    def _function(self, value: FuncPath) -> Type:
        inner = vars(value)
        name = inner["_FuncPath__func"].__name__
        if inner["_FuncPath__operand"] is None or name not in FUNCTIONS:
            return self._refused(f"{name}_ without an operand", f"write {name}_(this.field)")
        kind = self._value(inner["_FuncPath__operand"])
        if name == "len" and kind.text and not kind.enum:
            name = "characters"
        elif kind.text and name != "len":
            return self._refused(f"{name}_ of text", "text has only len_")
        self._op("function", FUNCTIONS.index(name))
        if name in ("min", "max") and kind.kind in (LIST, BYTES):
            return (kind.item or UNKNOWN) if kind.kind == LIST else NUMBER
        return NUMBER if name in ("len", "characters") or kind.kind in (INT, BYTES, BOOL) else UNKNOWN

    def _binary(self, value: BinExpr) -> Type:
        name = _BINARY.get(value.op)
        if name is None:
            return self._refused(f"the operator in {spoken(value)}")
        number = OPERATORS.index(name)
        if symbolic(value.lhs) and not symbolic(value.rhs):
            left = self._value(value.lhs)
            constant = self.writer.constant(value.rhs)
            if constant is None:
                return self._refused(f"{value.rhs!r} in {spoken(value)}", "compare with a number, bytes, text, True, False or None")
            right = of_constant(value.rhs)
            self._op("binary_constant", number, self.writer.code.constant(constant[0]))
        elif symbolic(value.rhs) and not symbolic(value.lhs):
            constant = self.writer.constant(value.lhs)
            if constant is None:
                return self._refused(f"{value.lhs!r} in {spoken(value)}", "compute with a number, bytes or text")
            left = of_constant(value.lhs)
            right = self._value(value.rhs)
            self._op("binary_reversed", number, self.writer.code.constant(constant[0]))
        else:
            left = self._value(value.lhs)
            self._op("push")
            right = self._value(value.rhs)
            self._op("binary", number)
        self._compared(value, name, left, right)
        return _result(name, left, right)

    def _compared(self, value: BinExpr, name: str, left: Type, right: Type) -> None:
        """Text is UTF-8 in a program, as bytes are: what Construct keeps apart must not meet."""
        if left.kind == right.kind == BYTES and left.text != right.text and (name in _COMPARISONS or name == "+"):
            wrong = left if not symbolic(value.lhs) else right
            better = "write the bytes: b'...'" if wrong.text else "write text: '...'"
            happens = "are never equal" if name in ("==", "!=") else "have no value"
            self._refused(f"{spoken(value)}: bytes and text together {happens}", better)

    def _path(self, path: Path) -> Type:
        root, parts = path_of(path)
        if self.subject is not None:
            self._op("again")
            return self._items(self.subject, parts, path)
        if root != "this":
            return self._refused(f"{root} outside of a predicate", "write `this.field`")
        writer = self.writer
        up, base = 0, 0
        for at, part in enumerate(parts):
            if not isinstance(part, str):
                return self._refused(f"{spoken(path)}: a level has names, no numbers")
            if part == "_":
                if base == PARAMS:
                    return self._refused(f"{spoken(path)}: nothing is above the parameters")
                if base == ROOT:
                    base = PARAMS
                else:
                    up += 1
            elif part == "_params" and writer.anew:
                return self._refused(f"{spoken(path)} within Compressed, where Construct parses anew", "name the field outside: this._.field")
            elif part in ("_root", "_params"):
                base, up = (ROOT if part == "_root" else PARAMS), 0
            elif part in _FIXED:
                self._op("constant", writer.code.constant(_FIXED[part]))
                return self._items(TRUTH, parts[at + 1 :], path)
            elif part == "_index":
                if writer.lazy:
                    return self._refused(f"{spoken(path)} within a Lazy declaration", "it would be read too late; leave Lazy out")
                writer.code.indexed = True
                self._op("index", base or up, 1)
                return self._items(NUMBER, parts[at + 1 :], path)
            elif part in ("_io", "_subcons"):
                return self._refused(f"{spoken(path)}: Construct's own {part}", "only Pointer(..., stream=this._root._io) is understood")
            else:
                writer.used.add(part)
                kind = self._declared(path, part, up, base)
                self._load(part, up, base)
                return self._items(kind, parts[at + 1 :], path)
        return self._refused(f"{spoken(path)}, a whole level, as a value", "name a field: this.field")

    def _load(self, name: str, up: int, base: int) -> None:
        """The field of the level that is `up` levels above; a level in slots is none to the machine."""
        writer = self.writer
        around = writer.scopes[max(0, len(writer.scopes) - up) :]
        if not base:
            if writer.called and up >= len(writer.scopes):
                writer.looks_up = True
            elif up < len(writer.scopes):
                slots = writer.scopes[len(writer.scopes) - 1 - up].slots
                if slots is not None:
                    self._op("slot", slots.get(name, 0))
                    return
            up -= sum(scope.slots is not None for scope in around)
        self._op("load", base or up, 0, writer.code.name(name))

    def _declared(self, path: Path, name: str, up: int, base: int) -> Type:
        """The type of a field of a level, as far as the declarations above say it."""
        writer = self.writer
        outside = base == 0 and up >= len(writer.scopes)
        if base == PARAMS or (outside and up == len(writer.scopes) and not writer.called):
            if writer.handed is not None:
                writer.handed.add(name)
            return UNKNOWN
        if outside and writer.called:
            writer.handed = None  # who called is not known here: it may be the outside
        if base == ROOT:
            scope = writer.root_scope
        elif up < len(writer.scopes):
            scope = writer.scopes[len(writer.scopes) - 1 - up]
        else:
            if not writer.called and up > len(writer.scopes):
                self._refused(f"{spoken(path)}: there are not so many levels", "each Struct, Sequence and FocusedSeq is one; `_` goes up by one")
            return UNKNOWN
        if scope is None:
            if base == ROOT and not writer.called and not writer.scopes:
                self._refused(f"{spoken(path)}: there is no _root outside of a Struct")
            return UNKNOWN
        kind = scope.get(name)
        if name in writer.put_off and kind is None:
            self._refused(f"{spoken(path)}: Construct reads '{name}' later (Lazy)", "leave Lazy out: fields that nothing reads are skipped anyway")
            return UNKNOWN
        if kind is None:
            if base == ROOT and writer.called:
                return UNKNOWN
            known = ", ".join(scope)
            above = next((n for n, outer in enumerate(reversed(writer.scopes)) if base == 0 and n > up and name in outer), 0)
            better = f"it is above: this{'._' * above}.{name}" if above else f"read there so far: {known}" if known else f"read '{name}' before"
            self._refused(f"{spoken(path)}: no field '{name}' is read before, on that level", better)
            return UNKNOWN
        return kind

    def _items(self, kind: Type, parts: list[Any], path: Path) -> Type:
        for part in parts:
            if symbolic(part):
                return self._refused(f"{spoken(path)}: an index that is an expression", "Construct fails on it, too; use a constant index")
            if kind.text:
                return self._refused(f"{spoken(path)}: a part of text", "read it as bytes")
            if isinstance(part, slice):
                values = [part.start, part.stop, part.step]
                if any(value is not None and not isinstance(value, int) for value in values):
                    return self._refused(f"{spoken(path)}: a slice that is an expression", "use constants")
                self._op("slice", self.writer.code.constant(values))
                continue
            if not isinstance(part, (int, str)):
                return self._refused(f"{spoken(path)}: the index {part!r}")
            if isinstance(part, str):
                self.writer.used.add(part)
            self._op("item", self.writer.code.constant(part))
            kind = self._item(kind, part, path)
        return plain(kind)

    def _item(self, kind: Type, part: int | str, path: Path) -> Type:
        if kind.kind == STRUCT and isinstance(part, str):
            if kind.fields and part not in kind.fields and not kind.maybe:
                return self._refused(f"{spoken(path)}: there is no field '{part}'", f"there are: {', '.join(kind.fields)}")
            return kind.fields.get(part, UNKNOWN)
        if kind.kind == LIST and isinstance(part, int):
            return kind.item or UNKNOWN
        if kind.kind == BYTES and isinstance(part, int):
            return NUMBER
        if kind.kind != ANY and kind != RECURSION:
            return self._refused(f"{spoken(path)}: a value of type {kind} has no part {part!r}")
        return UNKNOWN


def _result(name: str, left: Type, right: Type) -> Type:
    if name in _COMPARISONS:
        return TRUTH
    if name == "+" and BYTES in (left.kind, right.kind):
        return STRING if left.text or right.text else OCTETS
    if name in ("&", "|", "^") and left.kind == right.kind == BOOL:
        return TRUTH
    if left.kind in (INT, BOOL) and right.kind in (INT, BOOL):
        return REAL if name == "/" else NUMBER
    if name in ("&", "|", "^", "<<", ">>", "//", "%") and INT in (left.kind, right.kind):
        return NUMBER
    return UNKNOWN
