"""Figures of months, against a small practice counted by hand."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from myosotis.domain.figures import Figure, Measure
from myosotis.domain.values import utc
from myosotis.domain.words import Channel, Kind, MessageStatus, Party, Reason, SubjectType, Via
from myosotis.flows import visit_cancelled, visit_confirmed, visit_marked
from myosotis.flows.visit_marked import Mark
from myosotis.store import statistics, statistics_kept
from myosotis.store.models import Calendar, Candidate, Message, MonthlyFigure, Offer, Visit
from tests.db.make import (
    ACTOR,
    NEXT_WEEK,
    NOW,
    Scene,
    book,
    hours,
    make_address,
    make_calendar,
    make_doctor,
    make_patient,
    make_practice,
    messages,
    send_due,
    sent,
)

MARCH, APRIL = date(2027, 3, 1), date(2027, 4, 1)
AFTER = utc(2027, 3, 20, 9)
"""All visits of the tests are over."""


def counted(
    scene: Scene, *, months: Sequence[date] = (MARCH,), now: datetime = AFTER, calendars: Sequence[Calendar] = ()
) -> Counter[tuple[Any, ...]]:
    """How many, by measure, split and channel; all calendars together."""
    own = calendars or list(scene.practice.calendars.select_related("address"))
    found: Counter[tuple[Any, ...]] = Counter()
    for figure in statistics.count(scene.practice, own, months, now, others=True):
        found[figure.measure, figure.split, figure.channel] += figure.count
    return found


def cancel(visit: Visit, by: Party, now: datetime = NOW + timedelta(hours=1)) -> None:
    visit_cancelled.cancel(practice=visit.practice, visit_id=visit.pk, by=by, via=Via.API, actor=ACTOR, now=now)


def test_visits_by_what_became_of_them(scene: Scene) -> None:
    held, missed, by_patient, by_practice = (
        book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + hours(place)) for place in range(4)
    )
    book(scene.calendar, scene.patient, AFTER + hours(24))
    book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + hours(5), by=Party.PATIENT, via=Via.PORTAL)
    visit_marked.mark(
        practice=scene.practice, visit_id=missed.pk, mark=Mark.NO_SHOW, via=Via.API, actor=ACTOR, now=AFTER
    )
    cancel(by_patient, Party.PATIENT)
    cancel(by_practice, Party.PRACTICE)
    found = counted(scene)
    assert {split: number for (measure, split, _), number in found.items() if measure is Measure.VISITS} == {
        "held": 2, "no_show": 1, "by_patient": 1, "by_practice": 1, "ahead": 1,
    }  # fmt: skip
    assert found[Measure.ONLINE, "", ""] == 1
    assert held.status == "booked"


def test_missed_with_and_without_a_reminder(scene: Scene) -> None:
    visits = [book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + hours(place)) for place in range(4)]
    for visit in visits[:3]:
        send_due(visit, visit.start - hours(47))
    for visit in (visits[0], visits[3]):
        visit_marked.mark(
            practice=scene.practice, visit_id=visit.pk, mark=Mark.NO_SHOW, via=Via.API, actor=ACTOR, now=AFTER
        )
    found = counted(scene)
    assert [found[Measure.REMINDED, split, ""] for split in ("held", "no_show")] == [2, 1]
    assert [found[Measure.UNREMINDED, split, ""] for split in ("held", "no_show")] == [0, 1]


def test_a_visit_confirmed_twice_counts_once_for_each_way(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    for way in (Via.PORTAL, Via.PORTAL, Via.DESK):
        Visit.objects.filter(pk=visit.pk).update(status="booked")
        visit_confirmed.confirm(
            practice=scene.practice, visit_id=visit.pk, by=Party.PATIENT, via=way, actor=ACTOR, now=NOW + hours(2)
        )
    found = counted(scene)
    assert (found[Measure.CONFIRMED, "patient_portal", ""], found[Measure.CONFIRMED, "patient_desk", ""]) == (1, 1)


@pytest.mark.parametrize(("later", "soon"), [(1, "hour"), (5, "day"), (30, "later")])
def test_a_freed_time_and_how_soon_it_was_filled(scene: Scene, later: int, soon: str) -> None:
    cancel(book(scene.calendar, scene.patient), Party.PATIENT)
    assert counted(scene)[Measure.FREED, "patient", ""] == 1
    assert not [key for key in counted(scene) if key[0] is Measure.REFILLED]
    book(scene.calendar, make_patient(scene.practice), now=NOW + hours(1 + later))
    assert counted(scene)[Measure.REFILLED, soon, ""] == 1


def test_a_time_that_came_back_to_its_visit_was_not_freed(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    visit_cancelled.cancel(
        practice=scene.practice, visit_id=visit.pk, by=Party.PATIENT, via=Via.DESK, actor=ACTOR, now=NOW
    )
    visit_cancelled.restore(practice=scene.practice, visit_id=visit.pk, actor=ACTOR, now=NOW + timedelta(seconds=30))
    assert counted(scene)[Measure.FREED, "patient", ""] == 0


def test_offers_by_their_end_and_who_was_asked(scene: Scene) -> None:
    asked, passed = (book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + hours(48 + at)) for at in range(2))
    for ended in ("taken", "booked", "time", ""):
        offer = Offer.objects.create(
            practice=scene.practice, calendar=scene.calendar, start=NEXT_WEEK, end=NEXT_WEEK + hours(1),
            opened_at=NOW, closes_at=NEXT_WEEK, closed_because=ended,
        )  # fmt: skip
        for visit, reason in ((asked, ""), (passed, "opted_out")):
            Candidate.objects.create(
                practice=scene.practice, offer=offer, visit=visit, patient=visit.patient, position=1,
                visit_start=visit.start, visit_revision=1, passed_over=reason,
            )  # fmt: skip
    found = counted(scene)
    assert [found[Measure.OFFERED, end, ""] for end in ("taken", "booked", "time", "")] == [1, 1, 1, 1]
    assert found[Measure.ASKED, "", ""] == 4


def test_messages_by_kind_and_channel_with_parts_and_cost(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    for row in messages(visit, kind=Kind.REMINDER):
        sent(row, NOW + hours(1), MessageStatus.DELIVERED)
    Message.objects.filter(kind=Kind.REMINDER, channel="sms").update(parts=1, provider_parts=2, price=Decimal("0.3200"))
    Message.objects.filter(kind=Kind.REMINDER, channel="email").update(status="failed", read_at=NOW + hours(2))
    code = Message.objects.create(
        practice=scene.practice, subject_type=SubjectType.VERIFICATION, subject_id=1, revision=1, kind=Kind.CODE,
        channel=Channel.SMS, status="sent", due_at=NOW, created_at=NOW, sent_at=NOW, parts=1, price=Decimal("0.1600"),
    )  # fmt: skip
    found = counted(scene)
    assert found[Measure.SENT, "reminder", "sms"] == found[Measure.SENT, "reminder", "email"] == 1
    assert found[Measure.DELIVERED, "reminder", "sms"] == found[Measure.UNDELIVERED, "reminder", "email"] == 1
    assert (found[Measure.READ, "reminder", "email"], found[Measure.READ, "reminder", "sms"]) == (1, 0)
    figures = statistics.count(scene.practice, [scene.calendar], [MARCH], AFTER, others=True)
    sms = {
        figure.calendar_id: figure for figure in figures if figure.measure is Measure.SENT and figure.channel == "sms"
    }
    assert (sms[scene.calendar.pk].parts, sms[scene.calendar.pk].cost) == (2, Decimal("0.3200"))
    assert (sms[None].split, sms[None].cost) == (code.kind, Decimal("0.1600"))
    without = statistics.count(scene.practice, [scene.calendar], [MARCH], AFTER)
    assert not [figure for figure in without if figure.calendar_id is None]


def test_sms_that_followed_and_sms_that_were_saved(scene: Scene) -> None:
    unread, read = (book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + hours(place)) for place in range(2))
    for visit in (unread, read):
        send_due(visit, NOW + timedelta(minutes=2))
    send_due(unread, NOW + hours(5))
    waiting = Message.objects.get(visit=read, channel="sms", kind=Kind.DETAILS)
    waiting.status, waiting.reason, waiting.finished_at = MessageStatus.CANCELLED, Reason.READ, NOW + hours(2)
    waiting.save()
    found = counted(scene)
    assert (found[Measure.FOLLOWED, "details", "sms"], found[Measure.SAVED, "details", "sms"]) == (1, 1)


@pytest.mark.parametrize(
    ("start", "month"),
    [
        (utc(2027, 3, 31, 21, 30), MARCH),  # 23:30 in Warsaw, already in summer time
        (utc(2027, 3, 31, 22, 0), APRIL),
        (utc(2027, 2, 28, 23, 0), MARCH),  # midnight, still in winter time
        (utc(2027, 10, 31, 22, 30), date(2027, 10, 1)),  # 23:30, an hour after clocks went back
        (utc(2027, 10, 31, 23, 0), date(2027, 11, 1)),
    ],
)
def test_months_are_those_of_the_address(scene: Scene, start: datetime, month: date) -> None:
    book(scene.calendar, scene.patient, start, now=utc(2027, 2, 1, 9))
    elsewhere = make_calendar(
        scene.practice, make_doctor(scene.practice, "Inna"),
        address=make_address(scene.practice, time_zone="Pacific/Kiritimati"),
    )  # fmt: skip
    book(elsewhere, make_patient(scene.practice), utc(2027, 3, 31, 12), now=utc(2027, 2, 1, 9))
    now = utc(2028, 1, 1)
    months = [date(2027, 2, 1), MARCH, APRIL, date(2027, 10, 1), date(2027, 11, 1)]
    calendars = list(scene.practice.calendars.select_related("address"))
    found = {
        figure.calendar_id: figure.month
        for figure in statistics.count(scene.practice, calendars, months, now)
        if figure.measure is Measure.VISITS
    }
    assert found == {scene.calendar.pk: month, elsewhere.pk: APRIL}


def test_nothing_of_another_practice_or_calendar_is_counted(scene: Scene) -> None:
    other = make_practice(name="Obok")
    send_due(book(make_calendar(other), make_patient(other)), NOW + hours(5))
    colleague = make_calendar(scene.practice, make_doctor(scene.practice, "Ewa Lis"))
    send_due(book(colleague, make_patient(scene.practice)), NOW + hours(5))
    assert not counted(scene, calendars=[scene.calendar])


def busy(scene: Scene) -> None:
    for place in range(6):
        visit = book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + hours(place))
        send_due(visit, visit.start - hours(40))
        if place % 3 == 0:
            cancel(visit, Party.PATIENT, visit.start - hours(30))
    Message.objects.filter(channel="sms").exclude(sent_at=None).update(parts=1, price=Decimal("0.1600"))


def in_order(figures: Sequence[Figure]) -> list[Figure]:
    return sorted(figures, key=lambda one: (one.month, one.calendar_id or 0, one.measure, one.split, one.channel))


def test_what_is_kept_is_what_was_counted_and_outlives_the_rows(scene: Scene) -> None:
    busy(scene)
    months, later = [date(2027, 2, 1), MARCH, APRIL], utc(2027, 4, 20)
    calendars = list(scene.practice.calendars.select_related("address"))
    live = statistics.count(scene.practice, calendars, months, later, others=True)
    assert live
    assert statistics_kept.keep(later) == 1
    assert statistics_kept.keep(later) == 0
    assert in_order(statistics_kept.read(scene.practice, calendars, months, later, others=True)) == in_order(live)
    Message.objects.all().delete()
    assert in_order(statistics_kept.read(scene.practice, calendars, months, later, others=True)) == in_order(live)
    with CaptureQueriesContext(connection) as queries:
        statistics_kept.read(scene.practice, calendars, [MARCH], later, others=True)
    assert len(queries) == 2


@pytest.mark.parametrize(("now", "kept"), [(utc(2027, 4, 14, 21), 0), (utc(2027, 4, 14, 23), 1), (utc(2027, 6, 16), 3)])
def test_a_month_is_kept_two_weeks_after_its_end(scene: Scene, now: datetime, kept: int) -> None:
    busy(scene)
    assert statistics_kept.keep(now) == kept
    assert MonthlyFigure.objects.filter(measure=Measure.KEPT).count() == kept


def test_a_practice_without_visits_keeps_nothing(scene: Scene) -> None:
    assert statistics_kept.keep(utc(2027, 6, 1)) == 0
