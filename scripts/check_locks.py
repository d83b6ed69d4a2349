"""Every lock holds exact versions with hashes, names no index, and belongs to its .in file."""

import re
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements"
INDEX = re.compile(r"--(extra-)?index|--find|https?://|file:")
PINNED = re.compile(r"^[a-z0-9][a-z0-9._-]*==\S+")


def joined(text: str) -> list[str]:
    """The requirements of a lock, each with its hashes on one line."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return [line.strip() for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines()]


def asked_for(text: str) -> set[str]:
    """The names that an .in file asks for, as locks spell them."""
    lines = [line.split("#")[0].strip() for line in text.splitlines()]
    names = [re.split(r"[\[<>=!~; ]", line)[0] for line in lines if line and not line.startswith("-")]
    return {re.sub(r"[-_.]+", "-", name).lower() for name in names}


def problems(name: str, source: str, lock: str) -> list[str]:
    """What is wrong with the lock `name`, in words."""
    found = [f"{name}: names an index: {line}" for line in lock.splitlines() if INDEX.search(line)]
    entries = joined(lock)
    found += [f"{name}: not pinned: {entry[:60]}" for entry in entries if not PINNED.match(entry)]
    found += [f"{name}: no hash: {entry[:60]}" for entry in entries if "--hash=sha256:" not in entry]
    missing = asked_for(source) - {entry.split("==")[0] for entry in entries}
    return found + [f"{name}: {wish} is asked for but not locked; run `make lock`" for wish in sorted(missing)]


def main() -> int:
    found = [
        problem
        for source in sorted(REQUIREMENTS.glob("*.in"))
        for problem in problems(
            f"{source.stem}.txt",
            source.read_text(encoding="utf-8"),
            source.with_suffix(".txt").read_text(encoding="utf-8"),
        )
    ]
    print("\n".join(found))
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
