"""What happened to a card, from the audit log: for those who own the practice."""

import re
from datetime import datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from myosotis.store.models import Patient, StaffUser
from myosotis.value_class import value_class
from myosotis.web.desk.access import Desk

SHOWN: Final = 30
ACTIONS: Final[dict[str, "str | Promise"]] = {
    "patient.added": gettext_lazy("card added"),
    "patient.changed": gettext_lazy("card changed"),
    "patient.change_undone": gettext_lazy("change of the card undone"),
    "patient.read": gettext_lazy("card looked at"),
    "patient.merged": gettext_lazy("card merged with a double"),
    "patient.exported": gettext_lazy("everything exported"),
    "patient.erased": gettext_lazy("patient erased"),
    "consent.commercial.given": gettext_lazy("consent to opinions and invitations given"),
    "consent.commercial.withdrawn": gettext_lazy("consent to opinions and invitations withdrawn"),
    "consent.tracking_image.given": gettext_lazy("consent to the image in e-mails given"),
    "consent.tracking_image.withdrawn": gettext_lazy("consent to the image in e-mails withdrawn"),
    "push.subscribed": gettext_lazy("notifications of the app turned on"),
    "push.unsubscribed": gettext_lazy("notifications of the app turned off"),
    "app.joined": gettext_lazy("joined the app"),
    "app.left": gettext_lazy("left the app"),
    "app.ended": gettext_lazy("app ended by staff"),
}
_STAFF: Final = re.compile(r"staff:(\d+)")


@value_class
class Step:
    at: datetime
    what: "str | Promise"
    who: str


def steps_of(desk: Desk, patient: Patient) -> list[Step]:
    """The newest steps first, in two queries; an action that has no words here is shown as it is called."""
    entries = desk.practice.audit_entries.filter(object_type="patient", object_id=patient.pk)
    rows = list(entries.order_by("-id")[:SHOWN])
    names = _names({row.actor for row in rows})
    return [Step(at=row.at, what=ACTIONS.get(row.action, row.action), who=_who(row.actor, names)) for row in rows]


def _names(actors: set[str]) -> dict[str, str]:
    ids = [int(match[1]) for actor in actors if (match := _STAFF.fullmatch(actor))]
    return {f"staff:{user.pk}": user.name or user.email for user in StaffUser.objects.filter(id__in=ids)}


def _who(actor: str, names: dict[str, str]) -> str:
    if actor in names:
        return names[actor]
    sort = actor.partition(":")[0]
    return {"patient": _("the patient"), "key": _("another system"), "system": _("by itself")}.get(sort, actor)
