"""How much one request may bring: a form is read before anybody knows who sends it."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponse

LARGEST: Final = 64 * 1024 * 1024
"""Bytes. More than the largest file that is taken, so that whoever brings one too large reads why in the form."""

Answer = Callable[[HttpRequest], HttpResponse]


def bounded(answer: Answer) -> Answer:
    """Turn away what is larger, before any of it is read (a middleware). What says no length has no body for Django."""

    def guarded(request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and len(length) < len(str(LARGEST)) + 1 and int(length) <= LARGEST:
            return answer(request)
        return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    return guarded
