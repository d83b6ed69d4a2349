"""Files of patients and visits: tried first, taken in, looked at, resumed, undone.

The body of the request is the file itself. Rows are judged one by one: good ones are taken, others reported.
"""

from dataclasses import asdict
from io import BytesIO
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from myosotis import clock
from myosotis.api.access import Needs, actor_of, practice_of
from myosotis.api.paging import Page, PageQuery, page
from myosotis.api.problems import problem
from myosotis.api.schemas.imports import ImportOut, ProblemOut, TakenOut, UndoneOut
from myosotis.api.schemas.values import Id
from myosotis.domain.words import Language
from myosotis.flows import found
from myosotis.flows.api_access import Scope
from myosotis.importing import undo
from myosotis.importing.places import Places
from myosotis.importing.report import Report
from myosotis.importing.run import AHEAD, Import
from myosotis.intake import FileRefusedError, open_calendar, open_patients, open_visits
from myosotis.store.models import Calendar, Practice

router = Router(auth=Needs(Scope.VISITS_READ), tags=["imports"])
MAY_TAKE_PATIENTS = Needs(Scope.PATIENTS_WRITE)
MAY_TAKE_VISITS = Needs(Scope.VISITS_WRITE, Scope.PATIENTS_WRITE)
"""A file of visits brings its patients, and undoing one takes them away."""


class FileQuery(Schema):
    """How a file is taken in."""

    dry_run: bool = Field(False, description="Say what it would do, and write nothing.")
    language: Language | None = Field(None, description="Of the report; null: the practice's.")


class VisitsQuery(FileQuery):
    calendar_id: Id | None = Field(None, description="All rows belong to this calendar, whatever they say.")
    announce: bool = Field(False, description="Tell patients of their imported visits (`details`).")


class EventsQuery(FileQuery):
    calendar_id: Id = Field(description="The calendar to which the events belong.")


@router.post("/imports/patients", response=TakenOut, auth=MAY_TAKE_PATIENTS)
def import_patients(request: HttpRequest, query: Query[FileQuery]) -> TakenOut | HttpResponse:
    """Take in a CSV file of patients (2.5 MB at most). The same file again changes nothing, or goes on."""
    practice, file = practice_of(request), BytesIO(request.body)
    language = query.language or Language(practice.language)
    try:
        patients = open_patients(file)
        report = Report(patients.total, language, problems=list(patients.problems))
        batch = _import(request, file, report, query).patients(patients.rows())
    except FileRefusedError as error:
        return _refused(error, language)
    return TakenOut.of(report, None if query.dry_run else batch)


@router.post("/imports/visits", response=TakenOut, auth=MAY_TAKE_VISITS)
def import_visits(request: HttpRequest, query: Query[VisitsQuery]) -> TakenOut | HttpResponse:
    """Take in a CSV file of visits with their patients (2.5 MB at most). The same file again changes nothing, or goes on."""
    practice, file = practice_of(request), BytesIO(request.body)
    language = query.language or Language(practice.language)
    places = Places.of(practice, None if query.calendar_id is None else _calendar(practice, query.calendar_id))
    try:
        visits = open_visits(file, zone_of=places.zone, calendars=places.names)
        report = Report(visits.total, language, problems=list(visits.problems))
        batch = _import(request, file, report, query, announce=query.announce).visits(visits.rows(), places)
    except FileRefusedError as error:
        return _refused(error, language)
    return TakenOut.of(report, None if query.dry_run else batch)


@router.post("/imports/events", response=TakenOut, auth=MAY_TAKE_VISITS)
def import_events(request: HttpRequest, query: Query[EventsQuery]) -> TakenOut | HttpResponse:
    """Take in an iCalendar file (2.5 MB at most): visits of patients whom its events name, else blocked time."""
    practice, file, now = practice_of(request), BytesIO(request.body), clock.now()
    language, calendar = query.language or Language(practice.language), _calendar(practice, query.calendar_id)
    try:
        zone = calendar.address.zone
        events = open_calendar(file, zone=zone, since=now, until=now + AHEAD)
        report = Report(events.total, language)
        batch = _import(request, file, report, query).events(events.rows(), calendar)
    except FileRefusedError as error:
        return _refused(error, language)
    return TakenOut.of(report, None if query.dry_run else batch)


@router.get("/imports", response=Page[ImportOut])
def list_imports(request: HttpRequest, query: Query[PageQuery]) -> Page[ImportOut]:
    return page(practice_of(request).import_batches.all(), query, ImportOut.of)


@router.get("/imports/{import_id}", response=ImportOut)
def get_import(request: HttpRequest, import_id: UUID) -> ImportOut:
    """How an import stands, with the rows that were refused."""
    return ImportOut.of(found.one(practice_of(request).import_batches.filter(uuid=import_id), "import"))


@router.post("/imports/{import_id}/undo", response=list[UndoneOut], auth=MAY_TAKE_VISITS)
def undo_import(request: HttpRequest, import_id: UUID) -> list[UndoneOut]:
    """Undo an import: what it added goes, what it changed comes back; who was told of a visit gets `cancelled`."""
    batch = found.one(practice_of(request).import_batches.filter(uuid=import_id), "import")
    done = undo.undo(batch, actor_of(request), clock.now())
    return [UndoneOut(what=what, **asdict(undone)) for what, undone in done]


def _import(request: HttpRequest, file: BytesIO, report: Report, query: FileQuery, *, announce: bool = False) -> Import:
    return Import(practice_of(request), file, report, actor=actor_of(request), announce=announce, dry=query.dry_run)


def _calendar(practice: Practice, calendar_id: int) -> Calendar:
    return found.one(practice.calendars.select_related("address").filter(id=calendar_id), "calendar")


def _refused(error: FileRefusedError, language: Language) -> HttpResponse:
    """The file as a whole: nothing was taken."""
    wrong = [ProblemOut.of(one, language).model_dump() for one in error.problems]
    return problem(422, "file_refused", "Nothing was taken in.", wrong)
