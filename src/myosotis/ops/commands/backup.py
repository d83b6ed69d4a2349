"""`myosotis backup`: everything the installation needs to stand up again, in one file, while everything runs."""

import argparse
import sys
from pathlib import Path

from myosotis.ops.backup import make
from myosotis.ops.installation import bring_up


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", type=Path, metavar="DIRECTORY", help="where to; else backup_dir of the settings")
    parser.add_argument("--keep", type=int, metavar="N", help="remove all there but the newest N; else backup_keep")
    parser.add_argument("--quiet", action="store_true", help="say nothing unless it fails")


def run(given: argparse.Namespace) -> int:
    config = bring_up()
    from myosotis import clock

    keep = config.backup_keep if given.keep is None else given.keep
    if keep < 1:
        print("myosotis: --keep must be at least 1", file=sys.stderr)
        return 2
    into = given.to or make.directory(config)
    try:
        made = make.make(into, clock.wall())
        gone = make.let_go(into, keep)
    except make.TROUBLE as error:
        print(f"myosotis: the backup failed: {make.why(error)}", file=sys.stderr)
        return 1
    if not given.quiet:
        _report(made, len(gone))
    return 0


def _report(made: make.Made, gone: int) -> None:
    size = made.path.stat().st_size
    rows = sum(made.manifest.tables.values())
    print(
        f"{made.path}: {size / 1e6:.1f} MB, {rows} rows in {len(made.manifest.tables)} tables, read back and compared"
    )
    print("It holds secrets, and must be kept like the data itself:")
    for name, part in made.manifest.parts.items():
        print(f"  {name}: {part.what}")
    if gone:
        print(f"{gone} older ones were removed.")
