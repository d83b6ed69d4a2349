"""The last weeks again with other switches: what changes is what the rules say, and the rest stays as it was."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from myosotis.domain.words import Channel, Kind, Party, Via
from myosotis.store import what_if
from myosotis.store.models import Message, Visit
from tests.db.make import NOW, Scene, book, make_calendar, make_patient

WEEK = timedelta(days=7)


def _held(scene: Scene, by: Party = Party.PRACTICE, via: Via = Via.DESK) -> Visit:
    """A visit of last week, booked a week before it, of a patient without the app."""
    start = NOW - WEEK if by is Party.PRACTICE else NOW - WEEK + timedelta(hours=1)
    return book(scene.calendar, make_patient(scene.practice), start, now=NOW - 2 * WEEK, by=by, via=via)


def _went(visit: Visit, kind: Kind) -> None:
    rows = visit.messages.filter(kind=kind, status="planned")
    rows.update(sent_at=NOW - WEEK, status="sent", price=Decimal("0.16"))


def test_what_is_switched_off_is_gone_and_the_rest_stays_as_it_was(scene: Scene) -> None:
    visit = _held(scene)
    _went(visit, Kind.REMINDER)
    _went(visit, Kind.REVIEW)
    found = what_if.compare(scene.practice, scene.calendar, replace(scene.calendar.switches, reminder=False), NOW)
    assert (Kind.REMINDER, Channel.SMS) in found.then
    assert found.now == {key: line for key, line in found.then.items() if key[0] is not Kind.REMINDER}


def test_what_is_switched_on_comes_as_the_rules_say(scene: Scene) -> None:
    calendar = scene.calendar
    calendar.reminder = False
    calendar.save()
    _held(scene)
    book(calendar, make_patient(scene.practice), NOW - WEEK, now=NOW - WEEK - timedelta(hours=30))  # booked too late
    found = what_if.compare(scene.practice, calendar, replace(calendar.switches, reminder=True), NOW)
    assert {key: line.count for key, line in found.now.items()} == {
        (Kind.REMINDER, Channel.EMAIL): 1,
        (Kind.REMINDER, Channel.SMS): 1,
    }
    assert found.now[Kind.REMINDER, Channel.SMS].cost == scene.practice.sms_price


def test_who_booked_online_is_asked_for_an_opinion_whatever_the_switch_says(scene: Scene) -> None:
    _went(_held(scene), Kind.REVIEW)
    _went(_held(scene, by=Party.PATIENT, via=Via.PORTAL), Kind.REVIEW)
    found = what_if.compare(scene.practice, scene.calendar, replace(scene.calendar.switches, review=False), NOW)
    assert found.then[Kind.REVIEW, Channel.EMAIL].count == 2
    assert found.now[Kind.REVIEW, Channel.EMAIL].count == 1


def test_other_calendars_and_what_offers_would_bring_are_left_out(scene: Scene) -> None:
    other = make_calendar(scene.practice)
    visit = book(other, make_patient(scene.practice), NOW - WEEK, now=NOW - 2 * WEEK)
    _went(visit, Kind.REMINDER)
    switches = replace(scene.calendar.switches, offer=False)
    assert what_if.compare(scene.practice, scene.calendar, switches, NOW).then == {}
    scene.calendar.offer = False
    scene.calendar.save()
    found = what_if.compare(scene.practice, scene.calendar, replace(switches, offer=True), NOW)
    assert found.unforeseen == {Kind.OFFER}
    assert not Message.objects.filter(kind=Kind.OFFER).exists()
