"""The long comparison of binary grammars with plain Construct, row by row: `python tests/soak.py [--inputs N] [--part K/N] [--jobs J] [--nested N]`.

Every row of the matrix in tests/unit/binary gets so many inputs, valid, near-valid and meaningless ones, the first thousand of them at every cut;
then as many declarations as asked for that nest at random. A line a row, as it is done: inputs, how many of them are messages, seconds of processor
time. The exit code is 1 if any row disagrees. Parts are shares of the rows, for several runs that together are one.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parent / "unit" / "binary"
CUT = 1000
"""Inputs of a row that are cut at every place; the others come whole and byte by byte."""


def module(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, TESTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


SHARED, AGREEMENT, NESTING = module("conftest"), module("test_binary_agreement"), module("test_binary_nesting")
GrammarError: type[Exception] = NESTING.GrammarError


def row(name: str, inputs: int) -> tuple[int, int, str]:
    """Inputs, messages among them, and the first disagreement or ''."""
    source, samples = AGREEMENT.MATRIX[name]
    one = SHARED.Case(source if "message = " in source else f"message = {source}")
    rng = random.Random(f"soak {name}")
    done = matched = 0
    try:
        while done < inputs:
            for sample in samples:
                for data in (sample, *SHARED.damaged(sample, rng)):
                    matched += one.agrees(data, splits=12 if done < CUT else 0, params=AGREEMENT.PARAMS)
                    done += 1
    except AssertionError as error:
        return done, matched, str(error)
    return done, matched, ""


def nest(seed: str, count: int) -> tuple[int, int, str]:
    """The same of so many declarations that nest at random."""
    rng = random.Random(seed)
    done = matched = run = 0
    while run < count:
        source = f"message = {NESTING.declared(rng, 3, False)}"
        try:
            one = SHARED.Case(source)
        except GrammarError:
            continue
        run += 1
        for sample in NESTING.SAMPLES:
            for data in SHARED.damaged(sample, rng):
                try:
                    matched += one.agrees(data, splits=0)
                except RecursionError:
                    continue
                except AssertionError as error:
                    return done, matched, f"{source}: {error}"
                done += 1
    return done, matched, ""


def timed(job: tuple[str, str, int]) -> tuple[str, int, int, float, str]:
    kind, name, count = job
    started = time.process_time()
    done, matched, wrong = row(name, count) if kind == "row" else nest(name, count)
    return name, done, matched, time.process_time() - started, wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--nested", type=int, default=2000, help="declarations that nest at random")
    parser.add_argument("--part", default="1/1", help="which share of the rows: 2/4 is the second of four")
    parser.add_argument("--jobs", type=int, default=1)
    arguments = parser.parse_args()
    share, shares = map(int, arguments.part.split("/"))
    jobs = [("row", name, arguments.inputs) for name in AGREEMENT.MATRIX] + [("nest", f"nested {n}", arguments.nested // 8) for n in range(8)]
    jobs = jobs[share - 1 :: shares]
    inputs = messages = failed = 0
    with ProcessPoolExecutor(arguments.jobs) as pool:
        for name, done, matched, took, wrong in pool.map(timed, jobs):
            inputs, messages, failed = inputs + done, messages + matched, failed + bool(wrong)
            print(f"{name:34}{done:>8} inputs{matched:>8} messages{took:>8.1f} s   {wrong or 'agrees'}", flush=True)
    print(f"{len(jobs)} rows, {inputs} inputs, {messages} messages, {failed} rows disagree")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
