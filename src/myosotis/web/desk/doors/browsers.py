"""What a browser says of itself, as people say it: "Firefox, Windows"."""

import re
from typing import Final

PROGRAMS: Final = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("Vivaldi", "Vivaldi"), ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
"""In this order: most say that they are Chrome or Safari too."""
SYSTEMS: Final = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def browser_named(said: str) -> str:
    """The program and the system; what says neither is shown as it is."""
    program = next((name for mark, name in PROGRAMS if re.search(rf"\b(Headless)?{mark}[A-Za-z]*/", said)), "")
    system = next((name for mark, name in SYSTEMS if mark in said), "")
    return ", ".join(filter(None, (program, system))) or said[:60]
