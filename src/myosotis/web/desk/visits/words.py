"""What is said of a visit: its state, what happened to it, by whom, and its six switches."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from myosotis.content.reasons import date_and_time
from myosotis.domain.words import CallResult, Language, Party, Via, VisitStatus
from myosotis.flows.records import Happened
from myosotis.store.models import Calendar, VisitLog

STATUSES: Final[dict[VisitStatus, tuple["str | Promise", str]]] = {
    VisitStatus.BOOKED: (lazy("booked"), "main"),
    VisitStatus.CONFIRMED: (lazy("confirmed"), "good"),
    VisitStatus.CANCELLED: (lazy("cancelled"), "bad"),
    VisitStatus.NO_SHOW: (lazy("did not come"), "note"),
    VisitStatus.DONE: (lazy("took place"), "good"),
}
"""The state of a visit, and the colour that goes with it."""

HAPPENED: Final[dict[Happened, "str | Promise"]] = {
    Happened.BOOKED: lazy("Visit booked"),
    Happened.BOOKING_UNDONE: lazy("Booking taken back"),
    Happened.IMPORTED: lazy("Visit imported"),
    Happened.MOVED: lazy("Visit moved"),
    Happened.MOVE_UNDONE: lazy("Move taken back"),
    Happened.CANCELLED: lazy("Visit cancelled"),
    Happened.RESTORED: lazy("Cancellation taken back"),
    Happened.CONFIRMED: lazy("Visit confirmed"),
    Happened.UNCONFIRMED: lazy("Confirmation taken back"),
    Happened.NO_SHOW: lazy("Marked: did not come"),
    Happened.DONE: lazy("Marked: took place"),
    Happened.UNMARKED: lazy("Mark taken back"),
    Happened.CHANGED: lazy("Switches, service or duration changed"),
    Happened.GIVEN_TO_OTHER: lazy("Given to another patient"),
    Happened.CORRECTED: lazy("Given to another patient as a correction of the card"),
    Happened.GIVING_UNDONE: lazy("Given back to the former patient"),
}

CALLS: Final[dict[CallResult, "str | Promise"]] = {
    CallResult.REACHED: lazy("Call: spoken to"),
    CallResult.CONFIRMED: lazy("Call: the patient confirmed"),
    CallResult.CANCELLED: lazy("Call: the patient cancelled"),
    CallResult.MOVED: lazy("Call: the patient asked for another time"),
    CallResult.LEFT_MESSAGE: lazy("Call: left a message"),
    CallResult.NOT_REACHED: lazy("Call: not reached"),
}

SWITCHES: Final[dict[str, "str | Promise"]] = {
    "details": lazy("Details of the visit right after booking"),
    "reminder": lazy("Reminder before the visit"),
    "actions": lazy("Confirming, moving and cancelling in each message"),
    "review": lazy("Request for an opinion after the visit"),
    "offer": lazy("Offer of an earlier time when one becomes free"),
    "rebook": lazy("Invitation to book the next visit"),
}

ASKED: Final = (Happened.MOVED, Happened.CANCELLED)
"""What somebody asks for: whether it was the patient or the practice is said."""


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
