"""How a patient's page is made: its language, its frame, and the page for a link that leads nowhere."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation

from myosotis.domain.words import Language
from myosotis.flows.errors import NotFound
from myosotis.links import Purpose
from myosotis.store.models import Message
from myosotis.web.links import message_of
from myosotis.web.openings import WRONG, openings, place_of

View = Callable[[HttpRequest, Message], HttpResponse]
Page = Callable[..., HttpResponse]
"""Called by Django with the request, and the token by name."""

OTHER: Final = {Language.PL: (Language.EN, "English"), Language.EN: (Language.PL, "Polski")}


def of_link(purpose: Purpose) -> Callable[[View], Page]:
    """A page behind a link: finds the message, speaks its patient's language, and is no help in guessing."""

    def decorate(view: View) -> Page:
        @wraps(view)
        def page(request: HttpRequest, token: str) -> HttpResponse:
            if not openings.spend(place_of(request), 1):
                return sorry(request, "patient/too_many.html", 429)
            message = message_of(token, purpose)
            if message is None:
                openings.spend(place_of(request), WRONG - 1)
                return unknown(request)
            with translation.override(language_of(request, message)):
                try:
                    return private(view(request, message))
                except NotFound:  # gone between our look and the flow's
                    return unknown(request)

        return page

    return decorate


def language_of(request: HttpRequest, message: Message | None) -> Language:
    """What the reader chose on the page, else the card's language, else the practice's, else the browser's."""
    chosen = request.GET.get("lang", "")
    if chosen in set(Language):
        return Language(chosen)
    if message is None:
        return Language.EN if (translation.get_language() or "").startswith("en") else Language.PL
    card = message.patient.language if message.patient else ""
    return Language(card or message.practice.language)


def kept_query(request: HttpRequest, **more: str) -> str:
    """The query that keeps the chosen language from page to page: "?lang=en", or nothing."""
    chosen = request.GET.get("lang", "")
    query = urlencode({**more, **({"lang": chosen} if chosen in set(Language) else {})})
    return f"?{query}" if query else ""


def answer(
    request: HttpRequest, message: Message | None, template: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """A patient's page: in the frame of the practice, and without a message in no frame."""
    language = language_of(request, message)
    other, name = OTHER[language]
    switch = urlencode({**({"done": request.GET["done"]} if "done" in request.GET else {}), "lang": other})
    frame = {
        "practice": message.practice if message else None,
        "language": language,
        "other_language": {"code": other, "name": name, "query": f"?{switch}"},
        "keep": kept_query(request),
    }
    with translation.override(language):
        response = render(request, template, {**frame, **context}, status=status)
    response.headers["Content-Language"] = language.value
    return response


def back(request: HttpRequest, done: str = "") -> HttpResponse:
    """Back to the page of this link, which says what happened; loading it again does nothing twice."""
    token = request.path.split("/")[1]
    return HttpResponseRedirect(f"/{token}{kept_query(request, **({'done': done} if done else {}))}")


def unknown(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The one kind page for every link that leads nowhere: no hint whether it ever led anywhere (also `handler404`)."""
    del exception
    return sorry(request, "patient/unknown.html", 404)


def not_accepted(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Instead of Django's page for a form without its secret: an old page, or cookies refused (`CSRF_FAILURE_VIEW`)."""
    del reason
    return sorry(request, "patient/not_accepted.html", 403)


def broken(request: HttpRequest) -> HttpResponse:
    """Instead of Django's bare words when something went wrong here (`handler500`)."""
    return sorry(request, "patient/broken.html", 500)


def sorry(request: HttpRequest, template: str, status: int) -> HttpResponse:
    """A page about nothing in particular, in the language of the browser."""
    return private(answer(request, None, template, {}, status))


def private(response: HttpResponse) -> HttpResponse:
    """Kept in no cache, found by no search engine."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
