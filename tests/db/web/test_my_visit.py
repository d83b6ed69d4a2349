from datetime import datetime, timedelta

import pytest
from django.test import Client

from myosotis.domain.values import VisitSwitches
from myosotis.domain.words import MessageStatus, Party, Via, VisitStatus
from myosotis.flows import patient_erased, visit_cancelled, visit_changed, visit_marked, visit_moved
from myosotis.store.models import Calendar, Doctor, Message, ReadingReport, Visit, VisitLog
from tests.db.make import ACTOR, NEXT_WEEK, NOW, Scene, ahead, book, hours, make_patient, make_practice, make_service
from tests.db.web.letters import LEFT, Hand, Letter, force, letter, letters


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def state(visit: Visit) -> tuple[str, int]:
    visit.refresh_from_db()
    return visit.status, visit.revision


def test_it_says_what_who_and_where(client: Client, scene: Scene, hand: Hand) -> None:
    doctor = scene.calendar.doctor
    doctor.specialty = "Psychiatria"
    doctor.save()
    scene.calendar.address.directions = "Wejście od podwórza."
    scene.calendar.address.save()
    service = make_service(scene.calendar, preparation="Proszę zabrać wyniki badań.")
    visit = book(scene.calendar, scene.patient, service_id=service.pk)
    hand.set(LEFT)
    page = text(client, letters(visit, LEFT)[("details", "email")].open)
    for words in (
        "Moja wizyta", "środa 10 marca 2027", "o godz. 10:00", "dr n. med. Anna Nowak", "Psychiatria", "ul. Lipowa 7",
        "Kraków", "Wejście od podwórza.", "Konsultacja", "Proszę zabrać wyniki badań.", "Potwierdzam, będę",
        "Nie mogę przyjść", "Dodaj do mojego kalendarza", "+48 124 000 000", 'href="tel:+48124000000"', ">Maria<",
    ):  # fmt: skip
        assert words in page
    assert "<title>Moja wizyta" in page
    assert scene.patient.last_name not in page


def test_opening_it_changes_nothing(client: Client, visit: Visit, mail: Letter) -> None:
    before = (state(visit), ahead(visit), Message.objects.filter(read_at=None).count(), VisitLog.objects.count())
    for path in (mail.open, f"{mail.open}/cancel", f"{mail.open}/confirm", f"{mail.open}/visit.ics", mail.read):
        assert client.get(path).status_code in (200, 302)
        assert client.head(path).status_code in (200, 302)
    after = (state(visit), ahead(visit), Message.objects.filter(read_at=None).count(), VisitLog.objects.count())
    assert before == after
    assert not ReadingReport.objects.exists()


def test_confirming_says_so_and_reads_the_message(client: Client, visit: Visit, mail: Letter) -> None:
    answer = client.post(f"{mail.open}/confirm", {"revision": 1})
    assert (answer.status_code, answer["Location"]) == (302, f"{mail.open}?done=confirmed")
    page = text(client, answer["Location"])
    assert "Dziękujemy, wizyta jest potwierdzona. Do zobaczenia!" in page
    assert "Potwierdzona" in page
    assert "Potwierdzam, będę" not in page
    assert state(visit) == (VisitStatus.CONFIRMED, 1)
    assert ("details", "sms") not in ahead(visit)


def test_confirming_twice_happens_once(client: Client, visit: Visit, mail: Letter) -> None:
    for _ in range(2):
        answer = client.post(f"{mail.open}/confirm", {"revision": 1})
        assert answer["Location"].endswith("?done=confirmed")
    assert VisitLog.objects.filter(visit=visit, what="confirmed").count() == 1


def test_cancelling_asks_first_and_then_tells_the_practice(client: Client, visit: Visit, mail: Letter) -> None:
    asks = text(client, f"{mail.open}/cancel")
    assert "Odwołać wizytę?" in asks
    assert state(visit) == (VisitStatus.BOOKED, 1)
    answer = client.post(f"{mail.open}/cancel", {"revision": 1, "reason": " choroba\x00 "})
    page = text(client, answer["Location"])
    assert "Wizyta jest odwołana" in page
    assert "Nic więcej nie trzeba robić." in page
    assert "choroba" not in page
    visit.refresh_from_db()
    assert (visit.status, visit.cancelled_by, visit.cancel_reason, visit.event_via) == (
        VisitStatus.CANCELLED, Party.PATIENT, "choroba", Via.PORTAL,
    )  # fmt: skip
    assert ("reminder", "email") not in ahead(visit)


def test_cancelling_twice_and_going_back_happens_once(client: Client, visit: Visit, mail: Letter) -> None:
    for _ in range(2):
        answer = client.post(f"{mail.open}/cancel", {"revision": 1})
        assert answer["Location"].endswith("?done=cancelled")
    assert state(visit) == (VisitStatus.CANCELLED, 2)
    assert client.get(f"{mail.open}/cancel")["Location"] == mail.open
    assert client.post(f"{mail.open}/confirm", {"revision": 1})["Location"].endswith("?done=revision_changed")
    assert state(visit) == (VisitStatus.CANCELLED, 2)


