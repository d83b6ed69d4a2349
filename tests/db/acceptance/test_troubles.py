"""Nights, breakdowns, bad addresses: late is better than never, and never is better than wrong (docs/rules.md 3 and 7)."""

from datetime import datetime, timedelta

import pytest

from myosotis.sandbox.peers.faults import Fault, Peer
from tests.db.acceptance.stage import DAY, HOUR, MINUTE, Stage, kinds, local

START = local(2027, 3, 11, 12)


@pytest.mark.parametrize(
    ("start", "mail", "sms"),
    [
        (local(2027, 3, 11, 5), local(2027, 3, 9, 5), local(2027, 3, 9, 7)),
        (local(2027, 3, 11, 22, 30), local(2027, 3, 9, 22, 30), local(2027, 3, 10, 7)),
        (local(2027, 3, 11, 22), local(2027, 3, 9, 22), local(2027, 3, 9, 22)),
        (local(2027, 3, 11, 7), local(2027, 3, 9, 7), local(2027, 3, 9, 7)),
        (local(2027, 3, 30, 2, 40), local(2027, 3, 28, 1, 40), local(2027, 3, 28, 7)),
    ],
)
def test_no_sms_at_night(stage: Stage, start: datetime, mail: datetime, sms: datetime) -> None:
    person = stage.patient()
    visit = stage.book(person, start)
    stage.until(start - MINUTE)
    reminders = [one.brief for one in stage.arrived(person) if one.kind == "reminder"]
    assert sorted(reminders) == [("reminder", "email", mail), ("reminder", "sms", sms)]
    if mail != sms:
        assert stage.state(visit, "reminder", "sms") == ("delivered", "held_for_window"), "it still says why so late"


@pytest.mark.parametrize(
    ("booked", "start", "sms", "why"),
    [
        ((2, 20, 0), (3, 9, 30), (3, 7, 0), "at the opening, at least two hours before"),
        ((2, 19, 0), (3, 7, 30), (2, 22, 0), "before the night, since half an hour after it would be too little"),
        ((2, 21, 30), (3, 7, 45), (3, 7, 0), "half an hour in the morning, since the evening came too soon"),
        ((2, 23, 30), (3, 6, 0), (3, 3, 30), "in the night, since morning is too late"),
        ((2, 23, 30), (3, 5, 0), (2, 23, 30), "at once, since there is no time to wait for a reading"),
    ],
)
def test_an_sms_that_matters_is_never_dropped_for_the_night(
    stage: Stage, booked: tuple[int, int, int], start: tuple[int, int, int], sms: tuple[int, int, int], why: str
) -> None:
    stage.set_clock(local(2027, 3, *booked))
    person = stage.patient()
    stage.book(person, local(2027, 3, *start))
    stage.until(local(2027, 3, *start))
    assert sorted(one.brief for one in stage.arrived(person)) == [
        ("details", "email", local(2027, 3, *booked)), ("details", "sms", local(2027, 3, *sms)),
    ], why  # fmt: skip


def test_the_window_is_local_to_the_address(stage: Stage) -> None:
    calendar = stage.add_calendar(time_zone="Europe/Lisbon")
    person = stage.patient()
    stage.set_clock(local(2027, 3, 1, 18, 30))
    stage.book(person, START, calendar_id=calendar)
    stage.wait(DAY)
    assert [one.at for one in stage.arrived(person) if one.channel == "sms"] == [local(2027, 3, 1, 22, 30)]
    assert "godz. 11:00" in stage.arrived(person)[0].text, "noon in Warsaw is eleven in Lisbon"


def test_a_minute_missed_is_caught_up(stage: Stage) -> None:
    """Nothing dispatched across the due minute, and for six hours more."""
    person = stage.patient()
    stage.book(person, START, switches={"details": False})
    back = START - 42 * HOUR
    stage.set_clock(back)
    stage.until(back + HOUR)
    assert sorted(one.brief for one in stage.arrived(person)) == [
        ("reminder", "email", back),
        ("reminder", "sms", back),
    ]


def test_after_three_days_no_flood_of_stale_messages(stage: Stage) -> None:
    past, soon, later = (stage.patient() for _ in range(3))
    gone = stage.book(past, local(2027, 3, 10, 12))
    stage.book(soon, local(2027, 3, 11, 16))
    stage.book(later, local(2027, 3, 20, 12))
    stage.wait(DAY)
    before = len(stage.arrived())
    back = local(2027, 3, 11, 12)  # the dispatcher stood still from 2 March
    stage.set_clock(back)
    stage.until(back + HOUR)
    assert sorted(one.brief for one in stage.arrived()[before:]) == sorted(
        (kind, channel, back) for kind in ("reminder", "review", "rebook") for channel in ("email", "sms")
    )
    assert {one.kind for one in stage.arrived(past)} == {"details", "review", "rebook"}, "no reminder of the past"
    assert stage.state(gone, "reminder", "sms") == ("expired", "expired")
    row = next(row for row in stage.timeline(gone) if (row["kind"], row["channel"]) == ("reminder", "sms"))
    assert row["explanation"], "and it says so"
    stage.until(local(2027, 3, 19))
    assert kinds(stage.arrived(later)) == sorted(
        [("details", "email"), ("details", "sms"), ("reminder", "email"), ("reminder", "sms")]
    )


