"""Where descriptions and settings are found, and all of them read. Knows the search path; understands no grammar and no expression."""

from __future__ import annotations

import os
from collections.abc import Iterable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import msgspec

from wiregram.manifest.description import Description
from wiregram.manifest.document import Document, read
from wiregram.manifest.positions import Path as KeyPath
from wiregram.manifest.reading import describe, ranges
from wiregram.manifest.validation import closest, validate
from wiregram.model.errors import HINT, ManifestError, Problem
from wiregram.model.record import FAMILIES
from wiregram.program.protocol import Limits
from wiregram.program.settings import EngineSettings, OutputSettings, Settings

MANIFEST = "protocols.toml"
VARIABLE = "WIREGRAM_PATH"
GROUP = "wiregram.protocols"


class Tables(msgspec.Struct):
    """Every description found, by name, in the order of the search path; `problems` of those that could not be read, and notes.

    `broken` are the names of protocols that stand in a manifest and could not be read; `rests` what could be read of them, which is looked
    through for more that is wrong."""

    descriptions: dict[str, Description] = {}
    problems: list[Problem] = []
    broken: set[str] = set()
    rests: dict[str, Description] = {}


def bundled() -> Path:
    """The directory of the protocols that come with the framework: in the package, or the top of a checkout."""
    package = Path(__file__).parents[1]
    inside = package / "_bundled"
    return inside if inside.is_dir() else package.parents[1]


def search_path(directories: Iterable[str | os.PathLike[str]] = (), *, defaults: bool = True) -> tuple[Path, ...]:
    """Where manifests are looked for, a later one overriding an earlier: the bundled ones, plugins, WIREGRAM_PATH, `directories`.

    Without `defaults`, `directories` alone. A directory holds protocols.toml; a path may also name a manifest itself.
    Raises ManifestError for an entry point that gives no directory."""
    found: list[Path] = []
    if defaults:
        if (bundled() / MANIFEST).is_file():
            found.append(bundled())
        for point in sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value)):
            found += _plugin(point.value, point.load())
        found += [Path(part) for part in os.environ.get(VARIABLE, "").split(os.pathsep) if part]
    found += [Path(directory) for directory in directories]
    unique: list[Path] = []
    for path in found:  # the last mention counts
        unique = [known for known in unique if known.resolve() != path.resolve()]
        unique.append(path)
    return tuple(unique)


def _plugin(name: str, value: object) -> list[Path]:
    """A plugin gives a directory, several, a function of none that gives either, or a package whose directory counts."""
    if callable(value):
        value = value()
    if isinstance(value, (str, os.PathLike)):
        return [Path(value)]
    home = getattr(value, "__path__", value)
    if isinstance(home, Iterable):
        return [Path(str(part)) for part in home]
    raise ManifestError(
        Problem(f"the entry point `{name}` of {GROUP} gives no directory", suggestion="give a path or a package that holds protocols.toml")
    )


def manifest_of(path: Path) -> Path:
    """The manifest that an entry of the search path names."""
    return path if path.suffix == ".toml" else path / MANIFEST


def load_tables(paths: Iterable[Path]) -> Tables:
    """Reads every manifest of `paths`. What is wrong is collected, never raised; the same name twice: the later one counts, with a note."""
    tables = Tables({}, [], set())
    for path in paths:
        manifest = manifest_of(path)
        home = manifest.parent
        try:
            document = read(manifest)
        except ManifestError as error:
            tables.problems += error.problems
            continue
        validated = validate(document)
        tables.problems += validated.problems
        tables.broken |= {name for name in validated.broken if isinstance(document.data.get(name), dict)}
        for name, table in validated.data.items():
            if name in validated.broken:
                tables.descriptions.pop(name, None)
                if (rest := validated.rest(name)) is not None:
                    tables.rests[name], problems = describe(document, name, rest, (home / "grammars", home))
                    tables.problems += problems
                continue
            description, problems = describe(document, name, table, (home / "grammars", home))
            tables.problems += problems
            if problems:
                tables.broken.add(name)
                tables.descriptions.pop(name, None)
                continue
            if name in tables.descriptions:
                older = tables.descriptions[name].document.name
                tables.problems.append(document.problem(f"`{name}` overrides the description in {older}", (name,), at="key", severity=HINT))
            tables.broken.discard(name)
            tables.rests.pop(name, None)
            tables.descriptions[name] = description
    return tables


def load_settings(path: Path, tables: Tables | None = None) -> Settings:
    """settings.toml as Settings; raises ManifestError with every problem. With `tables`, what it names must be there: a protocol, its
    transports, its constants, the event types of its records and of the families."""
    document = read(path)
    validated = validate(document, "settings")
    data = validated.data
    known = None if tables is None else (*tables.descriptions, *sorted(tables.broken))
    problems = [_below_protocols(problem, known or ()) for problem in validated.problems]
    overlays: dict[str, dict[str, object]] = {}
    for name, overlay in data.get("protocols", {}).items():
        if known is not None and name not in known:
            problems.append(document.problem(f"no protocol `{name}`", ("protocols", name), at="key", suggestion=closest(name, known)))
        overlays[name] = dict(overlay)
        if tables is not None and name in tables.descriptions:
            problems += _beside(document, tables, name, overlay)
    if tables is not None and not tables.broken:
        types = {each for name in tables.descriptions for each in record_types(tables, name)}
        problems += _strange_types(document, data, ("outputs",), (*sorted(types), *FAMILIES))
    if problems:
        raise ManifestError(problems)
    for overlay in overlays.values():
        for transport in {"tcp", "udp"} & overlay.keys():
            overlay[transport] = [list(pair) for pair in ranges(overlay[transport])]  # type: ignore[arg-type]  # validated as a list
    own = {name: overlay.pop("outputs") for name, overlay in overlays.items() if "outputs" in overlay}
    outputs = {**data.get("outputs", {}), "protocols": own}
    return Settings(EngineSettings(**data.get("engine", {})), msgspec.convert(outputs, OutputSettings), overlays)


