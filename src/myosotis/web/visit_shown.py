"""What "My visit" shows: the visit as it stands, in words, and what its patient can do now."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from myosotis.content.moments import Moment, moment
from myosotis.domain.words import Language, VisitStatus
from myosotis.flows import patient_acts
from myosotis.store.models import Address, Doctor, Message, Visit


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """The doctor, as patients call them."""

    name: str
    specialty: str


@dataclass(frozen=True, kw_only=True, slots=True)
class VisitShown:
    """Plain values for the template."""

    state: str
    """booked, confirmed, cancelled, over, or other: the visit is somebody else's by now."""
    revision: int
    when: Moment
    doctor: Person
    address: Address
    phone: str
    service: str
    preparation: str
    can_confirm: bool
    can_cancel: bool
    cancel_until: Moment | None
    """Only where it is earlier than the start."""

    @property
    def live(self) -> bool:
        return self.state in ("booked", "confirmed")


def shown(message: Message, visit: Visit, language: Language, now: datetime) -> VisitShown:
    """The visit of a message's link, for the patient of that message."""
    address = visit.calendar.address
    zone = ZoneInfo(address.time_zone)
    state = _state(message, visit, now)
    acting = state in ("booked", "confirmed") and patient_acts.actions_offered(visit)
    cutoff = patient_acts.cutoff(visit)
    return VisitShown(
        state=state,
        revision=visit.revision,
        when=moment(visit.start, zone, language, zone),
        doctor=_person(visit.calendar.doctor),
        address=address,
        phone=address.phone or message.practice.phone,
        service=visit.service.name if visit.service else "",
        preparation=visit.service.preparation if visit.service else "",
        can_confirm=acting and state == "booked",
        can_cancel=acting and now < cutoff,
        cancel_until=moment(cutoff, zone, language, zone) if acting and cutoff < visit.start else None,
    )


def _state(message: Message, visit: Visit, now: datetime) -> str:
    if message.patient_id != visit.patient_id:
        return "other"
    if visit.status == VisitStatus.CANCELLED:
        return "cancelled"
    if visit.status in (VisitStatus.DONE, VisitStatus.NO_SHOW) or now >= visit.end:
        return "over"
    return visit.status


def _person(doctor: Doctor) -> Person:
    return Person(name=f"{doctor.title} {doctor.name}".strip(), specialty=doctor.specialty)
