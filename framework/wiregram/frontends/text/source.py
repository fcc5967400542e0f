"""A grammar file's text, read by Lark's own loader; where its definitions stand; what is wrong with it, as `Problem`s with places."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lark.exceptions import LarkError, UnexpectedInput
from lark.load_grammar import Grammar as LarkGrammar
from lark.load_grammar import GrammarBuilder, _find_used_symbols, stdlib_loader

from wiregram.frontends.text.escapes import misread
from wiregram.model.errors import ERROR, WARNING, GrammarError, Problem

COUNTED = (
    "a length that the data decides is the manifest's part: end the message where the length is known, "
    "and let a state with `bytes` take what it counts"
)

IMPORTS = "`.name` is a path from the grammar file; `rfc` and `common` (Lark's) are found everywhere"

_PACKAGE = Path(__file__).parents[2]
BUNDLED = _PACKAGE / "_bundled" / "grammars" if (_PACKAGE / "_bundled").is_dir() else _PACKAGE.parents[1] / "grammars"
"""Where the grammars that come with the framework are, `rfc.lark` among them."""

_DEFINITION = re.compile(r"^[ \t]*(?:%(?:override|extend)[ \t]+)?[?!]*([A-Za-z_][A-Za-z0-9_]*)(?:\{[^}]*\})?(?:\.-?[0-9]+)?[ \t]*:", re.MULTILINE)
_PLACE = re.compile(r"(?:at )?line (\d+),? col(?:umn)? (\d+)")
_SYMBOL = re.compile(r"(?:in (?:rule|terminal) |: |'|`|terminal |rule )([A-Za-z_][A-Za-z0-9_]*)'?")

_HINTS = {
    "Expecting rule or terminal definition (missing colon)": (
        "a definition is `name: parts` (a rule, lower case) or `NAME: /pattern/` (a terminal, upper case)"
    ),
    "Illegal name for rules or terminals": "a rule is named in lower case, a terminal in upper case",
    "Alias expects lowercase name": "an alias is a name in lower case behind `->`",
    "Terminal names cannot contain dots": "a priority is a number: NAME.2: ...",
    "Misplaced operator": "? * + stand behind what they repeat",
    "Empty terminals are not allowed": "leave the terminal out, or write ? behind it in the rule",
}


class _Builder(GrammarBuilder):
    """Lark's own, which says nothing of a name that is imported and not there: `missing` has the grammar, the name and the grammar's names."""

    def __init__(self, shared: Any) -> None:
        super().__init__(False, [shared])
        self.missing: list[tuple[str, str, frozenset[str]]] = []

    def do_import(self, dotted_path: Any, base_path: Any, aliases: Any, base_mangle: Any = None) -> None:
        super().do_import(dotted_path, base_path, aliases, base_mangle)
        absent = [str(name) for name, alias in aliases.items() if str(alias) not in self._definitions]
        if absent:
            file = next((name for name in self.used_files if Path(str(name)).stem == dotted_path[-1]), None)
            there = frozenset(found[1] for found in _DEFINITION.finditer(_text(file, str(dotted_path[-1]))))
            self.missing += [(".".join(dotted_path), name, there) for name in absent]


def _text(file: Any, name: str) -> str:
    """The text of an imported grammar: a file, or one of Lark's own."""
    if isinstance(file, str) and Path(file).is_file():
        return Path(file).read_text(encoding="utf-8")
    try:
        return str(stdlib_loader(None, f"{name}.lark")[1])
    except OSError:
        return ""


