"""The settings: what each page takes, refuses and says, for whom."""

from datetime import timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from myosotis.domain.words import Channel, ConsentBasis, FallbackRule, Kind, MessageStatus, Role, Wave
from myosotis.store import image_savings
from myosotis.store.models import Doctor, Message, Service
from tests.db.desk.conftest import Staff
from tests.db.make import NOW, Scene, ahead, book, make_address, make_calendar, make_doctor, make_practice, make_service

OK, INVALID = HTTPStatus.OK, HTTPStatus.UNPROCESSABLE_ENTITY

OF_PRACTICE = ("practice", "senders", "window", "reading", "consent")
OF_OFFICE = ("doctors", "doctor_new", "addresses", "address_new", "calendar_new")
OF_CALENDAR = ("hours", "days", "blocks", "services", "service_new")
PRACTICE = {"name": "Gabinet Pod Bzem", "language": "en", "phone": "12 345 67 89", "privacy_notice": "Dbamy o dane."}
SENDERS = {
    "sms_sender": "PodLipa",
    "sms_letters": "strip",
    "sms_price": "0,11",
    "email_sender_name": "Pod Lipą",
    "email_sender": "Gabinet@Example.org",
}
DOCTOR = {
    "title": "lek.",
    "name": "Zofia Żak",
    "specialty": "psychiatra",
    "sensitive": "on",
    "review_address": "opinie.pl",
}
ADDRESS = {"street": "ul. Krótka 3", "city": "Piaseczno", "phone": "601 234 567", "time_zone": "Europe/London"}
CALENDAR = {
    "online_booking": "on",
    "slot_minutes": "20",
    "booking_lead_minutes": "120",
    "booking_horizon_days": "30",
    "change_cutoff_minutes": "1440",
    "offer_round_size": "2",
    "offer_round_minutes": "60",
    "offer_chain": "1",
}
SERVICE = {"name": "EKG", "minutes": "20", "break_minutes": "5", "online": "on", "preparation": "Na czczo."}


def read(client: Client, page: str, *ids: int) -> str:
    answer = client.get(reverse(f"desk:{page}", args=ids))
    assert answer.status_code == OK, page
    return answer.content.decode()


def send(client: Client, page: str, *ids: int, **given: Any) -> Any:
    return client.post(reverse(f"desk:{page}", args=ids), given)


def saved(client: Client, page: str, *ids: int, **given: Any) -> str:
    """Save a form; the page that it leads to."""
    answer = client.post(reverse(f"desk:{page}", args=ids), given, follow=True)
    assert answer.redirect_chain, answer.content.decode()
    body: str = answer.content.decode()
    return body


# --- who sees what ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
def test_each_role_finds_its_sections(staff: Staff, scene: Scene, role: Role) -> None:
    index = read(staff.of(role), "settings")
    pages = (*OF_PRACTICE, "doctors", "addresses", "calendars")
    wanted = {"calendars"}
    if role is not Role.DOCTOR:
        wanted |= {"doctors", "addresses"}
    if role is Role.OWNER:
        wanted |= set(OF_PRACTICE)
    assert {page for page in pages if f'href="{reverse(f"desk:{page}")}"' in index} == wanted


@pytest.mark.parametrize("page", [*OF_PRACTICE, *OF_OFFICE, "calendars", *OF_CALENDAR])
def test_pages_show_in_both_languages(staff: Staff, english: Any, scene: Scene, page: str) -> None:
    make_service(scene.calendar)
    ids = [scene.calendar.pk] if page in OF_CALENDAR else []
    assert 'aria-current="page"' in read(staff.owner, page, *ids)
    assert '<html lang="en"' in read(english(Role.OWNER), page, *ids)


def test_a_doctor_looks_after_the_own_calendars_alone(staff: Staff, scene: Scene) -> None:
    other = make_calendar(scene.practice, make_doctor(scene.practice, "Piotr Zieliński"))
    assert "Piotr" not in read(staff.doctor, "calendars")
    assert "Piotr" in read(staff.receptionist, "calendars")
    for page in OF_CALENDAR:
        read(staff.doctor, page, scene.calendar.pk)
        assert staff.doctor.get(reverse(f"desk:{page}", args=(other.pk,))).status_code == HTTPStatus.NOT_FOUND
    assert send(staff.doctor, "service_new", other.pk, **SERVICE).status_code == HTTPStatus.NOT_FOUND
    assert not Service.objects.filter(calendar=other).exists()


