"""Small changes to the rooms' source, one at a time, each of which some test must notice: `python tests/mutants.py [--room stream] [--sample 200]`.

A mutant is one operator, constant, condition or statement of one function changed. It is tried in a process of its own, in which that function's
code is replaced: the explorer asks its properties, then example dialogues are played. What neither notices is a survivor; `mutants.txt` lists those
that are known. Exit code 1: one is not listed, or what is listed is noticed. `--accept` writes the list anew for what was tried. With `--tests` the
room's own tests judge the survivors, too, and the list stays as it is.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import random
import resource
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "framework" / "wiregram"
KNOWN = Path(__file__).with_suffix(".txt")
ROOMS = ("decode", "flow", "stream", "detect", "parse", "expression", "transaction", "engine", "outputs")
PROTOCOLS = ("echo", "pop3", "dns", "modbus", "redis", "mqtt")
"""What the explorer speaks."""

PLAYED = ("echo", "pop3", "dns", "modbus", "dnp3", "kafka", "mqtt", "rtsp", "sip", "ssh", "websocket", "snmp", "tftp", "ntp", "s7comm", "memcached")
"""Whose example dialogues are played."""

SCENARIOS = 160
SECONDS = 120
"""Of a processor, for one mutant: what takes so long has been noticed."""

TESTS = {room: (room,) for room in ROOMS} | {"parse": ("text", "binary")}
"""Whose tests are whose."""

_COMPARED = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot,
    ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In}  # fmt: skip
_COMPUTED = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift}  # fmt: skip


class Mutant:
    """`name` is stable: module, function, what becomes what, and which one of those that are the same."""

    def __init__(self, module: str, function: str, tree: ast.Module, old: ast.AST, new: ast.AST) -> None:
        self.module = module
        self.function = function
        self.tree = tree
        self.old = old
        self.new = new
        self.name = f"{module}:{function}: {_brief(old)} -> {_brief(new)}"

    def code(self) -> CodeType:
        """The function's code with the change."""
        memo: dict[int, Any] = {}
        tree = copy.deepcopy(self.tree, memo)
        place = memo[id(self.old)]
        tree = ast.fix_missing_locations(_Put(place, self.new).visit(tree))
        found = compile(tree, f"<{self.name}>", "exec", dont_inherit=True)
        for name in self.function.split("."):
            found = next(part for part in found.co_consts if isinstance(part, CodeType) and part.co_name == name)
        return found

    def apply(self) -> bool:
        """Put it into the running process; False where the room is compiled."""
        owner: Any = import_module(f"wiregram.{self.module}")
        for name in self.function.split("."):
            owner = vars(owner)[name]
        function = getattr(owner, "__func__", getattr(owner, "fget", owner))
        if not hasattr(function, "__code__"):
            return False
        function.__code__ = self.code()
        return True


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
    times: dict[str, int] = {}
    for name, function in _functions(tree.body):
        for statement in function.body:
            for node in ast.walk(statement):
                for new in _changes(node):
                    made = Mutant(module, name, tree, node, new)
                    times[made.name] = times.get(made.name, 0) + 1
                    if times[made.name] > 1:
                        made.name += f" ({times[made.name]})"
                    found.append(made)
    return found


def gathered(rooms: tuple[str, ...] = ROOMS) -> list[Mutant]:
    return [mutant for room in rooms for path in sorted((HOME / room).glob("*.py")) if path.stem != "__init__" for mutant in mutants(path)]


