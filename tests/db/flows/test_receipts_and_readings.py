from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from myosotis.domain.words import Kind, MessageStatus, ReadSignal
from myosotis.flows import message_read, receipt_arrived
from myosotis.flows.receipt_arrived import Report, Reported
from myosotis.store.models import Message, MessageEvent, MessageText, Patient, ReadingReport, StoppedNumber
from tests.db.make import NEXT_WEEK, NOW, Scene, ahead, book, claim, hours, make_patient, messages, send_due, sent

LEFT = NOW + timedelta(seconds=61)


def text_of(message: Message, address: str) -> None:
    MessageText.objects.create(message=message, practice_id=message.practice_id, address=address, body="...")


def arrives(message: Message, report: Report, at: datetime, **given: Any) -> receipt_arrived.Arrived:
    return receipt_arrived.record(report=report, key=message.uuid.hex, now=at, **given)


def mail_of(scene: Scene) -> tuple[Message, Message]:
    """The e-mail of `details`, sent, and the SMS that waits behind it."""
    visit = book(scene.calendar, scene.patient)
    (mail,) = send_due(visit, LEFT)
    text_of(mail, scene.patient.email)
    return mail, messages(visit, kind=Kind.DETAILS, channel="sms")[0]


def test_the_sms_is_due_four_hours_after_the_mail_really_left(scene: Scene) -> None:
    _, sms = mail_of(scene)
    assert (sms.status, sms.due_at, sms.reason) == ("planned", LEFT + hours(4), "first_wave_unread")


def test_a_bounce_sends_the_sms_at_once_and_marks_the_address(scene: Scene) -> None:
    mail, sms = mail_of(scene)
    answer = arrives(mail, Report.ADDRESS_DEAD, LEFT + hours(1), detail="5.1.1")
    assert (answer.found, answer.changed) == (True, True)
    mail.refresh_from_db()
    sms.refresh_from_db()
    assert (mail.status, mail.reason, mail.detail) == ("failed", "address_refused", "5.1.1")
    assert (sms.status, sms.due_at, sms.reason) == ("planned", LEFT + hours(1), "first_wave_failed")
    scene.patient.refresh_from_db()
    assert scene.patient.email_bad_at == LEFT + hours(1)
    assert mail.visit is not None
    skipped = messages(mail.visit, kind=Kind.REMINDER, channel="email")[0]
    assert (skipped.status, skipped.reason) == ("skipped", "bad_email")


def test_an_address_entered_since_is_not_the_one_that_failed(scene: Scene) -> None:
    mail, _ = mail_of(scene)
    Patient.objects.filter(id=scene.patient.pk).update(email="nowy@example.org")
    arrives(mail, Report.ADDRESS_DEAD, LEFT + hours(1))
    scene.patient.refresh_from_db()
    assert scene.patient.email_bad_at is None


@pytest.mark.parametrize("order", sorted(set(permutations([Report.DELIVERED, Report.DELIVERED, Report.FAILED]))))
def test_repeated_reports_in_any_order_end_in_one_final_status(scene: Scene, order: tuple[Report, ...]) -> None:
    mail, _ = mail_of(scene)
    for minute, report in enumerate(order):
        arrives(mail, report, LEFT + timedelta(minutes=minute + 1))
    mail.refresh_from_db()
    assert mail.status == ("delivered" if order[0] is Report.DELIVERED else "failed")
    assert MessageEvent.objects.filter(message=mail).count() == 1


