"""A binary grammar file as text and as a module: it is run once, and its declarations are found again in its source. It compiles nothing."""

from __future__ import annotations

import ast
import sys
import traceback
from pathlib import Path
from types import ModuleType

import construct

from wiregram.model.errors import ERROR, GrammarError, Problem

FIRST = "from construct import *"
Place = ast.AST | traceback.FrameSummary


class Source:
    """A grammar file that ran: its top-level declarations by name, in the order of their assignment. Raises GrammarError."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = str(path)
        self.lines = text.splitlines()
        self.tree = self._parsed(text)
        self.names = _assigned(self.tree)
        problems = lint(self)
        if problems:
            raise GrammarError(problems)
        self.module = self._run(text)
        self.declarations = self._declarations()

    def problem(self, text: str, node: Place | None = None, suggestion: str = "", severity: str = ERROR, line: int = 0) -> Problem:
        """A finding at `node` (or at `line`)."""
        width = 1
        line = getattr(node, "lineno", None) or line
        shown = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        column = 0
        if node is not None and shown:
            first, last = _columns(node)
            column = len(shown.encode()[:first].decode(errors="replace")) + 1
            end = getattr(node, "end_lineno", line)
            width = last - first if end == line else len(shown) - column + 1
        return Problem(text, self.path, line, column, max(1, width), "", shown, suggestion, severity)

    def place(self, name: str, path: list[str]) -> ast.AST | None:
        """Where field `path` of the declaration `name` is written, as far as the source shows it: the field's name, else the declaration."""
        statement = self.names.get(name)
        if statement is None:
            return None
        for part in reversed(path):
            for root in (statement, self.tree):
                for node in ast.walk(root):
                    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and getattr(node.left, "value", None) == part:
                        return node
        return statement

    def _parsed(self, text: str) -> ast.Module:
        try:
            return ast.parse(text)
        except SyntaxError as error:
            line = error.lineno or 0
            shown = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
            raise GrammarError(Problem(f"this is no Python: {error.msg}", self.path, line, error.offset or 0, 1, "", shown)) from None
        except ValueError as error:
            raise GrammarError(Problem(f"this is no Python: {error}", self.path)) from None

    def _run(self, text: str) -> ModuleType:
        module = ModuleType("wiregram_grammar_" + "".join(c if c.isalnum() else "_" for c in Path(self.path).stem))
        module.__file__ = self.path
        sys.modules[module.__name__] = module
        try:
            exec(compile(text, self.path, "exec"), module.__dict__)
        except (Exception, SystemExit) as error:
            frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == self.path]
            suggestion = f"begin the file with `{FIRST}`" if isinstance(error, NameError) and hasattr(construct, error.name or "") else ""
            place = frames[-1] if frames else None
            raise GrammarError(self.problem(f"the file does not run: {type(error).__name__}: {error}", place, suggestion)) from None
        finally:
            del sys.modules[module.__name__]
        return module

    def _declarations(self) -> dict[str, construct.Construct]:
        found = {
            name: value
            for name, value in vars(self.module).items()
            if isinstance(value, construct.Construct) and getattr(construct, name, None) is not value
        }
        if not found:
            better = 'a message is an object at the top level, such as `message = Struct("id" / Int16ub)`'
            raise GrammarError(self.problem("no declaration found", None, better, line=1))
        return found


def _columns(place: Place) -> tuple[int, int]:
    """The octets of its first line between which a node or a frame stands."""
    if isinstance(place, traceback.FrameSummary):
        return place.colno or 0, place.end_colno or 0
    return getattr(place, "col_offset", 0), getattr(place, "end_col_offset", 0)


def read(path: Path, source: str | None) -> Source:
    """The file at `path`, or `source` in its place. Raises GrammarError."""
    if source is None:
        try:
            source = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise GrammarError(Problem(f"cannot read the grammar: {error}", str(path))) from None
    return Source(path, source)


def _assigned(tree: ast.Module) -> dict[str, ast.stmt]:
    found: dict[str, ast.stmt] = {}
    for statement in tree.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target] if isinstance(statement, ast.AnnAssign) else []
        for target in targets:
            for node in ast.walk(target):
                if isinstance(node, ast.Name):
                    found.setdefault(node.id, statement)
    return found


