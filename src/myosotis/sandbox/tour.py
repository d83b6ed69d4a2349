"""The short tour of the demo practice: book a visit, see what is planned for it, move time, see what arrived.

A step is done when it was really done, whichever way: nothing is clicked through.
"""

from datetime import datetime
from typing import Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from myosotis.domain.words import Via
from myosotis.flows.records import Happened
from myosotis.store.models import AuditEntry, StaffUser, Visit, VisitLog
from myosotis.value_class import value_class

OFF: Final = "tour_off"
SINCE: Final = "tour_since"
PHONE: Final = "tour_phone"
"""Keys of the session."""


@value_class
class Step:
    """One step as it is shown."""

    title: "str | Promise"
    words: "str | Promise"
    link: "str | Promise"
    url: str
    done: bool


@value_class
class Tour:
    """The steps, and the one to take now; None after the last."""

    steps: tuple[Step, ...]

    @property
    def now(self) -> Step | None:
        return next((step for step in self.steps if not step.done), None)

    @property
    def number(self) -> int:
        """Of the step to take now, from 1."""
        return sum(step.done for step in self.steps) + 1


def begin(request: HttpRequest, now: datetime) -> None:
    """From here on (UTC) counts what is done; entering again as another role does not begin anew."""
    request.session.setdefault(SINCE, now.isoformat())


def tour_of(request: HttpRequest) -> Tour | None:
    """Where somebody stands in the tour; None for somebody who put it away, or did not come by the bench."""
    since = request.session.get(SINCE)
    if since is None or request.session.get(OFF) or not isinstance(request.user, StaffUser):
        return None
    visit = _booked(request.user, datetime.fromisoformat(since))
    told = visit is not None and visit.messages.filter(sent_at__isnull=False).exists()
    at_visit = reverse("desk:visit", args=[visit.pk]) if visit else reverse("desk:schedule")
    return Tour(
        steps=(
            Step(
                title=_("Book a visit"),
                words=_(
                    "Choose a free time in the calendar, find a patient (try “kow”), and book. Nothing leaves this machine."
                ),
                link=_("Open the calendar"),
                url=reverse("desk:schedule"),
                done=visit is not None,
            ),
            Step(
                title=_("See what is planned"),
                words=_("The visit shows every message that will go, when and why; or why one will not."),
                link=_("Open the visit"),
                url=at_visit,
                done=visit is not None and _was_read(request.user, visit),
            ),
            Step(
                title=_("Move time"),
                words=_(
                    "For a minute everything can be undone; then the first message goes. Press “+1 h” in the bar above."
                ),
                link=_("Open the visit"),
                url=at_visit,
                done=told,
            ),
            Step(
                title=_("See what arrived"),
                words=_("Look at the patient's phone: the message, its links, and what the patient can do with them."),
                link=_("Open the phone"),
                url=reverse("sandbox:tour-phone", args=[visit.patient_id]) if visit else reverse("sandbox:bench"),
                done=bool(request.session.get(PHONE)) and told,
            ),
        )
    )


def _booked(user: StaffUser, since: datetime) -> Visit | None:
    """The first visit that somebody booked at the desk since then."""
    booked = VisitLog.objects.filter(staff_user=user, what=Happened.BOOKED, via=Via.DESK, at__gte=since)
    entry = booked.select_related("visit").order_by("pk").first()
    return entry.visit if entry else None


def _was_read(user: StaffUser, visit: Visit) -> bool:
    return AuditEntry.objects.filter(
        practice_id=visit.practice_id, actor=f"staff:{user.pk}", action="visit.read", object_id=visit.pk
    ).exists()
