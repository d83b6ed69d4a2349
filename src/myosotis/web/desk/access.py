"""Who may see a page of the desk. Every view declares its roles by `staff`, and gets a `Desk` to reach rows through.

A view takes rows from its `Desk` only: what that reaches is of the practice, and for a doctor of the own calendars
(docs/rules.md 1 and 7.7).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_cache_control

from myosotis.domain.words import Language, Role
from myosotis.flows import actor
from myosotis.flows.actor import Actor
from myosotis.flows.errors import NotFound
from myosotis.store.apart import scope
from myosotis.store.apart.scope import Why
from myosotis.store.models import (
    Calendar,
    Doctor,
    IncomingMessage,
    Membership,
    Message,
    Offer,
    Opinion,
    Practice,
    StaffUser,
    Visit,
)
from myosotis.value_class import value_class
from myosotis.web.desk import frame
from myosotis.web.desk.doors import idle

M = TypeVar("M", bound=Model)

ANYBODY: Final = (Role.OWNER, Role.DOCTOR, Role.RECEPTIONIST)
"""Everybody on the staff of a practice; a doctor sees the own calendars only."""
OFFICE: Final = (Role.OWNER, Role.RECEPTIONIST)
"""Who looks after all calendars."""
OWNER: Final = (Role.OWNER,)
"""Staff, keys, providers and what the practice answers for by law."""

PRACTICE_KEY: Final = "practice"
"""In the session: the practice that somebody of several works in."""


@value_class
class Desk:
    """Somebody of the staff, at work in a practice."""

    user: StaffUser
    membership: Membership
    practice: Practice
    others: tuple[Membership, ...] = ()
    """Where else they work."""

    @property
    def role(self) -> Role:
        return Role(self.membership.role)

    @property
    def language(self) -> Language:
        return Language(self.user.language)

    @property
    def actor(self) -> Actor:
        return actor.staff(self.user.pk)

    @property
    def sees_all(self) -> bool:
        """All calendars, not only the own ones."""
        return self.role is not Role.DOCTOR

    def may(self, roles: tuple[Role, ...]) -> bool:
        return self.role in roles

    def doctors(self) -> "QuerySet[Doctor]":
        return self._own(self.practice.doctors.all(), "pk")

    def calendars(self) -> "QuerySet[Calendar]":
        """With doctor and address, in the order of their names."""
        rows = self.practice.calendars.select_related("doctor", "address")
        return self._own(rows, "doctor_id").order_by("doctor__name", "address__city", "address__street", "pk")

    def visits(self) -> "QuerySet[Visit]":
        return self._own(self.practice.visits.all(), "calendar__doctor_id")

    def own_visits(self) -> Q:
        """Of visits of the practice: those that this desk reaches."""
        return Q() if self.sees_all else Q(calendar__doctor=self.membership.doctor_id)

    def messages(self) -> "QuerySet[Message]":
        return self._own(self.practice.messages.all(), "visit__calendar__doctor_id")

    def incoming(self) -> "QuerySet[IncomingMessage]":
        """A doctor sees replies about the own visits; those that nobody can place are for the office."""
        return self._own(self.practice.incoming_messages.all(), "about__visit__calendar__doctor_id")

    def offers(self) -> "QuerySet[Offer]":
        return self._own(self.practice.offers.all(), "calendar__doctor_id")

    def opinions(self) -> "QuerySet[Opinion]":
        return self._own(self.practice.opinions.all(), "doctor_id")

    def _own(self, rows: "QuerySet[M]", doctor: str) -> "QuerySet[M]":
        if self.sees_all:
            return rows
        return rows.filter(Q(**{doctor: self.membership.doctor_id}) & Q(**{f"{doctor}__isnull": False}))


View = Callable[..., HttpResponse]
"""Takes the request, the `Desk`, and what the address names."""


def staff(*roles: Role) -> Callable[[View], View]:
    """The door of a page: signed in, and in one of these roles in the practice that is worked in."""

    def door(view: View) -> View:
        @wraps(view)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            idle.end(request)
            desk = desk_of(request)
            if desk is None:
                return _away(request)
            with scope.of_practice(desk.practice.pk), translation.override(desk.language):
                try:
                    response = (
                        view(request, desk, *args, **kwargs) if desk.may(roles) else frame.forbidden(request, desk)
                    )
                except NotFound:
                    response = frame.unknown(request, desk)
                frame.append_said(request, response)
            idle.touch(request)
            patch_cache_control(response, no_store=True)
            return response

        page.roles = roles  # type: ignore[attr-defined] # read by the walk over all routes
        return page

    return door


def desk_of(request: HttpRequest) -> Desk | None:
    """The desk at which the request is made; None for somebody who is not signed in, or works nowhere."""
    user = request.user
    if not isinstance(user, StaffUser):
        return None
    with scope.across(Why.SIGN_IN):
        rows = user.memberships.select_related("practice", "doctor").order_by("pk")
        memberships = {row.practice_id: row for row in rows}
    if not memberships:
        return None
    chosen = request.session.get(PRACTICE_KEY)
    membership = memberships[chosen] if chosen in memberships else next(iter(memberships.values()))
    others = tuple(row for row in memberships.values() if row is not membership)
    return Desk(user=user, membership=membership, practice=membership.practice, others=others)


def _away(request: HttpRequest) -> HttpResponse:
    """To signing in, and back here afterwards; a piece of a page that has lost its session takes the whole page along."""
    stranger = request.user.is_authenticated  # but on no practice's staff
    begin = reverse("desk:nowhere" if stranger else "account_login")
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=204)
        response["HX-Redirect"] = begin
        return response
    asked = request.method in ("GET", "HEAD") and not stranger
    back = urlencode({"next": request.get_full_path()}) if asked else ""
    return HttpResponseRedirect(f"{begin}?{back}" if back else begin)