class Source:
    """The text of one grammar file."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.lines = text.splitlines()
        self.files = {path: None}  # and all that an import looked at, there or not
        self._defined: dict[str, tuple[int, int]] = {}
        for found in _DEFINITION.finditer(text):
            line = text.count("\n", 0, found.start(1)) + 1
            self._defined.setdefault(found.group(1), (line, found.start(1) - text.rfind("\n", 0, found.start(1))))

    def problem(self, text: str, name: str = "", within: str = "", suggestion: str = "", severity: str = ERROR) -> Problem:
        """A problem at the definition of `name`, or where `name` stands inside the definition of `within`."""
        line, column = self._defined.get(within or name, (0, 0))
        if within and line:
            line, column = self._mention(name, line, column)
        elif not line and name:
            line, column = self._mention(name, 1, 1)
        return self.at(text, line, column, len(name) or 1, suggestion, severity)

    def at(self, text: str, line: int, column: int, width: int = 1, suggestion: str = "", severity: str = ERROR) -> Problem:
        shown = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        if not shown:
            line = column = 0
        return Problem(text, self.path, line, column, width, source=shown, suggestion=suggestion, severity=severity)

    def load(self) -> tuple[LarkGrammar, list[str]]:
        """Lark's form of the grammar, and the names of the rules that can be messages. Raises `GrammarError` with every problem found."""
        for number, line in enumerate(self.lines, 1):
            if not line.isascii():
                column = next(at for at, letter in enumerate(line, 1) if not letter.isascii())
                raise GrammarError(self.at("a grammar is ASCII: it describes bytes", number, column, suggestion="write other bytes as \\xNN"))
        builder = _Builder(self._shared)
        try:
            builder.load_grammar(self.text, self.path)
            self.files.update(dict.fromkeys(name for name in builder.used_files if isinstance(name, str)))
        except (LarkError, OSError, AssertionError, RecursionError) as error:
            if not builder.missing:
                raise GrammarError(self.translate(error)) from error
        if builder.missing:
            raise GrammarError([self._not_there(*missing) for missing in builder.missing])
        problems = self._check(builder)
        if problems:
            raise GrammarError(problems)
        try:
            grammar = builder.build()
        except LarkError as error:
            raise GrammarError(self.translate(error)) from error
        names = [
            str(name)
            for name, definition in builder._definitions.items()
            if not definition.is_term and not definition.params and not name.startswith("_") and "__" not in name
        ]
        if not names:
            raise GrammarError(self.at("the grammar has no rule that could be a message", 1, 1, suggestion="write one: message: NAME _EOL"))
        return grammar, names

    def _shared(self, directory: str | None, name: str) -> tuple[str, str]:
        self.files.update(dict.fromkeys(str(Path(home, name)) for home in (BUNDLED, directory) if home is not None))
        return shared(directory, name)

    def escapes(self) -> list[Problem]:
        """Warnings of escapes in patterns that Lark takes for what they spell."""
        found = []
        for at, escape, better in misread(self.text):
            line = self.text.count("\n", 0, at) + 1
            text = f"Lark reads {escape} before the pattern does: it is a {better[1:]} with its special meaning"
            found.append(self.at(text, line, at - self.text.rfind("\n", 0, at), len(escape), f"write {better} for the byte itself", WARNING))
        return found

    def translate(self, error: BaseException, name: str = "") -> Problem:
        """One of Lark's errors with its place; `name` is the definition to blame where the error tells none."""
        if isinstance(error, OSError):
            missing = str(error.filename or "")
            stem = missing.removesuffix(".lark").replace("/", ".").split(".")[-1]
            return self.problem(f"%import finds no grammar '{missing}' beside this file", stem, suggestion=IMPORTS)
        text = str(error).strip() or type(error).__name__
        head = text.split("\n", 1)[0].strip()
        hint = next((value for key, value in _HINTS.items() if key in head), "")
        if isinstance(error, UnexpectedInput) and error.line and error.line > 0:
            return self.at("this is not Lark's notation here", error.line, error.column, suggestion=hint)
        place = _PLACE.search(head)
        if place:
            head = head[: place.start()].rstrip(" ,:").removesuffix(" in")
            return self.at(head, int(place[1]), int(place[2]), suggestion=hint)
        text = " ".join(part.strip() for part in text.splitlines() if part.strip())
        for symbol in _SYMBOL.findall(text):
            if symbol in self._defined:
                return self.problem(text, symbol, suggestion=hint)
        return self.problem(text, name, suggestion=hint)

    def _check(self, builder: GrammarBuilder) -> list[Problem]:
        """What Lark would refuse at the first occurrence, all at once; and what a stream cannot do."""
        problems = []
        known = set(builder._definitions)
        for name, definition in builder._definitions.items():
            if definition.tree is None:
                problems.append(self.problem(f"%declare {name}: a terminal without a pattern", str(name), suggestion=COUNTED))
                continue
            for symbol in sorted(_used(definition.tree)):
                if symbol not in known and symbol not in definition.params:
                    what = "terminal" if symbol.isupper() else "rule"
                    problems.append(self.problem(f"{what} `{symbol}` is used but not defined", str(symbol), str(name), _closest(symbol, known)))
        for name in builder._ignore_names:
            if name not in known:
                problems.append(self.problem(f"%ignore names terminal `{name}`, which is not defined", str(name), suggestion=_closest(name, known)))
        return problems

    def _not_there(self, grammar: str, name: str, known: Iterable[str]) -> Problem:
        """An import of a name that the other grammar lacks, at its place in the import."""
        path, word = re.escape(grammar), re.escape(name)
        found = re.search(rf"%import[ \t]+\.*{path}(?:\.(?P<one>{word})(?!\w)|[ \t]*\([^)]*?(?<!\w)(?P<many>{word})(?!\w))", self.text)
        start = -1 if found is None else max(found.start("one"), found.start("many"))
        line = self.text.count("\n", 0, start) + 1 if start >= 0 else 0
        hint = _closest(name, known) or f"its names: {', '.join(sorted(known)) or 'none'}"
        return self.at(f"the grammar `{grammar}` has no `{name}`", line, start - self.text.rfind("\n", 0, start), len(name), hint)

    def _mention(self, name: str, line: int, column: int) -> tuple[int, int]:
        pattern = re.compile(rf"(?<![A-Za-z0-9_]){re.escape(name)}(?![A-Za-z0-9_])")
        for number in range(line, len(self.lines) + 1):
            found = pattern.search(self.lines[number - 1], column - 1 if number == line else 0)
            if found:
                return number, found.start() + 1
        return line, column


def shared(directory: str | None, name: str) -> tuple[str, str]:
    """For Lark's `import_paths`: the path and text of a bundled grammar, unless one of this name lies in the importing grammar's directory."""
    if directory is not None and Path(directory, name).exists():
        raise FileNotFoundError(name)
    return str(BUNDLED / name), (BUNDLED / name).read_text(encoding="utf-8")


def _used(tree: Any) -> set[str]:
    found: set[str] = _find_used_symbols(tree)  # type: ignore[no-untyped-call]  # Lark's own
    return found


def _closest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(str(name), sorted(str(one) for one in known), 1, 0.6)
    return f"did you mean `{near[0]}`?" if near else ""
