"""A practice moves in with its files, and two weeks pass: every phone, mailbox and app holds exactly what it should.

The files are as Excel (Windows-1250) and Google Calendar write them; what they leave out, and why, is read off them by
hand in `LEFT_OUT`. The table of what is to arrive is written by hand as well, from docs/rules.md, not by our planner.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client

from myosotis.ops.cli import main
from myosotis.store.models import BlockedTime, Message, Visit
from myosotis.value_class import value_class
from tests.db.acceptance.stage import DAY, HOUR, Arrived, Person, Stage, local, plain

FILES = Path(__file__).parent / "fortnight"
BEGINS, ENDS = local(2027, 3, 15, 10), local(2027, 3, 29, 10)
"""Two Mondays; in the night to the 28th the clocks go forward."""
LONG, SHORT = "ul. Długa 1", "ul. Krótka 5"
MAIL, MAIL_SMS, MAIL_APP = ("email",), ("email", "sms"), ("email", "push")


@value_class(kw_only=False)
class Due:
    """One line of the table: at this local time this patient gets this kind on these channels, of this visit."""

    at: datetime
    who: str
    kind: str
    channels: tuple[str, ...]
    visit: datetime
    place: str


def march(day: int, hour: int, minute: int = 0) -> datetime:
    return local(2027, 3, day, hour, minute)


SEEN_BY_HAND = (
    # Żółkiewska, with e-mail and phone: two visits on one day have one review, after the last
    Due(march(16, 12, 30), "0001", "review", MAIL_SMS, march(16, 10), SHORT),
    Due(march(20, 9), "0001", "cancelled", MAIL, march(30, 10), SHORT),
    Due(march(20, 13), "0001", "cancelled", ("sms",), march(30, 10), SHORT),
    Due(march(23, 10), "0001", "reminder", MAIL_SMS, march(25, 10), LONG),
    Due(march(25, 12, 30), "0001", "review", MAIL_SMS, march(25, 10), LONG),
    Due(march(26, 9, 30), "0001", "rebook", MAIL_SMS, march(25, 10), LONG),
    # Błaszczyk-Źrebiec, phone only: every Monday at five, the second one moved to Tuesday noon, and one from the CSV
    Due(march(15, 19, 45), "0002", "review", ("sms",), march(15, 17), LONG),
    Due(march(16, 10), "0002", "reminder", ("sms",), march(17, 10), SHORT),
    Due(march(17, 12, 30), "0002", "review", ("sms",), march(17, 10), SHORT),
    Due(march(21, 12), "0002", "reminder", ("sms",), march(23, 12), LONG),
    Due(march(23, 14, 45), "0002", "review", ("sms",), march(23, 12), LONG),
    Due(march(27, 16), "0002", "reminder", ("sms",), march(29, 17), LONG),
    # Ćwikła, e-mail and a fixed line; her second visit is moved by the practice
    Due(march(17, 11), "0003", "reminder", MAIL, march(19, 11), SHORT),
    Due(march(18, 12), "0003", "moved", MAIL, march(26, 15), LONG),
    Due(march(19, 13, 30), "0003", "review", MAIL, march(19, 11), SHORT),
    Due(march(24, 15), "0003", "reminder", MAIL, march(26, 15), LONG),
    Due(march(26, 17, 30), "0003", "review", MAIL, march(26, 15), LONG),
    Due(march(27, 14, 30), "0003", "rebook", MAIL, march(26, 15), LONG),
    # Okoń, in English; 48 hours before 9:00 summer time is 8:00 winter time
    Due(march(27, 8), "0006", "reminder", MAIL_SMS, march(29, 9), SHORT),
    # Smith, in English, with a British number, found by the guest list
    Due(march(16, 15), "0007", "reminder", MAIL_SMS, march(18, 15), LONG),
    Due(march(18, 17, 30), "0007", "review", MAIL_SMS, march(18, 15), LONG),
    Due(march(19, 14, 30), "0007", "rebook", MAIL_SMS, march(18, 15), LONG),
    # Gżegżółka, with the app: at night the app stays silent, the mailbox does not
    Due(march(17, 20), "0008", "reminder", MAIL_APP, march(19, 20), LONG),
    Due(march(19, 22, 30), "0008", "review", MAIL, march(19, 20), LONG),
    Due(march(20, 7), "0008", "review", ("push",), march(19, 20), LONG),
    Due(march(20, 5, 30), "0008", "reminder", MAIL, march(22, 5, 30), SHORT),
    Due(march(20, 7), "0008", "reminder", ("push",), march(22, 5, 30), SHORT),
    Due(march(22, 8), "0008", "review", MAIL_APP, march(22, 5, 30), SHORT),
    Due(march(22, 9), "0008", "details", MAIL_APP, march(26, 18), LONG),
    Due(march(22, 13), "0008", "details", ("sms",), march(26, 18), LONG),
    Due(march(23, 9), "0008", "moved", MAIL_APP, march(27, 18), LONG),
    Due(march(25, 18), "0008", "reminder", MAIL_APP, march(27, 18), LONG),
    Due(march(27, 20, 30), "0008", "review", MAIL_APP, march(27, 18), LONG),
    Due(march(28, 18, 30), "0008", "rebook", MAIL_APP, march(27, 18), LONG),
    # Pająk, of whom one row was refused and one was right; his visit came too soon for a reminder
    Due(march(16, 10, 30), "0009", "review", MAIL_SMS, march(16, 8), SHORT),
)
LEFT_OUT = {
    "pacjenci.csv": {("phone", 6)},
    "wizyty.csv": {("date", 10), ("doctor", 11), ("time", 13)},
}
MONTHS = {"pl": "marca", "en": "March"}
DAYS_PL = ("poniedziałek", "wtorek", "środa", "czwartek", "piątek", "sobota", "niedziela")


@dataclass
class Run:
    """The fortnight in one telling."""

    stage: Stage
    people: dict[str, Person]
    ours: int = 0
    """The visit booked here, beside the files."""
    followed: int = 0


def imported(stage: Stage, capsys: pytest.CaptureFixture[str]) -> tuple[str, ...]:
    """Take all three files in by the command; what it said."""
    said = []
    for words in (
        ("patients", "pacjenci.csv"),
        ("visits", "wizyty.csv"),
        ("calendar", "google.ics", "--calendar", str(stage.calendar)),
    ):
        what, file, *more = words
        assert main(["import", what, str(FILES / file), *more]) == 0
        said.append(capsys.readouterr().out)
    return tuple(said)


def moved_in(stage: Stage, capsys: pytest.CaptureFixture[str]) -> tuple[Run, tuple[str, ...]]:
    stage.set_clock(BEGINS)
    doctor = {"name": "Ewa Śliwa", "title": "lek.", "review_address": "https://example.org/opinie"}
    doctor_id = stage.asked(stage.call.post("doctors", doctor), 201)["id"]
    stage.asked(stage.call.patch("doctors/" + str(stage.doctor_of(stage.calendar)), {"name": "Nikt Inny"}))
    stage.calendar = stage.add_calendar(doctor_id, street=LONG)
    short = stage.add_calendar(doctor_id, street=SHORT)
    stage.switch(short, rebook=False)
    said = imported(stage, capsys)
    cards = {card["external_id"]: card for card in stage.asked(stage.call.get("patients?limit=100"))["items"]}
    people = {number: Person(id=card["id"], email=card["email"], phone=card["phone"]) for number, card in cards.items()}
    stage.install_app(people["0008"])
    return Run(stage, people), said


def lived(run: Run, step: timedelta, capsys: pytest.CaptureFixture[str]) -> None:
    """Two weeks, with what happens at the desk meanwhile."""
    stage = run.stage

    def visit(**where: str) -> int:
        return int(Visit.objects.get(**where).pk)

    def book() -> None:
        run.ours = stage.book(run.people["0008"], march(26, 18))

    def click() -> None:
        push = max((one for one in stage.arrived(run.people["0008"]) if one.channel == "push"), key=lambda one: one.at)
        assert Client().post(push.push["click"]).status_code == 204

    happenings = (
        (march(18, 12), lambda: stage.move(visit(source_uid__startswith="2i3j"), march(26, 15))),
        (march(20, 9), lambda: stage.cancel(visit(external_id="V-14"))),
        (march(21, 12), lambda: imported(stage, capsys)),
        (march(22, 9), book),
        (march(23, 9), lambda: stage.move(run.ours, march(27, 18))),
        (march(23, 10), click),
        (ENDS, lambda: None),
    )
    for moment, act in happenings:
        while stage.now < moment:
            stage.until(min(stage.now + step, moment))
            follow_new_links(run, fresh=step <= 6 * HOUR)
        act()


def follow_new_links(run: Run, *, fresh: bool) -> None:
    """Every link that came opens; while its visit is ahead it shows that very visit."""
    news = run.stage.arrived()[run.followed :]
    run.followed += len(news)
    for one in news:
        assert len(one.link) == 18, "a slash and 17 characters"
        page = run.stage.opens(one)
        if one.kind == "review":
            assert page == "https://example.org/opinie"
        due = due_of(run, one)
        if fresh and one.kind in ("details", "moved", "reminder"):
            day = f"{DAYS_PL[due.visit.weekday()]} {due.visit.day} marca 2027"
            spoken = day if 'lang="pl"' in page[:60] else f"{due.visit.day} March 2027"
            assert spoken in page
            assert f"{due.visit:%H:%M}".removeprefix("0") in page
            assert due.place in page


def due_of(run: Run, one: Arrived) -> Due:
    """The line of the table that foresees a message; a push says nothing of its kind, so any of that moment does."""
    who = next(number for number, person in run.people.items() if one.address in person.addresses)
    fitting = [
        due
        for due in SEEN_BY_HAND
        if (due.who, due.at) == (who, one.at) and one.channel in due.channels and one.kind in (due.kind, "push")
    ]
    assert fitting, f"nobody foresaw {one.kind} by {one.channel} at {one.at:%d.%m. %H:%M} to {who}"
    return fitting[0]


def foreseen() -> Counter[tuple[datetime, str, str, str]]:
    return Counter(
        (due.at, due.who, "push" if channel == "push" else due.kind, channel)
        for due in SEEN_BY_HAND
        for channel in due.channels
    )


def found(run: Run) -> Counter[tuple[datetime, str, str, str]]:
    owners = {address: number for number, person in run.people.items() for address in person.addresses}
    return Counter((one.at, owners[one.address], one.kind, one.channel) for one in run.stage.arrived())


@pytest.mark.parametrize("step", [14 * DAY, 6 * HOUR], ids=["at once", "by six hours"])
def test_two_weeks(stage: Stage, step: timedelta, capsys: pytest.CaptureFixture[str]) -> None:
    run, said = moved_in(stage, capsys)
    assert "8 added, 0 changed, 0 unchanged, 1 left out" in said[0]
    assert "11 added, 0 changed, 0 unchanged, 3 left out" in said[1]
    assert re.search(r"added, 0 changed, 0 unchanged, 2 as blocked time, 0 left out", said[2])
    assert not re.search(r"Żółkiewska|Pająk|604.?567|602.?345|@", "".join(said)), "no patient on a screen"

    lived(run, step, capsys)

    assert found(run) == foreseen()
    for one in stage.arrived():
        check_words(run, one)
    check_calendar_files(stage, run)
    check_pushes(stage.arrived())
    check_what_did_not_go(stage, run)


def check_words(run: Run, one: Arrived) -> None:
    """The right date, time, place and language; Polish as it is written, and in SMS as it can be sent."""
    due = due_of(run, one)
    english = due.who in ("0006", "0007")
    if one.channel == "push":
        assert one.text == "Masz wiadomość o wizycie\nDotknij, aby ją przeczytać."
        return
    assert "{" not in one.text
    if one.channel == "sms":
        assert one.detail["parts"] == 1, one.text
        assert english or one.kind == "rebook" or f"{due.visit:%d.%m}" in one.text
        assert one.text.isascii()
        assert "Ewa Sliwa" in one.text
        return
    if not english:
        day = f"{DAYS_PL[due.visit.weekday()]} {due.visit.day} marca 2027"
        accusative = day.replace("środa", "środę").replace("niedziela", "niedzielę").replace("sobota", "sobotę")
        assert (accusative if one.kind in ("review", "rebook") else day) in one.text
    assert "lek. Ewa Śliwa" in one.text
    if one.kind not in ("review", "rebook"):
        assert due.place in one.text
        assert f"{due.visit:%H:%M}".removeprefix("0") in one.text
    assert ("Dear" in one.text or "Hello" in one.text) if english else "Dzień dobry," in one.text
    assert f'lang="{"en" if english else "pl"}"' in one.html
    assert one.link in one.html
    assert "<script" not in one.html
    assert one.mail is not None
    assert ("List-Unsubscribe" in one.mail) == (one.kind in ("review", "rebook"))


def check_calendar_files(stage: Stage, run: Run) -> None:
    """METHOD, one UID for the life of a visit, rising SEQUENCE, times in UTC."""
    mails = [one for one in stage.arrived() if one.channel == "email" and one.kind in ("details", "moved", "cancelled")]
    assert len(mails) == 4
    of_visit: dict[str, list[int]] = {}
    for one in mails:
        calendar = one.calendar
        assert str(calendar["METHOD"]) == ("CANCEL" if one.kind == "cancelled" else "REQUEST")
        (event,) = calendar.walk("VEVENT")
        assert "METHOD" not in event
        assert event["DTSTART"].dt == due_of(run, one).visit.astimezone(UTC)
        assert event["DTSTART"].dt.utcoffset() == event["DTSTAMP"].dt.utcoffset() == timedelta(0)
        assert str(event["STATUS"]) == ("CANCELLED" if one.kind == "cancelled" else "CONFIRMED")
        assert event["ORGANIZER"].startswith("mailto:")
        assert all(len(line) <= 75 for line in one.ics.split(b"\r\n"))
        assert b"\n" not in one.ics.replace(b"\r\n", b"")
        of_visit.setdefault(str(event["UID"]), []).append(int(event["SEQUENCE"]))
    assert sorted(of_visit.values()) == [[3, 5], [4], [5]]
    assert of_visit[stage.visit(run.ours)["uuid"]] == [3, 5]


def check_pushes(arrived: Iterable[Arrived]) -> None:
    """Decrypted by the browser's key; of one size, one topic for each visit, no longer of use than its message."""
    pushes = [one for one in arrived if one.channel == "push"]
    assert len({len(one.push["pad"]) + len(str({**one.push, "pad": ""})) for one in pushes}) == 1
    topics = Counter(one.key for one in pushes)
    assert sorted(topics.values()) == [2, 2, 5], "a newer push of a visit replaces an older one that still waits"
    assert all(0 < one.detail["ttl"] <= 14 * 86400 for one in pushes)


