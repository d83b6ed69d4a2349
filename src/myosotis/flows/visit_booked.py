"""A visit is booked, by staff or by the patient: written down and planned in one transaction; no provider is asked."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Model

from myosotis.domain import planning
from myosotis.domain.values import VisitSwitches, require_utc
from myosotis.domain.words import Party, Via, VisitEvent, VisitStatus
from myosotis.flows import found, offer_closed, patient_acts, records, slots, time_held
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Conflict, Invalid
from myosotis.flows.replanning import replan
from myosotis.store import facts as visit_facts
from myosotis.store import outbox, single, whole
from myosotis.store.inquiry import Inquiry, at_once, learn
from myosotis.store.models import Calendar, Hold, Patient, Practice, Service, Visit
from myosotis.store.question import Question
from myosotis.store.single import NextKey
from myosotis.value_class import value_class

LONGEST: Final = 24 * 60
"""Minutes: nothing that a patient would call a visit lasts longer."""
USUAL: Final = 30
"""Minutes, where nobody says anything."""
_SERVICE: Final = Question(
    lambda calendar, ids: Service.objects.filter(calendar_id__in=[calendar], id__in=[ids]).values_list(
        *whole.columns(Service)
    ),
    lists=2,
)
_DURING: Final = Question(
    lambda practice, calendars, end, since, start: Visit.objects.filter(
        practice_id__in=[practice],
        calendar_id__in=[calendars],
        start__lt=end,
        start__gt=since,
        end__gt=start,
        status__in=(VisitStatus.BOOKED, VisitStatus.CONFIRMED),
    ).values_list("id", "start"),
    lists=2,
    instants=3,
)
"""Live visits of a calendar between `start` and `end`, of which those that begin before `since` lasted too long."""
_KEY: Final = Question(lambda practice: Practice.objects.filter(id__in=[practice]).values_list(NextKey(Visit)))


@value_class
class Booked:
    """The new visit, and the ids of live visits in the same calendar that it overlaps: a warning, staff may do so."""

    visit: Visit
    overlaps: tuple[int, ...]


@transaction.atomic
def book(
    *,
    practice: Practice,
    calendar_id: int,
    patient_id: int,
    start: datetime,
    by: Party,
    via: Via,
    actor: Actor,
    now: datetime,
    service_id: int | None = None,
    minutes: int | None = None,
    switches: VisitSwitches = VisitSwitches(),  # noqa: B008 - frozen
    external_id: str = "",
    booked_at: datetime | None = None,
    hold: Hold | None = None,
) -> Booked:
    """Book a visit of a patient at `start` (UTC) and plan its messages.

    `minutes` is the service's duration, or 30, unless given. `booked_at` is for systems that tell of a booking later
    than it was made. `hold` kept the time for the patient; the visit takes its place. Raises NotFound, Invalid (start,
    minutes, booked_at) and Conflict (`external_id_taken`); at the patient's own doors also as `slots.require_free`.
    """
    check_start(start, via, now)
    within = LONGEST if service_id is not None and minutes is None else minutes or USUAL
    look = learn(
        _looking(
            practice, calendar_id=calendar_id, patient_id=patient_id, service_id=service_id, start=start,
            until=start + timedelta(minutes=min(within, LONGEST)), now=now,
        )
    )  # fmt: skip
    calendar, service = look.calendar, look.service
    end = end_of(start, minutes, service)
    if via in patient_acts.OWN_DOORS:
        _require_for_patient(calendar, service, start, end, hold, now)
    agreed = now if booked_at is None else booked_at
    require_utc("booked_at", agreed)
    if agreed > now:
        raise Invalid("booked_at", "in_future")
    if external_id and practice.visits.filter(external_id=external_id).exists():
        raise Conflict("external_id_taken")
    visit = Visit(
        id=look.key,
        practice=practice,
        calendar=calendar,
        patient=look.patient,
        service=service,
        external_id=external_id,
        start=start,
        end=end,
        booked_at=agreed,
        booked_by=by,
        status=VisitStatus.BOOKED,
        event=VisitEvent.BOOKED,
        event_at=now,
        event_by=by,
        event_via=via,
        first_start=start,
        first_calendar=calendar,
    )
    set_switches(visit, switches)
    lines = records.lines_of(visit, records.Happened.BOOKED, now=now, by=by, via=via, actor=actor)
    found.lock(practice, look.siblings)
    offer_closed.close_these(practice, look.offers_before(end), now=now, actor=actor)
    with _once(external_id):
        _write(visit, lines, look, now)
    records.tell_staff(visit, by=by, via=via, now=now)
    if hold is not None:
        time_held.turn_into(hold, visit, now)
    return Booked(visit=visit, overlaps=look.overlapped_before(end))


@value_class
class _Look:
    """What a booking has to know, all asked in one trip, of which the lock on the calendar is the first answer."""

    calendar: Calendar
    patient: Patient
    service: Service | None
    key: int
    """That the visit will have."""
    siblings: set[int]
    """Visits of the patient with the doctor, to be planned anew."""
    around: visit_facts.Around
    offers: Mapping[int, datetime]
    """Open offers, and when their slots begin."""
    overlapped: Mapping[int, datetime]
    """Live visits of the calendar, and when they begin."""

    def offers_before(self, end: datetime) -> list[int]:
        return [key for key, start in self.offers.items() if start < end]

    def overlapped_before(self, end: datetime) -> tuple[int, ...]:
        return tuple(sorted(key for key, start in self.overlapped.items() if start < end))


def _looking(
    practice: Practice,
    *,
    calendar_id: int,
    patient_id: int,
    service_id: int | None,
    start: datetime,
    until: datetime,
    now: datetime,
) -> Inquiry[_Look]:
    """`until`: the latest end that the visit may have, as long as nobody knows how long its service takes. Raises NotFound."""
    # Locked, so that switches changed at the same moment either see this visit or are seen by it.
    (calendar, service, patient), siblings, (offers, overlapped), (around, key) = yield from at_once(
        at_once(
            slots.asking_locked_calendar(practice, calendar_id),
            _asking_service(calendar_id, service_id),
            found.asking_patient(practice, patient_id),
        ),
        found.asking_siblings(practice, [patient_id], now),
        at_once(
            offer_closed.asking_open(calendar_id, start, until),
            asking_overlaps(practice.pk, calendar_id, start, until),
        ),
        at_once(
            visit_facts.asking_around(practice.pk, calendar_id, [patient_id], start),
            _asking_key(practice.pk),
        ),
    )
    return _Look(
        calendar=calendar,
        patient=patient,
        service=service,
        key=key,
        siblings={visit_id for visit_id, doctor_id in siblings.items() if doctor_id == calendar.doctor_id},
        around=around,
        offers=offers,
        overlapped=overlapped,
    )


def _asking_key(practice_id: int) -> Inquiry[int]:
    [[(key,)]] = yield [_KEY.of([practice_id])]
    return int(key)


def _write(visit: Visit, lines: Sequence[Model], look: _Look, now: datetime) -> None:
    """Write the visit, what is noted of it, and its plan, in one trip; with siblings, all of them are planned anew."""
    if look.siblings:
        single.add(visit, *lines)
        replan(visit.practice, {visit.pk, *look.siblings}, now)
        return
    facts = visit_facts.imagined(visit, look.around, now)
    plan = planning.replan(facts, now)
    outbox.apply([(facts, plan)], practice_id=visit.practice_id, now=now, beside=[visit, *lines])


@contextmanager
def _once(external_id: str) -> Iterator[None]:
    """Raise Conflict where somebody else's visit took the number, of another system, that a visit is to have."""
    if not external_id:
        yield
        return
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise Conflict("external_id_taken") from error


