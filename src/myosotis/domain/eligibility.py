"""May this kind of message go to this patient for this visit now? Asked by the plan and again before handing over.

Each function answers with the reason against it, or None. Where several reasons hold, the one that wins over every
setting comes first: the patient's, then the practice's, then the visit's (docs/rules.md 2 and 6).
"""

from collections.abc import Callable
from typing import Final

from myosotis.domain import told
from myosotis.domain.values import Card, VisitFacts
from myosotis.domain.words import (
    ConsentBasis,
    ConsentPurpose,
    Kind,
    OptOut,
    Party,
    Reason,
    VisitEvent,
    VisitStatus,
)

KIND_OPT_OUTS: Final = {Kind.REVIEW: OptOut.REVIEW, Kind.REBOOK: OptOut.REBOOK, Kind.OFFER: OptOut.OFFER}
COMMERCIAL: Final = frozenset({Kind.REVIEW, Kind.REBOOK})
"""What needs a consent (docs/rules.md 6)."""
SWITCHED: Final = frozenset({Kind.DETAILS, Kind.REMINDER, Kind.REVIEW, Kind.REBOOK, Kind.OFFER})
"""Kinds with a switch of their own; the others are always on."""
ASK_FOR_LATER_VISITS: Final = frozenset({Kind.REVIEW, Kind.REBOOK})
"""Kinds that do not go where the patient has a later visit; no other kind asks for that."""
_OVER: Final = {
    VisitStatus.CANCELLED: Reason.VISIT_CANCELLED,
    VisitStatus.NO_SHOW: Reason.NO_SHOW,
}


def against_patient(kind: Kind, facts: VisitFacts, card: Card) -> Reason | None:
    """What the patient, or staff for this patient or visit, decided against any or this kind of message."""
    if card.erased:
        return Reason.ERASED
    if card.deceased:
        return Reason.DECEASED
    if card.silent:
        return Reason.PATIENT_SILENCED
    if facts.visit_switches.silent:
        return Reason.VISIT_SILENCED
    if KIND_OPT_OUTS.get(kind) in card.opt_outs:
        return Reason.OPTED_OUT
    if kind in COMMERCIAL and not _consented(facts, card):
        return Reason.NO_CONSENT
    return None


def against_settings(kind: Kind, facts: VisitFacts) -> Reason | None:
    """Which switch is against this kind, the visit's own before the calendar's.

    A visit that the patient booked through the portal always gets `review`, whatever the switches say.
    """
    if kind not in SWITCHED or (kind is Kind.REVIEW and facts.booked_by is Party.PATIENT):
        return None
    own = getattr(facts.visit_switches, kind.value)
    if own is None:
        return None if getattr(facts.calendar_switches, kind.value) else Reason.SWITCH_OFF
    return None if own else Reason.SWITCH_OFF_FOR_VISIT


def against_visit(kind: Kind, facts: VisitFacts) -> Reason | None:
    """What about the visit itself is against this kind."""
    check = _VISIT_CHECKS.get(kind)
    return None if check is None else check(facts)


def against_knowledge(kind: Kind, facts: VisitFacts, patient_id: int, before: int) -> Reason | None:
    """What is against this kind in what the patient was told by the revisions before `before`."""
    if kind is Kind.CANCELLED:
        last = told.last_told(facts, patient_id, before)
        if last is not None and last.cancelled:
            return Reason.ALREADY_KNOWS
        return Reason.NOT_TOLD_YET if told.was_never_told(facts, patient_id, before) else None
    if kind is Kind.MOVED:
        return Reason.ALREADY_KNOWS if told.in_mind(facts, before) == facts.appointment else None
    if kind is Kind.DETAILS and before > 1:
        last = told.last_told(facts, patient_id, before)
        return Reason.ALREADY_KNOWS if last is not None and last.appointment == facts.appointment else None
    return None


def _consented(facts: VisitFacts, card: Card) -> bool:
    return facts.consent_basis is ConsentBasis.PRACTICE or ConsentPurpose.COMMERCIAL in card.consents


def _against_news(facts: VisitFacts) -> Reason | None:
    """`details` and `moved` are about a visit that is still to come."""
    return Reason.VISIT_IN_PAST if facts.status is VisitStatus.DONE else _OVER.get(facts.status)


def _against_details(facts: VisitFacts) -> Reason | None:
    if facts.event is VisitEvent.IMPORTED:
        return Reason.IMPORTED
    if facts.event is VisitEvent.CORRECTED and not _owes_details_after_correction(facts):
        return Reason.CORRECTION
    return _against_news(facts)


def _owes_details_after_correction(facts: VisitFacts) -> bool:
    """Who never heard of the visit that is theirs, or heard that it is not, would not come."""
    return told.awaits_the_right_patient(facts) or told.may_think_it_cancelled(facts)


def _against_moved(facts: VisitFacts) -> Reason | None:
    if facts.event is not VisitEvent.MOVED and facts.status is not VisitStatus.CANCELLED:
        return Reason.VISIT_CHANGED
    return _against_news(facts)


def _against_cancelled(facts: VisitFacts) -> Reason | None:
    return None if facts.status is VisitStatus.CANCELLED else Reason.VISIT_CHANGED


def _against_review(facts: VisitFacts) -> Reason | None:
    if facts.status in _OVER:
        return _OVER[facts.status]
    return _against_one_more(Kind.REVIEW, facts)


def _against_one_more(kind: Kind, facts: VisitFacts) -> Reason | None:
    """Visits of one day get one of each, after the last; one that was agreed when it had left gets none."""
    if facts.later_visit_same_day:
        return Reason.LATER_VISIT_SAME_DAY
    return Reason.SENT_THAT_DAY if kind in facts.sent_same_day else None


def _against_rebook(facts: VisitFacts) -> Reason | None:
    if facts.status in _OVER:
        return _OVER[facts.status]
    if (reason := _against_one_more(Kind.REBOOK, facts)) is not None:
        return reason
    if facts.later_visit:
        return Reason.NEXT_VISIT_BOOKED
    return None if facts.online_booking else Reason.NO_ONLINE_BOOKING


_VISIT_CHECKS: Final[dict[Kind, Callable[[VisitFacts], Reason | None]]] = {
    Kind.DETAILS: _against_details,
    Kind.REMINDER: _against_news,
    Kind.MOVED: _against_moved,
    Kind.CANCELLED: _against_cancelled,
    Kind.REVIEW: _against_review,
    Kind.REBOOK: _against_rebook,
}
