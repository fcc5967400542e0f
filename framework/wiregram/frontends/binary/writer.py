"""One message on its way from declarations to a program: where the writer stands, what it refuses, and the walk itself.

Each class of Construct has its own function, in `reading` or `structure`; this module knows none of them by heart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import construct
from construct.core import FormatField, Lazy, LazyArray, LazyStruct, Renamed, TimestampAdapter

from wiregram.frontends.binary.assembly import Assembly, Instruction, Label
from wiregram.frontends.binary.expressions import Expressions, outer, symbolic
from wiregram.frontends.binary.kinds import RECURSION, UNKNOWN, plain
from wiregram.frontends.binary.rounds import can_be_empty, round_call
from wiregram.model.errors import ERROR
from wiregram.program.binary import BinaryProgram
from wiregram.program.protocol import Limits
from wiregram.program.types import Type

Handler = Callable[["Writer", Any, bool], Type]

STREAMS, ENDS = "streams", "streams; decided at the end of its region or stream"
FRAMED, WHOLE = "framed: looks back or ahead in the message, which is kept whole", "framed: runs once its region, datagram or stream has ended"


SMALL = 5
"""Fields of which a dict has room at once."""


class Refusal:
    """What is refused or warned of, and where. `opaque`: it is Python that only Construct itself can run."""

    __slots__ = ("opaque", "path", "severity", "suggestion", "text")

    def __init__(self, text: str, path: tuple[str, ...], suggestion: str, severity: str, opaque: bool = False) -> None:
        self.opaque = opaque
        self.text = text
        self.path = path
        self.suggestion = suggestion
        self.severity = severity


class Stop:
    """Where a StopIf leads: a label, and how much is under way there. No label: it does not match."""

    __slots__ = ("height", "label", "levels")

    def __init__(self, label: Label | None, height: int, levels: int) -> None:
        self.label = label
        self.height = height
        self.levels = levels


class Scope(dict[str, Type]):
    """The fields of a level that are known so far. `slots`: it is no part of any value, so its fields are in slots; None: it is a dict."""

    def __init__(self, slots: dict[str, int] | None) -> None:
        super().__init__()
        self.slots = slots
        self.stored: set[str] = set()
        self.opening: Instruction | None = None  # what begins it, if it is a dict


class Writer:
    """Walks a declaration and writes its program. It always reaches the end; what it refused is in `refusals`.

    `keep`: the message's fields that are read (None: all). `used`: the names that expressions mention, whose values are always built and whole;
    complete after one walk, so a program that keeps less than all is written in a second one. `slotted`: levels that are no part of a value may be
    kept in slots, since no declaration that is called looks above its own levels (`looks_up`, known after one walk, too)."""

    def __init__(
        self,
        name: str,
        handlers: dict[type, Handler],
        limits: Limits,
        keep: frozenset[str] | None = None,
        used: frozenset[str] = frozenset(),
        slotted: bool = False,
    ) -> None:
        self.name = name
        self.limits = limits
        self.handlers = handlers
        self.keep = keep
        self.code = Assembly()
        self.expressions = Expressions(self)
        self.refusals: list[Refusal] = []
        self.used = set(used)
        self.handed: set[str] | None = set()  # the parameters that expressions read; None where that cannot be told
        self.path: list[str] = []
        self.slotted = slotted
        self.looks_up = False
        self.slot = 0  # the next one that is free
        self.scopes: list[Scope] = []
        self.root_scope: Scope | None = None
        self.called = False  # within a declaration that is called: what is above its own levels depends on the caller
        self.bits = ""  # "", "word" (each field's place is known), "counted"
        self.bits_left = 0
        self.layered = False  # the bytes at hand are not the message's own
        self.anew = False  # Construct parses anew here, so that its parameters are the fields outside
        self.alternative = False  # what does not match here makes way for something else
        self.lazy = False  # Construct reads the declaration at hand later
        self.put_off: set[str] = set()  # fields that Construct reads later: expressions do not see them
        self.regions = 0  # regions of known size around the declaration at hand
        self.uncut = False  # the bytes at hand are converted, so they must be whole
        self.tail = True  # the value at hand is the value of the message, or of the declaration that is called
        self.stop: Stop | None = None
        self.height = 0
        self.levels = 0
        self.verdicts: list[tuple[str, str, str]] = []
        self.fields: dict[str, None] = {}  # the paths of all fields, in their order
        self.kind = UNKNOWN
        self.empty = False  # the message can take no byte
        self._calls: dict[tuple[int, bool, str], tuple[Label, Type]] = {}
        self._alive: list[Any] = []
        self._places: dict[int, tuple[str, ...]] = {}  # of calls

    def write(self, con: construct.Construct) -> tuple[BinaryProgram, Type]:
        kind = self.visit(con, True)
        self.code.emit("halt")
        turning = round_call(self.code)
        if turning is not None and not any(refusal.severity == ERROR for refusal in self.refusals):
            self.path = list(self._places[id(turning)])
            self.refuse("a LazyBound that comes round without taking a byte, so that it never ends", "read at least one byte before it")
            self.path = []
        self.empty = can_be_empty(self.code)
        return self.code.program(self.name, self.limits), plain(kind)

    # ---- what a function of a class uses

    def visit(self, con: Any, want: bool) -> Type:
        """Emits one declaration; its value is then at hand, if it is wanted."""
        core = self.unwrapped(con)[1]
        handler = self.handlers.get(type(core))
        if handler is None and isinstance(core, TimestampAdapter):
            handler = self.handlers.get(TimestampAdapter)
        if handler is None:
            return self.own(core)
        return handler(self, core, want)

    def own(self, con: Any) -> Type:
        """A class that is not Construct's own: it runs as it is, but what is refused is refused within it, too."""
        self.opaque(f"{type(con).__name__}, a class that is not Construct's own", "declare it with Construct's classes, Until and Decimal")
        for inner in within(con):
            refusing = self.handlers.get(type(inner))
            if refusing is not None and getattr(refusing, "refuses", False):
                refusing(self, inner, False)
        return UNKNOWN

    def unwrapped(self, con: Any) -> tuple[str | None, Any]:
        """A field's name and its declaration without names around it."""
        name = con.name if type(con) is Renamed else None
        hooked = con.parsed is not None
        while type(con) is Renamed:
            con = con.subcon
            hooked = hooked or con.parsed is not None
        if hooked:
            self.opaque("a hook (`* function`)", "what a message means is said in protocols.toml")
        return name, con

    def refuse(self, text: str, suggestion: str = "", severity: str = ERROR) -> None:
        self.refusals.append(Refusal(text, tuple(self.path), suggestion, severity))

    def opaque(self, text: str, suggestion: str) -> None:
        """Python that cannot be read: if nothing else is in the way, the message runs as Construct runs it."""
        self.refusals.append(Refusal(text, tuple(self.path), suggestion, ERROR, True))

    def note(self, what: str) -> str:
        return f"{what} in {self.place()}"

    def place(self) -> str:
        return f"field '{'.'.join(self.path)}' of '{self.name}'" if self.path else f"'{self.name}'"

    def verdict(self, what: str, verdict: str) -> None:
        self.verdicts.append((".".join(self.path), what, verdict))

    def constant(self, value: Any) -> tuple[Any] | None:
        """A constant as a program holds it (text as UTF-8), in a tuple; None: it cannot be held."""
        if value is None or isinstance(value, (bool, float)):
            return (value,)
        if isinstance(value, str):
            return (str(value).encode(),)
        if isinstance(value, int):
            return (int(value),) if -(1 << 63) <= value < 1 << 64 else None
        return (bytes(value),) if isinstance(value, (bytes, bytearray)) else None

    def number(self, value: Any, note: str) -> int | None:
        """A number that is known now; else its expression is emitted, and the number is at hand."""
        if isinstance(value, int) and not isinstance(value, bool):
            if value < 0:
                self.refuse(f"a size of {value}", "a size is never negative")
                return 0
            return int(value)
        if not symbolic(value) and not callable(value):
            self.refuse(f"a size of {value!r}", "a size is a number or an expression with `this`")
            return 0
        self.expressions.emit(value, note)
        return None

    def wanted(self, name: str | None, want: bool) -> bool:
        """Whether a field of a level is to be built."""
        if name is None:
            return False
        if want and self.keep is not None and self.tail and not self.called:
            want = name in self.keep or name == "kind"
        return want or name in self.used

    def cuttable(self) -> bool:
        """Whether only outputs see the field at hand: then it may be cut to the limits."""
        return not self.uncut and not any(part in self.used for part in self.path)

    def open(self, held: bool = True) -> None:
        """A level begins. `held`: it is a value, or part of one."""
        root = not self.scopes and not self.called
        scope = Scope(None if held or root or not self.slotted else {})
        if scope.slots is None:
            scope.opening = self.code.emit("open")
            self.levels += 1
        if root:
            self.root_scope = scope
        self.scopes.append(scope)

    def close(self) -> Scope:
        scope = self.scopes.pop()
        if scope.opening is not None:
            self.levels -= 1
            scope.opening.a = len(scope.stored) if len(scope.stored) > SMALL else 0
        if scope.slots is not None:
            self.slot -= len(scope.slots)
        return scope

    def store(self, name: str) -> None:
        """The value at hand becomes field `name` of the level."""
        scope = self.scopes[-1]
        scope.stored.add(name)
        if scope.slots is None:
            self.code.store(self.code.name(name))
            return
        if name not in scope.slots:
            scope.slots[name] = self.slot
            self.slot += 1
            self.code.slots = max(self.code.slots, self.slot)
        self.code.store(-2 - scope.slots[name])

    def field(self, name: str | None, con: Any, want: bool) -> Type:
        """A member of a level: visited under its name, stored, and known to the expressions that follow."""
        build = self.wanted(name, want)
        before, self.tail = self.tail, False
        if name is not None:
            self.path.append(name)
            self.fields.setdefault(".".join(self.path))
        kind = self.visit(con, build)
        if name is not None:
            if build:
                self.store(name)
            self.path.pop()
            self.scopes[-1][name] = plain(kind)
            if type(self.unwrapped(con)[1]) in (Lazy, LazyArray, LazyStruct):
                self.put_off.add(name)
                del self.scopes[-1][name]
        self.tail = before
        return kind

    def inner(self, con: Any, want: bool) -> Type:
        """A member whose value is not the value at hand."""
        before = self.tail
        self.tail = False
        kind = self.visit(con, want)
        self.tail = before
        return kind

    def call(self, target: Any, want: bool) -> Type:
        """A declaration by its name: code of its own, which is called."""
        key = (id(target), want, f"{self.bits}{self.layered}{self.uncut}{self.anew}{self.alternative}")
        if key not in self._calls:
            self._alive.append(target)
            before, label = self.code.open_block()
            self._calls[key] = (label, RECURSION)
            kept = self.scopes, self.called, self.tail, self.stop, self.height, self.levels, self.slot
            self.scopes, self.called, self.tail, self.stop, self.height, self.levels, self.slot = [], True, True, None, 0, 0, 0
            kind = self.visit(target, want)
            self.scopes, self.called, self.tail, self.stop, self.height, self.levels, self.slot = kept
            self.code.emit("back")
            self.code.close_block(before)
            self._calls[key] = (label, UNKNOWN if kind == RECURSION else kind)
        label, kind = self._calls[key]
        self._places[id(self.code.emit("call", label, self.slot, note=self.note("less nesting")))] = tuple(self.path)
        return kind


def within(con: Any, seen: set[int] | None = None) -> list[Any]:
    """Every declaration that a declaration holds, however deep."""
    seen = set() if seen is None else seen
    found: list[Any] = []
    for value in vars(con).values():
        held = value if isinstance(value, (list, tuple)) else list(value.values()) if isinstance(value, dict) else [value]
        for one in held:
            if isinstance(one, construct.Construct) and id(one) not in seen:
                seen.add(id(one))
                found += [one, *within(one, seen)]
    return found


def described(con: Any) -> str:
    """A declaration's class as its author wrote it: Int16ub, Bytes(4)."""
    core = con
    while type(core) is Renamed:
        core = core.subcon
    if isinstance(core, FormatField):
        order, code = core.fmtstr[0], core.fmtstr[1]
        if code in "?":
            return "Flag"
        kind = "Float" if code in "efd" else "Int"
        sign = "" if kind == "Float" else "s" if code.islower() else "u"
        return f"{kind}{core.length * 8}{sign}{ {'>': 'b', '<': 'l', '=': 'n'}[order] }"
    return type(core).__name__


__all__ = ["ENDS", "FRAMED", "STREAMS", "WHOLE", "Handler", "Label", "Refusal", "Stop", "Writer", "described", "outer", "within"]
