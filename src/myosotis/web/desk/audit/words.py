"""The audit log in words: what was done, to which thing."""

import re
from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from myosotis.domain.opinions import OpinionRule
from myosotis.domain.words import Channel, ConsentBasis, ConsentPurpose, Digest, Role
from myosotis.web.desk.visits.words import CALLS, HAPPENED

ACTIONS: Final[dict[str, "str | Promise"]] = {
    "absence.begun": _("Absence of a doctor entered"),
    "absence.reopened": _("Absence of a doctor taken up again"),
    "absence.undone": _("Absence of a doctor taken back"),
    "api_key.created": _("API key made"),
    "api_key.revoked": _("API key revoked"),
    "app.ended": _("The app on a phone was ended"),
    "app.joined": _("Joined the app"),
    "app.left": _("Left the app"),
    "audit.pruned": _("Entries older than 24 months removed from the audit log"),
    "calendar.added": _("Calendar added"),
    "calendar.blocked": _("Time blocked"),
    "calendar.opening_exception": _("Day with other hours, or closed, entered"),
    "calendar.opening_hours": _("Opening hours changed"),
    "calendar.switches": _("Messages of the calendar switched on or off"),
    "calendar.unblocked": _("Blocked time removed"),
    "import.begun": _("Import begun"),
    "import.file_removed": _("Uploaded file removed"),
    "import.finished": _("Import finished"),
    "import.patients": _("Patient cards taken from a file"),
    "import.undone": _("Import taken back"),
    "import.uploaded": _("File uploaded for import"),
    "incoming.answer_taken_back": _("Answer to a patient taken back"),
    "incoming.answered": _("Patient answered"),
    "incoming.handled": _("Reply of a patient marked as done"),
    "incoming.reopened": _("Reply of a patient opened again"),
    "message.resent": _("Message sent again"),
    "message.tried": _("Test message sent"),
    "opinion.answered": _("Opinion answered"),
    "opinion.given": _("Opinion given"),
    "opinion.published": _("Opinion published"),
    "opinion.withdrawn": _("Opinion withdrawn"),
    "patient.added": _("Patient card added"),
    "patient.change_undone": _("Change of a patient card taken back"),
    "patient.changed": _("Patient card changed"),
    "patient.erased": _("Patient erased"),
    "patient.merged": _("Double patient cards merged"),
    "practice.added": _("Practice added"),
    "practice.begun": _("Practice set up"),
    "practice.changed": _("Settings of the practice changed"),
    "practice.set_up": _("Set-up of the practice finished"),
    "push.subscribed": _("Notifications of the app switched on"),
    "push.unsubscribed": _("Notifications of the app switched off"),
    "staff.introduced": _("Staff: own name or language changed"),
    "staff.invitation_withdrawn": _("Staff: invitation withdrawn"),
    "staff.invited_again": _("Staff: invitation sent again"),
    "staff.joined": _("Staff: invitation accepted"),
    "staff.password_asked": _("Staff: new password asked for"),
    "staff.password_set": _("Staff: new password set"),
    "staff.removed": _("Staff: access taken away"),
    "staff.second_factor_dropped": _("Staff: second step of signing in taken away"),
}
"""What was done, by the word of the log."""

