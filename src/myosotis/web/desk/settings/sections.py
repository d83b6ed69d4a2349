"""The sections of the settings: what the index lists and the navigation beside every page of them shows."""

from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from myosotis.domain.words import Role
from myosotis.value_class import value_class
from myosotis.web.desk.access import ANYBODY, OFFICE, OWNER

PRACTICE: Final = _("Practice")
CALENDARS: Final = _("Doctors and calendars")
SENDING: Final = _("Sending")
PEOPLE: Final = _("Staff and data")
GROUPS: Final = (CALENDARS, PRACTICE, SENDING, PEOPLE)
"""In the order in which they are shown."""


@value_class
class Section:
    """One section: `view` is the name of its first page in `desk:`, `pages` are those of the others."""

    view: str
    group: "str | Promise"
    label: "str | Promise"
    about: "str | Promise"
    """One line: what is there."""
    icon: str
    roles: tuple[Role, ...]
    pages: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        return reverse(f"desk:{self.view}")

    def has(self, page: str) -> bool:
        """Whether a page, by the name of its address, belongs here."""
        return page == self.view or page in self.pages


SECTIONS: Final = (
    Section(
        view="calendars",
        group=CALENDARS,
        label=_("Calendars"),
        about=_("Opening hours, days off, services, online booking, messages"),
        icon="calendar-week",
        roles=ANYBODY,
        pages=(
            "calendar", "calendar_new", "hours", "days", "blocks", "services", "service", "service_new", "communication",
        ),
    ),
    Section(
        view="doctors",
        group=CALENDARS,
        label=_("Doctors"),
        about=_("Names, specialties, public profiles, where opinions go"),
        icon="bandaid",
        roles=OFFICE,
        pages=("doctor", "doctor_new"),
    ),
    Section(
        view="addresses",
        group=CALENDARS,
        label=_("Addresses"),
        about=_("Where patients come to, and how they find it"),
        icon="geo-alt",
        roles=OFFICE,
        pages=("address", "address_new"),
    ),
    Section(
        view="practice",
        group=PRACTICE,
        label=_("Practice"),
        about=_("Name, language, phone, privacy notice"),
        icon="hospital",
        roles=OWNER,
    ),
    Section(
        view="consent",
        group=PRACTICE,
        label=_("Consent"),
        about=_("On what requests for opinions and invitations are based"),
        icon="shield-lock",
        roles=OWNER,
    ),
    Section(
        view="senders",
        group=SENDING,
        label=_("Senders and SMS"),
        about=_("From whom messages come, Polish letters, the price of an SMS"),
        icon="envelope",
        roles=OWNER,
    ),
    Section(
        view="window",
        group=SENDING,
        label=_("Hours of sending"),
        about=_("When SMS and notifications may arrive"),
        icon="clock",
        roles=OWNER,
    ),
    Section(
        view="reading",
        group=SENDING,
        label=_("Knowing what was read"),
        about=_("The image in e-mails, and what it would save"),
        icon="eye",
        roles=OWNER,
    ),
    Section(
        view="providers",
        group=SENDING,
        label=_("Providers"),
        about=_("Accounts for e-mail, SMS and the app; check the connection"),
        icon="send",
        roles=OWNER,
        pages=("provider",),
    ),
    Section(
        view="staff",
        group=PEOPLE,
        label=_("Staff"),
        about=_("Who works here, invitations, roles"),
        icon="people-fill",
        roles=OWNER,
        pages=("staff_invite", "staff_member", "staff_remove", "staff_resend"),
    ),
    Section(
        view="imports",
        group=PEOPLE,
        label=_("Import"),
        about=_("Patients and visits from files, tried first, taken back if wanted"),
        icon="file-earmark-arrow-up",
        roles=OFFICE,
        pages=("import_file", "import_batch", "import_undo"),
    ),
    Section(
        view="keys",
        group=PEOPLE,
        label=_("API keys"),
        about=_("For other programs that book visits or read the calendar"),
        icon="key",
        roles=OWNER,
        pages=("key_revoke",),
    ),
    Section(
        view="audit",
        group=PEOPLE,
        label=_("Audit log"),
        about=_("Who did or looked at what, and when"),
        icon="journal-text",
        roles=OWNER,
    ),
)  # fmt: skip
"""Every section, in the order of its group; an area that has one more adds it here."""


def groups(role: Role) -> "list[tuple[str | Promise, list[Section]]]":
    """The sections that a role may see, by group; no group is empty."""
    found = [(group, [one for one in SECTIONS if one.group is group and role in one.roles]) for group in GROUPS]
    return [(group, sections) for group, sections in found if sections]
