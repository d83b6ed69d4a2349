"""Whole ways of patients, from what their phone or mailbox received to what came of it; on a phone, in both languages,
with and without scripts."""

import re
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.walk import SCRIPTS, Phone, Street, stage, street
from tests.db.acceptance.stage import DAY, HOUR, MINUTE, Person, kinds, local

__all__ = ["stage", "street"]

pytestmark = pytest.mark.django_db(transaction=True)
START = local(2027, 3, 10, 10)
"""A Wednesday, nine days from the beginning of a stage."""
each_way = pytest.mark.parametrize(("language", "scripts"), SCRIPTS)


def starts(street: Street, visit: int) -> datetime:
    return datetime.fromisoformat(street.stage.visit(visit)["start"])


def named(street: Street, *names: str) -> dict[str, Any]:
    """Services of the calendar; its doctor gets a public profile."""
    stage = street.stage
    for name in names:
        stage.asked(stage.call.post(f"calendars/{stage.calendar}/services", {"name": name, "minutes": 30}), 201)
    doctor: dict[str, Any] = stage.asked(stage.call.get(f"doctors/{stage.doctor_of(stage.calendar)}"))
    return doctor


@each_way
def test_confirmed_then_moved_then_cancelled(street: Street, language: str, scripts: bool) -> None:
    """Each step begins at the link of the newest message, and is acknowledged there once."""
    stage, phone = street.stage, street.phone(language, scripts)
    person = stage.patient(language=language)
    visit = stage.book(person, START)
    stage.wait(MINUTE)
    phone.follow(street.newest(person, "details", "email"))
    phone.press("I confirm, I will come")
    phone.told("Thank you, the visit is confirmed. See you there!")
    phone.press("I would like another time")
    phone.page.get_by_label(phone.say("Or from a day of your choice")).fill("2027-03-12")
    phone.press("Show the times from that day")
    phone.choose("12:30")
    phone.headed("Move the visit?")
    phone.press("Yes, move the visit")
    phone.told("Done: the visit has a new time, and it is confirmed.")
    assert starts(street, visit) == local(2027, 3, 12, 12, 30)
    stage.wait(MINUTE)
    phone.follow(street.newest(person, "moved", "email"))
    phone.press("I cannot come")
    phone.press("No, go back")
    phone.press("I cannot come")
    phone.page.locator("#reason").fill("Grypa")
    phone.press("Yes, cancel the visit")
    phone.told("Done: the practice knows that you are not coming. There is nothing else to do.")
    after = stage.visit(visit)
    assert (after["status"], after["cancel_reason"]) == ("cancelled", "Grypa")
    stage.until(START + 3 * DAY)
    assert kinds(stage.arrived(person)) == [("cancelled", "email"), ("details", "email"), ("moved", "email")]


@each_way
def test_booked_from_the_profile_with_the_code_of_the_sms(street: Street, language: str, scripts: bool) -> None:
    """A new patient; the confirmation's link leads to the visit."""
    doctor = named(street, "Konsultacja", "Echo serca")
    phone = street.phone(language, scripts, locale={"pl": "pl-PL", "en": "en-GB"}[language])
    phone.open(f"/d/{doctor['slug']}")
    phone.page.get_by_role("link", name=phone.say("Choose a time")).click()
    phone.look()
    phone.page.get_by_role("link", name="Echo serca").click()
    phone.look()
    phone.choose("14:30")
    street.stage.wait(MINUTE)  # somebody types
    phone.fill("First name of the patient", "Łucja")
    phone.press("Go on: send me the code")
    phone.warned("Something is missing yet. Please look at the fields that are marked.")
    filled_in(phone)
    code = street.code()
    phone.page.get_by_label(phone.say("Code"), exact=True).fill(f"{(int(code) + 1) % 10**6:06d}")
    phone.press("Book the visit")
    expect(phone.page.get_by_role("alert")).to_be_visible()
    phone.page.get_by_label(phone.say("Code"), exact=True).fill(code)
    phone.press("Book the visit")
    phone.headed("The visit is booked")
    street.stage.wait(MINUTE)
    told = street.newest(Person(id=0, phone="+48601234567"), "details")
    phone.follow(told)
    phone.headed("My visit")
    expect(phone.page.locator(".clock")).to_contain_text("14:30")


