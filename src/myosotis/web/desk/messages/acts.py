"""What staff do with an incoming message: answer it, do what it asks for, mark it as dealt with. Each with its way back."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from myosotis import clock, naming
from myosotis.content.context import MessageContext
from myosotis.content.render import render_sms
from myosotis.content.rendered import RenderedSms
from myosotis.domain.words import Kind
from myosotis.flows import found, inbox, reply_followed, reply_written
from myosotis.flows.errors import REFUSED, NotFound
from myosotis.flows.reply_followed import Wish
from myosotis.store.models import IncomingMessage
from myosotis.web.desk import errors
from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.frame import answer, done, say, warn
from myosotis.web.desk.ids import id_in

FOLLOWED: Final[dict[Wish, "str | Promise"]] = {
    Wish.CONFIRM: _("The visit is confirmed, and the reply dealt with."),
    Wish.CANCEL: _("The visit is cancelled, and the reply dealt with."),
}


@require_POST
@staff(*ANYBODY)
def handled(request: HttpRequest, desk: Desk, incoming_id: int, state: str) -> HttpResponse:
    """`/desk/inbox/<id>/handled/<yes|no>`."""
    _reached(desk, incoming_id)
    if state not in ("yes", "no"):
        raise NotFound("state")
    yes = state == "yes"
    inbox.mark(practice=desk.practice, incoming_id=incoming_id, handled=yes, actor=desk.actor, now=clock.now())
    back = reverse("desk:inbox_handled", args=[incoming_id, "no" if yes else "yes"])
    say(request, _("Dealt with.") if yes else _("It waits in the inbox again."), undo=back)
    return done(request, reverse("desk:inbox"))


@require_POST
@staff(*ANYBODY)
def size(request: HttpRequest, desk: Desk, incoming_id: int) -> HttpResponse:
    """`/desk/inbox/<id>/size`: how many parts the answer takes and what it costs, while it is typed."""
    _reached(desk, incoming_id)
    text = " ".join(request.POST.get("text", "").split())[: reply_written.LONGEST]
    rendered = _rendered(desk, text) if text else None
    price = rendered.price(desk.practice.sms_price) if rendered else None
    return answer(request, desk, "desk/messages/size.html", {"sms": rendered, "price": price})


@require_POST
@staff(*ANYBODY)
def write(request: HttpRequest, desk: Desk, incoming_id: int) -> HttpResponse:
    """`/desk/inbox/<id>/answer`."""
    _reached(desk, incoming_id)
    try:
        message = reply_written.write(
            practice=desk.practice, incoming_id=incoming_id, text=request.POST.get("text", ""),
            copy=id_in(request.POST.get("copy", "")), actor=desk.actor, now=clock.now(),
        )  # fmt: skip
    except REFUSED as refused:
        warn(request, errors.words(refused))
    else:
        words = _("The answer waits for the sending hours.") if message.reason else _("The answer goes in a minute.")
        say(request, words, undo=reverse("desk:inbox_answer_undo", args=[message.pk]))
    return done(request, reverse("desk:inbox"))


@require_POST
@staff(*ANYBODY)
def take_answer_back(request: HttpRequest, desk: Desk, message_id: int) -> HttpResponse:
    """`/desk/inbox/answers/<id>/undo`: as long as nobody has begun to send it."""
    message = found.one(desk.practice.messages.filter(id=message_id, kind=Kind.ANSWER), "answer")
    _reached(desk, message.subject_id)
    try:
        reply_written.take_back(practice=desk.practice, message_id=message_id, actor=desk.actor, now=clock.now())
    except REFUSED as refused:
        warn(request, errors.words(refused))
    else:
        say(request, _("The answer was taken back. Nothing is sent."))
    return done(request, reverse("desk:inbox"))


@require_POST
@staff(*ANYBODY)
def follow(request: HttpRequest, desk: Desk, incoming_id: int, wish: str, visit_id: int) -> HttpResponse:
    """`/desk/inbox/<id>/<confirm|cancel>/<visit>`: does what the patient asked for."""
    what = _wish(desk, incoming_id, wish, visit_id)
    try:
        reply_followed.follow(
            practice=desk.practice, incoming_id=incoming_id, visit_id=visit_id, wish=what,
            revision=id_in(request.POST.get("revision", "")), actor=desk.actor, now=clock.now(),
        )  # fmt: skip
    except REFUSED as refused:
        warn(request, errors.words(refused))
    else:
        say(request, FOLLOWED[what], undo=reverse("desk:inbox_follow_undo", args=[incoming_id, wish, visit_id]))
    return done(request, reverse("desk:inbox"))


@require_POST
@staff(*ANYBODY)
def follow_undo(request: HttpRequest, desk: Desk, incoming_id: int, wish: str, visit_id: int) -> HttpResponse:
    """`/desk/inbox/<id>/<confirm|cancel>/<visit>/undo`."""
    what = _wish(desk, incoming_id, wish, visit_id)
    try:
        reply_followed.take_back(
            practice=desk.practice, incoming_id=incoming_id, visit_id=visit_id, wish=what, actor=desk.actor,
            now=clock.now(),
        )  # fmt: skip
    except REFUSED as refused:
        warn(request, errors.words(refused))
    else:
        say(request, _("Taken back: the visit is as it was, and the reply waits again."))
    return done(request, reverse("desk:inbox"))


def _reached(desk: Desk, incoming_id: int) -> IncomingMessage:
    return found.one(desk.incoming().filter(id=incoming_id), "incoming message")


def _wish(desk: Desk, incoming_id: int, wish: str, visit_id: int) -> Wish:
    _reached(desk, incoming_id)
    found.one(desk.visits().filter(id=visit_id), "visit")
    if wish not in list(Wish):
        raise NotFound("wish")
    return Wish(wish)


def _rendered(desk: Desk, text: str) -> RenderedSms:
    practice = naming.load_practices([desk.practice.pk])[desk.practice.pk]
    context = MessageContext(kind=Kind.ANSWER, language=practice.text.language, practice=practice.text, written=text)
    return render_sms(context, letters=practice.letters)
