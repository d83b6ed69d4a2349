"""Opinions as others see them: those shown, their average, and how many were kept back by which rule."""

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from django.db.models import Avg, Count, Q, QuerySet

from myosotis.domain.opinions import SHOWN_AFTER, Decisions, OpinionRule, OpinionState, state_of
from myosotis.store.models import Doctor, Opinion, Practice
from myosotis.value_class import value_class

_TENTH: Final = Decimal("0.1")


@value_class
class ShownOpinion:
    """One opinion as it stands on the public profile."""

    stars: int
    text: str
    author: str
    """As the patient wishes to be called; empty: "a patient"."""
    given_at: datetime
    answer: str
    """The practice's; empty: none."""
    answered_at: datetime | None


@value_class
class Opinions:
    """All that the public profile of a doctor says of opinions."""

    latest: tuple[ShownOpinion, ...]
    """The newest first."""
    count: int
    """Of all that are shown, not only of `latest`."""
    average: Decimal | None
    """Of their stars, to one decimal; None where there are none."""
    not_published: Mapping[OpinionRule, int]
    """How many were kept back, by the rule that they broke; rules that none broke are left out."""


def shown(doctor: Doctor, now: datetime, limit: int) -> Opinions:
    """The opinions of a doctor as everybody may see them at `now` (UTC): at most `limit` of them, in three queries."""
    rows = of_state(doctor.opinions.all(), OpinionState.SHOWN, now)
    summed = rows.aggregate(count=Count("id"), average=Avg("stars"))
    return Opinions(
        latest=tuple(_shown(row) for row in rows.order_by("-given_at", "-id")[:limit]),
        count=summed["count"],
        average=None if summed["average"] is None else _rounded(summed["average"]),
        not_published=_not_published(doctor, now),
    )


def of_state(rows: "QuerySet[Opinion]", state: OpinionState, now: datetime) -> "QuerySet[Opinion]":
    """Those that stand so at `now` (UTC), as `domain.opinions.state_of` says of one."""
    decided = Q(published_at__isnull=False) | Q(given_at__lte=now - SHOWN_AFTER)
    open_to_all = Q(withdrawn_at=None, rejected_at=None)
    match state:
        case OpinionState.WITHDRAWN:
            return rows.filter(withdrawn_at__isnull=False)
        case OpinionState.REJECTED:
            return rows.filter(withdrawn_at=None, rejected_at__isnull=False)
        case OpinionState.SHOWN:
            return rows.filter(open_to_all & decided)
        case OpinionState.WAITING:
            return rows.filter(open_to_all).exclude(decided)


def state(row: Opinion, now: datetime) -> OpinionState:
    """How one stands at `now` (UTC)."""
    return state_of(
        Decisions(
            given_at=row.given_at,
            published_at=row.published_at,
            rejected_at=row.rejected_at,
            withdrawn_at=row.withdrawn_at,
        ),
        now,
    )


def averages(doctors: "QuerySet[Doctor]", now: datetime) -> list[tuple[Doctor, int, Decimal | None]]:
    """Each of `doctors`, how many opinions are shown at `now` (UTC), and the average of their stars; in two queries."""
    rows = of_state(Opinion.objects.filter(doctor__in=doctors), OpinionState.SHOWN, now)
    counted = rows.order_by().values_list("doctor_id").annotate(count=Count("id"), average=Avg("stars"))
    found = {doctor_id: (count, _rounded(average)) for doctor_id, count, average in counted}
    return [(doctor, *found.get(doctor.pk, (0, None))) for doctor in doctors.order_by("name", "pk")]


def of_visit(practice: Practice, visit_id: int) -> Opinion | None:
    """What was said of a visit, withdrawn or not."""
    return practice.opinions.filter(visit_id=visit_id).first()


def _shown(row: Opinion) -> ShownOpinion:
    return ShownOpinion(
        stars=row.stars,
        text=row.text,
        author=row.author,
        given_at=row.given_at,
        answer=row.answer,
        answered_at=row.answered_at,
    )


def _rounded(average: float) -> Decimal:
    return Decimal(str(average)).quantize(_TENTH, rounding=ROUND_HALF_UP)


def _not_published(doctor: Doctor, now: datetime) -> dict[OpinionRule, int]:
    rejected = of_state(doctor.opinions.all(), OpinionState.REJECTED, now)
    counted = rejected.order_by().values_list("rejected_because").annotate(count=Count("id"))
    found = {OpinionRule(rule): count for rule, count in counted}
    return {rule: found[rule] for rule in OpinionRule if rule in found}