@each_way
def test_an_opinion_is_given_and_the_next_one_not_asked_for(street: Street, language: str, scripts: bool) -> None:
    """One visit, one opinion; then the link in the e-mail ends such messages, and no others."""
    stage, phone = street.stage, street.phone(language, scripts)
    stage.asked(stage.call.patch(f"doctors/{stage.doctor_of(stage.calendar)}", {"review_address": ""}))
    stage.switch(rebook=False)
    person = stage.patient(language=language)
    stage.book(person, START)
    next_visit = stage.book(person, START + 7 * DAY)
    stage.until(START + 3 * HOUR)
    phone.follow(street.newest(person, "review"))
    phone.headed("How was the visit?")
    phone.page.get_by_role("radio").nth(1).check()
    phone.page.locator("#text").fill("Nikt mnie nie wysłuchał.")
    phone.press("Send the opinion")
    phone.told("Thank you, your opinion has reached the practice.")
    phone.page.go_back()
    phone.follow(street.newest(person, "review", "email"))
    phone.headed("Your opinion")
    (opinion,) = stage.asked(stage.call.get("opinions"))["items"]
    assert opinion["text"] == "Nikt mnie nie wysłuchał."

    asking = street.newest(person, "review", "email")
    phone.open(next(path for path in asking.links if path.startswith("/u/")))
    phone.press("No more such messages")
    phone.told("We will not send you such messages any more.")
    stage.until(START + 10 * DAY)
    assert stage.state(next_visit, "review", "email") == ("cancelled", "opted_out")
    assert [one.at for one in stage.arrived(person) if one.kind == "reminder"][-1] == START + 5 * DAY
    assert [one.at for one in stage.arrived(person) if one.kind == "review"][-1] < START + 3 * HOUR


@each_way
def test_no_sms_and_no_offers_by_the_preferences(street: Street, language: str, scripts: bool) -> None:
    """From any message's page; what is off does not come, what is on does, in the language that was chosen."""
    stage, phone = street.stage, street.phone(language, scripts)
    person = stage.patient(language=language)
    visit = stage.book(person, START)
    stage.wait(MINUTE)
    phone.follow(street.newest(person, "details", "email"))
    phone.press("Language and messages: my preferences")
    phone.page.get_by_label(phone.say("Offering me earlier times that have become free")).uncheck()
    phone.page.get_by_label("SMS").uncheck()
    other = {"pl": "en", "en": "pl"}[language]
    phone.page.get_by_label({"pl": "Polski", "en": "English"}[other]).check()
    phone.page.get_by_role("button", name=phone.say("Save")).click()
    phone.language = other
    phone.look()
    phone.told("Saved. This holds from now on:")
    stage.until(START - DAY)
    assert kinds(stage.arrived(person)) == [("details", "email"), ("reminder", "email")]
    reminder = street.newest(person, "reminder", "email")
    assert reminder.text.startswith({"pl": "Przypomnienie", "en": "Reminder"}[other])
    phone.follow(reminder)
    assert stage.state(visit, "reminder", "sms")[0] in ("skipped", "cancelled")


# --- twice: the same form in another tab, and the way back ------------------------------------------------------------


def test_moved_once_whatever_the_tabs_say(street: Street) -> None:
    stage, first = street.stage, street.phone()
    person = stage.patient()
    visit = stage.book(person, START)
    stage.wait(MINUTE)
    mail = street.newest(person, "details", "email")
    same, other = street.tab(first), street.tab(first)
    for phone, clock in ((first, "12:30"), (same, "12:30"), (other, "13:00")):
        phone.follow(mail, "/move?since=2027-03-12")
        phone.choose(clock)
    for phone in (first, same):
        phone.press("Yes, move the visit")
        phone.told("Done: the visit has a new time, and it is confirmed.")
    other.press("Yes, move the visit")
    other.warned("The visit has changed in the meantime. This is how it stands now.")
    expect(other.page.locator(".clock")).to_contain_text("12:30")
    first.page.go_back()  # to the question, which is answered by now
    first.told("Done: the visit has a new time, and it is confirmed.")
    stage.wait(MINUTE)
    assert starts(street, visit) == local(2027, 3, 12, 12, 30)
    assert stage.visit(visit)["revision"] == 2
    assert [one.brief[:2] for one in stage.arrived(person)] == [("details", "email"), ("moved", "email")]


