"""What staff change about one visit besides its time: its own switches, silence, service, and whose it is."""

from dataclasses import fields, replace
from datetime import datetime
from typing import Final

from django.db import transaction

from myosotis.domain import planning
from myosotis.domain.told import UNDO
from myosotis.domain.values import Switches, VisitSwitches
from myosotis.domain.words import Kind, Party, Via, VisitEvent, VisitStatus
from myosotis.flows import found, patient_acts, records, visit_moved
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Conflict
from myosotis.flows.replanning import replan
from myosotis.flows.switches_changed import Effect, effect_of
from myosotis.flows.visit_booked import service_of, set_switches
from myosotis.store import facts as visit_facts
from myosotis.store.models import Practice, Visit
from myosotis.store.outbox import MAY_HAVE_LEFT


def from_form(form: Switches, calendar: Switches, own: VisitSwitches, *, silent: bool) -> VisitSwitches:
    """What to store of a form that shows all switches, filled from the calendar: only what staff changed there.

    `calendar` is what it was filled from, also where that has changed since. A switch left as it was shown keeps what is
    stored; one set back to what the calendar said inherits again.
    """
    shown = own.over(calendar)
    kept: dict[str, bool | None] = {}
    for switch in fields(Switches):
        wanted, inherited = getattr(form, switch.name), getattr(calendar, switch.name)
        untouched = wanted == getattr(shown, switch.name)
        kept[switch.name] = getattr(own, switch.name) if untouched else (None if wanted == inherited else wanted)
    return VisitSwitches(**kept, silent=silent)


@transaction.atomic
def set_own_switches(
    *,
    practice: Practice,
    visit_id: int,
    switches: VisitSwitches,
    via: Via,
    actor: Actor,
    now: datetime,
    was: VisitSwitches | None = None,
) -> Visit:
    """Set a visit's own switches (None inherits) and its silence; the calendar stays as it is.

    `was`: what whoever changes them has seen. Raises NotFound, and Conflict (`switches_changed`) if that is no longer so.
    """
    visit, _ = found.locked_visit(practice, visit_id, now)
    if visit.own_switches == switches:
        return visit
    if was is not None and visit.own_switches != was:
        raise Conflict("switches_changed")
    set_switches(visit, switches)
    visit.save()
    _log(visit, records.Happened.CHANGED, via, actor, now)
    replan(practice, [visit.pk], now)
    return visit


def preview(*, practice: Practice, visit_id: int, switches: VisitSwitches, now: datetime) -> Effect:
    """What `set_own_switches` with the same switches would do at `now`; changes nothing. Raises NotFound."""
    loaded = visit_facts.load([found.visit_of(practice, visit_id).pk], now)
    changed = [replace(facts, visit_switches=switches) for facts in loaded]
    return effect_of([(facts, planning.replan(facts, now)) for facts in changed])


@transaction.atomic
def set_service(
    *, practice: Practice, visit_id: int, service_id: int | None, via: Via, actor: Actor, now: datetime
) -> Visit:
    """Say what the visit is for; how long it takes stays. Raises NotFound."""
    visit, _ = found.locked_visit(practice, visit_id, now)
    if visit.service_id == service_id:
        return visit
    visit.service = service_of(visit.calendar, service_id)
    visit.save(update_fields=["service"])
    _log(visit, records.Happened.CHANGED, via, actor, now)
    return visit


@transaction.atomic
def give_to(
    *,
    practice: Practice,
    visit_id: int,
    patient_id: int,
    correction: bool,
    via: Via,
    actor: Actor,
    now: datetime,
    expected_revision: int | None = None,
) -> Visit:
    """Give a visit to another patient: `cancelled` to the former one, a booking for the new one.

    With `correction` ("poprawka karty") it was the new one's all along, and nobody is told. Raises NotFound and
    Conflict (`revision_changed`, `visit_cancelled`, `visit_over`).
    """
    patient = found.patient_of(practice, patient_id)
    visit, affected = found.locked_visit(practice, visit_id, now, patients=[patient.pk])
    if expected_revision is not None and visit.revision != expected_revision:
        raise Conflict("revision_changed")
    if visit.patient_id == patient.pk:
        return visit
    patient_acts.require_open(visit)
    was = records.before(visit)
    visit.former_patient_id = None if correction else _whom_to_tell(visit, patient.pk)
    visit.patient = patient
    visit.revision += 1
    visit.first_start, visit.first_calendar = visit.start, visit.calendar
    if correction:
        visit.event = VisitEvent.CORRECTED
    else:
        visit.event, visit.booked_at, visit.booked_by = VisitEvent.BOOKED, now, Party.PRACTICE
        visit.status, visit.previous_start = VisitStatus.BOOKED, None
    visit.event_at, visit.event_by, visit.event_via = now, Party.PRACTICE, via
    visit.save()
    what = records.Happened.CORRECTED if correction else records.Happened.GIVEN_TO_OTHER
    records.log_visit(visit, what, now=now, by=Party.PRACTICE, via=via, actor=actor, was=was)
    replan(practice, affected, now)
    return visit


@transaction.atomic
def take_back(*, practice: Practice, visit_id: int, actor: Actor, now: datetime) -> Visit:
    """Undo giving a visit to another patient at the desk, within the undo time and while nothing of it left.

    Raises NotFound and Conflict (`nothing_to_undo`, `undo_time_over`).
    """
    last = visit_moved.last_entry(found.visit_of(practice, visit_id))
    if last is None or last.what not in _GIVEN or last.via != Via.DESK:
        raise Conflict("nothing_to_undo")
    visit, affected = found.locked_visit(practice, visit_id, now, patients=[last.before["patient_id"]])
    if visit.revision != last.revision:
        raise Conflict("nothing_to_undo")
    if now >= last.at + UNDO or visit.messages.filter(MAY_HAVE_LEFT, revision=visit.revision).exists():
        raise Conflict("undo_time_over")
    was = records.before(visit)
    visit_moved.put_back(visit, last.before, now)
    visit.patient_id, visit.former_patient_id = last.before["patient_id"], last.before["former_patient_id"]
    visit.booked_by = last.before["booked_by"]
    visit.first_start = datetime.fromisoformat(last.before["first_start"])
    visit.first_calendar_id = last.before["first_calendar_id"]
    visit.save()
    records.log_visit(
        visit, records.Happened.GIVING_UNDONE, now=now, by=Party.PRACTICE, via=Via.DESK, actor=actor, was=was
    )
    replan(practice, affected, now)
    return visit


_GIVEN: Final = (records.Happened.GIVEN_TO_OTHER, records.Happened.CORRECTED)


def _whom_to_tell(visit: Visit, new_patient_id: int) -> int | None:
    """Who has to hear that the visit is not theirs any more.

    Given on before the one in between heard of it, that is still the patient before; given back to that one, nobody.
    """
    former = visit.former_patient_id
    if former is None:
        return visit.patient_id
    left = visit.messages.filter(MAY_HAVE_LEFT)
    in_between_knows = left.filter(patient_id=visit.patient_id).exists()
    former_knows = left.filter(kind=Kind.CANCELLED, patient_id=former, revision=visit.revision).exists()
    if in_between_knows or former_knows:
        return visit.patient_id
    return None if former == new_patient_id else former


def _log(visit: Visit, what: records.Happened, via: Via, actor: Actor, now: datetime) -> None:
    records.log_visit(visit, what, now=now, by=Party.PRACTICE, via=via, actor=actor)