def _require_for_patient(
    calendar: Calendar, service: Service | None, start: datetime, end: datetime, hold: Hold | None, now: datetime
) -> None:
    slots.require_online(calendar, service)
    slots.require_free(
        calendar, start, minutes=(end - start) // timedelta(minutes=1), break_minutes=slots.break_after(service),
        now=now, hold=None if hold is None else time_held.still_kept(hold, calendar.pk, start, now),
    )  # fmt: skip


def service_of(calendar: Calendar, service_id: int | None) -> Service | None:
    """The service of this calendar, or NotFound."""
    if service_id is None:
        return None
    return learn(_asking_service(calendar.pk, service_id))


def _asking_service(calendar_id: int, service_id: int | None) -> Inquiry[Service | None]:
    """As `service_of`."""
    if service_id is None:
        return None
    [rows] = yield [_SERVICE.of([calendar_id], [service_id])]
    return whole.made(Service, found.only(rows, "service"))


def end_of(start: datetime, minutes: int | None, service: Service | None) -> datetime:
    """When a visit ends; raises Invalid unless it lasts between a minute and a day."""
    lasting = minutes if minutes is not None else (USUAL if service is None else service.minutes)
    if not 1 <= lasting <= LONGEST:
        raise Invalid("minutes", "out_of_range")
    return start + timedelta(minutes=lasting)


def check_start(start: datetime, via: Via, now: datetime) -> None:
    """A start is in UTC; a patient books no time that has passed, while staff note what took place."""
    require_utc("start", start)
    if via in (Via.PORTAL, Via.SMS) and start <= now:
        raise Invalid("start", "in_past")


def overlaps(visit: Visit) -> tuple[int, ...]:
    """Live visits of the same calendar at the same time."""
    there = learn(asking_overlaps(visit.practice_id, visit.calendar_id, visit.start, visit.end))
    return tuple(sorted(key for key in there if key != visit.pk))


def asking_overlaps(
    practice_id: int, calendar_id: int, start: datetime, end: datetime
) -> Inquiry[Mapping[int, datetime]]:
    """Live visits of a calendar between `start` and `end`, and when they begin."""
    since = start - timedelta(minutes=LONGEST)
    [rows] = yield [_DURING.of([practice_id], [calendar_id], at=[end, since, start])]
    return dict(rows)


def set_switches(visit: Visit, switches: VisitSwitches) -> None:
    """Lay a visit's own switches into its row."""
    visit.details = switches.details
    visit.reminder = switches.reminder
    visit.actions = switches.actions
    visit.review = switches.review
    visit.offer = switches.offer
    visit.rebook = switches.rebook
    visit.silent = switches.silent
