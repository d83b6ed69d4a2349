"""What a person at the bench does: move the clock, switch faults, answer by SMS. Pages, API and commands share it."""

import json
import re
from contextlib import closing
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext

from myosotis import clock
from myosotis.sandbox.environment import callback
from myosotis.sandbox.peers.faults import Fault, Peer, faults_of, set_faults
from myosotis.sandbox.peers.ledger import connect, iso
from myosotis.sandbox.place import Place
from myosotis.sandbox.time import Bench, ClockError
from myosotis.sandbox.waiting import wait_for_others

STEP: Final = re.compile(r"\+?(\d{1,6})\s*(s|m|min|h|d)")
UNITS: Final = {"s": "seconds", "m": "minutes", "min": "minutes", "h": "hours", "d": "days"}


def step_of(text: str) -> timedelta:
    """`+4h`, `90m`, `1d`, `30s`. Raises ValueError."""
    match = STEP.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError(gettext("A step is a number and a unit: +30s, +90m, +4h, +1d."))
    return timedelta(**{UNITS[match[2]]: int(match[1])})


def turn(what: str) -> None:
    """Move the clock: `next`, `freeze`, `run`, a step (`+4h`) or an instant with its offset. Raises ClockError, ValueError."""
    with closing(Bench(Place.of_this_process(), wait_for_others)) as bench:
        match what:
            case "next":
                if bench.advance_to_next() is None:
                    raise ClockError(gettext("Nothing is planned ahead."))
            case "freeze":
                bench.freeze()
            case "run":
                bench.run()
            case _ if "T" in what or (what[:4].isdecimal() and "-" in what):
                bench.advance(_instant(what))
            case _:
                bench.advance_by(step_of(what))


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(gettext("An instant has its offset: 2027-03-16T08:00+01:00."))
    return moment.astimezone(clock.wall().tzinfo)


def faults() -> dict[Peer, frozenset[Fault]]:
    """What is switched on now."""
    with closing(connect(Place.of_this_process().ledger)) as database:
        return {peer: faults_of(database, peer) for peer in Peer}


def switch(peer: Peer, wanted: frozenset[Fault]) -> None:
    """Switch on exactly these faults. Raises ValueError."""
    with closing(connect(Place.of_this_process().ledger)) as database:
        set_faults(database, peer, wanted)


def answer(number: str, text: str, recipient: str) -> None:
    """A patient (E.164) writes an SMS to the practice: the gateway hands it on by its callback, at once."""
    place = Place.of_this_process()
    ports = place.ports()
    if ports is None:
        raise LookupError("the sandbox was never started")
    now = clock.now()
    with closing(connect(place.ledger)) as database, database:
        written = database.execute(
            "INSERT INTO written (address, recipient, at, text) VALUES (?, ?, ?, ?)",
            (number, recipient, iso(now), text),
        )
        fields = {
            "MsgId": f"IN{written.lastrowid:022d}",
            "sms_from": number.removeprefix("+"),
            "sms_to": recipient.removeprefix("+"),
            "sms_text": text,
            "sms_date": str(int(now.timestamp())),
            "username": "sandbox",
        }
        database.execute(
            "INSERT INTO report (due, url, fields, body) VALUES (?, ?, ?, ?)",
            (iso(now), callback(ports), json.dumps(fields, ensure_ascii=False), b""),
        )
