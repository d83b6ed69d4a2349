"""An absence as its pages show it: when and where, the visits before anything is done, and who knows afterwards."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from myosotis.content.context import HOME_ZONE
from myosotis.content.moments import day_names
from myosotis.content.reasons import REASONS, channel_name, date_and_time
from myosotis.domain import addresses
from myosotis.domain.words import AbsenceOutcome, AbsenceWay, CallResult, Channel, Language, VisitStatus
from myosotis.flows import doctor_absent
from myosotis.store import absences as reading
from myosotis.store.absences import Known
from myosotis.store.cards import load_cards
from myosotis.store.models import Absence, AbsenceVisit, Calendar, Visit
from myosotis.store.providers import channels_of
from myosotis.value_class import value_class
from myosotis.web.desk.access import Desk
from myosotis.web.desk.calls.views import DONE_ALREADY, RESULTS
from myosotis.web.desk.visits.words import CALLS
from myosotis.web.phones import Phone, phone_of

MOST: Final = 500
"""Visits shown at once."""
STAYS: Final = (AbsenceOutcome.LEFT, AbsenceOutcome.NO_ROOM, AbsenceOutcome.CHANGED, AbsenceOutcome.TOO_LATE)
"""Somebody has to look at these by hand."""
OUTCOMES: Final[dict[AbsenceOutcome, tuple["str | Promise", str]]] = {
    AbsenceOutcome.WAITING: (gettext_lazy("in progress"), "main"),
    AbsenceOutcome.CANCELLED: (gettext_lazy("was cancelled"), ""),
    AbsenceOutcome.MOVED: (gettext_lazy("was moved"), ""),
    AbsenceOutcome.LEFT: (gettext_lazy("left as it is"), "note"),
    AbsenceOutcome.NO_ROOM: (gettext_lazy("that time is not free: stays as it is"), "note"),
    AbsenceOutcome.CHANGED: (gettext_lazy("changed by somebody else meanwhile"), "note"),
    AbsenceOutcome.TAKEN_BACK: (gettext_lazy("was taken back"), ""),
    AbsenceOutcome.TOO_LATE: (gettext_lazy("could not be taken back any more"), "bad"),
}


@value_class
class Heading:
    """Who is away and when."""

    absence: Absence
    when: str
    calendars: list[Calendar]
    closed: bool
    """Some of its time is still blocked."""


@value_class
class Affected:
    """A visit in the time of an absence, before anything is done."""

    visit: Visit
    zone: ZoneInfo
    phone: Phone | None
    ways: str
    """The channels that reach the patient; empty: none does."""
    chosen: str


@value_class
class Followed:
    """A visit of an absence: what became of it, and whether its patient knows."""

    row: AbsenceVisit
    zone: ZoneInfo
    phone: Phone | None
    outcome: "str | Promise"
    mark: str
    state: str
    """What the patient knows, in words."""
    state_mark: str
    to_call: bool
    results: "list[tuple[str, str | Promise]]"
    rank: int


@value_class
class Progress:
    """How far an absence has come."""

    rows: list[Followed]
    total: int
    waiting: int
    done: int
    read: int
    to_call: int
    by_hand: int
    may_undo: bool
    undoing: bool

    @property
    def unread(self) -> int:
        return self.done - self.read

    @property
    def percent(self) -> int:
        return 100 if not self.total else round(100 * (self.total - self.waiting) / self.total)


def of_desk(desk: Desk) -> "QuerySet[Absence]":
    """Absences that this desk may look at and act on: for a doctor, those of own calendars alone."""
    rows = desk.practice.absences.all()
    if desk.sees_all:
        return rows
    others = desk.practice.calendars.exclude(id__in=desk.calendars().values("id"))
    rows = rows.filter(calendars__calendar__in=desk.calendars().order_by().values("id"))
    return rows.exclude(calendars__calendar__in=others).distinct()


def heading(absence: Absence, language: Language) -> Heading:
    """`absence` with its calendars prefetched."""
    closed = list(absence.calendars.all())
    return Heading(
        absence=absence,
        when=day_range(absence, language),
        calendars=[row.calendar for row in closed],
        closed=any(row.blocked_id is not None for row in closed),
    )


def with_contact(
    desk: Desk, rows: "QuerySet[Visit]", now: datetime, chosen: Mapping[int, AbsenceWay]
) -> list[Affected]:
    """Visits with what reaches their patients, in a bounded number of queries."""
    visits = list(rows.select_related("patient", "service", "calendar__doctor", "calendar__address")[:MOST])
    cards = load_cards({visit.patient_id for visit in visits})
    providers = channels_of([desk.practice.pk])[desk.practice.pk]
    day = now.astimezone(HOME_ZONE).date()
    found = []
    for visit in visits:
        card = cards[visit.patient_id].on(day, desk.practice.language)
        missing = addresses.missing(card, day, providers)
        ways = [] if card.silent or visit.silent else [one for one in addresses.CHANNELS if one not in missing]
        found.append(
            Affected(
                visit=visit,
                zone=visit.calendar.address.zone,
                phone=phone_of(visit.patient.phone),
                ways=_names(ways, desk.language),
                chosen=chosen[visit.pk].value if visit.pk in chosen else "",
            )
        )
    return found


def _names(channels: Iterable[Channel], language: Language) -> str:
    return ", ".join(channel_name(channel, language) for channel in channels)


def followed(desk: Desk, absence: Absence, now: datetime) -> Progress:
    """Every visit of an absence that this desk sees, whom to call first; in a bounded number of queries."""
    around = ("visit__patient", "visit__calendar__doctor", "visit__calendar__address")
    rows = list(absence.visits.filter(visit__in=desk.visits()).select_related(*around).order_by("start", "id")[:MOST])
    known = reading.known(desk.practice, rows, now)
    shown = sorted((_row(row, known[row.visit_id], desk.language) for row in rows), key=lambda one: one.rank)
    undone = absence.undone_at is not None
    ahead = doctor_absent.DONE if undone else (AbsenceOutcome.WAITING,)
    return Progress(
        rows=shown,
        total=len(rows),
        waiting=sum(row.outcome in ahead for row in rows),
        done=sum(row.outcome in doctor_absent.DONE for row in rows),
        read=sum(_knows(row, known[row.visit_id]) for row in rows),
        to_call=sum(one.to_call for one in shown),
        by_hand=sum(row.outcome in STAYS for row in rows),
        may_undo=not undone and now < doctor_absent.undo_until(absence),
        undoing=undone,
    )


def _knows(row: AbsenceVisit, known: Known) -> bool:
    return row.outcome in doctor_absent.DONE and (known.read_at is not None or known.by_phone)


def _row(row: AbsenceVisit, known: Known, language: Language) -> Followed:
    outcome, mark = OUTCOMES[AbsenceOutcome(row.outcome)]
    zone = row.visit.calendar.address.zone
    dealt = row.outcome in doctor_absent.DONE
    state, state_mark = _state(known, zone, language) if dealt else ("", "")
    knows = _knows(row, known)
    return Followed(
        row=row,
        zone=zone,
        phone=phone_of(row.visit.patient.phone),
        outcome=outcome,
        mark=mark,
        state=state,
        state_mark=state_mark,
        to_call=dealt and known.to_call,
        results=_results(row) if dealt and not knows else [],
        rank=0 if dealt and known.to_call else 1 if row.outcome in STAYS else 2 if not knows else 3,
    )


def _state(known: Known, zone: ZoneInfo, language: Language) -> tuple[str, str]:
    """What a patient knows of the change, and the colour of it."""

    def at(instant: datetime) -> str:
        return date_and_time(instant, zone, language)

    if known.read_at is not None:
        return _("read %(when)s") % {"when": at(known.read_at)}, "good"
    if known.by_phone:
        return _("knows by phone"), "good"
    tried = f"; {CALLS[CallResult(known.call.result)]}" if known.call is not None else ""
    if known.to_call:
        return _("nothing got through: call") + tried, "bad"
    if known.reason is not None:
        return _("nothing is sent: %(why)s") % {"why": REASONS[known.reason][language]} + tried, "note"
    if known.sent_at is None:
        return (_("goes out %(when)s") % {"when": at(known.next_at)} if known.next_at else _("not sent yet")), "main"
    said = _("sent %(when)s, not read yet") % {"when": at(known.sent_at)}
    if known.sms_at is not None:
        said += _("; SMS %(when)s unless it is read before") % {"when": at(known.sms_at)}
    elif known.sms_waits:
        said += _("; an SMS follows 4 h later unless it is read before")
    return said + tried, "note"


def _results(row: AbsenceVisit) -> "list[tuple[str, str | Promise]]":
    """How a call went, by one click; what fits the visit as it is now."""
    already = DONE_ALREADY.get(VisitStatus(row.visit.status), ())
    return [(result.value, word) for result, word, _icon in RESULTS if result not in already]


def day_range(absence: Absence, language: Language) -> str:
    """ "pon. 8.03.2027" or "pon. 8.03.2027, 12:00 – śr. 10.03.2027"."""
    first, last = day_names(absence.first_day, language).short, day_names(absence.last_day, language).short
    begins = f"{first}, {absence.from_time:%H:%M}" if absence.from_time else first
    if absence.first_day == absence.last_day:
        if absence.until_time is None:
            return begins if absence.from_time is None else _("%(begin)s until the end of the day") % {"begin": begins}
        return f"{begins if absence.from_time else first + ', 00:00'}–{absence.until_time:%H:%M}"
    return f"{begins} – {last}, {absence.until_time:%H:%M}" if absence.until_time else f"{begins} – {last}"
