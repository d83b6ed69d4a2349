"""The link of an `offer`: an earlier time that has become free; first come, first served (docs/rules.md 4)."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from myosotis import clock
from myosotis.domain.words import OfferAnswer, SubjectType, Via
from myosotis.flows import actor, offer_answered, patient_changed
from myosotis.flows.errors import Conflict
from myosotis.store.models import Visit
from myosotis.web.moving import times_for
from myosotis.web.reached import Reached, answer, back
from myosotis.web.visit_shown import VisitShown

GONE: Final = ("offer_taken", "offer_closed")
ITS_OWN: Final = ("visit_changed", "visit_over")
"""Refusals that lie in the patient's own visit."""
ABOUT_OFFER: Final = ("", "declined", "no_offers", "slot_held", *GONE)
"""What can have been done on the page of an offer; after anything else the visit is shown."""

page_with_form = require_http_methods(["GET", "HEAD", "POST"])


def candidate_of(at: Reached) -> int | None:
    """Whom the message asked about a freed slot; None if it asked nobody, or the visit has gone to somebody else."""
    message = at.message
    if message is None or message.subject_type != SubjectType.CANDIDATE or not at.owns_visit:
        return None
    return message.subject_id


def offer(request: HttpRequest, at: Reached, visit: Visit, page: VisitShown) -> HttpResponse | None:
    """The offer as it stands for the patient of this link; None where there is no more to it than the visit itself."""
    candidate_id, done = candidate_of(at), request.GET.get("done", "")
    if candidate_id is None or not page.live or done not in ABOUT_OFFER:
        return None
    standing = offer_answered.standing(at.practice, candidate_id, clock.now())
    slot, times = standing.candidate.offer, times_for(request, at, visit)
    context = {"visit": page, "earlier": times.moment(slot.start), "done": done}
    if standing.has_taken or standing.refusal in ITS_OWN or visit.start != standing.candidate.visit_start:
        return None  # theirs already, or their visit is another by now
    if standing.refusal in GONE:
        others = times.earlier_than(visit.start) if page.can_move else ()
        return answer(
            request,
            at,
            "patient/offer_gone.html",
            {**context, "taken": standing.refusal == "offer_taken", "days": others},
        )
    if standing.refusal == "slot_held":
        return answer(request, at, "patient/offer_held.html", context)
    declined = standing.candidate.answer == OfferAnswer.DECLINED
    return answer(request, at, "patient/offer.html", {**context, "declined": declined})


@page_with_form
def take(request: HttpRequest, at: Reached) -> HttpResponse:
    """The patient takes the earlier time; taken twice nothing happens twice. Whoever merely comes here sees the offer."""
    candidate_id = candidate_of(at)
    if request.method != "POST" or candidate_id is None or at.patient is None:
        return back(request, at)
    try:
        offer_answered.accept(
            practice=at.practice,
            candidate_id=candidate_id,
            actor=actor.patient(at.patient.pk),
            via=Via.PORTAL,
            now=clock.now(),
        )
    except Conflict as conflict:
        return back(request, at, conflict.code)
    return back(request, at, "taken")


@page_with_form
def decline(request: HttpRequest, at: Reached) -> HttpResponse:
    """The patient keeps the visit as it is; with `offers=off` nothing of this kind is offered again."""
    candidate_id = candidate_of(at)
    if request.method != "POST" or candidate_id is None or at.patient is None:
        return back(request, at)
    patient, now = actor.patient(at.patient.pk), clock.now()
    try:
        offer_answered.decline(practice=at.practice, candidate_id=candidate_id, actor=patient, via=Via.PORTAL, now=now)
    except Conflict:
        pass  # over already: the page says how; what is asked for the future counts all the same
    if request.POST.get("offers") != "off":
        return back(request, at, "declined")
    patient_changed.update(
        practice=at.practice, patient_id=at.patient.pk, card={"no_offer": True}, actor=patient, now=now
    )
    return back(request, at, "no_offers")
