"""Somebody new is booked in: the card and the visit are written together, or neither is."""

from datetime import datetime

from django.db import transaction

from myosotis.domain.values import VisitSwitches
from myosotis.domain.words import Party, Via
from myosotis.flows import patient_changed, visit_booked
from myosotis.flows.actor import Actor
from myosotis.flows.patient_changed import CardFields
from myosotis.flows.visit_booked import Booked
from myosotis.store.models import Practice


@transaction.atomic
def book(
    *,
    practice: Practice,
    card: CardFields,
    calendar_id: int,
    service_id: int | None,
    start: datetime,
    minutes: int | None,
    switches: VisitSwitches,
    actor: Actor,
    now: datetime,
) -> Booked:
    """Add a card and book its first visit at the desk. Raises as `patient_changed.add` and `visit_booked.book`."""
    patient = patient_changed.add(practice=practice, card=card, actor=actor, now=now)
    return visit_booked.book(
        practice=practice,
        calendar_id=calendar_id,
        patient_id=patient.pk,
        service_id=service_id,
        start=start,
        minutes=minutes,
        switches=switches,
        by=Party.PRACTICE,
        via=Via.DESK,
        actor=actor,
        now=now,
    )
