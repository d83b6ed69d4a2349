"""One row of every table that belongs to a practice, all under one id, with one mark in every text: nothing may show it."""

import hashlib
from collections.abc import Collection, Iterator
from datetime import date, time, timedelta
from typing import Any, Final
from uuid import UUID

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, models

from myosotis.domain.words import Channel, Kind, MessageStatus, Role, VisitStatus
from myosotis.store.models import Installation, MessageTrace, Practice, StaffUser
from tests.db.make import NEXT_WEEK, NOW

LATER: Final = {"end", "expires_at", "ends_at", "closes_at", "closes"}
"""Fields that come after another one of their row."""
FUTURE: Final = {"start", "first_start", "visit_start", "due_at", "new_start"}
BELOW: Final = 1_000_000
"""Between the ids of rows beside others, and below them."""
CHOSEN: Final[dict[tuple[str, str], Any]] = {
    ("visit", "status"): VisitStatus.BOOKED,
    ("message", "status"): MessageStatus.PLANNED,
    ("message", "kind"): Kind.REMINDER,
    ("message", "channel"): Channel.EMAIL,
    ("message", "subject_type"): "visit",
    ("provideraccount", "provider"): "smtp",
    ("provideraccount", "channel"): Channel.EMAIL,
    ("opinion", "stars"): 5,
    ("opinion", "rejected_because"): "",
    ("opinion", "answered_at"): NOW,  # an answer is there, so it was given some time
    ("candidate", "passed_over"): "",
    ("candidate", "answer"): "",
    ("offer", "closed_because"): "",
    ("offerevent", "what"): "opened",
    ("offerevent", "reason"): "",
    ("staffletter", "role"): Role.RECEPTIONIST,
    ("visitlog", "what"): "booked",
    ("visitlog", "by"): "practice",
    ("visitlog", "via"): "desk",
    ("visitlog", "before"): {},
    ("messageevent", "status"): MessageStatus.PLANNED,
    ("messageevent", "reason"): "",
    ("readingreport", "signal"): "page",
    ("phoneverification", "purpose"): "booking",
    ("phoneverification", "language"): "pl",
    ("importbatch", "what"): "patients",
    ("auditentry", "action"): "visit.booked",
    ("auditentry", "object_type"): "visit",
    ("openinghours", "weekday"): 2,
}


def tables() -> list[type[models.Model]]:
    """Every table of ours with a practice, those first on which others stand."""
    left = [model for model in apps.get_app_config("store").get_models() if model is Practice or of_practice(model)]
    ordered: list[type[models.Model]] = []
    while left:
        ready = [model for model in left if not needs(model) & (set(left) - {model})]
        assert ready, f"{left} wait for each other"
        ordered += ready
        left = [model for model in left if model not in ready]
    return ordered


def of_practice(model: type[models.Model]) -> bool:
    return any(field.name == "practice" for field in model._meta.fields)


def needs(model: type[models.Model]) -> set[type[models.Model]]:
    return {
        field.related_model
        for field in model._meta.fields
        if isinstance(field, models.ForeignKey) and not circular(field)
    }


def circular(field: "models.Field[Any, Any]") -> bool:
    """Links that may stay empty, where filling them would go in a circle or change what the row is."""
    empty = {"merged_into", "batch", "former_patient", "cause", "winner", "hold", "member"}
    return field.name in empty


def fill(mark: str, pk: int, user: StaffUser) -> Practice:
    """Write the rows; `user` is the one wherever a row names somebody of the staff."""
    Installation.objects.create(id=pk, key_hash=pk.to_bytes(16, "big"), created_at=NOW, seen_on=NOW.date())
    others = {"staffuser": user.pk}
    for model in tables():
        values = {
            field.attname: value
            for field in model._meta.concrete_fields
            for value in filled(model, field, mark, pk, others)
        }
        made_with_its_message = model is MessageTrace
        model._base_manager.bulk_create([model(**values)], ignore_conflicts=made_with_its_message)
    advance_sequences()
    return Practice.objects.get(pk=pk)


def more(mark: str, practice: Practice, user: StaffUser, pks: Collection[int]) -> None:
    """More rows of every table in a practice that `fill` made: under each id some that belong together.

    Each id is there twice where it can be: beside the first rows, and (from `BELOW` on) below them, at the same visit, the
    same patient, the same calendar.
    """
    beside = dict.fromkeys(("practice", "installation", "provideraccount"), practice.pk) | {"staffuser": user.pk}
    below = {model._meta.model_name or "": practice.pk for model in tables()} | beside
    for pk in pks:
        write(mark, pk, beside)
        write(mark, pk + BELOW, below)
    advance_sequences()


def write(mark: str, pk: int, others: dict[str, int]) -> None:
    """A row of every table but the practice's own; none where the practice can have no second one."""
    for model in tables():
        if model is not Practice:
            values = {
                field.attname: value
                for field in model._meta.concrete_fields
                for value in filled(model, field, mark, pk, others)
            }
            model._base_manager.bulk_create([model(**values)], ignore_conflicts=True)


def advance_sequences() -> None:
    """PostgreSQL does not look at ids that were given."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), tables()):
            cursor.execute(statement)


def filled(
    model: type[models.Model], field: "models.Field[Any, Any]", mark: str, pk: int, others: dict[str, int]
) -> Iterator[Any]:
    """The value of a field, or nothing where its default or NULL will do."""
    name = (model._meta.model_name or "", field.name)
    if isinstance(field, models.ForeignKey):
        target = field.related_model
        assert isinstance(target, type)
        if not circular(field):
            yield others.get(target._meta.model_name or "", pk)
    elif field.primary_key or name in CHOSEN:
        yield CHOSEN.get(name, pk)
    elif isinstance(field, models.CharField | models.TextField) and not field.choices:
        yield text(field, mark, pk)
    elif isinstance(field, models.BinaryField):
        yield hashlib.sha256(f"{name} {pk}".encode()).digest()[: field.max_length or 16]
    elif isinstance(field, models.UUIDField):
        yield UUID(int=pk)
    elif field.name in FUTURE or not (field.null or field.has_default() or field.blank):
        yield required(field, pk)


def required(field: "models.Field[Any, Any]", pk: int) -> Any:
    if field.choices:
        return field.choices[0][0]
    if isinstance(field, models.DateTimeField):
        return (NEXT_WEEK if field.name in FUTURE | {"end"} else NOW) + timedelta(hours=field.name in LATER)
    if isinstance(field, models.TimeField):
        return time(9 + (field.name in LATER))
    if isinstance(field, models.DateField):
        return date(2027, 3, 3)
    if isinstance(field, models.IntegerField):
        return pk if field.name.endswith("_id") else pk % 7 + 1
    return False


def text(field: "models.Field[Any, Any]", mark: str, pk: int) -> str:
    if isinstance(field, models.EmailField):
        return f"{mark.lower()}{pk}@example.org"
    if isinstance(field, models.URLField):
        return f"https://example.org/{mark}"
    if field.name == "time_zone":
        return "Europe/Warsaw"
    if "phone" in field.name or field.name == "sender":
        return f"+4851{pk:07d}"
    return f"{mark}{pk}"[: field.max_length or 100]


def snapshot(pk: int) -> list[Any]:
    """All rows under an id, to be compared."""
    return [list(model._base_manager.filter(pk=pk).values_list()) for model in tables()]
