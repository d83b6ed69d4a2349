"""The send window: when SMS and push may leave, and what happens to a due time outside of it (docs/rules.md 3).

The window of a day is kept as two instants, so that a bound that a clock change skips or repeats is decided once.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from myosotis.domain.values import SendWindow, require_utc
from myosotis.domain.words import Reason
from myosotis.value_class import value_class

COMFORTABLE: Final = timedelta(hours=2)
"""The next window is simply taken if it opens at least this long before the limit: rule (a)."""
SCARCE: Final = timedelta(minutes=30)
"""... and is still better than the night if it opens at least this long before the limit: rule (c)."""
AFTER_FIRST_WAVE: Final = timedelta(hours=1)
"""A fallback brought forward leaves the first wave at least this long to be read: rule (b)."""
DAY: Final = timedelta(days=1)
DAYTIME: Final = SendWindow(opens=time(9, 0), closes=time(20, 0))
"""When `rebook` may go at all (docs/rules.md 2)."""


@value_class
class Placed:
    """When a message may leave (UTC), and why not at its due time; no time at all if it would be over by then."""

    due_at: datetime | None
    reason: Reason | None = None


def place(
    due: datetime,
    now: datetime,
    window: SendWindow,
    zone: ZoneInfo,
    *,
    limit: datetime | None = None,
    first_wave: datetime | None = None,
    expires: datetime | None = None,
) -> Placed:
    """When an SMS or a push that is due at `due` may leave, by the rules (a) to (d) of docs/rules.md 3.

    `limit` is the moment after which the message is of no use; `first_wave` is given for a fallback: when the last
    of its first wave left. Without a limit the next window is taken. With `expires`, what could leave only then or
    later has no time, and the reason EXPIRED.
    """
    placed = _placed(due, now, window, zone, limit, first_wave)
    if expires is not None and placed.due_at is not None and placed.due_at >= expires:
        return Placed(due_at=None, reason=Reason.EXPIRED)
    return placed


def is_open(moment: datetime, window: SendWindow, zone: ZoneInfo) -> bool:
    """Whether an instant lies in the send window; both ends belong to it."""
    opens, closes = bounds(window, zone, moment.astimezone(zone).date())
    return opens <= moment <= closes


def next_opening(moment: datetime, window: SendWindow, zone: ZoneInfo) -> datetime:
    """The first window start after an instant outside of the window (UTC)."""
    day = moment.astimezone(zone).date()
    opens, _ = bounds(window, zone, day)
    return opens if moment < opens else bounds(window, zone, day + DAY)[0]


def last_closing(moment: datetime, window: SendWindow, zone: ZoneInfo) -> datetime:
    """The last window end before an instant outside of the window (UTC)."""
    day = moment.astimezone(zone).date()
    _, closes = bounds(window, zone, day)
    return closes if closes < moment else bounds(window, zone, day - DAY)[1]


def latest_daytime(after: datetime, until: datetime, window: SendWindow, zone: ZoneInfo) -> datetime | None:
    """The latest moment after `after` and not after `until` within 09:00-20:00 local and the send window, or None."""
    day = until.astimezone(zone).date()
    while day >= after.astimezone(zone).date():
        opens, closes = bounds(window, zone, day)
        earliest_hour, latest_hour = bounds(DAYTIME, zone, day)
        latest = min(closes, latest_hour, until)
        if latest >= max(opens, earliest_hour):
            return latest if latest > after else None
        day -= DAY
    return None


def next_by_day(moment: datetime, window: SendWindow, zone: ZoneInfo) -> datetime | None:
    """The first moment not before `moment` within 09:00-20:00 local and the send window, or None where there is none."""
    day = moment.astimezone(zone).date()
    for each in (day, day + DAY):
        opens, closes = bounds(window, zone, each)
        earliest_hour, latest_hour = bounds(DAYTIME, zone, each)
        first = max(opens, earliest_hour, moment)
        if first <= min(closes, latest_hour):
            return first
    return None


@lru_cache(maxsize=4096)
def bounds(window: SendWindow, zone: ZoneInfo, day: date) -> tuple[datetime, datetime]:
    """The window of a local day as two instants (UTC)."""
    return instant(day, window.opens, zone), instant(day, window.closes, zone)


def instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which clocks on the wall show `wall` on `day`.

    A time that the clock change skips means the next existing moment, one that it repeats the first of the two.
    """
    meant = datetime.combine(day, wall, tzinfo=zone)
    found = meant.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == meant.replace(tzinfo=None):
        return found
    return _end_of_gap(meant.replace(fold=1).astimezone(UTC), found, zone)


def _end_of_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant of the clock change between two instants, found to the second."""
    old = before.astimezone(zone).utcoffset()
    seconds = int((after - before).total_seconds())
    low, high = 0, seconds
    while low < high:
        middle = (low + high) // 2
        if (before + timedelta(seconds=middle)).astimezone(zone).utcoffset() == old:
            low = middle + 1
        else:
            high = middle
    return before + timedelta(seconds=low)


def _placed(
    due: datetime,
    now: datetime,
    window: SendWindow,
    zone: ZoneInfo,
    limit: datetime | None,
    first_wave: datetime | None,
) -> Placed:
    require_utc("due", due)
    require_utc("now", now)
    if is_open(due, window, zone):
        return Placed(due_at=due)
    following = next_opening(due, window, zone)
    if limit is None or following <= limit - COMFORTABLE:
        return Placed(due_at=following, reason=Reason.HELD_FOR_WINDOW)
    previous = last_closing(due, window, zone)
    if previous > now and (first_wave is None or previous >= first_wave + AFTER_FIRST_WAVE):
        return Placed(due_at=previous, reason=Reason.BROUGHT_FORWARD_FOR_WINDOW)
    if following <= limit - SCARCE:
        return Placed(due_at=following, reason=Reason.HELD_FOR_WINDOW)
    return Placed(due_at=due, reason=Reason.OUTSIDE_WINDOW)
