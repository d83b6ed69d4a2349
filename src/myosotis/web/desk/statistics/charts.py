"""The charts: what each shows, what stands in its table besides, and what one may conclude from it."""

from collections.abc import Callable, Sequence
from typing import Final

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from myosotis.content.reasons import kind_name
from myosotis.domain.figures import Became, Measure, Soon
from myosotis.domain.words import Channel, Kind, OfferEnd, Party, Via
from myosotis.value_class import value_class
from myosotis.web.desk.statistics import drawing
from myosotis.web.desk.statistics.counted import Column, Counted, added, less, money, number, share

CHANNELS: Final = ((Channel.EMAIL, _("E-mail")), (Channel.PUSH, _("App")), (Channel.SMS, _("SMS")))


@value_class
class Chart:
    """One panel of the page."""

    key: str
    title: "str | Promise"
    note: "str | Promise"
    columns: Sequence[Column]
    draw: Callable[..., SafeString]
    unit: str = ""

    @property
    def drawn(self) -> list[Column]:
        return [column for column in self.columns if column.drawn]

    @property
    def empty(self) -> bool:
        """Nothing was counted: there is nothing to draw."""
        return not any(value for column in self.columns for value in column.values)

    def svg(self, months: Sequence[str]) -> SafeString:
        return self.draw(str(self.title), months, [column.series for column in self.drawn], self.unit)


def visits(counted: Counted) -> Chart:
    held, missed = counted.numbers(Measure.VISITS, Became.HELD), counted.numbers(Measure.VISITS, Became.NO_SHOW)
    return Chart(
        key="visits",
        title=_("Visits"),
        note=_(
            "By the month in which the visit starts. A visit counts as held unless somebody noted that the patient did not come."
        ),
        draw=drawing.bars,
        columns=(
            number(_("held"), held),
            number(_("missed"), missed),
            number(_("cancelled by the patient"), counted.numbers(Measure.VISITS, Became.CANCELLED_BY_PATIENT)),
            number(_("cancelled by the practice"), counted.numbers(Measure.VISITS, Became.CANCELLED_BY_PRACTICE)),
            number(_("still ahead"), counted.numbers(Measure.VISITS, Became.AHEAD)),
            share(_("missed, of those not cancelled"), missed, added(held, missed), drawn=False),
        ),
    )


def no_shows(counted: Counted) -> Chart:
    def came_and_missed(measure: Measure) -> tuple[list[int], list[int]]:
        return counted.numbers(measure, Became.HELD), counted.numbers(measure, Became.NO_SHOW)

    with_held, with_missed = came_and_missed(Measure.REMINDED)
    without_held, without_missed = came_and_missed(Measure.UNREMINDED)
    with_all, without_all = added(with_held, with_missed), added(without_held, without_missed)
    return Chart(
        key="no-shows",
        title=_("Missed visits, with and without a reminder"),
        note=_(
            "Read it with care: without a reminder are mostly visits booked less than 36 hours ahead and patients without "
            "contact details. The difference alone does not prove what the reminder did."
        ),
        draw=drawing.lines,
        unit="%",
        columns=(
            share(_("with a reminder"), with_missed, with_all),
            share(_("without a reminder"), without_missed, without_all),
            number(_("visits with a reminder"), with_all, drawn=False),
            number(_("visits without a reminder"), without_all, drawn=False),
        ),
    )


def online(counted: Counted) -> Chart:
    booked, every = counted.numbers(Measure.ONLINE), counted.numbers(Measure.VISITS)
    return Chart(
        key="online",
        title=_("Booked online"),
        note=_("The share of visits that patients booked themselves, cancelled ones included."),
        draw=drawing.lines,
        unit="%",
        columns=(
            share(_("booked online"), booked, every),
            number(_("visits booked online"), booked, drawn=False),
            number(_("all visits"), every, drawn=False),
        ),
    )


def confirmed(counted: Counted) -> Chart:
    by_link = (f"{Party.PATIENT}_{Via.PORTAL}",)
    by_sms = (f"{Party.PATIENT}_{Via.SMS}",)
    by_desk = tuple(f"{party}_{Via.DESK}" for party in Party)
    every = counted.numbers(Measure.CONFIRMED)
    link, sms, desk = (counted.numbers(Measure.CONFIRMED, *ways) for ways in (by_link, by_sms, by_desk))
    return Chart(
        key="confirmed",
        title=_("Confirmations"),
        note=_(
            "By the month in which the visit was confirmed. A visit that was confirmed again after a move counts once."
        ),
        draw=drawing.bars,
        columns=(
            number(_("by the patient, behind the link or in the app"), link),
            number(_("by the patient, by SMS"), sms),
            number(_("noted at the desk"), desk),
            number(_("by another system"), less(every, added(link, sms, desk))),
        ),
    )


