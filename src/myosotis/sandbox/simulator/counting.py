"""The figures of a simulation, from its tables."""

from decimal import Decimal
from typing import Final

from django.db.models import Count, Q, Sum

from myosotis.sandbox.simulator.figures import Figures
from myosotis.sandbox.simulator.world import World
from myosotis.store.models import Candidate, Message, Offer, Visit

HANDED_OVER: Final = Q(status__in=("sent", "delivered", "unclear")) | Q(status="failed", sent_at__isnull=False)


def of(world: World) -> Figures:
    """What it came to."""
    figures = Figures(refused=world.deeds.tally.refused)
    rows = Message.objects.filter(HANDED_OVER).order_by().values_list("kind", "channel")
    for kind, channel, count, read, price in rows.annotate(Count("id"), Count("read_at"), Sum("price")):
        figures.messages[kind, channel] = count
        figures.read[kind, channel] = read
        figures.cost[kind, channel] = int((price or Decimal(0)) * 10_000)
    ended = Message.objects.filter(status__in=("failed", "expired", "unclear")).order_by()
    for status, reason, count in ended.values_list("status", "reason").annotate(Count("id")):
        figures.reasons[status, reason] = count
    figures.counts.update(_counts(world))
    return figures


def _counts(world: World) -> dict[str, int]:
    by_status = dict(Visit.objects.order_by().values_list("status").annotate(Count("id")))
    offers = dict(Offer.objects.order_by().values_list("closed_because").annotate(Count("id")))
    return {
        "visits": sum(by_status.values()),
        **{f"visits {status}": count for status, count in by_status.items()},
        "offers": sum(offers.values()),
        "offers taken": offers.get("taken", 0),
        "asked": Candidate.objects.filter(passed_over="").count(),
        "asked to call": world.deeds.tally.to_call,
        "mornings": world.deeds.tally.mornings,
    }
