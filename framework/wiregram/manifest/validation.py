"""A document against the schema: every unknown, misplaced, unsupported, missing or ill-typed key at once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any

import msgspec

from wiregram.manifest.document import Document
from wiregram.manifest.forms import PORT, Either, Flag, Kind, Many, Named, Ports, Seconds, Section, Whole, Word, accepts, called
from wiregram.manifest.positions import Path
from wiregram.manifest.schema import FORMAT, TABLES, Table
from wiregram.model.errors import Problem

PROTOCOL = re.compile(r"[a-z][a-z0-9_]*")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
TARGETS = ("complete", "stop")
VERDICTS = ("failed", "unknown")
_FREE_NAMES = ("path of a field", "`own`, `tx`, `session`", "variable")


class Validated(msgspec.Struct):
    """`data` is the document's tree without the keys that are unknown. `broken` holds the top-level tables that cannot be
    read further as they are, `wrong` the keys in them (two names) that are to blame."""

    data: dict[str, Any]
    problems: list[Problem]
    broken: set[str]
    wrong: set[Path] = set()

    def rest(self, name: str) -> dict[str, Any] | None:
        """The broken table `name` without what is to blame, for finding what else is wrong; None where the rest would seem wrong without it."""
        blamed = [path[1] for path in self.wrong if path[0] == name and len(path) == 2]
        if name not in self.data or len(blamed) < len([path for path in self.wrong if path[0] == name]) or not _APART.issuperset(blamed):
            return None
        kept = {key: value for key, value in self.data[name].items() if key not in blamed}
        kept.setdefault("title", "")
        return kept | {key: [] for key in ("tcp", "udp") if key in blamed}


_APART = frozenset({"title", "tcp", "udp", "mode", "speaks_first", "limits", "detect", "status", "summary", "log"})
"""Keys of a protocol that nothing else in its table reads."""


def closest(name: str, names: Iterable[str]) -> str:
    """ "did you mean `x`?" with the nearest of `names`, or ''."""
    found = difflib.get_close_matches(name, list(names), 1, 0.6)
    return f"did you mean `{found[0]}`?" if found else ""


def listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def validate(document: Document, root: str = "manifest") -> Validated:
    """Checks the whole of `document` against schema table `root`."""
    walk = _Walk(document)
    data = walk.table(TABLES[root], document.data, ())
    if root == "manifest" and data.get("format", FORMAT) != FORMAT:
        walk.wrong(("format",), f"this version reads format {FORMAT}, not {data['format']}")
    data.pop("format", None)
    return Validated(data, walk.problems, walk.broken, walk.blamed)


class _Walk:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []
        self.broken: set[str] = set()
        self.blamed: set[Path] = set()

    def blame(self, path: Path) -> None:
        self.broken.add(str(path[0]))
        self.blamed.add(path[:2])

    def wrong(self, path: Path, text: str, suggestion: str = "", at: str = "value") -> None:
        self.problems.append(self.document.problem(text, path, at=at, suggestion=suggestion))
        if path:
            self.blame(path)

    def table(self, table: Table, value: dict[str, Any], path: Path) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for name, item in value.items():
            inner = (*path, name)
            key = table.key(name)
            if key is not None:
                kept[name] = self.value(key.kind, item, inner)
            elif table.others is not None and isinstance(item, dict) and self.author(table, name, inner):
                kept[name] = self.value(table.others, item, inner)
            elif table.others is None or not isinstance(item, dict):
                self.unknown(table, name, inner)
        for key in table.keys:
            if key.required and key.name not in value:
                self.wrong((*path, key.name), f"{table.called} needs `{key.name}`: {key.kind.shown}", at="key")
        return kept

    def author(self, table: Table, name: str, path: Path) -> bool:
        """Whether `name`, that the author chose, may be a protocol or a state."""
        if table is TABLES["side"] and (key := TABLES["state"].key(name)) is not None and name != "next":
            hint = "write it below a state, such as `start`"
            self.wrong(path, f"`{name}` is a key of a state, not of a side: {key.meaning}", hint, at="key")
            return False
        pattern = PROTOCOL if table is TABLES["manifest"] else NAME
        reserved = name in (VERDICTS if pattern is PROTOCOL else TARGETS)
        if reserved or not pattern.fullmatch(name):
            what = "protocol" if pattern is PROTOCOL else "state"
            letters = "small letters, digits and `_`" if pattern is PROTOCOL else "letters, digits and `_`"
            self.wrong(path, f"`{name}` cannot name a {what}", "the name is reserved" if reserved else f"a name has {letters}", at="key")
            return False
        return True

    def unknown(self, table: Table, name: str, path: Path) -> None:
        homes = [home for home in _homes(table) if home.key(name)]
        near = closest(name, table.names())
        if table is TABLES["manifest"]:
            text, hint = f"`{name}` is neither `format` nor a table: a protocol is a table", near
        elif table is TABLES["side"] and not near and not homes:
            text, hint = f"`{name}` must be a table: every key of a side but `resync` is a state", ""
        elif homes and not (near and difflib.SequenceMatcher(None, name, near).ratio() > 0.9):
            text, hint = f"`{name}` is no key of {table.called}", f"it is a key of {homes[0].called} ({homes[0].where})"
        else:
            text, hint = f"`{name}` is no key of {table.called}", near or f"its keys: {listed(table.names())}"
        self.problems.append(self.document.problem(text, path, at="key", suggestion=hint))
        if table is TABLES["side"] or table is TABLES["manifest"]:
            self.blame(path)

    def value(self, kind: Kind, value: Any, path: Path) -> Any:
        """`value`, checked all the way down; what is unknown is left out."""
        if isinstance(kind, Either):
            fitting = next((each for each in kind.kinds if accepts(each, value)), None)
            if fitting is None:
                return self.mistyped(kind, value, path)
            return self.value(fitting, value, path)
        if not accepts(kind, value):
            return self.mistyped(kind, value, path)
        match kind:
            case Section():
                return self.table(TABLES[kind.name], value, path)
            case Named():
                for name in value:
                    if kind.what not in _FREE_NAMES and not NAME.fullmatch(name):
                        self.wrong((*path, name), f"`{name}` cannot name a {kind.what}", "a name has letters, digits and `_`", at="key")
                return {name: self.value(kind.kind, item, (*path, name)) for name, item in value.items()}
            case Many():
                if not value and not kind.empty:
                    self.wrong(path, "an empty list says nothing", f"expected a {kind.shown}")
                return [self.value(kind.kind, item, (*path, index)) for index, item in enumerate(value)]
            case Word() if value not in kind.words:
                self.wrong(path, f"`{value}` is none of {listed(kind.words)}", closest(value, kind.words))
            case Flag() if kind.only is not None and value is not kind.only:
                self.wrong(path, f"only {kind.shown} can be said here")
            case Whole() if not kind.low <= value <= kind.high:
                bound = f"at least {kind.low}" if value < kind.low else f"at most {kind.high}"
                self.wrong(path, f"{value} is out of range", f"expected {bound}")
            case Seconds() if not 0 < value < 1e9:
                self.wrong(path, f"{value} is out of range", "expected seconds, more than 0")
            case Ports():
                for index, item in enumerate(value):
                    self.port(item, (*path, index))
            case _:
                pass
        return value

    def port(self, value: Any, path: Path) -> None:
        if isinstance(value, int) and not isinstance(value, bool):
            if not 0 <= value <= 65535:
                self.wrong(path, f"{value} is no port", "expected 0 to 65535")
        elif not isinstance(value, str) or not (found := PORT.fullmatch(value)):
            self.wrong(path, "neither a port nor a range of ports", 'a range reads "8000-8099"')
        elif not int(found[1]) <= int(found[2]) <= 65535:
            self.wrong(path, f"`{value}` is no range of ports", "expected two ports, the smaller one first")

    def mistyped(self, kind: Kind, value: Any, path: Path) -> Any:
        suggestion = ""
        if isinstance(value, (int, float)) and "expression" in kind.shown:
            suggestion = f'an expression is text: "{str(value) if isinstance(value, bool) else value}"'
        elif isinstance(kind, Flag | Whole | Seconds) and isinstance(value, str):
            suggestion = "write it without quotes"
        elif isinstance(kind, Ports | Many) and not isinstance(value, (list, dict)):
            suggestion = "write it in brackets: " + (f'["{value}"]' if isinstance(value, str) else f"[{value}]")
        elif isinstance(value, dict) and path[1:2] == ("secret",):
            suggestion = 'write the path in quotes: "request.text" = true'
        self.wrong(path, f"expected {kind.shown.replace('`', '')}, found {called(value)}", suggestion)
        return value


def _homes(table: Table) -> list[Table]:
    """The other tables of the same file, the likeliest first."""
    manifest = [name for name in TABLES if name not in ("manifest", "settings", "engine", "outputs", "overlay", "modes", "protocol_outputs")]
    nearby = {"state": ["transition", "choice", "side", "protocol"], "transition": ["state", "upgrade", "side"], "side": ["state", "transition"],
        "protocol": ["log", "pair", "detect", "limits", "state", "transition"]}  # fmt: skip
    name = next(name for name, each in TABLES.items() if each is table)
    if name not in manifest:
        others = ["settings", "engine", "outputs", "overlay", "limits"]
    else:
        others = [*nearby.get(name, []), "protocol", *(each for each in manifest if each not in ("key", "choice", "event"))]
    return [TABLES[each] for each in others if each != name]
