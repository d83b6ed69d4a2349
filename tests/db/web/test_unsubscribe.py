import re
from datetime import timedelta

import pytest
from django.test import Client

from myosotis.domain.words import MessageStatus
from myosotis.flows import patient_erased
from myosotis.store.models import AuditEntry, Message, Visit
from tests.db.make import ACTOR, NOW, Scene, ahead, book, hours
from tests.db.web.letters import Letter, force, letter

NOBODYS = "/u/0123456789abcdefg"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
KINDS = ("review", "rebook", "offer")


def mail_of(visit: Visit, kind: str) -> Letter:
    """The e-mail of a kind with one-click; of an offer's candidate there is no plan yet."""
    if kind != "offer":
        return force(visit, visit.end, kind=kind, channel="email")
    return letter(
        Message.objects.create(
            practice=visit.practice, subject_type="candidate", subject_id=1, visit=visit, patient=visit.patient,
            revision=1, kind="offer", channel="email", status=MessageStatus.SENT, created_at=NOW, due_at=NOW,
            sent_at=NOW,
        )
    )  # fmt: skip


def opt_outs(scene: Scene) -> set[str]:
    scene.patient.refresh_from_db()
    return {kind for kind in KINDS if getattr(scene.patient, f"no_{kind}")}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("encoding", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_one_click_needs_no_cookie_login_or_form(
    strict: Client, scene: Scene, visit: Visit, kind: str, encoding: str
) -> None:
    mail = mail_of(visit, kind)
    body = {
        "application/x-www-form-urlencoded": ("List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"),
        "multipart/form-data": (
            '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
    }[encoding]
    answer = strict.post(mail.unsubscribe, *body)
    assert answer.status_code == 200
    assert not answer.cookies
    assert opt_outs(scene) == {kind}


def test_what_was_planned_of_that_kind_ends_and_the_rest_stays(client: Client, scene: Scene, visit: Visit) -> None:
    other = book(scene.calendar, scene.patient, visit.start + timedelta(days=7))
    client.post(mail_of(visit, "review").unsubscribe, ONE_CLICK)
    kinds = {kind for kind, _ in ahead(other)}
    assert "review" not in kinds
    assert {"details", "reminder", "rebook"} <= kinds
    assert {row.reason for row in Message.objects.filter(visit=other, kind="review")} == {"opted_out"}


def test_the_answer_speaks_as_the_page_with_the_button_did(client: Client, scene: Scene, visit: Visit) -> None:
    """Without a look at the token, which the answer must not tell apart from another one."""
    scene.patient.language = "en"
    scene.patient.save()
    page = client.get(mail_of(visit, "review").unsubscribe, headers={"Accept-Language": "pl"}).content.decode()
    action = re.search(r'action="([^"]+)"', page)
    assert action is not None
    answer = client.post(action[1], ONE_CLICK, headers={"Accept-Language": "pl"}).content.decode()
    assert "We will not send you such messages any more." in answer


def test_twice_is_once(client: Client, scene: Scene, visit: Visit) -> None:
    mail = mail_of(visit, "review")
    answers = [client.post(mail.unsubscribe, ONE_CLICK) for _ in range(2)]
    assert answers[0].content == answers[1].content
    changed = AuditEntry.objects.filter(action="patient.changed", actor=f"patient:{scene.patient.pk}")
    assert changed.count() == 1


def test_looking_changes_nothing_and_shows_the_button(client: Client, scene: Scene, visit: Visit) -> None:
    for kind in KINDS:
        mail = mail_of(visit, kind)
        answer = client.get(mail.unsubscribe)
        assert client.head(mail.unsubscribe).status_code == 200
        assert "Rezygnuję z takich wiadomości" in answer.content.decode()
        assert f'action="{mail.unsubscribe}?lang=pl"' in answer.content.decode()
    assert opt_outs(scene) == set()


@pytest.mark.parametrize("language", ["pl", "en"])
def test_a_post_is_answered_alike_for_every_token(client: Client, scene: Scene, visit: Visit, language: str) -> None:
    mail, erased = mail_of(visit, "review"), mail_of(visit, "rebook")
    answers = [
        client.post(f"{path}?lang={language}", ONE_CLICK) for path in (mail.unsubscribe, NOBODYS, "/u/x", "/u/ą")
    ]
    patient_erased.erase(practice=scene.practice, patient_id=scene.patient.pk, actor=ACTOR, now=visit.end + hours(1))
    answers += [client.post(f"{erased.unsubscribe}?lang={language}", ONE_CLICK)]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert client.get(NOBODYS).status_code == client.get(mail.unsubscribe).status_code == 200


def test_the_token_of_another_purpose_unsubscribes_nobody(client: Client, scene: Scene, visit: Visit) -> None:
    mail = mail_of(visit, "review")
    for path in (mail.open, mail.read, mail.image.removesuffix(".gif")):
        client.post(f"/u/{path.rpartition('/')[2]}", ONE_CLICK)
    assert opt_outs(scene) == set()


def test_a_mail_without_one_click_has_no_such_link(visit: Visit) -> None:
    assert force(visit, NOW + hours(1), kind="details", channel="email").unsubscribe == ""
