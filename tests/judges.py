"""Who may notice a mutant: example dialogues and properties of every protocol, then unit tests. Everything is made ready once, and used in forks
alone, so that each mutant meets a process in which nothing has run yet. Which lines a case runs is learnt once, and a mutant is shown to those
cases only that run its own, the cheapest first."""

from __future__ import annotations

import functools
import gc
import hashlib
import mmap
import os
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
import pytest
from mutations import HOME, ROOMS, Mutant, PlantError

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "build" / "mutants.json"
"""What each case runs and costs, as long as no source changes."""

TESTED = ("decode", "flow", "stream", "detect", "text", "binary", "expression", "transaction", "engine", "outputs", "dialogue")
"""Folders of unit tests that run in one process."""

SCENARIOS = 160
"""Of each protocol that the explorer speaks."""

HARNESS, OWN, UNIT = 2.5, 8.0, 1.0
"""Seconds of a processor that dialogues and properties, unit tests of the mutant's own room, and others, may cost for one mutant, as they run
without it."""

FUSED = ("parse.blocks", "parse.formulas", "parse.fusion", "parse.runs")
"""What only the compiled form takes to. For their mutants it is switched on in the plain form, too; which lines the cases run then is not known."""

SLACK, TIMES = 3, 4
"""A case that takes so many seconds more than so many times its cost has noticed the mutant."""

KEEP = 50
"""What was learnt is written after so many cases."""

CALLS, SELDOM = 256, 8
"""The lines of so many calls of a function are written down in each case, then those of one in so many: a rare line is run by other cases, too."""

MEMORY = 4 << 30
LONGEST = 300
"""Seconds by the clock."""

DIALOGUES, PROPERTIES, TESTS, NOBODY, UNPLANTED, FAILED = "dialogues", "properties", "tests", "nobody", "unplanted", "failed"
_ENDED = {10: DIALOGUES, 11: PROPERTIES, 12: TESTS, 13: NOBODY, 14: UNPLANTED}
_CODES = {judge: code for code, judge in _ENDED.items()}


class Case(msgspec.Struct):
    """One thing that may notice: `runs` are places, (module, line) as "stream.reassembler:120" of a protocol's, functions of a
    unit test's; `key` stands for the source that said so."""

    name: str
    judge: str
    cost: float = 0.0
    runs: frozenset[str] = frozenset()
    key: str = ""


