"""Lighthouse (mobile) over the patients' pages of the running sandbox: `make run` in one terminal, `make audit` in another.

Needs Node and Chromium, which nothing else here does; it fetches Lighthouse by npx, at the version below. Not a part of
the gate: its scores depend on the machine. Prints them page by page and fails where one is under the aim.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

LIGHTHOUSE = "lighthouse@12.8.2"
CATEGORIES = ("performance", "accessibility", "best-practices")
AIM = 95
LONGEST = 300
"""Seconds for one page."""
FLAGS = "--headless=new --no-sandbox --disable-gpu"


def opened(url: str) -> str:
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - the sandbox that the caller named
        return str(answer.read().decode())


def pages(base: str) -> dict[str, str]:
    """The pages behind the newest link that opens a visit which can be moved; and what stands beside it."""
    links = re.compile(re.escape(base) + r"/([0-9A-Za-z]{17})\b")
    for row in reversed(json.loads(opened(f"{base}/sandbox/api/received"))["received"]):
        found = links.search(str(row["text"]))
        if found is None:
            continue
        visit = f"{base}/{found[1]}"
        if f"/{found[1]}/move" not in opened(visit):
            continue
        return {
            "My visit": visit,
            "move": f"{visit}/move",
            "cancel": f"{visit}/cancel",
            "preferences": f"{visit}/preferences",
            "a link that leads nowhere": f"{base}/" + "0" * 17,
        }
    return {}


def scores(url: str, chromium: str, folder: Path) -> dict[str, int]:
    """Of one page, of 100. Raises CalledProcessError and TimeoutExpired."""
    report = folder / "report.json"
    subprocess.run(
        [
            "npx", "--yes", LIGHTHOUSE, url, "--quiet", "--output=json", f"--output-path={report}",
            f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={FLAGS}", "--ignore-status-code",
        ],
        check=True, capture_output=True, text=True, timeout=LONGEST, env=os.environ | {"CHROME_PATH": chromium},
    )  # fmt: skip
    found = json.loads(report.read_text(encoding="utf-8"))["categories"]
    return {name: round(100 * (found[name]["score"] or 0)) for name in CATEGORIES}


def missing(chromium: str | None) -> str:
    """What stands in the way, in a line; nothing if all is there."""
    if shutil.which("npx") is None:
        return "audit: there is no npx; install Node 18 or newer"
    return "" if chromium else "audit: there is no Chromium; set CHROME_PATH to one"


def main() -> int:
    base = (sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000").rstrip("/")
    chromium = os.environ.get("CHROME_PATH") or shutil.which("chromium") or shutil.which("google-chrome")
    lacking = missing(chromium)
    found: dict[str, str] = {}
    try:
        found = {} if lacking else pages(base)
    except urllib.error.URLError:
        lacking = f"audit: no sandbox answers at {base}; start one by `make run`, or give its address"
    if lacking or not found or chromium is None:
        print(
            lacking or "audit: no message in the sandbox has a link to a visit ahead yet; move its clock",
            file=sys.stderr,
        )
        return 2
    return max([_audited(name, url, chromium) for name, url in found.items()])


def _audited(name: str, url: str, chromium: str) -> int:
    with tempfile.TemporaryDirectory(prefix="myosotis-audit-") as folder:
        try:
            reached = scores(url, chromium, Path(folder))
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as failed:
            said = (failed.stderr or b"") if isinstance(failed.stderr, bytes) else (failed.stderr or "").encode()
            print(f"{name}: Lighthouse did not run: {said.decode(errors='replace').strip()[-300:]}", flush=True)
            return 2
    print(f"{name:28}" + ", ".join(f"{category} {score}" for category, score in reached.items()), flush=True)
    return int(min(reached.values()) < AIM)


if __name__ == "__main__":
    sys.exit(main())
