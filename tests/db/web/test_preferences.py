"""Preferences behind a link: what is shown, what one POST saves, and what it never touches."""

from datetime import timedelta

from django.test import Client

from myosotis.domain.words import ConsentBasis, Language, MessageStatus
from myosotis.flows import patient_erased, stopped_numbers
from myosotis.store.models import AuditEntry, Consent, Message, Patient, Practice, Visit
from tests.db.make import ACTOR, NOW, Scene, ahead, hours, make_subscription
from tests.db.web.letters import LEFT, Hand, Letter, force, letter

ALL = ("email", "sms", "review", "rebook", "offer")
"""What the form of a patient without the app has to tick."""


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (answer.status_code, answer.headers.get("Location"))
    return answer.content.decode()


def form(client: Client, mail: Letter, query: str = "") -> str:
    return text(client, f"{mail.open}/preferences{query}")


def ticked(page: str) -> set[str]:
    return {name for name in (*ALL, "push") if f'name="on" value="{name}" checked' in page}


def offered(page: str) -> set[str]:
    return {name for name in (*ALL, "push") if f'name="asked" value="{name}"' in page}


def save(client: Client, mail: Letter, *on: str, asked: tuple[str, ...] = ALL, language: str = "pl") -> str:
    """Press "Save" with so much ticked; the page that follows."""
    answer = client.post(f"{mail.open}/preferences", {"asked": asked, "on": on, "language": language})
    assert (answer.status_code, answer["Location"]) == (302, f"{mail.open}/preferences?done=saved")
    return text(client, answer["Location"])


def opt_outs(patient: Patient) -> set[str]:
    patient.refresh_from_db()
    return {name for name in ("sms", "email", "push", "review", "rebook", "offer") if getattr(patient, f"no_{name}")}


def test_it_shows_how_things_stand_and_no_address_in_full(client: Client, scene: Scene, mail: Letter) -> None:
    Patient.objects.update(no_offer=True, email="maria.wisniewska@example.org", phone="+48600123456")
    page = form(client, mail)
    assert ticked(page) == {"email", "sms", "review", "rebook"}
    assert offered(page) == set(ALL)
    assert 'value="pl" checked' in page
    for words in ("m•••@e•••.org", "••• ••• 456"):
        assert words in page
    for secret in ("wisniewska", "example", "600123", "+48600", scene.patient.last_name):
        assert secret not in page


def test_every_page_behind_the_link_leads_there(client: Client, mail: Letter) -> None:
    for path in ("", "/cancel", "/move", "/move?start=20270311T090000Z"):
        assert f'href="{mail.open}/preferences"' in text(client, f"{mail.open}{path}"), path
    assert "preferences" not in text(client, mail.read)  # the token of another purpose opens nothing else
    assert f'href="{mail.open}/preferences?lang=en"' in text(client, f"{mail.open}?lang=en")


def test_one_button_saves_it_all_and_says_what_holds_now(client: Client, scene: Scene, mail: Letter) -> None:
    page = save(client, mail, "email", "review", language="en")
    assert "Saved. This holds from now on:" in page
    assert "On: e-mail, opinions" in " ".join(page.split())
    assert "Off: SMS, invitations, earlier times" in " ".join(page.split())
    assert opt_outs(scene.patient) == {"sms", "rebook", "offer"}
    assert scene.patient.language == Language.EN
    assert ticked(page) == {"email", "review"}
    assert AuditEntry.objects.filter(action="patient.changed", actor=f"patient:{scene.patient.pk}").count() == 1
    save(client, mail, "email", "review", language="en")
    assert AuditEntry.objects.filter(action="patient.changed").count() == 1  # the same again is no change


def test_what_is_planned_follows_at_once(client: Client, visit: Visit, mail: Letter) -> None:
    assert {("details", "sms"), ("reminder", "sms"), ("review", "email")} <= ahead(visit)
    save(client, mail, "email")
    assert {channel for _kind, channel in ahead(visit)} == {"email"}
    assert not {"review", "rebook"} & {kind for kind, _channel in ahead(visit)}
    save(client, mail, *ALL)
    assert {("reminder", "sms"), ("review", "email")} <= ahead(visit)


def test_a_form_that_asked_nothing_changes_nothing(client: Client, scene: Scene, mail: Letter) -> None:
    for data in ({}, {"on": ["email"]}, {"language": "de"}, {"asked": ["silent", "deceased", "push", "x"]}):
        assert client.post(f"{mail.open}/preferences", data).status_code == 302
    assert opt_outs(scene.patient) == set()
    assert (scene.patient.language, scene.patient.silent, scene.patient.deceased) == ("", False, False)
    assert not AuditEntry.objects.filter(action="patient.changed").exists()


def test_only_what_was_there_to_be_ticked_is_changed(client: Client, scene: Scene, mail: Letter) -> None:
    Patient.objects.update(email="", no_push=True)
    page = form(client, mail)
    assert offered(page) == {"sms", "review", "rebook", "offer"}
    save(client, mail, "sms", "review", "rebook", "offer", asked=(*ALL, "push"))
    assert opt_outs(scene.patient) == {"push"}
    make_subscription(scene.patient)
    assert "push" in offered(form(client, mail))
    save(client, mail, "push", asked=("push",))
    assert opt_outs(scene.patient) == set()


def test_with_every_channel_off_it_says_what_that_means(client: Client, scene: Scene, mail: Letter) -> None:
    page = save(client, mail, "review", "rebook", "offer")
    assert "pozostaje tylko telefon z przychodni" in page
    assert opt_outs(scene.patient) == {"sms", "email"}
    Patient.objects.update(email="", phone="")
    page = form(client, mail)
    assert "nie zna ani adresu e-mail, ani numeru komórkowego" in page


