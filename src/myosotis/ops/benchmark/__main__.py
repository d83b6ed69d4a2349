"""`make bench`: one scenario after the other, then the page of them all.

make bench                             everything (less than twenty minutes)
make bench ONLY=sms,peers              some of it
make bench ARGS="--quick --no-page"    whether it works, not how fast it is
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from myosotis.ops.benchmark import cluster, machine, options, page, table
from myosotis.ops.benchmark.contents import SCENARIOS
from myosotis.ops.benchmark.figures import Figure, loaded
from myosotis.ops.benchmark.ground import PACKAGE
from myosotis.ops.benchmark.options import Options


def main() -> int:
    given, sizes = options.read(sys.argv[1:], list(SCENARIOS))
    wanted = [name for name in given.only.split(",") if name] or list(SCENARIOS)
    unknown = [name for name in wanted if name not in SCENARIOS]
    if unknown:
        sys.exit(f"make bench: no scenario {', '.join(unknown)}; there are {', '.join(SCENARIOS)}")
    with cluster.started() as url:
        facts = machine.facts(url)
        print("\n".join(f"{name}: {said}" for name, said in facts.items()), flush=True)
        found = {name: _measured(name, url, sizes) for name in wanted}
    whole = {name: figures for name, figures in found.items() if figures is not None}
    _say(whole)
    if not given.no_page:
        page.write(whole, facts, sizes)
    return int(len(whole) < len(wanted))


def _measured(name: str, url: str, sizes: Options) -> list[Figure] | None:
    """The figures of a scenario; None if it failed."""
    scenario = SCENARIOS[name]
    print(f"\n=== {name}: {scenario.title}", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="myosotis-bench-") as folder:
        command = [sys.executable, "-m", f"{PACKAGE}.one", name, url, folder, sizes.dumped()]
        code = subprocess.run(command, check=False).returncode  # noqa: S603 - ourselves
        file = Path(folder) / f"{name}.figures"
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    print(f"  ({time.monotonic() - began:.0f} s{'' if code == 0 else ', FAILED'})", flush=True)
    return [loaded(line) for line in lines] if code == 0 else None


def _say(found: Mapping[str, Sequence[Figure]]) -> None:
    """Once more what something was wanted of, all together."""
    wanted = [figure for figures in found.values() for figure in figures if figure.target]
    reached = sum(figure.verdict == "reached" for figure in wanted)
    print(f"\n=== wanted: {reached} of {len(wanted)} reached")
    print("\n".join(table.text([figure for figure in wanted if figure.verdict != "reached"])))


if __name__ == "__main__":
    sys.exit(main())
