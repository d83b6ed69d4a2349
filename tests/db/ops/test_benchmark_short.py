"""A short form of `make bench` (docs/benchmarks.md): its scenarios still run and give their figures, whatever these are."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SCENARIOS = ("email", "push", "reports", "queue", "booking", "stages", "offers", "free-times")
SIZES = {"messages": "300,400", "planned": "500,1000", "batches": "1", "bookings": "40", "rows": "100"}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not os.environ.get("MYOSOTIS_DATABASE_URL", "").startswith("postgres"), reason="makes a PostgreSQL of its own"
    ),
]


def test_the_benchmark_runs() -> None:
    sizes = [word for name, size in SIZES.items() for word in (f"--{name}", size)]
    command = ["-m", "myosotis.ops.benchmark", "--quick", "--no-page", "--only", ",".join(SCENARIOS), *sizes]

    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    for scenario in SCENARIOS:
        assert f"=== {scenario}: " in done.stdout
    for figure in ("one dispatcher, e-mail", "move, p95", "cancellation, p95"):
        assert figure in done.stdout
    assert "claim 500 of 1,000 planned" in done.stdout
