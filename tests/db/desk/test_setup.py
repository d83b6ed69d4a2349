"""The set-up of a practice: from nothing to a first reminder, left and resumed at will."""

from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from myosotis.domain.words import Channel, ConsentBasis, Kind, MessageStatus, Role, SubjectType
from myosotis.store.models import AuditEntry, Practice, ProviderAccount
from tests.db.desk.conftest import browser_of, make_staff
from tests.db.make import NOW
from tests.db.web.letters import Hand

OK, INVALID = HTTPStatus.OK, HTTPStatus.UNPROCESSABLE_ENTITY
STEPS = ("practice", "consent", "doctor", "address", "hours", "services", "providers", "trial", "staff")
WEEK = {f"opens-{day}": "08:00" for day in range(5)} | {f"closes-{day}": "16:00" for day in range(5)}
CARD = "Dokończ konfigurację"
ANSWERS: dict[str, dict[str, Any]] = {
    "practice": {"name": "Gabinet Pod Bzem", "language": "pl", "phone": "12 345 67 89"},
    "consent": {"basis": "practice", "chosen_by": "Ewa Owner"},
    "doctor": {"title": "lek.", "name": "Anna Nowak", "specialty": "kardiolog"},
    "address": {"street": "ul. Długa 5", "postcode": "31-147", "city": "Kraków"},
    "hours": WEEK,
    "services": {"name": "Konsultacja", "minutes": "30", "online_booking": "on"},
    "trial": {"channel": "email", "email": "ja@example.org"},
}


@pytest.fixture
def empty(db: None, hand: Hand) -> Practice:
    """A practice of which nothing is known but the name."""
    return Practice.objects.create(name="Gabinet", created_at=NOW)


@pytest.fixture
def owner(empty: Practice) -> Client:
    return browser_of(make_staff(empty, Role.OWNER))


def send(client: Client, step: str, **given: Any) -> Any:
    return client.post(reverse(f"desk:setup_{step}"), {**ANSWERS.get(step, {}), **given})


def onward(client: Client) -> str:
    """The step to which the set-up leads now."""
    location: str = client.get(reverse("desk:setup")).headers["Location"]
    return location.rpartition("/")[2]


def give_accounts(practice: Practice) -> None:
    for channel, provider in ((Channel.EMAIL, "smtp"), (Channel.SMS, "smsapi")):
        ProviderAccount.objects.create(
            practice=practice, channel=channel, provider=provider, receipt_key=f"{practice.pk}-{channel}"
        )


def test_it_leads_through_all_steps_and_ends(owner: Client, empty: Practice) -> None:
    for step in ("practice", "consent", "doctor", "address", "hours", "services"):
        assert onward(owner) == step
        assert send(owner, step).status_code == HTTPStatus.FOUND
    assert onward(owner) == "providers"
    give_accounts(empty)
    assert onward(owner) == "trial"
    assert send(owner, "trial").status_code == HTTPStatus.FOUND
    assert onward(owner) == "staff"
    make_staff(empty, Role.RECEPTIONIST)
    assert onward(owner) == "finish"
    assert owner.post(reverse("desk:setup_finish")).headers["Location"] == reverse("desk:today")

    empty.refresh_from_db()
    calendar = empty.calendars.select_related("doctor", "address").get()
    assert empty.set_up_at == NOW
    assert (empty.name, empty.phone, empty.consent_basis) == ("Gabinet Pod Bzem", "+48123456789", ConsentBasis.PRACTICE)
    assert (calendar.doctor.full_name, calendar.address.city, calendar.online_booking) == (
        "lek. Anna Nowak",
        "Kraków",
        True,
    )
    assert calendar.opening_hours.count() == 5
    assert list(calendar.services.values_list("name", "minutes")) == [("Konsultacja", 30)]
    trial = empty.messages.get(subject_type=SubjectType.TEST)
    assert (trial.kind, trial.channel, trial.status) == (Kind.TEST, Channel.EMAIL, MessageStatus.PLANNED)
    assert trial.text.address == "ja@example.org"


def test_every_page_shows_before_anything_is_there(owner: Client, empty: Practice) -> None:
    for step in (*STEPS, "finish", "trial_state"):
        assert owner.get(reverse(f"desk:setup_{step}")).status_code == OK, step


