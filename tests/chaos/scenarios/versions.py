"""Two versions side by side on one database, as in an upgrade without a pause: old dispatchers are replaced one by one."""

import os
import subprocess
from pathlib import Path

from tests.chaos import servers
from tests.chaos.run import Database, Scenario
from tests.chaos.works import ROOT, StandsStillError, Works

OLD = "MYOSOTIS_CHAOS_OLD"
"""Environment: the commit of the old version."""
MIGRATIONS = "src/myosotis/store/migrations"


def missing() -> str:
    if lack := servers.missing():
        return lack
    return "" if old_commit() else "no git history to take an older version from"


def old_commit() -> str:
    """The one asked for, else the oldest that knows the present tables."""
    if given := os.environ.get(OLD):
        return given
    return _git("log", "-1", "--format=%h", "--", MIGRATIONS)


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def unpack(commit: str, folder: Path) -> Path:
    """The sources of a commit."""
    folder.mkdir()
    archive = folder.with_suffix(".tar")
    subprocess.run(["git", "archive", "-o", str(archive), commit, "src"], cwd=ROOT, check=True)
    subprocess.run(["tar", "-xf", str(archive), "-C", str(folder)], check=True)
    archive.unlink()
    return folder / "src"


def disturb(works: Works, _database: Database) -> None:
    commit = old_commit()
    source = unpack(commit, works.home / "old")
    old = [works.start(extra={"PYTHONPATH": f"{source}:{ROOT}"}) for _ in range(2)]
    for _ in range(2):
        works.start()
    works.wait_until_dispatching()
    works.say(f"two dispatchers of {commit} beside two of {_git('describe', '--always', '--dirty')}")
    for number, process in enumerate(old, start=1):
        works.wait_until_taken(number / 3)
        if not process.stop():
            raise StandsStillError(f"{process.name} (old) did not end in order")
        works.say(f"{process.name} (old) ended in order; {works.start().name} (new) in its place")


SCENARIO = Scenario(
    name="versions",
    what="two versions side by side",
    missing=missing,
    database=servers.durable,
    disturb=disturb,
    dispatchers=0,
)
