"""The one door: the search path's manifests, their grammars and the settings become a `Library`, or every problem at once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from wiregram.compiler.checks import check_protocol, largest_buffer
from wiregram.compiler.clashes import check_names, check_parameters
from wiregram.compiler.draft import Draft
from wiregram.compiler.family import Family, feeds
from wiregram.compiler.grammars import Shelf
from wiregram.compiler.kept import Kept
from wiregram.compiler.lines import Lines, count_lines
from wiregram.compiler.machine import build_events, build_group, build_missed, build_pair, build_side
from wiregram.compiler.programs import Reads, compile_programs
from wiregram.compiler.recognition import recognition
from wiregram.compiler.record import build_log, build_record, build_secrets, build_status, build_summary
from wiregram.compiler.signatures import build_patterns, build_probes, derived, first_speaker
from wiregram.manifest.description import Description
from wiregram.manifest.loading import Tables, load_settings, load_tables, manifest_of, overlaid, record_types, search_path
from wiregram.manifest.validation import closest, listed
from wiregram.model.errors import ERROR, CompileError, ManifestError, Problem
from wiregram.model.record import FAMILIES
from wiregram.program.library import Library
from wiregram.program.protocol import REQUEST, RESPONSE, Limits, Protocol
from wiregram.program.settings import Settings


class Outcome(msgspec.Struct, frozen=True):
    """What became of one description: `protocol` is None where an error stands among `problems`. `report` is for a reader, `schema` that of
    its record's object."""

    protocol: Protocol | None
    problems: tuple[Problem, ...]
    report: tuple[str, ...] = ()
    schema: dict[str, Any] = {}


def load(*directories: str | os.PathLike[str], settings: Settings | str | os.PathLike[str] | None = None, bundled: bool = True) -> Library:
    """The library of all protocols of `directories`, after the bundled ones, the plugins' and WIREGRAM_PATH's (unless not `bundled`).

    `settings` may be a settings.toml. What was compiled before comes from the cache. Raises ManifestError, GrammarError or CompileError with
    every problem of every protocol."""
    paths = search_path(directories, defaults=bundled)
    kept = Kept(paths, settings if settings is None or isinstance(settings, Settings) else os.fspath(settings))
    library = kept.get()
    if library is None:
        tables, shelf = load_tables(paths), Shelf()
        library = compile_library(tables, _settings(settings, tables), shelf)
        kept.put(library, _sources(paths, tables, shelf))
    return library


def _sources(paths: Iterable[Path], tables: Tables, shelf: Shelf) -> set[str] | None:
    """Every file that a library was made of, or would have been if it were there; None where that cannot be told."""
    grammars = shelf.sources()
    if grammars is None:
        return None
    places = (home / name.text for one in tables.descriptions.values() for name in one.grammars for home in one.directories)
    return grammars.union(str(path.absolute()) for path in (*map(manifest_of, paths), *places))


def compile_library(tables: Tables, settings: Settings | None = None, shelf: Shelf | None = None) -> Library:
    """The library of the tables that were read; raises as `load` does."""
    settings = settings or Settings()
    outcomes = compile_all(tables, settings, shelf=shelf)
    manifest = [problem for problem in tables.problems if problem.severity == ERROR] + _strangers(tables, settings)
    others = [problem for outcome in outcomes.values() for problem in outcome.problems if problem.severity == ERROR]
    if manifest and not others:
        raise ManifestError(dict.fromkeys(manifest))
    if manifest or others:
        raise CompileError(dict.fromkeys((*manifest, *others)))
    return Library({name: outcome.protocol for name, outcome in outcomes.items() if outcome.protocol}, settings)


def check(
    *directories: str | os.PathLike[str],
    settings: Settings | str | os.PathLike[str] | None = None,
    bundled: bool = True,
    names: Iterable[str] = (),
) -> list[Problem]:
    """Every error, warning and hint, in the order of the files; of the protocols `names` only, if any are named. Raises nothing but for
    settings that cannot be read."""
    return list(examine(*directories, settings=settings, bundled=bundled, names=names)[0])


