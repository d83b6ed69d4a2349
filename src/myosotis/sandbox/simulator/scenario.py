"""What is simulated: how many practices and weeks, and how likely people do this or that."""

from dataclasses import field
from datetime import datetime, timedelta
from typing import Final

from myosotis.domain.values import Switches, utc
from myosotis.value_class import value_class

BEGINNING: Final = utc(2027, 3, 15, 6)
"""A Monday, 7:00 in Poland; the second weekend after it changes the clocks."""

AHEAD: Final = timedelta(days=14)
"""How long before it a visit is booked, at most."""


@value_class
class Habits:
    """How likely people do something, from 0 to 1."""

    online: float = 0.3
    """A visit is booked by its patient through the portal."""
    come_again: float = 0.2
    """Of those who read an invitation: book the next visit."""
    practice_moves: float = 0.04
    practice_cancels: float = 0.02
    undone: float = 0.15
    """Of what staff move or cancel: taken back within the minute."""
    patient_moves: float = 0.05
    patient_cancels: float = 0.06
    no_show: float = 0.12
    """Of those who read nothing."""
    no_show_informed: float = 0.03
    read_email: float = 0.55
    read_push: float = 0.5
    read_sms: float = 0.85
    answer_yes: float = 0.25
    """Of SMS that ask for an answer."""
    answer_no: float = 0.03
    answer_other: float = 0.03
    stop: float = 0.002
    take_offer: float = 0.2
    decline_offer: float = 0.15
    unsubscribe: float = 0.01
    """Of e-mails that offer it."""
    doctor_ill: float = 0.01
    """A calendar on a day."""
    dies: float = 0.001
    """A patient, in the time simulated."""

    no_email: float = 0.15
    no_phone: float = 0.03
    fixed_line: float = 0.05
    app: float = 0.3


QUIET: Final = Habits(
    come_again=0, undone=0, answer_yes=0, answer_no=0, answer_other=0, stop=0, take_offer=0, decline_offer=0,
    unsubscribe=0, doctor_ill=0, dies=0,
)  # fmt: skip
"""What the rules alone can follow (`pure`): nobody's act depends on another's visit."""


@value_class
class Scenario:
    """One simulation; the same one has the same outcome."""

    seed: int
    practices: int
    weeks: int
    begins: datetime = BEGINNING
    """UTC; the first day on which visits take place."""
    calendars: int = 2
    """Of each practice."""
    filled: float = 0.75
    """Of the times that can be booked: how many are."""
    grain: timedelta = timedelta(minutes=5)
    """The dispatcher looks at whole multiples of it: what is due is up to so much late."""
    faults: bool = True
    habits: Habits = field(default_factory=Habits)
    switches: Switches = field(default_factory=Switches)

    @property
    def opens(self) -> datetime:
        """UTC; nothing happens sooner. The first days are as full as later ones, and who is in them has something to gain."""
        return self.begins - AHEAD

    @property
    def ends(self) -> datetime:
        """UTC; no visit takes place later. What follows from them goes on until nothing is ahead."""
        return self.begins + timedelta(weeks=self.weeks)

    def tick(self, moment: datetime) -> datetime:
        """When the dispatcher looks next, at `moment` or after it."""
        late = (moment - self.begins) % self.grain
        return moment + (self.grain - late) if late else moment
