"""Who stands before a patient's page, and how they came there: by a message's link, or in the app.

Views take a `Reached` and ask no further, so that one view serves every way to a visit; `urls` puts a door before each.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation

from myosotis import clock
from myosotis.content.context import HOME_ZONE
from myosotis.domain.words import Kind, Language
from myosotis.flows.errors import NotFound
from myosotis.links import Purpose
from myosotis.store.cards import in_force_on
from myosotis.store.models import Message, Patient, Practice, Visit
from myosotis.value_class import value_class
from myosotis.web import openings, pages
from myosotis.web.links import followed


@value_class
class Reached:
    """What somebody has reached, with all that its page shows: the visit comes with its service, doctor and address."""

    practice: Practice
    patient: Patient | None = None
    """Whose link or app it is; None for messages that concern no patient."""
    visit: Visit | None = None
    message: Message | None = None
    """Whose link was followed; None in the app."""
    base: str = ""
    """What the addresses of the pages around begin with: `/<token>`, `/app/v/<uuid>`; empty where there are none."""
    language: str = ""
    """As chosen in the app on this phone; empty: the card's."""

    @property
    def in_app(self) -> bool:
        return self.message is None and bool(self.base)

    def lasts(self, now: datetime) -> bool:
        """Whether the link does more at `now` (UTC) than say that the visit is over (docs/rules.md 5, "Life of a link").

        Links of what is sent after a visit live on; so does the app.
        """
        if self.visit is None or self.message is None or self.message.kind in AFTER_VISIT:
            return True
        return now < self.visit.end

    def speaks_for_patient(self, now: datetime) -> bool:
        """Whether who holds the link may say at `now` (UTC) how the patient is written to.

        A link that went to the guardian leads to its visit until that ends, but says nothing more after the hand-over.
        """
        if self.patient is None or self.message is None:
            return self.patient is not None
        today = now.astimezone(self.visit.calendar.address.zone if self.visit else HOME_ZONE).date()
        sent = self.message.sent_at or self.message.created_at
        return in_force_on(today, sent, self.patient.guardian_until)

    @property
    def owns_visit(self) -> bool:
        """There is a visit, and it is still this patient's."""
        return self.visit is not None and self.patient is not None and self.visit.patient_id == self.patient.pk


AFTER_VISIT: Final = (Kind.REVIEW, Kind.REBOOK)
View = Callable[[HttpRequest, Reached], HttpResponse]
Page = Callable[..., HttpResponse]
"""Called by Django with the request, and what the address names."""


def of_link(purpose: Purpose) -> Callable[[View], Page]:
    """The door of messages' links: finds the message, speaks its patient's language, and is no help in guessing."""

    def door(view: View) -> Page:
        @wraps(view)
        def page(request: HttpRequest, token: str) -> HttpResponse:
            if not openings.spend(request, 1):
                return pages.sorry(request, "patient/too_many.html", 429)
            with followed(token, purpose) as message:
                if message is None:
                    openings.spend(request, openings.WRONG - 1)
                    return pages.unknown(request)
                return served(request, by_message(message, f"/{token}" if purpose is Purpose.OPEN else ""), view)

        return page

    return door


def by_message(message: Message, base: str = "") -> Reached:
    """What a message leads to."""
    return Reached(practice=message.practice, patient=message.patient, visit=message.visit, message=message, base=base)


def served(request: HttpRequest, at: Reached, view: View) -> HttpResponse:
    """The view's answer, in the reader's language; kept nowhere. For doors."""
    with translation.override(language_of(request, at)):
        try:
            return pages.private(view(request, at))
        except NotFound:  # gone between our look and the flow's
            return pages.unknown(request)


def language_of(request: HttpRequest, at: Reached) -> Language:
    """What the reader chose on the page, else in the app, else the card's language, else the practice's."""
    return pages.language_of(request, at.language, at.patient.language if at.patient else "", at.practice.language)


def answer(
    request: HttpRequest, at: Reached, template: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """A patient's page in the frame of the practice; templates make their addresses from `at.base`."""
    now = clock.now()
    prefers = bool(at.base) and at.lasts(now) and at.speaks_for_patient(now)
    frame = {"at": at, "preferences": f"{at.base}/preferences" if prefers else ""}
    return pages.answer(
        request, template, {**frame, **context}, practice=at.practice, language=language_of(request, at), status=status
    )


def back(request: HttpRequest, at: Reached, done: str = "") -> HttpResponse:
    """Back to the first page of what was reached, which says what happened; loading it again does nothing twice."""
    return HttpResponseRedirect(f"{at.base}{pages.kept_query(request, **({'done': done} if done else {}))}")
