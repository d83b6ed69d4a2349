"""What flows refuse, in words that staff understand."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from myosotis.content.reasons import REASONS, known_language
from myosotis.domain.words import Reason
from myosotis.flows.errors import Conflict, FlowError, Invalid

WORDS: Final[dict[str, "str | Promise"]] = {
    "missing": _("This has to be filled in."),
    "revision_changed": _("Somebody else changed this visit in the meantime. Look at it again."),
    "visit_cancelled": _("This visit has been cancelled."),
    "visit_over": _("This visit is over."),
    "nothing_to_undo": _("There is nothing to undo."),
    "undo_time_over": _("It can be undone within a minute only; that is over."),
    "already_staff": _("Somebody with this address is on the staff already."),
    "doctor_needed": _("Say which doctor: somebody in this role sees that doctor's calendars."),
    "last_owner": _("A practice keeps at least one owner. Make somebody else an owner first."),
    "too_many_letters": _("So many invitations in one day are not sent. Go on tomorrow."),
    "link_over": _("This link no longer works."),
    "begun": _("Somebody works here already. Sign in."),
    "not_cancelled": _("This visit is not cancelled."),
    "not_started": _("The visit has not begun yet."),
    "not_sent": _("This message has not been sent, so there is nothing to repeat."),
    "outdated": _("The visit has changed since this message was sent."),
    "being_resent": _("It is being sent again already."),
    "switches_changed": _("Somebody else changed these switches in the meantime. Look at them again."),
    "no_provider": _("The practice has no provider set up for this channel."),
    "erased": _("This patient's data were erased."),
    "card_changed": _("Somebody changed this card in the meantime; it stays as it is now."),
    "external_id_taken": _("Another card has this number of another system."),
    "offer_closed": _("This offer has ended already."),
    "opinion_withdrawn": _("The author withdrew this opinion in the meantime."),
    "rule_cannot_be_broken": _("This opinion cannot break that rule."),
    "too_long": _("This is too long."),
    "too_many": _("So many tests within an hour are not sent. Try again later."),
    "answered_meanwhile": _("Somebody has answered this meanwhile. Look at it again."),
    "not_by_sms": _("Only an SMS can be answered by SMS."),
    "confirmed_already": _("The visit is confirmed already."),
    "newer_call": _("A newer call about this visit has been noted since."),
    "overlap": _("Two stretches of time overlap."),
    "out_of_range": _("That is not within what is allowed."),
    "before_opening": _("The end has to come after the beginning."),
    "before_start": _("The end has to come after the beginning."),
    "slug_taken": _("Another doctor has this address already. Choose another one."),
    "calendar_exists": _("This doctor has a calendar at this address already."),
    "service_exists": _("This calendar has a service of this name already."),
    "no_coming_holiday": _("That is no coming public holiday."),
}
"""By the code of a flow's error; each code that a flow of the desk can give stands here."""


def words(error: FlowError) -> "str | Promise":
    """What to say of a refusal."""
    code = error.code if isinstance(error, Conflict | Invalid) else ""
    if code not in WORDS and code in list(Reason):
        why = REASONS[Reason(code)][known_language(get_language() or "")]
        return _("That cannot be done: %(code)s.") % {"code": why}
    return WORDS.get(code, _("That cannot be done: %(code)s.") % {"code": code})
