"""The six switches and what is always on, in words that staff read before they decide (docs/rules.md 2 and 3)."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from myosotis.domain.values import Switches
from myosotis.domain.words import Kind
from myosotis.flows.switches_changed import NAMES
from myosotis.value_class import value_class

Text = str | Promise


@value_class
class Words:
    """One switch: what it is for, when the message goes, by which channels, and what the patient can do."""

    name: str
    label: Text
    short: Text
    what: Text
    when: tuple[Text, ...]
    channels: Text
    patient: Text
    icon: str
    kind: Kind | None = None
    """The message to show on the phone; the actions have none of their own."""


SWITCHES: Final = (
    Words(
        name="details",
        kind=Kind.DETAILS,
        icon="calendar-check",
        label=_("Details of the visit right after booking"),
        short=_("Details"),
        what=_(
            "Once the visit is in the calendar, the patient gets a message with everything about it and has it at hand. "
            "The time is mistaken less often."
        ),
        when=(
            _(
                "At once after booking. What you book at the desk goes after 60 seconds: within them it can be undone, and "
                "nobody hears of it."
            ),
        ),
        channels=_(
            "E-mail and the app. If the patient reads neither within 4 hours, an SMS follows. Who booked online gets e-mail "
            "and the app, or SMS without the app."
        ),
        patient=_(
            "Opens the visit by the link: when, where, how to prepare, how to get there; adds it to the own calendar."
        ),
    ),
    Words(
        name="reminder",
        kind=Kind.REMINDER,
        icon="bell",
        label=_("Reminder before the visit"),
        short=_("Reminder"),
        what=_(
            "The message that prevents most missed visits: whoever cannot come remembers in time, and you have fewer gaps."
        ),
        when=(
            _("Visit booked more than 72 hours ahead: 48 hours before it."),
            _("Booked between 72 and 36 hours ahead: 24 hours before it."),
            _("Booked less than 36 hours ahead: no reminder."),
        ),
        channels=_(
            "E-mail; besides, the app for those who use it, SMS for everybody else. SMS keep to your sending hours."
        ),
        patient=_("Opens the visit by the link. With the next switch on: confirms, moves or cancels it there."),
    ),
    Words(
        name="actions",
        icon="toggles",
        label=_("Confirming, moving and cancelling in every message"),
        short=_("Self-service"),
        what=_("In each of the two messages above the patient can look after the visit alone, without calling you."),
        when=(_("Holds from the moment in which you save it, also for links in messages that have already gone."),),
        channels=_(
            "Behind the link of every message; also by the SMS replies TAK and NIE, if your number can receive SMS."
        ),
        patient=_(
            "Confirms, takes another free time or cancels. Switched off, the link still shows the visit, and your phone "
            "number instead of the buttons."
        ),
    ),
    Words(
        name="review",
        kind=Kind.REVIEW,
        icon="star",
        label=_("Request for an opinion after the visit"),
        short=_("Opinion"),
        what=_("A convenient way for the patient: the message leads straight to the page on which opinions are given."),
        when=(
            _("2 hours after the end of the visit. Never for a visit that was cancelled or missed."),
            _(
                "This switch is about visits that you booked. Patients who booked online always get the request (a missing "
                "consent or an opt-out still stops it)."
            ),
        ),
        channels=_("E-mail; besides, the app for those who use it, SMS for everybody else."),
        patient=_("Gives stars and a few words, or says in one click not to be asked again."),
    ),
    Words(
        name="offer",
        kind=Kind.OFFER,
        icon="arrow-left-right",
        label=_("Offer of an earlier time when a place becomes free"),
        short=_("Earlier time"),
        what=_(
            "A patient cancels at least two days ahead: the first 10 patients booked at least 48 hours later hear of the "
            "earlier time. Fewer gaps without a single call."
        ),
        when=(
            _(
                "At once, within your sending hours. Example: on Saturday somebody cancels Monday 8:00; asked are the first "
                "10 patients booked for Wednesday 8:00 or later."
            ),
        ),
        channels=_("SMS, e-mail and the app together, whatever the patient has."),
        patient=_("Takes the time with one button. First come, first served: for all others the time is gone then."),
    ),
    Words(
        name="rebook",
        kind=Kind.REBOOK,
        icon="calendar-plus",
        label=_("Invitation to book the next visit"),
        short=_("Next visit"),
        what=_(
            "You need not book every next visit yourself: patients see that they can choose a convenient time alone."
        ),
        when=(
            _(
                "Within 24 hours of the end of the visit, between 9:00 and 20:00, if no next visit with this doctor is booked."
            ),
        ),
        channels=_("E-mail; besides, the app for those who use it, SMS for everybody else."),
        patient=_(
            "Comes to the free times of this doctor at this address, or says in one click not to be invited again."
        ),
    ),
)
"""In the order in which staff read them."""


@value_class
class Locked:
    """What no switch turns off, and why."""

    label: Text
    why: Text
    icon: str
    kind: Kind


ALWAYS: Final = (
    Locked(
        kind=Kind.MOVED,
        icon="arrow-repeat",
        label=_("The visit was moved"),
        why=_(
            "Always on: a patient who is not told comes at the wrong time. E-mail and the app, an SMS after 4 hours if it "
            "was not read. A move that the patient made is acknowledged."
        ),
    ),
    Locked(
        kind=Kind.CANCELLED,
        icon="calendar-x",
        label=_("The visit was cancelled"),
        why=_("Always on: a patient who is not told comes in vain. It goes the same way as the news of a move."),
    ),
    Locked(
        kind=Kind.REVIEW,
        icon="star",
        label=_("Request for an opinion after a visit booked online"),
        why=_("Always on: who booked online is always asked for an opinion, whatever the switch says."),
    ),
)


def mask_of(switches: Switches) -> int:
    """The six in one number, the first switch in the lowest bit."""
    return sum(getattr(switches, name) << place for place, name in enumerate(NAMES))


def switches_of(mask: int) -> Switches:
    """The other way round. Raises ValueError for a number that no six switches make."""
    if not 0 <= mask < 1 << len(NAMES):
        raise ValueError(mask)
    return Switches(**{name: bool(mask >> place & 1) for place, name in enumerate(NAMES)})


def filled_in(form: Mapping[str, str], calendar: Switches) -> Switches:
    """What a form was filled with from the calendar (`filled`, a mask); the calendar as it is where it does not say."""
    try:
        return switches_of(int(form["filled"]))
    except (KeyError, ValueError):
        return calendar


def chosen_in(form: Mapping[str, str]) -> Switches:
    """The switches as a form has them: a box that is not ticked is not sent."""
    return Switches(**{name: name in form for name in NAMES})
