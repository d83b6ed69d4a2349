"""`myosotis import`: patients and visits from CSV, visits from calendar files; a dry run, a report, resume and undo."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from myosotis.ops.installation import bring_up

if TYPE_CHECKING:
    from myosotis.store.models import Calendar, Practice


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="?", choices=("patients", "visits", "calendar"), help="what the file holds")
    parser.add_argument("file", nargs="?", type=Path, help="CSV (patients, visits) or iCalendar (calendar)")
    parser.add_argument("--practice", type=int, help="id; wanted if there is more than one (`myosotis practice list`)")
    parser.add_argument(
        "--calendar", type=int, help="id of the calendar that all rows belong to; wanted for `calendar`"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what the import would say, and write nothing")
    parser.add_argument("--announce", action="store_true", help="tell patients of their imported visits")
    parser.add_argument("--report", type=Path, help="write every refused or flagged row to this CSV file")
    parser.add_argument("--language", choices=("pl", "en"), default="pl", help="of the report (%(default)s)")
    parser.add_argument("--undo", metavar="IMPORT", help="take back an import by its id")


def run(given: argparse.Namespace) -> int:
    bring_up()
    if given.undo:
        return _undo(given.undo)
    if given.what is None or given.file is None:
        return _wrong("say what the file holds and where it is: myosotis import visits FILE")
    from myosotis.intake import FileRefusedError, problem_text

    practice = _practice(given.practice)
    if practice is None:
        return _wrong("--practice: say which one; `myosotis practice list` shows them")
    calendar = (
        practice.calendars.select_related("address").filter(pk=given.calendar).first() if given.calendar else None
    )
    if calendar is None and (given.calendar or given.what == "calendar"):
        ids = ", ".join(str(key) for key in practice.calendars.values_list("id", flat=True))
        return _wrong(f"--calendar: must be one of: {ids}")
    try:
        return _take(given, practice, calendar)
    except FileRefusedError as error:
        for problem in error.problems:
            print(problem_text(problem, given.language), file=sys.stderr)
        return 1
    except OSError as error:
        return _wrong(f"{given.file}: {error.strerror}")


def _take(given: argparse.Namespace, practice: "Practice", calendar: "Calendar | None") -> int:

    from myosotis import clock
    from myosotis.domain.words import Language
    from myosotis.importing.places import Places
    from myosotis.importing.run import AHEAD, Import
    from myosotis.intake import open_calendar, open_patients, open_visits
    from myosotis.ops.printed_report import PrintedReport

    language = Language(given.language)
    places = Places.of(practice, calendar)

    def begin(report: PrintedReport) -> Import:
        return Import(practice, given.file, report, announce=given.announce, dry=given.dry_run)

    if given.what == "patients":
        patients = open_patients(given.file)
        report = PrintedReport(patients.total, language, patients.encoding.known_as, problems=list(patients.problems))
        batch = begin(report).patients(patients.rows())
    elif given.what == "visits":
        visits = open_visits(given.file, zone_of=places.zone, calendars=places.names)
        report = PrintedReport(visits.total, language, visits.encoding.known_as, problems=list(visits.problems))
        batch = begin(report).visits(visits.rows(), places)
    elif calendar is not None:
        zone, now = calendar.address.zone, clock.now()
        events = open_calendar(given.file, zone=zone, since=now, until=now + AHEAD)
        report = PrintedReport(events.total, language)
        batch = begin(report).events(events.rows(), calendar)
    else:
        return 2
    if given.report:
        report.write(given.report)
    report.say(dry=given.dry_run, batch=batch)
    return 0


def _practice(wanted: int | None) -> "Practice | None":
    from myosotis.store.models import Practice

    practices = list(Practice.objects.filter(pk=wanted) if wanted else Practice.objects.all()[:2])
    return practices[0] if len(practices) == 1 else None


def _undo(text: str) -> int:
    from uuid import UUID

    from myosotis import clock
    from myosotis.flows.actor import SYSTEM
    from myosotis.flows.errors import Conflict
    from myosotis.importing.undo import undo
    from myosotis.store.models import ImportBatch

    try:
        batch = ImportBatch.objects.select_related("practice").filter(uuid=UUID(text)).first()
    except ValueError:
        batch = None
    if batch is None:
        return _wrong(f"there is no import {text}")
    try:
        undone = undo(batch, SYSTEM, clock.now())
    except Conflict:
        return _wrong("that import was undone already")
    for what, done in undone:
        print(
            f"{what}: {done.removed} removed, {done.cancelled} cancelled (their patients knew), "
            f"{done.brought_back} brought back, {done.left} left as they are (changed since)"
        )
    return 0


def _wrong(text: str) -> int:
    print(f"myosotis: {text}", file=sys.stderr)
    return 2
