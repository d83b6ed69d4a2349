"""Draws the app's icons from the flower of the patients' pages, with the machine's own Chromium. Run after the flower changes.

An icon that may be masked keeps what matters within the inner 80 % (W3C Web App Manifest, "safe zone"); a badge is
shown as its outline alone.
"""

import shutil
import sys
from pathlib import Path
from typing import Final, NamedTuple

from playwright.sync_api import sync_playwright

STATIC: Final = Path(__file__).resolve().parent.parent / "src" / "myosotis" / "web" / "static"
FLOWER: Final = STATIC / "patient" / "flower.svg"
PAPER: Final = "#eef3fa"


class Icon(NamedTuple):
    """A file to draw: its size in pixels, how much of it the flower fills, its background and filter (CSS)."""

    name: str
    size: int
    fills: float
    background: str = "transparent"
    filter: str = "none"


ICONS: Final = (
    Icon("icon-192.png", 192, 0.94),
    Icon("icon-512.png", 512, 0.94),
    Icon("maskable-512.png", 512, 0.6, PAPER),
    Icon("apple-touch-icon.png", 180, 0.74, PAPER),
    Icon("badge-96.png", 96, 0.94, filter="brightness(0) invert(1)"),
)
PAGE: Final = """<body style="margin:0;width:{size}px;height:{size}px;display:grid;place-items:center;background:{background}">
<div style="width:{flower}px;height:{flower}px;filter:{filter}">{svg}</div></body>"""


def main() -> int:
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        print("Chromium is needed to draw the icons", file=sys.stderr)
        return 1
    svg = FLOWER.read_text(encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for icon in ICONS:
            page = browser.new_page(viewport={"width": icon.size, "height": icon.size})
            flower = round(icon.size * icon.fills)
            page.set_content(
                PAGE.format(size=icon.size, background=icon.background, flower=flower, filter=icon.filter, svg=svg)
            )
            page.screenshot(path=STATIC / "app" / icon.name, omit_background=True)
            page.close()
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
