"""What goes wrong in a person's input, said so that the person can mend it. Traffic never raises any of these."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

ERROR, WARNING, HINT = "error", "warning", "hint"


class Problem(msgspec.Struct, frozen=True):
    """One finding about a description. `line` and `column` count from 1; 0 means unknown. `width` is the caret's length."""

    text: str
    file: str = ""
    line: int = 0
    column: int = 0
    width: int = 1
    key: str = ""
    source: str = ""
    suggestion: str = ""
    severity: str = ERROR

    def render(self) -> str:
        """Several lines: place and text, the source line, a caret, the suggestion."""
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        head = f"{place}: " if place else ""
        key = f" [{self.key}]" if self.key else ""
        lines = [f"{head}{self.severity}: {self.text}{key}"]
        if self.source:
            shown = self.source.expandtabs(1)
            lines.append(f"    {shown}")
            if self.column:
                lines.append("    " + " " * (self.column - 1) + "^" * max(1, min(self.width, len(shown) - self.column + 1)))
        if self.suggestion:
            lines.append(f"    {self.suggestion}")
        return "\n".join(lines)


class WiregramError(Exception):
    """The root of the project's errors; `problems` holds every finding, never only the first."""

    def __init__(self, problems: str | Problem | Iterable[Problem]) -> None:
        if isinstance(problems, str):
            problems = Problem(problems)
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(problem.render() for problem in self.problems))


class ManifestError(WiregramError):
    """protocols.toml, settings.toml or an example file is wrong."""


class GrammarError(WiregramError):
    """A grammar file is wrong, or says what a stream cannot do."""


class CompileError(WiregramError):
    """Manifest and grammar do not fit together."""


class CaptureError(WiregramError):
    """A file is missing, unreadable, or no capture."""
