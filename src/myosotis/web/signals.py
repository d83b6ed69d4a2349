"""How pages, e-mails and push messages report that they were read (docs/rules.md 3, "Read")."""

import base64
from contextlib import suppress
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from myosotis import clock
from myosotis.domain.words import Channel, ReadSignal
from myosotis.flows import message_read
from myosotis.flows.errors import NotFound
from myosotis.links import Purpose
from myosotis.store.models import Message
from myosotis.web.links import followed
from myosotis.web.pages import kept_query, private
from myosotis.web.reached import Reached, answer
from myosotis.web.visit_shown import revision_of

NO_REVISION: Final = 0
"""What a page that does not say its revision has shown: none that a visit ever had."""
TRANSPARENT: Final = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
"""One pixel that nobody sees."""


@require_POST
def seen(request: HttpRequest, at: Reached) -> HttpResponse:
    """The page reports that it was in sight for three seconds: the revision that it showed was read."""
    shown, now = revision_of(request) or NO_REVISION, clock.now()
    if at.message is not None:
        message_read.report(message_id=at.message.pk, signal=ReadSignal.PAGE, now=now, shown_revision=shown)
    elif at.visit is not None and at.patient is not None:
        message_read.shown_in_app(
            practice=at.practice, visit_id=at.visit.pk, patient_id=at.patient.pk, now=now, shown_revision=shown
        )
    return HttpResponse(status=204)


@require_http_methods(["GET", "HEAD", "POST"])
def read(request: HttpRequest, at: Reached) -> HttpResponse:
    """ "I confirm that I have read this" of an e-mail: a page with one button, since programs follow links too."""
    if at.message is None:
        raise NotFound("message")
    if request.method == "POST":
        message_read.report(message_id=at.message.pk, signal=ReadSignal.CONFIRMED, now=clock.now())
        return HttpResponseRedirect(f"{request.path}{kept_query(request, done='read')}")
    context = {"done": request.GET.get("done") == "read", "outdated": _outdated(at.message)}
    return answer(request, at, "patient/read.html", context)


def _outdated(message: Message) -> bool:
    """The visit is no longer what this message says: having read it is not enough."""
    visit = message.visit
    return visit is not None and (visit.revision, visit.patient_id) != (message.revision, message.patient_id)


@csrf_exempt  # a service worker has no cookie of ours; the token in the push is the proof
@require_POST
def push_clicked(request: HttpRequest, at: Reached) -> HttpResponse:
    """The service worker reports that a push was clicked."""
    del request
    if at.message is not None and at.message.channel == Channel.PUSH:
        message_read.report(message_id=at.message.pk, signal=ReadSignal.PUSH_CLICK, now=clock.now())
    return HttpResponse(status=204)


@require_safe
def mail_image(request: HttpRequest, token: str) -> HttpResponse:
    """The image of an e-mail. That it was loaded is noted, if a consenting reader's own mail program did it.

    A GET that notes something: the one exception, asked for by docs/rules.md 3, without effect on the visit. Every
    token gets the same picture.
    """
    if request.method == "GET":
        with followed(token, Purpose.IMAGE) as message, suppress(NotFound):  # gone meanwhile: the picture is the same
            if message is not None:
                agent = request.headers.get("User-Agent", "")
                message_read.image_loaded(message_id=message.pk, user_agent=agent, now=clock.now())
    return private(HttpResponse(TRANSPARENT, content_type="image/gif"))