class Judge:
    """What is made ready once, before the first mutant."""

    def __init__(self, tests: bool = False) -> None:
        import wiregram
        from wiregram.dialogue import check, dialogue_file, read_dialogues
        from wiregram_harness.search import Search, chosen
        from wiregram_harness.subject import Subject

        self._library = wiregram.load()
        self._play = check
        self._tests = tests
        self._search = Search
        self._properties = chosen()
        self._subjects = [Subject(self._library, name) for name in PROTOCOLS]
        files = {name: dialogue_file(name, ()) for name in PLAYED}
        self._dialogues = {name: read_dialogues(path) for name, path in files.items() if path is not None}

    def notices(self) -> bool:
        for subject in self._subjects:
            if self._search(subject, self._properties, sampled=True, small=False).explore(SCENARIOS).broken is not None:
                return True
        return any(self._play(self._library, name, dialogues) for name, dialogues in self._dialogues.items())

    def tested(self, room: str) -> bool:
        """Whether the room's own tests notice something."""
        folders = [str(ROOT / "tests" / "unit" / folder) for folder in TESTS[room]]
        return pytest.main(["-x", "-q", "-p", "no:cacheprovider", "--rootdir", str(ROOT), *folders]) != pytest.ExitCode.OK

    def survives(self, mutant: Mutant | None) -> bool | None:
        """Try one (None: the source as it is) in a process of its own; None: its room is compiled."""
        child = os.fork()
        if child == 0:
            resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
            for stream in (1, 2):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
            try:
                code = 0 if mutant is not None and not mutant.apply() else 1 if self.notices() else 3
                if code == 3 and self._tests and mutant is not None and self.tested(mutant.module.partition(".")[0]):
                    code = 1
            except BaseException:
                code = 1
            os._exit(code)
        _, status = os.waitpid(child, 0)
        ended = os.waitstatus_to_exitcode(status)
        return None if ended == 0 else ended == 3


def known() -> list[str]:
    """The survivors that are listed."""
    lines = KNOWN.read_text(encoding="utf-8").splitlines() if KNOWN.exists() else []
    return [line for line in lines if line and not line.startswith("#")]


HEAD = "# Changes of the rooms' source that neither explorer nor dialogues notice (tests/mutants.py). What they come to notice goes.\n"


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--room", action="append", choices=ROOMS, help="only this room (repeatable)")
    words.add_argument("--sample", type=int, default=0, help="so many of them, spread over all (default: every one)")
    words.add_argument("--seed", type=int, default=0, help="which ones")
    words.add_argument("--seconds", type=float, default=0.0, help="end after so long")
    words.add_argument("--known", action="store_true", help="only those that are listed")
    words.add_argument("--tests", action="store_true", help="let the room's own tests judge the survivors, too")
    words.add_argument("--accept", action="store_true", help="write the list anew for what was tried")
    asked = words.parse_args()
    every = gathered(tuple(asked.room or ROOMS))
    listed = set(known())
    chosen = [mutant for mutant in every if mutant.name in listed] if asked.known else every
    if asked.sample and asked.sample < len(chosen):
        chosen = random.Random(asked.seed).sample(chosen, asked.sample)
    judge = Judge(asked.tests)
    if not judge.survives(None):
        print("something fails without a mutant")
        return 2
    begun = time.monotonic()
    tried: dict[str, bool] = {}
    for mutant in chosen:
        if asked.seconds and time.monotonic() - begun > asked.seconds:
            break
        survived = judge.survives(mutant)
        if survived is not None:
            tried[mutant.name] = survived
            if survived:
                print(f"survives{'' if mutant.name in listed else ', new'}: {mutant.name}", flush=True)
    alive = {name for name, survived in tried.items() if survived}
    gone = sorted(name for name in listed if name in tried and not tried[name])
    print(f"{len(tried)} of {len(every)} mutants tried in {time.monotonic() - begun:.0f} s, {len(tried) - len(alive)} noticed, {len(alive)} survive")
    for name in gone:
        print(f"listed, but noticed: {name}")
    if asked.tests:
        return 1 if alive else 0
    if asked.accept:
        KNOWN.write_text(HEAD + "".join(f"{name}\n" for name in sorted(listed - set(gone) | alive)), encoding="utf-8")
        return 0
    return 1 if alive - listed or gone else 0


if __name__ == "__main__":
    sys.exit(main())
