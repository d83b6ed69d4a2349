"""How the pages before signing in are made, and how one gets in."""

from collections.abc import Mapping
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from myosotis import clock
from myosotis.flows import rate_limits
from myosotis.store.models import StaffUser
from myosotis.web import openings
from myosotis.web.desk.doors.framed import AT_THE_ENTRANCE
from myosotis.web.pages import private


def answer(request: HttpRequest, template: str, context: Mapping[str, Any], status: int = 200) -> HttpResponse:
    """A page at the entrance, in the language chosen there or the browser's; never kept."""
    return private(render(request, template, {"layout": AT_THE_ENTRANCE, **context}, status=status))


def too_many(request: HttpRequest, what: str, allowed: int) -> HttpResponse | None:
    """The page that says so, where one place on the network asked for `what` too often within a minute."""
    now = clock.wall()
    name = f"{what}:{openings.disguised(openings.place_of(request), now)}"
    return answer(request, "429.html", {}, 429) if rate_limits.spend(name, 1, now) > allowed else None


def let_in(request: HttpRequest, user: StaffUser, to: str) -> HttpResponse:
    """Sign in whoever has just set the first password of a new account: there is no second factor to ask for yet."""
    login(request, user)
    record_authentication(request, user, method="password", email=user.email)
    return HttpResponseRedirect(to)
