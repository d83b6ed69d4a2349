"""The pages and the doors for programs work under the web's own role: each narrows to a practice before it does anything."""

import pytest
from django.test import Client
from django.test.client import ClientHandler
from pytest_django.fixtures import Settings

from myosotis.domain.codes import code_of
from myosotis.domain.words import Channel, MessageStatus, Role
from myosotis.flows import practice_begun
from myosotis.flows.actor import SYSTEM
from myosotis.flows.api_access import Scope, create_key
from myosotis.links import Purpose, token
from myosotis.ops import inbound
from myosotis.store.models import (
    IncomingMessage,
    Member,
    Message,
    MessageLinks,
    MessageText,
    PhoneVerification,
    Practice,
    StaffLetter,
)
from myosotis.store.providers import receipt_secret
from myosotis.store.sealing import derived_key
from myosotis.web.links import hash_of_staff_link
from tests.db.apart.conftest import as_web
from tests.db.api.conftest import Caller
from tests.db.desk.conftest import PASSWORD, browser_of, make_staff
from tests.db.make import NOW, Scene, book, make_calendar, make_patient, make_practice, messages, sent
from tests.db.web.letters import LEFT, Hand, Letter, letters
from tests.db.web.portal import Visitor, open_portal


@pytest.fixture
def web(left_open: frozenset[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What browsers and programs ask is answered by the web's own role; the test itself looks on as the owner."""
    answer = ClientHandler.__call__

    def as_its_role(handler: ClientHandler, environ: dict[str, object]) -> object:
        with as_web():
            return answer(handler, environ)

    monkeypatch.setattr(ClientHandler, "__call__", as_its_role)


@pytest.fixture
def quick_passwords(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def mail_of(scene: Scene, hand: Hand) -> Letter:
    visit = book(scene.calendar, scene.patient)
    hand.set(LEFT)
    return letters(visit, LEFT)[("details", "email")]


def test_a_patient_reads_confirms_and_unsubscribes(web: None, scene: Scene, hand: Hand, client: Client) -> None:
    mail = mail_of(scene, hand)
    assert client.get(mail.open).status_code == 200
    assert client.get(f"{mail.open}/move").status_code == 200
    assert client.post(f"{mail.open}/confirm", {"revision": 1}).status_code == 302
    assert client.post(mail.read).status_code == 302
    assert client.get("/0123456789abcdefg").status_code == 404
    message = mail.message
    message.refresh_from_db()
    assert message.read_at is not None
    assert message.visit is not None
    assert message.visit.status == "confirmed"
    assert Client().get(f"{mail.open}/visit.ics").status_code == 200


def joined(client: Client, mail: Letter) -> None:
    client.post(f"{mail.open}/app")
    code = code_of(derived_key("codes"), PhoneVerification.objects.order_by("-id")[0].uuid)
    assert client.post(f"{mail.open}/app/code", {"code": code}).status_code == 302


def test_one_phone_holds_patients_of_two_practices(web: None, scene: Scene, hand: Hand, client: Client) -> None:
    first = mail_of(scene, hand)
    other = make_practice(name="Obok")
    second = mail_of(Scene(practice=other, calendar=make_calendar(other), patient=make_patient(other)), hand)
    joined(client, first)
    joined(client, second)
    page = client.get("/app").content.decode()
    assert page.count("/app/v/") >= 2
    for path in ("/app/messages", "/app/people", "/app/push"):
        assert client.get(path).status_code == 200
    assert second.message.visit is not None
    assert client.get(f"/app/v/{second.message.visit.uuid}").status_code == 200
    assert client.post("/app/forget").status_code == 302
    assert not Member.objects.exists()


def test_a_patient_books_in_the_portal(web: None, scene: Scene, hand: Hand, client: Client) -> None:
    hand.set(NOW)
    visitor = Visitor(portal=open_portal(scene), client=client, hand=hand)
    assert "Nowak" in visitor.text("/d/anna-nowak")
    form = visitor.book()
    assert scene.practice.visits.filter(booked_by="patient").count() == 1
    assert client.get(f"{form}/done").status_code == 200


def test_a_program_books_by_the_api_and_not_elsewhere(web: None, scene: Scene, hand: Hand) -> None:
    hand.set(NOW)
    key = create_key(practice=scene.practice, name="t", scopes=set(Scope), actor=SYSTEM, now=NOW)
    call = Caller(secret=key.secret)
    other = make_patient(make_practice(name="Obok"))
    body = {"calendar_id": scene.calendar.pk, "patient_id": scene.patient.pk, "start": "2027-03-10T09:00:00Z"}
    assert call.get(f"patients/{other.pk}").status_code == 404
    assert call.get(f"patients/{scene.patient.pk}").status_code == 200
    answer = call.post("visits", body, Idempotency_Key="one")
    assert answer.status_code == 201, answer.content
    assert scene.practice.visits.count() == 1
    key.key.refresh_from_db()
    assert key.key.last_used_on == NOW.date()


def test_providers_report_and_patients_answer(web: None, scene: Scene, hand: Hand, settings: Settings) -> None:
    settings.MYOSOTIS = settings.MYOSOTIS.model_copy(update={"sms": {"provider": "smsapi"}})
    scene.patient.email = ""
    scene.patient.save()
    visit = book(scene.calendar, scene.patient)
    sms = sent(messages(visit, channel=Channel.SMS, kind="details")[0], NOW)
    MessageText.objects.create(message=sms, practice=scene.practice, address=scene.patient.phone, body="...")
    hand.set(LEFT)
    address = f"/receipts/smsapi/{receipt_secret()}"
    report = {"MsgId": "A1", "status": "404", "status_name": "DELIVERED", "idx": sms.uuid.hex}
    assert Client().get(address, report).content == b"OK"
    sms.refresh_from_db()
    assert sms.status == MessageStatus.DELIVERED
    wrote = {
        "sms_from": scene.patient.phone.removeprefix("+"),
        "sms_to": "4799",
        "sms_text": "Spóźnię się",
        "MsgId": "B",
    }
    assert Client().post(address, wrote).content == b"OK"
    assert IncomingMessage.objects.get().practice_id == scene.practice.pk


def test_a_mail_that_is_answered_was_read(left_open: frozenset[str], scene: Scene, hand: Hand) -> None:
    mail = mail_of(scene, hand).message
    with as_web():
        inbound.take(
            f"From: a@example.org\nIn-Reply-To: <{mail.uuid.hex}@example.org>\n\nTak".encode(),
            f"reply+{mail.uuid.hex}@example.org",
            "a@example.org",
        )
    mail.refresh_from_db()
    assert mail.read_at is not None


def test_staff_forget_the_password_and_sign_in_anew(
    web: None, scene: Scene, hand: Hand, client: Client, quick_passwords: None
) -> None:
    hand.set(NOW)
    user = make_staff(scene.practice, Role.OWNER)
    assert client.post("/desk/forgotten", {"email": user.email}).status_code == 200
    letter = StaffLetter.objects.get(user=user)
    message = Message.objects.get(subject_type="staff", subject_id=letter.pk)
    path = letter_path(message)
    assert client.get(path).status_code == 200
    new = "konwalie stoją na parapecie 12"
    assert client.post(path, {"password": new}).status_code == 302
    assert client.post("/desk/account/login/", {"login": user.email, "password": PASSWORD}).status_code == 200
    assert client.post("/desk/account/login/", {"login": user.email, "password": new}).status_code == 302
    assert client.get("/desk/").status_code == 200


def letter_path(message: Message) -> str:
    """Where the link of a mail to staff leads, once it has left."""
    Message.objects.filter(pk=message.pk).update(status="sent")
    opens = hash_of_staff_link(message.uuid)
    MessageLinks.objects.create(message=message, practice_id=message.practice_id, open_hash=opens)
    return f"/desk/welcome/{token(derived_key('links'), message.uuid, Purpose.STAFF)}"


def test_the_desk_shows_its_own_practice_and_no_other(
    web: None, scene: Scene, hand: Hand, quick_passwords: None
) -> None:
    hand.set(NOW)
    visit = book(scene.calendar, scene.patient)
    other = make_practice(name="Obok")
    foreign = book(make_calendar(other), make_patient(other))
    user = make_staff(scene.practice, Role.OWNER)
    desk = browser_of(user)
    for path in ("/desk/", "/desk/patients", "/desk/messages", "/desk/calls", "/desk/statistics", "/desk/settings"):
        assert desk.get(path, follow=True).status_code == 200, path
    assert desk.get(f"/desk/visits/{visit.pk}").status_code == 200
    assert desk.get(f"/desk/visits/{foreign.pk}").status_code == 404


def test_the_first_owner_makes_the_first_practice(web: None, db: None, hand: Hand, quick_passwords: None) -> None:
    hand.set(NOW)
    browser = Client()
    assert browser.post("/desk/begin", {"key": practice_begun.key()}).status_code == 302
    given = {"practice_name": "Nowa", "name": "Anna Nowak", "email": "anna@example.org", "password": PASSWORD}
    answer = browser.post("/desk/begin", {**given, "language": "pl"})
    assert answer.status_code == 302, answer.content
    assert Practice.objects.get().memberships.get().user.email == "anna@example.org"
    assert browser.get("/desk/", follow=True).status_code == 200
