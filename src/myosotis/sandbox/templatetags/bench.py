"""What the desk's pages show of the bench: the clock, and the tour."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.http import HttpRequest

from myosotis import clock
from myosotis.sandbox import tour
from myosotis.sandbox.tour import Tour

register = template.Library()


@register.simple_tag
def bench_time() -> datetime:
    """The virtual time in Poland."""
    return clock.now().astimezone(ZoneInfo("Europe/Warsaw"))


@register.simple_tag
def bench_tour(request: HttpRequest) -> Tour | None:
    return tour.tour_of(request)
