"""A change of a card at the desk is taken back within the undo time, unless the card was changed again (docs/rules.md 2).

What the card was is kept by whoever offers the undo; a flow that looks again decides whether it may come back.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from django.db import transaction

from myosotis.domain.told import UNDO
from myosotis.flows import found, records
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Conflict
from myosotis.flows.laying import save
from myosotis.flows.patient_changed import ADDRESSES, FIELDS, search_of
from myosotis.flows.replanning import replan
from myosotis.store.models import Patient, Practice
from myosotis.store.name_keys import sort_key

State = Mapping[str, str | bool | None]
"""A card as it was: every field that can be changed, and since when addresses are known to be dead; ISO 8601."""

_INSTANTS: Final = tuple(f"{name}_bad_at" for name in ADDRESSES)
_COLUMNS: Final = (*sorted(FIELDS), *_INSTANTS)


def state_of(patient: Patient) -> State:
    """What an undo would bring back."""
    return {name: _plain(getattr(patient, name)) for name in _COLUMNS}


@transaction.atomic
def take_back(
    *,
    practice: Practice,
    patient_id: int,
    was: State,
    became: State,
    changed_at: datetime,
    actor: Actor,
    now: datetime,
) -> Patient:
    """Lay what the card was over what it became, and plan the visits anew.

    Raises NotFound and Conflict (`undo_time_over`; `card_changed`: somebody changed, merged or erased it since).
    """
    if now > changed_at + UNDO:
        raise Conflict("undo_time_over")
    visits = found.visits_ahead_of(practice, [patient_id], now)
    patient = found.patient_of(practice, patient_id, lock=True)
    if patient.erased_at is not None or state_of(patient) != became:
        raise Conflict("card_changed")
    for name, value in was.items():
        setattr(patient, name, _value(name, value))
    patient.sort_key = sort_key(patient.last_name, patient.first_name)
    patient.search_key = search_of(patient)
    save(patient, "external_id_taken")
    records.audit(practice, "patient.change_undone", "patient", patient.pk, now=now, actor=actor)
    replan(practice, visits, now)
    return patient


def _plain(value: object) -> str | bool | None:
    if isinstance(value, bool) or value is None:
        return value
    return value.isoformat() if isinstance(value, date) else str(value)


def _value(name: str, value: str | bool | None) -> object:
    if not isinstance(value, str):
        return value
    if name in _INSTANTS:
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if name == "guardian_until" else value