@pytest.mark.parametrize("act", ["confirm", "cancel"])
@pytest.mark.parametrize("revision", ["1", "", "x", "٣", "99999999999999999999"])
def test_an_old_tab_acts_on_nothing(client: Client, visit: Visit, mail: Letter, act: str, revision: str) -> None:
    moved(visit, NEXT_WEEK + timedelta(days=1))
    answer = client.post(f"{mail.open}/{act}", {"revision": revision})
    page = text(client, answer["Location"])
    assert "W międzyczasie wizyta się zmieniła." in page
    assert "czwartek 11 marca 2027" in page
    assert state(visit) == (VisitStatus.BOOKED, 2)


def moved(visit: Visit, start: datetime) -> None:
    visit_moved.move(
        practice=visit.practice, visit_id=visit.pk, start=start, by=Party.PRACTICE, via=Via.DESK, actor=ACTOR,
        now=NOW + hours(1),
    )  # fmt: skip


def test_the_link_of_an_older_message_shows_the_visit_as_it_stands(client: Client, visit: Visit, mail: Letter) -> None:
    moved(visit, NEXT_WEEK + timedelta(days=1))
    page = text(client, mail.open)
    assert "Po wysłaniu tamtej wiadomości termin się zmienił." in page
    assert "<s>środa 10 marca 2027 o godz. 10:00</s>" in page
    assert "czwartek 11 marca 2027" in page


def test_cancelled_by_the_practice_it_gives_its_reason_and_the_phone(
    client: Client, visit: Visit, mail: Letter
) -> None:
    visit_cancelled.cancel(
        practice=visit.practice, visit_id=visit.pk, by=Party.PRACTICE, via=Via.DESK, actor=ACTOR, now=LEFT,
        reason="Pani doktor jest na zwolnieniu.",
    )  # fmt: skip
    page = text(client, mail.open)
    assert "Wizyta jest odwołana" in page
    assert "Pani doktor jest na zwolnieniu." in page
    assert "+48 124 000 000" in page
    assert "Potwierdzam" not in page
    assert "Dodaj do mojego" not in page


def test_a_visit_that_is_over_says_so_politely(client: Client, hand: Hand, visit: Visit, mail: Letter) -> None:
    hand.set(visit.end)
    page = text(client, mail.open)
    assert "Termin tej wizyty już minął" in page
    assert "+48 124 000 000" in page
    assert "Anna Nowak" not in page
    answer = client.post(f"{mail.open}/confirm", {"revision": 1})
    assert "Termin tej wizyty już minął" in text(client, answer["Location"])
    assert client.get(f"{mail.open}/visit.ics").status_code == 302
    assert state(visit) == (VisitStatus.BOOKED, 1)


def test_a_visit_marked_done_early_is_over(client: Client, hand: Hand, visit: Visit, mail: Letter) -> None:
    hand.set(visit.start + timedelta(minutes=10))
    visit_marked.mark(
        practice=visit.practice,
        visit_id=visit.pk,
        mark=visit_marked.Mark.DONE,
        actor=ACTOR,
        via=Via.DESK,
        now=visit.start,
    )
    assert "Termin tej wizyty już minął" in text(client, mail.open)


def test_the_former_patient_learns_nothing_of_the_new_one(client: Client, scene: Scene, visit: Visit) -> None:
    mail = letters(visit, LEFT)[("details", "email")]
    other = make_patient(scene.practice, first_name="Zenobia")
    visit_changed.give_to(
        practice=scene.practice,
        visit_id=visit.pk,
        patient_id=other.pk,
        correction=False,
        actor=ACTOR,
        via=Via.DESK,
        now=LEFT,
    )
    page = text(client, mail.open)
    assert "Ta wizyta jest już nieaktualna" in page
    for secret in ("Zenobia", "10 marca", "Anna Nowak", "Potwierdzam"):
        assert secret not in page
    for act in ("confirm", "cancel"):
        client.post(f"{mail.open}/{act}", {"revision": 2})
    assert client.get(f"{mail.open}/visit.ics").status_code == 302
    assert state(visit)[0] == VisitStatus.BOOKED


def test_where_the_actions_are_off_the_page_gives_the_phone(client: Client, scene: Scene, hand: Hand) -> None:
    hand.set(LEFT)
    visit = book(scene.calendar, scene.patient, switches=VisitSwitches(actions=False))
    mail = letters(visit, LEFT)[("details", "email")]
    page = text(client, mail.open)
    assert "Potwierdzam, będę" not in page
    assert "Nie mogę przyjść" not in page
    assert "Zmiany lub pytania?" in page
    for act in ("confirm", "cancel"):
        answer = client.post(f"{mail.open}/{act}", {"revision": 1})
        assert "Tę wizytę można zmienić tylko telefonicznie." in text(client, answer["Location"])
    assert state(visit) == (VisitStatus.BOOKED, 1)


