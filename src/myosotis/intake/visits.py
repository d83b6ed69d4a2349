"""Visits from a table file (CSV). Their times are local to the address of the calendar that the row names."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from myosotis.domain.words import Party, VisitStatus
from myosotis.intake import offices
from myosotis.intake.cells import LONGEST_ID, Cells
from myosotis.intake.columns import VISITS, Field
from myosotis.intake.emails import parse_email
from myosotis.intake.encoding import Encoding
from myosotis.intake.moments import (
    DURATION_EXAMPLES,
    MOMENT_EXAMPLES,
    NOTHING,
    TIME_EXAMPLES,
    Written,
    instant,
    merge,
    parse_minutes,
    parse_range,
    parse_written,
    whole_minutes,
)
from myosotis.intake.problems import Code, ValueRefusedError, refuse_file
from myosotis.intake.rows import RowReader, TableFile
from myosotis.intake.table import Source, open_table
from myosotis.intake.values import (
    CalendarFault,
    CalendarReference,
    PatientReference,
    PersonName,
    RowResult,
    VisitRow,
    ZoneOf,
)
from myosotis.value_class import value_class

PERSON = (Field.PATIENT_ID, Field.FAMILY, Field.GIVEN_FAMILY, Field.FAMILY_GIVEN, Field.PHONE, Field.EMAIL)
DAYS = (Field.START, Field.DATE)
MOMENT = (*DAYS, Field.TIME)
PLACES = (Field.CALENDAR, Field.DOCTOR, Field.ADDRESS, Field.ROOM)
MIDDAY = time(12, 0)
"""Taken where a file says on which day a visit was booked but not when: no more than half a day wrong."""
Status = tuple[VisitStatus, Party | None]
STATUSES: dict[str, Status] = {
    **dict.fromkeys(
        ("booked", "scheduled", "planned", "new", "umowiona", "umowiony", "zaplanowana", "zaplanowany", "zarezerwowana",
         "zarezerwowany", "nowa", "aktywna", "niepotwierdzona", "oczekujaca"),
        (VisitStatus.BOOKED, None),
    ),
    **dict.fromkeys(("confirmed", "potwierdzona", "potwierdzony"), (VisitStatus.CONFIRMED, None)),
    **dict.fromkeys(
        ("cancelled", "canceled", "odwolana", "odwolany", "anulowana", "anulowany"), (VisitStatus.CANCELLED, None)
    ),
    **dict.fromkeys(
        ("cancelled by patient", "canceled by patient", "odwolana przez pacjenta", "anulowana przez pacjenta"),
        (VisitStatus.CANCELLED, Party.PATIENT),
    ),
    **dict.fromkeys(
        ("cancelled by practice", "canceled by practice", "odwolana przez gabinet", "odwolana przez placowke",
         "odwolana przez lekarza", "anulowana przez gabinet"),
        (VisitStatus.CANCELLED, Party.PRACTICE),
    ),
    **dict.fromkeys(
        ("no show", "no-show", "noshow", "nieobecnosc", "nieobecny", "nieobecna", "nie przyszedl", "nie przyszla",
         "niestawienie sie", "nie odbyla sie"),
        (VisitStatus.NO_SHOW, None),
    ),
    **dict.fromkeys(
        ("done", "completed", "fulfilled", "odbyta", "odbyla sie", "zrealizowana", "zakonczona", "wykonana"),
        (VisitStatus.DONE, None),
    ),
}  # fmt: skip
STATUSES_SHOWN = ("umówiona", "potwierdzona", "odwołana", "odwołana przez pacjenta", "nieobecność", "odbyła się")


@value_class
class VisitFile(TableFile):
    """An opened file of visits."""

    zone_of: ZoneOf
    calendars: tuple[str, ...]

    def rows(self, after: int = 0) -> Iterator[RowResult[VisitRow]]:
        """Every row with its visit or the reasons why it was refused, in the order of the file; not the first `after`."""
        places = Places(zone_of=self.zone_of, names=self.calendars)
        return RowReader(
            table=self.table,
            columns=self.columns,
            region=self.region,
            read=lambda cells: _visit(cells, places),
            id_field=Field.VISIT_ID,
        ).results(after)


def open_visits(
    source: Source,
    *,
    zone_of: ZoneOf,
    calendars: tuple[str, ...] = (),
    region: str = "PL",
    encoding: Encoding | None = None,
) -> VisitFile:
    """A file of visits, checked as far as its headings go; rows are read later, one by one.

    `zone_of` tells the zone of a row's calendar and is asked once for each different reference, also for the empty one
    of a file that names no calendar; `calendars` are the names to be shown where it knows none. Raises FileRefusedError:
    unreadable, no heading, no column for the patient or the time, a field in two columns, any column about consent.
    """
    table = open_table(source, VISITS.recognised, encoding)
    columns = offices.settled(VISITS.columns(table.header), table.records())
    if not columns.have(*PERSON):
        raise refuse_file(Code.COLUMN_MISSING, field=Field.GIVEN_FAMILY, allowed=VISITS.allowed(*PERSON))
    if not columns.have(*DAYS):
        raise refuse_file(Code.COLUMN_MISSING, field=Field.START, allowed=VISITS.allowed(*DAYS))
    return VisitFile(table=table, columns=columns, region=region, zone_of=zone_of, calendars=calendars)


@dataclass(kw_only=True, slots=True)
class Places:
    """The zones of the calendars that a file names, each asked for once."""

    zone_of: ZoneOf
    names: tuple[str, ...]
    known: dict[CalendarReference, ZoneInfo | CalendarFault] = field(default_factory=dict)

    def zone(self, cells: Cells, reference: CalendarReference) -> ZoneInfo | None:
        """The zone of a row's calendar; None, and a problem noted, where the reference leads nowhere."""
        if reference not in self.known:
            self.known[reference] = self.zone_of(reference)
        found = self.known[reference]
        if isinstance(found, ZoneInfo):
            return found
        code = Code.CALENDAR_UNKNOWN if found is CalendarFault.UNKNOWN else Code.CALENDAR_AMBIGUOUS
        named = next((of for of in PLACES if cells.columns.have(of)), Field.CALENDAR)
        cells.blame(named, ValueRefusedError(code, self.names))
        return None