def test_all_providers_down_a_booking_succeeds_and_the_message_goes_later(stage: Stage) -> None:
    person = stage.patient(app=True)
    for peer in (Peer.SMS, Peer.EMAIL, Peer.PUSH):
        stage.broken(peer, Fault.ERROR)
    visit = stage.book(person, START)
    stage.wait(20 * MINUTE)
    assert stage.arrived() == []
    assert stage.visit(visit)["status"] == "booked"
    for peer in (Peer.SMS, Peer.EMAIL, Peer.PUSH):
        stage.broken(peer)
    mended = stage.now
    stage.wait(40 * MINUTE)
    arrived = stage.arrived(person)
    assert kinds(arrived) == [("details", "email"), ("push", "push")]
    last = max(one.at for one in arrived)
    assert mended < last < mended + 35 * MINUTE
    stage.until(last + 4 * HOUR - timedelta(seconds=1))
    assert len(stage.arrived(person)) == 2, "the four hours begin when it really left"
    stage.wait(timedelta(seconds=1))
    assert stage.brief(person)[-1] == ("details", "sms", last + 4 * HOUR)


def test_a_mail_server_down_for_long_is_followed_by_the_sms(stage: Stage) -> None:
    person = stage.patient()
    begun = stage.now
    stage.broken(Peer.EMAIL, Fault.ERROR)
    visit = stage.book(person, START)
    stage.wait(3 * HOUR)
    sms = [one for one in stage.arrived(person) if one.channel == "sms"]
    assert len(sms) == 1
    assert begun + 30 * MINUTE <= sms[0].at <= begun + HOUR
    assert stage.state(visit, "details", "email") == ("failed", "provider_unavailable")
    stage.broken(Peer.EMAIL)
    stage.wait(DAY)
    assert kinds(stage.arrived(person)) == [("details", "sms")], "once given up it is not sent after all"


def test_a_dead_number_is_tried_once_and_marked(stage: Stage) -> None:
    stage.broken(Peer.SMS, Fault.REFUSES)
    person = stage.patient(email="")
    visit = stage.book(person, START)
    stage.wait(DAY)
    row = next(row for row in stage.timeline(visit) if (row["kind"], row["channel"]) == ("details", "sms"))
    assert (row["status"], row["attempts"]) == ("failed", 1)
    assert "bad_phone" in stage.asked(stage.call.get(f"patients/{person.id}"))["warnings"]
    assert [one["id"] for one in stage.asked(stage.call.get("call-list"))["items"]] == [visit]
    stage.broken(Peer.SMS)
    stage.until(START + 2 * DAY)
    assert stage.arrived(person) == []
    assert stage.state(visit, "reminder", "sms")[1] == "bad_phone"
    stage.card(person, phone="+48600999888")
    assert "bad_phone" not in stage.asked(stage.call.get(f"patients/{person.id}"))["warnings"]


def test_a_dead_mailbox_is_followed_by_the_sms_at_once(stage: Stage) -> None:
    stage.broken(Peer.EMAIL, Fault.REFUSES)
    person = stage.patient()
    begun = stage.now
    visit = stage.book(person, START)
    stage.wait(DAY)
    assert stage.brief(person) == [("details", "sms", begun)]
    assert stage.state(visit, "details", "email") == ("failed", "address_refused")


def test_a_bounce_minutes_later_is_followed_by_the_sms_then(stage: Stage) -> None:
    stage.broken(Peer.EMAIL, Fault.BOUNCES)
    person = stage.patient()
    begun = stage.now
    visit = stage.book(person, START)
    stage.wait(DAY)
    assert stage.brief(person) == [("details", "email", begun), ("details", "sms", begun + 2 * MINUTE)]
    assert stage.state(visit, "details", "email")[0] == "failed"
    assert "bad_email" in stage.asked(stage.call.get(f"patients/{person.id}"))["warnings"]


def test_a_dead_app_is_followed_by_the_sms_at_once(stage: Stage) -> None:
    person = stage.patient(app=True)
    stage.book(person, START, switches={"details": False})
    stage.broken(Peer.PUSH, Fault.REFUSES)
    stage.until(START - MINUTE)
    due = START - 48 * HOUR
    assert sorted(one.brief for one in stage.arrived(person)) == [("reminder", "email", due), ("reminder", "sms", due)]
    subscriptions = stage.asked(stage.call.get(f"patients/{person.id}/push-subscriptions"))
    assert subscriptions["items"] == []


def test_sent_without_answer_the_phone_rings_once(stage: Stage) -> None:
    """The gateway took the SMS and was silent: it is repeated, and the gateway refuses the repetition."""
    stage.broken(Peer.SMS, Fault.SILENT)
    person = stage.patient(email="")
    visit = stage.book(person, START)
    stage.wait(10 * timedelta(seconds=1))
    stage.broken(Peer.SMS)
    stage.wait(HOUR)
    assert kinds(stage.arrived(person)) == [("details", "sms")]
    assert stage.state(visit, "details", "sms")[0] in ("sent", "delivered")


@pytest.mark.parametrize("fault", [Fault.REPORTS_LATE, Fault.REPORTS_TWICE, Fault.REPORTS_REVERSED, Fault.NO_REPORTS])
def test_reports_late_twice_reversed_or_never_change_no_outcome(stage: Stage, fault: Fault) -> None:
    stage.broken(Peer.SMS, fault)
    people = [stage.patient(email="") for _ in range(3)]
    visits = [stage.book(person, START + n * HOUR) for n, person in enumerate(people)]
    stage.wait(DAY)
    assert len(stage.arrived()) == 3
    wanted = "sent" if fault is Fault.NO_REPORTS else "delivered"
    assert {stage.state(visit, "details", "sms")[0] for visit in visits} == {wanted}


def test_one_damaged_row_stops_nobody_else(stage: Stage) -> None:
    from myosotis.store.models import Patient

    damaged, well = stage.patient(email=""), stage.patient(email="")
    Patient.objects.filter(pk=damaged.id).update(phone="+48")
    for person in (damaged, well):
        stage.book(person, START)
    stage.wait(HOUR)
    assert kinds(stage.arrived()) == [("details", "sms")]
    assert kinds(stage.arrived(well)) == [("details", "sms")]