class Judge:
    """What is made ready before the first mutant. `items` are the unit tests."""

    def __init__(self, items: Iterable[pytest.Item], session: Any) -> None:
        import wiregram
        from wiregram.dialogue import check, dialogue_file, read_dialogues
        from wiregram_harness.search import Search, chosen
        from wiregram_harness.subject import Subject

        self._library = wiregram.load()
        names = [name for name, protocol in self._library.protocols.items() if not protocol.layer]
        subjects = {name: Subject(self._library, name) for name in names}
        files = {name: dialogue_file(name, ()) for name in names}
        dialogues = {name: read_dialogues(path) for name, path in files.items() if path is not None}
        properties = chosen()

        def plays(name: str) -> bool:
            return bool(check(self._library, name, dialogues[name]))

        def explores(name: str) -> bool:
            return Search(subjects[name], properties, sampled=True, small=False).explore(SCENARIOS).broken is not None

        self._fails: dict[str, Callable[[], bool]] = {}
        for name in names:
            if name in dialogues:
                self._fails[f"{DIALOGUES} of {name}"] = lambda name=name: plays(name)  # type: ignore[misc]
            self._fails[f"{PROPERTIES} of {name}"] = lambda name=name: explores(name)  # type: ignore[misc]
        self._items = {item.nodeid: item for item in items}
        self._session = session
        self._stage = mmap.mmap(-1, 4096)
        self._running: dict[int, tuple[int, Mutant]] = {}
        self.cases: list[Case] = []
        self.unsound: list[str] = []
        gc.collect()
        gc.freeze()

    def learn(self, beat: Callable[[str], None], stale: bool = False) -> None:
        """What each case runs: kept from before for those whose source is unchanged (or, `stale`, for all that are known). What fails without a
        mutant is put aside, in `unsound`."""
        kept = msgspec.json.decode(KEPT.read_bytes(), type=dict[str, Case]) if KEPT.exists() else {}
        keys = dict.fromkeys(self._fails, _digest())
        files = {name: name.partition("::")[0] for name in self._items}
        parts = {file: f"{_digest()} {hashlib.sha256((ROOT / file).read_bytes()).hexdigest()}" for file in set(files.values())}
        keys |= {name: parts[file] for name, file in files.items()}
        due = [name for name, key in keys.items() if name not in kept or (kept[name].key != key and not stale)]
        if due:
            KEPT.parent.mkdir(exist_ok=True)
            for name in (*self._fails, *self._items):
                kept.setdefault(name, Case(name, FAILED))
            if _waited(self._forked(lambda: self._watched(due, keys, kept, beat), silent=False)) != 0:
                raise RuntimeError("what the cases run could not be learnt")
            kept = msgspec.json.decode(KEPT.read_bytes(), type=dict[str, Case])
        cases = [kept[name] for name in keys]
        self.unsound = [case.name for case in cases if case.judge == FAILED]
        self.cases = sorted((case for case in cases if case.judge != FAILED), key=lambda case: case.cost)

    def _watched(self, due: list[str], keys: dict[str, str], kept: dict[str, Case], beat: Callable[[str], None]) -> int:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        for at, name in enumerate(due):
            beat(f"{at} of {len(due)}: {name}")
            begun = time.process_time()
            if name in self._items:
                with _Watch(lines=False) as watch:
                    bad = self._test([name]) is not None
                cost = time.process_time() - begun
            else:
                bad = self._fails[name]()
                cost = time.process_time() - begun
                with _Watch(lines=True) as watch:
                    bad = bad or self._fails[name]()
            judge = FAILED if bad else TESTS if name in self._items else name.partition(" ")[0]
            kept[name] = Case(name, judge, cost, watch.places(), keys[name])
            if at % KEEP == KEEP - 1 or name is due[-1]:
                KEPT.write_bytes(msgspec.json.encode({name: kept[name] for name in keys}))
        return 0

    def _test(self, names: list[str], before: Callable[[str], None] | None = None) -> str | None:
        """The first of some unit tests that fails."""
        config = self._session.config
        for at, name in enumerate(names):
            if before is not None:
                before(name)
            following = self._items[names[at + 1]] if at + 1 < len(names) else None
            seen = _Seen()
            config.pluginmanager.register(seen)
            config.hook.pytest_runtest_protocol(item=self._items[name], nextitem=following)
            config.pluginmanager.unregister(seen)
            if seen.failed:
                return name
        return None

    def shown(self, mutant: Mutant) -> tuple[list[Case], list[Case]]:
        """Those that are asked: of protocols, and unit tests (of its own room first)."""
        if mutant.module in FUSED:
            spoken = [case for case in self.cases if case.judge != TESTS and any(place.startswith("parse.binary:") for place in case.runs)]
            tests = [case for case in self.cases if case.name.startswith("tests/unit/binary/test_binary_blocks.py")]
            return _within(spoken, HARNESS), _within(tests, OWN)
        lines = {f"{mutant.module}:{line}" for line in mutant.lines}
        spoken = [case for case in self.cases if case.judge != TESTS and not lines.isdisjoint(case.runs)]
        function = f"{mutant.module}:{mutant.function}"
        folders = {"parse": ("text", "binary")}.get(mutant.room, (mutant.room,))
        homes = tuple(f"tests/unit/{folder}/" for folder in folders)
        tests = [case for case in self.cases if case.judge == TESTS and function in case.runs]
        own = [case for case in tests if case.name.startswith(homes)]
        others = [case for case in tests if not case.name.startswith(homes)]
        return _within(spoken, HARNESS), _within(own, OWN) + _within(others, UNIT)

    def begin(self, mutant: Mutant) -> None:
        """Try one in a process of its own."""
        slot = next(slot for slot in range(4096) if slot not in [taken for taken, _ in self._running.values()])
        spoken, tests = self.shown(mutant)
        self._running[self._forked(lambda: self._tried(mutant, slot, spoken, tests))] = (slot, mutant)

    def ended(self) -> tuple[Mutant, str]:
        """Wait for one that was begun: who noticed it."""
        child, status = os.wait()
        slot, mutant = self._running.pop(child)
        code = os.waitstatus_to_exitcode(status)
        return mutant, _ENDED.get(code) or _ENDED.get(self._stage[slot], TESTS)

    @property
    def running(self) -> int:
        return len(self._running)

    def _tried(self, mutant: Mutant, slot: int, spoken: list[Case], tests: list[Case]) -> int:
        from wiregram.frontends import cache

        vars(cache)["put"] = vars(cache)["drop"] = lambda *_: None  # what a mutant makes is kept from the others
        self._stage[slot] = _CODES[NOBODY]
        if mutant.module in FUSED:
            from wiregram.parse import formulas, machine

            machine.FUSED = formulas.COMPILED = True
        try:
            mutant.apply()
        except PlantError:
            return _CODES[UNPLANTED]
        for case in spoken:
            self._stage[slot] = _CODES[case.judge]
            _limit(case.cost)
            if self._fails[case.name]():
                return _CODES[case.judge]
        self._stage[slot] = _CODES[TESTS]
        costs = {case.name: case.cost for case in tests}
        if tests and self._test(list(costs), lambda name: _limit(costs[name])) is not None:
            return _CODES[TESTS]
        return _CODES[NOBODY]

    def _forked(self, work: Callable[[], int], silent: bool = True) -> int:
        sys.stdout.flush()
        sys.stderr.flush()
        child = os.fork()
        if child:
            return child
        code = 1
        try:
            if silent:
                resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
                resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
                signal.alarm(LONGEST)
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, 1)
                os.dup2(nowhere, 2)
            code = work()
        except BaseException:
            if not silent:
                raise
        finally:
            os._exit(code)


