"""Run every check of the house, go on after a failure, and say at the end which failed.

`python scripts/run_checks.py [check ...]`: all of them without a word.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = Path(sys.executable).parent

CHECKS: dict[str, list[str]] = {
    "format": [str(TOOLS / "ruff"), "format", "--check", "--quiet", "--output-format", "concise", "."],
    "lint": [str(TOOLS / "ruff"), "check", "--quiet", "--output-format", "concise", "."],
    "types": [str(TOOLS / "mypy"), "--no-error-summary"],
    "layers": [str(TOOLS / "lint-imports"), "--no-cache"],
    "dead code": [sys.executable, "scripts/check_dead_code.py"],
    "translations": [sys.executable, "scripts/translations.py", "check"],
    "vendored files": [sys.executable, "scripts/check_vendored.py"],
    "migrations": [sys.executable, "scripts/check_migrations.py"],
    "locks": [sys.executable, "scripts/check_locks.py"],
}


def passes(name: str, command: list[str]) -> bool:
    """Run one check; what it prints is shown only if it fails."""
    started = time.monotonic()
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    passed = done.returncode == 0
    print(f"{'ok    ' if passed else 'FAILED'}  {name:<16}{time.monotonic() - started:6.1f} s", flush=True)
    if not passed:
        print(done.stdout + done.stderr, flush=True)
    return passed


def main() -> int:
    names = sys.argv[1:] or list(CHECKS)
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        sys.exit(f"unknown check {', '.join(unknown)}; there are {', '.join(CHECKS)}")
    failed = [name for name in names if not passes(name, CHECKS[name])]
    print(f"failed: {', '.join(failed)}" if failed else "all checks pass")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
