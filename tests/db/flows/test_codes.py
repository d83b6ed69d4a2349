"""Codes that prove a phone: what is planned, what is taken, and where it ends (docs/rules.md 5)."""

from datetime import datetime, timedelta

import pytest

from myosotis.domain import codes
from myosotis.domain.codes import Verdict
from myosotis.domain.words import Channel, Kind, Language, MessageStatus
from myosotis.flows import code_checked, code_sent
from myosotis.flows.code_sent import Purpose
from myosotis.flows.errors import Conflict
from myosotis.store.models import Message, PhoneVerification, Practice, ProviderAccount, StoppedNumber
from myosotis.store.sealing import derived_key
from tests.db.make import NOW, Scene, make_practice

PHONE = "+48601234567"


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def ask(practice: Practice, now: datetime = NOW, phone: str = PHONE) -> PhoneVerification:
    return code_sent.send(practice=practice, phone=phone, purpose=Purpose.BOOKING, language=Language.PL, now=now)


def right_code(verification: PhoneVerification) -> str:
    return codes.code_of(derived_key("codes"), verification.uuid)


def wrong_code(verification: PhoneVerification) -> str:
    return f"{(int(right_code(verification)) + 1) % 10**6:06d}"


def test_one_sms_is_planned_for_now_and_expires_with_the_code(scene: Scene) -> None:
    verification = ask(scene.practice)
    message = Message.objects.get(kind=Kind.CODE)
    assert (message.channel, message.status, message.due_at) == (Channel.SMS, MessageStatus.PLANNED, NOW)
    assert message.subject_id == verification.pk
    assert message.expires_at == verification.expires_at == NOW + codes.LASTS
    assert message.patient is None


def test_asked_twice_in_a_minute_one_sms_goes(scene: Scene) -> None:
    first = ask(scene.practice)
    again = ask(scene.practice, NOW + seconds(59))
    assert again == first
    assert Message.objects.filter(kind=Kind.CODE).count() == 1
    assert code_sent.may_be_sent_again_at(first) == NOW + seconds(60)


def test_after_a_minute_the_same_code_goes_again_and_lasts_anew(scene: Scene) -> None:
    first = ask(scene.practice)
    again = ask(scene.practice, NOW + seconds(60))
    assert again == first
    assert sorted(Message.objects.filter(kind=Kind.CODE).values_list("copy", flat=True)) == [0, 1]
    assert again.expires_at == NOW + seconds(60) + codes.LASTS


def test_the_right_code_proves_the_phone_also_when_sent_twice(scene: Scene) -> None:
    verification = ask(scene.practice)
    assert code_checked.check(verification, right_code(verification), NOW + seconds(30)) is Verdict.RIGHT
    assert code_checked.check(verification, right_code(verification), NOW + seconds(40)) is Verdict.RIGHT
    verification.refresh_from_db()
    assert verification.verified_at == NOW + seconds(30)


def test_five_wrong_ones_and_it_is_over_until_a_new_code(scene: Scene) -> None:
    verification = ask(scene.practice)
    verdicts = [code_checked.check(verification, wrong_code(verification), NOW) for _ in range(5)]
    assert verdicts == [*[Verdict.WRONG] * 4, Verdict.USED_UP]
    assert code_checked.check(verification, right_code(verification), NOW) is Verdict.USED_UP
    verification.refresh_from_db()
    assert (verification.attempts, verification.verified_at) == (5, None)
    other = ask(scene.practice, NOW + seconds(61))
    assert other != verification
    assert code_checked.check(other, right_code(other), NOW + seconds(90)) is Verdict.RIGHT


def test_too_late_is_too_late(scene: Scene) -> None:
    verification = ask(scene.practice)
    assert code_checked.check(verification, right_code(verification), NOW + codes.LASTS) is Verdict.EXPIRED


def test_a_code_for_one_thing_is_none_for_another(scene: Scene) -> None:
    booking = ask(scene.practice)
    join = code_sent.send(
        practice=scene.practice, phone=PHONE, purpose=Purpose.JOIN, language=Language.PL, now=NOW, patient=scene.patient
    )
    assert join != booking
    assert code_checked.check(join, right_code(booking), NOW) is Verdict.WRONG


def test_three_codes_an_hour_and_six_a_day_go_to_a_number(scene: Scene) -> None:
    moments = [NOW + timedelta(minutes=minutes) for minutes in (0, 2, 4)]
    for moment in moments:
        ask(scene.practice, moment)
    with pytest.raises(Conflict, match="too_many_codes"):
        ask(scene.practice, NOW + timedelta(minutes=6))
    for minutes in (61, 63, 65):
        ask(scene.practice, NOW + timedelta(minutes=minutes))
    with pytest.raises(Conflict, match="too_many_codes"):
        ask(scene.practice, NOW + timedelta(hours=5))
    ask(scene.practice, NOW + timedelta(hours=24, minutes=1))
    assert Message.objects.filter(kind=Kind.CODE).count() == 7


def test_the_number_of_a_patient_is_limited_like_any_other(scene: Scene) -> None:
    """Nobody learns from a limit whether a number is known here."""
    for phone in (PHONE, scene.patient.phone):
        for minutes in (0, 2, 4):
            ask(scene.practice, NOW + timedelta(minutes=minutes), phone)
        with pytest.raises(Conflict, match="too_many_codes"):
            ask(scene.practice, NOW + timedelta(minutes=6), phone)


def test_a_practice_has_its_limit_and_another_its_own(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "OF_PRACTICE", codes.Limits(an_hour=2, a_day=10))
    other = make_practice("Gabinety Nad Wisłą")
    ask(scene.practice, phone="+48601000001")
    ask(scene.practice, phone="+48601000002")
    with pytest.raises(Conflict, match="too_many_codes"):
        ask(scene.practice, phone="+48601000003")
    ask(other, phone="+48601000003")


def test_without_an_account_for_sms_there_is_no_code(scene: Scene) -> None:
    ProviderAccount.objects.filter(practice=scene.practice, channel=Channel.SMS).update(enabled=False)
    with pytest.raises(Conflict, match="no_provider"):
        ask(scene.practice)


def test_a_number_that_sent_stop_gets_the_code_that_was_asked_for(scene: Scene) -> None:
    StoppedNumber.objects.create(practice=scene.practice, phone=PHONE, stopped_at=NOW)
    ask(scene.practice)
    assert Message.objects.get(kind=Kind.CODE).status == MessageStatus.PLANNED


def test_it_is_known_when_no_sms_came_through(scene: Scene) -> None:
    verification = ask(scene.practice)
    assert code_sent.reached(verification)
    Message.objects.filter(kind=Kind.CODE).update(status=MessageStatus.FAILED)
    assert not code_sent.reached(verification)