CHANNELS: Final[dict[Channel, "str | Promise"]] = {
    Channel.EMAIL: _("e-mail"),
    Channel.SMS: _("SMS"),
    Channel.PUSH: _("notifications of the app"),
}
ROLES: Final[dict[Role, "str | Promise"]] = {
    Role.OWNER: _("owner"),
    Role.DOCTOR: _("doctor"),
    Role.RECEPTIONIST: _("receptionist"),
}
CONSENTS: Final[dict[ConsentPurpose, "str | Promise"]] = {
    ConsentPurpose.COMMERCIAL: _("requests for opinions and invitations"),
    ConsentPurpose.TRACKING_IMAGE: _("image in e-mails that reports reading"),
}
BASES: Final[dict[ConsentBasis, "str | Promise"]] = {
    ConsentBasis.PRACTICE: _("collected by the practice"),
    ConsentBasis.CARD: _("on each card"),
}
DIGESTS: Final[dict[Digest, "str | Promise"]] = {Digest.NONE: _("no e-mail"), Digest.DAILY: _("daily e-mail")}
RULES: Final[dict[OpinionRule, "str | Promise"]] = {
    OpinionRule.NO_VISIT: _("the visit did not take place"),
    OpinionRule.OFF_TOPIC: _("not about the visit"),
    OpinionRule.PERSONAL_DATA: _("personal data of others"),
    OpinionRule.INSULT: _("insults or threats"),
    OpinionRule.ADVERT: _("advertising"),
}
THINGS: Final[dict[str, "str | Promise"]] = {
    "absence": _("absence"),
    "address": _("address"),
    "api_key": _("API key"),
    "audit": _("audit log"),
    "calendar": _("calendar"),
    "doctor": _("doctor"),
    "import": _("import"),
    "import_file": _("uploaded file"),
    "incoming": _("reply of a patient"),
    "membership": _("access of staff"),
    "message": _("message"),
    "opinion": _("opinion"),
    "patient": _("patient"),
    "practice": _("practice"),
    "provider": _("provider account"),
    "service": _("service"),
    "staff": _("staff"),
    "staff_letter": _("invitation"),
    "statistics": _("statistics"),
    "visit": _("visit"),
}
"""What it was done to."""

SAYS: Final = "%(what)s"
FAMILIES: Final[dict[str, tuple["str | Promise", Mapping[Any, "str | Promise"]]]] = {
    "visit.{}": (_("Visit: %(what)s"), HAPPENED),
    "call.{}": (SAYS, CALLS),
    "call.{}.taken_back": (_("Taken back: %(what)s"), CALLS),
    "consent.{}.given": (_("Consent given: %(what)s"), CONSENTS),
    "consent.{}.withdrawn": (_("Consent withdrawn: %(what)s"), CONSENTS),
    "opinion.rejected.{}": (_("Opinion kept back: %(what)s"), RULES),
    "practice.consent_basis.{}": (_("Basis of consent chosen: %(what)s"), BASES),
    "provider.{}.checked": (_("Connection checked: %(what)s"), CHANNELS),
    "provider.{}.removed": (_("Provider account removed: %(what)s"), CHANNELS),
    "provider.{}.set": (_("Provider account saved: %(what)s"), CHANNELS),
    "provider.{}.switched_off": (_("Provider account switched off: %(what)s"), CHANNELS),
    "provider.{}.switched_on": (_("Provider account switched on: %(what)s"), CHANNELS),
    "staff.changed.{}": (_("Staff: role changed to %(what)s"), ROLES),
    "staff.digest.{}": (_("Staff: notices changed to %(what)s"), DIGESTS),
    "staff.invited.{}": (_("Staff: invited as %(what)s"), ROLES),
    "{}.exported": (_("Taken away as a file: %(what)s"), THINGS),
    "{}.read": (_("Looked at: %(what)s"), THINGS),
    "{}.saved": (_("Saved: %(what)s"), THINGS),
}
"""Actions that name what they are about: what is said, and the words for it."""

_PATTERNS: Final = [(re.compile(re.escape(key).replace(r"\{\}", "(.+)")), key) for key in FAMILIES]


def action_words(action: str) -> str:
    """What was done. An action of an older version may have no words any more; it is shown as it is."""
    if action in ACTIONS:
        return str(ACTIONS[action])
    for pattern, key in _PATTERNS:
        says, words = FAMILIES[key]
        match = pattern.fullmatch(action)
        if match is not None and match[1] in words:
            what = str(words[match[1]])
            return str(says) % {"what": what if says == SAYS else what[:1].lower() + what[1:]}
    return action


def thing_words(object_type: str) -> str:
    """What it was done to."""
    return str(THINGS.get(object_type, object_type))
