"""What is committed before the last look stops or changes the message (docs/rules.md 3); what is late ends with the reason."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from myosotis.channels.base import SmsContent
from myosotis.dispatch import checker
from myosotis.dispatch.job import Ready
from myosotis.domain.lifecycle import PENDING
from myosotis.domain.outcomes import Deferred, Refused, Trouble
from myosotis.domain.values import utc
from myosotis.domain.words import Kind, Reason, VisitStatus
from myosotis.store.models import (
    BreakerState,
    Calendar,
    Message,
    MessageEvent,
    MessageText,
    Patient,
    ProviderAccount,
    StoppedNumber,
    Visit,
)
from myosotis.store.queue import feed
from myosotis.store.queue.claim import claim
from tests.db.dispatch.conftest import Post
from tests.db.make import NEXT_WEEK, NOW, Scene, book, hours, make_calendar, make_patient, messages

UNDONE = NOW + timedelta(seconds=60)
REMINDER_AT = NEXT_WEEK - hours(48)
Change = Callable[[Visit], None]


def cancelled(visit: Visit) -> None:
    Visit.objects.filter(pk=visit.pk).update(status=VisitStatus.CANCELLED)


def moved(visit: Visit) -> None:
    Visit.objects.filter(pk=visit.pk).update(revision=2)


def deceased(visit: Visit) -> None:
    Patient.objects.filter(pk=visit.patient_id).update(deceased=True)


def silenced(visit: Visit) -> None:
    Patient.objects.filter(pk=visit.patient_id).update(silent=True)


def opted_out(visit: Visit) -> None:
    Patient.objects.filter(pk=visit.patient_id).update(no_sms=True, no_email=True)


def stopped(visit: Visit) -> None:
    Patient.objects.filter(pk=visit.patient_id).update(no_email=True)
    StoppedNumber.objects.create(practice_id=visit.practice_id, phone=visit.patient.phone, stopped_at=NOW)


def switched_off(visit: Visit) -> None:
    Calendar.objects.filter(pk=visit.calendar_id).update(reminder=False)


def switched_off_for_the_visit(visit: Visit) -> None:
    Visit.objects.filter(pk=visit.pk).update(reminder=False)


def no_show(visit: Visit) -> None:
    Visit.objects.filter(pk=visit.pk).update(status=VisitStatus.NO_SHOW)


CHANGES = [
    (cancelled, Reason.VISIT_CANCELLED),
    (moved, None),
    (deceased, Reason.DECEASED),
    (silenced, Reason.PATIENT_SILENCED),
    (opted_out, Reason.OPTED_OUT),
    (stopped, None),
    (switched_off, Reason.SWITCH_OFF),
    (switched_off_for_the_visit, Reason.SWITCH_OFF_FOR_VISIT),
    (no_show, None),
]


@pytest.mark.parametrize(("change", "reason"), CHANGES, ids=lambda value: getattr(value, "__name__", ""))
def test_a_fact_that_changed_without_a_plan_stops_the_reminder(
    scene: Scene, post: Post, change: Change, reason: Reason | None
) -> None:
    visit = book(scene.calendar, scene.patient)
    Message.objects.filter(visit=visit, kind=Kind.DETAILS).delete()
    change(visit)

    post.at(REMINDER_AT)

    assert post.counts() == (0, 0, 0)
    stopped_rows = messages(visit, kind=Kind.REMINDER)
    assert {row.status for row in stopped_rows} == {"cancelled"}
    assert all(row.reason for row in stopped_rows)
    assert reason is None or {row.reason for row in stopped_rows} == {reason}
    assert MessageEvent.objects.filter(status="cancelled").count() == len(stopped_rows)
    assert not MessageText.objects.exists()


def test_restart_across_the_due_minute_sends_once(scene: Scene, post: Post) -> None:
    book(scene.calendar, scene.patient)

    post.at(UNDONE + timedelta(minutes=17))
    post.at(UNDONE + timedelta(minutes=18))

    assert post.counts() == (1, 0, 0)


def test_after_three_days_down_the_stale_ends_with_the_reason_and_the_useful_goes(scene: Scene, post: Post) -> None:
    soon = book(scene.calendar, scene.patient, NOW + hours(50))
    later = book(scene.calendar, make_patient(scene.practice), NOW + hours(24 * 6))

    post.at(NOW + hours(72))

    assert {row.status for row in messages(soon, kind=Kind.REMINDER)} == {"expired"}
    assert {row.reason for row in messages(soon, kind=Kind.REMINDER)} == {Reason.EXPIRED}
    assert {row.status for row in messages(soon, kind=Kind.DETAILS)} == {"expired"}
    assert {row.channel for row in messages(later, kind=Kind.DETAILS, status="sent")} == {"email"}
    assert not any(
        outgoing.address == scene.patient.email
        for outgoing in post.email.taken
        if "Przypomnienie" in str(outgoing.content)
    )


def test_an_expired_message_is_never_sent_late(scene: Scene, post: Post) -> None:
    visit = book(scene.calendar, scene.patient, NOW + hours(50))

    post.at(NOW + hours(50))

    assert post.email.taken == []
    kinds = [Kind.DETAILS, Kind.REMINDER]
    assert not Message.objects.filter(visit=visit, kind__in=kinds, status__in=PENDING).exists()
    assert MessageEvent.objects.filter(status="expired", message__kind=Kind.REMINDER).exists()


def test_what_may_have_left_expires_as_unclear(scene: Scene, post: Post) -> None:
    visit = book(scene.calendar, scene.patient)
    reminder = messages(visit, kind=Kind.REMINDER, channel="sms")[0]
    Message.objects.filter(pk=reminder.pk).update(attempts=1, sent_at=REMINDER_AT, reason=Reason.NO_ANSWER)

    post.at(NEXT_WEEK)

    reminder.refresh_from_db()
    assert (reminder.status, reminder.reason) == ("unclear", Reason.NO_ANSWER)


def test_what_fell_out_of_the_window_is_held_till_morning(scene: Scene, post: Post) -> None:
    visit = book(scene.calendar, scene.patient)
    Message.objects.filter(visit=visit, kind=Kind.DETAILS).delete()
    sms = messages(visit, kind=Kind.REMINDER, channel="sms")[0]
    night = utc(2027, 3, 8, 22, 30)

    post.at(night)

    sms.refresh_from_db()
    assert (sms.status, sms.attempts) == ("planned", 0)
    assert sms.due_at == utc(2027, 3, 9, 6), "seven in the morning in Warsaw"
    assert post.sms.taken == []
    post.at(utc(2027, 3, 9, 6))
    assert len(post.sms.taken) == 1


def test_one_bad_row_stops_only_itself(scene: Scene, post: Post) -> None:
    broken = make_calendar(scene.practice)
    bad = book(broken, scene.patient)
    good = [book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + hours(n)) for n in range(1, 4)]
    type(broken.address).objects.filter(pk=broken.address_id).update(time_zone="Nowhere/Land")

    post.at(UNDONE)

    failed = messages(bad, kind=Kind.DETAILS, channel="email")[0]
    assert (failed.status, failed.reason) == ("failed", Reason.CANNOT_RENDER)
    for visit in good:
        assert messages(visit, kind=Kind.DETAILS, channel="email")[0].status == "sent"


def test_a_provider_that_is_down_opens_the_breaker_and_later_everything_goes(scene: Scene, post: Post) -> None:
    visits = [book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + hours(n)) for n in range(20)]
    post.email.always = Deferred(detail="cannot connect", trouble=Trouble.PROVIDER)
    post.per_second = 10

    post.at(UNDONE)

    tries = len(post.email.taken)
    assert 5 <= tries < len(visits), "the breaker spares the provider, and the messages their tries"
    assert BreakerState.objects.get().failures >= 5
    untried = Message.objects.filter(kind=Kind.DETAILS, channel="email", attempts=0, status="planned").count()
    assert untried == len(visits) - tries
    post.at(UNDONE + timedelta(seconds=10))
    assert len(post.email.taken) == tries, "it rests"

    post.email.always = None
    for minute in range(1, 6):
        post.at(UNDONE + timedelta(minutes=minute))

    assert Message.objects.filter(kind=Kind.DETAILS, channel="email", status="sent").count() == len(visits)
    assert not BreakerState.objects.exists()


def test_a_half_open_breaker_sends_one_probe(scene: Scene, post: Post) -> None:
    for n in range(20):
        book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + hours(n))
    post.email.always = Deferred(trouble=Trouble.ACCOUNT)
    post.per_second = 1
    post.at(UNDONE)
    tries = len(post.email.taken)
    assert tries == 1

    post.at(UNDONE + timedelta(minutes=6))

    assert len(post.email.taken) == tries + 1


def test_the_breaker_of_one_account_stops_no_other(scene: Scene, post: Post) -> None:
    post.sms.always = Deferred(trouble=Trouble.ACCOUNT)
    for n in range(3):
        book(scene.calendar, make_patient(scene.practice, email=""), NEXT_WEEK + hours(n))
    book(scene.calendar, make_patient(scene.practice, phone=""), NEXT_WEEK + hours(5))

    post.at(UNDONE)

    assert len(post.email.taken) == 1


def test_a_provider_down_fails_no_booking_and_the_sms_follows_the_lost_mail(scene: Scene, post: Post) -> None:
    post.email.always = Deferred(trouble=Trouble.MESSAGE)
    visit = book(scene.calendar, scene.patient)
    for minute in range(75):
        post.at(UNDONE + timedelta(minutes=minute))

    mail = messages(visit, kind=Kind.DETAILS, channel="email")[0]
    assert (mail.status, mail.reason) == ("failed", Reason.PROVIDER_UNAVAILABLE)
    sms = messages(visit, kind=Kind.DETAILS, channel="sms")[0]
    assert sms.status == "sent"
    assert sms.sent_at is not None
    assert sms.sent_at - UNDONE < hours(1.2)


def test_settings_that_cannot_be_used_hold_messages_back_and_lose_none(scene: Scene) -> None:
    from myosotis.dispatch.run import run_until_idle

    visit = book(scene.calendar, scene.patient)
    run_until_idle(UNDONE)

    mail = messages(visit, kind=Kind.DETAILS, channel="email")[0]
    assert (mail.status, mail.reason) == ("planned", Reason.PROVIDER_UNAVAILABLE)
    assert BreakerState.objects.get().open_until is not None


def test_an_account_taken_away_after_planning_ends_the_message(scene: Scene, post: Post) -> None:
    visit = book(scene.calendar, scene.patient)
    ProviderAccount.objects.filter(channel="email").update(enabled=False)

    post.at(UNDONE)

    assert post.counts() == (0, 0, 1), "the SMS follows at once"
    assert messages(visit, kind=Kind.DETAILS, channel="email")[0].reason == Reason.NO_PROVIDER


def test_a_dead_number_is_marked_and_a_stopped_one_remembered(scene: Scene, post: Post) -> None:
    other = make_patient(scene.practice, email="")
    scene.patient.email = ""
    scene.patient.save()
    post.sms.answers.extend(
        [
            Refused(reason=Reason.ADDRESS_REFUSED, detail="13", address_dead=True),
            Refused(reason=Reason.SMS_STOPPED, detail="stopped"),
        ]
    )
    book(scene.calendar, scene.patient)
    book(scene.calendar, other, NEXT_WEEK + hours(1))
    post.at(UNDONE)

    marked = set(Patient.objects.exclude(phone_bad_at=None).values_list("phone", flat=True))
    stopped_numbers = set(StoppedNumber.objects.values_list("phone", flat=True))
    assert marked | stopped_numbers == {scene.patient.phone, other.phone}
    assert len(marked) == len(stopped_numbers) == 1


def test_no_address_name_or_text_in_the_logs(
    scene: Scene, post: Post, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    import logging

    import structlog

    caplog.set_level(logging.DEBUG)
    scene.patient.email = ""
    scene.patient.save()
    post.sms.answers.append(RuntimeError(f"cannot send to {scene.patient.phone}"))
    with structlog.testing.capture_logs() as logged:
        book(scene.calendar, scene.patient)
        broken = make_calendar(scene.practice)
        book(broken, make_patient(scene.practice))
        type(broken.address).objects.filter(pk=broken.address_id).update(time_zone="Nowhere/Land")
        for minutes in (1, 10, 60 * 4, 60 * 24 * 9):
            post.at(NOW + timedelta(minutes=minutes))

    sms = post.sms.taken[0].content
    assert isinstance(sms, SmsContent)
    out, err = capfd.readouterr()
    everything = out + err + caplog.text + repr(logged)
    assert logged, "something was logged at all"
    for private in (scene.patient.phone, scene.patient.phone[3:], scene.patient.last_name, sms.text, "example.org"):
        assert private not in everything


@pytest.mark.parametrize(
    ("kinds", "at"),
    [({Kind.REMINDER}, REMINDER_AT), ({Kind.REVIEW}, NEXT_WEEK + hours(3)), ({Kind.REBOOK}, NEXT_WEEK + hours(24))],
    ids=["reminder", "review", "rebook"],
)
def test_what_is_judged_alone_goes_as_it_would_if_all_messages_were_read(
    scene: Scene, post: Post, monkeypatch: pytest.MonkeyPatch, kinds: set[Kind], at: datetime
) -> None:
    book(scene.calendar, scene.patient)
    for before in (UNDONE, UNDONE + hours(5), REMINDER_AT, NEXT_WEEK + hours(3)):
        if before < at:
            post.at(before)
    feed.feed(at)
    claimed = claim(worker="me", now=at, limit=10)
    assert {one.kind for one in claimed} == kinds

    alone = checker.check(claimed, at)
    monkeypatch.setattr(checker, "JUDGED_ALONE", frozenset())

    assert alone == checker.check(claimed, at)
    assert all(isinstance(one, Ready) for one in alone.values())
