"""The pages of the app: joining by code, visits of a household, messages, leaving, push (docs/rules.md 5)."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from pytest_django.fixtures import Settings

from myosotis.channels.providers.webpush.vapid import application_server_key, new_key, read_key
from myosotis.domain.codes import OF_PLACE, code_of
from myosotis.flows import patient_changed
from myosotis.store.models import (
    Doctor,
    Installation,
    Member,
    Message,
    MessageText,
    Opinion,
    PhoneVerification,
    ProviderAccount,
    PushSubscription,
    ReadingReport,
    Visit,
)
from myosotis.store.sealing import derived_key
from tests.db.make import ACTOR, NEXT_WEEK, Scene, ahead, book, make_calendar, make_patient, make_practice
from tests.db.web.letters import LEFT, Hand, Letter, letters

SUBSCRIPTION = {"endpoint": "https://push.example.org/here", "p256dh": "B" * 87, "auth": "A" * 22}
PAGES = ["/app", "/app/messages", "/app/people", "/app/push", "/app/forget"]


@pytest.fixture
def letter(scene: Scene, hand: Hand) -> Letter:
    """The e-mail about a visit of the scene's patient."""
    made = mail_of(book(scene.calendar, scene.patient))
    hand.set(LEFT)
    return made


def mail_of(visit: Visit) -> Letter:
    return letters(visit, LEFT)[("details", "email")]


def code_sent() -> str:
    """The code that the newest SMS carries."""
    return code_of(derived_key("codes"), PhoneVerification.objects.order_by("-id")[0].uuid)


def join(client: Client, letter: Letter) -> Any:
    client.post(f"{letter.open}/app")
    return client.post(f"{letter.open}/app/code", {"code": code_sent()})


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def other_code(right: str) -> str:
    return "000000" if right != "000000" else "000001"


@pytest.fixture
def phone(client: Client, letter: Letter) -> Client:
    """A phone on which the scene's patient joined."""
    assert join(client, letter).status_code == 302
    return client


# --- joining ----------------------------------------------------------------------------------------------------------


def test_the_page_shows_the_end_of_the_number_and_sends_nothing_by_itself(client: Client, letter: Letter) -> None:
    patient = letter.message.patient
    assert patient is not None
    page = client.get(f"{letter.open}/app")
    assert f"•••• {patient.phone[-3:]}" in text(page)
    assert patient.phone not in text(page)
    assert not PhoneVerification.objects.exists()


def test_the_code_lets_in_and_the_phone_keeps_a_secret(client: Client, letter: Letter) -> None:
    answer = join(client, letter)
    assert answer["Location"] == "/app?done=joined"
    cookie = answer.cookies["installation"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert cookie["max-age"] == 400 * 24 * 3600
    assert bytes(Installation.objects.get().key_hash) != cookie.value.encode()
    assert Message.objects.get(kind="code").channel == "sms"
    assert "Gotowe, wizyty są od teraz tutaj" in text(client.get("/app?done=joined"))


def test_the_cookie_goes_over_https_alone_where_there_is_https(
    client: Client, letter: Letter, settings: Settings
) -> None:
    settings.SESSION_COOKIE_SECURE = True
    client.cookies["installation"] = "planted-by-a-neighbouring-host-that-wants-to-look-on"
    cookie = join(client, letter).cookies["__Host-installation"]
    assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")  # else browsers refuse the name
    assert "Gotowe" in text(client.get("/app?done=joined"))
    gone = client.post("/app/forget").cookies["__Host-installation"]
    assert (gone.value, gone["secure"]) == ("", True)


def test_a_wrong_code_is_said_to_be_wrong_and_five_are_the_end(client: Client, letter: Letter) -> None:
    client.post(f"{letter.open}/app")
    wrong = other_code(code_sent())
    for _ in range(4):
        answer = client.post(f"{letter.open}/app/code", {"code": wrong})
        assert answer.status_code == 422
        assert "To nie jest ten kod" in text(answer)
    answer = client.post(f"{letter.open}/app/code", {"code": wrong})
    assert answer["Location"] == f"{letter.open}/app?done=used_up"
    assert client.post(f"{letter.open}/app/code", {"code": code_sent()})["Location"].endswith("/app?done=used_up")
    assert not Member.objects.exists()


def test_a_form_sent_twice_joins_once(client: Client, letter: Letter) -> None:
    client.post(f"{letter.open}/app")
    answers = [client.post(f"{letter.open}/app/code", {"code": code_sent()}) for _ in range(2)]
    assert [answer["Location"] for answer in answers] == ["/app?done=joined"] * 2
    assert Member.objects.count() == 1


def test_a_code_that_is_over_leads_back_kindly(client: Client, letter: Letter, hand: Hand) -> None:
    client.post(f"{letter.open}/app")
    hand.set(LEFT + timedelta(minutes=11))
    answer = client.post(f"{letter.open}/app/code", {"code": code_sent()}, follow=True)
    assert "Ten kod już nie jest ważny" in text(answer)


@pytest.mark.parametrize(
    "card", [{"phone": ""}, {"phone_is_mobile": False}, {"deceased": True}], ids=["no phone", "fixed line", "deceased"]
)
def test_without_a_mobile_number_the_practice_is_to_be_asked(
    client: Client, scene: Scene, letter: Letter, card: Any
) -> None:
    patient_changed.update(practice=scene.practice, patient_id=scene.patient.pk, card=card, actor=ACTOR, now=LEFT)
    assert "Nie mamy numeru komórkowego" in text(client.get(f"{letter.open}/app"))
    assert "Nie mamy numeru komórkowego" in text(client.post(f"{letter.open}/app"))
    assert not PhoneVerification.objects.exists()


def test_from_one_place_no_more_codes_go_than_a_household_needs(client: Client, scene: Scene, hand: Hand) -> None:
    """Whoever collected links of many patients cannot have an SMS sent to each of them."""
    mails = [mail_of(book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + n * timedelta(hours=1)))
             for n in range(OF_PLACE.an_hour + 1)]  # fmt: skip
    hand.set(LEFT)
    sent = [client.post(f"{mail.open}/app").status_code for mail in mails]
    assert sent == [302] * OF_PLACE.an_hour + [200]
    assert (
        client.post(f"{mails[-1].open}/app", headers={"X-Forwarded-For": ""}, REMOTE_ADDR="203.0.113.9").status_code
        == 302
    )


