"""The visit that each of several patients comes to next."""

from collections.abc import Collection
from datetime import datetime

from myosotis.domain.words import VisitStatus
from myosotis.store.models import Visit


def next_visits(patient_ids: Collection[int], calendars: Collection[int], now: datetime) -> dict[int, Visit]:
    """The first visit of each patient in these calendars that is booked or confirmed and not over at `now` (UTC).

    In one query, by the patients alone: asked for the practice or the calendars too, SQLite would look at all of theirs.
    """
    ahead = Visit.objects.filter(patient_id__in=patient_ids, end__gt=now).exclude(
        status__in=(VisitStatus.CANCELLED, VisitStatus.NO_SHOW, VisitStatus.DONE)
    )
    rows = ahead.select_related("calendar__doctor", "calendar__address", "service").order_by("start", "id")
    found: dict[int, Visit] = {}
    for visit in rows:
        if visit.calendar_id in calendars:
            found.setdefault(visit.patient_id, visit)
    return found
