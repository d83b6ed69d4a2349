"""Doctors, addresses and calendars: a calendar is one doctor at one address, with its own switches."""

from zoneinfo import ZoneInfo

from django.db import models

from myosotis.domain.values import Switches
from myosotis.store.models.practice import Practice


class Doctor(models.Model):
    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="doctors")
    external_id = models.CharField(max_length=100, blank=True)
    title = models.CharField(max_length=50, blank=True)
    name = models.CharField(max_length=200)
    specialty = models.CharField(max_length=200, blank=True)
    sensitive = models.BooleanField(default=False)
    """The specialty betrays a condition: nothing of it leaves but in the e-mail's body and on the page."""
    slug = models.SlugField(max_length=100, blank=True)
    """The last part of the address of the public profile; unique on this server, empty where there is none."""
    profile = models.TextField(blank=True)
    review_address = models.URLField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "external_id"], name="doctor_external_id", condition=~models.Q(external_id="")
            ),
            models.UniqueConstraint(fields=["slug"], name="doctor_slug", condition=~models.Q(slug="")),
        ]

    @property
    def full_name(self) -> str:
        """With the title."""
        return f"{self.title} {self.name}".strip()


class Address(models.Model):
    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="addresses")
    external_id = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=200, blank=True)
    street = models.CharField(max_length=200)
    postcode = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=100)
    phone = models.CharField(max_length=20, blank=True)
    directions = models.TextField(blank=True)
    map_url = models.URLField(blank=True)
    time_zone = models.CharField(max_length=64, default="Europe/Warsaw")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "external_id"], name="address_external_id", condition=~models.Q(external_id="")
            )
        ]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class Calendar(models.Model):
    """One doctor at one address; the unit of the tab "Komunikacja" (docs/rules.md 2)."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="calendars")
    doctor = models.ForeignKey(Doctor, on_delete=models.PROTECT, related_name="calendars")
    address = models.ForeignKey(Address, on_delete=models.PROTECT, related_name="calendars")
    external_id = models.CharField(max_length=100, blank=True)
    online_booking = models.BooleanField(default=False)
    review_address = models.URLField(blank=True)
    """Of this calendar alone; otherwise the doctor's."""
    change_cutoff_minutes = models.PositiveIntegerField(default=0)
    """How long before the start a patient can still move or cancel by the link (minutes)."""
    slot_minutes = models.PositiveSmallIntegerField(default=15)
    """Free times start at opening and every so many minutes after it."""
    booking_lead_minutes = models.PositiveIntegerField(default=60)
    """A patient takes no time that starts sooner than this."""
    booking_horizon_days = models.PositiveSmallIntegerField(default=90)
    """A patient takes no time on a local day further ahead than this."""

    offer_round_size = models.PositiveSmallIntegerField(default=0)
    """How many patients are asked at a time; 0: all at once (docs/rules.md 4)."""
    offer_round_minutes = models.PositiveSmallIntegerField(default=30)
    """How long after one round the next is asked."""
    offer_chain = models.PositiveSmallIntegerField(default=3)
    """How many offers may follow from each other, the first included."""

    details = models.BooleanField(default=True)
    reminder = models.BooleanField(default=True)
    actions = models.BooleanField(default=True)
    review = models.BooleanField(default=True)
    offer = models.BooleanField(default=True)
    rebook = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "doctor", "address"], name="calendar_once"),
            models.UniqueConstraint(
                fields=["practice", "external_id"], name="calendar_external_id", condition=~models.Q(external_id="")
            ),
        ]

    @property
    def switches(self) -> Switches:
        return Switches(
            details=self.details,
            reminder=self.reminder,
            actions=self.actions,
            review=self.review,
            offer=self.offer,
            rebook=self.rebook,
        )


class Service(models.Model):
    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="services")
    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="services")
    external_id = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=200)
    minutes = models.PositiveIntegerField(default=30)
    break_minutes = models.PositiveSmallIntegerField(default=0)
    """Kept free after each visit."""
    online = models.BooleanField(default=True)
    """Patients may book it themselves, where the calendar's online booking is on."""
    preparation = models.TextField(blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "calendar", "name"], name="service_once")]


class OpeningHours(models.Model):
    """One stretch of a weekday (0 is Monday) in which a calendar is open, local to the address."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="opening_hours")
    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="opening_hours")
    weekday = models.PositiveSmallIntegerField()
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "calendar", "weekday", "opens"], name="opening_hours_once"),
            models.CheckConstraint(condition=models.Q(weekday__lte=6), name="opening_hours_weekday"),
            models.CheckConstraint(condition=models.Q(opens__lt=models.F("closes")), name="opening_hours_order"),
        ]


class OpeningException(models.Model):
    """A local day on which a calendar is open otherwise; without times it is closed."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="opening_exceptions")
    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="opening_exceptions")
    day = models.DateField()
    opens = models.TimeField(null=True, blank=True)
    closes = models.TimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "calendar", "day", "opens"], name="opening_exception_once")
        ]


class BlockedTime(models.Model):
    """Time of a calendar that no patient can have; imported events that match no patient end here."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="blocked_times")
    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="blocked_times")
    start = models.DateTimeField()
    end = models.DateTimeField()
    source_uid = models.CharField(max_length=255, blank=True)
    source_recurrence = models.CharField(max_length=64, blank=True)
    batch = models.ForeignKey(
        "store.ImportBatch", on_delete=models.SET_NULL, null=True, blank=True, related_name="blocked_times"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "calendar", "source_uid", "source_recurrence"],
                name="blocked_time_source",
                condition=~models.Q(source_uid=""),
            ),
            models.CheckConstraint(condition=models.Q(start__lt=models.F("end")), name="blocked_time_order"),
        ]
