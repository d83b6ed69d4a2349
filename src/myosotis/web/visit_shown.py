"""What "My visit" shows: the visit as it stands, in words, and what its patient can do now."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from django.http import HttpRequest

from myosotis.content.context import HOME_ZONE
from myosotis.content.moments import Moment, moment
from myosotis.domain.words import Language, Party, VisitEvent, VisitStatus
from myosotis.flows import patient_acts
from myosotis.store import free_times
from myosotis.store.models import Address, Calendar, Visit
from myosotis.value_class import value_class
from myosotis.web.phones import Phone, phone_of
from myosotis.web.portal.public import bookable
from myosotis.web.reached import Reached

REVISION_DIGITS: Final = 9


class State(StrEnum):
    BOOKED = "booked"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    OVER = "over"
    OTHER = "other"
    """The visit was given to another patient."""


@value_class
class VisitShown:
    """Plain values for the template."""

    state: State
    revision: int
    when: Moment
    before: Moment | None
    """When the visit was by the message of this link, if it was moved since."""
    patient: str
    """First name only: in a household several share a phone."""
    doctor: str
    specialty: str
    address: Address
    phone: Phone | None
    service: str
    preparation: str
    cancel_reason: str
    """The practice's own, meant for the patient."""
    can_confirm: bool
    can_cancel: bool
    can_move: bool
    cancel_until: Moment | None
    """Moving and cancelling end then; only where it is earlier than the start, and still ahead."""
    too_late: bool
    """The patient could have moved or cancelled here, until the cut-off."""
    moved_by_patient: bool
    """What happened to the visit last is that its patient moved it."""
    booking: str
    """Where the doctor's free times at this address are booked online, after this visit; empty where they are not."""

    @property
    def live(self) -> bool:
        return self.state in (State.BOOKED, State.CONFIRMED)

    @property
    def is_mine(self) -> bool:
        return self.state is not State.OTHER

    @property
    def reports(self) -> bool:
        """Whether having seen this page means knowing how the visit stands."""
        return self.state is not State.OVER


def shown(at: Reached, visit: Visit, language: Language, now: datetime) -> VisitShown:
    """The visit that was reached, for the patient who did; `now` is UTC."""
    calendar = visit.calendar
    zone = calendar.address.zone
    state = _state(at, visit, now)
    live = state in (State.BOOKED, State.CONFIRMED) and now < visit.start
    acting = live and patient_acts.actions_offered(visit)
    cutoff = patient_acts.cutoff(visit)
    told = at.message.told_start if at.message else None

    def read(instant: datetime) -> Moment:
        return moment(instant, zone, language, HOME_ZONE)

    return VisitShown(
        state=state,
        revision=visit.revision,
        when=read(visit.start),
        before=read(told) if live and told and told != visit.start else None,
        patient=at.patient.first_name if at.patient else "",
        doctor=calendar.doctor.full_name,
        specialty=calendar.doctor.specialty,
        address=calendar.address,
        phone=phone_of(calendar.address.phone or at.practice.phone),
        service=visit.service.name if visit.service else "",
        preparation=visit.service.preparation if visit.service else "",
        cancel_reason=visit.cancel_reason if visit.cancelled_by == Party.PRACTICE else "",
        can_confirm=acting and state is State.BOOKED,
        can_cancel=acting and now < cutoff,
        can_move=acting and now < cutoff and free_times.opens_at_all(calendar),
        cancel_until=read(cutoff) if acting and now < cutoff < visit.start else None,
        too_late=acting and now >= cutoff,
        moved_by_patient=live and visit.event == VisitEvent.MOVED and visit.event_by == Party.PATIENT,
        booking="" if live else _booking(calendar),
    )


def _state(at: Reached, visit: Visit, now: datetime) -> State:
    if not at.owns_visit:
        return State.OTHER
    if visit.status in (VisitStatus.DONE, VisitStatus.NO_SHOW) or now >= visit.end:
        return State.OVER
    return State(visit.status)


def _booking(calendar: Calendar) -> str:
    slug = calendar.doctor.slug
    return f"/d/{slug}/{calendar.pk}" if slug and bookable(calendar) else ""


def revision_of(request: HttpRequest) -> int | None:
    """Which revision of the visit the page showed; None if it did not say."""
    given = request.POST.get("revision", "")
    return int(given) if given.isdecimal() and len(given) <= REVISION_DIGITS else None
