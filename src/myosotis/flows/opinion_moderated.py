"""Staff decide about an opinion by the rules stated on the page, and answer it (docs/rules.md 6).

What nobody decided about is shown after 72 hours; there is no way to keep an opinion back without naming a rule.
"""

from datetime import datetime

from django.db import transaction

from myosotis.domain import opinions
from myosotis.domain.opinions import LONGEST_TEXT, OpinionRule
from myosotis.domain.words import VisitStatus
from myosotis.flows import found, records
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Conflict, Invalid
from myosotis.store.models import Opinion, Practice


@transaction.atomic
def publish(*, practice: Practice, opinion_id: int, actor: Actor, now: datetime) -> Opinion:
    """Show an opinion, now rather than after 72 hours, or after all. Raises NotFound and Conflict (`opinion_withdrawn`)."""
    opinion = _locked(practice, opinion_id)
    if opinion.published_at is None:
        opinion.published_at, opinion.rejected_at, opinion.rejected_because = now, None, ""
        opinion.save(update_fields=["published_at", "rejected_at", "rejected_because"])
        records.audit(practice, "opinion.published", "opinion", opinion.pk, now=now, actor=actor)
    return opinion


@transaction.atomic
def reject(*, practice: Practice, opinion_id: int, rule: OpinionRule, actor: Actor, now: datetime) -> Opinion:
    """Keep an opinion back by the rule that it breaks; the profile counts it, and the patient reads why.

    Raises NotFound and Conflict (`opinion_withdrawn`, `rule_cannot_be_broken`: stars alone break no rule about words,
    and a visit that took place took place).
    """
    opinion = _locked(practice, opinion_id)
    held = opinions.took_place(VisitStatus(opinion.visit.status), opinion.visit.end, now)
    if not opinions.may_reject(rule, held=held, has_words=bool(opinion.text or opinion.author)):
        raise Conflict("rule_cannot_be_broken")
    if opinion.rejected_at is None or opinion.rejected_because != rule:
        opinion.published_at, opinion.rejected_at, opinion.rejected_because = None, now, rule.value
        opinion.save(update_fields=["published_at", "rejected_at", "rejected_because"])
        records.audit(practice, f"opinion.rejected.{rule}", "opinion", opinion.pk, now=now, actor=actor)
    return opinion


@transaction.atomic
def answer(*, practice: Practice, opinion_id: int, text: str, actor: Actor, now: datetime) -> Opinion:
    """Answer an opinion in public, or change the answer; an empty text takes it away.

    Whoever asks for the text shows `content.opinions.SECRECY` first. Raises NotFound, Invalid (text) and Conflict
    (`opinion_withdrawn`).
    """
    if len(text) > LONGEST_TEXT:
        raise Invalid("text", "too_long")
    opinion = _locked(practice, opinion_id)
    if opinion.answer != text:
        opinion.answer, opinion.answered_at = text, now if text else None
        opinion.save(update_fields=["answer", "answered_at"])
        records.audit(practice, "opinion.answered", "opinion", opinion.pk, now=now, actor=actor)
    return opinion


def _locked(practice: Practice, opinion_id: int) -> Opinion:
    """An opinion locked for changing: its visit first, as the patient's flow does."""
    opinion = found.one(practice.opinions.filter(id=opinion_id), "opinion")
    found.lock(practice, {opinion.visit_id})
    opinion = found.one(practice.opinions.filter(id=opinion_id).select_related("visit"), "opinion")
    if opinion.withdrawn_at is not None:
        raise Conflict("opinion_withdrawn")
    return opinion
