"""Whatever stands in a table, what is wrong is said: no other exception, and no library from what is refused."""

from __future__ import annotations

import pytest

from wiregram.compiler.grammars import Shelf
from wiregram.compiler.library import compile_descriptions
from wiregram.manifest.document import Document
from wiregram.manifest.loading import bundled
from wiregram.manifest.positions import scan
from wiregram.manifest.reading import describe
from wiregram.manifest.validation import validate
from wiregram.model.errors import ERROR, ManifestError, Problem

VALUES = ('"x"', '""', '"request.kind"', "3", "true", "[]", '["start", "x"]', "{ }", '{ to = "start" }', '{ when = "x" }', "1979-05-27", '"\'"')


def findings(text: str, name: str, shelf: Shelf) -> list[Problem]:
    """Everything that is wrong with protocol `name` of a manifest; where nothing is, there is a protocol."""
    try:
        document = Document(text, "p.toml")
    except ManifestError as error:
        return list(error.problems)
    validated = validate(document)
    problems = list(validated.problems)
    if name in validated.data and name not in validated.broken:
        description, more = describe(document, name, validated.data[name], (bundled() / "grammars",))
        problems += more
        if not more:
            outcome = compile_descriptions({name: description}, shelf, (name,))[name]
            problems += outcome.problems
            assert (outcome.protocol is None) == any(problem.severity == ERROR for problem in outcome.problems)
    return problems


@pytest.mark.parametrize("name", ["echo", "pop3", "dns", "modbus"])
def test_any_value_anywhere_gives_findings_and_no_other_exception(name: str) -> None:
    text = (bundled() / "protocols.toml").read_text()
    shelf = Shelf()
    seen = 0
    for number, (path, span) in enumerate(scan(text).items()):
        if not path or path[0] != name or (text[span.start] == "[" and len(path) < 3):
            continue
        for value in VALUES[number % 12 :: 12]:
            for problem in findings(text[: span.start] + value + text[span.end :], name, shelf):
                assert problem.text
                assert problem.render()
                assert not problem.line or 0 < problem.column <= len(problem.source) + 1
            seen += 1
    assert seen > 5
