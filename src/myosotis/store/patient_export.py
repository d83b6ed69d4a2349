"""Everything that is held about one patient, as plain values: for the patient's own eyes (docs/rules.md 6).

Each table that leads to a card has its part below; what a part leaves out is of the machine (hashes, keys, locks).
"""

from collections.abc import Mapping
from typing import Any, Final

from django.db.models import Model, Q, QuerySet

from myosotis.store.models import (
    AuditEntry,
    CallNote,
    Candidate,
    Consent,
    Hold,
    IncomingMessage,
    Member,
    Message,
    MessageEvent,
    Opinion,
    Patient,
    PhoneVerification,
    PushSubscription,
    ReadingReport,
    ReplyQuestion,
    StoppedNumber,
    Visit,
    VisitLog,
)
from myosotis.value_class import value_class

Row = dict[str, Any]
CARD: Final = (
    "id", "first_name", "last_name", "email", "email_bad_at", "phone", "phone_is_mobile", "phone_bad_at", "language",
    "guardian_name", "guardian_email", "guardian_email_bad_at", "guardian_phone", "guardian_phone_is_mobile",
    "guardian_phone_bad_at", "guardian_until", "no_sms", "no_email", "no_push", "no_review", "no_rebook", "no_offer",
    "silent", "deceased", "external_id", "created_at",
)  # fmt: skip


@value_class
class Part:
    """One table: which of its rows are the patient's, and which columns say something of them."""

    model: type[Model]
    by: str
    """The column that leads to the patient."""
    columns: tuple[str, ...]
    unplaced: str = ""
    """A column with an address: rows of nobody's that went to or came from the patient's own are the patient's too."""
    named: tuple[tuple[str, str], ...] = ()
    """Columns of other tables that it takes to understand a row, and what they are called."""


PARTS: Final[Mapping[str, Part]] = {
    "consents": Part(
        model=Consent, by="patient", columns=("purpose", "given_at", "how", "wording", "withdrawn_at")
    ),
    "visits": Part(
        model=Visit,
        by="patient",
        columns=(
            "id", "start", "end", "status", "booked_at", "booked_by", "cancelled_by", "cancel_reason", "external_id",
            "silent", "details", "reminder", "actions", "review", "offer", "rebook",
        ),
        named=(
            ("doctor", "calendar__doctor__name"),
            ("street", "calendar__address__street"),
            ("city", "calendar__address__city"),
            ("service", "service__name"),
        ),
    ),
    "visit_history": Part(
        model=VisitLog, by="visit__patient", columns=("visit_id", "at", "what", "by", "via", "old_start", "new_start")
    ),
    "calls": Part(model=CallNote, by="visit__patient", columns=("visit_id", "at", "result", "note", "taken_back_at")),
    "messages": Part(
        model=Message,
        by="patient",
        columns=(
            "id", "visit_id", "kind", "channel", "status", "reason", "created_at", "due_at", "sent_at", "finished_at",
            "read_at",
        ),
        unplaced="text__address",
        named=(("address", "text__address"), ("subject", "text__subject"), ("text", "text__body")),
    ),
    "message_history": Part(
        model=MessageEvent, by="message__patient", columns=("message_id", "at", "status", "reason", "detail")
    ),
    "readings": Part(
        model=ReadingReport, by="message__patient", columns=("message_id", "at", "signal", "counted")
    ),
    "replies": Part(
        model=IncomingMessage,
        by="patient",
        unplaced="sender",
        columns=("id", "channel", "sender", "text", "received_at", "understood_as", "answer", "handled_at"),
    ),
    "questions_asked_back": Part(
        model=ReplyQuestion, by="incoming__patient", columns=("phone", "asked_at", "expires_at", "answered_at")
    ),
    "opinions": Part(
        model=Opinion,
        by="patient",
        columns=(
            "visit_id", "stars", "text", "author", "given_at", "published_at", "rejected_at", "rejected_because",
            "withdrawn_at", "answer", "answered_at",
        ),
    ),
    "offers": Part(
        model=Candidate,
        by="patient",
        columns=("visit_id", "visit_start", "passed_over", "answer", "answered_at"),
        named=(("offered_start", "offer__start"),),
    ),
    "app": Part(
        model=Member,
        by="patient",
        columns=("phone", "joined_at"),
        named=(("language", "installation__language"), ("last_used_on", "installation__seen_on")),
    ),
    "push": Part(model=PushSubscription, by="patient", columns=("endpoint", "created_at")),
    "codes": Part(
        model=PhoneVerification,
        by="patient",
        unplaced="phone",
        columns=("purpose", "phone", "language", "created_at", "expires_at", "attempts", "verified_at"),
    ),
    "held_times": Part(
        model=Hold, by="visit__patient", columns=("start", "end", "created_at", "expires_at", "released_at")
    ),
}  # fmt: skip


def held_about(patient: Patient) -> dict[str, Any]:
    """All that is held, in one query for each part; instants are UTC."""
    held: dict[str, Any] = {"card": {name: getattr(patient, name) for name in CARD}}
    held["merged_cards"] = list(patient.doubles.order_by("id").values("id", "external_id"))
    for name, part in PARTS.items():
        held[name] = _rows(part, patient)
    held["stopped_numbers"] = _stopped(patient)
    held["log"] = list(_log(patient).values("at", "action", "object_type", "object_id"))
    return held


def _rows(part: Part, patient: Patient) -> list[Row]:
    whose = Q(**{part.by: patient})
    if part.unplaced:
        whose |= Q(**{f"{part.unplaced}__in": _addresses(patient), part.by: None})
    rows: QuerySet[Any] = QuerySet(part.model).filter(whose, practice=patient.practice_id).order_by("pk")
    columns = (*part.columns, *(path for _, path in part.named))
    names = (*part.columns, *(name for name, _ in part.named))
    return [dict(zip(names, values, strict=True)) for values in rows.values_list(*columns)]


def _addresses(patient: Patient) -> set[str]:
    return {patient.phone, patient.guardian_phone, patient.email, patient.guardian_email} - {""}


def _stopped(patient: Patient) -> list[Row]:
    """STOP is kept by the number, which others of the household may share."""
    rows = StoppedNumber.objects.filter(practice_id=patient.practice_id, phone__in=_addresses(patient))
    return [{"phone": row.phone, "stopped_at": row.stopped_at} for row in rows.order_by("pk")]


def _log(patient: Patient) -> "QuerySet[AuditEntry]":
    """What was done with the card and the visits, and when somebody looked at them."""
    visits = list(patient.visits.values_list("id", flat=True))
    of_visits = Q(object_type="visit", object_id__in=visits)
    mine = Q(object_type="patient", object_id=patient.pk) | Q(actor=f"patient:{patient.pk}") | of_visits
    return AuditEntry.objects.filter(mine, practice_id=patient.practice_id).order_by("at", "pk")
