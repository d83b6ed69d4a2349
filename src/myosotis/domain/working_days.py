"""Working days: Monday to Friday."""

from datetime import date, timedelta
from typing import Final

SATURDAY: Final = 5


def next_working_day(day: date) -> date:
    """The first working day after a local day."""
    found = day + timedelta(days=1)
    while found.weekday() >= SATURDAY:
        found += timedelta(days=1)
    return found
