"""Small changes to the rooms' source: one operator, constant, condition or statement of one function. Knows Python, and nothing of who notices."""

from __future__ import annotations

import ast
import copy
import hashlib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import CodeType
from typing import Any

HOME = Path(__file__).resolve().parent.parent / "framework" / "wiregram"
ROOMS = ("decode", "flow", "stream", "detect", "parse", "expression", "transaction", "engine", "outputs")

_COMPARED = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot,
    ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In}  # fmt: skip
_COMPUTED = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift}  # fmt: skip


class PlantError(Exception):
    """A change that cannot be put into the running process: it says nothing about the tests."""


class Mutant:
    """`name` says module, function, what becomes what, and which one of those that are the same. `mark` stands for the name and the function's text,
    so it is another once the function is. `lines` are those of its source that run when it does."""

    def __init__(self, module: str, function: str, tree: ast.Module, home: ast.FunctionDef, old: ast.AST, new: ast.AST, twin: int, text: str) -> None:
        self.module = module
        self.function = function
        self._tree = tree
        self._home = home
        self._old = old
        self._new = new
        self.name = f"{module}:{function}: {_brief(old)} -> {_brief(new)}" + (f" ({twin})" if twin > 1 else "")
        self.mark = hashlib.sha256(f"{self.name}\n{text}".encode()).hexdigest()[:10]
        first = getattr(old, "lineno", home.lineno)
        self.lines = range(first, getattr(old, "end_lineno", first) + 1)

    @property
    def room(self) -> str:
        return self.module.partition(".")[0]

    def code(self) -> CodeType:
        """The function's code with the change."""
        memo: dict[int, Any] = {}
        tree = copy.deepcopy(self._tree, memo)
        tree = ast.fix_missing_locations(_Put(memo[id(self._old)], self._new).visit(tree))
        found = compile(tree, f"<{self.name}>", "exec", dont_inherit=True)
        first = min([self._home.lineno, *(part.lineno for part in self._home.decorator_list)])
        path = self.function.split(".")
        for name in path:
            inside = [part for part in found.co_consts if isinstance(part, CodeType) and part.co_name == name]
            found = next(part for part in inside if name is not path[-1] or part.co_firstlineno == first)
        return found

    def apply(self) -> None:
        """Put it into the running process; raises PlantError where that cannot be, as in a compiled room."""
        try:
            owner: Any = import_module(f"wiregram.{self.module}")
            for name in self.function.split("."):
                owner = vars(owner)[name]
            for way in ("__func__", "fget", "func", "__wrapped__"):
                owner = getattr(owner, way, owner)
            owner.__code__ = self.code()
        except (AttributeError, KeyError, StopIteration, ValueError) as error:
            raise PlantError(self.name) from error


class _Put(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old = old
        self._new = new

    def visit(self, node: ast.AST) -> Any:
        return self._new if node is self._old else super().visit(node)


def _brief(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 70 else text[:67] + "..."


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    """What a node may become."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARED:
        yield ast.Compare(node.left, [_COMPARED[type(node.ops[0])]()], node.comparators)
    elif isinstance(node, ast.BinOp) and type(node.op) in _COMPUTED:
        yield ast.BinOp(node.left, _COMPUTED[type(node.op)](), node.right)
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand
    elif isinstance(node, ast.Constant) and type(node.value) in (int, bool):
        yield ast.Constant(not node.value if isinstance(node.value, bool) else node.value + 1)
    elif isinstance(node, ast.AugAssign) and type(node.op) in _COMPUTED:
        yield ast.AugAssign(node.target, _COMPUTED[type(node.op)](), node.value)
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield ast.Pass()
    elif isinstance(node, ast.Continue):
        yield ast.Break()


def _annotations(node: ast.AST) -> list[ast.expr]:
    """What says types, and does nothing."""
    notes = [node.annotation] if isinstance(node, ast.AnnAssign | ast.arg) else [node.returns] if isinstance(node, ast.FunctionDef) else []
    return [note for note in notes if note is not None]


def _functions(body: list[ast.stmt], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in body:
        if isinstance(node, ast.FunctionDef):
            yield ".".join((*path, node.name)), node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node.body, (*path, node.name))


def mutants(path: Path) -> list[Mutant]:
    """All of one source file, with names that differ."""
    module = ".".join(path.relative_to(HOME).with_suffix("").parts)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: list[Mutant] = []
    times: dict[tuple[str, str, str], int] = {}
    for name, function in _functions(tree.body):
        text = ast.unparse(function)
        said = [part for node in ast.walk(function) for note in _annotations(node) for part in ast.walk(note)]
        idle = set(map(id, said))
        for statement in function.body:
            for node in ast.walk(statement):
                for new in _changes(node) if id(node) not in idle else ():
                    key = (name, _brief(node), _brief(new))
                    times[key] = times.get(key, 0) + 1
                    found.append(Mutant(module, name, tree, function, node, new, times[key], text))
    return found


def gathered(rooms: tuple[str, ...] = ROOMS) -> list[Mutant]:
    """All of some rooms, in the order in which they are tried: that of their marks, which spreads them evenly over the source."""
    paths = [path for room in rooms for path in sorted((HOME / room).glob("*.py")) if path.stem != "__init__"]
    return sorted((mutant for path in paths for mutant in mutants(path)), key=lambda mutant: mutant.mark)
