"""What tests of freed slots stand on: a patient with a Monday, others who wait longer, and what they do."""

from datetime import datetime, timedelta
from typing import Any

from myosotis.domain.values import utc
from myosotis.domain.words import MessageStatus, OfferEnd, Party, PassedOver, SubjectType, Via
from myosotis.flows import offer_answered, visit_cancelled
from myosotis.flows.errors import Conflict
from myosotis.flows.offer_answered import Accepted
from myosotis.store.models import Candidate, Message, Offer, Visit
from tests.db.make import ACTOR, Scene, book, hours, make_patient

MONDAY = utc(2027, 3, 8, 7)
"""08:00 in Warsaw."""
WEDNESDAY = MONDAY + hours(48)
SATURDAY = utc(2027, 3, 6, 9)
"""10:00 in Warsaw."""
MINUTE = timedelta(minutes=1)


def waiting(scene: Scene, count: int, since: datetime = WEDNESDAY, **card: Any) -> list[Visit]:
    """Visits of as many patients, every half an hour from Wednesday 08:00 on."""
    return [
        book(scene.calendar, make_patient(scene.practice, **card), since + number * 30 * MINUTE)
        for number in range(count)
    ]


def cancel(visit: Visit, now: datetime = SATURDAY, *, by: Party = Party.PATIENT, via: Via = Via.PORTAL) -> Offer | None:
    """The patient cancels; the offer that comes of it."""
    visit_cancelled.cancel(practice=visit.practice, visit_id=visit.pk, by=by, via=via, actor=ACTOR, now=now)
    return Offer.objects.filter(freed_by=visit).order_by("id").last()


def offered(visit: Visit, now: datetime = SATURDAY, *, via: Via = Via.PORTAL) -> Offer:
    """As `cancel`; there is one."""
    offer = cancel(visit, now, via=via)
    assert offer is not None
    return offer


def asked(offer: Offer) -> list[int]:
    """The visits that were asked about, in order."""
    return list(offer.candidates.filter(passed_over="").order_by("position").values_list("visit_id", flat=True))


def passed_over(offer: Offer) -> dict[int, PassedOver]:
    """Why others were not, by visit."""
    rows = offer.candidates.exclude(passed_over="").values_list("visit_id", "passed_over")
    return {visit_id: PassedOver(reason) for visit_id, reason in rows}


def candidate(offer: Offer, visit: Visit) -> Candidate:
    return offer.candidates.get(visit=visit)


def take(offer: Offer, visit: Visit, now: datetime = SATURDAY + MINUTE, via: Via = Via.PORTAL) -> Accepted:
    return offer_answered.accept(
        practice=offer.practice, candidate_id=candidate(offer, visit).pk, actor=ACTOR, via=via, now=now
    )


def refusal(offer: Offer, visit: Visit, now: datetime = SATURDAY + MINUTE) -> str:
    """The code with which taking it is refused; "" if it was taken."""
    try:
        take(offer, visit, now)
    except Conflict as refused:
        return refused.code
    return ""


def mail_of(offer: Offer, visit: Visit | None = None, **given: Any) -> list[Message]:
    """The messages about an offer, or those to one who was asked."""
    candidates = offer.candidates.all() if visit is None else offer.candidates.filter(visit=visit)
    ids = list(candidates.values_list("id", flat=True))
    rows = Message.objects.filter(subject_type=SubjectType.CANDIDATE, subject_id__in=ids, **given)
    return list(rows.order_by("id"))


def ended(offer: Offer) -> set[tuple[str, str]]:
    """Status and reason of every message of an offer."""
    return {(row.status, row.reason) for row in mail_of(offer)}


def closed(offer: Offer) -> OfferEnd | None:
    """Why it is closed; None: it is not."""
    offer.refresh_from_db()
    return OfferEnd(offer.closed_because) if offer.closed_at is not None else None


def history(offer: Offer) -> list[tuple[str, str]]:
    """Each step of an offer with its reason."""
    return list(offer.events.order_by("id").values_list("what", "reason"))


PLANNED = MessageStatus.PLANNED
