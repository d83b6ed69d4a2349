"""The digest for staff: planned when something happens, counted when it goes, without a name (docs/rules.md 7.6)."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from pytest_django import Settings

from myosotis.channels.base import EmailContent
from myosotis.domain.values import utc
from myosotis.domain.words import Digest, MessageStatus, Party, Reason, Role, SubjectType, Via
from myosotis.flows import digest_planned, notices_seen, sms_arrived, visit_confirmed
from myosotis.flows.actor import patient as by_patient
from myosotis.store.models import Calendar, Membership, Message, StaffLetter, StaffUser
from tests.db.dispatch.conftest import Post
from tests.db.make import NOW, Scene, book, hours, make_calendar, make_doctor, make_patient

pytestmark = pytest.mark.django_db(transaction=True)
WARSAW = ZoneInfo("Europe/Warsaw")
EVENING = utc(2027, 3, 1, 17)
"""18:00 in Warsaw on the day of NOW."""


@pytest.fixture(autouse=True)
def address(settings: Settings) -> None:
    settings.MYOSOTIS = settings.MYOSOTIS.model_copy(update={"public_url": "https://wizyty.example"})


def member(scene: Scene, role: Role = Role.RECEPTIONIST, **given: object) -> Membership:
    user = StaffUser.objects.create_user(f"{role}-{StaffUser.objects.count()}@example.org")
    values = {"digest": Digest.DAILY, "digest_at": time(18, 0), **given}
    return Membership.objects.create(practice=scene.practice, user=user, role=role, **values)


def confirmed(scene: Scene, now: datetime = NOW, via: Via = Via.PORTAL, scene_calendar: Calendar | None = None) -> None:
    visit = book(scene_calendar or scene.calendar, make_patient(scene.practice), now=now - hours(1))
    visit_confirmed.confirm(
        practice=scene.practice,
        visit_id=visit.pk,
        by=Party.PATIENT,
        via=via,
        actor=by_patient(visit.patient_id),
        now=now,
    )


def digests() -> list[Message]:
    return list(Message.objects.filter(subject_type=SubjectType.STAFF).order_by("id"))


def mails(post: Post) -> list[EmailContent]:
    found = [one.content for one in post.email.taken if one.address.endswith("@example.org")]
    return [content for content in found if isinstance(content, EmailContent) and "panel" in content.subject.lower()]


def test_nobody_wishes_a_digest_and_none_is_planned(scene: Scene) -> None:
    member(scene, digest=Digest.NONE)
    confirmed(scene)

    assert digests() == []


def test_one_digest_a_day_for_each_who_wishes_it_however_much_happens(scene: Scene) -> None:
    member(scene)
    member(scene, Role.OWNER)
    for minute in range(3):
        confirmed(scene, NOW + timedelta(minutes=minute))
    sms_arrived.take(practice_id=scene.practice.pk, sender=scene.patient.phone, text="Dzień dobry", now=NOW)

    assert [row.due_at for row in digests()] == [EVENING, EVENING]


def test_what_staff_do_plans_no_digest(scene: Scene) -> None:
    member(scene)
    confirmed(scene, via=Via.DESK)

    assert digests() == []


def test_it_counts_what_happened_and_names_nobody(scene: Scene, post: Post) -> None:
    member(scene)
    confirmed(scene)
    confirmed(scene, NOW + hours(1))
    sms_arrived.take(
        practice_id=scene.practice.pk, sender=scene.patient.phone, text="Czy wziąć wyniki?", now=NOW + hours(2)
    )
    post.at(EVENING)

    (mail,) = mails(post)
    assert mail.subject == "Nowe w panelu: 3"
    assert "Wizyty potwierdzone przez pacjentów: 2" in mail.text
    assert "Odpowiedzi pacjentów do przeczytania: 1" in mail.text
    assert "https://wizyty.example/desk/notices" in mail.text
    for content in (mail.text, mail.html):
        assert scene.patient.last_name not in content
        assert "wyniki" not in content


def test_what_was_seen_at_the_desk_is_not_told_again(scene: Scene, post: Post) -> None:
    who = member(scene)
    confirmed(scene)
    notices_seen.see(practice=scene.practice, membership_id=who.pk, until=NOW + hours(1), now=NOW + hours(1))
    post.at(EVENING)

    (row,) = digests()
    assert (mails(post), row.status, row.reason) == ([], MessageStatus.CANCELLED, Reason.NOTHING_NEW)


def test_the_next_one_tells_only_what_happened_since(scene: Scene, post: Post) -> None:
    member(scene)
    confirmed(scene)
    post.at(EVENING)
    confirmed(scene, EVENING + hours(2))
    post.at(EVENING + hours(24))

    assert [mail.subject for mail in mails(post)] == ["Nowe w panelu: 1", "Nowe w panelu: 1"]


def test_a_doctor_is_told_of_the_own_calendars_only(scene: Scene, post: Post) -> None:
    other = make_calendar(scene.practice, make_doctor(scene.practice, "Jan Inny"))
    member(scene, Role.DOCTOR, doctor=scene.calendar.doctor)
    confirmed(scene, scene_calendar=other)
    post.at(EVENING)

    assert mails(post) == []


def test_who_changed_their_mind_gets_none(scene: Scene, post: Post) -> None:
    who = member(scene)
    confirmed(scene)
    Membership.objects.filter(id=who.pk).update(digest=Digest.NONE)
    post.at(EVENING)

    assert mails(post) == []
    assert StaffLetter.objects.count() == 1


def test_seen_does_not_go_back_nor_into_the_future(scene: Scene) -> None:
    who = member(scene)
    for until, expected in ((NOW + hours(9), NOW), (NOW - hours(1), NOW)):
        notices_seen.see(practice=scene.practice, membership_id=who.pk, until=until, now=NOW)
        who.refresh_from_db()
        assert who.seen_at == expected


@pytest.mark.parametrize(
    ("now", "at", "due"),
    [
        (utc(2027, 3, 1, 16, 59), time(18, 0), utc(2027, 3, 1, 17)),
        (utc(2027, 3, 1, 17), time(18, 0), utc(2027, 3, 2, 17)),
        (utc(2027, 3, 27, 18), time(18, 0), utc(2027, 3, 28, 16)),  # summer time begins in the night
        (utc(2027, 10, 30, 17), time(18, 0), utc(2027, 10, 31, 17)),  # and ends
        (utc(2027, 3, 27, 20), time(2, 30), utc(2027, 3, 28, 1)),  # a time that the clock skips: the next that exists
        (utc(2027, 10, 30, 20), time(2, 30), utc(2027, 10, 31, 0, 30)),  # one that comes twice: the first
        (utc(2027, 10, 31, 0, 45), time(2, 30), utc(2027, 11, 1, 1, 30)),  # between the two: not again today
    ],
)
def test_a_digest_goes_by_the_clock_on_the_wall(now: datetime, at: time, due: datetime) -> None:
    day, found = digest_planned.following(now, at, WARSAW)

    assert found == due
    assert day == due.astimezone(WARSAW).date()


def test_something_at_night_is_told_in_the_evening_of_that_day(scene: Scene) -> None:
    member(scene)
    sms_arrived.take(practice_id=scene.practice.pk, sender=scene.patient.phone, text="Halo", now=EVENING + hours(6.5))

    (row,) = digests()
    assert row.due_at == EVENING + hours(24)
    assert StaffLetter.objects.get().day == (EVENING + hours(24)).astimezone(WARSAW).date()
