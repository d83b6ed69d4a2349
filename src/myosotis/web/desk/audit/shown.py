"""Entries of the audit log as people read them: names for those who work here, words for what they did."""

from collections.abc import Iterable, Iterator
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _

from myosotis.store.audit_log import ALL_PATIENTS
from myosotis.store.models import AuditEntry, Practice, StaffUser
from myosotis.value_class import value_class
from myosotis.web.desk.audit.words import action_words, thing_words
from myosotis.web.desk.ids import id_in

STAFF, KEY, SYSTEM = "staff:", "key:", "system"
PAGES: Final = {
    "patient": "patient",
    "visit": "visit",
    "offer": "offer",
    "import": "import_batch",
    "calendar": "communication",
}
"""Where a thing can be looked at."""


@value_class(kw_only=False)
class People:
    """Those who act in a practice, by the names under which the log has them."""

    names: dict[str, str]

    @classmethod
    def of(cls, practice: Practice) -> "People":
        """Who works here now, and the keys; of those who have left, `of_entries` learns."""
        members = StaffUser.objects.filter(memberships__practice=practice).order_by("name", "email")
        names = {f"{STAFF}{user.pk}": user.name or user.email for user in members}
        for key in practice.api_keys.order_by("name"):
            names[f"{KEY}{key.prefix}"] = _("API key “%(name)s”") % {"name": key.name}
        return cls(names)

    def learn(self, entries: Iterable[AuditEntry]) -> None:
        """Learn the names of those in entries of the practice who work here no more."""
        gone = {entry.actor for entry in entries if entry.actor.startswith(STAFF)} - set(self.names)
        ids = {id_in(actor.removeprefix(STAFF)) for actor in gone}
        for user in StaffUser.objects.filter(id__in=ids) if ids else ():
            self.names[f"{STAFF}{user.pk}"] = _("%(name)s (left)") % {"name": user.name or user.email}

    def name(self, actor: str) -> str:
        """What somebody is called."""
        if actor == SYSTEM:
            return _("Myosotis, by itself")
        if actor.startswith(ALL_PATIENTS):
            return _("patient no. %(number)s") % {"number": actor.removeprefix(ALL_PATIENTS)}
        return self.names.get(actor, actor)

    def choices(self, also: str) -> list[tuple[str, str]]:
        """For a list to choose from; `also` somebody who was chosen by other ways."""
        known = [*self.names.items(), (ALL_PATIENTS, _("Patients")), (SYSTEM, self.name(SYSTEM))]
        if also and also not in dict(known):
            known.append((also, self.name(also)))
        return known


@value_class(kw_only=False)
class Line:
    """One entry, worded."""

    entry: AuditEntry
    who: str
    did: str
    thing: str
    url: str


def lines(entries: list[AuditEntry], people: People) -> Iterator[Line]:
    """Entries in words."""
    people.learn(entries)
    for entry in entries:
        page = PAGES.get(entry.object_type) if entry.object_id else None
        url = reverse(f"desk:{page}", args=[entry.object_id]) if page else ""
        yield Line(entry, people.name(entry.actor), action_words(entry.action), thing_words(entry.object_type), url)