def freed(counted: Counted) -> Chart:
    left = counted.numbers(Measure.FREED)
    hour, day, later = (counted.numbers(Measure.REFILLED, soon) for soon in Soon)
    again = added(hour, day, later)
    return Chart(
        key="freed",
        title=_("Freed times and how fast they were filled"),
        note=_(
            "Times left by a cancellation or a move before they came. Filled: a visit was booked for the same start."
        ),
        draw=drawing.bars,
        columns=(
            number(_("filled within an hour"), hour),
            number(_("filled within a day"), day),
            number(_("filled later"), later),
            number(_("not filled"), less(left, again)),
            number(_("freed by patients"), counted.numbers(Measure.FREED, Party.PATIENT), drawn=False),
            number(_("freed by the practice"), counted.numbers(Measure.FREED, Party.PRACTICE), drawn=False),
            share(_("filled"), again, left, drawn=False),
        ),
    )


def offers(counted: Counted) -> Chart:
    taken, otherwise = (counted.numbers(Measure.OFFERED, end) for end in (OfferEnd.TAKEN, OfferEnd.BOOKED))
    every = counted.numbers(Measure.OFFERED)
    return Chart(
        key="offers",
        title=_("Offers of an earlier time"),
        note=_("By the month in which the time was offered."),
        draw=drawing.bars,
        columns=(
            number(_("taken by a patient who was asked"), taken),
            number(_("booked otherwise"), otherwise),
            number(_("not taken, or still running"), less(every, added(taken, otherwise))),
            number(_("patients asked"), counted.numbers(Measure.ASKED), drawn=False),
            share(_("taken"), taken, every, drawn=False),
        ),
    )


def messages(counted: Counted) -> Chart:
    language = get_language() or ""
    by_kind = ((kind, counted.numbers(Measure.SENT, kind)) for kind in Kind)
    return Chart(
        key="messages",
        title=_("Messages sent"),
        note=_("By the month in which they were handed over, of every kind."),
        draw=drawing.bars,
        columns=(
            *(number(name, counted.numbers(Measure.SENT, channel=channel)) for channel, name in CHANNELS),
            *(number(kind_name(kind, language), row, drawn=False) for kind, row in by_kind if any(row)),
        ),
    )


def costs(counted: Counted) -> Chart:
    return Chart(
        key="costs",
        title=_("What SMS cost"),
        note=_(
            "Parts as the provider counted them, where it says so, at the price per part in the settings of the practice."
        ),
        draw=drawing.bars,
        unit="\N{NO-BREAK SPACE}zł",
        columns=(
            money(_("cost"), counted.costs(Channel.SMS)),
            number(_("SMS"), counted.numbers(Measure.SENT, channel=Channel.SMS), drawn=False),
            number(_("parts"), counted.parts(Channel.SMS), drawn=False),
        ),
    )


def reading(counted: Counted) -> Chart:
    def rate(measure: Measure, channel: Channel) -> tuple[list[int], list[int]]:
        return counted.numbers(measure, channel=channel), counted.numbers(Measure.SENT, channel=channel)

    def arrived(channel: Channel) -> tuple[list[int], list[int]]:
        there = counted.numbers(Measure.DELIVERED, channel=channel)
        return there, added(there, counted.numbers(Measure.UNDELIVERED, channel=channel))

    return Chart(
        key="reading",
        title=_("Read and delivered"),
        note=_(
            "Read is what we know of: the visit was opened, the push was tapped, the patient replied or confirmed. More is "
            "read than that. Delivered is the share of messages on which the provider reported."
        ),
        draw=drawing.lines,
        unit="%",
        columns=(
            *(share(_read(name), *rate(Measure.READ, channel)) for channel, name in CHANNELS),
            *(share(_delivered(name), *arrived(channel), drawn=False) for channel, name in CHANNELS),
        ),
    )


def _read(channel: "str | Promise") -> str:
    return str(_("%(channel)s read")) % {"channel": channel}


def _delivered(channel: "str | Promise") -> str:
    return str(_("%(channel)s delivered")) % {"channel": channel}


def fallback(counted: Counted) -> Chart:
    went = counted.numbers(Measure.FOLLOWED)
    saved = counted.numbers(Measure.SAVED)
    return Chart(
        key="fallback",
        title=_("SMS after 4 hours"),
        note=_(
            "Of SMS that wait for whether the e-mail or the app is read: how many had to go, and how many were saved."
        ),
        draw=drawing.bars,
        columns=(
            number(_("went, because nothing was read"), went),
            number(_("saved, because it was read in time"), saved),
            share(_("saved"), saved, added(went, saved), drawn=False),
        ),
    )


ALL: Final = (visits, no_shows, online, confirmed, freed, offers, messages, costs, reading, fallback)


def all_of(counted: Counted) -> list[Chart]:
    """Every chart of these figures, in the order of the page."""
    return [chart(counted) for chart in ALL]
