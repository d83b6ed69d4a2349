"""What SMSAPI calls back with reaches the message and the inbox; anybody else gets nothing."""

from typing import Any

import pytest
from django.test import Client

from myosotis.domain.words import Channel, MessageStatus
from myosotis.store.models import Message, MessageText, ProviderAccount
from myosotis.store.providers import receipt_secret
from tests.db.make import NEXT_WEEK, NOW, Scene, book, messages, sent


@pytest.fixture
def sms(scene: Scene) -> Message:
    """An SMS that was handed over."""
    scene.patient.email = ""
    scene.patient.save()
    visit = book(scene.calendar, scene.patient, start=NEXT_WEEK, now=NOW)
    return sent(messages(visit, channel=Channel.SMS, kind="details")[0], NOW)


@pytest.fixture
def address(settings: Any) -> str:
    settings.MYOSOTIS = settings.MYOSOTIS.model_copy(update={"sms": {"provider": "smsapi"}})
    return f"/receipts/smsapi/{receipt_secret()}"


def fields(message: Message, status: str, name: str) -> dict[str, str]:
    return {
        "MsgId": "A1,A2",
        "status": f"{status},404",
        "status_name": f"{name},DELIVERED",
        "idx": f"{message.uuid.hex},",
    }


@pytest.mark.parametrize("by", ["get", "post"])
def test_a_delivery_report_is_recorded(sms: Message, address: str, by: str) -> None:
    answer = getattr(Client(), by)(address, fields(sms, "404", "DELIVERED"))
    sms.refresh_from_db()

    assert (answer.status_code, answer.content) == (200, b"OK")
    assert sms.status == MessageStatus.DELIVERED


def test_reports_late_repeated_and_unknown_do_no_harm(sms: Message, address: str) -> None:
    for status, name in (("404", "DELIVERED"), ("404", "DELIVERED"), ("409", "QUEUE"), ("999", "NEW")):
        assert Client().get(address, fields(sms, status, name)).content == b"OK"
    sms.refresh_from_db()

    assert sms.status == MessageStatus.DELIVERED
    assert sms.events.filter(status=MessageStatus.DELIVERED).count() == 1


def test_an_incoming_sms_reaches_the_inbox(scene: Scene, sms: Message, address: str) -> None:
    body = {"sms_from": "48601234567", "sms_to": "4799", "sms_text": "Spóźnię się", "MsgId": "B7"}
    body["sms_from"] = scene.patient.phone.removeprefix("+")
    MessageText.objects.create(message=sms, practice=scene.practice, address=scene.patient.phone, body="...")
    Client().post(address, body)
    Client().post(address, body)

    assert [kept.text for kept in scene.practice.incoming_messages.all()] == ["Spóźnię się"]


@pytest.mark.parametrize("secret", ["x", "0" * 40, "%C4%85"])
def test_a_wrong_secret_is_nowhere(sms: Message, address: str, secret: str) -> None:
    answer = Client().get(f"/receipts/smsapi/{secret}", fields(sms, "404", "DELIVERED"))
    sms.refresh_from_db()

    assert answer.status_code == 404
    assert sms.status == MessageStatus.SENT


def test_the_account_of_one_practice_says_nothing_of_anothers_messages(sms: Message) -> None:
    other = Scene.set()
    theirs = ProviderAccount.objects.get(practice=other.practice, channel=Channel.SMS).receipt_key
    Client().get(f"/receipts/smsapi/{theirs}", fields(sms, "404", "DELIVERED"))
    sms.refresh_from_db()

    assert sms.status == MessageStatus.SENT


def test_one_call_to_the_shared_account_speaks_of_several_practices(sms: Message, address: str) -> None:
    other = Scene.set()
    other.patient.email = ""
    other.patient.save()
    visit = book(other.calendar, other.patient, start=NEXT_WEEK, now=NOW)
    theirs = sent(messages(visit, channel=Channel.SMS, kind="details")[0], NOW)
    both = {
        "MsgId": "A1,A2,A3", "status": "404,405,404", "status_name": "DELIVERED,UNDELIVERED,DELIVERED",
        "idx": f"{sms.uuid.hex},{theirs.uuid.hex},{'0' * 32}",
    }  # fmt: skip

    assert Client().post(address, both).content == b"OK"

    sms.refresh_from_db()
    theirs.refresh_from_db()
    assert (sms.status, theirs.status) == (MessageStatus.DELIVERED, MessageStatus.FAILED)
