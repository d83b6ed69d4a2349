"""Planning visits anew by difference, inside the flow's transaction and under its locks."""

from collections.abc import Iterable
from datetime import datetime

from myosotis.domain import planning
from myosotis.store import facts as visit_facts
from myosotis.store import outbox
from myosotis.store.inquiry import at_once, learn
from myosotis.store.models import Practice
from myosotis.store.offers import ending
from myosotis.store.offers.reading import asking_about


def replan(practice: Practice, visit_ids: Iterable[int], now: datetime) -> list[outbox.Difference]:
    """Plan visits of a practice anew and write what changed; the differences, for whoever wants to tell of them.

    The visits are locked by the caller; their messages are locked here. Whoever of their patients was asked about a
    freed slot and may not be any more hears no more of it.
    """
    ids = list(visit_ids)
    visits, asked = learn(at_once(visit_facts.asking(ids, now, lock=True), asking_about(ids)))
    differences = [(facts, planning.replan(facts, now)) for facts in visits]
    outbox.apply(differences, practice_id=practice.pk, now=now)
    ending.look_again(visits, asked, now)
    return differences