@pytest.mark.parametrize(("early", "possible"), [(timedelta(seconds=1), True), (timedelta(), False)])
def test_cancelling_ends_at_the_cut_off(
    client: Client, scene: Scene, hand: Hand, early: timedelta, possible: bool
) -> None:
    Calendar.objects.filter(id=scene.calendar.pk).update(change_cutoff_minutes=120)
    visit = book(scene.calendar, scene.patient)
    mail = letters(visit, LEFT)[("details", "email")]
    assert "można przełożyć lub odwołać na tej stronie do: środa 10 marca 2027 o godz. 08:00" in text(client, mail.open)
    hand.set(visit.start - hours(2) - early)
    page = text(client, mail.open)
    assert ("Nie mogę przyjść" in page) is possible
    assert ("jest już za późno" in page) is not possible
    answer = client.post(f"{mail.open}/cancel", {"revision": 1})
    assert (state(visit)[0] == VisitStatus.CANCELLED) is possible
    assert ("jest już za późno. Prosimy o telefon." in text(client, answer["Location"])) is not possible


def test_a_review_leads_to_the_address_of_the_calendar_else_of_the_doctor(
    client: Client, scene: Scene, hand: Hand, visit: Visit
) -> None:
    review = force(visit, visit.end + hours(2), kind="review")
    hand.set(visit.end + hours(3))
    for query in ("", "?next=https://evil.example", "?lang=en&url=//evil.example"):
        answer = client.get(f"{review.open}{query}")
        assert (answer.status_code, answer["Location"]) == (302, "https://example.org/opinie")
        assert answer["Referrer-Policy"] == "same-origin"  # nothing of the link goes to them
    Calendar.objects.filter(id=scene.calendar.pk).update(review_address="https://example.org/opinie-krakow")
    assert client.get(review.open)["Location"] == "https://example.org/opinie-krakow"


@pytest.mark.parametrize("there", [True, False])
def test_rebook_leads_to_booking_online_only_where_there_is_some(
    client: Client, hand: Hand, visit: Visit, *, there: bool
) -> None:
    Doctor.objects.update(slug="anna-nowak")
    make_service(visit.calendar, online=there)
    rebook = force(visit, visit.end + hours(22), kind="rebook")
    hand.set(visit.end + hours(23))
    address = f"/d/anna-nowak/{visit.calendar_id}"
    assert (f'href="{address}"' in text(client, rebook.open)) is there
    assert client.get(address).status_code == (200 if there else 404)


def test_rebook_gives_the_phone_of_the_address(client: Client, hand: Hand, visit: Visit) -> None:
    rebook = force(visit, visit.end + hours(22), kind="rebook")
    hand.set(visit.end + hours(23))
    page = text(client, rebook.open)
    for words in ("Następna wizyta", "Anna Nowak", "ul. Lipowa 7", 'href="tel:+48124000000"'):
        assert words in page


def test_a_message_that_concerns_no_visit_has_a_page_too(client: Client, scene: Scene, hand: Hand) -> None:
    del hand
    test = Message.objects.create(
        practice=scene.practice, subject_type="test", subject_id=1, revision=1, kind="test", channel="email",
        status=MessageStatus.SENT, created_at=NOW, sent_at=NOW, due_at=NOW,
    )  # fmt: skip
    mail = letter(test)
    assert "Nic nie trzeba tu robić." in text(client, mail.open)
    assert "Czy wiadomość jest przeczytana?" in text(client, mail.read)
    for path in (f"{mail.open}/confirm", f"{mail.open}/cancel"):
        assert client.post(path, {"revision": 1}).status_code == 302
    assert client.post(f"{mail.open}/seen", {"revision": 1}).status_code == 204
    assert client.post(mail.read).status_code == 302
    assert client.get(f"{mail.open}/visit.ics").status_code == 302


def test_the_page_of_an_erased_patient_is_gone(client: Client, scene: Scene, mail: Letter) -> None:
    patient_erased.erase(practice=scene.practice, patient_id=scene.patient.pk, actor=ACTOR, now=LEFT)
    for path in (mail.open, f"{mail.open}/cancel", f"{mail.open}/visit.ics", mail.read):
        answer = client.get(path)
        assert answer.status_code == 404
        assert scene.practice.name not in answer.content.decode()


def test_a_link_acts_on_its_own_visit_only(client: Client, scene: Scene, visit: Visit, mail: Letter) -> None:
    foreign = make_practice("Inna")
    other = book(scene.calendar, scene.patient, NEXT_WEEK + hours(2))
    client.post(f"{mail.open}/cancel", {"revision": 1, "visit_id": other.pk, "practice_id": foreign.pk})
    assert state(visit)[0] == VisitStatus.CANCELLED
    assert state(other)[0] == VisitStatus.BOOKED
