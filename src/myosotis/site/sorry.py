"""Pages for what leads nowhere or was not accepted: whoever is not at the desk is a patient with a link."""

from typing import Final

from django.http import HttpRequest, HttpResponse

from myosotis.web import pages
from myosotis.web.desk.doors import sorry as desk

DESK: Final = "/desk/"


def unknown(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """No such address (`handler404`)."""
    return desk.unknown(request) if request.path.startswith(DESK) else pages.unknown(request, exception)


def not_accepted(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its secret: an old page, or cookies refused (`CSRF_FAILURE_VIEW`)."""
    return desk.not_accepted(request) if request.path.startswith(DESK) else pages.not_accepted(request, reason)


def broken(request: HttpRequest) -> HttpResponse:
    """Instead of Django's bare words when something went wrong here (`handler500`)."""
    return desk.broken(request) if request.path.startswith(DESK) else pages.broken(request)
