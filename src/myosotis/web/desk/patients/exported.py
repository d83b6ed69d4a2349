"""An export as people read it: tables with headings in words, instants in the clock of home."""

from datetime import date, datetime
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from myosotis.content.context import HOME_ZONE
from myosotis.content.moments import day_names, moment
from myosotis.content.reasons import CHANNELS, KINDS, REASONS, STATUSES
from myosotis.domain.words import Channel, Kind, Language, MessageStatus, Reason, VisitStatus
from myosotis.flows.records import Happened
from myosotis.value_class import value_class
from myosotis.web.desk.patients.history import ACTIONS
from myosotis.web.desk.visits.words import HAPPENED
from myosotis.web.desk.visits.words import STATUSES as VISIT_STATUSES

TITLES: Final[dict[str, "str | Promise"]] = {
    "card": _("The card"),
    "merged_cards": _("Cards that were merged into this one"),
    "consents": _("Consents"),
    "visits": _("Visits"),
    "visit_history": _("History of the visits"),
    "calls": _("Calls"),
    "messages": _("Messages"),
    "message_history": _("History of the messages"),
    "readings": _("How we know that messages were read"),
    "replies": _("What the patient wrote to us"),
    "questions_asked_back": _("What we asked back by SMS"),
    "opinions": _("Opinions"),
    "offers": _("Offers of an earlier time"),
    "app": _("The app"),
    "push": _("Where notifications of the app go"),
    "codes": _("Codes sent to the phone"),
    "held_times": _("Times held while booking"),
    "stopped_numbers": _("Numbers from which STOP came"),
    "log": _("Who did or read what"),
}
HEADINGS: Final[dict[str, "str | Promise"]] = {
    "id": _("Number"), "first_name": _("First name"), "last_name": _("Family name"), "email": _("E-mail"),
    "email_bad_at": _("E-mail does not work since"), "phone": _("Phone"), "phone_is_mobile": _("Mobile phone"),
    "phone_bad_at": _("Phone does not work since"), "language": _("Language of the messages"),
    "guardian_name": _("Guardian's name"), "guardian_email": _("Guardian's e-mail"),
    "guardian_email_bad_at": _("Guardian's e-mail does not work since"), "guardian_phone": _("Guardian's phone"),
    "guardian_phone_is_mobile": _("Guardian's phone is mobile"),
    "guardian_phone_bad_at": _("Guardian's phone does not work since"), "guardian_until": _("Guardian until"),
    "no_sms": _("no SMS"), "no_email": _("no e-mail"), "no_push": _("no notifications in the app"),
    "no_review": _("no requests for an opinion"), "no_rebook": _("no invitations to the next visit"),
    "no_offer": _("no offers of an earlier time"), "silent": _("Send nothing at all"),
    "deceased": _("The patient has died"), "external_id": _("Number in another system"),
    "created_at": _("Added on"), "purpose": _("Purpose"), "given_at": _("Given on"), "how": _("How"),
    "wording": _("In which words"), "withdrawn_at": _("Withdrawn on"), "start": _("From"), "end": _("Until"),
    "status": _("State"), "booked_at": _("Booked on"), "booked_by": _("Booked by"),
    "cancelled_by": _("Cancelled by"), "cancel_reason": _("Why it was cancelled"), "details": _("Details"),
    "reminder": _("Reminder"), "actions": _("Confirm, move, cancel"), "review": _("Request for an opinion"),
    "offer": _("Offer of an earlier time"), "rebook": _("Invitation to the next visit"),
    "doctor": _("Doctor"), "street": _("Street"), "city": _("Town"), "service": _("Service"),
    "visit_id": _("Number of the visit"), "at": _("When"), "what": _("What"), "by": _("Who"),
    "via": _("By which way"), "old_start": _("Time before"), "new_start": _("Time after"),
    "result": _("Result"), "note": _("Note"), "taken_back_at": _("Taken back on"), "kind": _("Kind"),
    "channel": _("Channel"), "reason": _("Reason"), "due_at": _("Due on"), "sent_at": _("Sent on"),
    "finished_at": _("Ended on"), "read_at": _("Read on"), "address": _("Address"), "subject": _("Subject"),
    "text": _("Text"), "message_id": _("Number of the message"), "detail": _("Detail"),
    "signal": _("Sign of reading"), "counted": _("Counted"), "sender": _("From whom"), "received_at": _("Received on"),
    "understood_as": _("Understood as"), "answer": _("Answered with"), "handled_at": _("Settled on"),
    "asked_at": _("Asked on"), "expires_at": _("Valid until"), "answered_at": _("Answered on"),
    "stars": _("Stars"), "author": _("Signed"), "published_at": _("Published on"),
    "rejected_at": _("Kept back on"), "rejected_because": _("Because of the rule"),
    "visit_start": _("Time of the visit"), "passed_over": _("Passed over because"),
    "offered_start": _("Time offered"), "joined_at": _("Joined on"), "last_used_on": _("Last used on"),
    "endpoint": _("Address of the push service"), "attempts": _("Wrong codes"), "verified_at": _("Confirmed on"),
    "released_at": _("Given back on"), "stopped_at": _("STOP came"), "action": _("Deed"),
    "object_type": _("About what"), "object_id": _("Number of it"),
}  # fmt: skip
WORDS: Final[dict[str, Any]] = {
    "channel": (Channel, CHANNELS),
    "kind": (Kind, KINDS),
    "reason": (Reason, REASONS),
}
"""Columns whose words have names of their own."""


@value_class
class Table:
    title: "str | Promise"
    headings: list["str | Promise"]
    rows: list[list[str]]


def tables_of(held: dict[str, Any], language: Language) -> list[Table]:
    """The parts of an export that say anything, as tables; a card is one of names and values."""
    return [
        _card(held["card"], language),
        *(_table(name, held[name], language) for name in TITLES if _says(held, name)),
    ]


def _says(held: dict[str, Any], name: str) -> bool:
    return name != "card" and bool(held[name])


def _card(card: dict[str, Any], language: Language) -> Table:
    rows = [
        [str(HEADINGS[name]), _read(name, value, language)] for name, value in card.items() if value not in ("", None)
    ]
    return Table(title=TITLES["card"], headings=[_("What"), _("Value")], rows=rows)


def _table(name: str, rows: list[dict[str, Any]], language: Language) -> Table:
    """Columns that are empty in every row are left out."""
    used = [key for key in rows[0] if any(row[key] not in ("", None) for row in rows)]
    return Table(
        title=TITLES[name],
        headings=[HEADINGS[key] for key in used],
        rows=[[_read(key, row[key], language, of=name) for key in used] for row in rows],
    )


def _read(name: str, value: Any, language: Language, of: str = "") -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, datetime):
        at = moment(value, HOME_ZONE, language, HOME_ZONE)
        return f"{at.day.short}, {at.clock}"
    if isinstance(value, date):
        return day_names(value, language).short
    if of == "visits" and name == "status":
        return str(VISIT_STATUSES[VisitStatus(value)][0])
    if of == "visit_history" and name == "what":
        return str(HAPPENED[Happened(value)])
    if of == "log" and name == "action":
        return str(ACTIONS.get(value, value))
    if of in ("messages", "message_history") and name == "status":
        return STATUSES[MessageStatus(value)][language]
    if name in WORDS and value in set(WORDS[name][0]):
        said: str = WORDS[name][1][WORDS[name][0](value)][language]
        return said
    return str(value)
