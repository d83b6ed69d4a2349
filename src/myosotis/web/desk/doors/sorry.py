"""Pages at the desk for what leads nowhere, was not accepted, or is not for somebody."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from myosotis.web.desk.doors.framed import AT_THE_ENTRANCE, around, language_of
from myosotis.web.pages import private


def unknown(request: HttpRequest) -> HttpResponse:
    """No such address under `/desk/`."""
    return _sorry(request, "desk/doors/unknown.html", 404)


def not_accepted(request: HttpRequest) -> HttpResponse:
    """A form without its secret."""
    return _sorry(request, "desk/doors/not_accepted.html", 403)


def broken(request: HttpRequest) -> HttpResponse:
    """Something went wrong here: nothing is asked of the database, which may be what is wrong."""
    return private(render(request, "desk/doors/broken.html", {"layout": AT_THE_ENTRANCE}, status=500))


@require_safe
def nowhere(request: HttpRequest) -> HttpResponse:
    """`/desk/nowhere`: somebody signed in who is on no practice's staff (any more)."""
    return _sorry(request, "desk/doors/nowhere.html", 403)


def _sorry(request: HttpRequest, template: str, status: int) -> HttpResponse:
    with translation.override(language_of(request)):
        return private(render(request, template, around(request), status=status))
