"""The files that a grammar's Python draws on: the modules that it imports, and theirs. It reads sources, and runs nothing."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

OURS = frozenset({"__future__", "construct", "wiregram"})
"""What every grammar is made of; with the standard library it is known by its version."""


def imported(tree: ast.Module, path: str) -> tuple[str, ...] | None:
    """The file itself, then those of all modules, read where they were imported from. None where a module is no file of Python."""
    found = {path: None}
    waiting = [tree]
    while waiting:
        for name in _names(waiting.pop()):
            module = sys.modules.get(name)
            if name == "" or (module is not None and getattr(module, "__file__", None) is None):
                return None
            file = str(module.__file__) if module is not None else ""
            if module is None or file in found:
                continue  # an attribute of a module, not one itself
            try:
                waiting.append(ast.parse(Path(file).read_bytes()))
            except (OSError, SyntaxError, ValueError):
                return None
            found[file] = None
    return tuple(found)


def _names(tree: ast.Module) -> Iterator[str]:
    """The modules that the source may have imported, their packages among them; '' for one that it names from where it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [""] if node.level or node.module is None else [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] not in OURS and parts[0] not in sys.stdlib_module_names:
                yield from (".".join(parts[: count + 1]) for count in range(len(parts)))