def test_where_no_sms_can_be_sent_that_is_said(client: Client, letter: Letter) -> None:
    ProviderAccount.objects.filter(channel="sms").delete()
    assert "Nie możemy teraz wysłać kodu" in text(client.post(f"{letter.open}/app"))


def test_a_guardian_joins_with_the_guardians_phone(client: Client, scene: Scene, hand: Hand) -> None:
    child = make_patient(
        scene.practice, guardian_name="Alicja", guardian_phone="+48600777321", guardian_email="alicja@example.org"
    )
    mail = mail_of(book(scene.calendar, child))
    hand.set(LEFT)
    assert "•••• 321" in text(client.get(f"{mail.open}/app"))
    join(client, mail)
    assert Member.objects.get().phone == "+48600777321"


def test_the_link_alone_opens_nothing_of_the_app(client: Client, letter: Letter) -> None:
    client.get(letter.open)
    for path in PAGES:
        page = client.get(path)
        assert "Na tym telefonie nie ma jeszcze nikogo" in text(page), path
        assert page["App-State"] == "nobody"


# --- a phone that nobody is on ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["", "x", "a" * 32, "é" * 500, "'; --"])
@pytest.mark.django_db
def test_a_secret_that_opens_nothing_gets_the_kind_page_and_is_dropped(client: Client, key: str) -> None:
    client.cookies["installation"] = key
    page = client.get("/app")
    assert (page.status_code, page["Cache-Control"]) == (200, "no-store")
    assert page.cookies["installation"].value == ""
    assert client.post("/app/push", SUBSCRIPTION).status_code == 403


@pytest.mark.usefixtures("wall")
def test_guessing_secrets_is_stopped_like_guessing_links(client: Client, phone: Client) -> None:
    guesser = Client()
    for number in range(40):
        guesser.cookies["installation"] = f"guess-{number}"
        guesser.get("/app")
    assert guesser.get("/app").status_code == 429


def test_a_new_number_on_the_card_signs_the_phone_out(phone: Client, scene: Scene) -> None:
    card: Any = {"phone": "+48600999999"}
    patient_changed.update(practice=scene.practice, patient_id=scene.patient.pk, card=card, actor=ACTOR, now=LEFT)
    assert phone.get("/app")["App-State"] == "nobody"


# --- visits -----------------------------------------------------------------------------------------------------------