def _visit(cells: Cells, places: Places) -> VisitRow | None:
    calendar = _calendar(cells)
    zone = places.zone(cells, calendar)
    patient = _patient(cells)
    start_written, end_written = _written(cells)
    visit_id, service = cells.text(Field.VISIT_ID, LONGEST_ID), cells.text(Field.SERVICE)
    status, cancelled_by = cells.word(Field.STATUS, STATUSES, STATUSES_SHOWN) or (None, None)
    online = cells.yes(Field.BOOKED_ONLINE)
    if zone is None:
        return None
    start = _instant(cells, _hour_field(cells), start_written, zone)
    minutes = _minutes(cells, start, start_written, end_written, zone)
    booked_at = _booked_at(cells, zone, start)
    if start is None or cells.refused:
        return None
    return VisitRow(
        row=cells.record.row,
        external_id=visit_id,
        patient=patient,
        calendar=calendar,
        service=service,
        start=start,
        zone=zone,
        duration_minutes=minutes,
        booked_at=booked_at,
        booked_by=None if online is None else Party.PATIENT if online else Party.PRACTICE,
        status=status,
        cancelled_by=cancelled_by,
    )


def _calendar(cells: Cells) -> CalendarReference:
    calendar, doctor, address, room = (cells.text(of) for of in PLACES)
    return CalendarReference(calendar=calendar, doctor=doctor, address=address, room=room)


def _patient(cells: Cells) -> PatientReference:
    name, phone = cells.name(), cells.phone()
    patient = PatientReference(
        external_id=cells.text(Field.PATIENT_ID, LONGEST_ID),
        name=name,
        phone=phone.e164 if phone else "",
        phone_is_mobile=phone is not None and phone.is_mobile,
        email=cells.parse(Field.EMAIL, parse_email) or "",
    )
    if patient == PatientReference(name=PersonName()) and not cells.refused:
        cells.say(Code.NO_PATIENT, allowed=VISITS.allowed(Field.GIVEN_FAMILY, Field.PATIENT_ID, Field.PHONE))
    elif cells.columns.have(Field.PHONE, Field.EMAIL) and not _reachable(patient) and not cells.refused:
        cells.say(Code.NO_CONTACT)
    return patient


