"""Dziś: today's visits, what needs a hand, and what patients did."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.frame import answer


@require_safe
@staff(*ANYBODY)
def today(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/`."""
    return answer(request, desk, "desk/today/today.html")
