"""The page on which a patient says what a visit was like (docs/rules.md 6)."""

import re

import pytest
from django.test import Client

from myosotis.domain.opinions import OpinionRule
from myosotis.domain.words import Kind, VisitStatus
from myosotis.flows import opinion_moderated
from myosotis.store.models import Doctor, Message, Opinion, Visit
from tests.db.make import ACTOR, NEXT_WEEK, Scene, book, hours, make_patient
from tests.db.web.letters import Hand, Letter, force

LATER = NEXT_WEEK + hours(4)


@pytest.fixture
def visit(scene: Scene) -> Visit:
    return book(scene.calendar, scene.patient)


@pytest.fixture
def request_(hand: Hand, visit: Visit) -> Letter:
    """The request for an opinion, of a doctor without an address elsewhere; it is an hour old."""
    Doctor.objects.update(review_address="")
    letter = force(visit, LATER - hours(1), kind=Kind.REVIEW)
    hand.set(LATER)
    return letter


def page(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.content.decode()


def send(client: Client, letter: Letter, **form: object) -> str:
    """Send the form; the page to which it leads."""
    answer = client.post(f"{letter.open}/opinion", form, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_link_leads_to_our_own_page_where_no_other_is_given(client: Client, request_: Letter) -> None:
    answer = client.get(f"{request_.open}?lang=en")
    assert (answer.status_code, answer["Location"]) == (302, f"{request_.open}/opinion?lang=en")
    for language, words in (
        (
            "pl",
            ("Jak było na wizycie?", "dr n. med. Anna Nowak", "środa 10 marca 2027", "wizyt, które się u nas odbyły"),
        ),
        ("en", ("How was the visit?", "Wednesday 10 March 2027", "only from visits that took place here")),
    ):
        shown = page(client, f"{request_.open}/opinion?lang={language}")
        for said in (*words, *(f'value="{stars}"' for stars in range(1, 6)), 'maxlength="2000"'):
            assert said in shown


def test_neither_stars_nor_a_name_are_suggested(client: Client, request_: Letter) -> None:
    shown = page(client, f"{request_.open}/opinion")
    assert "checked" not in shown
    assert re.search(r'<input id="author" name="author"[^>]* value=""', shown)


@pytest.mark.parametrize("address", ["", "javascript:alert(1)", "//evil.example", "ftp://example.org"])
def test_what_is_no_address_of_the_web_leads_to_our_page(client: Client, request_: Letter, address: str) -> None:
    Doctor.objects.update(review_address=address)
    assert client.get(f"{request_.open}?next=//evil.example")["Location"] == f"{request_.open}/opinion"


def test_given_it_is_shown_to_its_author_and_loading_again_gives_nothing_twice(
    client: Client, request_: Letter, visit: Visit
) -> None:
    said = send(client, request_, stars="2", text="Długo czekałam.\r\n<b>Bardzo</b>", author="  Zofia ")
    for words in (
        "Dziękujemy",
        "Gwiazdki: 2 z 5",
        "Długo czekałam.<br>&lt;b&gt;Bardzo&lt;/b&gt;",
        "Zofia",
        "72 godzinach",
    ):
        assert words in said
    opinion = Opinion.objects.get()
    assert (opinion.visit_id, opinion.stars, opinion.author, opinion.given_at) == (visit.pk, 2, "Zofia", LATER)
    assert "Gwiazdki: 2 z 5" in page(client, f"{request_.open}/opinion")
    assert Opinion.objects.count() == 1


def test_without_stars_nothing_is_lost_and_the_reason_stands_beside_them(client: Client, request_: Letter) -> None:
    for stars in ("", "6", "-1", "five", "٣"):
        answer = client.post(f"{request_.open}/opinion", {"stars": stars, "text": "Dobrze.", "author": "Ewa"})
        shown = answer.content.decode()
        assert answer.status_code == 422
        assert 'role="alert"' in shown
        assert 'aria-describedby="wrong"' in shown
        assert ">Dobrze.</textarea>" in shown
        assert 'value="Ewa"' in shown
    assert not Opinion.objects.exists()


def test_too_long_a_text_is_kept_in_the_form(client: Client, request_: Letter) -> None:
    answer = client.post(f"{request_.open}/opinion", {"stars": "5", "text": "x" * 2001})
    assert answer.status_code == 422
    assert "2000" in answer.content.decode()
    assert "x" * 2001 in answer.content.decode()
    assert not Opinion.objects.exists()


def test_it_is_changed_while_nobody_reads_it_and_asked_about_once_everybody_can(
    client: Client, request_: Letter, hand: Hand
) -> None:
    send(client, request_, stars="5")
    form = page(client, f"{request_.open}/opinion?do=change")
    assert 'value="5" checked' in form
    send(client, request_, stars="4")
    assert Opinion.objects.get().stars == 4
    hand.set(LATER + hours(72))
    asked = client.post(f"{request_.open}/opinion", {"stars": "1", "text": "Inaczej"})
    assert asked.status_code == 409
    assert "mogą teraz przeczytać wszyscy" in asked.content.decode()
    assert ">Inaczej</textarea>" in asked.content.decode()
    assert Opinion.objects.get().stars == 4
    assert "Gabinet sprawdza" in send(client, request_, stars="1", replace="yes")
    assert Opinion.objects.get().stars == 1


def test_kept_back_its_author_reads_by_which_rule(client: Client, scene: Scene, request_: Letter) -> None:
    send(client, request_, stars="1", text="...")
    opinion_moderated.reject(
        practice=scene.practice, opinion_id=Opinion.objects.get().pk, rule=OpinionRule.ADVERT, actor=ACTOR, now=LATER
    )
    shown = page(client, f"{request_.open}/opinion")
    assert "Powód według zasad: reklama." in shown
    assert "Można ją napisać inaczej" in shown


def test_it_is_withdrawn_by_the_same_link_at_any_time(client: Client, request_: Letter, hand: Hand) -> None:
    send(client, request_, stars="1", text="Żałuję tych słów.")
    hand.set(LATER + hours(24 * 200))
    assert "do=change" not in page(client, f"{request_.open}/opinion")
    asked = page(client, f"{request_.open}/opinion?do=withdraw")
    assert "Wycofać opinię?" in asked
    assert Opinion.objects.get().withdrawn_at is None, "looking withdraws nothing"
    assert "treść usunięta" in send(client, request_, do="withdraw")
    assert Opinion.objects.get().text == ""


def test_long_after_the_visit_it_is_declined_politely(client: Client, request_: Letter, hand: Hand) -> None:
    hand.set(NEXT_WEEK + hours(24 * 91))
    assert "nie jest to możliwe" in page(client, f"{request_.open}/opinion")
    assert "nie jest to możliwe" in send(client, request_, stars="5")
    assert not Opinion.objects.exists()


def test_of_a_visit_that_was_missed_there_is_none(client: Client, request_: Letter, visit: Visit) -> None:
    Visit.objects.filter(pk=visit.pk).update(status=VisitStatus.NO_SHOW)
    assert "nie jest to możliwe" in page(client, f"{request_.open}/opinion")
    send(client, request_, stars="5")
    assert not Opinion.objects.exists()


def test_not_by_the_link_of_another_message_nor_by_a_former_patient(
    client: Client, scene: Scene, request_: Letter, visit: Visit
) -> None:
    details = force(visit, NEXT_WEEK - hours(100), kind=Kind.DETAILS)
    assert client.post(f"{details.open}/opinion", {"stars": "5"}).status_code == 302
    Visit.objects.filter(pk=visit.pk).update(patient=make_patient(scene.practice))
    assert client.post(f"{request_.open}/opinion", {"stars": "5"}).status_code == 302
    assert not Opinion.objects.exists()


def test_what_the_patient_of_a_wrong_card_said_is_not_shown_to_the_right_one(
    client: Client, scene: Scene, request_: Letter, visit: Visit
) -> None:
    send(client, request_, stars="1", text="Słowa innej osoby.")
    right = make_patient(scene.practice)
    Visit.objects.filter(pk=visit.pk).update(patient=right)
    Message.objects.filter(pk=request_.message.pk).update(patient=right)
    shown = page(client, f"{request_.open}/opinion")
    assert "Jak było na wizycie?" in shown
    assert "innej osoby" not in shown
    send(client, request_, stars="5", text="Moje słowa.")
    opinion = Opinion.objects.get()
    assert (opinion.text, opinion.patient) == ("Moje słowa.", right)


def test_only_a_post_from_the_page_counts(strict: Client, request_: Letter) -> None:
    assert strict.post(f"{request_.open}/opinion", {"stars": "5"}).status_code == 403
    assert strict.head(f"{request_.open}/opinion").status_code == 200
    assert strict.get(f"{request_.open}/opinion?stars=5&do=give").status_code == 200
    assert not Opinion.objects.exists()