_ROOTS = frozenset({"this", "obj_", "list_"})
_FUNCTIONS = frozenset({"len_", "sum_", "min_", "max_", "abs_"})
_BUILTINS = frozenset({"len", "sum", "min", "max", "abs", "any", "all", "bool", "int", "str"})


def lint(source: Source) -> list[Problem]:
    """What Python takes away from an expression over `this` before Construct sees it: half of `and`, `or` and chains, all of `in` and `not`."""
    problems = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.BoolOp) and any(_symbolic(value) for value in node.values):
            word, sign = ("and", "&") if isinstance(node.op, ast.And) else ("or", "|")
            better = f" {sign} ".join(_bracketed(value) for value in node.values)
            problems.append(source.problem(f"`{word}` keeps one of its sides only: Construct never sees the other", node, f"write {better}"))
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not) and _symbolic(node.operand):
            problems.append(source.problem("`not` over `this` is always False", node, f"write ~{_bracketed(node.operand)}"))
        elif isinstance(node, ast.Compare) and any(_symbolic(value) for value in (node.left, *node.comparators)):
            problems += _comparison(source, node)
        elif isinstance(node, ast.IfExp) and _symbolic(node.test):
            problems.append(
                source.problem("`if` over `this` always takes its first side", node.test, "between declarations write IfThenElse(condition, x, y)")
            )
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _BUILTINS and any(_symbolic(a) for a in node.args):
            word = node.func.id + "_"
            better = f"write {word}(...)" if word in _FUNCTIONS and len(node.args) == 1 else "it cannot be said with `this`"
            problems.append(source.problem(f"`{node.func.id}` runs when the file is read, over the expression and not over its value", node, better))
    problems.sort(key=lambda problem: (problem.line, problem.column))
    return problems


def _comparison(source: Source, node: ast.Compare) -> list[Problem]:
    operands = [node.left, *node.comparators]
    if any(isinstance(op, (ast.In, ast.NotIn)) for op in node.ops):
        choices = node.comparators[-1]
        better = "compare with each value: (this.a == 1) | (this.a == 2)"
        if len(node.ops) == 1 and isinstance(choices, (ast.Tuple, ast.List, ast.Set)) and 0 < len(choices.elts) <= 4:
            sign, joint = ("==", " | ") if isinstance(node.ops[0], ast.In) else ("!=", " & ")
            better = "write " + joint.join(f"({ast.unparse(node.left)} {sign} {ast.unparse(value)})" for value in choices.elts)
        return [source.problem("`in` over `this` is always True", node, better)]
    if any(isinstance(op, (ast.Is, ast.IsNot)) for op in node.ops):
        sign = "==" if isinstance(node.ops[0], ast.Is) else "!="
        better = f"write {ast.unparse(node.left)} {sign} {ast.unparse(operands[1])}"
        return [source.problem("`is` compares the expression, not its value", node, better)]
    if len(node.ops) > 1:
        pairs = zip(operands, node.ops, operands[1:], strict=False)
        better = " & ".join(f"({ast.unparse(ast.Compare(left, [op], [right]))})" for left, op, right in pairs)
        return [source.problem("a chain of comparisons keeps its last pair only", node, f"write {better}")]
    return []


def _symbolic(node: ast.AST) -> bool:
    if isinstance(node, ast.Name):
        return node.id in _ROOTS
    if isinstance(node, (ast.Attribute, ast.Subscript)):
        return _symbolic(node.value)
    if isinstance(node, ast.BinOp):
        return _symbolic(node.left) or _symbolic(node.right)
    if isinstance(node, ast.UnaryOp):
        return _symbolic(node.operand)
    if isinstance(node, ast.Compare):
        return any(_symbolic(value) for value in (node.left, *node.comparators))
    if isinstance(node, ast.BoolOp):
        return any(_symbolic(value) for value in node.values)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS and any(_symbolic(a) for a in node.args)


def _bracketed(node: ast.AST) -> str:
    text = ast.unparse(node)
    return text if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript, ast.Call)) else f"({text})"