def test_a_stopped_number_is_told_of_start(client: Client, scene: Scene, mail: Letter) -> None:
    stopped_numbers.stop(scene.practice, scene.patient.phone, LEFT)
    page = form(client, mail)
    assert "SMS o treści START" in page
    assert "sms" not in offered(page)
    save(client, mail, "email", "sms", "review", "rebook", "offer")
    assert opt_outs(scene.patient) == set()
    assert "SMS o treści START" in form(client, mail)
    stopped_numbers.start(scene.practice, scene.patient.phone, LEFT)
    assert "sms" in ticked(form(client, mail))


def test_until_the_hand_over_it_is_the_guardian_s_phone(client: Client, mail: Letter) -> None:
    Patient.objects.update(
        guardian_name="Jan", guardian_phone="+48600999888", guardian_email="jan@rodzina.example",
        guardian_until=(NOW + timedelta(days=300)).date(),
    )  # fmt: skip
    page = form(client, mail)
    assert "••• ••• 888" in page
    assert "j•••@r•••.example" in page


def test_with_the_hand_over_the_guardian_s_link_decides_nothing_more(
    client: Client, hand: Hand, visit: Visit, mail: Letter, scene: Scene
) -> None:
    until = NOW + timedelta(days=2)
    Patient.objects.update(guardian_phone="+48600999888", guardian_until=until.date())
    assert f'href="{mail.open}/preferences"' in text(client, mail.open)
    hand.set(until)
    assert "preferences" not in text(client, mail.open)
    assert client.get(f"{mail.open}/preferences")["Location"] == mail.open
    assert client.post(f"{mail.open}/preferences", {"asked": ALL})["Location"] == mail.open
    assert opt_outs(scene.patient) == set()
    own = force(visit, until, kind="reminder", channel="email")
    save(client, own, "email", "sms", "review", "rebook")
    assert opt_outs(scene.patient) == {"offer"}


def test_where_the_practice_asks_each_patient_ticking_is_the_consent(
    client: Client, scene: Scene, mail: Letter
) -> None:
    Practice.objects.update(consent_basis=ConsentBasis.CARD)
    page = form(client, mail)
    assert ticked(page) == {"email", "sms", "offer"}
    assert "Zaznaczenie oznacza zgodę na wiadomości przychodni w tej sprawie." in page
    save(client, mail, "email", "sms", "offer")
    assert not Consent.objects.exists()
    save(client, mail, "email", "sms", "review")
    (consent,) = Consent.objects.all()
    assert (consent.purpose, consent.given_at, consent.how, consent.withdrawn_at) == (
        "commercial", LEFT, "preferences", None,
    )  # fmt: skip
    assert consent.wording.startswith("Zaznaczenie oznacza zgodę")
    assert opt_outs(scene.patient) == {"rebook", "offer"}
    assert ticked(form(client, mail)) == {"email", "sms", "review"}
    save(client, mail, "email", "sms")
    consent.refresh_from_db()
    assert consent.withdrawn_at == LEFT


def test_a_consent_that_was_never_given_is_not_refused_by_saving_something_else(
    client: Client, scene: Scene, mail: Letter
) -> None:
    Practice.objects.update(consent_basis=ConsentBasis.CARD)
    save(client, mail, "email", "sms", language="en")
    assert opt_outs(scene.patient) == {"offer"}
    assert scene.patient.language == Language.EN


def test_it_ends_with_the_visit_but_not_for_what_comes_after(
    client: Client, hand: Hand, visit: Visit, mail: Letter, scene: Scene
) -> None:
    rebook = force(visit, visit.end + hours(22), kind="rebook", channel="email")
    hand.set(visit.end - timedelta(seconds=1))
    assert client.get(f"{mail.open}/preferences").status_code == 200
    hand.set(visit.end)
    assert client.get(f"{mail.open}/preferences")["Location"] == mail.open
    assert client.post(f"{mail.open}/preferences", {"asked": ["sms"]})["Location"] == mail.open
    assert opt_outs(scene.patient) == set()
    assert "preferences" not in text(client, mail.open)
    assert f'href="{rebook.open}/preferences"' in text(client, rebook.open)
    save(client, rebook, "email", "sms", "review", "offer")
    assert opt_outs(scene.patient) == {"rebook"}


def test_for_messages_to_nobody_and_the_erased_there_are_none(client: Client, scene: Scene, mail: Letter) -> None:
    test = Message.objects.create(
        practice=scene.practice, subject_type="test", subject_id=1, revision=1, kind="test", channel="email",
        status=MessageStatus.SENT, created_at=NOW, sent_at=NOW, due_at=NOW,
    )  # fmt: skip
    nobody = letter(test)
    assert client.get(f"{nobody.open}/preferences")["Location"] == nobody.open
    patient_erased.erase(practice=scene.practice, patient_id=scene.patient.pk, actor=ACTOR, now=LEFT)
    assert client.get(f"{mail.open}/preferences").status_code == 404
    assert client.post(f"{mail.open}/preferences", {"asked": ["sms"]}).status_code == 404


def test_a_form_without_its_secret_saves_nothing(strict: Client, scene: Scene, mail: Letter) -> None:
    assert strict.post(f"{mail.open}/preferences", {"asked": ["sms"]}).status_code == 403
    assert opt_outs(scene.patient) == set()
