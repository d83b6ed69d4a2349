"""Calendar files as Google Calendar and Outlook export them, and what else the standard allows (RFC 5545)."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myosotis.intake import Code, EventRow, EventStatus, FileRefusedError, RowResult, open_calendar
from tests.unit.intake.conftest import WARSAW, taken

SPRING = datetime(2027, 3, 22, tzinfo=UTC), datetime(2027, 4, 30, tzinfo=UTC)
YEAR = datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)


def results(
    content: bytes, stretch: tuple[datetime, datetime] = YEAR, zone: ZoneInfo = WARSAW
) -> list[RowResult[EventRow]]:
    since, until = stretch
    return list(open_calendar(io.BytesIO(content), zone=zone, since=since, until=until).rows())


def calendar(*events: str, head: str = "", encoding: str = "utf-8") -> bytes:
    blocks = "".join(f"BEGIN:VEVENT\n{event.strip()}\nEND:VEVENT\n" for event in events)
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Test//EN\n{head}{blocks}END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode(encoding)


def rows(*events: str, head: str = "", stretch: tuple[datetime, datetime] = YEAR) -> list[EventRow]:
    found = results(calendar(*events, head=head), stretch)
    assert not [problem for result in found for problem in result.problems]
    return [result.value for result in found if result.value is not None]


def local(row: EventRow) -> str:
    return f"{row.start.astimezone(WARSAW):%m-%d %H:%M}"


def problems(*events: str) -> list[tuple[int, str, str, Code]]:
    found = [problem for result in results(calendar(*events)) for problem in result.problems]
    return [(problem.row, problem.uid, problem.field, problem.code) for problem in found]


# --- real exports -----------------------------------------------------------------------------------------------------


def test_an_export_of_google_calendar(data: Path) -> None:
    file = open_calendar(data / "google-calendar.ics", zone=WARSAW, since=SPRING[0], until=SPRING[1])
    assert (file.name, file.total) == ("Gabinet Śliwa – Długa", 6)
    assert "Google Calendar" in file.product
    found = [result.value for result in file.rows() if result.value is not None]
    assert [(row.row, row.recurrence_id, local(row), row.status.value) for row in found] == [
        (1, "", "03-29 10:00", "confirmed"),
        (2, "20270322T090000Z", "03-22 10:00", "confirmed"),
        (2, "20270329T080000Z", "03-29 10:00", "confirmed"),
        (2, "20270405T080000Z", "04-05 10:00", "cancelled"),
        (2, "20270426T080000Z", "04-26 10:00", "confirmed"),
        (3, "20270412T080000Z", "04-13 12:00", "confirmed"),
        (4, "20270419T080000Z", "04-19 10:00", "cancelled"),
        (5, "", "04-01 00:00", "confirmed"),
        (6, "", "03-28 00:00", "confirmed"),
    ]
    single, weekly, holiday, easter = found[0], found[1], found[-2], found[-1]
    assert single.summary == "Świętosława Żółkiewska – konsultacja"
    assert "badań; zgłosi się z córką, która pomaga jej w dojeździe do gabinetu." in single.description
    assert single.phones == ("+48601234567",), "the PESEL in the text is no phone"
    assert single.location == "Długa 1, 31-147 Kraków"
    assert weekly.attendees == ("jozef.blaszczyk@example.com",), "neither the room nor the organizer"
    assert (holiday.all_day, holiday.busy, holiday.end - holiday.start) == (True, True, timedelta(days=2))
    assert (easter.busy, easter.end - easter.start) == (False, timedelta(hours=23)), "the day of the clock change"


def test_an_export_of_outlook(data: Path) -> None:
    file = open_calendar(data / "outlook.ics", zone=WARSAW, since=SPRING[0], until=SPRING[1])
    found = [result.value for result in file.rows() if result.value is not None]
    assert [(row.row, row.recurrence_id, local(row), row.status.value, row.busy) for row in found] == [
        (1, "", "03-29 10:00", "confirmed", True),
        (2, "20270401T063000Z", "04-01 08:30", "cancelled", True),
        (2, "20270408T063000Z", "04-08 08:30", "confirmed", True),
        (3, "20270325T073000Z", "03-25 14:30", "confirmed", True),
        (4, "", "03-30 00:00", "confirmed", True),
        (5, "", "03-31 10:00", "confirmed", False),
    ]
    assert found[0].summary == "Okoń Małgorzata, kontrola"
    assert (found[0].phones, found[0].emails) == (("+48605678901",), ("malgorzata.okon@example.com",))


def test_the_same_file_gives_the_same_identities_again(data: Path) -> None:
    content = (data / "google-calendar.ics").read_bytes()
    identities = [(r.value.uid, r.value.recurrence_id) for r in results(content, SPRING) if r.value is not None]
    assert len(set(identities)) == len(identities)
    assert identities == [(r.value.uid, r.value.recurrence_id) for r in results(content, SPRING) if r.value is not None]


# --- series -----------------------------------------------------------------------------------------------------------

WEEKLY = (
    "UID:w\nDTSTART;TZID=Europe/Warsaw:20270322T100000\nDTEND;TZID=Europe/Warsaw:20270322T103000\nRRULE:FREQ=WEEKLY"
)


def test_a_series_without_end_is_cut_at_the_stretch() -> None:
    assert len(rows(WEEKLY, stretch=SPRING)) == 6


def test_a_series_keeps_its_local_hour_through_both_clock_changes() -> None:
    assert {local(row)[6:] for row in rows(WEEKLY)} == {"10:00"}
    assert {row.start.hour for row in rows(WEEKLY)} == {8, 9}


def test_a_series_that_began_decades_ago_is_entered_late() -> None:
    old = "UID:o\nDTSTART;TZID=Europe/Warsaw:19990104T100000\nDURATION:PT30M\nRRULE:FREQ={};BYDAY=MO"
    for frequency in ("WEEKLY", "WEEKLY;INTERVAL=2", "DAILY"):
        found = rows(old.format(frequency), stretch=SPRING)
        assert {row.start.astimezone(WARSAW).weekday() for row in found} == {0}
        assert len(found) == (3 if "INTERVAL" in frequency else 6)


def test_every_second_week_counts_from_the_first() -> None:
    found = rows("UID:o\nDTSTART:20250106T100000Z\nRRULE:FREQ=WEEKLY;INTERVAL=2", stretch=SPRING)
    assert all((row.start - datetime(2025, 1, 6, 10, tzinfo=UTC)).days % 14 == 0 for row in found)


@pytest.mark.parametrize(
    ("rule", "count"),
    [
        ("FREQ=WEEKLY;COUNT=3", 3),
        ("FREQ=WEEKLY;UNTIL=20270405T080000Z", 3),
        ("FREQ=WEEKLY;UNTIL=20270405T100000", 3),
        ("FREQ=WEEKLY;UNTIL=20270405", 3),
        ("FREQ=WEEKLY;UNTIL=20270405T075959Z", 2),
        ("FREQ=MONTHLY;BYDAY=4MO;COUNT=4", 4),
        ("FREQ=YEARLY;COUNT=5", 1),
        ("FREQ=WEEKLY;UNTIL=20270301T080000Z", 0),
        ("FREQ=WEEKLY;BYDAY=TU;UNTIL=20270401T080000Z", 3),
        ("FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=6;WKST=MO;X-NOTE=1", 6),
    ],
)
def test_where_a_rule_ends(rule: str, count: int) -> None:
    assert len(rows(WEEKLY.replace("FREQ=WEEKLY", rule))) == count


def test_hours_that_a_clock_change_skips_or_repeats_follow_the_standard() -> None:
    night = "UID:n\nDTSTART;TZID=Europe/Warsaw:{}T023000\nDURATION:PT30M\nRRULE:FREQ=DAILY;COUNT=3"
    spring = [row.start for row in rows(night.format("20270327"))]
    assert spring == [datetime(2027, 3, day, hour, 30, tzinfo=UTC) for day, hour in ((27, 1), (28, 1), (29, 0))]
    autumn = [row.start for row in rows(night.format("20271030"))]
    assert autumn == [datetime(2027, 10, 30, 0, 30, tzinfo=UTC), datetime(2027, 10, 31, 0, 30, tzinfo=UTC),
                      datetime(2027, 11, 1, 1, 30, tzinfo=UTC)]  # fmt: skip


def test_added_and_excluded_dates() -> None:
    zone = ";TZID=Europe/Warsaw:"
    dates = f"\nRDATE{zone}20270324T120000,20270325T120000\nEXDATE{zone}20270329T100000,20270324T120000"
    found = {local(row): row.status for row in rows(WEEKLY + ";COUNT=2" + dates)}
    assert found == {
        "03-22 10:00": EventStatus.CONFIRMED,
        "03-24 12:00": EventStatus.CANCELLED,
        "03-25 12:00": EventStatus.CONFIRMED,
        "03-29 10:00": EventStatus.CANCELLED,
    }


def test_a_day_excludes_the_occurrence_of_that_day() -> None:
    found = rows(WEEKLY + ";COUNT=2\nEXDATE;VALUE=DATE:20270329")
    assert [row.status for row in found] == [EventStatus.CONFIRMED, EventStatus.CANCELLED]


def test_a_change_given_by_its_day_stands_for_the_occurrence_of_that_day() -> None:
    change = "UID:w\nRECURRENCE-ID;VALUE=DATE:20270329\nDTSTART;TZID=Europe/Warsaw:20270330T120000\nDURATION:PT30M"
    found = rows(WEEKLY + ";COUNT=3", change)
    assert [local(row) for row in found] == ["03-22 10:00", "04-05 10:00", "03-30 12:00"]


def test_periods_are_added_by_their_start() -> None:
    found = rows(WEEKLY + ";COUNT=1\nRDATE;VALUE=PERIOD:20270324T100000Z/PT1H")
    assert [row.start.day for row in found] == [22, 24]


CHANGED = "UID:w\nRECURRENCE-ID;TZID=Europe/Warsaw:{}\nDTSTART;TZID=Europe/Warsaw:{}\nDURATION:PT30M\n"


def test_a_moved_occurrence_stays_the_same_occurrence() -> None:
    first, moved = rows(WEEKLY + ";COUNT=2", CHANGED.format("20270329T100000", "20270330T120000") + "SUMMARY:później")
    assert (first.recurrence_id, local(first)) == ("20270322T090000Z", "03-22 10:00")
    assert (moved.recurrence_id, local(moved), moved.summary) == ("20270329T080000Z", "03-30 12:00", "później")


def test_an_occurrence_moved_out_of_the_stretch_is_still_told() -> None:
    stretch = datetime(2027, 3, 22, tzinfo=UTC), datetime(2027, 3, 31, tzinfo=UTC)
    found = rows(WEEKLY, CHANGED.format("20270329T100000", "20270802T120000"), stretch=stretch)
    assert [local(row) for row in found] == ["03-22 10:00", "08-02 12:00"]


def test_a_change_of_all_following_moves_them() -> None:
    later = CHANGED.replace("RECURRENCE-ID;", "RECURRENCE-ID;RANGE=THISANDFUTURE;").format(
        "20270405T100000", "20270406T090000"
    )
    found = sorted(rows(WEEKLY + ";COUNT=4", later), key=lambda row: row.start)
    assert [local(row) for row in found] == ["03-22 10:00", "03-29 10:00", "04-06 09:00", "04-13 09:00"]
    assert found[-1].recurrence_id == "20270412T080000Z"


def test_the_newer_of_two_versions_stays() -> None:
    found = rows(
        "UID:a\nDTSTART:20270329T080000Z\nSEQUENCE:2\nSUMMARY:nowa",
        "UID:a\nDTSTART:20270329T070000Z\nSEQUENCE:1\nSUMMARY:stara",
    )
    assert [(row.summary, row.sequence) for row in found] == [("nowa", 2)]


def test_a_change_without_its_series_stands_for_itself() -> None:
    (row,) = rows(CHANGED.format("20270329T100000", "20270330T120000"))
    assert (row.uid, row.recurrence_id, local(row)) == ("w", "20270329T080000Z", "03-30 12:00")


def test_whole_days_recur_by_days() -> None:
    found = rows("UID:d\nDTSTART;VALUE=DATE:20270327\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE;VALUE=DATE:20270329")
    assert [row.recurrence_id for row in found] == ["20270327", "20270328", "20270329"]
    assert [row.end - row.start for row in found] == [timedelta(hours=hours) for hours in (24, 23, 24)]
    assert found[-1].status is EventStatus.CANCELLED


# --- zones ------------------------------------------------------------------------------------------------------------

CUSTOM = """BEGIN:VTIMEZONE
TZID:{tzid}
BEGIN:STANDARD
DTSTART:16011028T030000
RRULE:FREQ={freq};BYDAY=-1SU;BYMONTH=10
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010325T020000
RRULE:FREQ={freq};BYDAY=-1SU;BYMONTH=3
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
END:VTIMEZONE
"""


@pytest.mark.parametrize(
    "tzid",
    ["Europe/Warsaw", "Central European Standard Time", "/mozilla.org/20050126_1/Europe/Warsaw",
     "/freeassociation.sourceforge.net/Europe/Warsaw"],
)  # fmt: skip
def test_names_of_one_zone(tzid: str) -> None:
    (row,) = rows(f"UID:z\nDTSTART;TZID={tzid}:20270329T100000\nDURATION:PT30M")
    assert (row.start.hour, row.end - row.start) == (8, timedelta(minutes=30))


def test_a_zone_that_the_file_describes() -> None:
    tzid = "(UTC+01:00) Sarajewo, Skopie, Warszawa, Zagrzeb"
    event = f'UID:z\nDTSTART;TZID="{tzid}":{{}}T100000\nDURATION:PT30M'
    head = CUSTOM.format(tzid=tzid, freq="YEARLY")
    hours = [rows(event.format(day), head=head)[0].start.hour for day in ("20270326", "20270329", "20271101")]
    assert hours == [9, 8, 9]


@pytest.mark.parametrize("tzid", ["Nowhere/City", "Europe", "../../etc/passwd", "W. Europe"])
def test_an_unknown_zone_is_told(tzid: str) -> None:
    event = f"UID:z\nDTSTART;TZID={tzid}:20270329T100000"
    assert problems(event) == [(1, "z", "DTSTART", Code.ZONE_UNKNOWN)]


def test_a_described_zone_that_would_never_end_is_not_read() -> None:
    content = calendar("UID:z\nDTSTART;TZID=Mine:20270329T100000", head=CUSTOM.format(tzid="Mine", freq="SECONDLY"))
    (result,) = results(content)
    assert result.problems[0].code is Code.ZONE_UNKNOWN


def test_floating_times_are_those_of_the_address() -> None:
    content = calendar("UID:f\nDTSTART:20270329T100000\nDTEND:20270329T103000")
    for zone, hour in (("Europe/Warsaw", 8), ("America/New_York", 14)):
        (result,) = results(content, zone=ZoneInfo(zone))
        assert result.value is not None
        assert result.value.start.hour == hour


# --- bad events -------------------------------------------------------------------------------------------------------

GOOD = "UID:good\nDTSTART:20270329T080000Z\nDTEND:20270329T083000Z"


@pytest.mark.parametrize(
    ("event", "uid", "field", "code"),
    [
        ("DTSTART:20270329T080000Z", "", "UID", Code.VALUE_MISSING),
        ("UID:a", "a", "DTSTART", Code.VALUE_MISSING),
        ("UID:a\nDTSTART:jutro", "a", "DTSTART", Code.DATE_WRONG),
        ("UID:a\nDTSTART:00010101T000000", "a", "DTSTART", Code.DATE_WRONG),
        ("UID:a\nDTSTART:20270329T080000Z\nDTEND:20270328T080000Z", "a", "DTEND", Code.END_WRONG),
        ("UID:a\nDTSTART:20270329T080000Z\nDURATION:pół", "a", "DURATION", Code.DURATION_WRONG),
        ("UID:a\nDTSTART:20270329T080000Z\nRRULE:FREQ=OFTEN", "a", "RRULE", Code.RULE_WRONG),
        ("UID:a\nDTSTART:20270329T080000Z\nRRULE:FREQ=DAILY;BYDAY=XX", "a", "RRULE", Code.RULE_WRONG),
        ("UID:a\nDTSTART:20270329T080000Z\nRRULE:FREQ=DAILY;INTERVAL=0", "a", "RRULE", Code.RULE_WRONG),
        ("UID:a\nDTSTART:20270329T080000Z\nRRULE:FREQ=DAILY;COUNT=2;UNTIL=20270401", "a", "RRULE", Code.RULE_WRONG),
        ("UID:a\nDTSTART:20270329T080000Z\nRRULE:FREQ=SECONDLY", "a", "RRULE", Code.RULE_TOO_FREQUENT),
        ("UID:a\nDTSTART:20270329T080000Z\nEXRULE:FREQ=DAILY", "a", "EXRULE", Code.RULE_WRONG),
        ("UID:a\nDTSTART:20270329T080000Z\nEXDATE:x", "a", "EXDATE", Code.DATE_WRONG),
        ("UID:" + "a" * 300 + "\nDTSTART:20270329T080000Z", "", "UID", Code.TOO_LONG),
        ('UID:a\nDTSTART;TZID="Europe:20270329T080000Z', "a", "", Code.EVENT_UNREADABLE),
    ],
)
def test_a_bad_event_is_told_and_the_good_one_kept(event: str, uid: str, field: str, code: Code) -> None:
    found = results(calendar(event, GOOD))
    assert [result.value.uid for result in found if result.value is not None] == ["good"]
    assert [(p.row, p.uid, p.field, p.code) for result in found for p in result.problems] == [(1, uid, field, code)]


def test_too_many_occurrences_are_refused() -> None:
    minutes = ",".join(map(str, range(60)))
    hours = ",".join(map(str, range(24)))
    event = f"UID:a\nDTSTART:20270101T000000Z\nRRULE:FREQ=DAILY;BYHOUR={hours};BYMINUTE={minutes}"
    assert problems(event) == [(1, "a", "RRULE", Code.RULE_TOO_FREQUENT)]


def test_an_unreadable_change_does_not_bring_back_the_old_time() -> None:
    broken = "UID:w\nRECURRENCE-ID;TZID=Europe/Warsaw:20270329T100000\nDTSTART:wtorek"
    found = results(calendar(WEEKLY + ";COUNT=3", broken))
    assert [local(result.value) for result in found if result.value is not None] == ["03-22 10:00", "04-05 10:00"]
    assert [problem.code for result in found for problem in result.problems] == [Code.DATE_WRONG]


@pytest.mark.parametrize(
    ("word", "status"),
    [("CONFIRMED", EventStatus.CONFIRMED), ("tentative", EventStatus.TENTATIVE), ("CANCELLED", EventStatus.CANCELLED),
     ("X-ODD", EventStatus.CONFIRMED)],
)  # fmt: skip
def test_the_status_of_an_event(word: str, status: EventStatus) -> None:
    assert [row.status for row in rows(f"{GOOD}\nSTATUS:{word}")] == [status]


def test_a_cancelled_file_cancels_all() -> None:
    assert [row.status for row in rows(GOOD, head="METHOD:CANCEL\n")] == [EventStatus.CANCELLED]


def test_alarms_and_html_within_an_event_do_not_confuse() -> None:
    inner = "\nBEGIN:VALARM\nUID:alarm\nDESCRIPTION:601 111 111\nDTSTART:20200101T000000Z\nEND:VALARM\n"
    (row,) = rows(GOOD + inner + 'DESCRIPTION:Tel. <a href="tel:x">x">tel.</a>&nbsp\\;<b>602&nbsp\\;345 678</b>')
    assert (row.uid, row.phones) == ("good", ("+48602345678",))


def test_a_letter_cut_by_folding_is_put_together() -> None:
    content = calendar(GOOD + "\nSUMMARY:Żółkiewska")
    at = content.index("ółk".encode()) + 1
    folded = content[:at] + b"\r\n " + content[at:]
    (result,) = results(folded)
    assert result.value is not None
    assert result.value.summary == "Żółkiewska"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1250"])
def test_polish_letters_in_other_encodings(encoding: str) -> None:
    (result,) = results(calendar(GOOD + "\nSUMMARY:Święcicka – jaźń", encoding=encoding))
    assert result.value is not None
    assert result.value.summary == "Święcicka – jaźń"


def test_a_file_that_is_no_calendar() -> None:
    for content, code in (
        (b"Nazwisko;Telefon\r\n", Code.NOT_A_CALENDAR),
        (b"", Code.EMPTY_FILE),
        (b"PK\x03\x04", Code.WORKBOOK),
    ):
        with pytest.raises(FileRefusedError) as refused:
            results(content)
        assert refused.value.problems[0].code is code


def test_a_naive_or_empty_stretch_is_a_mistake_of_the_caller() -> None:
    naive = datetime(2027, 1, 1), datetime(2028, 1, 1)  # noqa: DTZ001 - the mistake itself
    for stretch in (naive, (YEAR[1], YEAR[0])):
        with pytest.raises(ValueError, match="since"):
            results(calendar(GOOD), stretch)


PROPERTIES = (
    "UID", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "STATUS", "ATTENDEE", "BEGIN", "END",
)  # fmt: skip
PARAMETERS = ("", ";VALUE=DATE", ";TZID=Europe/Warsaw", ";TZID=X", ";", ";A")
VALUES = (
    "a", "20270329T080000Z", "20270329", "20271301", "FREQ=DAILY;COUNT=3", "FREQ=YEARLY;BYDAY=5MO", "P1D", "-P1D",
    "FREQ=WEEKLY;BYDAY=;COUNT=2", "FREQ=MONTHLY;BYMONTHDAY=-1,31;COUNT=3", "CANCELLED", "VEVENT", "VTIMEZONE",
    "VCALENDAR", ",", ";", '"', "\\",
)  # fmt: skip
lines = st.tuples(st.sampled_from(PROPERTIES), st.sampled_from(PARAMETERS), st.sampled_from(VALUES))


def every_result_is_a_value_or_a_refusal(content: bytes) -> bool:
    found = taken(lambda: results(content)) or []
    return all((result.value is None) == bool(result.problems) for result in found)


@given(
    st.lists(st.one_of(lines.map(lambda parts: f"{parts[0]}{parts[1]}:{parts[2]}"), st.text(max_size=20)), max_size=15)
)
def test_no_lines_break_the_reading(content: list[str]) -> None:
    event = "UID:a\nDTSTART:20270329T080000Z\n" + "\n".join(content)
    assert every_result_is_a_value_or_a_refusal(calendar(event.encode(errors="replace").decode()))


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reading(content: bytes) -> None:
    start, end = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\n", b"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    assert every_result_is_a_value_or_a_refusal(start + content + end)
