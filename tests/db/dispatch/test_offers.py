"""Messages about a freed slot on their way out: looked at again just before, each with its own link (docs/rules.md 4)."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from myosotis.channels.base import EmailContent, SmsContent
from myosotis.domain.words import MessageStatus, Party, Via
from myosotis.flows import offer_closed, visit_moved
from myosotis.store.models import Message, Offer, Patient, Practice, Visit
from tests.db.dispatch.conftest import Post
from tests.db.make import ACTOR, Scene, book, hours, make_subscription
from tests.db.offers import (
    MINUTE,
    MONDAY,
    SATURDAY,
    WEDNESDAY,
    closed,
    ended,
    mail_of,
    offered,
    take,
    waiting,
)


@pytest.fixture
def others(scene: Scene) -> list[Visit]:
    return waiting(scene, 2)


@pytest.fixture
def offer(scene: Scene, others: list[Visit], post: Post) -> Offer:
    post.at(SATURDAY - hours(1))  # what had to be said of the bookings
    for channel in (post.email, post.sms, post.push):
        channel.taken.clear()
    return offered(book(scene.calendar, scene.patient, MONDAY, via=Via.API))


def test_it_says_both_times_and_each_link_is_its_own(post: Post, offer: Offer, others: list[Visit]) -> None:
    post.at(SATURDAY)
    sms = [out.content for out in post.sms.taken if isinstance(out.content, SmsContent)]
    texts = [content.text for content in sms if "08.03" in content.text]
    assert len(texts) == 2
    assert all("08:00" in text and "10.03" in text for text in texts)
    assert len({text.rpartition("/")[2] for text in texts}) == 2
    assert {row.status for row in mail_of(offer)} == {MessageStatus.SENT}


def test_the_mail_has_a_one_click_end_to_such_offers(post: Post, offer: Offer) -> None:
    post.at(SATURDAY)
    mails = [out.content for out in post.email.taken if isinstance(out.content, EmailContent)]
    about = [mail for mail in mails if "08.03.2027" in mail.subject]
    assert len(about) == 2
    assert all(mail.unsubscribe_url and not mail.calendar for mail in about)


def test_an_app_user_gets_a_push_too(scene: Scene, post: Post, others: list[Visit]) -> None:
    make_subscription(others[0].patient)
    offered(book(scene.calendar, scene.patient, MONDAY))
    post.at(SATURDAY)
    assert len(post.push.taken) == 1


def _closed(offer: Offer, visit: Visit) -> None:
    offer_closed.stop(practice=offer.practice, offer_id=offer.pk, actor=ACTOR, now=SATURDAY)


def _behind_our_back(**given: object) -> Callable[[Offer, Visit], None]:
    def change(offer: Offer, visit: Visit) -> None:
        Patient.objects.filter(id=visit.patient_id).update(**given)

    return change


def _moved(offer: Offer, visit: Visit) -> None:
    Visit.objects.filter(id=visit.pk).update(start=visit.start + hours(1), end=visit.end + hours(1))


def _switched_off(offer: Offer, visit: Visit) -> None:
    Visit.objects.filter(id=visit.pk).update(offer=False)


def _ended(offer: Offer, visit: Visit) -> None:
    Offer.objects.filter(id=offer.pk).update(closed_at=SATURDAY, closed_because="taken")


def _answered(offer: Offer, visit: Visit) -> None:
    offer.candidates.filter(visit=visit).update(answer="declined")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_behind_our_back(no_offer=True), "opted_out"),
        (_behind_our_back(deceased=True), "deceased"),
        (_behind_our_back(phone="", email=""), None),
        (_moved, "visit_changed"),
        (_switched_off, "switch_off_for_visit"),
        (_ended, "offer_taken"),
        (_answered, "offer_answered"),
        (_closed, "offer_closed"),
    ],
    ids=["opted out", "deceased", "no address", "moved", "switched off", "taken", "declined", "stopped"],
)
def test_what_is_no_longer_true_stops_it_at_the_last_look(
    post: Post, offer: Offer, others: list[Visit], change: Callable[[Offer, Visit], None], reason: str | None
) -> None:
    change(offer, others[0])
    post.at(SATURDAY)
    rows = mail_of(offer, others[0])
    assert {row.status for row in rows} == {MessageStatus.CANCELLED}
    assert {row.reason for row in rows} == ({reason} if reason else {"no_email", "no_phone"})


def test_one_broken_row_does_not_keep_the_others(post: Post, offer: Offer, others: list[Visit]) -> None:
    Patient.objects.filter(id=others[0].patient_id).update(language="xx")
    post.at(SATURDAY)
    assert {row.status for row in mail_of(offer, others[0])} == {MessageStatus.FAILED}
    assert {row.status for row in mail_of(offer, others[1])} == {MessageStatus.SENT}


def test_late_in_the_evening_the_mail_waits_for_the_morning_like_the_rest(
    scene: Scene, post: Post, others: list[Visit]
) -> None:
    offer = offered(book(scene.calendar, scene.patient, MONDAY), SATURDAY)
    Message.objects.filter(id__in=[row.pk for row in mail_of(offer)]).update(due_at=SATURDAY + hours(1))
    post.at(SATURDAY + hours(13))  # 23:00: the dispatcher had been away
    assert {(row.status, row.due_at) for row in mail_of(offer)} == {("planned", SATURDAY + hours(21))}


def test_two_hours_before_its_start_the_offer_closes(post: Post, offer: Offer) -> None:
    Practice.objects.update(window_opens="05:00")
    post.at(SATURDAY)
    post.at(MONDAY - hours(2) - timedelta(seconds=1))
    assert closed(offer) is None
    post.at(MONDAY - hours(2))
    assert closed(offer) == "time"
    assert {status for status, _ in ended(offer)} == {"sent"}


def test_down_until_too_late_nothing_goes(scene: Scene, post: Post, others: list[Visit]) -> None:
    Practice.objects.update(window_opens="05:00")
    offer = offered(book(scene.calendar, scene.patient, MONDAY))
    post.at(MONDAY - hours(2))
    assert closed(offer) == "time"
    assert ended(offer) == {("expired", "expired")}


def test_taken_by_one_before_the_second_round_the_second_never_hears_of_it(scene: Scene, post: Post) -> None:
    scene.calendar.offer_round_size = 1
    scene.calendar.save()
    first, second = waiting(scene, 2)
    offer = offered(book(scene.calendar, scene.patient, MONDAY))
    post.at(SATURDAY)
    take(offer, first, SATURDAY + MINUTE)
    post.at(SATURDAY + hours(2))
    assert {row.status for row in mail_of(offer, first)} == {"sent"}
    assert {(row.status, row.reason) for row in mail_of(offer, second)} == {("cancelled", "offer_taken")}


def test_the_winner_hears_of_the_move_as_of_their_own(scene: Scene, post: Post, others: list[Visit]) -> None:
    post.at(SATURDAY - hours(1))
    offer = offered(book(scene.calendar, scene.patient, MONDAY))
    post.at(SATURDAY)
    take(offer, others[0], SATURDAY + MINUTE)
    post.at(SATURDAY + 2 * MINUTE)
    moved = Message.objects.filter(visit=others[0], kind="moved")
    assert {(row.channel, row.status) for row in moved} == {("email", "sent")}


def test_a_window_that_closed_meanwhile_holds_it(post: Post, offer: Offer, scene: Scene) -> None:
    Practice.objects.filter(id=scene.practice.pk).update(window_opens="12:00")
    Message.objects.filter(id__in=[row.pk for row in mail_of(offer)]).update(due_at=SATURDAY - hours(1))
    post.at(SATURDAY)
    assert {row.due_at for row in mail_of(offer)} == {SATURDAY + hours(2)}


def test_moved_by_the_practice_in_between_the_offer_is_not_repeated_for_the_new_time(
    scene: Scene, post: Post, offer: Offer, others: list[Visit]
) -> None:
    visit_moved.move(
        practice=scene.practice, visit_id=others[0].pk, start=WEDNESDAY + hours(30), by=Party.PRACTICE, via=Via.API,
        actor=ACTOR, now=SATURDAY,
    )  # fmt: skip
    post.at(SATURDAY)
    assert {(row.status, row.reason) for row in mail_of(offer, others[0])} == {("cancelled", "visit_moved")}
