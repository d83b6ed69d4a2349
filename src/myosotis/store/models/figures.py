"""What a month of a calendar came to: counts that stay when the rows that were counted are gone."""

from decimal import Decimal

from django.db import models
from django.db.models import Q

from myosotis.domain.figures import Measure
from myosotis.store.models.calendar import Calendar
from myosotis.store.models.practice import Practice


class MonthlyFigure(models.Model):
    """One number of a month that is over. Nobody can be recognised in it, so it is kept for good."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="monthly_figures", db_index=False)
    calendar = models.ForeignKey(
        Calendar, on_delete=models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    """None: of the practice as a whole, like codes and answers to SMS."""
    month = models.DateField()
    """Its first day, in the zone of the calendar's address."""
    measure = models.CharField(max_length=16, choices=[(word.value, word.value) for word in Measure])
    split = models.CharField(max_length=32, blank=True)
    """A kind, a way, a state: what the measure is told apart by."""
    channel = models.CharField(max_length=8, blank=True)
    count = models.BigIntegerField()
    parts = models.BigIntegerField(default=0)
    cost = models.DecimalField(max_digits=14, decimal_places=4, default=Decimal(0))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "month", "measure", "split", "channel", "calendar"], name="figure_once"
            ),
            models.UniqueConstraint(
                fields=["practice", "month"], name="month_kept_once", condition=Q(measure=Measure.KEPT)
            ),
        ]
