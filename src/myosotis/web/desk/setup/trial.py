"""The step of the set-up that sends a message to oneself, and shows what becomes of it."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from myosotis import clock
from myosotis.content import reasons
from myosotis.domain.lifecycle import PENDING
from myosotis.domain.words import Channel, Kind, MessageStatus, Reason, SubjectType
from myosotis.flows import trial_sent
from myosotis.store.models import Calendar, Message
from myosotis.web.desk.access import OWNER, Desk, staff
from myosotis.web.desk.frame import answer
from myosotis.web.desk.settings.forms import saved, typed
from myosotis.web.desk.setup import pages, progress
from myosotis.web.desk.setup.forms import TrialStep


@require_http_methods(pages.READ_AND_WRITE)
@staff(*OWNER)
def setup_trial(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/setup/trial`."""
    calendar = progress.first_of(desk.practice).calendar
    if calendar is None:
        return pages.waits(request, desk, "trial")
    open_ways = [way for way in (Channel.EMAIL, Channel.SMS) if way in progress.channels(desk.practice)]
    choices = [(way.value, reasons.channel_name(way, desk.language)) for way in open_ways]
    initial = {"channel": choices[0][0] if choices else "", "email": desk.user.email}
    form = TrialStep(choices, typed(request), initial=initial)
    if form.is_bound and saved(form, lambda values: _send(desk, calendar, values)):
        return redirect("desk:setup_trial")
    return pages.form_page(request, desk, "trial", form, ways=open_ways, **_latest(desk))


def _send(desk: Desk, calendar: Calendar, values: Mapping[str, Any]) -> None:
    channel = Channel(values["channel"])
    trial_sent.send(
        practice=desk.practice,
        calendar_id=calendar.pk,
        kind=Kind.REMINDER,
        channel=channel,
        address=values["phone" if channel is Channel.SMS else "email"],
        actor=desk.actor,
        now=clock.now(),
    )


@require_safe
@staff(*OWNER)
def setup_trial_state(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/setup/trial/state`: a piece, what became of the last test."""
    return answer(request, desk, "desk/setup/trial_state.piece.html", _latest(desk))


def _latest(desk: Desk) -> dict[str, Any]:
    """The last test of the practice: where it stands, in words, and whether that may still change soon."""
    message: Message | None = desk.messages().filter(subject_type=SubjectType.TEST).order_by("-pk").first()
    if message is None:
        return {"trial": None}
    status = MessageStatus(message.status)
    return {
        "trial": message,
        "channel": reasons.channel_name(Channel(message.channel), desk.language),
        "stands": reasons.STATUSES[status][desk.language],
        "why": reasons.REASONS[Reason(message.reason)][desk.language] if message.reason else "",
        "is_good": status in (MessageStatus.SENT, MessageStatus.DELIVERED),
        "is_pending": status in (*PENDING, MessageStatus.CLAIMED),
    }
