"""On what it was measured: machine, versions, settings of the database."""

import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from myosotis import clock
from myosotis.ops.benchmark import cluster
from myosotis.ops.benchmark.ground import ROOT

NODE: Final = ROOT / "var" / "bench" / "venv" / "bin" / "node"


def facts(url: str) -> Mapping[str, str]:
    """In the order in which they are shown; `url` is of the database."""
    settings = dict(cluster.settings(url))
    return {
        "Date": f"{clock.wall():%Y-%m-%d %H:%M} UTC",
        "Machine": f"{_first('/proc/cpuinfo', 'model name')}, {os.cpu_count()} cores, {_memory()}, {platform.release()}",
        "Python": f"{sys.version.split()[0]}",
        "PostgreSQL": settings.pop("server_version"),
        "Node": _node(),
        "Settings of PostgreSQL": ", ".join(f"{name}={value}" for name, value in settings.items()),
    }


def _first(file: str, name: str) -> str:
    """What a file of /proc says of something, the first time."""
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except OSError:
        return "unknown"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), platform.machine())


def _memory() -> str:
    kilobytes = _first("/proc/meminfo", "MemTotal").split()[0]
    return f"{int(kilobytes) / 2**20:.0f} GB" if kilobytes.isdecimal() else "unknown memory"


def _node() -> str:
    if not NODE.exists():
        return "none"
    said = subprocess.run([str(NODE), "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - ours
    return said.stdout.strip().lstrip("v")
