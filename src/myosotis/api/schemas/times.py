"""When a calendar is open, what is free of it, and what is blocked."""

from datetime import date, datetime, time

from ninja import Schema
from pydantic import ConfigDict, Field

from myosotis.api.schemas.settings import Shown
from myosotis.api.schemas.values import Given, Id, Moment, WallTime
from myosotis.domain.holidays import Holiday


class FreeTimesQuery(Schema):
    service_id: Id
    first: date = Field(alias="from", description="The first local day.")
    last: date = Field(alias="to", description="The last local day, at most 61 days after it.")


class FreeDayOut(Schema):
    day: date = Field(description="Local to the address.")
    starts: list[datetime]


class FreeTimesOut(Schema):
    """Every day asked for with the times that a patient could take on it now, in order."""

    service_id: int
    minutes: int
    time_zone: str
    days: list[FreeDayOut]


class HolidayOut(Schema):
    """A coming public holiday on which the calendar would be open."""

    day: date
    holiday: Holiday
    name: str = Field(description="In the language of the practice.")
    visits: int = Field(description="How many visits stand on the day.")


class HolidaysIn(Given):
    """Holidays on which the calendar is to be closed."""

    days: list[date] = Field(min_length=1, max_length=100)


class HoursIn(Given):
    """One stretch of a weekday; 0 is Monday. Local to the address."""

    weekday: int = Field(ge=0, le=6)
    opens: WallTime
    closes: WallTime


class StretchIn(Given):
    opens: WallTime
    closes: WallTime


class ExceptionIn(Given):
    """How a day differs: other hours, or an empty list for closed."""

    hours: list[StretchIn] = Field(max_length=20)


class ExceptionOut(Shown):
    day: date
    opens: time | None
    closes: time | None


class BlockIn(Given):
    start: Moment
    end: Moment


class BlockOut(Shown):
    calendar_id: int
    start: datetime
    end: datetime


class OpeningIn(Given):
    """All weekly opening hours of a calendar, in place of the present ones."""

    hours: list[HoursIn] = Field(max_length=100)


class HoursOut(Schema):
    model_config = ConfigDict(from_attributes=True)

    weekday: int
    opens: time
    closes: time


class OpeningOut(Schema):
    hours: list[HoursOut]
