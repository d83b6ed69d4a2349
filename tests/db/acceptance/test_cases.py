"""What goes wrong elsewhere, and must not here: the rest of docs/cases.md, seen from where the patient stands."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from pytest_django.fixtures import Settings

from myosotis.ops.cli import main
from myosotis.store.models import Message, Visit
from tests.db.acceptance.stage import DAY, HOUR, MINUTE, WARSAW, Stage, kinds, local, plain
from tests.db.api.conftest import caller_of
from tests.db.make import Scene

START = local(2027, 3, 11, 12)
REMINDED = START - 48 * HOUR
SECOND = timedelta(seconds=1)
ALL_ON = ("details", "reminder", "actions", "review", "offer", "rebook")


def test_saving_the_same_again_and_again_sends_nothing_more(stage: Stage) -> None:
    person = stage.patient(app=True)
    visit = stage.book(person, START)
    before = stage.timeline(visit)
    for _ in range(10):
        stage.switch(details=True, reminder=True)
        stage.card(person, email=person.email, phone=person.phone)
        stage.asked(stage.call.patch(f"visits/{visit}", {"switches": {}}))
        stage.asked(stage.call.patch("practice", {"window_opens": "07:00"}))
    assert stage.timeline(visit) == before
    stage.until(START + 2 * DAY)
    counted = kinds(stage.arrived(person))
    assert counted.count(("details", "email")) == counted.count(("reminder", "email")) == 1
    assert [kind for kind, channel in counted if channel == "sms"] == ["details"]
    assert counted.count(("push", "push")) == 4


def test_a_booking_sent_twice_is_one_visit(stage: Stage) -> None:
    person = stage.patient()
    body = {"calendar_id": stage.calendar, "patient_id": person.id, "start": START.isoformat()}
    first, again = (stage.call.post("visits", body, Idempotency_Key="booking-1") for _ in range(2))
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    stage.wait(MINUTE)
    assert kinds(stage.arrived(person)) == [("details", "email")]


def test_each_visit_of_a_series_has_its_own_reminder(stage: Stage) -> None:
    person = stage.patient()
    starts = [START + 7 * DAY * n for n in range(3)]
    visits = [stage.book(person, start, switches={"details": False, "review": False}) for start in starts]
    stage.until(starts[0] - HOUR)
    stage.asked(stage.call.post(f"visits/{visits[0]}/confirm", {}))
    stage.until(starts[0] + HOUR)
    stage.asked(stage.call.post(f"visits/{visits[0]}/mark", {"mark": "done"}))
    stage.until(starts[2])
    reminders = [one.at for one in stage.arrived(person) if (one.kind, one.channel) == ("reminder", "sms")]
    assert [moment.astimezone(UTC) for moment in reminders] == [start.astimezone(UTC) - 48 * HOUR for start in starts]


@pytest.mark.parametrize("ahead", [DAY, SECOND, timedelta(0)], ids=["a day", "a second", "the very moment"])
def test_cancelled_before_it_went_out_it_never_goes(stage: Stage, ahead: timedelta) -> None:
    person = stage.patient()
    visit = stage.book(person, START)
    stage.until(REMINDED - 2 * DAY)
    stage.set_clock(REMINDED - ahead)  # nothing is dispatched meanwhile: it may even be due
    stage.cancel(visit)
    statuses = {row["status"] for row in stage.timeline(visit) if row["kind"] == "reminder"}
    assert statuses == {"cancelled"}, "in the same transaction"
    stage.until(START + DAY)
    assert {one.kind for one in stage.arrived(person)} == {"details", "cancelled"}


def test_a_move_in_a_file_is_told_too(stage: Stage, tmp_path: Path) -> None:
    person = stage.patient()
    head = "Identyfikator;Data wizyty;Godzina;Czas trwania;Pacjent;Telefon;Lekarz\r\n"
    row = f"A-1;11.03.2027;{{}};30;Łucja Żółkiewska-1;{person.phone};Anna Nowak\r\n"
    for clock_time in ("12:00", "9:30"):
        file = tmp_path / f"{clock_time.replace(':', '')}.csv"
        file.write_bytes((head + row.format(clock_time)).encode("cp1250"))
        assert main(["import", "visits", str(file), "--announce"]) == 0
        stage.wait(HOUR)
    assert kinds(stage.arrived(person)) == [("details", "email"), ("moved", "email")]
    assert "godz. 09:30" in stage.arrived(person)[1].text
    stage.until(START)
    later = [one for one in stage.arrived(person) if one.kind == "reminder"]
    assert {one.at for one in later} == {local(2027, 3, 9, 9, 30)}


def test_a_column_of_consents_that_nobody_knows_stops_the_file(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "pacjenci.csv"
    file.write_bytes(
        "Nazwisko;Imię;Telefon;Zgoda na kontakt w sprawie ofert\r\nNowak;Ewa;601234567;tak\r\n".encode("cp1250")
    )
    assert main(["import", "patients", str(file)]) == 1
    assert "Zgoda na kontakt w sprawie ofert" in capsys.readouterr().err
    assert stage.asked(stage.call.get("patients"))["items"] == []


def test_switched_off_and_on_existing_visits_follow(stage: Stage) -> None:
    people = [stage.patient() for _ in range(2)]
    visits = [stage.book(person, START + n * HOUR) for n, person in enumerate(people)]
    stage.wait(MINUTE)
    path = f"calendars/{stage.calendar}/switches/preview"
    off = dict.fromkeys(ALL_ON, True) | {"reminder": False}
    preview = stage.asked(stage.call.post(path, off))
    assert preview == {"visits": 2, "appear": {}, "disappear": {"reminder": 4}}
    assert stage.state(visits[0], "reminder", "sms")[0] == "planned", "a preview changes nothing"
    assert stage.switch(reminder=False) == preview
    assert stage.switch(reminder=True) == {"visits": 2, "appear": {"reminder": 4}, "disappear": {}}
    stage.switch(reminder=False)
    stage.until(REMINDED + 30 * MINUTE)
    back_on = stage.switch(reminder=True)
    assert back_on["appear"] == {"reminder": 2}, "the first visit's time has passed"
    assert stage.state(visits[0], "reminder", "none") == ("skipped", "due_passed")
    stage.until(START)
    assert "reminder" not in {one.kind for one in stage.arrived(people[0])}
    assert "reminder" in {one.kind for one in stage.arrived(people[1])}


def test_switches_can_be_copied_to_other_calendars(stage: Stage) -> None:
    there = stage.add_calendar(stage.doctor_of(stage.calendar), street="ul. Długa 1")
    stage.switch(reminder=False, review=False)
    stage.asked(stage.call.post(f"calendars/{stage.calendar}/switches/copy", {"calendar_ids": [there]}))
    shown = stage.asked(stage.call.get(f"calendars/{there}/switches"))
    assert {name: shown[name] for name in ALL_ON} == dict.fromkeys(ALL_ON, True) | {"reminder": False, "review": False}


@pytest.mark.parametrize("booked_by", ["practice", "patient"])
def test_each_switch_alone_sends_its_kind_and_no_other(stage: Stage, booked_by: str) -> None:
    """Also: a new calendar has all six on, and a portal visit has its review whatever is off."""
    doctor = stage.doctor_of(stage.calendar)
    shown = stage.asked(stage.call.get(f"calendars/{stage.calendar}/switches"))
    assert {shown[name] for name in ALL_ON} == {True}
    people = {}
    for n, name in enumerate((*ALL_ON, "none")):
        calendar = stage.add_calendar(stage.asked(stage.call.post("doctors", {
            "name": f"Jan Nowak {n}", "review_address": "https://example.org/opinie",
        }), 201)["id"]) if n else stage.add_calendar(doctor)  # fmt: skip
        stage.switch(calendar, **{word: word == name for word in ALL_ON})
        people[name] = stage.patient()
        via = "portal" if booked_by == "patient" else "desk"
        stage.book(people[name], START, calendar_id=calendar, booked_by=booked_by, via=via)
    stage.until(START + 2 * DAY)
    always = {"review"} if booked_by == "patient" else set()
    for name, person in people.items():
        own = {name} & {"details", "reminder", "review", "rebook"}
        assert {one.kind for one in stage.arrived(person)} == own | always, name


def test_everything_planned_sent_and_skipped_says_why_in_both_languages(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    person = stage.patient(email="", phone="12 345 67 89")
    visit = stage.book(person, local(2027, 3, 2, 12))
    for language in ("pl", "en"):
        rows = stage.asked(stage.call.get(f"visits/{visit}/messages?language={language}"))
        assert {row["kind"] for row in rows} >= {"details", "reminder", "review", "rebook"}
        for row in rows:
            assert row["explanation"]
            assert row["reason"] or row["status"] not in ("skipped", "cancelled", "expired", "failed")
            assert "_" not in row["explanation"], "words for people"
        capsys.readouterr()
        assert main(["explain", str(visit), "--language", language]) == 0
        said = capsys.readouterr().out
        assert all(row["explanation"] in said for row in rows)
        assert "Żółkiewska" not in said
        assert "345" not in said
    assert stage.state(visit, "reminder", "none") == ("skipped", "booked_too_late")
    assert ("details", "sms", "skipped", "fixed_line") in stage.outline(visit)


def test_sending_never_changes_the_visit(stage: Stage) -> None:
    person = stage.patient()
    visit = stage.book(person, START)

    def row() -> dict[str, Any]:
        return dict(Visit.objects.filter(pk=visit).values().get())

    before = row()
    stage.until(START + 3 * HOUR)
    assert row() == before
    stage.asked(stage.call.post(f"visits/{visit}/mark", {"mark": "no_show"}))
    before = row()
    stage.until(START + 4 * DAY)
    assert row() == before, "what staff noted stays"


PLANNED_ELSEWHERE = """
from datetime import timedelta
from myosotis.content.moments import moment
from myosotis.domain.planning import plan
from tests.unit.domain.visits import APP_USER, WARSAW, local, visit
for start in (local(2027, 3, 29, 10), local(2027, 11, 1, 10), local(2027, 10, 31, 12), local(2027, 6, 16, 5)):
    for lead in (36, 50, 80, 400):
        booked = start - timedelta(hours=lead)
        for row in plan(visit(start, booked, card=APP_USER), booked):
            print(row.key.kind, row.key.channel, row.status, row.due_at, row.expires_at, row.reason)
    print(moment(start, WARSAW, "pl", WARSAW))
