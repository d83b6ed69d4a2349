"""Wizyta: the visit with its messages and what happened to it; one message with its text and history."""

from datetime import datetime
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from myosotis import clock
from myosotis.content.reasons import explain
from myosotis.domain.words import Channel, MessageStatus, ReadSignal, Reason
from myosotis.flows import found, message_resent, read_noted
from myosotis.flows.errors import Conflict
from myosotis.store.models import Message, MessageText, Visit
from myosotis.value_class import value_class
from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.frame import answer, done, say
from myosotis.web.desk.visits import story
from myosotis.web.desk.visits.seen import reached, refused, seen, url_of
from myosotis.web.desk.visits.shown import shown

SIGNALS: Final[dict[ReadSignal, "str | Promise"]] = {
    ReadSignal.PAGE: gettext_lazy("the page of the visit was looked at"),
    ReadSignal.ACTION: gettext_lazy("the patient acted on the page of the visit"),
    ReadSignal.PUSH_CLICK: gettext_lazy("the notification in the app was opened"),
    ReadSignal.REPLY: gettext_lazy("the patient replied by SMS"),
    ReadSignal.CONFIRMED: gettext_lazy("the patient confirmed having read the e-mail"),
    ReadSignal.IMAGE: gettext_lazy("the mail program loaded the e-mail's image"),
}


@value_class
class Step:
    """One step in the life of a message."""

    at: datetime
    said: "str | Promise"
    detail: str = ""


@require_safe
@staff(*ANYBODY)
def visit(request: HttpRequest, desk: Desk, visit_id: int) -> HttpResponse:
    """`/desk/visits/<id>`: a page, or a piece for the drawer."""
    return page_with(request, desk, seen(desk, visit_id))


def page_with(
    request: HttpRequest, desk: Desk, visit: Visit, act: str = "", more: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """The visit's page with the template `act` unfolded in it; by htmx `act` alone where it is asked for."""
    context: dict[str, Any] = {"act": act, "visit": visit, "zone": visit.calendar.address.zone, **(more or {})}
    by_htmx = bool(request.headers.get("HX-Request"))
    if act and by_htmx:
        return answer(request, desk, act, context, status=status)
    context["page"] = shown(desk, visit, clock.now())
    return answer(request, desk, f"desk/visits/visit.{'piece.' * by_htmx}html", context, status=status)


@require_safe
@staff(*ANYBODY)
def message(request: HttpRequest, desk: Desk, visit_id: int, message_id: int) -> HttpResponse:
    """`/desk/visits/<id>/messages/<id>`: what was sent and where to, its tries and its history; noted as read."""
    visit = reached(desk, visit_id)
    one = found.one(visit.messages.filter(id=message_id).prefetch_related("events", "reading_reports"), "message")
    read_noted.note(practice=desk.practice, object_type="message", object_id=one.pk, actor=desk.actor, now=clock.now())
    context = {
        "entry": story.shown(one, visit, desk.language),
        "steps": _steps(one, desk),
        "text": MessageText.objects.filter(practice=desk.practice, message=one).first(),
        "visit": visit,
        "zone": visit.calendar.address.zone,
    }
    piece = "piece." * bool(request.headers.get("HX-Request"))
    return answer(request, desk, f"desk/visits/text.{piece}html", context)


def _steps(message: Message, desk: Desk) -> list[Step]:
    """What happened to a message, and by which signs it was read."""
    steps = [Step(at=message.created_at, said=_("planned"))]
    for event in message.events.all():
        reason = Reason(event.reason) if event.reason else None
        said = explain(MessageStatus(event.status), reason, desk.language, channel=Channel(message.channel))
        steps.append(Step(at=event.at, said=said, detail=event.detail))
    for report in message.reading_reports.all():
        doubt = "" if report.counted else _("too doubtful to count")
        steps.append(Step(at=report.at, said=SIGNALS[ReadSignal(report.signal)], detail=doubt))
    return sorted(steps, key=lambda step: step.at)


@require_POST
@staff(*ANYBODY)
def resend(request: HttpRequest, desk: Desk, visit_id: int, message_id: int) -> HttpResponse:
    """`/desk/visits/<id>/messages/<id>/resend`: another copy, or the word why not."""
    visit = reached(desk, visit_id)
    found.one(visit.messages.filter(id=message_id), "message")
    try:
        message_resent.resend(practice=desk.practice, message_id=message_id, actor=desk.actor, now=clock.now())
    except Conflict as conflict:
        return refused(request, visit_id, conflict)
    say(request, _("The message goes out once more."))
    return done(request, url_of(visit_id))
