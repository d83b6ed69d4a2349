"""Opinions: read, publish, keep back by a stated rule, answer."""

from django.http import HttpRequest
from ninja import Query, Router

from myosotis import clock
from myosotis.api.access import Needs, actor_of, practice_of
from myosotis.api.paging import Page, PageQuery, page
from myosotis.api.schemas.opinions import OpinionAnswerIn, OpinionOut, OpinionsQuery, RejectionIn
from myosotis.api.schemas.values import Id
from myosotis.content.names import many_lines
from myosotis.flows import opinion_moderated
from myosotis.flows.api_access import Scope
from myosotis.store.opinions import of_state

router = Router(auth=Needs(Scope.VISITS_READ), tags=["opinions"])
MAY_WRITE = Needs(Scope.VISITS_WRITE)


@router.get("/opinions", response=Page[OpinionOut])
def list_opinions(request: HttpRequest, asked: Query[OpinionsQuery], query: Query[PageQuery]) -> Page[OpinionOut]:
    """What patients said of visits, withdrawn opinions (without their words) among them."""
    now = clock.now()
    opinions = practice_of(request).opinions.all()
    if asked.state is not None:
        opinions = of_state(opinions, asked.state, now)
    if asked.doctor_id is not None:
        opinions = opinions.filter(doctor_id=asked.doctor_id)
    return page(opinions, query, lambda opinion: OpinionOut.of(opinion, now))


@router.post("/opinions/{opinion_id}/publish", response=OpinionOut, auth=MAY_WRITE)
def publish_opinion(request: HttpRequest, opinion_id: Id) -> OpinionOut:
    """Show an opinion now rather than after 72 hours, or one that was rejected after all."""
    now = clock.now()
    opinion = opinion_moderated.publish(
        practice=practice_of(request), opinion_id=opinion_id, actor=actor_of(request), now=now
    )
    return OpinionOut.of(opinion, now)


@router.post("/opinions/{opinion_id}/reject", response=OpinionOut, auth=MAY_WRITE)
def reject_opinion(request: HttpRequest, opinion_id: Id, payload: RejectionIn) -> OpinionOut:
    """Keep an opinion back by the rule that it breaks; the public profile counts it, and its author reads why.

    Stars without words break no rule about words, and `no_visit` holds for visits marked as cancelled or missed alone.
    """
    now = clock.now()
    opinion = opinion_moderated.reject(
        practice=practice_of(request), opinion_id=opinion_id, rule=payload.rule, actor=actor_of(request), now=now
    )
    return OpinionOut.of(opinion, now)


@router.post("/opinions/{opinion_id}/answer", response=OpinionOut, auth=MAY_WRITE)
def answer_opinion(request: HttpRequest, opinion_id: Id, payload: OpinionAnswerIn) -> OpinionOut:
    """Answer an opinion in public, or change or remove the answer.

    Professional secrecy applies: whoever writes it must not confirm that the author was a patient, nor write of their
    health, treatment or visit, even where the author did.
    """
    now = clock.now()
    opinion = opinion_moderated.answer(
        practice=practice_of(request), opinion_id=opinion_id, text=many_lines(payload.text), actor=actor_of(request),
        now=now,
    )  # fmt: skip
    return OpinionOut.of(opinion, now)
