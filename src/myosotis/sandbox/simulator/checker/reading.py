"""Reading the record of each practice out of the tables."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from myosotis.sandbox.simulator.checker.record import Asked, Entry, Freed, Life, Record, Row
from myosotis.sandbox.simulator.evidence import Noted, Received
from myosotis.sandbox.simulator.town import endpoint
from myosotis.sandbox.simulator.world import World
from myosotis.store.models import Candidate, Message, Offer, Patient, Visit, VisitLog

ROW: Final = (
    "id", "practice_id", "visit_id", "subject_type", "subject_id", "patient_id", "revision", "kind", "channel", "wave",
    "copy", "uuid", "status", "reason", "fallback", "due_at", "expires_at", "sent_at",
)  # fmt: skip


def records(world: World) -> Iterator[Record]:
    """One after the other, so that thousands of practices need no more memory than one."""
    received = sorted(world.post.received, key=lambda one: one.message_id)
    noted = world.deeds.noted
    for surgery in world.town:
        yield _record(
            surgery.practice.pk, received, [note for note in noted if note.practice_id == surgery.practice.pk]
        )


def _record(practice_id: int, received: Sequence[Received], noted: Sequence[Noted]) -> Record:
    rows = {row.id: row for row in _rows(practice_id)}
    offers = _offers(practice_id)
    visit_of = {asked.id: asked.visit_id for offer in offers for asked in offer.asked}
    rows_of: dict[int, list[Row]] = {}
    for row in rows.values():
        visit_id = visit_of.get(row.subject_id) if row.subject_type == "candidate" else row.visit_id
        if visit_id is not None:
            rows_of.setdefault(visit_id, []).append(row)
    return Record(
        practice_id=practice_id,
        lives=_lives(practice_id),
        rows=rows,
        received=[one for one in received if one.message_id in rows],
        noted=noted,
        offers=offers,
        addresses=_addresses(practice_id),
        rows_of=rows_of,
    )


def _rows(practice_id: int) -> Iterator[Row]:
    for values in Message.objects.filter(practice_id=practice_id).order_by("id").values(*ROW):
        uuid = values.pop("uuid")
        yield Row(key=uuid.hex, **values)


def _lives(practice_id: int) -> dict[int, Life]:
    logs: dict[int, list[Entry]] = {}
    lines = VisitLog.objects.filter(practice_id=practice_id).order_by("id")
    for visit_id, at, what, by, via, revision, start in lines.values_list(
        "visit_id", "at", "what", "by", "via", "revision", "new_start"
    ):
        assert start is not None  # noqa: S101 - every line since there are visits has it
        entry = Entry(at=at, what=what, by=by, via=via, revision=revision, start=start)
        logs.setdefault(visit_id, []).append(entry)
    visits = Visit.objects.filter(practice_id=practice_id).select_related("calendar__address").order_by("id")
    return {visit.pk: _life(visit, logs.get(visit.pk, [])) for visit in visits}


def _life(visit: Visit, log: Sequence[Entry]) -> Life:
    return Life(
        id=visit.pk,
        practice_id=visit.practice_id,
        patient_id=visit.patient_id,
        doctor_id=visit.calendar.doctor_id,
        zone=visit.calendar.address.zone,
        minutes=int((visit.end - visit.start).total_seconds() // 60),
        online=visit.booked_by == "patient",
        log=log,
    )


def _offers(practice_id: int) -> list[Freed]:
    asked: dict[int, list[Asked]] = {}
    fields = "offer_id", "id", "visit_id", "patient_id", "visit_start", "answer", "answered_at"
    people = Candidate.objects.filter(practice_id=practice_id, passed_over="").order_by("position")
    for offer_id, key, visit_id, patient_id, start, answer, answered_at in people.values_list(*fields):
        one = Asked(
            id=key, visit_id=visit_id, patient_id=patient_id, visit_start=start, answer=answer, answered_at=answered_at
        )
        asked.setdefault(offer_id, []).append(one)
    offers: Any = Offer.objects.filter(practice_id=practice_id).order_by("id")
    rows = offers.values_list("id", "start", "closes_at", "closed_at")
    return [
        Freed(id=key, start=start, closes_at=closes, closed_at=closed, asked=asked.get(key, []))
        for key, start, closes, closed in rows
    ]


def _addresses(practice_id: int) -> dict[int, frozenset[str]]:
    people = Patient.objects.filter(practice_id=practice_id).values_list("id", "email", "phone")
    return {key: frozenset({email, phone, endpoint(key)} - {""}) for key, email, phone in people}
