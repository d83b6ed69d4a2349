"""One-click unsubscribe (RFC 8058) of the messages that have it: `review`, `rebook`, `offer` (docs/rules.md 5)."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from myosotis import clock
from myosotis.domain.words import Kind
from myosotis.flows import actor, patient_changed
from myosotis.flows.errors import FlowError
from myosotis.flows.patient_changed import CardFields
from myosotis.links import Purpose
from myosotis.store.models import Message
from myosotis.web import pages
from myosotis.web.links import followed
from myosotis.web.pages import private
from myosotis.web.reached import answer, by_message

OPT_OUTS: Final[dict[str, CardFields]] = {
    Kind.REVIEW: {"no_review": True},
    Kind.REBOOK: {"no_rebook": True},
    Kind.OFFER: {"no_offer": True},
}


@csrf_exempt  # mail programs POST here without cookie, login or page (RFC 8058 3.1); the token in the mail is the proof
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """A POST ends messages of this kind for this patient; anything else shows a page with the button for it.

    The answer to a POST is the same for every token, at once and without a redirect: a mail provider that repeats it,
    or sends it years later, has done its part. Nobody is turned away for asking often: providers ask for many readers.
    """
    with followed(token, Purpose.UNSUBSCRIBE) as message:
        if request.method == "POST":
            if message is not None:
                _opt_out(message)
            return private(pages.answer(request, "patient/unsubscribed.html", {}))
        if message is None:
            return private(pages.answer(request, "patient/unsubscribe.html", {}))
        return private(answer(request, by_message(message), "patient/unsubscribe.html", {"kind": message.kind}))


def _opt_out(message: Message) -> None:
    if message.patient_id is None or message.kind not in OPT_OUTS:
        return
    try:
        patient_changed.update(
            practice=message.practice,
            patient_id=message.patient_id,
            card=OPT_OUTS[message.kind],
            actor=actor.patient(message.patient_id),
            now=clock.now(),
        )
    except FlowError:
        return  # erased meanwhile: nothing goes out any more
