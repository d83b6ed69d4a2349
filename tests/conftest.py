"""What holds for every test: no network beyond this machine, and properties that fall the same way every time."""

import ipaddress
import os
import sys
from collections.abc import Sequence
from typing import Any

from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.backends.sqlite3.base import DatabaseWrapper
from hypothesis import HealthCheck, settings
from whitenoise.middleware import WhiteNoiseMiddleware

settings.register_profile("house", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("house"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "house")


class OutsideNetworkError(RuntimeError):
    """A test wanted to talk to another machine."""


def _is_here(host: str) -> bool:
    if host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host.split("%", maxsplit=1)[0]).is_loopback
    except ValueError:
        return False


def _refuse_outside(event: str, arguments: tuple[object, ...]) -> None:
    """Audit hook: connections go to loopback and Unix sockets only; names of other machines are not looked up."""
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else ""
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    text = host.decode() if isinstance(host, bytes) else host
    if isinstance(text, str) and not _is_here(text):
        raise OutsideNetworkError(f"{event} {text}: tests stay on this machine")


sys.addaudithook(_refuse_outside)


def _flush_practices_first() -> None:
    """The database lets no entry of the audit log go while its practice is there (docs/rules.md 6).

    Emptying SQLite after a test deletes table by table, in any order; here the practices go first.
    """
    operations = DatabaseWrapper.ops_class
    in_any_order = operations.sql_flush

    def sql_flush(self: BaseDatabaseOperations, style: Any, tables: Sequence[str], **given: Any) -> list[str]:
        ordered = sorted(tables, key=lambda table: table != "store_practice")
        return in_any_order(self, style, ordered, **given)

    operations.sql_flush = sql_flush  # type: ignore[method-assign] # for all tests


_flush_practices_first()


def _look_for_static_files_once() -> None:
    """Each client of a test starts the application anew, which would look through all static files each time.

    Which there are does not change while tests run; looking took longer than most tests do.
    """
    look, found = WhiteNoiseMiddleware.add_files_from_finders, dict[str, object]()

    def add_files_from_finders(self: WhiteNoiseMiddleware) -> None:
        if not found:
            look(self)
            found.update(self.files)
        self.files.update(found)

    WhiteNoiseMiddleware.add_files_from_finders = add_files_from_finders


_look_for_static_files_once()
