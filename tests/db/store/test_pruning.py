"""What is kept only for a time (docs/rules.md 6)."""

from datetime import datetime, timedelta

from myosotis.dispatch.pruner import prune
from myosotis.domain.words import CallResult
from myosotis.store.models import (
    CallNote,
    Hold,
    IdempotencyKey,
    ImportBatch,
    IncomingMessage,
    Message,
    MessageEvent,
    MessageText,
    PhoneVerification,
    Visit,
)
from tests.db.make import NEXT_WEEK, NOW, Scene, book, make_service, messages, send_due

SECOND = timedelta(seconds=1)


def told(scene: Scene) -> tuple[Visit, datetime]:
    """A visit whose messages all left, each with its text; and when it ended."""
    visit = book(scene.calendar, scene.patient)
    for row in send_due(visit, NEXT_WEEK + timedelta(days=2)):
        MessageText.objects.create(message=row, practice=scene.practice, address="x@example.org", body="...")
    return visit, visit.end


def test_texts_and_addresses_go_90_days_after_the_visit_and_the_rows_stay(scene: Scene) -> None:
    visit, end = told(scene)
    rows = len(messages(visit))

    prune(end + timedelta(days=90))
    assert MessageText.objects.exists()
    prune(end + timedelta(days=90) + SECOND)

    assert not MessageText.objects.exists()
    assert len(messages(visit)) == rows


def test_the_rows_go_after_24_months(scene: Scene) -> None:
    visit, end = told(scene)
    Message.objects.filter(visit=visit, status__in=["planned", "waiting"]).update(status="expired")
    MessageEvent.objects.create(practice=scene.practice, message=messages(visit)[0], at=NOW, status="sent")

    prune(end + timedelta(days=730))
    assert messages(visit)
    prune(end + timedelta(days=730) + SECOND)

    assert messages(visit) == []
    assert not MessageEvent.objects.exists()


def test_what_was_noted_of_calls_goes_90_days_after_the_visit(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    CallNote.objects.create(
        practice=scene.practice, visit=visit, revision=1, at=NOW, result=CallResult.REACHED, note="Boi się igieł.",
        actor="staff:1",
    )  # fmt: skip
    prune(visit.end + timedelta(days=90))
    assert CallNote.objects.get().note
    prune(visit.end + timedelta(days=90) + SECOND)
    assert (CallNote.objects.get().note, CallNote.objects.get().result) == ("", CallResult.REACHED)


def test_what_patients_wrote_goes_after_90_days(scene: Scene) -> None:
    IncomingMessage.objects.create(
        practice=scene.practice, channel="sms", sender=scene.patient.phone, text="...", received_at=NOW
    )
    prune(NOW + timedelta(days=90))
    assert IncomingMessage.objects.exists()
    prune(NOW + timedelta(days=90) + SECOND)
    assert not IncomingMessage.objects.exists()


def test_remembered_answers_of_the_api_go_after_a_day_even_if_nobody_calls_again(scene: Scene) -> None:
    IdempotencyKey.objects.create(practice=scene.practice, key="a", fingerprint="f", body="...", created_at=NOW)
    prune(NOW + timedelta(days=1))
    assert IdempotencyKey.objects.exists()
    prune(NOW + timedelta(days=1) + SECOND)
    assert not IdempotencyKey.objects.exists()


def test_what_was_typed_into_a_form_goes_an_hour_after_its_time_and_the_hold_two_days_later(scene: Scene) -> None:
    over = NOW + timedelta(minutes=10)
    hold = Hold.objects.create(
        practice=scene.practice, calendar=scene.calendar, service=make_service(scene.calendar), key_hash=b"k",
        start=NEXT_WEEK, end=NEXT_WEEK + timedelta(minutes=30), created_at=NOW, expires_at=over, entered=b"sealed",
    )  # fmt: skip
    for held in (hold, None):
        PhoneVerification.objects.create(
            practice=scene.practice, purpose="booking", phone="+48600100200", hold=held, language="pl", created_at=NOW,
            expires_at=over,
        )  # fmt: skip

    def typed() -> bytes:
        return bytes(Hold.objects.get(pk=hold.pk).entered)

    prune(over + timedelta(hours=1) - SECOND)
    assert typed() == b"sealed"
    prune(over + timedelta(hours=1))
    assert typed() == b""
    prune(NOW + timedelta(days=2))
    assert PhoneVerification.objects.count() == 2
    prune(NOW + timedelta(days=2) + SECOND)
    assert not Hold.objects.exists()
    assert not PhoneVerification.objects.exists()


def test_refused_rows_of_an_import_go_after_24_months_and_the_import_stays(scene: Scene) -> None:
    problems = [{"row": 3, "field": "phone", "code": "phone_unusable", "allowed": []}]
    batch = ImportBatch.objects.create(
        practice=scene.practice, what="visits", file_hash="0" * 64, started_at=NOW, problems=problems
    )
    prune(NOW + timedelta(days=730))
    batch.refresh_from_db()
    assert batch.problems == problems
    prune(NOW + timedelta(days=730) + SECOND)
    batch.refresh_from_db()
    assert batch.problems == []
