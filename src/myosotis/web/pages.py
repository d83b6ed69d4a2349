"""How a patient's page is made: its language, its frame, and the page for a link that leads nowhere."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from myosotis.domain.words import Language
from myosotis.links import Purpose
from myosotis.store.models import Message
from myosotis.web.links import message_of, too_many

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Message, P], HttpResponse]


def of_link(purpose: Purpose) -> Callable[[View[P]], Callable[Concatenate[HttpRequest, str, P], HttpResponse]]:
    """A page behind a link: finds the message, speaks its patient's language, and is no help in guessing."""

    def decorate(view: View[P]) -> Callable[Concatenate[HttpRequest, str, P], HttpResponse]:
        @wraps(view)
        def page(request: HttpRequest, token: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if too_many(request):
                return sorry(request, "patient/too_many.html", 429)
            message = message_of(token, purpose)
            if message is None or message.patient is None or message.patient.erased_at is not None:
                return sorry(request, "patient/unknown.html", 404)
            with translation.override(language_of(request, message)):
                return _private(view(request, message, *args, **kwargs))

        return page

    return decorate


def language_of(request: HttpRequest, message: Message) -> Language:
    """What the reader chose on the page, else the card's language, else the practice's."""
    chosen = request.GET.get("lang", "")
    if chosen in set(Language):
        return Language(chosen)
    card = message.patient.language if message.patient else ""
    return Language(card or message.practice.language)


def answer(
    request: HttpRequest, message: Message, template: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """A patient's page in the frame of the practice."""
    language = language_of(request, message)
    others = {Language.PL: (Language.EN, "English"), Language.EN: (Language.PL, "Polski")}
    frame = {"practice": message.practice, "language": language, "other_language": others[language]}
    return render(request, template, {**frame, **context}, status=status)


def sorry(request: HttpRequest, template: str, status: int) -> HttpResponse:
    """The one kind page for every link that leads nowhere: no hint whether it ever did."""
    return _private(render(request, template, {"language": translation.get_language()}, status=status))


def _private(response: HttpResponse) -> HttpResponse:
    """Kept in no cache, found by no search engine."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
