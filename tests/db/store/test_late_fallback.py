"""A fallback that a flow sets to wait while its first wave is being recorded is asked about all the same."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from myosotis.domain.lifecycle import Event
from myosotis.domain.values import Appointment
from myosotis.domain.words import Channel, Kind, Reason
from myosotis.store.models import Message
from myosotis.store.queue import record
from tests.db.make import NOW, Scene, book, claim, hours, messages

UNDONE = NOW + timedelta(seconds=60)


@pytest.mark.skipif(connection.vendor == "sqlite", reason="an immediate transaction lets no flow in between")
def test_the_sms_gets_its_due_time(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    visit = book(scene.calendar, scene.patient)
    mail, sms = (messages(visit, kind=Kind.DETAILS, channel=channel)[0] for channel in ("email", "sms"))
    name = claim(mail, UNDONE)
    Message.objects.filter(pk=sms.pk).update(status="skipped", reason=Reason.NO_PROVIDER, fallback="")
    read = record._present

    def after_the_flow(results: Sequence[record.Result]) -> dict[int, dict[str, Any]]:
        """On PostgreSQL the rows may have been waited for, until the flow that had them locked was through."""
        Message.objects.filter(pk=sms.pk).update(status="waiting", reason="", fallback="unread")
        return read(results)

    monkeypatch.setattr(record, "_present", after_the_flow)
    told = Appointment(start=visit.start, calendar_id=visit.calendar_id)
    result = record.Result(
        message_id=mail.pk, claim=name, practice_id=scene.practice.pk, visit_id=visit.pk,
        channel=Channel.EMAIL, event=Event.ACCEPTED, at=UNDONE, told=told,
    )  # fmt: skip
    record.record([result], now=UNDONE)

    sms.refresh_from_db()
    assert (sms.status, sms.due_at) == ("planned", UNDONE + hours(4))