def examine(
    *directories: str | os.PathLike[str],
    settings: Settings | str | os.PathLike[str] | None = None,
    bundled: bool = True,
    names: Iterable[str] = (),
) -> tuple[tuple[Problem, ...], Library]:
    """What `check` finds, and the library of all protocols that are sound: each grammar file is read, and run, once."""
    tables = load_tables(search_path(directories, defaults=bundled))
    read = _settings(settings, tables)
    wanted = tuple(names)
    known = (*tables.descriptions, *sorted(tables.broken))
    found = [Problem(f"no protocol `{name}`", suggestion=closest(name, known) or f"there is {listed(known)}") for name in wanted if name not in known]
    found += [problem for problem in tables.problems if not wanted or not _belongs(problem.key, set(known).difference(wanted))]
    found += _strangers(tables, read)
    shelf = Shelf()
    outcomes = compile_all(tables, read, shelf=shelf)
    found += [problem for name, outcome in outcomes.items() if not wanted or name in wanted for problem in outcome.problems]
    sound = {name: outcome.protocol for name, outcome in outcomes.items() if outcome.protocol}
    pairs = ((overlaid(description, read), sound[name]) for name, description in tables.descriptions.items() if name in sound)
    found += recognition(pairs, shelf, wanted)
    return tuple(dict.fromkeys(found)), Library(sound, read)


def report(name: str, *directories: str | os.PathLike[str], bundled: bool = True) -> list[str]:
    """What is worth knowing of a sound protocol: the streaming verdicts of its messages, the largest buffer. Raises as `load` does."""
    return list(_one(name, directories, bundled)[1].report)


def record_schema(name: str, *directories: str | os.PathLike[str], bundled: bool = True) -> tuple[Protocol, dict[str, Any]]:
    """A sound protocol and the JSON Schema of its record's object. Raises as `load` does."""
    protocol, outcome = _one(name, directories, bundled)
    return protocol, outcome.schema


def _one(name: str, directories: Iterable[str | os.PathLike[str]], bundled: bool) -> tuple[Protocol, Outcome]:
    tables = load_tables(search_path(directories, defaults=bundled))
    outcome = compile_all(tables, Settings(), (name,)).get(name)
    if outcome is None:
        raise ManifestError(Problem(f"no protocol `{name}`", suggestion=closest(name, tables.descriptions)))
    if outcome.protocol is None:
        raise CompileError(outcome.problems)
    return outcome.protocol, outcome


def protocol_lines(*directories: str | os.PathLike[str], bundled: bool = True) -> dict[str, Lines]:
    """How long each description is; raises ManifestError where a manifest cannot be read."""
    tables = load_tables(search_path(directories, defaults=bundled))
    if errors := [problem for problem in tables.problems if problem.severity == ERROR]:
        raise ManifestError(errors)
    return {name: count_lines(description) for name, description in tables.descriptions.items()}


def compile_all(tables: Tables, settings: Settings, names: Iterable[str] = (), shelf: Shelf | None = None) -> dict[str, Outcome]:
    """Every description of `tables` (or those of `names`, and what they depend on) compiled; of broken ones, what their rest shows to be wrong."""
    descriptions = {name: overlaid(description, settings) for name, description in (tables.descriptions | tables.rests).items()}
    known = (*tables.descriptions, *sorted(tables.broken))
    outcomes = compile_descriptions(descriptions, shelf or Shelf(), known, names)
    return {name: Outcome(None, outcome.problems) if name in tables.rests else outcome for name, outcome in outcomes.items()}


def compile_descriptions(
    descriptions: Mapping[str, Description], shelf: Shelf, protocols: tuple[str, ...], names: Iterable[str] = ()
) -> dict[str, Outcome]:
    """The descriptions (of `names` only, and of those they depend on, if any are named); `protocols` are the names that upgrades may name."""
    family = Family(descriptions, shelf)
    wanted = tuple(names)
    related = family.relatives(wanted) if wanted else set(descriptions)
    parts = {name: _begin(family, name, protocols) for name in descriptions if name in related}
    outcomes = {}
    for name, part in parts.items():
        outcomes[name] = Outcome(None, in_order(family.problems(name))) if part is None else _finish(part, parts)
    return _with_schemas(_without_layers(descriptions, outcomes))


class _Part(msgspec.Struct):
    """A description half compiled: its machines and shapes are there, and what they read; its programs are not."""

    draft: Draft
    protocol: Protocol
    reads: Reads
    schema: dict[str, Any]


