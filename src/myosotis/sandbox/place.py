"""Where the bench keeps its state, and the ports it was given."""

import json
import os
from dataclasses import asdict
from pathlib import Path

from myosotis.value_class import value_class


@value_class
class Ports:
    """On which loopback ports the bench is reached; 0 in none of them."""

    web: int
    peers: int
    smtp: int
    inbound: int


@value_class(kw_only=False)
class Place:
    """The directory of one bench."""

    directory: Path

    @classmethod
    def of_this_process(cls) -> "Place":
        """The bench that this process belongs to. Raises LookupError outside of one."""
        file = os.environ.get("MYOSOTIS_CLOCK_FILE")
        if not file:
            raise LookupError("not inside a sandbox: MYOSOTIS_CLOCK_FILE is not set")
        return cls(Path(file).parent)

    @property
    def clock_file(self) -> Path:
        return self.directory / "clock.json"

    @property
    def ledger(self) -> Path:
        return self.directory / "sandbox.sqlite"

    @property
    def lock(self) -> Path:
        return self.directory / "sandbox.lock"

    @property
    def _ports(self) -> Path:
        return self.directory / "ports.json"

    def ports(self) -> Ports | None:
        """The ports of the last start, or None before the first."""
        try:
            return Ports(**json.loads(self._ports.read_text(encoding="ascii")))
        except FileNotFoundError:
            return None

    def database_url(self) -> str:
        """PostgreSQL, if the sandbox was started with it."""
        file = self.directory / "database.url"
        return file.read_text(encoding="utf-8") if file.exists() else ""

    def keep_database_url(self, url: str) -> None:
        file = self.directory / "database.url"
        file.touch(mode=0o600)
        file.write_text(url, encoding="utf-8")

    def keep_ports(self, ports: Ports) -> None:
        self._ports.write_text(json.dumps(asdict(ports)), encoding="ascii")
