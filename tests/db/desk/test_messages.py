"""The outbox and the inbox at the desk."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from myosotis.domain.words import Kind, MessageStatus, Reason, VisitStatus
from myosotis.flows import sms_arrived
from myosotis.store.models import IncomingMessage, Message, MessageText, Patient, Practice, Visit
from tests.db.desk.conftest import Staff
from tests.db.make import NOW, Scene, book, hours, make_calendar, make_doctor, make_patient, messages, send_due, sent

DAY = {"from": "2027-03-01", "to": "2027-03-01"}


def outbox(client: Client, **given: str) -> str:
    answer = client.get(reverse("desk:outbox"), given)
    assert answer.status_code == HTTPStatus.OK
    return answer.content.decode()


def inbox(client: Client, **given: str) -> str:
    answer = client.get(reverse("desk:inbox"), given, headers={"HX-Target": "inbox"})
    assert answer.status_code == HTTPStatus.OK
    return answer.content.decode()


def post(client: Client, name: str, *args: object, **data: object) -> str:
    """What is answered; a refusal is said, not an error."""
    answer = client.post(reverse(f"desk:{name}", args=args), data, headers={"HX-Request": "true"})
    assert answer.status_code == HTTPStatus.OK
    return answer.content.decode()


def undo_in(html: str) -> str:
    return html.partition('hx-post="')[2].partition('"')[0]


@pytest.fixture
def visit(scene: Scene) -> Visit:
    """Booked at NOW; what was due has left."""
    visit = book(scene.calendar, scene.patient)
    send_due(visit, NOW + timedelta(seconds=61))
    return visit


@pytest.fixture
def wrote(scene: Scene, visit: Visit) -> IncomingMessage:
    """The patient asks something in reply to the reminder."""
    left = sent(messages(visit, kind=Kind.REMINDER, channel="sms")[0], NOW - hours(1))
    MessageText.objects.create(message=left, practice=scene.practice, address=scene.patient.phone, body="...")
    taken = sms_arrived.take(
        practice_id=scene.practice.pk, sender=scene.patient.phone, text="Czy wziąć wyniki?", now=NOW
    )
    return IncomingMessage.objects.get(id=taken.incoming_id)


def test_the_outbox_shows_a_day_with_each_state_and_the_reason(scene: Scene, visit: Visit, staff: Staff) -> None:
    Message.objects.filter(visit=visit, kind=Kind.DETAILS, channel="email").update(
        status=MessageStatus.FAILED, reason=Reason.NOT_DELIVERED, finished_at=NOW + hours(1)
    )
    html = outbox(staff.receptionist, **DAY)

    assert scene.patient.last_name in html
    assert "e-mail wrócił" in html
    assert reverse("desk:visit", args=[visit.pk]) in html
    assert "nie doręczono 1" in " ".join(html.split())


def test_a_message_that_did_not_arrive_can_be_sent_again(visit: Visit, staff: Staff) -> None:
    email = messages(visit, kind=Kind.DETAILS, channel="email")[0]
    assert reverse("desk:visit_resend", args=[visit.pk, email.pk]) in outbox(staff.receptionist, **DAY)

    post(staff.receptionist, "visit_resend", visit.pk, email.pk)
    assert "wysłana ponownie" in outbox(staff.receptionist, **DAY)


@pytest.mark.parametrize(
    "given",
    [
        {"from": "nonsense", "to": "2027-13-45", "kind": "x", "channel": "y", "status": "z", "calendar": "-1"},
        {"from": "9999-12-31", "to": "0001-01-01", "after": "99999999T999999.9-1"},
        {"from": "2027-03-02", "to": "2027-03-01", "after": "x"},
        {"calendar": "9" * 40, "after": "20270301T090000.000000-" + "9" * 40},
    ],
)
def test_an_address_that_nobody_made_shows_a_page(visit: Visit, staff: Staff, given: dict[str, str]) -> None:
    outbox(staff.receptionist, **given)


def test_further_ones_are_behind_a_link(scene: Scene, staff: Staff) -> None:
    for _ in range(20):
        book(scene.calendar, make_patient(scene.practice))
    rows, query, pages = 0, "from=2027-03-01&to=2027-03-31", 0
    while query:
        html = staff.receptionist.get(f"{reverse('desk:outbox')}?{query}").content.decode()
        rows, pages = rows + html.count("<tr>") - 1, pages + 1
        query = html.partition('<a class="btn btn-plain" href="?')[2].partition('"')[0].replace("&amp;", "&")

    assert pages > 1
    assert rows == Message.objects.exclude(status=MessageStatus.WAITING).count()


def test_a_doctor_sees_neither_messages_nor_replies_of_others(scene: Scene, staff: Staff) -> None:
    other = make_calendar(scene.practice, make_doctor(scene.practice, "Jan Inny"))
    foreign = book(other, make_patient(scene.practice))
    sms_arrived.take(practice_id=scene.practice.pk, sender=foreign.patient.phone, text="Halo", now=NOW)
    incoming = IncomingMessage.objects.get()

    for query in ({}, {"calendar": str(other.pk)}, {"status": "waiting"}):
        assert foreign.patient.last_name not in outbox(staff.doctor, **DAY, **query)
    assert "Halo" not in inbox(staff.doctor)
    for name, args in (
        ("inbox_answer", [incoming.pk]),
        ("inbox_size", [incoming.pk]),
        ("inbox_handled", [incoming.pk, "yes"]),
        ("inbox_follow", [incoming.pk, "confirm", foreign.pk]),
    ):
        refused = staff.doctor.post(reverse(f"desk:{name}", args=args), {"text": "x", "copy": "1"})
        assert refused.status_code == HTTPStatus.NOT_FOUND


def test_a_reply_is_shown_with_what_it_is_about_and_how_it_was_answered(
    scene: Scene, visit: Visit, wrote: IncomingMessage, staff: Staff
) -> None:
    html = inbox(staff.receptionist)

    assert "Czy wziąć wyniki?" in html
    assert scene.patient.last_name in html
    assert "W odpowiedzi na: Przypomnienie" in html
    assert "odpisano automatycznie" in html
    assert reverse("desk:visit", args=[visit.pk]) in html
    assert f'href="tel:{scene.patient.phone}"' in html


def test_an_answer_is_written_once_however_often_the_form_comes(wrote: IncomingMessage, staff: Staff) -> None:
    html = post(staff.receptionist, "inbox_answer", wrote.pk, text="Tak, proszę.", copy=1)
    assert post(staff.receptionist, "inbox_answer", wrote.pk, text="Tak, proszę.", copy=1)
    assert Message.objects.filter(kind=Kind.ANSWER, copy__gt=0).count() == 1
    assert "Czy wziąć wyniki?" not in inbox(staff.receptionist)
    assert "Tak, proszę." in inbox(staff.receptionist, list="done")

    staff.receptionist.post(undo_in(html))
    assert Message.objects.get(kind=Kind.ANSWER, copy=1).status == MessageStatus.CANCELLED
    assert "Czy wziąć wyniki?" in inbox(staff.receptionist)


def test_after_stop_the_reason_stands_where_the_form_was(scene: Scene, wrote: IncomingMessage, staff: Staff) -> None:
    sms_arrived.take(practice_id=scene.practice.pk, sender=scene.patient.phone, text="STOP", now=NOW)
    html = inbox(staff.receptionist)

    assert "<textarea" not in html
    assert "SMS STOP" in html


@pytest.mark.parametrize(
    ("text", "letters", "said"),
    [
        ("Tak", "strip", "1 część, 0,16 zł, znaków: 3"),
        ("ż" * 71, "keep", "2 części, 0,32 zł"),
        ("ż" * 71, "strip", "bez znaków diakrytycznych: ż"),
        ("a" * 161, "strip", "2 części"),
    ],
)
def test_parts_and_price_are_shown_while_it_is_typed(
    scene: Scene, wrote: IncomingMessage, staff: Staff, text: str, letters: str, said: str
) -> None:
    Practice.objects.filter(id=scene.practice.pk).update(sms_letters=letters)

    assert said in post(staff.receptionist, "inbox_size", wrote.pk, text=text)


@pytest.mark.parametrize(("wish", "status"), [("confirm", VisitStatus.CONFIRMED), ("cancel", VisitStatus.CANCELLED)])
def test_the_visit_is_confirmed_or_cancelled_from_the_reply_and_that_taken_back(
    visit: Visit, wrote: IncomingMessage, staff: Staff, wish: str, status: VisitStatus
) -> None:
    html = post(staff.receptionist, "inbox_follow", wrote.pk, wish, visit.pk, revision=visit.revision)
    visit.refresh_from_db()
    assert visit.status == status
    assert "Czy wziąć wyniki?" not in inbox(staff.receptionist)

    staff.receptionist.post(undo_in(html))
    visit.refresh_from_db()
    assert visit.status == VisitStatus.BOOKED
    assert "Czy wziąć wyniki?" in inbox(staff.receptionist)


def test_a_reply_is_marked_as_dealt_with_and_brought_back(wrote: IncomingMessage, staff: Staff) -> None:
    html = post(staff.receptionist, "inbox_handled", wrote.pk, "yes")
    assert "Czy wziąć wyniki?" not in inbox(staff.receptionist)
    staff.receptionist.post(undo_in(html))
    assert "Czy wziąć wyniki?" in inbox(staff.receptionist)


def test_of_a_number_on_no_card_a_person_is_asked(scene: Scene, staff: Staff) -> None:
    sms_arrived.take(practice_id=scene.practice.pk, sender="+48600000001", text="Dzień dobry", now=NOW)

    html = inbox(staff.receptionist)
    assert "Numer, którego nie ma na żadnej karcie" in html
    assert "<textarea" in html


def test_queries_do_not_grow(scene: Scene, staff: Staff, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    for number in range(12):
        visit = book(scene.calendar, make_patient(scene.practice), NOW + hours(200 + number))
        send_due(visit, NOW + timedelta(seconds=61))
        sms_arrived.take(
            practice_id=scene.practice.pk, sender=Patient.objects.order_by("-id")[0].phone, text="Halo", now=NOW
        )
    with django_assert_max_num_queries(19):
        outbox(staff.receptionist, **DAY)
    with django_assert_max_num_queries(16):
        inbox(staff.receptionist)
