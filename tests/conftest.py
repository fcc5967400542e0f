"""What every test shares: the profiles of Hypothesis, the check of the form under test (plain or compiled), the folder of real captures."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

if os.environ.get("WIREGRAM_ROOMS") == "pure":
    from wiregram._source import prefer_source

    prefer_source()

# Grammars are remembered between the tests of a run, and not beyond it.
if "WIREGRAM_CACHE" not in os.environ:
    os.environ["WIREGRAM_CACHE"] = _kept = tempfile.mkdtemp(prefix="wiregram-tests-")
    atexit.register(shutil.rmtree, _kept, ignore_errors=True)

import wiregram.parse.text

USED = wiregram.parse.text.__file__
CAPTURES = Path(__file__).resolve().parents[2] / "shared" / "pcaps"

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
settings.register_profile("ci", derandomize=True, deadline=None, database=None, suppress_health_check=SLOW, max_examples=60)
settings.register_profile("dev", deadline=None, suppress_health_check=SLOW, max_examples=200)
settings.register_profile("soak", deadline=None, suppress_health_check=SLOW, max_examples=10_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_configure() -> None:
    expected = os.environ.get("WIREGRAM_EXPECT")
    if expected and expected != ("pure" if USED.endswith(".py") else "compiled"):
        raise pytest.UsageError(f"expected {expected} rooms, imported {USED}")


def pytest_report_header() -> str:
    return f"rooms: {'plain Python' if USED.endswith('.py') else 'compiled'}; real captures: {'there' if CAPTURES.is_dir() else 'not there'}"


@pytest.fixture(scope="session")
def captures() -> Path:
    """The folder of real captures, which is not part of the project."""
    if not CAPTURES.is_dir():
        pytest.skip("the folder of real captures is not there")
    return CAPTURES
