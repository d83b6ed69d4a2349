"""The .ics: read back with a library, and folded as RFC 5545 asks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from myosotis.content.calendar_file import CalendarMethod, calendar_file, folded
from myosotis.content.context import MessageContext, ToldText
from myosotis.content.render import render_email
from myosotis.content.rendered import CannotRender
from myosotis.content.samples import DOCTOR, OLD_START, SAMPLE_UUID, longest, sample
from myosotis.domain.values import utc
from myosotis.domain.words import Kind, Language, VisitStatus

NOW = utc(2027, 3, 20, 9, 30)
PRINTABLE = st.text(
    alphabet=st.characters(blacklist_categories=["C", "Z"], whitelist_characters=" "), min_size=1
).filter(str.strip)


def written(context: MessageContext, method: CalendarMethod = CalendarMethod.REQUEST) -> bytes:
    return calendar_file(context, method=method, language=Language.PL, now=NOW)


def read(file: bytes) -> Any:
    """The calendar as the library reads it; its values have as many types as the standard."""
    return icalendar.Calendar.from_ical(file)


def event_of(file: bytes) -> Any:
    [event] = read(file).walk("VEVENT")
    return event


def test_an_invitation_reads_back_as_it_was_meant() -> None:
    file = written(sample(Kind.DETAILS, "pl"))
    calendar, event = read(file), event_of(file)
    assert calendar["METHOD"] == "REQUEST"
    assert "METHOD" not in event
    assert calendar["VERSION"] == "2.0"
    assert event["UID"] == str(SAMPLE_UUID)
    assert event["SEQUENCE"] == 3
    assert event["DTSTAMP"].dt == NOW
    assert event["DTSTART"].dt == utc(2027, 3, 29, 8)
    assert event["DTEND"].dt == utc(2027, 3, 29, 8, 30)
    assert event["SUMMARY"] == "Wizyta: lek. Anna Kowalska"
    assert event["LOCATION"] == "ul. Długa 5, Kraków"
    assert "https://wizyta.example/AbCdEfGhIjKlMnO12" in event["DESCRIPTION"]
    assert event["ORGANIZER"] == "mailto:wizyty@niezapominajka.example"
    assert event["ATTENDEE"] == "mailto:zofia.nowak@poczta.example"
    assert event["ATTENDEE"].params["CN"] == "Zofia Nowak"
    assert event["STATUS"] == "CONFIRMED"
    assert read(calendar.to_ical()) == calendar


@pytest.mark.parametrize("method", list(CalendarMethod))
def test_a_library_would_write_the_same_lines(method: CalendarMethod) -> None:
    file = written(longest(Kind.DETAILS, "pl"), method)
    assert properties(file) == properties(read(file).to_ical())


def properties(file: bytes) -> list[list[str]]:
    """Lines unfolded, in alphabetical order, as are their parameters: the order means nothing."""
    return sorted(sorted(line.split(";")) for line in file.decode().replace("\r\n ", "").split("\r\n"))


def test_sequence_rises_from_cancel_to_request_and_from_revision_to_revision() -> None:
    """One mailbox may get both of one revision: a guardian's, when the visit passes from one child to another."""
    context = sample(Kind.CANCELLED, "pl")
    assert context.visit is not None
    sequences = [
        event_of(written(replace(context, visit=replace(context.visit, revision=revision)), method))["SEQUENCE"]
        for revision in (1, 2, 3)
        for method in (CalendarMethod.CANCEL, CalendarMethod.REQUEST)
    ]
    assert sequences == sorted(set(sequences))


def test_a_cancellation_takes_the_visit_out_of_the_calendar() -> None:
    context = sample(Kind.CANCELLED, "pl")
    assert context.visit is not None
    event = event_of(written(replace(context, visit=replace(context.visit, revision=3)), CalendarMethod.CANCEL))
    assert event["STATUS"] == "CANCELLED"
    assert event["UID"] == str(SAMPLE_UUID)
    assert event["SEQUENCE"] == 6
    assert "ORGANIZER" in event
    assert "ATTENDEE" in event


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        (Kind.DETAILS, "REQUEST"),
        (Kind.MOVED, "REQUEST"),
        (Kind.CANCELLED, "CANCEL"),
        (Kind.REMINDER, ""),
        (Kind.REVIEW, ""),
        (Kind.REBOOK, ""),
        (Kind.OFFER, ""),
        (Kind.TEST, ""),
    ],
)
def test_the_method_of_the_mail_is_that_of_the_file(kind: Kind, method: str) -> None:
    rendered = render_email(sample(kind, "pl"), now=NOW)
    assert rendered.calendar_method == method
    if method:
        assert read(rendered.calendar)["METHOD"] == method
    else:
        assert rendered.calendar == b""