def record_types(tables: Tables, name: str) -> list[str]:
    """The event types of the records that a protocol's flows give, those of the layers that live as long as the flow among them."""
    found: list[str] = []
    waiting, seen = [name], set()
    while waiting:
        each = waiting.pop()
        description = tables.descriptions.get(each)
        if description is None or each in seen:
            continue
        seen.add(each)
        if each != name or not description.layer:
            found.append(description.log.name or each)
        states = (state for side in description.sides for state in side.states)
        waiting += [state.feed.layer.text for state in states if state.feed is not None and state.feed.scope == "flow"]
    return found


def _beside(document: Document, tables: Tables, name: str, overlay: dict[str, Any]) -> list[Problem]:
    """What an overlay says of ports, transports, constants and records that its protocol does not have."""
    description, path = tables.descriptions[name], ("protocols", name)
    problems: list[Problem] = []
    for key in ("tcp", "udp", "mode"):
        if description.layer and key in overlay:
            problems.append(document.problem(f"`{name}` is a layer: it is never detected, only fed", (*path, key), at="key"))
    modes = overlay.get("mode")
    if isinstance(modes, dict) and not description.layer:
        for transport in modes.keys() - description.ports.keys() - overlay.keys():
            hint = f"give it ports: {transport} = [...]"
            problems.append(document.problem(f"`{name}` is not spoken over {transport}", (*path, "mode", transport), at="key", suggestion=hint))
    problems += _strange_constants(document, overlay, name, constants_of(description))
    return problems + _strange_types(document, overlay, (*path, "outputs"), (*record_types(tables, name), *FAMILIES))


def _strange_types(document: Document, table: dict[str, Any], path: KeyPath, known: tuple[str, ...]) -> list[Problem]:
    """Event types in `outputs.types` that no record has."""
    return [
        document.problem(f"no record has the event type `{name}`", (*path, "types", index), at="value", suggestion=closest(name, known))
        for index, name in enumerate(table.get("outputs", {}).get("types", ()))
        if name not in known
    ]


def constants_of(description: Description) -> dict[str, object]:
    """What settings may give another value: numbers, lists and tables of `define`."""
    numbers = {name: int(written.text) for name, written in description.definitions.items() if written.text.isdecimal()}
    return {**numbers, **description.constants}


def _strange_constants(document: Document, overlay: dict[str, Any], protocol: str, known: dict[str, object]) -> list[Problem]:
    """Constants that the description does not have, or has in another form."""
    problems = []
    for name, value in overlay.get("define", {}).items():
        path = ("protocols", protocol, "define", name)
        if name not in known:
            problems.append(document.problem(f"`{protocol}` defines no constant `{name}`", path, at="key", suggestion=closest(name, known)))
        elif type(value) is not type(known[name]):
            forms = {int: "a number", list: "a list", dict: "a table"}
            problems.append(document.problem(f"`{name}` is {forms.get(type(known[name]), 'something else')} in the description", path, at="value"))
    return problems


def _below_protocols(problem: Problem, protocols: tuple[str, ...]) -> Problem:
    """A protocol's table at the top of the settings is the likely slip: say where it belongs."""
    return msgspec.structs.replace(problem, suggestion=f"write [protocols.{problem.key}]") if problem.key in protocols else problem


def overlaid(description: Description, settings: Settings) -> Description:
    """`description` with the ports, the mode, the limits and the constants that `settings` lay over it."""
    overlay = settings.protocols.get(description.name)
    if not overlay:
        return description
    ports, mode = dict(description.ports), dict(description.mode)
    for transport in ("tcp", "udp"):
        if transport in overlay:
            ports[transport] = tuple(tuple(pair) for pair in overlay[transport])  # type: ignore[attr-defined]  # ranges, by load_settings
            mode.setdefault(transport, "on")
    said = overlay.get("mode")
    if isinstance(said, str):
        mode = dict.fromkeys(mode, said)
    elif isinstance(said, dict):
        mode |= {transport: word for transport, word in said.items() if transport in mode}
    limits = overlay.get("limits")
    merged = {**description.limits, **limits} if isinstance(limits, dict) else description.limits
    definitions, constants = dict(description.definitions), dict(description.constants)
    said = overlay.get("define")
    for name, value in said.items() if isinstance(said, dict) else ():
        old = constants.get(name)
        if isinstance(value, int) and name in definitions:
            definitions[name] = msgspec.structs.replace(definitions[name], text=str(value))
        elif old is not None:
            constants[name] = {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
    return msgspec.structs.replace(description, ports=ports, mode=mode, limits=merged, definitions=definitions, constants=constants)


def limits_of(description: Description) -> Limits:
    return Limits(**description.limits)
