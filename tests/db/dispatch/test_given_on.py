"""A visit given on and on: each who had it hears that it is theirs no more (docs/rules.md 2)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from icalendar import Calendar

from myosotis.channels.base import EmailContent
from myosotis.domain.words import Kind, Reason, Via
from myosotis.flows import import_batches, visit_changed, visits_imported
from myosotis.flows.visits_imported import VisitInput
from myosotis.store.models import Patient, Practice, Visit
from tests.db.dispatch.conftest import Post
from tests.db.make import ACTOR, NEXT_WEEK, NOW, Scene, book, hours, make_patient, messages

UNDONE = NOW + timedelta(seconds=60)
GIVEN = NOW + hours(1)


def give(visit: Visit, patient: Patient, now: datetime, *, correction: bool = False) -> None:
    visit_changed.give_to(
        practice=visit.practice, visit_id=visit.pk, patient_id=patient.pk, correction=correction, via=Via.DESK,
        actor=ACTOR, now=now,
    )  # fmt: skip


@pytest.mark.parametrize("correction", [False, True])
def test_the_sms_of_the_first_still_follows_the_unread_mail(scene: Scene, post: Post, *, correction: bool) -> None:
    second, third = make_patient(scene.practice), make_patient(scene.practice)
    visit = book(scene.calendar, scene.patient)
    post.at(UNDONE)
    give(visit, second, GIVEN)
    post.at(GIVEN + timedelta(minutes=1))
    assert messages(visit, kind=Kind.CANCELLED, channel="email", patient=scene.patient)[0].status == "sent"

    give(visit, third, GIVEN + hours(1), correction=correction)
    post.at(GIVEN + hours(1.1))
    post.at(GIVEN + hours(4.1))

    sms = messages(visit, kind=Kind.CANCELLED, channel="sms", patient=scene.patient)[0]
    assert (sms.status, sms.reason) == ("sent", Reason.FIRST_WAVE_UNREAD)
    assert scene.patient.phone in {outgoing.address for outgoing in post.sms.taken}


def test_a_correction_of_the_new_card_keeps_the_first_informed(scene: Scene, post: Post) -> None:
    """Given to one Jan Kowalski, corrected to the other before anything left: whose visit it was is told all the same."""
    wrong, right = make_patient(scene.practice), make_patient(scene.practice)
    visit = book(scene.calendar, scene.patient)
    post.at(UNDONE)
    give(visit, wrong, GIVEN)
    give(visit, right, GIVEN + timedelta(seconds=30), correction=True)

    post.at(GIVEN + timedelta(minutes=2))

    mail = messages(visit, kind=Kind.CANCELLED, channel="email", patient=scene.patient)[0]
    assert mail.status == "sent"


def test_given_back_the_first_is_told_of_no_cancellation(scene: Scene, post: Post) -> None:
    second = make_patient(scene.practice)
    visit = book(scene.calendar, scene.patient)
    post.at(UNDONE)
    give(visit, second, GIVEN)
    give(visit, scene.patient, GIVEN + timedelta(seconds=30))

    post.at(GIVEN + timedelta(minutes=2))
    post.at(GIVEN + hours(5))

    assert not [row for row in messages(visit, kind=Kind.CANCELLED, patient=scene.patient) if row.sent_at]


def test_given_on_by_a_file_with_another_start_the_first_reads_of_their_own(scene: Scene, post: Post) -> None:
    """Taken over from a file, the first was never written to: what they have in mind is what the visit was."""
    row = VisitInput(
        row=2, calendar_id=scene.calendar.pk, patient_id=scene.patient.pk, start=NEXT_WEEK,
        end=NEXT_WEEK + hours(0.5), external_id="v1",
    )  # fmt: skip
    later = replace(
        row, patient_id=make_patient(scene.practice).pk, start=row.start + hours(51), end=row.end + hours(51)
    )
    for said, now in ((row, NOW), (later, GIVEN)):
        batch = import_batches.begin(practice=scene.practice, what="visits", file_hash="f" * 64, actor=ACTOR, now=now)
        visits_imported.take(practice=scene.practice, batch_id=batch.pk, rows=[said], rows_done=1, actor=ACTOR, now=now)
        import_batches.finish(practice=scene.practice, batch_id=batch.pk, actor=ACTOR, now=now)
    post.at(GIVEN)
    told = messages(Visit.objects.get(), kind=Kind.CANCELLED, channel="email", patient=scene.patient)[0]
    assert "10 marca" in told.text.body
    assert "12 marca" not in told.text.body


def test_passed_from_child_to_child_the_visit_stands_in_their_guardians_calendar(scene: Scene, post: Post) -> None:
    """Both files go to one mailbox under one UID; the invitation wins in whichever order they are read (RFC 5546)."""
    Practice.objects.update(email_sender="recepcja@example.org")
    first, second = (
        make_patient(scene.practice, email="", guardian_name="Ewa Wiśniewska", guardian_email="ewa@example.org")
        for _ in range(2)
    )
    visit = book(scene.calendar, first)
    post.at(UNDONE)
    give(visit, second, GIVEN)
    post.at(GIVEN + timedelta(minutes=1))
    contents = [outgoing.content for outgoing in post.email.taken if isinstance(outgoing.content, EmailContent)]
    calendars = [Calendar.from_ical(content.calendar) for content in contents]
    events = [calendar.walk("VEVENT")[0] for calendar in calendars]
    assert len({str(event["UID"]) for event in events}) == 1
    sequences = {
        (str(calendar["METHOD"]), str(event["ATTENDEE"].params["CN"])): int(str(event["SEQUENCE"]))
        for calendar, event in zip(calendars, events, strict=True)
    }
    assert sequences["REQUEST", first.full_name] < sequences["CANCEL", first.full_name]
    assert sequences["CANCEL", first.full_name] < sequences["REQUEST", second.full_name]
