"""By which clock a practice as a whole lives: that of its first address."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from myosotis.domain.window import instant
from myosotis.store.models import Address

POLAND = ZoneInfo("Europe/Warsaw")


def home_zone(practice_id: int) -> ZoneInfo:
    """The zone of the practice's first address; Poland's where it has none yet."""
    first = Address.objects.filter(practice_id=practice_id).order_by("id").first()
    return POLAND if first is None else first.zone


def days(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From the first instant (UTC) of a local day to the end of another."""
    return instant(first, time(), zone), instant(last + timedelta(days=1), time(), zone)
