"""The index of the settings."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.frame import answer


@require_safe
@staff(*ANYBODY)
def settings(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/settings`."""
    return answer(request, desk, "desk/settings/index.html")