"""


def test_the_servers_own_zone_never_matters() -> None:
    said = {
        zone: subprocess.run(
            [sys.executable, "-c", PLANNED_ELSEWHERE],
            env={**os.environ, "TZ": zone, "PYTHONPATH": "src:."},
            cwd=Path(__file__).parents[3],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for zone in ("UTC", "Europe/Warsaw", "America/New_York")
    }
    assert len(set(said.values())) == 1
    assert "2027-03-27 08:00:00+00:00" in said["UTC"], "48 h before Monday ten o'clock, over the change of the clocks"
    assert said["UTC"].count("reminder") > 20


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


def test_each_delivery_keeps_attempts_ids_times_and_history(stage: Stage) -> None:
    person = stage.patient(email="")
    visit = stage.book(person, START)
    sent = stage.now
    stage.wait(HOUR)
    (one,) = stage.arrived(person)
    (row,) = [row for row in stage.timeline(visit) if row["kind"] == "details" and row["channel"] == "sms"]
    assert (row["attempts"], row["provider"], row["status"]) == (1, "smsapi", "delivered")
    assert row["provider_id"]
    history = [(event["status"], event["at"]) for event in row["history"]]
    assert [status for status, _ in history] == ["sent", "delivered"]
    assert history[0][1] == sent.astimezone(UTC).isoformat().replace("+00:00", "Z") < history[1][1]
    assert one.key == Message.objects.get(pk=row["id"]).uuid.hex


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


def test_erased_nothing_of_the_patient_is_left_in_any_table(stage: Stage) -> None:
    person = stage.patient(app=True, first_name="Świetlana", last_name="Ździebłowska")
    visit = stage.book(person, START)
    stage.until(REMINDED + HOUR)
    stage.texts(person, "Proszę o telefon, Ździebłowska")
    stage.texts(person, "STOP")
    stage.wait(HOUR)
    secrets = ("Ździebłowska", "zdzieblowska", "Świetlana", person.email, person.phone[3:], person.path)
    assert all(any(secret in rows for rows in tables().values()) for secret in secrets), "they were there"
    stage.asked(stage.call.delete(f"patients/{person.id}"), 204)
    before = len(stage.arrived())
    stage.until(START + 3 * DAY)
    assert len(stage.arrived()) == before
    for name, rows in tables().items():
        for secret in secrets:
            assert secret not in rows, f"{name} still knows {secret}"
    assert stage.timeline(visit), "counts stay"


def tables() -> dict[str, str]:
    """Everything that our tables hold, as text."""
    models = apps.get_app_config("store").get_models()
    return {model.__name__: str(list(model._default_manager.values())) for model in models}


def test_a_key_of_one_practice_reaches_nobody_of_another(stage: Stage) -> None:
    other = Scene.set()
    stranger = caller_of(other.practice)
    person = stage.patient()
    visit = stage.book(person, START)
    body = {"calendar_id": other.calendar.pk, "patient_id": person.id, "start": START.isoformat()}
    assert stranger.post("visits", body).status_code in (404, 422)
    for method, path, given in (
        ("GET", f"visits/{visit}", None),
        ("GET", f"visits/{visit}/messages", None),
        ("POST", f"visits/{visit}/cancel", {}),
        ("GET", f"patients/{person.id}", None),
        ("PATCH", f"patients/{person.id}", {"email": "obcy@example.org"}),
    ):
        assert stranger(method, path, given).status_code == 404
    stage.wait(MINUTE)
    assert kinds(stage.arrived()) == [("details", "email")]
