"""A visit as its page shows it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.functional import Promise

from myosotis.content import offer_words
from myosotis.domain.told import UNDO
from myosotis.domain.words import Party, Via, VisitStatus
from myosotis.flows.patient_acts import OPEN
from myosotis.flows.records import Happened
from myosotis.flows.visit_marked import MARKED
from myosotis.flows.visit_moved import last_entry
from myosotis.store.models import Offer, Patient, Visit
from myosotis.value_class import value_class
from myosotis.web.desk.access import Desk
from myosotis.web.desk.patients.reach import Reach, reach_of
from myosotis.web.desk.visits import story, words
from myosotis.web.desk.visits.acts import UNDONE
from myosotis.web.phones import Phone, phone_of


@value_class
class OfferShown:
    """An offer that this visit caused, or whose patient was asked about."""

    offer: Offer
    state: str
    own: str
    """What became of this visit's patient in it; empty where the visit only freed the time."""


@value_class
class Contact:
    """Who is called and written to: the patient, or the guardian while that is so."""

    guardian: str
    phone: Phone | None
    email: str


@value_class
class VisitShown:
    """Everything about one visit."""

    visit: Visit
    zone: ZoneInfo
    status: "str | Promise"
    mark: str
    minutes: int
    reach: Reach
    contact: Contact
    entries: "list[story.MessageShown | story.Happening]"
    offers: list[OfferShown]
    open: bool
    begun: bool
    may_undo: bool

    @property
    def marked(self) -> bool:
        return self.visit.status in MARKED

    @property
    def confirmed(self) -> bool:
        return self.visit.status == VisitStatus.CONFIRMED

    @property
    def cancelled_by_patient(self) -> bool:
        return self.visit.cancelled_by == Party.PATIENT


def shown(desk: Desk, visit: Visit, now: datetime) -> VisitShown:
    """What the page of a visit shows at `now` (UTC), in a bounded number of queries."""
    reach = reach_of(desk, visit.patient, now)
    status, mark = words.status_of(visit, now)
    return VisitShown(
        visit=visit,
        zone=visit.calendar.address.zone,
        status=status,
        mark=mark,
        minutes=round((visit.end - visit.start).total_seconds() / 60),
        reach=reach,
        contact=_contact(visit.patient, guarded=reach.guarded),
        entries=story.of(desk, visit),
        offers=_offers(desk, visit),
        open=visit.status in OPEN,
        begun=now >= visit.start,
        may_undo=_may_undo(visit, now),
    )


def _contact(patient: Patient, *, guarded: bool) -> Contact:
    if guarded:
        return Contact(
            guardian=patient.guardian_name, phone=phone_of(patient.guardian_phone), email=patient.guardian_email
        )
    return Contact(guardian="", phone=phone_of(patient.phone), email=patient.email)


def _offers(desk: Desk, visit: Visit) -> list[OfferShown]:
    rows = desk.offers().filter(Q(freed_by=visit) | Q(candidates__visit=visit)).distinct().order_by("id")
    own = {one.offer_id: one for one in visit.candidacies.all()}
    return [
        OfferShown(
            offer=offer,
            state=offer_words.state(offer.closed_because, desk.language),
            own=offer_words.candidate(own[offer.pk].passed_over, own[offer.pk].answer, desk.language)
            if offer.pk in own
            else "",
        )
        for offer in rows
    ]


def _may_undo(visit: Visit, now: datetime) -> bool:
    last = last_entry(visit)
    return (
        last is not None
        and last.via == Via.DESK
        and Happened(last.what) in UNDONE
        and last.revision == visit.revision
        and now < last.at + UNDO
    )