def _begin(family: Family, name: str, protocols: tuple[str, ...]) -> _Part | None:
    draft = family.draft(name)
    if draft is None:
        return None
    family.settle(name)
    description = draft.description
    check_names(draft)
    check_parameters(draft)
    sides = (build_side(draft, REQUEST, protocols), build_side(draft, RESPONSE, protocols))
    pair, group, events, secrets = build_pair(draft), build_group(draft), build_events(draft), build_secrets(draft)
    status, summary, log, record = build_status(draft), build_summary(draft), build_log(draft), build_record(draft, sides, secrets)
    reads = Reads()
    for side in (REQUEST, RESPONSE):
        reads.add_side(sides[side], side)
    reads.add_shape(record.shape)
    reads.add_rest(pair, group, events, secrets, log, (*status, *summary))
    protocol = Protocol(
        name=description.name,
        title=description.title,
        ports=description.ports,
        mode=description.mode,
        speaks_first=first_speaker(draft),
        messages=(),
        fields=(),
        sides=sides,
        pair=pair,
        secrets=secrets,
        events=events,
        limits=Limits(**description.limits),
        status=status,
        summary=summary,
        log=log,
        record=record.shape,
        patterns=build_patterns(draft) or derived(draft, sides),
        probes=build_probes(draft, sides),
        group=group,
        layer=description.layer,
        unit=any(feed.end is not None for _, _, feed in family.feeders(name)),
        missed=build_missed(draft),
    )
    return _Part(draft, protocol, reads, record.schema)


def _finish(part: _Part, parts: Mapping[str, _Part | None]) -> Outcome:
    draft, name = part.draft, part.protocol.name
    for feeder in dict.fromkeys(feeder for feeder, _, _ in draft.family.feeders(name)):
        above = parts.get(feeder)
        if above is not None:
            part.reads.join(above.reads.below(name))
    programs, fields = compile_programs(draft, part.reads, part.protocol.limits)
    protocol = msgspec.structs.replace(part.protocol, messages=programs, fields=fields)
    draft.check_definitions()
    check_protocol(draft, protocol)
    found = in_order(draft.problems)
    if draft.failed:
        return Outcome(None, found)
    lines = [line for message in draft.numbers for line in draft.sources[message].grammar.report(message)]
    lines.append(f"largest buffer: {largest_buffer(protocol)} octets of a direction")
    return Outcome(protocol, found, tuple(lines), part.schema)


def _with_schemas(outcomes: dict[str, Outcome]) -> dict[str, Outcome]:
    """Where a layer of the flow makes records of its feeder's name, the feeder's schema allows them."""
    made = dict(outcomes)
    for name, outcome in outcomes.items():
        if outcome.protocol is None:
            continue
        streams = {state.feed.layer for side in outcome.protocol.sides for state in side.states if state.feed is not None and state.feed.whole_flow}
        below = [found for layer in sorted(streams) if (found := outcomes.get(layer)) is not None and found.protocol is not None]
        same = [found.schema for found in below if found.protocol is not None and found.protocol.log.name == outcome.protocol.log.name]
        if same:
            made[name] = msgspec.structs.replace(outcome, schema={"anyOf": [outcome.schema, *same]})
    return made


def _without_layers(descriptions: Mapping[str, Description], outcomes: dict[str, Outcome]) -> dict[str, Outcome]:
    """What feeds a layer that is wrong cannot be run either."""
    changed = True
    while changed:
        changed = False
        for name, outcome in outcomes.items():
            if outcome.protocol is None:
                continue
            for _, feed in feeds(descriptions[name]):
                layer = outcomes.get(feed.layer.text)
                if layer is not None and layer.protocol is None:
                    problem = descriptions[name].problem(f"the layer `{feed.layer.text}` has errors", feed.layer, suggestion="mend it first")
                    outcomes[name] = Outcome(None, in_order((*outcome.problems, problem)))
                    changed = True
                    break
    return outcomes


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each problem once, by file and line."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: (problem.file, problem.line, problem.column)))


def _settings(settings: Settings | str | os.PathLike[str] | None, tables: Tables) -> Settings:
    if settings is None:
        return Settings()
    if isinstance(settings, Settings):
        return settings
    return load_settings(Path(settings), tables)


def _strangers(tables: Tables, settings: Settings) -> list[Problem]:
    known = {*tables.descriptions, *tables.broken}
    found = [
        Problem(f"settings for `{name}`, which is no protocol", suggestion=closest(name, known)) for name in settings.protocols if name not in known
    ]
    types = {*FAMILIES, *(each for name in tables.descriptions for each in record_types(tables, name))}
    strange = [] if tables.broken else [each for each in settings.outputs.types if each not in types]
    return found + [Problem(f"no record has the event type `{each}`", suggestion=closest(each, types)) for each in strange]


def _belongs(key: str, names: Iterable[str]) -> bool:
    return any(key == name or key.startswith((name + ".", name + "[")) for name in names)
