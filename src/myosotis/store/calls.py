"""Whom to call: "Do obdzwonienia", and the filter "niepotwierdzone" (docs/rules.md 3)."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import BooleanField, Case, Exists, OuterRef, Q, QuerySet, Value, When

from myosotis.domain import call_list
from myosotis.domain.lifecycle import ACCEPTED
from myosotis.domain.values import VisitFacts
from myosotis.domain.window import instant
from myosotis.domain.words import Channel, Kind, MessageStatus, VisitStatus
from myosotis.domain.working_days import next_working_day
from myosotis.store import facts as visit_facts
from myosotis.store.models import CallNote, Message, Practice, Visit

NOT_ACCEPTED = (MessageStatus.FAILED, MessageStatus.UNCLEAR, MessageStatus.EXPIRED)


def to_call(practice: Practice, now: datetime, *, among: Q = Q()) -> "QuerySet[Visit]":  # noqa: B008 - never changed
    """Future visits of whose booking, change or reminder the patient was told on no channel, nor by a call since.

    Only those that fit `among`, where it is given.
    """
    return practice.visits.filter(id__in=[visit.visit_id for visit in unreached(practice, now, among=among)])


def unreached(practice: Practice, now: datetime, *, among: Q = Q()) -> list[VisitFacts]:  # noqa: B008 - never changed
    """As `to_call`, with what is known of each visit: whom to call about it, and why."""
    stuck = Q(due_at__lte=now - call_list.OVERDUE) | Q(attempts__gt=call_list.TRIES)
    troubled = Message.objects.filter(
        Q(status__in=NOT_ACCEPTED)
        | Q(status=MessageStatus.SKIPPED, channel=Channel.NONE)
        | Q(status=MessageStatus.CANCELLED, attempts__gt=0, reason__in=call_list.UNUSABLE)
        | Q(stuck, status=MessageStatus.PLANNED),
        Q(revision=OuterRef("revision")) | Q(~Q(patient=OuterRef("patient")), kind=Kind.CANCELLED),
        visit=OuterRef("pk"),
        kind__in=call_list.KINDS,
    )
    informed = Message.objects.filter(
        visit=OuterRef("pk"),
        revision=OuterRef("revision"),
        patient=OuterRef("patient"),
        kind__in=call_list.KINDS,
        status__in=ACCEPTED,
    )
    others = Message.objects.filter(visit=OuterRef("pk"), kind__in=call_list.KINDS).exclude(patient=OuterRef("patient"))
    nobody_told = When(Exists(troubled), then=~Exists(informed) | Exists(others))
    untold = Case(nobody_told, default=Value(False), output_field=BooleanField())
    """One look at a visit's messages, more only after trouble; as a join, PostgreSQL might read all messages there are."""
    ids = practice.visits.filter(among, untold, ~Exists(settled()), start__gt=now).values_list("id", flat=True)
    return [visit for visit in visit_facts.load(ids, now) if call_list.belongs(visit, now)]


def settled() -> "QuerySet[CallNote]":
    """Calls that leave nothing to call about, of the visits of a query around it."""
    return CallNote.objects.filter(
        visit=OuterRef("pk"), revision=OuterRef("revision"), result__in=call_list.SETTLED, taken_back_at=None
    )


def unconfirmed(practice: Practice, now: datetime) -> "QuerySet[Visit]":
    """Visits of the next working day at their address that are still only booked."""
    zones: dict[ZoneInfo, list[int]] = {}
    for address in practice.addresses.all():
        zones.setdefault(address.zone, []).append(address.pk)
    days = Q(pk__in=[])
    for (
        zone,
        addresses,
    ) in zones.items():  # by zone: of one stretch of time the database finds the visits by their start
        days |= Q(calendar__address__in=addresses, **_span(zone, now))
    return practice.visits.filter(days, status=VisitStatus.BOOKED)


def _span(zone: ZoneInfo, now: datetime) -> dict[str, datetime]:
    day = next_working_day(now.astimezone(zone).date())
    midnight = time(0, 0)
    return {
        "start__gte": instant(day, midnight, zone).astimezone(UTC),
        "start__lt": instant(day + timedelta(days=1), midnight, zone).astimezone(UTC),
    }