def test_the_visits_of_everybody_on_the_phone_the_next_one_first(phone: Client, scene: Scene, hand: Hand) -> None:
    other = make_patient(make_practice("Stomatologia"), first_name="Olek")
    theirs = book(make_calendar(other.practice), other, NEXT_WEEK - timedelta(days=3))
    join(phone, mail_of(theirs))
    stranger = book(scene.calendar, make_patient(scene.practice, first_name="Obcy"), NEXT_WEEK + timedelta(hours=3))
    page = text(phone.get("/app"))
    assert page.index("Olek") < page.index("Maria")
    assert f"/app/v/{theirs.uuid}" in page
    assert str(stranger.uuid) not in page
    assert "Obcy" not in page
    hand.set(NEXT_WEEK + timedelta(days=1))
    page = text(phone.get("/app"))
    assert page.index("Żadna wizyta nie jest umówiona") < page.index("Minione wizyty") < page.index("Olek")


def test_a_visit_opens_the_same_pages_as_its_link(phone: Client, scene: Scene) -> None:
    visit = Visit.objects.get(patient=scene.patient)
    base = f"/app/v/{visit.uuid}"
    assert f'action="{base}/confirm"' in text(phone.get(base))
    assert phone.post(f"{base}/confirm", {"revision": 1})["Location"] == f"{base}?done=confirmed"
    assert phone.get(f"{base}/visit.ics")["Content-Type"].startswith("text/calendar")
    assert phone.post(f"{base}/cancel", {"revision": 1})["Location"] == f"{base}?done=cancelled"
    visit.refresh_from_db()
    assert visit.status == "cancelled"


def test_a_past_visit_leads_to_its_opinion(phone: Client, scene: Scene, hand: Hand) -> None:
    Doctor.objects.update(review_address="")
    base = f"/app/v/{Visit.objects.get(patient=scene.patient).uuid}"
    assert f"{base}/opinion" not in text(phone.get(base))
    hand.set(NEXT_WEEK + timedelta(hours=1))
    assert f'href="{base}/opinion"' in text(phone.get(base))
    assert "Jak było na wizycie?" in text(phone.get(f"{base}/opinion"))
    assert phone.post(f"{base}/opinion", {"stars": "4"})["Location"] == f"{base}/opinion?done=given"
    assert Opinion.objects.get().stars == 4
    hand.set(NEXT_WEEK + timedelta(days=91))
    assert f'href="{base}/opinion"' in text(phone.get(base)), "to what was said"


def test_where_opinions_are_given_elsewhere_the_app_leads_there(phone: Client, scene: Scene, hand: Hand) -> None:
    hand.set(NEXT_WEEK + timedelta(hours=1))
    base = f"/app/v/{Visit.objects.get(patient=scene.patient).uuid}"
    assert 'href="https://example.org/opinie"' in text(phone.get(f"{base}?lang=en"))
    hand.set(NEXT_WEEK + timedelta(days=91))
    assert "https://example.org/opinie" not in text(phone.get(base)), "an opinion is given within 90 days"


def test_a_strangers_visit_is_not_opened_and_nothing_is_told_of_it(phone: Client, scene: Scene) -> None:
    stranger = book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + timedelta(hours=3))
    page = phone.get(f"/app/v/{stranger.uuid}")
    assert page.status_code == 404
    assert page.content == phone.get("/app/v/00000000-0000-4000-8000-000000000000").content
    for action in ("confirm", "cancel", "seen", "opinion"):
        assert phone.post(f"/app/v/{stranger.uuid}/{action}", {"revision": 1}).status_code == 404


def test_a_visit_shown_in_the_app_is_read(phone: Client, scene: Scene) -> None:
    visit = Visit.objects.get(patient=scene.patient)
    assert ("details", "sms") in ahead(visit)
    phone.get(f"/app/v/{visit.uuid}")
    phone.get("/app")
    assert not ReadingReport.objects.exists()
    assert phone.post(f"/app/v/{visit.uuid}/seen", {"revision": 1}).status_code == 204
    assert {*ReadingReport.objects.values_list("signal", "counted")} == {("page", True)}
    assert ("details", "sms") not in ahead(visit)


def test_a_chosen_language_stays_with_the_phone(phone: Client, scene: Scene) -> None:
    phone.get("/app?lang=en")
    assert "My visits" in text(phone.get("/app"))
    visit = Visit.objects.get(patient=scene.patient)
    assert phone.get(f"/app/v/{visit.uuid}")["Content-Language"] == "en"


def test_a_get_changes_no_visit_nor_membership(phone: Client) -> None:
    member = Member.objects.get()
    before = [*Visit.objects.values()], [*Member.objects.values()], [*Message.objects.values()]
    for path in [
        *PAGES,
        f"/app/people/{member.pk}/leave",
        "/app/push/off",
        f"/app/v/{Visit.objects.get().uuid}/cancel",
    ]:
        phone.get(path)
        phone.head(path)
    assert before == ([*Visit.objects.values()], [*Member.objects.values()], [*Message.objects.values()])


