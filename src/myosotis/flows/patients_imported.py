"""Patient cards of a file are taken over, a batch of rows in one transaction (docs/rules.md 1 and 6).

A row is the same patient by its external id, else by name with the same phone or e-mail address, or by name alone
where neither the row nor the card has any. An empty cell says nothing, and leaves the card as it is.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, cast

from django.db import transaction

from myosotis.domain.words import ConsentPurpose
from myosotis.flows import found, import_batches, records
from myosotis.flows.actor import Actor
from myosotis.flows.laying import lay
from myosotis.flows.patient_changed import ADDRESSES, FIELDS, CardFields, search_of
from myosotis.flows.replanning import replan
from myosotis.store.models import Consent, ImportBatch, Patient, Practice
from myosotis.store.name_keys import plain, sort_key
from myosotis.value_class import value_class

IMPORTED: Final = "import"
"""How a consent was given that a file tells of."""


@value_class
class PatientInput:
    """One card as a file has it. `consent` is None where the file says nothing, which is no consent."""

    row: int
    card: CardFields
    consent: bool | None = None
    consent_at: datetime | None = None


@value_class
class Taken:
    """What became of the rows of one call; `patients` by row, for the visits of the same file."""

    added: int
    changed: int
    unchanged: int
    patients: Mapping[int, int]


class _Known:
    def __init__(self, practice: Practice, rows: Sequence[PatientInput]) -> None:
        self.by_external: dict[str, Patient] = {}
        self.by_contact: dict[tuple[str, str], Patient] = {}
        cards = [row.card for row in rows]
        keys = {sort_key(card.get("last_name", ""), card.get("first_name", "")) for card in cards}
        external = {card.get("external_id", "") for card in cards} - {""}
        patients = practice.patients.filter(erased_at=None).order_by("-id")
        for patient in [*patients.filter(sort_key__in=keys), *patients.filter(external_id__in=external)]:
            self.file(patient)
        for double in practice.patients.filter(external_id__in=external, merged_into__erased_at=None).select_related(
            "merged_into"
        ):
            if double.merged_into is not None:
                self.by_external[double.external_id] = double.merged_into

    def file(self, patient: Patient) -> None:
        if patient.external_id:
            self.by_external[patient.external_id] = patient
        name = plain(patient.full_name)
        contacts = {patient.phone, patient.email.casefold()} - {""}
        for contact in contacts or {""}:
            self.by_contact[name, contact] = patient

    def find(self, card: CardFields) -> Patient | None:
        external = card.get("external_id", "")
        if external and external in self.by_external:
            return self.by_external[external]
        name = plain(f"{card.get('first_name', '')} {card.get('last_name', '')}".strip())
        contacts = [contact for contact in (card.get("phone", ""), card.get("email", "").casefold()) if contact]
        for contact in contacts or [""]:
            patient = self.by_contact.get((name, contact))
            if patient is not None and not (external and patient.external_id):
                return patient
        return None


@transaction.atomic
def take(
    *,
    practice: Practice,
    batch_id: int,
    rows: Sequence[PatientInput],
    rows_done: int,
    actor: Actor,
    now: datetime,
    problems: Sequence[import_batches.Problem] = (),
) -> Taken:
    """Take some rows of a file: new cards are added, known ones changed and their visits planned anew.

    Raises NotFound, Invalid for an unknown field, and Conflict (`batch_closed`, `rows_done_already`).
    """
    batch = import_batches.locked(practice, batch_id, rows_done)
    known = _Known(practice, rows)
    by_row: dict[int, Patient] = {}
    fresh: list[Patient] = []
    changed: dict[int, Patient] = {}
    for row in rows:
        patient = known.find(row.card)
        if patient is None:
            patient = Patient(practice=practice, created_at=now, batch=batch)
            fresh.append(patient)
        if _lay(patient, row.card) and patient.pk is not None:
            changed[patient.pk] = patient
        known.file(patient)
        by_row[row.row] = patient
    visits = found.visits_ahead_of(practice, list(changed), now) if changed else []
    _write(fresh, list(changed.values()))
    consented = _consents(practice, [(by_row[row.row], row) for row in rows], now)
    _audit(practice, batch, actor, now)
    replan(practice, {*visits, *found.ids_ahead_of(practice, consented, now)}, now)
    unchanged = len(rows) - len(fresh) - len(changed)
    import_batches.note(
        batch, added=len(fresh), changed=len(changed), unchanged=unchanged, rows_done=rows_done, problems=problems
    )
    ids = {row: patient.pk for row, patient in by_row.items()}
    return Taken(added=len(fresh), changed=len(changed), unchanged=unchanged, patients=ids)


def _lay(patient: Patient, card: CardFields) -> bool:
    said = {name: value for name, value in cast("Mapping[str, object]", card).items() if value not in ("", None)}
    if patient.external_id:
        said.pop("external_id", None)  # found by it, or by that of a double that was merged into this card
    changed = lay(patient, said, FIELDS)
    for name in changed.intersection(ADDRESSES):
        setattr(patient, f"{name}_bad_at", None)
    patient.sort_key = sort_key(patient.last_name, patient.first_name)
    patient.search_key = search_of(patient)
    return bool(changed)


def _write(fresh: Sequence[Patient], changed: Sequence[Patient]) -> None:
    Patient.objects.bulk_create(fresh)
    Patient.objects.bulk_update(
        changed, [*sorted(FIELDS), "sort_key", "search_key", *(f"{n}_bad_at" for n in ADDRESSES)]
    )


def _consents(practice: Practice, rows: Sequence[tuple[Patient, PatientInput]], now: datetime) -> set[int]:
    """Give and withdraw consents that the file names; whose changed."""
    concerned = {patient.pk: row for patient, row in rows if row.consent is not None}
    in_force = Consent.objects.filter(
        practice=practice, patient_id__in=concerned, purpose=ConsentPurpose.COMMERCIAL, withdrawn_at=None
    )
    given = set(in_force.values_list("patient_id", flat=True))
    withdrawn = {patient_id for patient_id in given if not concerned[patient_id].consent}
    in_force.filter(patient_id__in=withdrawn).update(withdrawn_at=now)
    new = {patient_id for patient_id, row in concerned.items() if row.consent} - given
    Consent.objects.bulk_create(
        Consent(
            practice=practice,
            patient_id=patient_id,
            purpose=ConsentPurpose.COMMERCIAL,
            given_at=concerned[patient_id].consent_at or now,
            how=IMPORTED,
        )
        for patient_id in sorted(new)
    )
    return withdrawn | new


def _audit(practice: Practice, batch: ImportBatch, actor: Actor, now: datetime) -> None:
    records.audit(practice, "import.patients", "import", batch.pk, now=now, actor=actor)
