"""Wizyta: the visit with its messages and what happened to it."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.frame import answer
from myosotis.web.desk.visits.seen import seen


@require_safe
@staff(*ANYBODY)
def visit(request: HttpRequest, desk: Desk, visit_id: int) -> HttpResponse:
    """`/desk/visits/<id>`: a page, or a piece for the drawer."""
    template = "desk/visits/visit.piece.html" if request.headers.get("HX-Request") else "desk/visits/visit.html"
    return answer(request, desk, template, {"visit": seen(desk, visit_id)})