def test_forms_of_others_are_refused(scene: Scene, letter: Letter, strict: Client, client: Client) -> None:
    join(client, letter)
    strict.cookies["installation"] = client.cookies["installation"].value
    for path in ("/app/forget", "/app/push", "/app/push/off", f"/app/people/{Member.objects.get().pk}/leave"):
        assert strict.post(path).status_code == 403, path
    assert Member.objects.exists()


# --- messages ---------------------------------------------------------------------------------------------------------


def kept(message: Message, body: str, subject: str = "") -> None:
    MessageText.objects.create(message=message, practice=message.practice, subject=subject, body=body)


def test_messages_show_their_texts_with_links_that_work(phone: Client, letter: Letter) -> None:
    kept(letter.message, "Wizyta <b>jutro</b>: {open}\nPrzeczytane: {read} {image}", "Twoja wizyta")
    page = phone.get("/app/messages").content.decode()
    assert "Twoja wizyta" in page
    assert "Wizyta &lt;b&gt;jutro&lt;/b&gt;" in page
    assert f'href="{letter.open}"' in page
    assert f'href="{letter.read}"' in page
    assert "{image}" not in page


def test_links_that_lead_nowhere_any_more_are_said_to_be_gone(phone: Client, letter: Letter, hand: Hand) -> None:
    kept(letter.message, "Wizyta: {open}")
    hand.set(NEXT_WEEK + timedelta(days=1))
    page = text(phone.get("/app/messages"))
    assert f'href="{letter.open}"' not in page
    assert "ten link już nie działa" in page


def test_messages_of_others_and_codes_are_not_shown(phone: Client, scene: Scene) -> None:
    other = book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + timedelta(hours=3))
    kept(mail_of(other).message, "Cudza wiadomość")
    code = Message.objects.get(kind="code")
    Message.objects.filter(pk=code.pk).update(status="sent", sent_at=LEFT)
    kept(code, "Kod: 123456")
    page = text(phone.get("/app/messages"))
    assert "Cudza" not in page
    assert "Kod" not in page


# --- people -----------------------------------------------------------------------------------------------------------


def test_one_is_removed_and_the_other_stays(phone: Client, scene: Scene) -> None:
    other = make_patient(scene.practice, first_name="Olek")
    join(phone, mail_of(book(scene.calendar, other, NEXT_WEEK + timedelta(hours=3))))
    member = Member.objects.get(patient=other)
    assert "Usunąć z tego telefonu: Olek?" in text(phone.get(f"/app/people/{member.pk}/leave"))
    assert phone.post(f"/app/people/{member.pk}/leave")["Location"] == "/app/people?done=left"
    assert [*Member.objects.values_list("patient_id", flat=True)] == [scene.patient.pk]


def test_the_last_one_leaving_takes_the_secret_along(phone: Client) -> None:
    answer = phone.post(f"/app/people/{Member.objects.get().pk}/leave")
    assert (answer["Location"], answer["App-State"]) == ("/app?done=forgotten", "nobody")
    assert answer.cookies["installation"].value == ""
    assert not Installation.objects.exists()


def test_forgetting_the_phone_ends_everything_on_it(phone: Client) -> None:
    old = phone.cookies["installation"].value
    phone.post("/app/forget")
    assert "ten telefon zapomniał" in text(phone.get("/app?done=forgotten"))
    phone.cookies["installation"] = old
    assert phone.get("/app")["App-State"] == "nobody"


def test_somebody_elses_membership_cannot_be_removed(phone: Client, scene: Scene) -> None:
    another = Client()
    join(another, mail_of(book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + timedelta(hours=3))))
    member = Member.objects.order_by("-id")[0]
    assert phone.post(f"/app/people/{member.pk}/leave").status_code == 404
    assert Member.objects.count() == 2


# --- push -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def vapid(settings: Settings) -> str:
    """The installation sends push with this key; practices have no account of their own."""
    key = new_key()
    push = {"provider": "webpush", "vapid_private_key": key, "subject": "mailto:a@example.org"}
    settings.MYOSOTIS = settings.MYOSOTIS.model_copy(update={"push": push})
    ProviderAccount.objects.filter(channel="push").delete()
    return application_server_key(read_key(key))


def test_the_page_gives_the_browser_the_key_of_the_sender(phone: Client, vapid: str) -> None:
    assert f'data-key="{vapid}" data-on="no"' in text(phone.get("/app/push"))


