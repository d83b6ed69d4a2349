"""A patient says what a visit was like, changes it, or takes it back (docs/rules.md 6). One opinion per visit."""

from datetime import datetime
from typing import Final

from django.db import transaction

from myosotis.domain import opinions
from myosotis.domain.opinions import LONGEST_AUTHOR, LONGEST_TEXT, STARS, OpinionState
from myosotis.domain.words import ReadSignal, VisitStatus
from myosotis.flows import actor, digest_planned, found, message_read, records
from myosotis.flows.errors import Conflict, Invalid, NotFound
from myosotis.store.models import Opinion, Practice, Visit
from myosotis.store.opinions import of_visit, state

_EMPTIED: Final = ("text", "author", "answer", "rejected_because")
_UNDECIDED: Final = ("published_at", "rejected_at", "withdrawn_at", "answered_at")


@transaction.atomic
def give(
    *,
    practice: Practice,
    visit_id: int,
    patient_id: int,
    stars: int,
    now: datetime,
    text: str = "",
    author: str = "",
    replace_shown: bool = False,
) -> Opinion:
    """Give an opinion of a visit, or change the one given: it is then looked at anew, and what answered it is gone.

    `replace_shown` says that the patient knows that the changed one disappears until then. Raises NotFound (the visit
    is not this patient's), Invalid (stars, text, author) and Conflict (`no_visit` if it did not take place,
    `opinion_too_late`, `opinion_shown`).
    """
    _check(stars, text, author)
    visit = _locked(practice, visit_id, patient_id)
    _require_time(visit, now)
    opinion = of_visit(practice, visit_id)
    if opinion is None:
        opinion = Opinion(practice=practice, visit=visit, given_at=now)
    elif _is_the_same(opinion, stars, text, author, patient_id):
        return opinion
    elif state(opinion, now) is OpinionState.SHOWN and opinion.patient_id == patient_id and not replace_shown:
        raise Conflict("opinion_shown")
    _clear(opinion)
    opinion.doctor_id, opinion.calendar_id, opinion.patient_id = visit.calendar.doctor_id, visit.calendar_id, patient_id
    opinion.stars, opinion.text, opinion.author, opinion.given_at = stars, text, author, now
    opinion.save()
    message_read.visit_read(visit.pk, patient_id, ReadSignal.ACTION, now=now, shown_revision=visit.revision)
    _audit(opinion, "opinion.given", now)
    digest_planned.plan(practice.pk, now)
    return opinion


@transaction.atomic
def withdraw(*, practice: Practice, visit_id: int, patient_id: int, now: datetime) -> Opinion | None:
    """Take an opinion back, at any time: its words are gone for good; None where there was none. Raises NotFound."""
    _locked(practice, visit_id, patient_id)
    opinion = of_visit(practice, visit_id)
    if opinion is None or opinion.withdrawn_at is not None:
        return opinion
    _clear(opinion)
    opinion.withdrawn_at = now
    opinion.save()
    _audit(opinion, "opinion.withdrawn", now)
    return opinion


def _check(stars: int, text: str, author: str) -> None:
    if stars not in STARS:
        raise Invalid("stars", "out_of_range")
    if len(text) > LONGEST_TEXT:
        raise Invalid("text", "too_long")
    if len(author) > LONGEST_AUTHOR:
        raise Invalid("author", "too_long")


def _locked(practice: Practice, visit_id: int, patient_id: int) -> Visit:
    """The visit, locked: the same form sent twice makes one opinion."""
    found.visit_of(practice, visit_id)
    found.lock(practice, {visit_id})
    visit = found.visit_of(practice, visit_id)
    if visit.patient_id != patient_id:
        raise NotFound("visit")
    return visit


def _require_time(visit: Visit, now: datetime) -> None:
    status = VisitStatus(visit.status)
    if not opinions.took_place(status, visit.end, now):
        raise Conflict("no_visit")
    if not opinions.may_be_given(status, visit.end, now):
        raise Conflict("opinion_too_late")


def _is_the_same(opinion: Opinion, stars: int, text: str, author: str, patient_id: int) -> bool:
    """The form was sent twice. What the patient of a wrong card said is replaced by the right one's words."""
    given = (opinion.stars, opinion.text, opinion.author, opinion.patient_id)
    return opinion.withdrawn_at is None and given == (stars, text, author, patient_id)


def _clear(opinion: Opinion) -> None:
    for name in _EMPTIED:
        setattr(opinion, name, "")
    for name in _UNDECIDED:
        setattr(opinion, name, None)


def _audit(opinion: Opinion, action: str, now: datetime) -> None:
    who = actor.patient(opinion.visit.patient_id)
    records.audit(opinion.practice_id, action, "opinion", opinion.pk, now=now, actor=who)