def _reachable(patient: PatientReference) -> bool:
    """Whether the row gives an address; a file without such columns speaks of patients already on file."""
    return bool(patient.phone or patient.email or patient.external_id)


def _day_field(cells: Cells) -> Field:
    return next((of for of in DAYS if cells.columns.have(of)), Field.DATE)


def _hour_field(cells: Cells) -> Field:
    return Field.TIME if cells.columns.have(Field.TIME) else _day_field(cells)


def _written(cells: Cells) -> tuple[Written, Written]:
    """What the row says of its start, all columns together, and of its end."""
    start, start_end = cells.parse(Field.START, parse_range) or (NOTHING, NOTHING)
    day, day_end = cells.parse(Field.DATE, parse_range) or (NOTHING, NOTHING)
    hour, hour_end = cells.parse(Field.TIME, parse_range) or (NOTHING, NOTHING)
    end = cells.parse(Field.END, parse_written) or NOTHING
    return _merged(cells, Field.TIME, start, day, hour), _merged(cells, Field.END, end, start_end, day_end, hour_end)


def _merged(cells: Cells, of: Field, *written: Written) -> Written:
    try:
        return merge(*written)
    except ValueRefusedError as refusal:
        cells.blame(of, refusal)
        return NOTHING


def _instant(cells: Cells, of: Field, written: Written, zone: ZoneInfo) -> datetime | None:
    """The instant of a start or end; a cell that was refused already is not blamed again for missing."""
    try:
        return instant(written, zone)
    except ValueRefusedError as refusal:
        if refusal.code is not Code.VALUE_MISSING or of not in MOMENT:
            cells.blame(of, refusal)
        elif not any(problem.field in MOMENT for problem in cells.problems):
            _blame_missing(cells, written)
        return None


def _blame_missing(cells: Cells, written: Written) -> None:
    if written.day is not None and cells.columns.have(Field.TIME):
        cells.blame(Field.TIME, ValueRefusedError(Code.VALUE_MISSING, TIME_EXAMPLES))
    else:
        cells.blame(_day_field(cells), ValueRefusedError(Code.VALUE_MISSING, MOMENT_EXAMPLES))


def _minutes(
    cells: Cells, start: datetime | None, start_written: Written, end_written: Written, zone: ZoneInfo
) -> int | None:
    stated = cells.parse(Field.DURATION, parse_minutes)
    if start is None or end_written == NOTHING:
        return stated
    end = _instant(cells, Field.END, _on_day_of(start_written, end_written, start, zone), zone)
    try:
        between = None if end is None else whole_minutes(end - start, Code.END_WRONG, MOMENT_EXAMPLES[:2])
        return _agreed(stated, between)
    except ValueRefusedError as refusal:
        cells.blame(Field.END if cells.columns.have(Field.END) else Field.TIME, refusal)
        return None


def _agreed(stated: int | None, between: int | None) -> int | None:
    if stated is not None and between is not None and stated != between:
        raise ValueRefusedError(Code.END_WRONG, DURATION_EXAMPLES)
    return between if stated is None else stated


def _on_day_of(start: Written, end: Written, start_instant: datetime, zone: ZoneInfo) -> Written:
    """An end that gives only an hour is on the day of the start."""
    day = end.day or start.day or start_instant.astimezone(zone).date()
    return Written(day=day, hour=end.hour, offset=end.offset or (start.offset if end.hour else None))


def _booked_at(cells: Cells, zone: ZoneInfo, start: datetime | None) -> datetime | None:
    """When the visit was booked: at noon, or at its very start, where only the day stands."""
    written = cells.parse(Field.BOOKED_AT, parse_written)
    if written is None or start is None:
        return None
    if written.day is not None and written.hour is None:
        noon = datetime.combine(written.day, MIDDAY, zone).astimezone(UTC)
        cells.blame(Field.BOOKED_AT, ValueRefusedError(Code.BOOKED_WITHOUT_HOUR, MOMENT_EXAMPLES[:2]))
        moment: datetime | None = min(noon, start) if written.day == start.astimezone(zone).date() else noon
    else:
        moment = _instant(cells, Field.BOOKED_AT, written, zone)
    if moment is not None and moment > start:
        cells.blame(Field.BOOKED_AT, ValueRefusedError(Code.BOOKED_AFTER_START))
    return moment
