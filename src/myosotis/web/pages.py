"""How a patient's page is made: its language, its frame, and the page for a link that leads nowhere."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from myosotis.domain.words import Language
from myosotis.store.models import Practice

OTHER: Final = {Language.PL: (Language.EN, "English"), Language.EN: (Language.PL, "Polski")}


def language_of(request: HttpRequest, *wishes: str) -> Language:
    """What the reader chose on the page, else the first wish that there is, else the browser's."""
    chosen = request.GET.get("lang", "")
    for wish in (chosen, *wishes):
        if wish in set(Language):
            return Language(wish)
    return Language.EN if (translation.get_language() or "").startswith("en") else Language.PL


def kept_query(request: HttpRequest, **more: str) -> str:
    """The query that keeps the chosen language from page to page: "?lang=en", or nothing."""
    chosen = request.GET.get("lang", "")
    query = urlencode({**more, **({"lang": chosen} if chosen in set(Language) else {})})
    return f"?{query}" if query else ""


def answer(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    practice: Practice | None = None,
    language: Language | None = None,
    status: int = 200,
) -> HttpResponse:
    """A page in the frame of a practice, or in none; in the language of the browser where no other is given."""
    spoken = language or language_of(request)
    other, name = OTHER[spoken]
    switch = urlencode({**{key: value for key, value in request.GET.items() if key != "lang"}, "lang": other})
    frame = {
        "practice": practice,
        "language": spoken,
        "other_language": {"code": other, "name": name, "query": f"?{switch}"},
        "keep": kept_query(request),
        "and_keep": kept_query(request).replace("?", "&"),
    }
    with translation.override(spoken):
        response = render(request, template, {**frame, **context}, status=status)
    response.headers["Content-Language"] = spoken.value
    return response


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
    return private(answer(request, template, {}, status=status))


def private(response: HttpResponse) -> HttpResponse:
    """Kept in no cache, found by no search engine."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
