"""What people do, laid down beforehand from the seed: who books what and when, and who moves, cancels or stays away.

Both ways of simulating read the same script. Times of visits are half hours: every second one is there to be booked, the
one after it stays free for the visit before it, so that where a visit moves does not depend on what others did.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from myosotis.domain.words import Channel, Kind
from myosotis.sandbox.simulator.chance import Chance
from myosotis.sandbox.simulator.scenario import AHEAD, Scenario
from myosotis.value_class import value_class

ZONE: Final = ZoneInfo("Europe/Warsaw")
OPENS, CLOSES = time(8), time(16)
LASTS: Final = timedelta(minutes=30)
SATURDAY: Final = 5
VISITS_OF_ONE: Final = 2
"""On average; so many patients has a practice for the visits that it has."""


class Act(StrEnum):
    """What happens to a visit without anybody having been told anything."""

    BOOK = "book"
    PRACTICE_MOVES = "practice_moves"
    PRACTICE_CANCELS = "practice_cancels"
    UNDO = "undo"
    """What staff did to the visit just before."""
    PATIENT_MOVES = "patient_moves"
    PATIENT_CANCELS = "patient_cancels"
    BEGINS = "begins"
    """The patient is there, or not."""


@value_class
class Booking:
    """One visit as it is booked; numbers count from 0 within the scenario."""

    number: int
    practice: int
    calendar: int
    """Within the practice."""
    patient: int
    """Within the practice."""
    start: datetime
    """UTC."""
    alternate: datetime
    """UTC: where it moves, if it does."""
    at: datetime
    """When it is booked, UTC."""
    online: bool

    @property
    def end(self) -> datetime:
        return self.start + LASTS


@value_class(kw_only=False, order=True)
class Cue:
    """Something that happens to a visit at an instant (UTC)."""

    at: datetime
    number: int
    act: Act


@value_class(kw_only=False)
class Reaction:
    """What a patient does about a message, and when (UTC)."""

    at: datetime
    deed: "Deed"


class Deed(StrEnum):
    READ = "read"
    YES = "yes"
    NO = "no"
    OTHER = "other"
    STOP = "stop"
    TAKE = "take"
    DECLINE = "decline"
    UNSUBSCRIBE = "unsubscribe"
    COME_AGAIN = "come_again"


READING: Final = {
    Channel.EMAIL: (timedelta(minutes=2), timedelta(hours=30)),
    Channel.PUSH: (timedelta(seconds=20), timedelta(hours=8)),
    Channel.SMS: (timedelta(seconds=30), timedelta(hours=5)),
}
"""How soon after it came, and how late, a message is read."""
ANSWERED: Final = frozenset({Kind.DETAILS, Kind.MOVED, Kind.REMINDER})
UNSUBSCRIBED: Final = frozenset({Kind.REVIEW, Kind.REBOOK, Kind.OFFER})


class Script:
    """The script of a scenario."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.chance = Chance(scenario.seed)

    def patients(self) -> int:
        """How many patients a practice has."""
        days = self.scenario.weeks * 5
        times = int((CLOSES.hour - OPENS.hour) * days * self.scenario.calendars * self.scenario.filled)
        return max(4, times // VISITS_OF_ONE)

    def bookings(self) -> list[Booking]:
        """Every visit that is booked beforehand, in the order of practices, calendars and starts."""
        return list(self._bookings())

    def _bookings(self) -> Iterator[Booking]:
        number, patients = 0, self.patients()
        for practice in range(self.scenario.practices):
            for calendar in range(self.scenario.calendars):
                for start in self._starts():
                    name = ("visit", practice, calendar, int(start.timestamp()))
                    if self.chance.happens(self.scenario.filled, *name):
                        patient = self.chance.whole(0, patients - 1, *name, "patient")
                        yield self._booking(number, practice, calendar, patient, start)
                        number += 1

    def _starts(self) -> Iterator[datetime]:
        """Every hour that the practice is open."""
        utc = self.scenario.begins.tzinfo
        day = self.scenario.begins.astimezone(ZONE).date()
        for one in (day + timedelta(days=ahead) for ahead in range(self.scenario.weeks * 7)):
            if one.weekday() < SATURDAY:
                for hour in range(OPENS.hour, CLOSES.hour):
                    yield datetime.combine(one, time(hour), ZONE).astimezone(utc)

    def _booking(self, number: int, practice: int, calendar: int, patient: int, start: datetime) -> Booking:
        online = self.chance.happens(self.scenario.habits.online, "online", number)
        earliest = start - AHEAD
        at = earliest + (start - timedelta(minutes=90) - earliest) * self.chance.share("lead", number)
        return Booking(
            number=number,
            practice=practice,
            calendar=calendar,
            patient=patient,
            start=start,
            alternate=start + LASTS,
            at=(at if online else max(earliest, self._at_the_desk(at, number))).replace(microsecond=0),
            online=online,
        )

    def _at_the_desk(self, at: datetime, number: int) -> datetime:
        """Not later than `at`, while staff are there."""
        local = at.astimezone(ZONE)
        if local.weekday() < SATURDAY and OPENS <= local.time() < CLOSES:
            return at
        day = local.date() if local.time() >= CLOSES else local.date() - timedelta(days=1)
        while day.weekday() >= SATURDAY:
            day -= timedelta(days=1)
        opened = datetime.combine(day, OPENS, ZONE).astimezone(at.tzinfo)
        return opened + timedelta(hours=CLOSES.hour - OPENS.hour) * self.chance.share("desk", number)

    def cues(self, booking: Booking) -> list[Cue]:
        """What happens to a visit besides what its messages bring about, in order."""
        number, habits = booking.number, self.scenario.habits
        cues = [Cue(booking.at, number, Act.BOOK), Cue(booking.start, number, Act.BEGINS)]
        left = habits.practice_moves, habits.practice_cancels, habits.patient_moves, habits.patient_cancels
        acts = Act.PRACTICE_MOVES, Act.PRACTICE_CANCELS, Act.PATIENT_MOVES, Act.PATIENT_CANCELS
        share = self.chance.share("fate", number)
        for likely, act in zip(left, acts, strict=True):
            if share < likely:
                cues += self._fate(booking, act)
                break
            share -= likely
        return sorted(cues)

    def _fate(self, booking: Booking, act: Act) -> list[Cue]:
        number = booking.number
        last = booking.start - timedelta(minutes=10)
        at = (booking.at + (last - booking.at) * self.chance.share("when", number)).replace(microsecond=0)
        at = max(at, booking.at + timedelta(seconds=1))
        cues = [Cue(at, number, act)]
        by_staff = act in (Act.PRACTICE_MOVES, Act.PRACTICE_CANCELS)
        if by_staff and self.chance.happens(self.scenario.habits.undone, "undone", number):
            cues.append(Cue(at + timedelta(seconds=self.chance.whole(5, 59, "undo", number)), number, Act.UNDO))
        if act in (Act.PRACTICE_MOVES, Act.PATIENT_MOVES):
            cues.append(Cue(booking.alternate, number, Act.BEGINS))
        return cues

    def stays_away(self, number: int, *, informed: bool) -> bool:
        habits = self.scenario.habits
        return self.chance.happens(habits.no_show_informed if informed else habits.no_show, "no-show", number)

    def is_ill(self, practice: int, calendar: int, day: date) -> bool:
        """Whether the doctor of a calendar does not come on a day."""
        return self.chance.happens(self.scenario.habits.doctor_ill, "ill", practice, calendar, day.toordinal())

    def reactions(self, number: int, kind: Kind, channel: Channel, news: int, at: datetime) -> list[Reaction]:
        """What the patient of a visit does about a message that came at `at`; `news` tells alike ones apart."""
        habits, chance = self.scenario.habits, self.chance
        name = ("reaction", number, kind.value, channel.value, news)
        likely = {Channel.EMAIL: habits.read_email, Channel.PUSH: habits.read_push, Channel.SMS: habits.read_sms}
        if not chance.happens(likely[channel], *name, "reads"):
            return []
        when = at + chance.after(*READING[channel], *name, "when")
        return [Reaction(when, deed) for deed in self._deeds(kind, channel, name)]

    def _deeds(self, kind: Kind, channel: Channel, name: tuple[str | int, ...]) -> list[Deed]:
        habits, share = self.scenario.habits, self.chance.share(*name, "deed")
        table: tuple[tuple[float, Deed], ...] = ()
        if kind is Kind.OFFER:
            table = ((habits.take_offer, Deed.TAKE), (habits.decline_offer, Deed.DECLINE))
        elif kind in ANSWERED and channel is Channel.SMS:
            table = (
                (habits.answer_yes, Deed.YES), (habits.answer_no, Deed.NO), (habits.answer_other, Deed.OTHER),
                (habits.stop, Deed.STOP),
            )  # fmt: skip
        elif kind is Kind.REBOOK:
            table = ((habits.come_again, Deed.COME_AGAIN),)
        for likely, deed in table:
            if share < likely:
                return [deed]
            share -= likely
        if kind in UNSUBSCRIBED and channel is Channel.EMAIL and share < habits.unsubscribe:
            return [Deed.READ, Deed.UNSUBSCRIBE]
        return [Deed.READ]
