"""What goes wrong elsewhere, and must not here: the rest of docs/cases.md, seen from where the patient stands."""

import os
import subprocess
import sys
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

from myosotis.ops.cli import main
from myosotis.store.models import Message, Visit
from tests.db.acceptance.stage import DAY, HOUR, MINUTE, Stage, kinds, local
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
