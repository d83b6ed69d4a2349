"""The bell in the head of every page, asked every ten seconds, and the list behind it."""

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from myosotis import clock
from myosotis.content.reasons import date_and_time
from myosotis.flows import notices_seen
from myosotis.store import notices
from myosotis.store.home import home_zone
from myosotis.store.notices import Notice, What
from myosotis.value_class import value_class
from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.frame import CHANGED, answer, done

FIRST_DAY: Final = timedelta(days=1)
"""Whoever never looked at the notices is told of no more than that."""
SAID_ALONE: Final = 3
"""More at once are said as a number."""

WORDS: Final[dict[What, "str | Promise"]] = {
    What.BOOKED: gettext_lazy("A patient booked a visit online"),
    What.CONFIRMED: gettext_lazy("A patient confirmed a visit"),
    What.MOVED: gettext_lazy("A patient moved a visit"),
    What.CANCELLED: gettext_lazy("A patient cancelled a visit"),
    What.TOOK_OFFER: gettext_lazy("A patient took an offer of an earlier time"),
    What.WROTE: gettext_lazy("A patient wrote"),
    What.STOPPED: gettext_lazy("A patient wants no more SMS"),
    What.OPINION: gettext_lazy("A patient gave an opinion"),
}
ICONS: Final = {
    What.BOOKED: "calendar-plus",
    What.CONFIRMED: "calendar-check",
    What.MOVED: "arrow-left-right",
    What.CANCELLED: "calendar-x",
    What.TOOK_OFFER: "lightning",
    What.WROTE: "chat-left-text",
    What.STOPPED: "send-x",
    What.OPINION: "star",
}


@value_class
class Shown:
    """One notice of the list."""

    notice: Notice
    words: "str | Promise"
    icon: str
    zone: ZoneInfo
    new: bool


@require_safe
@staff(*ANYBODY)
def listed(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/notices`: what patients did in the last days; once shown it counts as seen."""
    now = clock.now()
    home, seen_until = home_zone(desk.practice.pk), _seen_until(desk, now)
    rows = notices.latest(desk.practice, now - notices.KEPT, doctor_id=_doctor(desk))
    shown = [
        Shown(
            notice=row,
            words=WORDS[row.what],
            icon=ICONS[row.what],
            zone=home if row.visit is None else row.visit.calendar.address.zone,
            new=row.at > seen_until,
        )
        for row in rows
    ]
    return answer(request, desk, "desk/notices/notices.html", {"shown": shown, "home": home, "until": now.isoformat()})


@require_safe
@staff(*ANYBODY)
def bell(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/notices/bell`: how much is new; nothing at all if nothing changed since `mark`, what the page knows.

    Otherwise the pieces of the page load themselves anew, unless they just did (`quiet`).
    """
    now = clock.now()
    mark = _Mark.of(desk, now)
    known = _Mark.read(request.GET.get("mark", ""))
    if known is not None and known.same_as(mark):
        return HttpResponse(status=204)
    if known is not None:
        _say(request, desk, notices.latest(desk.practice, known.at, doctor_id=_doctor(desk)))
    shown = {
        "mark": str(mark),
        "new": notices.count(desk.practice, _seen_until(desk, now), doctor_id=_doctor(desk)),
        "waiting": desk.incoming().filter(handled_at=None).count(),
    }
    response = answer(request, desk, "desk/notices/bell.piece.html", shown)
    if known is not None and known.state != mark.state and not request.GET.get("quiet"):
        response["HX-Trigger-After-Swap"] = CHANGED  # after the swap: whoever hears it asks by the new mark
    return response


@require_POST
@staff(*ANYBODY)
def seen(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/notices/seen`: the page with the notices up to `until` was shown."""
    now = clock.now()
    try:
        until = datetime.fromisoformat(request.POST.get("until", ""))
    except ValueError:
        until = now
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    notices_seen.see(
        practice=desk.practice, membership_id=desk.membership.pk, until=max(until, now - notices.KEPT), now=now
    )
    return done(request, reverse("desk:notices"))


@value_class
class _Mark:
    """What a page knows: the state of the practice, up to when its user has seen the notices, and when it asked."""

    state: str
    seen: int
    at: datetime

    @classmethod
    def of(cls, desk: Desk, now: datetime) -> "_Mark":
        seen_at = desk.membership.seen_at
        return cls(state=notices.state(desk.practice), seen=0 if seen_at is None else int(seen_at.timestamp()), at=now)

    @classmethod
    def read(cls, given: str) -> "_Mark | None":
        state, _, rest = given.partition(".")
        seen, _, at = rest.partition(".")
        try:
            return cls(state=state, seen=int(seen), at=datetime.fromtimestamp(int(at) / 1_000_000, UTC))
        except (ValueError, OverflowError, OSError):
            return None

    def same_as(self, other: "_Mark") -> bool:
        return (self.state, self.seen) == (other.state, other.seen)

    def __str__(self) -> str:
        return f"{self.state}.{self.seen}.{int(self.at.timestamp() * 1_000_000)}"


def _say(request: HttpRequest, desk: Desk, new: list[Notice]) -> None:
    """Said on the page as it happens, without a name; more than a few at once as a number."""
    if len(new) > SAID_ALONE:
        messages.info(request, _("New notices: %(number)d") % {"number": len(new)})
        return
    for notice in reversed(new):
        messages.info(request, _worded(notice, desk))


def _worded(notice: Notice, desk: Desk) -> str:
    words = str(WORDS[notice.what])
    if notice.visit is None or notice.start is None:
        return words
    return f"{words}: {date_and_time(notice.start, notice.visit.calendar.address.zone, desk.language)}"


def _seen_until(desk: Desk, now: datetime) -> datetime:
    return desk.membership.seen_at or now - FIRST_DAY


def _doctor(desk: Desk) -> int | None:
    """Whose calendars alone are looked at; None: all."""
    return None if desk.sees_all else (desk.membership.doctor_id or 0)