def test_a_calendar_takes_no_doctor_or_address_of_another_practice(staff: Staff, scene: Scene) -> None:
    stranger = make_practice("Obok")
    foreign = {"doctor_id": make_doctor(stranger).pk, "address_id": make_address(stranger).pk}
    own = {"doctor_id": make_doctor(scene.practice, "Jan Kos").pk, "address_id": make_address(scene.practice).pk}
    for name, value in foreign.items():
        answer = send(staff.owner, "calendar_new", **{**own, name: value})
        assert answer.status_code == INVALID
        assert "Wybierz poprawną wartość" in answer.content.decode()
    assert "Teraz proszę podać godziny otwarcia" in saved(staff.owner, "calendar_new", **own)


# --- what they take -----------------------------------------------------------------------------------------------------


def test_the_practice_is_changed(staff: Staff, scene: Scene) -> None:
    saved(staff.owner, "practice", **PRACTICE)
    saved(staff.owner, "senders", **SENDERS)
    saved(staff.owner, "reading", tracking_image="on")
    scene.practice.refresh_from_db()
    practice = scene.practice
    assert (practice.name, practice.language, practice.phone) == ("Gabinet Pod Bzem", "en", "+48123456789")
    assert (practice.sms_sender, practice.sms_letters, practice.sms_price) == ("PodLipa", "strip", Decimal("0.11"))
    assert (practice.email_sender, practice.tracking_image) == ("gabinet@example.org", True)


def test_doctor_address_calendar_and_service_are_added_and_changed(staff: Staff, scene: Scene) -> None:
    office = staff.receptionist
    saved(office, "doctor_new", **DOCTOR)
    doctor = Doctor.objects.get(name="Zofia Żak")
    assert (doctor.slug, doctor.sensitive, doctor.review_address) == ("zofia-zak", True, "https://opinie.pl")
    saved(office, "doctor", doctor.pk, **{**DOCTOR, "sensitive": "", "slug": "dr-zak"})
    saved(office, "address_new", **ADDRESS)
    address = scene.practice.addresses.get(city="Piaseczno")
    assert (address.phone, address.time_zone) == ("+48601234567", "Europe/London")
    saved(office, "address", address.pk, **{**ADDRESS, "directions": "II piętro"})
    saved(office, "calendar_new", doctor_id=doctor.pk, address_id=address.pk)
    calendar = doctor.calendars.get()
    saved(office, "calendar", calendar.pk, **CALENDAR)
    saved(office, "service_new", calendar.pk, **SERVICE)
    service = calendar.services.get()
    saved(office, "service", calendar.pk, service.pk, **{**SERVICE, "minutes": "25"})

    for row in (doctor, address, calendar, service):
        row.refresh_from_db()
    assert (doctor.slug, doctor.sensitive, address.directions) == ("dr-zak", False, "II piętro")
    assert {name: str(getattr(calendar, name)) for name in CALENDAR if name != "online_booking"} == {
        name: value for name, value in CALENDAR.items() if name != "online_booking"
    }
    assert (calendar.online_booking, service.minutes, service.preparation) == (True, 25, "Na czczo.")


def test_an_unusual_length_stays_a_choice(staff: Staff, scene: Scene) -> None:
    scene.calendar.slot_minutes, scene.calendar.booking_lead_minutes = 25, 90
    scene.calendar.save()
    page = read(staff.owner, "calendar", scene.calendar.pk)
    assert '<option value="25" selected>25 min</option>' in page
    assert '<option value="90" selected>90 min</option>' in page


