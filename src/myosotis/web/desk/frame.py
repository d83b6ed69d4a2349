"""The frame of every page of the desk: its head, its navigation, what is said after an act, and pages that say no."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from myosotis.domain.words import Role
from myosotis.value_class import value_class

if TYPE_CHECKING:
    from myosotis.web.desk.access import Desk

CHANGED: Final = "desk:changed"
"""The event by which pieces of a page that show what was changed load themselves anew."""


@value_class
class Entry:
    """One entry of the navigation."""

    area: str
    """The folder of its pages: the entry is marked while one of them is shown."""
    view: str
    """Name of the address in `desk:`."""
    label: "str | Promise"
    icon: str
    key: str
    """Typed after `g`, it leads there."""
    roles: tuple[Role, ...] = tuple(Role)
    within: tuple[str, ...] = ()
    """Folders of other pages to which it leads: it is marked there too."""

    @property
    def url(self) -> str:
        return reverse(f"desk:{self.view}")


IN_SETTINGS: Final = ("setup", "staff", "communication", "providers", "keys", "imports", "audit")

NAVIGATION: Final = (
    Entry(area="today", view="today", label=_("Today"), icon="sun", key="t"),
    Entry(area="schedule", view="schedule", label=_("Schedule"), icon="calendar-week", key="k"),
    Entry(area="patients", view="patients", label=_("Patients"), icon="people", key="p"),
    Entry(area="messages", view="outbox", label=_("Messages"), icon="send", key="o"),
    Entry(area="calls", view="calls", label=_("To call"), icon="telephone", key="d"),
    Entry(area="offers", view="offers", label=_("Offers"), icon="lightning", key="e"),
    Entry(area="opinions", view="opinions", label=_("Opinions"), icon="star", key="n"),
    Entry(area="statistics", view="statistics", label=_("Statistics"), icon="graph-up", key="s"),
    Entry(area="settings", view="settings", label=_("Settings"), icon="gear", key="u", within=IN_SETTINGS),
)


def answer(
    request: HttpRequest, desk: "Desk", template: str, context: Mapping[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """A page or a piece of one. Pages extend `desk/base.html`; pieces are asked for by htmx."""
    return render(request, template, {**around(request, desk), **(context or {})}, status=status)


def around(request: HttpRequest, desk: "Desk") -> dict[str, Any]:
    """What `desk/base.html` shows around every page."""
    return {
        "desk": desk,
        "practice": desk.practice,
        "language": desk.language,
        "navigation": [entry for entry in NAVIGATION if desk.may(entry.roles)],
        "area": area_of(request),
    }


def area_of(request: HttpRequest) -> str:
    """The folder in which the view of this request stands."""
    match = request.resolver_match
    return match.func.__module__.removeprefix(f"{__package__}.").partition(".")[0] if match else ""


def say(request: HttpRequest, text: "str | Promise", *, undo: str = "") -> None:
    """Say what was done, on this page or the next; `undo` is the address that takes it back (by POST, within 60 s).

    No patient's data: what is said is kept in the session until it was shown.
    """
    messages.success(request, str(text), extra_tags=undo)


def warn(request: HttpRequest, text: "str | Promise") -> None:
    """Say what was not done, and why; no patient's data, as above."""
    messages.warning(request, str(text))


def append_said(request: HttpRequest, response: HttpResponse) -> None:
    """What is to be said goes along with a piece of a page; whole pages say it by themselves."""
    html = response.get("Content-Type", "").startswith("text/html")
    if request.headers.get("HX-Request") and html and not response.has_header("HX-Redirect"):
        said = list(messages.get_messages(request))
        if said:
            response.content += render_to_string("desk/said.html", {"said": said, "piece": True}, request).encode()


def done(request: HttpRequest, url: str) -> HttpResponse:
    """After a change: by htmx, the pieces around load themselves anew; otherwise the page at `url` is shown."""
    if request.headers.get("HX-Request"):
        response = HttpResponse(content_type="text/html; charset=utf-8")
        response["HX-Trigger"] = CHANGED
        response["HX-Reswap"] = "none"
        return response
    return HttpResponse(status=303, headers={"Location": url})


def forbidden(request: HttpRequest, desk: "Desk") -> HttpResponse:
    """A page that is not for this role."""
    return answer(request, desk, "desk/forbidden.html", status=403)


def unknown(request: HttpRequest, desk: "Desk") -> HttpResponse:
    """No such thing in this practice; whether another has it is not told."""
    return answer(request, desk, "desk/unknown.html", status=404)