def _within(cases: list[Case], cost: float) -> list[Case]:
    taken = []
    for case in cases:
        cost -= case.cost
        if cost < 0 and taken:
            break
        taken.append(case)
    return taken


def _limit(cost: float) -> None:
    used = time.process_time()
    resource.setrlimit(resource.RLIMIT_CPU, (int(used + TIMES * cost) + SLACK, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _waited(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@functools.cache
def _digest() -> str:
    """Of everything but the unit tests."""
    found = hashlib.sha256()
    for folder in ("framework", "harness", "grammars"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".lark", ".toml"):
                found.update(path.read_bytes())
    found.update((ROOT / "protocols.toml").read_bytes())
    return found.hexdigest()


class _Watch:
    """Writes down which functions of the rooms are called, or which of their lines run."""

    def __init__(self, lines: bool) -> None:
        self._lines = lines
        self._seen: set[Any] = set()

    def __enter__(self) -> _Watch:
        rooms = tuple(f"{HOME / room}{os.sep}" for room in ROOMS)
        seen = self._seen
        known: dict[str, bool] = {}

        calls: Counter[Any] = Counter()

        def inside(frame: FrameType, event: str, _: Any) -> Any:
            if event == "line":
                seen.add((frame.f_code.co_filename, frame.f_lineno))
            return inside

        def called(frame: FrameType, event: str, _: Any) -> Any:
            code = frame.f_code
            ours = known.get(code.co_filename)
            if ours is None:
                ours = known[code.co_filename] = code.co_filename.startswith(rooms)
            if not ours:
                return None
            if not self._lines:
                seen.add(code)
                return None
            calls[code] += 1
            return inside if calls[code] <= CALLS or calls[code] % SELDOM == 0 else None

        sys.settrace(called)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def places(self) -> frozenset[str]:
        if self._lines:
            return frozenset(f"{_module(name)}:{line}" for name, line in self._seen)
        return frozenset(f"{_module(code.co_filename)}:{code.co_qualname.partition('.<locals>')[0]}" for code in self._seen)


def _module(path: str) -> str:
    return ".".join(Path(path).relative_to(HOME).with_suffix("").parts)


class _Seen:
    """Whether a unit test failed."""

    def __init__(self) -> None:
        self.failed = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed = self.failed or report.failed


class _Bench:
    def __init__(self, work: Callable[[Judge], int]) -> None:
        self._work = work
        self.code = 2

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        small = [item for item in session.items if "captures" not in getattr(item, "fixturenames", ())]
        self.code = self._work(Judge(small, session))
        return True


def sit(work: Callable[[Judge], int], tests: bool) -> int:
    """Run `work` with a judge, within a session of pytest that has collected the unit tests; without them if `tests` says so."""
    if not tests:
        return work(Judge((), None))
    bench = _Bench(work)
    folders = [str(ROOT / "tests" / "unit" / folder) for folder in TESTED]
    options = ["-q", "-s", "-p", "no:cacheprovider", "--rootdir", str(ROOT), *folders]
    pytest.main(options, plugins=[bench])
    return bench.code
