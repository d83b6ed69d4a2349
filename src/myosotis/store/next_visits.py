"""The visit that each of several patients comes to next."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from myosotis.domain.words import VisitStatus
from myosotis.store.models import Visit


def next_visits(visits: "QuerySet[Visit]", patient_ids: Collection[int], now: datetime) -> dict[int, Visit]:
    """Of `visits`, the first of each patient that is booked or confirmed and not over at `now` (UTC); in one query."""
    ahead = visits.filter(patient_id__in=patient_ids, end__gt=now).exclude(
        status__in=(VisitStatus.CANCELLED, VisitStatus.NO_SHOW, VisitStatus.DONE)
    )
    rows = ahead.select_related("calendar__doctor", "calendar__address", "service").order_by("start", "id")
    found: dict[int, Visit] = {}
    for visit in rows:
        found.setdefault(visit.patient_id, visit)
    return found