def test_booked_once_whatever_the_tabs_say(street: Street) -> None:
    stage, first = street.stage, street.phone()
    doctor = named(street, "Konsultacja")
    first.open(f"/d/{doctor['slug']}/{stage.calendar}")
    first.choose("11:00")
    stage.wait(MINUTE)
    filled_in(first)
    code = street.code()
    same = street.tab(first)
    same.page.goto(first.page.url)
    for phone in (first, same):
        phone.page.get_by_label(phone.say("Code"), exact=True).fill(code)
    for phone in (first, same):
        phone.press("Book the visit")
        phone.headed("The visit is booked")
    first.page.go_back()  # to the code, which is used by now
    first.headed("The visit is booked")
    stage.wait(MINUTE)
    (visit,) = stage.asked(stage.call.get("visits"))["items"]
    sms = [one.kind for one in stage.arrived(Person(id=0, phone="+48601234567"))]
    assert sms == ["?", "details"]  # the code first
    assert kinds(stage.arrived()) == [("?", "sms"), ("details", "sms")]
    assert visit["booked_by"] == "patient"


def filled_in(phone: Phone) -> None:
    phone.fill("First name of the patient", "Jan")
    phone.fill("Last name of the patient", "Żak")
    phone.fill("Mobile phone", "601 234 567")
    phone.press("Go on: send me the code")
    phone.headed("The code from the SMS")


def test_the_earlier_time_taken_twice_is_one_move(street: Street) -> None:
    stage, first = street.stage, street.phone()
    person = stage.patient()
    monday = stage.book(stage.patient(), local(2027, 3, 15, 8))
    visit = stage.book(person, local(2027, 3, 17, 8))
    stage.until(local(2027, 3, 13, 10))
    stage.cancel(monday, by="patient")
    stage.wait(MINUTE)
    same = street.tab(first)
    for phone in (first, same):
        phone.follow(street.newest(person, "offer"))
    for phone in (first, same):
        phone.press("Take the earlier time")
        phone.told("The earlier time is yours, and the visit is confirmed.")
    first.page.go_back()  # to the offer, which is theirs by now
    expect(first.page.locator(".clock")).to_contain_text("08:00")
    expect(first.page.get_by_role("button", name=first.say("Take the earlier time"))).to_have_count(0)
    stage.wait(MINUTE)
    assert stage.visit(visit)["revision"] == 2
    assert kinds(one for one in stage.arrived(person) if one.kind == "moved") == [("moved", "email")]


# --- the keyboard alone -----------------------------------------------------------------------------------------------


def test_booked_from_the_profile_by_the_keyboard_alone(street: Street) -> None:
    phone = street.phone()
    doctor = named(street, "Konsultacja", "Echo serca")
    phone.open(f"/d/{doctor['slug']}")
    for words in ("Wybierz termin", "Konsultacja", "11:30"):
        tab_to(phone.page, words)
        with phone.page.expect_navigation():
            phone.page.keyboard.press("Enter")
    street.stage.wait(MINUTE)
    for field, text in (("first_name", "Jan"), ("last_name", "Żak"), ("phone", "602000000")):
        tab_to(phone.page, field)
        phone.page.keyboard.type(text)
    with phone.page.expect_navigation():
        phone.page.keyboard.press("Enter")
    expect(phone.page.get_by_label("Kod", exact=True)).to_be_focused()
    phone.page.keyboard.type(street.code())
    with phone.page.expect_navigation():
        phone.page.keyboard.press("Enter")
    phone.headed("The visit is booked")


def tab_to(page: Page, wanted: str) -> None:
    """Tab on until what begins with these words, or is the field of that name, has the focus; visibly."""
    for _ in range(60):
        page.keyboard.press("Tab")
        words, name = page.evaluate("[document.activeElement.innerText || '', document.activeElement.id]")
        if name == wanted or re.match(rf"\s*{re.escape(wanted)}", words):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
            return
    raise AssertionError(f"the keyboard does not come to {wanted!r}")
