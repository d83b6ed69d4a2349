"""Planning visits anew by difference, inside the flow's transaction and under its locks."""

from collections.abc import Iterable
from datetime import datetime

from myosotis.domain import planning
from myosotis.store import facts as visit_facts
from myosotis.store import outbox
from myosotis.store.models import Practice
from myosotis.store.offers import ending


def replan(practice: Practice, visit_ids: Iterable[int], now: datetime) -> list[outbox.Difference]:
    """Plan visits of a practice anew and write what changed; the differences, for whoever wants to tell of them.

    The visits are locked by the caller; their messages are locked here. Whoever of their patients was asked about a
    freed slot and may not be any more hears no more of it.
    """
    differences = [(facts, planning.replan(facts, now)) for facts in visit_facts.load(visit_ids, now, lock=True)]
    outbox.apply(differences, practice_id=practice.pk, now=now)
    ending.look_again([facts for facts, _ in differences], now)
    return differences
