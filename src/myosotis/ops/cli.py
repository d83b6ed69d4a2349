"""`myosotis`: finds the subcommand and runs it. Only the module of the one asked for is imported."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Final

from myosotis.ops.family import follow_parent

COMMANDS: Final[Mapping[str, str]] = {
    "up": "web server and dispatcher on one machine",
    "web": "the web server alone",
    "dispatcher": "the dispatcher alone",
    "sandbox": "everything with a demo practice, fake providers and a clock in the hand",
    "clock": "move the clock of the sandbox",
    "simulate": "weeks of many practices under virtual time, checked",
    "fault": "make a provider of the sandbox fail",
    "migrate": "bring the database up to date",
    "roles": "give web, dispatcher and owner roles of their own in PostgreSQL",
    "backup": "everything the installation needs to stand up again, in one file",
    "restore": "bring a backup back",
    "resume": "let messages out again after a restore",
    "move-to-postgresql": "copy everything from SQLite to PostgreSQL",
    "practice": "set up a practice",
    "staff": "who works in a practice, and their links by hand",
    "apikey": "make or revoke an API key",
    "import": "take in patients and visits from a file",
    "explain": "what was and will be sent for a visit, and why",
    "doctor": "check the installation and say what to do",
    "dkim": "make a DKIM key and print the DNS records",
    "vapid": "make the key of web push",
    "inbound": "take in bounces and replies by LMTP or a pipe",
    "settings": "print every setting with its default",
    "openapi": "print the description of the REST API",
    "peers": "",
}
"""Each with a line of help; those without one are started by others."""

MODULES: Final[Mapping[str, str]] = {"import": "intake", "move-to-postgresql": "move"}
"""Where the module cannot be called like the command."""

PROCESSES: Final[Mapping[str, str]] = {"web": "web", "inbound": "web", "dispatcher": "dispatcher"}
"""As whom the commands that serve others reach the database; the rest are the operator's, who owns the tables."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 1 failed, 2 wrongly asked."""
    follow_parent()
    given = list(sys.argv[1:] if argv is None else argv)
    name = next((word for word in given if not word.startswith("-")), "")
    parser = argparse.ArgumentParser(prog="myosotis", description="Automatic patient notifications.")
    chosen = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    modules = {}
    for command, text in COMMANDS.items():
        told = chosen.add_parser(command, description=text, help=text) if text else chosen.add_parser(command)
        if command == name:
            modules[command] = import_module(f"myosotis.ops.commands.{MODULES.get(command, command)}")
            modules[command].arguments(told)
    arguments = parser.parse_args(given)
    os.environ["MYOSOTIS_PROCESS"] = PROCESSES.get(arguments.command, "owner")  # before the settings are read
    try:
        return int(modules[arguments.command].run(arguments))
    except Exception as error:
        from myosotis.ops import trouble

        known = trouble.of(error)
        if known is None:
            raise  # for the log, with where it was
        print(f"myosotis: {known}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