def test_without_an_account_for_push_the_page_says_so(phone: Client) -> None:
    ProviderAccount.objects.filter(channel="push").delete()
    assert "nie wysyła powiadomień" in text(phone.get("/app/push"))
    assert phone.post("/app/push", SUBSCRIPTION).status_code == 400


def test_push_is_switched_on_and_off(phone: Client, vapid: str) -> None:
    visit = Visit.objects.get()
    assert phone.post("/app/push", SUBSCRIPTION).status_code == 204
    assert ("reminder", "push") in ahead(visit)
    assert 'data-on="yes"' in text(phone.get("/app"))
    assert phone.post("/app/push/off")["Location"] == "/app/push?done=off"
    assert ("reminder", "sms") in ahead(visit)


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "http://127.0.0.1/x"},
        {"endpoint": "https://push.example.org/" + "x" * 2000},
        {"p256dh": ""},
        {"p256dh": "B" * 86},
        {"auth": "A" * 21 + "!"},
    ],
)
def test_what_is_no_subscription_is_not_kept(phone: Client, vapid: str, wrong: Any) -> None:
    assert phone.post("/app/push", SUBSCRIPTION | wrong).status_code == 400
    assert not PushSubscription.objects.exists()


def test_a_practice_with_a_key_of_its_own_is_left_out_where_another_came_first(
    phone: Client, vapid: str, scene: Scene
) -> None:
    other = make_patient(make_practice("Stomatologia"))
    join(phone, mail_of(book(make_calendar(other.practice), other)))
    account = ProviderAccount.objects.get(practice=other.practice, channel="push")
    account.settings = {"vapid_private_key": new_key(), "subject": "mailto:a@example.org"}
    account.save()
    phone.post("/app/push", SUBSCRIPTION)
    assert [*PushSubscription.objects.values_list("patient_id", flat=True)] == [scene.patient.pk]


def test_a_practice_with_a_key_of_its_own_does_not_share_the_push_of_the_phone(
    phone: Client, vapid: str, scene: Scene
) -> None:
    phone.post("/app/push", SUBSCRIPTION)
    other = make_patient(make_practice("Stomatologia"))
    account = ProviderAccount.objects.get(practice=other.practice, channel="push")
    account.settings = {"vapid_private_key": new_key(), "subject": "mailto:a@example.org"}
    account.save()
    join(phone, mail_of(book(make_calendar(other.practice), other)))
    assert Member.objects.count() == 2
    assert [*PushSubscription.objects.values_list("patient_id", flat=True)] == [scene.patient.pk]


def test_the_browser_renews_what_it_had_and_nothing_else(phone: Client, vapid: str, strict: Client) -> None:
    phone.post("/app/push", SUBSCRIPTION)
    new = SUBSCRIPTION | {"endpoint": "https://push.example.org/new"}
    strict.cookies["installation"] = phone.cookies["installation"].value  # a worker has no form's secret
    assert strict.post("/app/push/renewed", new | {"old": "https://push.example.org/foreign"}).status_code == 404
    assert strict.post("/app/push/renewed", new | {"old": SUBSCRIPTION["endpoint"]}).status_code == 204
    assert PushSubscription.objects.get().endpoint == new["endpoint"]


def content_of(path: str) -> bytes:
    """Of a file that whitenoise serves from where it lies."""
    found = finders.find(path.removeprefix("/static/"))
    assert isinstance(found, str), path
    return Path(found).read_bytes()


# --- what makes it installable ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "words"), [("pl", "Moje wizyty"), ("en", "My visits")])
def test_the_manifest_says_all_that_installing_needs(client: Client, language: str, words: str) -> None:
    answer = client.get(f"/manifest.webmanifest?lang={language}")
    said = answer.json()
    assert answer["Content-Type"] == "application/manifest+json"
    assert (said["start_url"], said["display"], said["lang"]) == ("/app", "standalone", language)
    assert words in said["description"]
    for icon in said["icons"]:
        assert content_of(icon["src"]).startswith(b"\x89PNG"), icon


def test_the_worker_stands_at_the_root_and_is_asked_for_anew(client: Client) -> None:
    answer = client.get("/sw.js")
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer["Cache-Control"] == "no-cache"
    for name in re.findall(r'"(/static/[^"]+)"', answer.content.decode()):
        assert content_of(name), name


def test_the_app_weighs_little(phone: Client, vapid: str) -> None:
    names = ("patient/patient.css", "app/app.css", "app/app.js", "patient/flower.svg", "app/icon-192.png")
    files = sum(len(content_of(f"/static/{name}")) for name in names) + len(phone.get("/sw.js").content)
    for path in PAGES:
        assert files + len(phone.get(path).content) < 50_000
