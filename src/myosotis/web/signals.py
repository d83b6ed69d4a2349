"""Signals that come without a page: the click on a push, and the image of an e-mail (docs/rules.md 3)."""

import base64
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from myosotis import clock
from myosotis.domain.reading import image_counts
from myosotis.domain.words import ConsentPurpose, ReadSignal
from myosotis.flows import message_read
from myosotis.links import Purpose
from myosotis.store.models import Message
from myosotis.web.links import message_of
from myosotis.web.pages import of_link

TRANSPARENT: Final = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
"""One pixel that nobody sees."""


@csrf_exempt
@require_POST
@of_link(Purpose.OPEN)
def push_clicked(request: HttpRequest, message: Message) -> HttpResponse:
    """The service worker reports that a push was clicked; it has no cookie, the token is the proof."""
    message_read.report(message_id=message.pk, signal=ReadSignal.PUSH_CLICK, now=clock.now())
    return HttpResponse(status=204)


@require_http_methods(["GET"])
def mail_image(request: HttpRequest, token: str) -> HttpResponse:
    """The image of an e-mail. Loading it is a report of reading, if a mail program did so; nothing of it is kept.

    A GET that notes something: the one exception, allowed by docs/rules.md 3 with the patient's consent, and without
    effect on the visit. Every token gets the same picture.
    """
    message = message_of(token, Purpose.IMAGE)
    if message is not None:
        _note(message, request.headers.get("User-Agent", ""))
    return HttpResponse(TRANSPARENT, content_type="image/gif", headers={"Cache-Control": "no-store"})


def _note(message: Message, user_agent: str) -> None:
    now, patient = clock.now(), message.patient
    consents = patient.consents.filter(purpose=ConsentPurpose.TRACKING_IMAGE, withdrawn_at=None) if patient else None
    counts = image_counts(
        user_agent,
        at=now,
        delivered_at=message.finished_at or message.sent_at,
        consented=consents is not None and consents.exists(),
        switched_on=message.practice.tracking_image,
    )
    message_read.image_loaded(message_id=message.pk, now=now, counts=counts)
