"""One scenario in a process of its own: what it finds is said at once, and written for the whole of them to read."""

import sys
from pathlib import Path

from django.core.management import call_command

from myosotis.ops.benchmark import cluster, table
from myosotis.ops.benchmark.contents import SCENARIOS
from myosotis.ops.benchmark.figures import dumped
from myosotis.ops.benchmark.ground import Ground
from myosotis.ops.benchmark.options import Options


def main(name: str, cluster_url: str, folder: str, options: str) -> None:
    scenario = SCENARIOS[name]
    url = "" if scenario.on_sqlite else cluster.made(cluster_url, name, cluster.MIGRATED)
    ground = Ground(options=Options.loaded(options), url=url, folder=Path(folder))
    ground.set_up()
    if scenario.on_sqlite:
        call_command("migrate", verbosity=0)
    with (ground.folder / f"{name}.figures").open("w", encoding="utf-8") as file:
        for figure in scenario.measure()(ground):
            print("\n".join(table.text([figure])), flush=True)
            print(dumped(figure), file=file, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
