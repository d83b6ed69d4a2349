"""Today's page: the day's visits with their marks, and what needs a hand."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from myosotis.domain.words import Channel, HaltCause, MessageStatus, Party, Role, Via
from myosotis.flows import sms_arrived, visit_cancelled
from myosotis.store import halts
from myosotis.store.models import Address, BreakerState, Calendar, Message, Patient, ProviderAccount, Visit
from myosotis.web.desk.today.panels import PANELS
from tests.db.desk.conftest import Staff, browser_of, make_staff
from tests.db.make import ACTOR, NOW, Scene, book, hours, make_calendar, make_doctor, make_patient, make_practice, sent
from tests.db.web.letters import Hand


def page(client: Client) -> str:
    answer = client.get(reverse("desk:today"))
    assert answer.status_code == HTTPStatus.OK
    return answer.content.decode()


def piece(client: Client, name: str) -> str:
    answer = client.get(reverse("desk:today_piece", args=[name]), headers={"HX-Request": "true"})
    assert answer.status_code == HTTPStatus.OK
    return answer.content.decode()


def today(scene: Scene, calendar: Calendar | None = None, after: float = 2, **card: Any) -> Visit:
    """A visit of today, booked yesterday."""
    patient = make_patient(scene.practice, **card)
    return book(calendar or scene.calendar, patient, NOW + hours(after), now=NOW - hours(24), via=Via.API)


def test_the_day_shows_each_visit_with_its_state_and_the_next_one(scene: Scene, staff: Staff, hand: Hand) -> None:
    over, ahead = today(scene, after=-1), today(scene, after=1)
    today(scene, after=2)
    told = Message.objects.filter(visit=ahead, kind="details", channel="email").get()
    sent(told, NOW - hours(23))
    html = piece(staff.receptionist, "visits")

    assert html.index(over.patient.last_name) < html.index(ahead.patient.last_name)
    assert html.count("today-next") == 1
    assert f'<li class="today-next" id="today-visit-{ahead.pk}">' in html
    assert "nieprzeczytana" in html
    assert reverse("desk:visit_mark", args=[over.pk, "done"]) in html
    assert reverse("desk:visit_mark", args=[ahead.pk, "done"]) not in html


def test_a_visit_is_marked_with_one_click_and_unmarked_with_another(scene: Scene, staff: Staff) -> None:
    visit = today(scene, after=-1)
    marked = staff.doctor.post(reverse("desk:visit_mark", args=[visit.pk, "no_show"]), headers={"HX-Request": "true"})
    back = reverse("desk:visit_mark", args=[visit.pk, "none"])

    assert marked.headers["HX-Trigger"] == "desk:changed"
    assert back in marked.content.decode()
    assert back in piece(staff.doctor, "visits")
    staff.doctor.post(back)
    visit.refresh_from_db()
    assert visit.status == "booked"


def test_who_could_not_be_told_is_seen_and_called(scene: Scene, staff: Staff) -> None:
    visit = today(scene, after=3, email="", phone="")

    assert "nie powiadomiono" in piece(staff.receptionist, "visits")
    assert visit.patient.last_name in piece(staff.receptionist, "calls")


def test_replies_unconfirmed_visits_and_running_offers_are_shown(scene: Scene, staff: Staff) -> None:
    sms_arrived.take(practice_id=scene.practice.pk, sender=scene.patient.phone, text="Czy jest winda?", now=NOW)
    tomorrow = book(scene.calendar, make_patient(scene.practice), NOW + hours(25))
    freed = book(scene.calendar, make_patient(scene.practice), NOW + hours(24 * 5), via=Via.API)
    waiting = book(scene.calendar, make_patient(scene.practice), NOW + hours(24 * 9), via=Via.API)
    visit_cancelled.cancel(
        practice=scene.practice, visit_id=freed.pk, by=Party.PATIENT, via=Via.API, actor=ACTOR, now=NOW
    )

    assert "Czy jest winda?" in piece(staff.receptionist, "replies")
    assert tomorrow.patient.last_name in piece(staff.receptionist, "unconfirmed")
    assert waiting.patient.last_name in piece(staff.receptionist, "offers")


def test_trouble_with_sending_is_said_in_plain_words(scene: Scene, staff: Staff) -> None:
    assert "Kłopot" not in piece(staff.owner, "trouble")
    ProviderAccount.objects.filter(practice=scene.practice, channel=Channel.SMS).update(enabled=False)
    BreakerState.objects.create(
        account=f"{scene.practice.pk}:email", failures=5, openings=1, open_until=NOW + hours(1), changed_at=NOW
    )
    visit = today(scene, after=5)
    late = Message.objects.filter(visit=visit, channel="email", status=MessageStatus.PLANNED)[:1].get()
    Message.objects.filter(id=late.pk).update(
        due_at=NOW - hours(1), attempts=3, reason="provider_unavailable", detail="401 Authorization failed"
    )
    html = piece(staff.owner, "trouble")

    assert "nie ma jeszcze dostawcy" in html
    assert "Dostawca ich nie przyjmuje" in html
    assert "401 Authorization failed" in html
    assert "Kłopot" not in piece(staff.doctor, "trouble")


def test_a_halt_after_a_restore_is_said_to_everybody(scene: Scene, staff: Staff) -> None:
    halts.begin(HaltCause.RESTORED, backup_of=NOW - hours(9), now=NOW)
    for who in (staff.owner, staff.receptionist, staff.doctor):
        assert "dane przywrócono z kopii zapasowej" in piece(who, "trouble")

    halts.end(NOW)
    assert "kopii" not in piece(staff.owner, "trouble")


def test_the_trouble_of_another_practice_is_none_of_ours(scene: Scene, staff: Staff) -> None:
    other = make_practice(name="Inny gabinet")
    BreakerState.objects.create(account=f"{other.pk}:sms", failures=5, open_until=NOW + hours(1), changed_at=NOW)
    BreakerState.objects.create(account="*:sms", failures=5, open_until=NOW + hours(1), changed_at=NOW)

    assert "Kłopot" not in piece(staff.owner, "trouble")


def test_what_sms_have_cost_this_month(scene: Scene, staff: Staff, hand: Hand) -> None:
    visit = today(scene, email="")
    sms = sent(Message.objects.get(visit=visit, kind="details", channel="sms"), NOW)
    Message.objects.filter(id=sms.pk).update(parts=2, price="0.32")
    html = piece(staff.owner, "spend")
    assert "0,32 zł" in html
    assert "2 części" in html
    assert "do końca miesiąca" not in html, "in the first days nothing can be said"

    hand.set(NOW + timedelta(days=10))
    assert "do końca miesiąca" in piece(staff.owner, "spend")
    assert piece(staff.doctor, "spend").strip() == ""


def test_a_doctor_sees_the_own_day_only(scene: Scene, staff: Staff) -> None:
    other = make_calendar(scene.practice, make_doctor(scene.practice, "Jan Inny"))
    own, foreign = today(scene), today(scene, other)
    silent = today(scene, other, after=4, email="", phone="")
    html = page(staff.doctor)

    assert own.patient.last_name in html
    for visit in (foreign, silent):
        assert visit.patient.last_name not in html
    assert "Jan Inny" not in html


def test_a_practice_without_calendars_is_led_to_the_set_up(db: None, hand: Hand) -> None:
    owner = browser_of(make_staff(make_practice(name="Nowy gabinet", set_up_at=NOW), Role.OWNER))

    assert "Skonfiguruj placówkę" in page(owner)


def test_the_day_is_that_of_the_address(scene: Scene, staff: Staff, hand: Hand) -> None:
    Address.objects.update(time_zone="America/New_York")
    late = book(
        scene.calendar, make_patient(scene.practice), NOW + hours(18), via=Via.API
    )  # 22:00 of the same day there

    html = piece(staff.receptionist, "visits")
    assert late.patient.last_name in html
    assert "22:00" in html


def test_there_is_no_other_piece(staff: Staff) -> None:
    assert staff.owner.get(reverse("desk:today_piece", args=["passwords"])).status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("name", PANELS)
def test_queries_do_not_grow_with_the_day(
    scene: Scene, staff: Staff, name: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    second = make_calendar(scene.practice, make_doctor(scene.practice, "Jan Inny"))
    for number in range(12):
        card: dict[str, Any] = {"email": "", "phone": ""} if number % 2 else {}
        today(scene, second if number % 3 else None, after=0.5 + number / 3, **card)
        book(scene.calendar, make_patient(scene.practice), NOW + hours(22 + number / 3))
        sms_arrived.take(
            practice_id=scene.practice.pk, sender=Patient.objects.order_by("-id")[0].phone, text="Halo", now=NOW
        )
    piece(staff.receptionist, name)
    with django_assert_max_num_queries(26):
        piece(staff.receptionist, name)
