from datetime import timedelta

import pytest
from django.test import Client

from myosotis.domain.words import ConsentPurpose, Party, Via
from myosotis.flows import visit_cancelled, visit_moved
from myosotis.store.models import Consent, Message, ReadingReport, Visit
from tests.db.make import ACTOR, NEXT_WEEK, NOW, Scene, ahead, book, hours, make_subscription, messages
from tests.db.web.letters import LEFT, Hand, Letter, letters

MAIL_PROGRAM = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.5.0"


def waits(visit: Visit, kind: str = "details") -> bool:
    """Whether the SMS behind the first wave still comes."""
    return (kind, "sms") in ahead(visit)


def reports() -> list[tuple[str, bool]]:
    return list(ReadingReport.objects.order_by("id").values_list("signal", "counted"))


def test_seeing_the_page_reads_the_message(client: Client, visit: Visit, mail: Letter) -> None:
    answer = client.post(f"{mail.open}/seen", {"revision": 1})
    assert (answer.status_code, answer.content) == (204, b"")
    assert not waits(visit)
    assert reports() == [("page", True)]


@pytest.mark.parametrize("revision", ["2", "0", "", "x", "-1"])
def test_seeing_another_revision_reads_nothing(client: Client, visit: Visit, mail: Letter, revision: str) -> None:
    assert client.post(f"{mail.open}/seen", {"revision": revision}).status_code == 204
    assert waits(visit)
    assert reports() == [("page", False)]


def test_an_old_link_reads_the_newest_message_of_the_visit(
    client: Client, hand: Hand, visit: Visit, mail: Letter
) -> None:
    visit_moved.move(
        practice=visit.practice, visit_id=visit.pk, start=NEXT_WEEK + hours(24), by=Party.PRACTICE, via=Via.DESK,
        actor=ACTOR, now=LEFT,
    )  # fmt: skip
    hand.set(LEFT + hours(1))
    letters(visit, LEFT + hours(1))
    assert waits(visit, "moved")
    client.post(f"{mail.open}/seen", {"revision": 1})
    assert waits(visit, "moved")
    client.post(f"{mail.open}/seen", {"revision": 2})
    assert not waits(visit, "moved")


def test_seeing_that_the_visit_is_cancelled_spares_the_sms(
    client: Client, hand: Hand, visit: Visit, mail: Letter
) -> None:
    visit_cancelled.cancel(
        practice=visit.practice, visit_id=visit.pk, by=Party.PRACTICE, via=Via.DESK, actor=ACTOR, now=LEFT
    )
    hand.set(LEFT + hours(1))
    told = letters(visit, LEFT + hours(1))[("cancelled", "email")]
    assert waits(visit, "cancelled")
    assert f'data-address="{told.open}/seen"' in client.get(told.open).content.decode()
    client.post(f"{told.open}/seen", {"revision": 2})
    assert not waits(visit, "cancelled")


def test_a_visit_that_is_over_is_not_reported(client: Client, hand: Hand, visit: Visit, mail: Letter) -> None:
    hand.set(visit.end)
    assert "seen" not in client.get(mail.open).content.decode()


def test_the_link_in_the_mail_confirms_by_a_button(client: Client, visit: Visit, mail: Letter) -> None:
    assert "Potwierdzam przeczytanie" in client.get(mail.read).content.decode()
    assert waits(visit)
    answer = client.post(mail.read)
    assert (answer.status_code, answer["Location"]) == (302, f"{mail.read}?done=read")
    assert "Dziękujemy" in client.get(answer["Location"]).content.decode()
    assert not waits(visit)
    assert reports() == [("confirmed", True)]


def test_having_read_an_outdated_mail_is_not_enough(client: Client, hand: Hand, visit: Visit, mail: Letter) -> None:
    visit_moved.move(
        practice=visit.practice, visit_id=visit.pk, start=NEXT_WEEK + hours(24), by=Party.PRACTICE, via=Via.DESK,
        actor=ACTOR, now=LEFT,
    )  # fmt: skip
    hand.set(LEFT + hours(1))
    letters(visit, LEFT + hours(1))
    for page in (client.get(mail.read), client.get(client.post(mail.read)["Location"])):
        assert "Wizyta się zmieniła" in page.content.decode()
    assert waits(visit, "moved")


def test_a_clicked_push_is_read_without_cookie_or_form(strict: Client, scene: Scene, hand: Hand) -> None:
    make_subscription(scene.patient)
    visit = book(scene.calendar, scene.patient, NEXT_WEEK + hours(3))
    sent = letters(visit, LEFT)
    hand.set(LEFT + hours(1))
    assert strict.post(f"/p{sent['details', 'email'].open}").status_code == 204
    assert waits(visit)
    assert strict.post(f"/p{sent['details', 'push'].open}").status_code == 204
    assert not waits(visit)
    assert set(reports()) == {("push_click", True)}


@pytest.fixture
def consenting(scene: Scene) -> None:
    scene.practice.tracking_image = True
    scene.practice.save()
    Consent.objects.create(
        practice=scene.practice, patient=scene.patient, purpose=ConsentPurpose.TRACKING_IMAGE, given_at=NOW, how="test"
    )


def loads(client: Client, hand: Hand, mail: Letter, *, agent: str = MAIL_PROGRAM, after: float = 61) -> bytes:
    hand.set(LEFT + timedelta(seconds=after))
    answer = client.get(mail.image, headers={"user-agent": agent})
    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (200, "image/gif", "no-store")
    return bytes(answer.content)


@pytest.mark.usefixtures("consenting")
def test_the_image_reads_the_mail_of_a_consenting_reader(
    client: Client, hand: Hand, visit: Visit, mail: Letter
) -> None:
    loads(client, hand, mail)
    assert not waits(visit)
    assert reports() == [("image", True)]


@pytest.mark.usefixtures("consenting")
@pytest.mark.parametrize(
    ("agent", "after"),
    [(MAIL_PROGRAM, 59), ("", 61), ("curl/8.5", 61), ("Mozilla/5.0 (via ggpht.com GoogleImageProxy)", 61)],
)
def test_in_doubt_the_image_reads_nothing(
    client: Client, hand: Hand, visit: Visit, mail: Letter, agent: str, after: float
) -> None:
    loads(client, hand, mail, agent=agent, after=after)
    assert waits(visit)
    assert reports() == [("image", False)]


def test_without_consent_the_image_reads_nothing(client: Client, hand: Hand, visit: Visit, mail: Letter) -> None:
    known = loads(client, hand, mail)
    assert waits(visit)
    assert known == client.get("/i/0123456789abcdefg.gif").content == client.get("/i/x.gif").content


@pytest.mark.usefixtures("consenting")
def test_asking_only_for_the_head_of_the_image_notes_nothing(
    client: Client, hand: Hand, visit: Visit, mail: Letter
) -> None:
    hand.set(LEFT + hours(1))
    assert client.head(mail.image, headers={"user-agent": MAIL_PROGRAM}).status_code == 200
    assert waits(visit)
    assert reports() == []


def test_no_report_holds_more_than_ids_and_times(client: Client, visit: Visit, mail: Letter) -> None:
    client.post(f"{mail.open}/seen", {"revision": 1})
    columns = {field.name for field in ReadingReport._meta.get_fields()}
    assert columns == {"id", "practice", "message", "at", "signal", "counted"}
    assert Message.objects.get(id=messages(visit, channel="email", kind="details")[0].pk).read_at == LEFT
