"""A doctor is not there: what is closed for that time, and what becomes of each visit in it."""

from django.db import models

from myosotis.domain.words import AbsenceOutcome, AbsenceWay
from myosotis.store.models.calendar import BlockedTime, Calendar
from myosotis.store.models.practice import Practice
from myosotis.store.models.staff import StaffUser
from myosotis.store.models.visit import Visit

WAYS = [(way.value, way.value) for way in AbsenceWay]


class Absence(models.Model):
    """From when to when, local to each address; and what was chosen for the visits in it."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="absences")
    first_day = models.DateField()
    last_day = models.DateField()
    from_time = models.TimeField(null=True, blank=True)
    """On the first day; None: from its beginning."""
    until_time = models.TimeField(null=True, blank=True)
    """On the last day; None: until its end."""
    why = models.CharField(max_length=200, blank=True)
    """For the staff alone."""
    way = models.CharField(max_length=16, choices=WAYS)
    days = models.PositiveSmallIntegerField(null=True, blank=True)
    """By how many local days visits are moved."""
    to_calendar = models.ForeignKey(Calendar, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    message = models.CharField(max_length=500, blank=True)
    """What patients read as the reason of the cancellation."""
    created_at = models.DateTimeField()
    staff_user = models.ForeignKey(StaffUser, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["practice", "created_at"], name="absence_history")]


class AbsenceCalendar(models.Model):
    """A calendar that an absence closes, and the time blocked in it."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="absence_calendars")
    absence = models.ForeignKey(Absence, on_delete=models.CASCADE, related_name="calendars")
    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="+")
    blocked = models.ForeignKey(BlockedTime, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "absence", "calendar"], name="absence_calendar_once")
        ]


class AbsenceVisit(models.Model):
    """A visit in the time of an absence: what was chosen for it, and what became of it."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="absence_visits")
    absence = models.ForeignKey(Absence, on_delete=models.CASCADE, related_name="visits")
    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="absences")
    start = models.DateTimeField()
    """Where the visit stood."""
    revision = models.PositiveIntegerField()
    """Of the visit when it was looked at; once it was dealt with, the one that its patient is told of."""
    way = models.CharField(max_length=16, choices=WAYS)
    outcome = models.CharField(
        max_length=16, choices=[(word.value, word.value) for word in AbsenceOutcome], default=AbsenceOutcome.WAITING
    )
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "absence", "visit"], name="absence_visit_once")]
