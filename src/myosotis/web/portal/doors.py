"""Who may come to the public pages (everybody, within limits), and how a form is known again: by a secret in its address."""

import re
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from myosotis.flows import time_held
from myosotis.links.tokens import ALPHABET
from myosotis.store.apart import scope
from myosotis.store.apart.scope import Why
from myosotis.store.models import Doctor, Hold
from myosotis.store.sealing import hash_secret
from myosotis.web import openings, pages

KEY_LENGTH: Final = 22
"""Base62 characters of a form's key: 130 random bits."""
HOLDING: Final = 10
"""What taking a time costs of the openings of a minute."""
COOKIE: Final = "held"
"""The key of the form that this browser has open, so that a second time replaces the first; needed for that alone."""
COOKIE_PATH: Final = "/d/"
SHOWN: Final = ("practice", "service", "calendar__doctor", "calendar__address", "visit__patient")
_KEY: Final = re.compile(rf"[0-9A-Za-z]{{{KEY_LENGTH}}}", re.ASCII)

Page = Callable[..., HttpResponse]
FormPage = Callable[[HttpRequest, Hold], HttpResponse]


def new_key() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(KEY_LENGTH))


def looks_like_key(text: str) -> bool:
    return _KEY.fullmatch(text) is not None


def hold_of(key: str) -> Hold | None:
    """The hold behind a form's key, with all that its pages show."""
    if not looks_like_key(key):
        return None
    rows = Hold.objects.filter(key_hash=hash_secret(key))
    with scope.across(Why.FORM):
        practice_id = rows.values_list("practice_id", flat=True).first()
    if practice_id is None:
        return None
    with scope.of_practice(practice_id):
        held = rows.select_related(*SHOWN).first()
    erased = held is not None and held.visit is not None and held.visit.patient.erased_at is not None
    return None if erased else held


def practice_of(slug: str) -> int | None:
    """The practice of the doctor with this public address; None where nobody has it."""
    with scope.across(Why.PROFILE):
        return Doctor.objects.filter(slug=slug).exclude(slug="").values_list("practice_id", flat=True).first()


def own_hold(request: HttpRequest) -> Hold | None:
    """What this browser holds just now."""
    held = hold_of(request.COOKIES.get(COOKIE, ""))
    return held if held is not None and held.released_at is None else None


def remember(response: HttpResponse, key: str) -> None:
    """Let the browser say which form it has open, for as long as a hold and its second chance last."""
    response.set_cookie(
        COOKIE,
        key,
        max_age=2 * time_held.LASTS,
        path=COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def public(view: Page) -> Page:
    """A doctor's page, for everybody; limited like the opening of links. What leads nowhere looks like any wrong link."""

    @wraps(view)
    def page(request: HttpRequest, **named: str) -> HttpResponse:
        if not openings.spend(request, HOLDING if request.method == "POST" else 1):
            return pages.sorry(request, "patient/too_many.html", 429)
        practice_id = practice_of(named["slug"])
        with translation.override(pages.language_of(request)):
            if practice_id is None:
                return pages.unknown(request)
            with scope.of_practice(practice_id):
                return view(request, **named)

    return page


def of_form(view: FormPage) -> Page:
    """A page of the form behind a key; kept in no cache. A wrong key is told nothing and costs as much as a wrong link."""

    @wraps(view)
    def page(request: HttpRequest, key: str) -> HttpResponse:
        if not openings.spend(request, 1):
            return pages.sorry(request, "patient/too_many.html", 429)
        held = hold_of(key)
        if held is None:
            openings.spend(request, openings.WRONG - 1)
            return pages.unknown(request)
        with scope.of_practice(held.practice_id), translation.override(pages.language_of(request)):
            return pages.private(view(request, held))

    return page


def key_of(request: HttpRequest) -> str:
    """The key in a form's own address."""
    return request.path.split("/")[2]