def test_another_window_plans_anew_and_says_of_how_many(staff: Staff, scene: Scene) -> None:
    book(scene.calendar, scene.patient, NOW + timedelta(days=10, hours=-1))
    reminder = Message.objects.get(kind=Kind.REMINDER, channel=Channel.SMS)
    page = saved(staff.owner, "window", window_opens="12:00", window_closes="18:00")
    assert "Zaplanowano od nowa wiadomości 1 wizyty" in page
    moved = Message.objects.get(pk=reminder.pk)
    assert reminder.due_at is not None
    assert moved.due_at == reminder.due_at + timedelta(hours=3)
    assert "Zaplanowano" not in saved(staff.owner, "window", window_opens="12:00", window_closes="18:00")


def test_the_basis_of_consent_is_noted_with_who_chose_it(staff: Staff, scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    assert ("review", "email") in ahead(visit)
    assert "Nikt jeszcze nie wybrał" in read(staff.owner, "consent")
    page = saved(staff.owner, "consent", basis="card", chosen_by="Ewa Kowal")
    assert "Wybór: Ewa Kowal, poniedziałek 1 marca 2027" in page
    assert ("review", "email") not in ahead(visit)
    scene.practice.refresh_from_db()
    assert (scene.practice.consent_basis, scene.practice.consent_basis_chosen_at) == (ConsentBasis.CARD, NOW)


def test_a_service_is_switched_off_with_undo_and_keeps_its_visits(staff: Staff, scene: Scene) -> None:
    service = make_service(scene.calendar)
    visit = book(scene.calendar, scene.patient, service_id=service.pk)
    ids = (scene.calendar.pk, service.pk)
    assert send(staff.owner, "service_off", *ids).status_code == HTTPStatus.SEE_OTHER
    page = read(staff.owner, "services", scene.calendar.pk)
    on = reverse("desk:service_on", args=ids)
    assert f'hx-post="{on}"' in page
    service.refresh_from_db()
    visit.refresh_from_db()
    assert (service.active, visit.service_id) == (False, service.pk)
    staff.owner.post(on)
    service.refresh_from_db()
    assert service.active


# --- what they refuse ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "right", "wrong", "said"),
    [
        ("practice", PRACTICE, {"name": ""}, "To pole jest wymagane"),
        ("practice", PRACTICE, {"phone": "12345"}, "Numer telefonu, na przykład 601 234 567"),
        ("practice", PRACTICE, {"privacy_notice_url": "ftp://x.pl"}, "poprawny URL"),
        ("senders", SENDERS, {"sms_sender": "Przychodnia pod Lipą"}, "Najwyżej 11 liter"),
        ("senders", SENDERS, {"sms_can_receive": "on"}, "Na nazwę nie da się odpisać"),
        ("senders", SENDERS, {"sms_price": "-1"}, "większa lub równa 0"),
        ("senders", SENDERS, {"email_reply_to": "gabinet"}, "Adres e-mail, na przykład"),
        ("window", {"window_opens": "07:00"}, {"window_closes": "06:30"}, "Koniec musi być później"),
        ("consent", {"basis": "practice"}, {"chosen_by": "  "}, "To pole jest wymagane"),
        ("doctor_new", DOCTOR, {"slug": "Anna Nowak"}, "Małe litery bez polskich znaków"),
        ("doctor_new", DOCTOR, {"slug": "anna-nowak"}, "Ten adres ma już inny lekarz"),
        ("address_new", ADDRESS, {"time_zone": "Europe/Radom"}, "Wybierz poprawną wartość"),
        ("address_new", ADDRESS, {"city": ""}, "To pole jest wymagane"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_else_is_lost(
    staff: Staff, scene: Scene, page: str, right: dict[str, str], wrong: dict[str, str], said: str
) -> None:
    make_doctor(scene.practice, slug="anna-nowak")
    answer = send(staff.owner, page, **{**right, **wrong})
    body = answer.content.decode()
    assert answer.status_code == INVALID
    assert said in body
    assert 'aria-invalid="true"' in body or 'role="alert"' in body
    typed = {**right, **wrong}
    assert all(value in body for value in typed.values() if value not in ("on", "  ")), typed
    scene.practice.refresh_from_db()
    assert scene.practice.name == "Gabinety Pod Lipą"
    assert not Doctor.objects.filter(name="Zofia Żak").exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": "Konsultacja"}, "usługę o tej nazwie"),
        ({"minutes": "1441"}, "mniejsza lub równa 1440"),
        ({"break_minutes": "-1"}, "większa lub równa 0"),
        ({"minutes": "pół godziny"}, "Wpisz liczbę całkowitą"),
    ],
)
def test_a_service_that_is_not_allowed(staff: Staff, scene: Scene, given: dict[str, str], said: str) -> None:
    make_service(scene.calendar, "Konsultacja")
    answer = send(staff.owner, "service_new", scene.calendar.pk, **{**SERVICE, **given})
    assert (answer.status_code, scene.calendar.services.count()) == (INVALID, 1)
    assert said in answer.content.decode()


# --- what they show -----------------------------------------------------------------------------------------------------


def test_the_example_of_an_sms_is_of_the_own_calendar_and_counts_by_the_typed_price(staff: Staff, scene: Scene) -> None:
    page = read(staff.owner, "senders")
    assert "A. Nowak" in page
    piece = send(staff.owner, "senders_example", **{**SENDERS, "sms_price": "0,50"}).content.decode()
    assert "<html" not in piece
    assert "1 część" in piece
    assert "0,50 zł, tysiąc takich 500 zł" in piece
    assert "TAK" not in piece
    replies = send(staff.owner, "senders_example", **{**SENDERS, "sms_sender": "", "sms_can_receive": "on"})
    assert "TAK" in replies.content.decode()


def follow_up(scene: Scene, mail: MessageStatus, *, read: bool = False, days_ago: int = 3) -> None:
    """A visit of which an SMS followed the e-mail some days ago."""
    visit = book(scene.calendar, scene.patient, NOW + timedelta(days=20 + Message.objects.count()))
    at = NOW - timedelta(days=days_ago)
    mails = Message.objects.filter(visit=visit, kind=Kind.DETAILS, channel=Channel.EMAIL)
    mails.update(status=mail, sent_at=at, read_at=at if read else None)
    sms = Message.objects.filter(visit=visit, kind=Kind.DETAILS, channel=Channel.SMS, wave=Wave.FALLBACK)
    assert sms.get().fallback == FallbackRule.UNREAD
    sms.update(status=MessageStatus.DELIVERED, sent_at=at + timedelta(hours=4), price=Decimal("0.16"))


def test_the_image_is_said_to_save_no_more_than_it_could(staff: Staff, scene: Scene) -> None:
    assert "obrazek nic by nie oszczędził" in read(staff.owner, "reading")
    follow_up(scene, MessageStatus.DELIVERED)
    follow_up(scene, MessageStatus.SENT)
    follow_up(scene, MessageStatus.FAILED)
    follow_up(scene, MessageStatus.DELIVERED, read=True)
    follow_up(scene, MessageStatus.DELIVERED, days_ago=31)
    savings = image_savings.of_last_days(scene.practice, NOW)
    assert (savings.sms, savings.price) == (2, Decimal("0.32"))
    assert "wyszły 2 SMS-y za 0,32 zł" in read(staff.owner, "reading")


def test_empty_pages_say_what_comes_next(staff: Staff, scene: Scene) -> None:
    scene.practice.visits.all().delete()
    scene.practice.calendars.all().delete()
    assert reverse("desk:calendar_new") in read(staff.owner, "calendars")
    assert "Proszę zwrócić się do właściciela" in read(staff.doctor, "calendars")
    scene.practice.doctors.all().delete()
    assert reverse("desk:doctor_new") in read(staff.owner, "calendars")


@pytest.mark.parametrize("page", ["settings", "calendars", "doctors", "addresses", "senders", "services"])
def test_pages_ask_a_bounded_number_of_questions(
    staff: Staff, scene: Scene, page: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(15):
        calendar = make_calendar(scene.practice, make_doctor(scene.practice, f"Lekarz {number}", slug=f"l-{number}"))
        make_service(calendar)
        make_service(scene.calendar, f"Usługa {number}")
    ids = [scene.calendar.pk] if page == "services" else []
    read(staff.owner, page, *ids)
    with django_assert_max_num_queries(16):
        read(staff.owner, page, *ids)
