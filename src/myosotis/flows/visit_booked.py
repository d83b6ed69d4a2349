"""A visit is booked, by staff or by the patient: written down and planned in one transaction; no provider is asked."""

from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction

from myosotis.domain.values import VisitSwitches, require_utc
from myosotis.domain.words import Party, Via, VisitEvent, VisitStatus
from myosotis.flows import found, offer_closed, patient_acts, records, slots, time_held
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Conflict, Invalid
from myosotis.flows.replanning import replan
from myosotis.store import single, whole
from myosotis.store.inquiry import Inquiry, at_once, learn
from myosotis.store.models import Calendar, Hold, Practice, Service, Visit
from myosotis.store.question import Question
from myosotis.value_class import value_class

LONGEST: Final = 24 * 60
"""Minutes: nothing that a patient would call a visit lasts longer."""
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
    ).values_list("id"),
    lists=2,
    instants=3,
)
"""Live visits of a calendar between `start` and `end`, of which those that begin before `since` lasted too long."""


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
    # Locked, so that switches changed at the same moment either see this visit or are seen by it.
    calendar = slots.locked_calendar(practice, calendar_id)
    service = service_of(calendar, service_id)
    end = end_of(start, minutes, service)
    check_start(start, via, now)
    patient, siblings, offers, overlapped = learn(
        at_once(
            found.asking_patient(practice, patient_id),
            found.asking_siblings(practice, patient_id, {calendar.doctor_id}, now),
            offer_closed.asking_where_taken(calendar.pk, start, end),
            _asking_overlaps(practice.pk, calendar.pk, start, end),
        )
    )
    if via in patient_acts.OWN_DOORS:
        _require_for_patient(calendar, service, start, end, hold, now)
    agreed = now if booked_at is None else booked_at
    require_utc("booked_at", agreed)
    if agreed > now:
        raise Invalid("booked_at", "in_future")
    if external_id and practice.visits.filter(external_id=external_id).exists():
        raise Conflict("external_id_taken")
    found.lock(practice, siblings)
    visit = _saved(
        Visit(
            practice=practice,
            calendar=calendar,
            patient=patient,
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
        ),
        switches,
    )
    records.log_visit(visit, records.Happened.BOOKED, now=now, by=by, via=via, actor=actor)
    offer_closed.close_these(practice, offers, now=now, actor=actor)
    replan(practice, {visit.pk, *siblings}, now)
    if hold is not None:
        time_held.turn_into(hold, visit, now)
    return Booked(visit=visit, overlaps=overlapped)


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
    return whole.made(Service, found.only(_SERVICE.ask([calendar.pk], [service_id]), "service"))


def end_of(start: datetime, minutes: int | None, service: Service | None) -> datetime:
    """When a visit ends; raises Invalid unless it lasts between a minute and a day."""
    lasting = minutes if minutes is not None else (30 if service is None else service.minutes)
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
    there = learn(_asking_overlaps(visit.practice_id, visit.calendar_id, visit.start, visit.end))
    return tuple(key for key in there if key != visit.pk)


def _asking_overlaps(practice_id: int, calendar_id: int, start: datetime, end: datetime) -> Inquiry[tuple[int, ...]]:
    since = start - timedelta(minutes=LONGEST)
    [rows] = yield [_DURING.of([practice_id], [calendar_id], at=[end, since, start])]
    return tuple(sorted(key for (key,) in rows))


def _saved(visit: Visit, switches: VisitSwitches) -> Visit:
    set_switches(visit, switches)
    if not visit.external_id:
        single.add(visit)
        return visit
    try:
        with transaction.atomic():
            single.add(visit)
    except IntegrityError as error:
        raise Conflict("external_id_taken") from error
    return visit


def set_switches(visit: Visit, switches: VisitSwitches) -> None:
    """Lay a visit's own switches into its row."""
    visit.details = switches.details
    visit.reminder = switches.reminder
    visit.actions = switches.actions
    visit.review = switches.review
    visit.offer = switches.offer
    visit.rebook = switches.rebook
    visit.silent = switches.silent
