"""What messages say, link to and carry: times, neutral words, links, parts, calendar files (docs/rules.md 3 and 5)."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from myosotis.store.models import Message
from tests.db.acceptance.stage import DAY, HOUR, MINUTE, WARSAW, Stage, local, plain

START = local(2027, 3, 11, 12)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("start", "words"),
    [
        ("2027-10-31T02:30:00+02:00", "02:30 (czas letni, UTC+2)"),
        ("2027-10-31T02:30:00+01:00", "02:30 (czas zimowy, UTC+1)"),
        ("2027-03-28T03:00:00+02:00", "03:00"),
    ],
)
def test_one_time_on_all_channels_even_in_the_hour_that_comes_twice(stage: Stage, start: str, words: str) -> None:
    moment = datetime.fromisoformat(start)
    stage.set_clock(moment - 20 * DAY)
    person = stage.patient(app=True)
    stage.book(person, moment)
    stage.wait(4 * HOUR + 10 * HOUR)
    mail = next(one for one in stage.arrived(person) if one.channel == "email")
    sms = next(one for one in stage.arrived(person) if one.channel == "sms")
    (event,) = mail.calendar.walk("VEVENT")
    assert event["DTSTART"].dt == moment
    shown = moment.astimezone(WARSAW)
    for text in (mail.text, sms.text, stage.opens(mail)):
        assert f"{shown.hour}:{shown.minute:02d}" in text
    assert words in mail.text


def test_neutral_where_others_may_look(stage: Stage) -> None:
    doctor = {
        "name": "Jan Kowal",
        "specialty": "Psychiatra",
        "sensitive": True,
        "review_address": "https://example.org/o",
    }
    doctor_id = stage.asked(stage.call.post("doctors", doctor), 201)["id"]
    calendar = stage.add_calendar(doctor_id)
    service = {"name": "Terapia uzależnień", "minutes": 50, "preparation": "Proszę zabrać wyniki."}
    service_id = stage.asked(stage.call.post(f"calendars/{calendar}/services", service), 201)["id"]
    person = stage.patient(app=True)
    visit = stage.book(person, START, calendar_id=calendar, service_id=service_id, minutes=None)
    stage.until(START - HOUR)
    stage.move(visit, START + DAY)
    stage.until(START + 4 * DAY)
    arrived = stage.arrived(person)
    assert {one.channel for one in arrived} == {"email", "push", "sms"}
    for one in arrived:
        seen = one.text if one.channel != "email" else one.text.splitlines()[0]
        if one.channel == "email" and one.kind in ("details", "moved"):
            seen += one.ics.decode().replace("\r\n ", "")
        for word in ("psychiatr", "terapi", "uzalezn", "wyniki", person.email.split("@")[0]):
            assert word not in plain(seen).lower().replace(f"mailto:{person.email}", "")
        if one.channel == "push":
            assert set(one.push) == {"title", "body", "lang", "tag", "url", "click", "pad"}
    details = next(one for one in arrived if one.kind == "details")
    assert "Proszę zabrać wyniki" in stage.opens(details) or "już minął" in stage.opens(details)


def test_every_later_message_has_its_own_link_and_old_ones_go_on_working(stage: Stage) -> None:
    person = stage.patient()
    visit = stage.book(person, START)
    stage.until(START - HOUR)
    old = stage.arrived(person)
    stage.move(visit, START + DAY)
    stage.wait(MINUTE)
    arrived = stage.arrived(person)
    assert len({one.link for one in arrived}) == len(arrived) >= 4
    for one in arrived:
        assert "piątek 12 marca 2027" in stage.opens(one), "the visit as it stands, whatever the message said"
    assert "Termin" not in stage.opens(old[0]).split("<h1>")[1][:40]
    stage.until(START + DAY + 31 * MINUTE)
    for one in arrived:
        page = stage.opens(one)
        assert "Termin tej wizyty już minął" in page
        assert "Lipowa" not in page
    assert Client().post(f"{old[0].link}/cancel", {"revision": 2}).status_code == 302
    assert stage.visit(visit)["status"] == "booked"


def test_every_message_about_a_visit_leads_to_confirming_moving_and_cancelling(stage: Stage) -> None:
    person = stage.patient()
    visit = stage.book(person, START)
    stage.until(START - HOUR)
    stage.move(visit, START + DAY)
    stage.wait(MINUTE)
    arrived = stage.arrived(person)
    assert {one.kind for one in arrived} == {"details", "reminder", "moved"}
    for one in arrived:
        page = stage.opens(one)
        for step in ("confirm", "move", "cancel"):
            assert f'"{one.link}/{step}"' in page, (one.kind, one.channel)


def test_links_are_short_and_our_own(stage: Stage, settings: Settings) -> None:
    settings.MYOSOTIS = settings.MYOSOTIS.model_copy(update={"public_url": "https://mojawizyta.pl"})
    person = stage.patient()
    stage.book(person, START)
    stage.until(START + 2 * DAY)
    texts = [one for one in stage.arrived(person) if one.channel == "sms"]
    assert len(texts) == 4
    for one in texts:
        (link,) = [word for word in one.text.split() if "://" in word]
        assert link == f"https://mojawizyta.pl{one.link}"
        assert len(link) <= 40
        assert one.detail["parts"] == 1


@pytest.mark.parametrize(("letters", "encoding"), [("keep", "ucs2"), ("strip", "gsm7"), ("strip_to_save", "gsm7")])
def test_what_we_count_is_what_the_gateway_counts(stage: Stage, letters: str, encoding: str) -> None:
    """Whatever is in a name; one odd character triples a price unseen elsewhere."""
    stage.asked(stage.call.patch("practice", {"sms_letters": letters}))
    doctor = {
        "name": "Świętosława Gżegżółka-Źdźbłowska-O’Brien",
        "title": "prof. dr hab. n. med.",
        "review_address": "https://example.org/o",
    }
    calendar = stage.add_calendar(
        stage.asked(stage.call.post("doctors", doctor), 201)["id"], street="Aleja Łąkowa „B” 12/14 € [II]"
    )
    person = stage.patient()
    visit = stage.book(person, START, calendar_id=calendar)
    stage.until(START + 2 * DAY)
    texts = {one.key: one for one in stage.arrived(person) if one.channel == "sms"}
    assert len(texts) == 4
    for row in Message.objects.filter(visit_id=visit, channel="sms"):
        one = texts[row.uuid.hex]
        assert (row.parts, row.provider_parts) == (one.detail["parts"], one.detail["parts"])
        assert one.detail["encoding"] == encoding
        assert one.link, "the link is whole"
        assert row.price == stage.practice.sms_price * one.detail["parts"]


def test_a_visits_calendar_files_from_booking_to_cancellation(stage: Stage) -> None:
    person = stage.patient()
    visit = stage.book(person, START)
    stage.wait(MINUTE)
    stage.move(visit, START + DAY, via="desk")
    stage.wait(10 * SECOND)
    stage.asked(stage.call.post(f"visits/{visit}/undo"))
    stage.wait(HOUR)
    stage.move(visit, START + 2 * DAY)
    stage.wait(MINUTE)
    stage.cancel(visit)
    stage.wait(MINUTE)
    files = [one for one in stage.arrived(person) if one.channel == "email"]
    assert [one.kind for one in files] == ["details", "moved", "cancelled"]
    events = [one.calendar.walk("VEVENT")[0] for one in files]
    assert len({str(event["UID"]) for event in events}) == 1
    sequences = [int(event["SEQUENCE"]) for event in events]
    assert sequences == sorted(set(sequences)), "strictly rising"
    assert [str(one.calendar["METHOD"]) for one in files] == ["REQUEST", "REQUEST", "CANCEL"]
    for one, event in zip(files, events, strict=True):
        parts = [part for part in one.mail.walk() if part.get_content_type() == "text/calendar"] if one.mail else []
        assert parts[0].get_param("method") == str(one.calendar["METHOD"])
        assert "ORGANIZER" in event
        assert one.ics.index(b"METHOD:") < one.ics.index(b"BEGIN:VEVENT")
