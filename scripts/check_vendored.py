"""Files of others that stand in this repository are unchanged, and each has its name, version and licence.

`static/vendor/manifest.json` is a list of {"file", "name", "version", "licence", "source", "sha384"}; the hash is
written as browsers take it for integrity ("sha384-" and base64).
"""

import base64
import hashlib
import json
import sys
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "src/myosotis/web/static/vendor"
FIELDS = ("file", "name", "version", "licence", "source", "sha384")


def integrity(content: bytes) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode("ascii")


def problems(folder: Path) -> list[str]:
    """What is wrong with a folder of vendored files, in words."""
    entries: list[dict[str, str]] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    found = []
    for entry in entries:
        empty = [field for field in FIELDS if not entry.get(field)]
        path = folder / entry.get("file", "")
        if empty:
            found.append(f"{entry.get('file', '?')}: the manifest says nothing of {', '.join(empty)}")
        elif not path.is_file():
            found.append(f"{entry['file']}: in the manifest, but not there")
        elif integrity(path.read_bytes()) != entry["sha384"]:
            found.append(f"{entry['file']}: changed; it is {integrity(path.read_bytes())}")
    listed = {entry.get("file") for entry in entries} | {"manifest.json"}
    present = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    return found + [f"{name}: not in the manifest" for name in sorted(present - listed)]


def main() -> int:
    found = problems(VENDOR)
    print("\n".join(found))
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
