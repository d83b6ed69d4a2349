"""What is said of a visit: its state, what happened to it, by whom, and its six switches."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from myosotis.content.reasons import date_and_time
from myosotis.domain.words import CallResult, Language, Party, Via, VisitStatus
from myosotis.flows.patient_acts import OPEN
from myosotis.flows.records import Happened
from myosotis.store.models import Calendar, Visit, VisitLog

STATUSES: Final[dict[VisitStatus, tuple["str | Promise", str]]] = {
    VisitStatus.BOOKED: (gettext_lazy("booked"), "main"),
    VisitStatus.CONFIRMED: (gettext_lazy("confirmed"), "good"),
    VisitStatus.CANCELLED: (gettext_lazy("cancelled"), "bad"),
    VisitStatus.NO_SHOW: (gettext_lazy("did not come"), "note"),
    VisitStatus.DONE: (gettext_lazy("took place"), "good"),
}
"""The state of a visit, and the colour that goes with it."""

PAST: Final[tuple["str | Promise", str]] = (gettext_lazy("over"), "calm")
"""A visit that has ended without anybody noting whether the patient came."""

HAPPENED: Final[dict[Happened, "str | Promise"]] = {
    Happened.BOOKED: gettext_lazy("Visit booked"),
    Happened.BOOKING_UNDONE: gettext_lazy("Booking taken back"),
    Happened.IMPORTED: gettext_lazy("Visit imported"),
    Happened.MOVED: gettext_lazy("Visit moved"),
    Happened.MOVE_UNDONE: gettext_lazy("Move taken back"),
    Happened.CANCELLED: gettext_lazy("Visit cancelled"),
    Happened.RESTORED: gettext_lazy("Cancellation taken back"),
    Happened.CONFIRMED: gettext_lazy("Visit confirmed"),
    Happened.UNCONFIRMED: gettext_lazy("Confirmation taken back"),
    Happened.NO_SHOW: gettext_lazy("Marked: did not come"),
    Happened.DONE: gettext_lazy("Marked: took place"),
    Happened.UNMARKED: gettext_lazy("Mark taken back"),
    Happened.CHANGED: gettext_lazy("Switches, service or duration changed"),
    Happened.GIVEN_TO_OTHER: gettext_lazy("Given to another patient"),
    Happened.CORRECTED: gettext_lazy("Given to another patient as a correction of the card"),
    Happened.GIVING_UNDONE: gettext_lazy("Given back to the former patient"),
}

CALLS: Final[dict[CallResult, "str | Promise"]] = {
    CallResult.REACHED: gettext_lazy("Call: spoken to"),
    CallResult.CONFIRMED: gettext_lazy("Call: the patient confirmed"),
    CallResult.CANCELLED: gettext_lazy("Call: the patient cancelled"),
    CallResult.MOVED: gettext_lazy("Call: the patient asked for another time"),
    CallResult.LEFT_MESSAGE: gettext_lazy("Call: left a message"),
    CallResult.NOT_REACHED: gettext_lazy("Call: not reached"),
}

SWITCHES: Final[dict[str, "str | Promise"]] = {
    "details": gettext_lazy("Details of the visit right after booking"),
    "reminder": gettext_lazy("Reminder before the visit"),
    "actions": gettext_lazy("Confirming, moving and cancelling in each message"),
    "review": gettext_lazy("Request for an opinion after the visit"),
    "offer": gettext_lazy("Offer of an earlier time when one becomes free"),
    "rebook": gettext_lazy("Invitation to book the next visit"),
}

ASKED: Final = (Happened.MOVED, Happened.CANCELLED)
"""What somebody asks for: whether it was the patient or the practice is said."""


def status_of(visit: Visit, now: datetime) -> tuple["str | Promise", str]:
    """What a visit is at `now` (UTC), and the colour that goes with it: once it has ended, nobody is booked any more."""
    return PAST if visit.status in OPEN and visit.end <= now else STATUSES[VisitStatus(visit.status)]


def who(entry: VisitLog) -> str:
    """Who did it, by name where it was somebody of the staff."""
    if entry.staff_user is not None:
        return entry.staff_user.name or entry.staff_user.email
    match Via(entry.via):
        case Via.PORTAL:
            return _("the patient, online")
        case Via.SMS:
            return _("the patient, by SMS")
        case Via.API:
            return _("another system")
        case Via.IMPORT:
            return _("import")
        case Via.DESK:
            return _("staff")


def asked_by(entry: VisitLog) -> str:
    """Whose wish a move or a cancellation was, where staff or a system noted it."""
    if Happened(entry.what) not in ASKED or entry.via in (Via.PORTAL, Via.SMS):
        return ""
    return _("asked for by the patient") if entry.by == Party.PATIENT else _("asked for by the practice")


def from_to(entry: VisitLog, zone: ZoneInfo, language: Language, calendars: dict[int, Calendar]) -> str:
    """Old and new time and place of a move; the time of a booking."""
    start, end = _at(entry.old_start, zone, language), _at(entry.new_start, zone, language)
    if Happened(entry.what) in (Happened.BOOKED, Happened.IMPORTED):
        return _("for %(when)s") % {"when": end}
    if Happened(entry.what) not in (Happened.MOVED, Happened.MOVE_UNDONE):
        return ""
    said = _("from %(old)s to %(new)s") % {"old": start, "new": end} if start != end else ""
    if entry.old_calendar_id == entry.new_calendar_id or entry.new_calendar_id not in calendars:
        return said
    place = _("to %(calendar)s") % {"calendar": calendar_name(calendars[entry.new_calendar_id])}
    return f"{said}; {place}" if said else place


def calendar_name(calendar: Calendar) -> str:
    """A calendar is a doctor at an address."""
    return f"{calendar.doctor.full_name}, {calendar.address.street}, {calendar.address.city}"


def _at(instant: datetime | None, zone: ZoneInfo, language: Language) -> str:
    return "" if instant is None else date_and_time(instant, zone, language)