def check_what_did_not_go(stage: Stage, run: Run) -> None:
    """Nothing vanishes without a reason."""

    def reasons(external_id: str) -> set[tuple[str, str]]:
        visit = Visit.objects.get(external_id=external_id).pk
        return {
            (kind, reason) for kind, _, status, reason in stage.outline(visit) if status in ("skipped", "cancelled")
        }

    assert reasons("V-01") >= {("details", "imported"), ("reminder", "due_passed"), ("review", "later_visit_same_day")}
    assert reasons("V-05") >= {("reminder", "no_channel")}
    assert reasons("V-08") >= {("reminder", "booked_too_late"), ("rebook", "switch_off")}
    assert reasons("V-11") == {("details", "visit_in_past")}
    assert not Visit.objects.filter(external_id__in=["V-09", "V-10", "V-12"]).exists()
    assert BlockedTime.objects.count() == 2, "the holiday and the meeting; Easter keeps nobody busy"
    left = Message.objects.filter(status="planned", due_at__lte=ENDS.astimezone(UTC))
    assert not left.exists()
    assert plain("Żółkiewska") not in "".join(str(row) for row in Message.objects.values_list("detail", flat=True))


def test_the_same_files_again_change_nothing(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    moved_in(stage, capsys)
    before = everything()
    said = imported(stage, capsys)
    assert "0 added, 0 changed, 8 unchanged" in said[0]
    assert "0 added, 0 changed, 11 unchanged" in said[1]
    assert "0 added, 0 changed" in said[2]
    assert everything() == before


def everything() -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for model in (Visit, Message, BlockedTime):
        rows += [dict(row) for row in model._default_manager.order_by("id").values()]
    return rows


@pytest.mark.parametrize("file", LEFT_OUT)
def test_what_is_left_out_is_named_row_by_row(
    stage: Stage, file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    moved_in(stage, capsys)
    report = tmp_path / "report.csv"
    what = "patients" if file == "pacjenci.csv" else "visits"
    assert main(["import", what, str(FILES / file), "--dry-run", "--report", str(report)]) == 0
    rows = [line.split(";") for line in report.read_text(encoding="utf-8-sig").splitlines()[1:]]
    assert {(row[1], int(row[0])) for row in rows if row[3] == "True"} == LEFT_OUT[file]