def test_without_a_mailbox_of_the_practice_there_is_no_invitation() -> None:
    context = sample(Kind.DETAILS, "pl")
    without = replace(context, practice=replace(context.practice, email=""))
    assert render_email(without, now=NOW).calendar == b""


def test_a_download_names_no_attendee() -> None:
    calendar = read(written(sample(Kind.DETAILS, "pl"), CalendarMethod.PUBLISH))
    assert calendar["METHOD"] == "PUBLISH"
    assert b"ATTENDEE" not in calendar.to_ical()


def test_of_a_cancelled_visit_the_time_is_that_which_the_patient_knows() -> None:
    context = sample(Kind.CANCELLED, "pl")
    assert context.visit is not None
    told = replace(context, visit=replace(context.visit, told=ToldText(start=OLD_START)))
    assert event_of(written(told, CalendarMethod.CANCEL))["DTSTART"].dt == OLD_START
    assert event_of(written(told, CalendarMethod.CANCEL))["DTEND"].dt == OLD_START + timedelta(minutes=30)


def test_a_confirmed_visit_asks_for_no_answer() -> None:
    context = sample(Kind.MOVED, "pl")
    assert context.visit is not None
    confirmed = replace(context, visit=replace(context.visit, status=VisitStatus.CONFIRMED))
    assert event_of(written(confirmed))["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"


def test_nothing_in_it_tells_the_specialty() -> None:
    doctor = replace(DOCTOR, title="lek. dent.", specialty="stomatolog")
    file = written(replace(longest(Kind.DETAILS, "pl"), doctor=doctor)).decode().replace("\r\n ", "")
    for word in ("dent", "stomat", "kardiolog", "Konsultacja", "Zakład", "Centrum Medyczne"):
        assert word not in file


def test_a_visit_is_needed() -> None:
    with pytest.raises(CannotRender, match="a visit"):
        written(replace(sample(Kind.DETAILS, "pl"), visit=None))


def test_now_must_be_utc() -> None:
    with pytest.raises(ValueError, match="UTC"):
        calendar_file(
            sample(Kind.DETAILS, "pl"),
            method=CalendarMethod.REQUEST,
            language=Language.PL,
            now=datetime(2027, 1, 1, tzinfo=UTC).astimezone(DOCTOR_ZONE),
        )


DOCTOR_ZONE = sample(Kind.DETAILS, "pl").practice.zone


def test_every_line_is_at_most_75_octets_and_ends_with_crlf() -> None:
    file = written(longest(Kind.DETAILS, "pl"))
    assert file.endswith(b"END:VCALENDAR\r\n")
    lines = file.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert not any(b"\n" in line for line in lines)
    for line in lines:
        line.decode()


@given(st.text(alphabet=st.characters(blacklist_categories=["C"]), max_size=400))
def test_folding_cuts_no_character_and_is_undone_by_unfolding(text: str) -> None:
    lines = folded(text).split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert lines[0].decode() + "".join(line.decode()[1:] for line in lines[1:]) == text
    assert all(line.startswith(b" ") for line in lines[1:])


@given(name=PRINTABLE, street=PRINTABLE, patient=PRINTABLE)
def test_whatever_people_typed_reads_back(name: str, street: str, patient: str) -> None:
    context = sample(Kind.DETAILS, "pl")
    assert context.doctor is not None
    assert context.address is not None
    event = event_of(
        written(
            replace(
                context,
                doctor=replace(context.doctor, title="", name=name),
                address=replace(context.address, street=street, city=""),
                patient=replace(context.patient, name=patient),
            )
        )
    )
    assert event["SUMMARY"] == f"Wizyta: {' '.join(name.split())}"
    assert event["LOCATION"] == " ".join(street.split())
    assert event["SEQUENCE"] == 3
    assert event["ATTENDEE"] == "mailto:zofia.nowak@poczta.example"
