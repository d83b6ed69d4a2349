"""Dziś: today's visits, what needs a hand, and what patients did."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from myosotis import clock
from myosotis.flows.errors import NotFound
from myosotis.store.home import home_zone
from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.frame import answer
from myosotis.web.desk.today.panels import PANELS


@require_safe
@staff(*ANYBODY)
def today(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/`."""
    now = clock.now()
    shown = {name: panel(desk, now) for name, panel in PANELS.items()}
    return answer(request, desk, "desk/today/today.html", {"zone": home_zone(desk.practice.pk), "now": now, **shown})


@require_safe
@staff(*ANYBODY)
def piece(request: HttpRequest, desk: Desk, name: str) -> HttpResponse:
    """`/desk/today/<name>`: one piece of the page, as it is by now."""
    if name not in PANELS:
        raise NotFound("piece")
    return answer(request, desk, f"desk/today/{name}.html", {name: PANELS[name](desk, clock.now())})
