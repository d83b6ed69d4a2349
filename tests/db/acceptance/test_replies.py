"""What patients write back by SMS, and what they switch off (docs/rules.md 5)."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from myosotis.store.models import Candidate, MessageText
from tests.db.acceptance.stage import DAY, HOUR, MINUTE, Person, Stage, kinds, local, plain

START = local(2027, 3, 11, 12)
REMINDED = START - 48 * HOUR


def reminded(stage: Stage, **given: Any) -> tuple[Person, int]:
    """A patient whose reminder has just rung on the phone."""
    person = stage.patient(**given)
    visit = stage.book(person, START, switches={"details": False})
    stage.until(REMINDED + HOUR)
    assert ("reminder", "sms") in kinds(stage.arrived(person))
    return person, visit


def test_yes_confirms(stage: Stage) -> None:
    person, visit = reminded(stage)
    stage.texts(person, "Tak")
    stage.wait(HOUR)
    assert stage.visit(visit)["status"] == "confirmed"
    assert kinds(stage.arrived(person)) == [("reminder", "email"), ("reminder", "sms")]


def test_no_cancels_as_the_link_does_is_acknowledged_where_it_was_said_and_is_no_opt_out(stage: Stage) -> None:
    person, visit = reminded(stage)
    stage.texts(person, "NIE")
    said = stage.now
    stage.wait(HOUR)
    shown = stage.visit(visit)
    assert (shown["status"], shown["cancelled_by"]) == ("cancelled", "patient")
    assert stage.brief(person)[2:] == [("cancelled", "email", said), ("cancelled", "sms", said)]
    again = stage.book(person, START + 14 * DAY)
    stage.until(START + 13 * DAY)
    assert ("details", "sms") in kinds(stage.arrived(person)), "NIE never opts out"
    assert stage.visit(again)["status"] == "booked"


def test_no_after_the_cut_off_goes_to_a_person_and_is_answered_with_the_phone(stage: Stage) -> None:
    stage.asked(stage.call.patch(f"calendars/{stage.calendar}", {"change_cutoff_minutes": 47 * 60}))
    person, visit = reminded(stage)
    stage.texts(person, "nie!")
    stage.wait(HOUR)
    assert stage.visit(visit)["status"] == "booked"
    answer = stage.arrived(person)[-1]
    assert "400 00 00" in answer.text or "124 000 000" in answer.text
    assert "nie mozna juz odwolac" in plain(answer.text)
    assert inbox(stage) == ["nie!"]


def test_stop_ends_sms_is_confirmed_once_and_cancels_no_visit(stage: Stage) -> None:
    person, visit = reminded(stage)
    other = stage.book(person, START + 20 * DAY)
    stage.wait(MINUTE)
    assert stage.state(other, "details", "sms")[0] == "planned"
    for _ in range(2):
        stage.texts(person, "STOP")
    assert not [
        row for row in stage.timeline(other) if row["channel"] == "sms" and row["status"] in ("planned", "waiting")
    ]
    stage.until(START + 22 * DAY)
    texts = [one for one in stage.arrived(person) if one.channel == "sms"]
    assert len(texts) == 2, "the reminder, and one confirmation of STOP"
    assert "START" in texts[1].text
    assert stage.visit(visit)["status"] == stage.visit(other)["status"] == "booked"
    assert {one.kind for one in stage.arrived(person) if one.channel == "email"} >= {"details", "reminder", "review"}
    assert stage.state(other, "reminder", "sms")[1] == "sms_stopped"


def test_start_undoes_it(stage: Stage) -> None:
    person, _ = reminded(stage)
    stage.texts(person, "stop")
    stage.wait(MINUTE)
    stage.texts(person, "START")
    stage.until(START + DAY)
    assert ("review", "sms") in kinds(stage.arrived(person))


def test_wanting_sms_again_on_the_card_does_not_help_until_start_and_says_so(stage: Stage) -> None:
    person, _ = reminded(stage)
    stage.texts(person, "STOP")
    stage.card(person, opt_outs=[])
    visit = stage.book(person, START + 20 * DAY)
    (row,) = [row for row in stage.timeline(visit) if (row["kind"], row["channel"]) == ("reminder", "sms")]
    assert (row["status"], row["reason"]) == ("skipped", "sms_stopped")
    assert "START" in row["explanation"]


def test_stop_without_any_other_channel_means_a_call(stage: Stage) -> None:
    person, _ = reminded(stage, email="")
    stage.texts(person, "STOP")
    later = stage.book(person, START + 20 * DAY)
    stage.wait(HOUR)
    assert [one["id"] for one in stage.asked(stage.call.get("call-list"))["items"]] == [later]


def test_stop_of_one_number_silences_nobody_else(stage: Stage) -> None:
    person, _ = reminded(stage)
    other = stage.patient(email="")
    stage.texts(person, "STOP")
    stage.book(other, START)
    stage.wait(MINUTE)
    assert kinds(stage.arrived(other)) == [("details", "sms")]


def test_any_other_text_reaches_the_inbox_and_is_answered_once(stage: Stage) -> None:
    person, visit = reminded(stage)
    before = len(stage.arrived(person))
    for text in ("Czy mogę przyjść z dzieckiem?", "Halo, proszę odpisać"):
        stage.texts(person, text)
        stage.wait(MINUTE)
    (answer,) = stage.arrived(person)[before:]
    assert answer.channel == "sms"
    assert "recepcja" in answer.text
    assert inbox(stage) == ["Czy mogę przyjść z dzieckiem?", "Halo, proszę odpisać"]
    assert stage.visit(visit)["status"] == "booked"


@pytest.mark.parametrize("text", ["Nie wiem, czy zdążę", "no problem", "TAK ale później", "Stop, zadzwonię"])
def test_a_sentence_is_no_command(stage: Stage, text: str) -> None:
    person, visit = reminded(stage)
    stage.texts(person, text)
    stage.wait(HOUR)
    assert stage.visit(visit)["status"] == "booked"
    stage.until(START + DAY)
    assert ("review", "sms") in kinds(stage.arrived(person)), "and ends no SMS"


def test_texts_mention_replies_only_where_they_can_be_received(stage: Stage) -> None:
    with_number = stage.patient()
    stage.book(with_number, START)
    stage.wait(4 * HOUR)
    stage.asked(stage.call.patch("practice", {"sms_sender": "Gabinety", "sms_can_receive": False}))
    with_name = stage.patient()
    stage.book(with_name, START + HOUR)
    stage.wait(4 * HOUR)
    for person, mentioned in ((with_number, True), (with_name, False)):
        (sms,) = [one for one in stage.arrived(person) if one.channel == "sms"]
        assert ("TAK" in sms.text) is mentioned


def test_one_click_ends_requests_for_opinions_and_no_message_about_a_visit(stage: Stage) -> None:
    person = stage.patient()
    stage.book(person, START)
    later = stage.book(person, START + 10 * DAY)
    stage.until(START + 3 * HOUR)
    mail = next(one for one in stage.arrived(person) if (one.kind, one.channel) == ("review", "email"))
    assert mail.mail is not None
    assert mail.mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = next(path for path in mail.links if path.startswith("/u/"))
    strict = Client(enforce_csrf_checks=True)
    assert strict.get(path).status_code == 200
    stage.wait(MINUTE)
    assert stage.asked(stage.call.get(f"patients/{person.id}"))["opt_outs"] == [], "programs follow links"
    assert strict.post(path, {"List-Unsubscribe": "One-Click"}).status_code in (200, 204)
    assert stage.asked(stage.call.get(f"patients/{person.id}"))["opt_outs"] == ["review"]
    before = len(stage.arrived(person))
    stage.until(START + 12 * DAY)
    assert {one.kind for one in stage.arrived(person)[before:]} == {"reminder", "rebook"}
    assert stage.state(later, "review", "none") == ("skipped", "opted_out")


def test_only_review_and_rebook_mail_can_be_unsubscribed(stage: Stage) -> None:
    person = stage.patient()
    visit = stage.book(person, START)
    stage.until(START - HOUR)
    stage.move(visit, START + DAY)
    stage.until(START + 3 * DAY)
    mails = [one for one in stage.arrived(person) if one.channel == "email" and one.mail is not None]
    with_header = {one.kind for one in mails if one.mail is not None and one.mail["List-Unsubscribe"]}
    assert with_header == {"review", "rebook"}
    assert {one.kind for one in mails} == {"details", "reminder", "moved", "review", "rebook"}


def test_consent_on_the_card_where_the_practice_asks_each_patient(stage: Stage) -> None:
    stage.asked(stage.call.put("practice/consent-basis", {"basis": "card", "chosen_by": "Anna Nowak"}))
    gave, withdrew, never = (stage.patient() for _ in range(3))
    for person in (gave, withdrew):
        body = {"purpose": "commercial", "how": "na papierze", "wording": "Zgadzam się."}
        stage.asked(stage.call.post(f"patients/{person.id}/consents", body), 201)
    visits = [stage.book(person, START) for person in (gave, withdrew, never)]
    stage.until(START - HOUR)
    stage.asked(stage.call.delete(f"patients/{withdrew.id}/consents/commercial"), 204)
    stage.until(START + 2 * DAY)
    assert {one.kind for one in stage.arrived(gave)} == {"details", "reminder", "review", "rebook"}
    for person in (withdrew, never):
        assert {one.kind for one in stage.arrived(person)} == {"details", "reminder"}, "visit messages need no consent"
    assert stage.state(visits[2], "review", "none") == ("skipped", "no_consent")


def test_who_answered_by_sms_has_read(stage: Stage) -> None:
    person = stage.patient()
    visit = stage.book(person, START)
    stage.wait(4 * HOUR + MINUTE)
    stage.move(visit, START + DAY)
    moved = stage.now
    stage.wait(HOUR)
    stage.texts(person, "Dziękuję, widziałam")
    stage.wait(DAY)
    later = [one for one in stage.brief(person) if one[2] >= moved and one[0] == "moved"]
    assert len(later) == 2, "a reply to the SMS of the old time tells nothing of the new one"
    assert timedelta(0) < later[1][2] - moved


# --- after each kind of message ---


def after(stage: Stage, kind: str) -> tuple[Person, int]:
    """A patient with nothing but a phone, on which an SMS of this kind has just rung, and the visit."""
    person = stage.patient(email="")
    visit = stage.book(person, START, switches={"details": kind == "details", "offer": True})
    stage.wait(MINUTE)
    if kind == "moved":
        stage.until(START - 3 * DAY)
        stage.move(visit, START + DAY)
    elif kind == "cancelled":
        stage.until(START - DAY)
        stage.cancel(visit)
    elif kind == "offer":
        _free_an_earlier_time(stage)
    elif kind != "details":
        stage.until({"reminder": START - DAY, "review": START + 3 * HOUR, "rebook": START + DAY}[kind])
    stage.wait(MINUTE)
    assert stage.arrived(person)[-1].kind == kind
    return person, visit


def _free_an_earlier_time(stage: Stage) -> None:
    """Somebody else gives up a time three days before `START`; nothing else rings meanwhile."""
    other = stage.patient(phone="")
    stage.set_clock(START - 9 * DAY)
    freed = stage.book(other, START - 3 * DAY, switches={"details": False})
    stage.until(START - 6 * DAY)
    stage.cancel(freed, by="patient")


ABOUT_A_VISIT = ("details", "moved", "reminder")


@pytest.mark.parametrize("kind", ABOUT_A_VISIT)
def test_after_each_message_about_a_visit_yes_confirms(stage: Stage, kind: str) -> None:
    person, visit = after(stage, kind)
    heard = len(stage.arrived(person))
    stage.texts(person, "yes")
    stage.wait(MINUTE)
    assert stage.visit(visit)["status"] == "confirmed"
    assert len(stage.arrived(person)) == heard, "without an answer"
    assert inbox(stage) == ["yes"]


@pytest.mark.parametrize("kind", ABOUT_A_VISIT)
def test_after_each_message_about_a_visit_no_cancels_and_is_acknowledged(stage: Stage, kind: str) -> None:
    person, visit = after(stage, kind)
    stage.texts(person, "Nie.")
    stage.wait(MINUTE)
    assert stage.visit(visit)["status"] == "cancelled"
    assert (stage.arrived(person)[-1].kind, stage.arrived(person)[-1].channel) == ("cancelled", "sms")


def test_after_an_offer_yes_moves_nothing_and_brings_the_link(stage: Stage) -> None:
    person, visit = after(stage, "offer")
    (offer,) = [one for one in stage.arrived(person) if one.kind == "offer"]
    assert "TAK" not in offer.text
    before = stage.visit(visit)
    stage.texts(person, "TAK")
    stage.wait(MINUTE)
    answer = stage.arrived(person)[-1]
    assert answer.link == offer.link, "exactly that slot"
    assert "SMS nie zmienia terminu" in answer.text
    assert stage.visit(visit) == before


def test_the_link_in_an_answer_is_stored_nowhere(stage: Stage) -> None:
    person, _ = after(stage, "offer")
    stage.texts(person, "TAK")
    stage.wait(MINUTE)
    kept = MessageText.objects.order_by("message_id").values_list("body", flat=True)
    assert "{open}" in kept[len(kept) - 1]
    assert not [body for body in kept if stage.arrived(person)[-1].link in body]


def test_after_an_offer_no_declines_it_and_leaves_the_visit_alone(stage: Stage) -> None:
    person, visit = after(stage, "offer")
    heard = len(stage.arrived(person))
    stage.texts(person, "NIE")
    stage.wait(MINUTE)
    assert stage.visit(visit)["status"] == "booked"
    assert len(stage.arrived(person)) == heard
    assert [offer["answer"] for offer in Candidate.objects.filter(visit_id=visit).values("answer")] == ["declined"]


@pytest.mark.parametrize("kind", ["review", "rebook", "cancelled"])
@pytest.mark.parametrize("word", ["TAK", "NIE"])
def test_after_any_other_message_a_word_reaches_a_person_and_is_answered(stage: Stage, kind: str, word: str) -> None:
    person, visit = after(stage, kind)
    before = stage.visit(visit)
    stage.texts(person, word)
    stage.wait(MINUTE)
    assert "recepcja" in stage.arrived(person)[-1].text
    assert inbox(stage) == [word]
    assert stage.visit(visit)["status"] == before["status"]


# --- which one? ---


def two_children(stage: Stage) -> tuple[Person, int, int]:
    """A guardian reminded of the visits of two children; what rings, rings on one phone."""
    phone = "+48600555444"
    guardian: dict[str, Any] = {"guardian_name": "Ewa Lis", "guardian_phone": phone, "phone": "", "email": ""}
    children = [stage.patient(first_name=name, last_name="Lis", **guardian) for name in ("Zosia", "Jan")]
    visits = [stage.book(child, START + n * HOUR, switches={"details": False}) for n, child in enumerate(children)]
    stage.until(REMINDED + 2 * HOUR)
    return Person(id=0, phone=phone), visits[0], visits[1]


def test_of_two_children_the_guardian_is_asked_which_by_first_name(stage: Stage) -> None:
    guardian, first, second = two_children(stage)
    assert kinds(stage.arrived(guardian)) == [("reminder", "sms")] * 2
    stage.texts(guardian, "NIE")
    stage.wait(MINUTE)
    question = stage.arrived(guardian)[-1]
    assert question.kind == "which"
    assert "NIE" in question.text
    assert "1: czw. 11.03 12:00 Zosia A. Nowak, 2: czw. 11.03 13:00 Jan A. Nowak" in question.text
    assert "Lis" not in question.text
    assert {stage.visit(visit)["status"] for visit in (first, second)} == {"booked"}
    stage.texts(guardian, "2")
    stage.wait(MINUTE)
    assert [stage.visit(visit)["status"] for visit in (first, second)] == ["booked", "cancelled"]
    acknowledged = stage.arrived(guardian)[-1]
    assert acknowledged.kind == "cancelled"
    assert "Jan" in acknowledged.text
    stage.texts(guardian, "1 tak")
    stage.wait(MINUTE)
    assert [stage.visit(visit)["status"] for visit in (first, second)] == ["confirmed", "cancelled"]
    assert stage.arrived(guardian)[-1] == acknowledged


def test_stop_while_a_question_is_open_ends_both(stage: Stage) -> None:
    guardian, first, second = two_children(stage)
    for text in ("TAK", "STOP", "1"):
        stage.texts(guardian, text)
        stage.wait(MINUTE)
    assert {stage.visit(visit)["status"] for visit in (first, second)} == {"booked"}
    texts = [one.text for one in stage.arrived(guardian)]
    assert len(texts) == 4, "two reminders, the question, one confirmation of STOP"
    assert "START" in texts[-1]


def inbox(stage: Stage) -> list[str]:
    items = stage.asked(stage.call.get("incoming-messages"))["items"]
    return [item["text"] for item in sorted(items, key=lambda item: item["id"])]
