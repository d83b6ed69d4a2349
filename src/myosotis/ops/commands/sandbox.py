"""`myosotis sandbox`: web, dispatcher, mail intake, demo practice and fake providers in one command, on SQLite."""

import argparse
import fcntl
import os
import sys
import webbrowser
from dataclasses import asdict
from pathlib import Path
from typing import IO

from myosotis.ops.bench_at_hand import DIRECTORY
from myosotis.ops.ports import answers, free_port, is_free
from myosotis.ops.supervisor import Child, StartError, Supervisor
from myosotis.sandbox.environment import TOKEN, environment
from myosotis.sandbox.place import Place, Ports

WEB_PORT = 8000


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--dir", type=Path, default=DIRECTORY, help="where its state is kept; delete it to begin anew (%(default)s)"
    )
    parser.add_argument("--port", type=int, help=f"port of the pages (default {WEB_PORT}, or that of the last start)")
    parser.add_argument("--database-url", default="", help="PostgreSQL instead of SQLite")


def run(given: argparse.Namespace) -> int:
    place = Place(given.dir.resolve())
    place.directory.mkdir(parents=True, exist_ok=True)
    with place.lock.open("w") as lock:
        if not _locked(lock):
            print(f"myosotis: a sandbox is running already in {given.dir}", file=sys.stderr)
            return 1
        ports = _ports(place, given.port)
        if ports is None:
            return 1
        place.keep_ports(ports)
        if given.database_url:
            place.keep_database_url(given.database_url)
        for name in [name for name in os.environ if name.startswith("MYOSOTIS_")]:
            del os.environ[name]
        os.environ.update(environment(place, ports, database_url=place.database_url()))
        return _run(place, ports)


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _ports(place: Place, wanted: int | None) -> Ports | None:
    """The ports of the last start where they are free; the pages' port is never changed silently."""
    kept = place.ports()
    web = wanted if wanted is not None else (kept.web if kept else WEB_PORT)
    web = web or free_port()
    if not is_free(web):
        print(f"myosotis: port {web} is taken by another program; choose one: --port 8010", file=sys.stderr)
        return None
    inner = {"peers": 0, "smtp": 0, "inbound": 0}
    if kept is not None:
        inner = {name: port for name, port in asdict(kept).items() if name in inner}
    return Ports(web=web, **{name: port if port and is_free(port) else free_port() for name, port in inner.items()})


def _run(place: Place, ports: Ports) -> int:
    from myosotis.ops.commands.migrate import migrate
    from myosotis.ops.installation import bring_up

    with Supervisor(environment=os.environ, say=_say) as supervisor:
        try:
            bring_up()
            migrate()
            from myosotis.sandbox.demo.practice import set_up

            set_up(place, ports)
            supervisor.start(*_children(place, ports))
        except StartError as error:
            if not supervisor.stopping:
                print(f"myosotis: {error}", file=sys.stderr)
            return 0 if supervisor.stopping else 1
        print(_welcome(ports), flush=True)
        _show(_desk(ports))
        supervisor.watch()
    print("Stopped; the state is kept.", flush=True)
    return 0


def _children(place: Place, ports: Ports) -> list[Child]:
    peers = (
        "peers", "--ledger", str(place.ledger), "--token", TOKEN, "--http-port", str(ports.peers),
        "--smtp-port", str(ports.smtp), "--bounces-to", f"lmtp://127.0.0.1:{ports.inbound}",
    )  # fmt: skip
    return [
        Child(name="fake providers", arguments=peers, ready=lambda: answers(ports.peers) and answers(ports.smtp)),
        Child(
            name="mail intake",
            arguments=("inbound", "--listen", f"127.0.0.1:{ports.inbound}"),
            ready=lambda: answers(ports.inbound),
        ),
        Child(name="web server", arguments=("web",), ready=lambda: answers(ports.web)),
        Child(name="dispatcher", arguments=("dispatcher",)),
    ]


def _welcome(ports: Ports) -> str:
    return (
        "Myosotis runs. Everything stays on this machine: no SMS, e-mail or push leaves it. Ctrl-C stops it.\n"
        f"The desk of the demo practice: {_desk(ports)}\n"
        f"The phone of its patients: {_desk(ports)}sandbox/"
    )


def _desk(ports: Ports) -> str:
    return f"http://127.0.0.1:{ports.web}/"


def _show(address: str) -> None:
    """Open the desk for somebody who sits here, in a window; never in their terminal."""
    windows = sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if windows and sys.stdout.isatty():
        webbrowser.open(address)


def _say(text: str) -> None:
    print(f"myosotis: {text}", file=sys.stderr, flush=True)
