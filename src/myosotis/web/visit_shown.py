"""What "My visit" shows: the visit as it stands, in words, and what its patient can do now."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from myosotis.content.context import HOME_ZONE
from myosotis.content.moments import Moment, moment
from myosotis.domain.words import Language, Party, VisitStatus
from myosotis.flows import patient_acts
from myosotis.store.models import Address, Doctor, Visit
from myosotis.web.phones import Phone, phone_of
from myosotis.web.reached import Reached


class State(StrEnum):
    BOOKED = "booked"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    OVER = "over"
    OTHER = "other"
    """The visit was given to another patient."""


@dataclass(frozen=True, kw_only=True, slots=True)
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
    cancel_until: Moment | None
    """Only where it is earlier than the start, and still ahead."""
    too_late: bool
    """The patient could have cancelled here, until the cut-off."""

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
    zone = ZoneInfo(calendar.address.time_zone)
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
        doctor=_with_title(calendar.doctor),
        specialty=calendar.doctor.specialty,
        address=calendar.address,
        phone=phone_of(calendar.address.phone or at.practice.phone),
        service=visit.service.name if visit.service else "",
        preparation=visit.service.preparation if visit.service else "",
        cancel_reason=visit.cancel_reason if visit.cancelled_by == Party.PRACTICE else "",
        can_confirm=acting and state is State.BOOKED,
        can_cancel=acting and now < cutoff,
        cancel_until=read(cutoff) if acting and now < cutoff < visit.start else None,
        too_late=acting and now >= cutoff,
    )


def _state(at: Reached, visit: Visit, now: datetime) -> State:
    if not at.owns_visit:
        return State.OTHER
    if visit.status in (VisitStatus.DONE, VisitStatus.NO_SHOW) or now >= visit.end:
        return State.OVER
    return State(visit.status)


def _with_title(doctor: Doctor) -> str:
    return f"{doctor.title} {doctor.name}".strip()
