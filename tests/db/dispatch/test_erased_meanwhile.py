"""A patient erased while a message is being handed over: no address comes back with the record (docs/rules.md 6)."""

from datetime import timedelta

from myosotis.domain.lifecycle import Event
from myosotis.domain.words import Channel, Kind
from myosotis.flows import patient_erased
from myosotis.store.models import MessageText
from myosotis.store.queue import record
from tests.db.make import ACTOR, NOW, Scene, book, claim, messages

UNDONE = NOW + timedelta(seconds=60)


def test_the_record_keeps_what_happened_and_no_text(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    mail = messages(visit, kind=Kind.DETAILS, channel="email")[0]
    name = claim(mail, UNDONE)
    patient_erased.erase(practice=scene.practice, patient_id=scene.patient.pk, actor=ACTOR, now=UNDONE)

    said = record.SaidText(address=scene.patient.email, subject="...", body="...")
    result = record.Result(
        message_id=mail.pk, claim=name, practice_id=scene.practice.pk, visit_id=visit.pk,
        channel=Channel.EMAIL, event=Event.ACCEPTED, at=UNDONE, text=said,
    )  # fmt: skip
    record.record([result], now=UNDONE)

    mail.refresh_from_db()
    assert mail.status == "sent"
    assert not MessageText.objects.exists()
