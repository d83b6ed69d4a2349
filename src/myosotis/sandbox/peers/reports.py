"""What the peers say later: delivery reports and patients' texts by GET to the callback, bounces to the mail intake."""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from myosotis.sandbox.peers.faults import Fault
from myosotis.sandbox.peers.ledger import Report, due_reports, iso
from myosotis.value_class import value_class

MOST_IN_ONE_CALL: Final = 5
"""SMSAPI puts up to five messages into one report."""
TRIES: Final = 5
FIRST_RETRY: Final = timedelta(minutes=1)
LATE: Final = timedelta(hours=6)
AGAIN_AFTER: Final = timedelta(seconds=30)
TOGETHER: Final = timedelta(minutes=1)
"""Reports this close together can change places."""


@value_class
class Call:
    """One call of a peer: a GET with fields, or (with a body) a bounce by LMTP."""

    url: str
    fields: dict[str, str]
    body: bytes
    reports: tuple[Report, ...]


def troubled(report: Report, faults: frozenset[Fault]) -> Iterator[Report]:
    """The report as the switched-on faults leave it: late, twice, or not at all."""
    if Fault.NO_REPORTS in faults:
        return
    if Fault.REPORTS_LATE in faults:
        report = replace(report, due=report.due + LATE)
    yield report
    if Fault.REPORTS_TWICE in faults:
        yield replace(report, due=report.due + AGAIN_AFTER)


def calls_due(database: sqlite3.Connection, now: datetime, faults: frozenset[Fault]) -> list[Call]:
    """What is to be said at `now` (virtual, UTC), in order."""
    reports = due_reports(database, now)
    if Fault.REPORTS_REVERSED in faults:
        reports.reverse()
    return list(_gathered(reports))


def due_time(report: Report, faults: frozenset[Fault]) -> Report:
    """Out-of-order reports come together at the end of their minute, so that they can change places."""
    if Fault.REPORTS_REVERSED not in faults:
        return report
    minute = report.due.replace(second=0, microsecond=0) + TOGETHER
    return replace(report, due=minute)


def _gathered(reports: Iterable[Report]) -> Iterator[Call]:
    """Reports to one address whose fields are alike share a call, values separated by commas."""

    def alike(report: Report) -> tuple[str, frozenset[str], bool, int]:
        alone = "MsgId" not in report.fields or "sms_text" in report.fields or bool(report.body)
        return report.url, frozenset(report.fields), alone, report.id if alone else 0

    for _, group in groupby(reports, alike):
        together = tuple(group)
        for start in range(0, len(together), MOST_IN_ONE_CALL):
            some = together[start : start + MOST_IN_ONE_CALL]
            names = some[0].fields
            yield Call(
                url=some[0].url,
                fields={name: ",".join(report.fields[name] for report in some) for name in names},
                body=some[0].body,
                reports=some,
            )


def settle(database: sqlite3.Connection, call: Call, *, taken: bool, now: datetime) -> None:
    """Note that a call was taken, or when it is tried again; after the last try it is given up."""
    with database:
        for report in call.reports:
            tries = report.tries + 1
            if taken or tries >= TRIES:
                done = "taken" if taken else "given up"
                database.execute("UPDATE report SET done = ?, tries = ? WHERE id = ?", (done, tries, report.id))
            else:
                due = iso(now + FIRST_RETRY * tries)
                database.execute("UPDATE report SET due = ?, tries = ? WHERE id = ?", (due, tries, report.id))
