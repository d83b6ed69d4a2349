"""Other visits of the patients with the same doctors: on them depends whether `review` and `rebook` go (docs/rules.md 2)."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Q

from myosotis.domain.words import Kind, MessageStatus, VisitStatus
from myosotis.store.inquiry import Inquiry
from myosotis.store.models import Message, Visit
from myosotis.store.question import Question

_SIBLINGS: Final = Question(
    lambda patients: (
        Visit.objects.filter(patient_id__in=[patients])
        .exclude(Q(status=VisitStatus.CANCELLED) | Q(status=VisitStatus.NO_SHOW))
        .order_by("start", "id")
        .values_list("patient_id", "calendar__doctor_id", "start", "id")
    )
)
"""Live visits of these patients, earliest first. With whom is looked at afterwards: asked for by doctor too, a server that
has not counted its rows yet might go through all visits of the doctor."""

_AFTER: Final = Question(
    lambda ids: (
        Message.objects.filter(visit_id__in=[ids], kind__in=(Kind.REVIEW, Kind.REBOOK), sent_at__isnull=False)
        .exclude(status=MessageStatus.FAILED)
        .order_by()
        .values_list("visit_id", "kind")
        .distinct()
    )
)
A_DAY: Final = timedelta(hours=25)
"""The longest."""

NO_KINDS: Final[frozenset[Kind]] = frozenset()

Siblings = Mapping[tuple[int, int], list[tuple[datetime, int]]]
"""Live visits (start, id) by patient and doctor."""


def asking(patients: Collection[int]) -> Inquiry[Siblings]:
    """Live visits of these patients with each doctor, over all calendars of the doctor, earliest first."""
    found: dict[tuple[int, int], list[tuple[datetime, int]]] = {}
    [rows] = (yield [_SIBLINGS.of(patients)]) if patients else [()]
    for patient_id, doctor_id, start, visit_id in rows:
        found.setdefault((patient_id, doctor_id), []).append((start, visit_id))
    return found


def near(siblings: Siblings, start: datetime) -> Iterator[int]:
    """Visits that may be on the day of `start` (UTC)."""
    return (key for visits in siblings.values() for other, key in visits if abs(other - start) < A_DAY)


def near_others(siblings: Siblings) -> Iterator[int]:
    """Visits that may be on one day with another of theirs."""
    for visits in siblings.values():
        for (start, one), (following, other) in pairwise(visits):
            if following - start < A_DAY:
                yield from (one, other)


def asking_after(visit_ids: Iterable[int]) -> Inquiry[Mapping[int, frozenset[Kind]]]:
    """What has left after these visits; nearly always there are none, and nothing is asked."""
    ids = sorted(set(visit_ids))
    found: dict[int, frozenset[Kind]] = {}
    [rows] = (yield [_AFTER.of(ids)]) if ids else [()]
    for visit_id, kind in rows:
        found[visit_id] = found.get(visit_id, frozenset()) | {Kind(kind)}
    return found


def sent_same_day(
    visit_id: int,
    start: datetime,
    zone: ZoneInfo,
    others: Iterable[tuple[datetime, int]],
    after: Mapping[int, frozenset[Kind]],
) -> frozenset[Kind]:
    """What has left after another visit of a visit's local day."""
    if not after:
        return NO_KINDS
    that_day = (key for other, key in others if key != visit_id and key in after and same_day(other, start, zone))
    return NO_KINDS.union(*(after[key] for key in that_day))


def same_day(one: datetime, other: datetime, zone: ZoneInfo) -> bool:
    """Whether two instants are on one local day."""
    return one.astimezone(zone).date() == other.astimezone(zone).date()
