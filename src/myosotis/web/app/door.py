"""The door of the app: the secret in a phone's cookie says which installation it is, and the cards who still is on it."""

import secrets
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import wraps
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from myosotis import clock
from myosotis.domain.words import Language
from myosotis.flows import app_used
from myosotis.flows.errors import NotFound
from myosotis.store import installations
from myosotis.store.apart import scope
from myosotis.store.models import Installation, Member, Visit
from myosotis.value_class import value_class
from myosotis.web import pages
from myosotis.web.openings import WRONG, spend
from myosotis.web.reached import Page, Reached, View, served

COOKIES: Final = {True: "__Host-installation", False: "installation"}
"""By whether there is https: then no neighbouring host, and nobody on the way, can plant a secret that they know on a phone
and look on as people join with it."""
KEPT: Final = timedelta(days=400)
"""The longest that browsers keep a cookie; each day of use begins it anew."""
STATE: Final = "App-State"
"""Tells the service worker whether this page may be kept for when there is no network."""
JOINED, NOBODY = "joined", "nobody"
SHOWN: Final = ("practice", "patient", "service", "calendar__doctor", "calendar__address")


@value_class
class Phone:
    """An installation with the people on it; there is at least one."""

    installation: Installation
    members: Sequence[Member]
    language: Language

    @property
    def patient_ids(self) -> list[int]:
        return [member.patient_id for member in self.members]

    @property
    def practice_ids(self) -> set[int]:
        """Whose rows the pages of this phone show: also of people who are on it no longer, whom its owner forgets."""
        return installations.practices_of(self.installation.pk)

    @property
    def practices(self) -> list[Any]:
        """Of these people, each once."""
        return list({member.practice_id: member.practice for member in self.members}.values())


AppView = Callable[..., HttpResponse]
"""Takes the request and the phone, and what the address names."""


def in_app(view: AppView) -> Page:
    """The door of the app's own pages; whoever is on no list is told kindly how to join."""

    @wraps(view)
    def page(request: HttpRequest, **named: Any) -> HttpResponse:
        if not spend(request, 1):
            return pages.sorry(request, "patient/too_many.html", 429)
        phone = phone_of(request)
        if phone is None:
            return signed_out(request)
        with scope.of_practices(phone.practice_ids), translation.override(phone.language):
            try:
                response = pages.private(view(request, phone, **named))
            except NotFound:  # gone between our look and the flow's
                return pages.unknown(request)
        return remembered(response, request, phone)

    return page


def of_app(view: View) -> Page:
    """The door of a visit's pages in the app: the same views that stand behind a message's link."""

    @wraps(view)
    def page(request: HttpRequest, phone: Phone, visit_uuid: UUID) -> HttpResponse:
        visit = Visit.objects.filter(uuid=visit_uuid, patient_id__in=phone.patient_ids).select_related(*SHOWN).first()
        if visit is None:
            return pages.unknown(request)
        base = f"/app/v/{visit.uuid}"
        language = phone.language.value
        at = Reached(practice=visit.practice, patient=visit.patient, visit=visit, base=base, language=language)
        with scope.of_practice(visit.practice_id):
            return served(request, at, view)

    return in_app(page)


def phone_of(request: HttpRequest) -> Phone | None:
    """The phone that a request comes from, if anybody is on it. A wrong secret costs as much as a wrong link."""
    key = request.COOKIES.get(cookie(), "")
    installation = installations.find(key)
    if installation is None:
        if key:
            spend(request, WRONG - 1)
        return None
    members = installations.members(installation, clock.now())
    if not members:
        return None
    first = members[0]
    wishes = (installation.language, first.patient.language, first.practice.language)
    return Phone(installation=installation, members=members, language=pages.language_of(request, *wishes))


def remembered(response: HttpResponse, request: HttpRequest, phone: Phone) -> HttpResponse:
    """Note that the app was used, and let the phone keep its secret."""
    app_used.note(phone.installation, clock.now(), request.GET.get("lang", "") and phone.language)
    response.headers.setdefault(STATE, JOINED)
    if response.headers[STATE] == JOINED:
        keep_key(response, request.COOKIES[cookie()])
    return response


def key_of(request: HttpRequest) -> str:
    """The secret of this phone: the one it has, if we know it, else a new one."""
    key = request.COOKIES.get(cookie(), "")
    return key if installations.find(key) is not None else secrets.token_urlsafe(24)


def keep_key(response: HttpResponse, key: str) -> None:
    """Lax: a link in a message or a push, followed from elsewhere, leads into the app; a foreign form does not."""
    secure: bool = settings.SESSION_COOKIE_SECURE
    response.set_cookie(cookie(), key, max_age=KEPT, httponly=True, samesite="Lax", secure=secure)


def drop_key(response: HttpResponse) -> None:
    response.delete_cookie(cookie(), samesite="Lax")


def cookie() -> str:
    """What the cookie with the secret is called."""
    return COOKIES[settings.SESSION_COOKIE_SECURE]


def signed_out(request: HttpRequest) -> HttpResponse:
    """For a phone that nobody is on: what the app is and how to join. A secret that opens nothing is dropped."""
    status = 200 if request.method in ("GET", "HEAD") else 403
    done = request.GET.get("done", "")
    response = pages.private(pages.answer(request, "app/signed_out.html", {"done": done}, status=status))
    response.headers[STATE] = NOBODY
    if cookie() in request.COOKIES:
        drop_key(response)
    return response


def answer(
    request: HttpRequest, phone: Phone, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A page of the app; in the frame of the practice where it is the same for everybody on the phone."""
    practices = phone.practices
    frame = {"phone": phone, "practices": practices if len(practices) > 1 else []}
    practice = practices[0] if len(practices) == 1 else None
    return pages.answer(
        request, template, {**frame, **context}, practice=practice, language=phone.language, status=status
    )
