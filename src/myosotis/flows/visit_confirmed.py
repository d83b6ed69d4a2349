"""A visit is confirmed, by its patient or by staff for them. A confirmed visit still gets its reminder."""

from datetime import datetime

from django.db import transaction

from myosotis.domain.words import Party, ReadSignal, Via, VisitStatus
from myosotis.flows import found, patient_acts, records
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Conflict
from myosotis.flows.message_read import visit_read
from myosotis.store.models import Practice, Visit


@transaction.atomic
def confirm(
    *,
    practice: Practice,
    visit_id: int,
    by: Party,
    via: Via,
    actor: Actor,
    now: datetime,
    expected_revision: int | None = None,
) -> Visit:
    """Set a booked visit to confirmed; once confirmed nothing changes.

    Who confirms through a link or an SMS has read what was sent. Raises NotFound and Conflict (`revision_changed`,
    `visit_cancelled`, `visit_over`; for the patient's own doors also `actions_off`).
    """
    found.visit_of(practice, visit_id)
    found.lock(practice, {visit_id})
    visit = found.visit_of(practice, visit_id)
    if expected_revision is not None and visit.revision != expected_revision:
        raise Conflict("revision_changed")
    patient_acts.require_open(visit)
    if via in patient_acts.OWN_DOORS:
        _patient_confirms(visit, via, now)
    if visit.status != VisitStatus.CONFIRMED:
        visit.status = VisitStatus.CONFIRMED
        visit.save(update_fields=["status"])
        records.log_visit(visit, records.Happened.CONFIRMED, now=now, by=by, via=via, actor=actor)
    return visit


@transaction.atomic
def unconfirm(*, practice: Practice, visit_id: int, actor: Actor, now: datetime, expected_revision: int) -> Visit:
    """Take back a confirmation that staff noted: the visit is only booked again.

    Raises NotFound and Conflict (`revision_changed`, `visit_cancelled`, `visit_over`).
    """
    found.visit_of(practice, visit_id)
    found.lock(practice, {visit_id})
    visit = found.visit_of(practice, visit_id)
    if visit.revision != expected_revision:
        raise Conflict("revision_changed")
    patient_acts.require_open(visit)
    if visit.status == VisitStatus.CONFIRMED:
        visit.status = VisitStatus.BOOKED
        visit.save(update_fields=["status"])
        records.log_visit(visit, records.Happened.UNCONFIRMED, now=now, by=Party.PRACTICE, via=Via.DESK, actor=actor)
    return visit


def _patient_confirms(visit: Visit, via: Via, now: datetime) -> None:
    if not patient_acts.actions_offered(visit):
        raise Conflict("actions_off")
    if now >= visit.end:
        raise Conflict("visit_over")
    signal = ReadSignal.REPLY if via is Via.SMS else ReadSignal.ACTION
    visit_read(visit.pk, visit.patient_id, signal, now=now, shown_revision=visit.revision)
