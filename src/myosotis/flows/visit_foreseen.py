"""What would be sent about a visit if it were booked now; nothing is written, and no lock is taken."""

from datetime import datetime

from myosotis.domain import planning
from myosotis.domain.values import Contact, PlannedMessage, VisitSwitches
from myosotis.domain.words import Party, Via, VisitEvent, VisitStatus
from myosotis.flows import found
from myosotis.flows.visit_booked import end_of, service_of, set_switches
from myosotis.store import facts as visit_facts
from myosotis.store.cards import new_card
from myosotis.store.inquiry import learn
from myosotis.store.models import Practice, Visit


def foresee(
    *,
    practice: Practice,
    calendar_id: int,
    start: datetime,
    now: datetime,
    service_id: int | None = None,
    minutes: int | None = None,
    switches: VisitSwitches = VisitSwitches(),  # noqa: B008 - frozen
    patient_id: int | None = None,
    contact: Contact = Contact(),  # noqa: B008 - frozen
) -> tuple[PlannedMessage, ...]:
    """The plan of a visit that staff would book at the desk, by the same rules as the booking itself.

    Of a patient without a card yet, `contact` says what will stand on it. Raises NotFound and Invalid (minutes).
    """
    calendar = found.calendar_of(practice, calendar_id)
    visit = Visit(
        practice=practice,
        calendar=calendar,
        service=service_of(calendar, service_id),
        start=start,
        end=end_of(start, minutes, service_of(calendar, service_id)),
        booked_at=now,
        booked_by=Party.PRACTICE,
        status=VisitStatus.BOOKED,
        event=VisitEvent.BOOKED,
        event_at=now,
        event_by=Party.PRACTICE,
        event_via=Via.DESK,
        first_start=start,
        first_calendar=calendar,
    )
    set_switches(visit, switches)
    patients = []
    if patient_id is not None:
        visit.patient = found.patient_of(practice, patient_id)
        patients.append(patient_id)
    around = learn(visit_facts.asking_around(practice.pk, calendar_id, patients, start))
    card = None if patients else new_card(contact)
    return planning.plan(visit_facts.imagined(visit, around, now, card), now)