def test_going_back_changes_what_is_there_and_doubles_nothing(owner: Client, empty: Practice) -> None:
    for step in ("doctor", "address", "doctor", "address"):
        send(owner, step)
    send(owner, "doctor", name="Anna Nowak-Kowal")
    send(owner, "address", street="ul. Krótka 1")

    assert list(empty.doctors.values_list("name", flat=True)) == ["Anna Nowak-Kowal"]
    assert list(empty.addresses.values_list("street", flat=True)) == ["ul. Krótka 1"]
    assert empty.calendars.count() == 1


def test_steps_that_need_a_calendar_say_what_comes_first(owner: Client, empty: Practice) -> None:
    for step in ("address", "hours", "services", "trial"):
        page = owner.get(reverse(f"desk:setup_{step}")).content.decode()
        assert "krok „Lekarz”" in page, step
        assert send(owner, step).status_code == OK
    assert not empty.calendars.exists()


def test_another_service_stays_on_the_page(owner: Client, empty: Practice) -> None:
    send(owner, "doctor")
    send(owner, "address")
    answer = send(owner, "services", another="1")
    assert answer.headers["Location"] == reverse("desk:setup_services")
    again = send(owner, "services")
    assert again.status_code == INVALID
    assert "usługę o tej nazwie" in again.content.decode()
    assert send(owner, "services", name="EKG", minutes="15").headers["Location"] == reverse("desk:setup_providers")


@pytest.mark.parametrize(
    ("step", "given", "said"),
    [
        ("practice", {"phone": "123"}, "Numer telefonu, na przykład"),
        ("practice", {"name": ""}, "To pole jest wymagane"),
        ("consent", {"chosen_by": ""}, "To pole jest wymagane"),
        ("doctor", {"name": " "}, "To pole jest wymagane"),
        ("address", {"city": ""}, "To pole jest wymagane"),
        ("hours", {"closes-2": "07:00"}, "Każdy przedział musi kończyć się później"),
        ("services", {"minutes": "0"}, "większa lub równa 1"),
        ("trial", {"email": ""}, "Proszę podać, dokąd ma trafić"),
        ("trial", {"email": "ja"}, "Adres e-mail, na przykład"),
        ("trial", {"channel": "sms", "phone": "12 345 67 89"}, "telefon stacjonarny"),
        ("trial", {"channel": "push"}, "Wybierz poprawną wartość"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_else_is_lost(
    owner: Client, empty: Practice, step: str, given: dict[str, str], said: str
) -> None:
    give_accounts(empty)
    for earlier in ("doctor", "address"):
        send(owner, earlier)
    answer = send(owner, step, **given)
    page = answer.content.decode()
    assert answer.status_code == INVALID
    assert said in page
    kept = {**ANSWERS[step], **given}
    assert all(value in page for value in kept.values() if isinstance(value, str) and value not in ("on", " "))


def test_a_test_shows_what_became_of_it(owner: Client, empty: Practice) -> None:
    give_accounts(empty)
    for step in ("doctor", "address", "trial"):
        send(owner, step)
    assert "zaplanowano" in owner.get(reverse("desk:setup_trial")).content.decode()
    state = reverse("desk:setup_trial_state")
    assert 'hx-trigger="every 2s"' in owner.get(state).content.decode()
    empty.messages.update(status=MessageStatus.DELIVERED)
    page = owner.get(state).content.decode()
    assert "every" not in page
    assert "doręczono" in page


def test_the_card_leads_there_until_it_is_over(owner: Client, empty: Practice) -> None:
    assert CARD in owner.get(reverse("desk:today")).content.decode()
    for _ in range(2):
        owner.post(reverse("desk:setup_finish"))
    assert CARD not in owner.get(reverse("desk:today")).content.decode()
    assert AuditEntry.objects.filter(action="practice.set_up").count() == 1


def test_it_is_for_owners(empty: Practice, owner: Client) -> None:
    for role in (Role.DOCTOR, Role.RECEPTIONIST):
        client = browser_of(make_staff(empty, role))
        assert client.get(reverse("desk:setup")).status_code == HTTPStatus.FORBIDDEN
        assert CARD not in client.get(reverse("desk:today")).content.decode()