def test_a_report_may_overtake_our_own_record(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    mail = messages(visit, kind=Kind.DETAILS, channel="email")[0]
    claim(mail, LEFT)
    arrives(mail, Report.DELIVERED, LEFT)
    mail.refresh_from_db()
    assert (mail.status, mail.sent_at) == ("delivered", LEFT)


def test_a_report_about_what_was_never_handed_over_changes_nothing(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    mail = messages(visit, kind=Kind.DETAILS, channel="email")[0]
    assert not arrives(mail, Report.FAILED, LEFT).changed
    assert not receipt_arrived.record(report=Report.FAILED, key="nonsense", now=LEFT).found


def test_a_provider_that_returns_no_key_is_found_by_its_own_id(scene: Scene) -> None:
    mail, _ = mail_of(scene)
    Message.objects.filter(id=mail.pk).update(provider="smsapi", provider_id="abc")
    given: dict[str, Any] = {
        "report": Report.DELIVERED,
        "provider": "smsapi",
        "provider_id": "abc",
        "now": LEFT + hours(1),
    }
    assert not receipt_arrived.record(practice_id=scene.practice.pk + 1, **given).found
    assert receipt_arrived.record(practice_id=scene.practice.pk, **given).changed


def test_cost_and_parts_are_kept(scene: Scene) -> None:
    mail, _ = mail_of(scene)
    arrives(mail, Report.DELIVERED, LEFT, parts=2, price="0.1650")
    mail.refresh_from_db()
    assert (mail.provider_parts, str(mail.price)) == (2, "0.1650")


def test_stop_at_the_provider_ends_sms_of_every_card_with_that_number(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    child = Patient.objects.create(
        practice=scene.practice, last_name="Mała", created_at=NOW, guardian_phone=scene.patient.phone
    )
    other = book(scene.calendar, child)
    sms = sent(messages(visit, kind=Kind.REMINDER, channel="sms")[0], visit.start - hours(48))
    text_of(sms, scene.patient.phone)
    arrives(sms, Report.STOPPED, visit.start - hours(47))
    assert StoppedNumber.objects.get().at_provider
    for concerned in (visit, other):
        assert not {channel for _, channel in ahead(concerned)} & {"sms"}


@pytest.mark.parametrize("signal", [ReadSignal.PAGE, ReadSignal.ACTION, ReadSignal.PUSH_CLICK, ReadSignal.CONFIRMED])
def test_reading_drops_the_sms(scene: Scene, signal: ReadSignal) -> None:
    mail, sms = mail_of(scene)
    assert message_read.report(message_id=mail.pk, signal=signal, now=LEFT + hours(1))
    sms.refresh_from_db()
    assert (sms.status, sms.reason) == ("cancelled", "read")
    assert ReadingReport.objects.get().counted


def test_what_has_not_left_cannot_have_been_read(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    mail = messages(visit, kind=Kind.DETAILS, channel="email")[0]
    assert not message_read.report(message_id=mail.pk, signal=ReadSignal.PAGE, now=LEFT)
    assert not ReadingReport.objects.get().counted


def test_a_page_that_showed_an_older_revision_reads_nothing(scene: Scene) -> None:
    mail, _ = mail_of(scene)
    assert not message_read.report(message_id=mail.pk, signal=ReadSignal.PAGE, now=LEFT + hours(1), shown_revision=2)


def test_the_image_counts_only_with_switch_consent_and_time(scene: Scene) -> None:
    mail, sms = mail_of(scene)
    assert not message_read.image_loaded(message_id=mail.pk, user_agent="GoogleImageProxy", now=LEFT + hours(1))
    sms.refresh_from_db()
    assert sms.status == MessageStatus.PLANNED
    assert [report.counted for report in ReadingReport.objects.all()] == [False]


def said(message: Message, report: Report = Report.DELIVERED, **given: Any) -> Reported:
    return Reported(report=report, key=message.uuid.hex, **given)


def sms_sent(scene: Scene, count: int) -> list[Message]:
    """So many patients without e-mail, each with an SMS that went."""
    made = (make_patient(scene.practice, email="") for _ in range(count))
    visits = [book(scene.calendar, patient, NEXT_WEEK + hours(number)) for number, patient in enumerate(made)]
    return [sent(messages(visit, channel="sms", kind=Kind.DETAILS)[0], LEFT) for visit in visits]


def test_reports_that_come_together_are_each_taken(scene: Scene) -> None:
    first, second, third = sms_sent(scene, 3)
    calls = [
        said(first),
        said(second, Report.FAILED, detail="405"),
        Reported(report=Report.DELIVERED, key="nobody's"),
        said(third),
    ]

    answers = receipt_arrived.record_all(calls, now=LEFT + hours(1))

    assert [(answer.found, answer.changed) for answer in answers] == [
        (True, True),
        (True, True),
        (False, False),
        (True, True),
    ]
    rows = [Message.objects.get(pk=message.pk) for message in (first, second, third)]
    assert [(row.status, row.reason) for row in rows] == [
        ("delivered", ""),
        ("failed", "not_delivered"),
        ("delivered", ""),
    ]
    assert MessageEvent.objects.filter(message__in=rows, at=LEFT + hours(1)).count() == 3


def test_of_two_reports_of_one_message_that_come_together_the_first_holds(scene: Scene) -> None:
    [sms] = sms_sent(scene, 1)

    answers = receipt_arrived.record_all([said(sms), said(sms, Report.FAILED, parts=3)], now=LEFT + hours(1))

    sms.refresh_from_db()
    assert [answer.changed for answer in answers] == [True, False]
    assert (sms.status, sms.provider_parts) == ("delivered", 3), "what the provider counted is kept all the same"
    assert MessageEvent.objects.filter(message=sms, at=LEFT + hours(1)).count() == 1


def test_many_reports_take_no_more_statements_than_one(
    scene: Scene, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    several = sms_sent(scene, 6)
    with CaptureQueriesContext(connection) as alone:
        receipt_arrived.record_all([said(several[0])], now=LEFT + hours(1))
    with django_assert_max_num_queries(len(alone)):
        receipt_arrived.record_all([said(one) for one in several[1:]], now=LEFT + hours(1))
    assert Message.objects.filter(status="delivered").count() == 6


@pytest.mark.parametrize("price", ["", "many", "NaN", "Infinity", "99999999999"])
def test_a_price_that_is_none_keeps_no_report_from_counting(scene: Scene, price: str) -> None:
    [sms] = sms_sent(scene, 1)
    before = sms.price
    assert arrives(sms, Report.DELIVERED, LEFT + hours(1), price=price).changed
    sms.refresh_from_db()
    assert (sms.status, sms.price) == ("delivered", before)
