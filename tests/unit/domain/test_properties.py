"""What holds for every visit and everything that may happen to it, in any order (docs/rules.md 7)."""

import os
import time
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myosotis.domain import fallback, window
from myosotis.domain.course import HELD
from myosotis.domain.lifecycle import LEFT, PENDING
from myosotis.domain.planning import plan, replan
from myosotis.domain.recheck import JUDGED_ALONE, Hold, Send, Stop, recheck
from myosotis.domain.values import Card, ExistingMessage, Switches, VisitFacts, VisitSwitches, utc
from myosotis.domain.words import (
    Channel,
    Kind,
    MessageStatus,
    OptOut,
    Party,
    Reason,
    Via,
    VisitEvent,
    VisitStatus,
    Wave,
)
from tests.unit.domain.visits import (
    APP_USER,
    BOOKED,
    NEXT_PATIENT,
    NOBODY,
    ONLY_EMAIL,
    ONLY_SMS,
    PATIENT,
    H,
    apply,
    cancelled,
    card,
    given_to,
    moved,
    planned,
    portal,
    restored,
    visit,
)

NEW_YEAR = utc(2027, 1, 1)
ZONES = [ZoneInfo(name) for name in ("Europe/Warsaw", "Europe/Lisbon", "America/New_York", "Australia/Lord_Howe")]

cards = st.sampled_from(
    [card(), APP_USER, ONLY_SMS, ONLY_EMAIL, NOBODY, card(sms_stopped=True), card(opt_outs=frozenset({OptOut.REVIEW}))]
)
switches = st.builds(
    Switches, details=st.booleans(), reminder=st.booleans(), review=st.booleans(), rebook=st.booleans()
)
booked_times = st.timedeltas(timedelta(0), timedelta(days=364)).map(lambda passed: NEW_YEAR + passed)
leads = st.one_of(
    st.sampled_from([timedelta(hours=hours) for hours in (1, 6, 36, 72, 80)]),
    st.timedeltas(timedelta(minutes=-90), timedelta(days=20)),
)


@st.composite
def visits(draw: st.DrawFn) -> VisitFacts:
    """Any visit just booked: by staff or through the portal, for anybody, at any time of the year, anywhere."""
    booked_at = draw(booked_times)
    start = booked_at + draw(leads)
    make = draw(st.sampled_from([visit, portal]))
    return make(start, booked_at, card=draw(cards), calendar_switches=draw(switches), zone=draw(st.sampled_from(ZONES)))


def kinds_and_channels(facts: VisitFacts) -> Counter[tuple[int, Kind, Channel]]:
    """How often each channel of each kind and revision was handed over, or is being so."""
    return Counter(
        (message.key.revision, message.key.kind, message.key.channel)
        for message in facts.messages
        if message.status in LEFT
    )


def check(facts: VisitFacts, now: datetime) -> None:
    """What must hold of a visit whose plan was just written."""
    assert replan(facts, now).empty, "planning again changes something"
    for message in facts.messages:
        if message.status is not MessageStatus.PLANNED:
            continue
        assert message.due_at is not None
        assert message.expires_at is not None
        assert message.due_at < message.expires_at
        if message.key.revision != facts.revision:
            assert message.key.kind is Kind.CANCELLED
            assert message.patient_id != facts.card.patient_id
        elif facts.status is VisitStatus.CANCELLED:
            assert message.key.kind is Kind.CANCELLED
        if message.key.channel in HELD and message.attempts == 0 and message.reason is not Reason.OUTSIDE_WINDOW:
            released = message.reason is Reason.FIRST_WAVE_FAILED
            assert window.is_open(message.due_at, facts.window, facts.zone) or released
    for waiting in facts.messages:
        if waiting.status is MessageStatus.WAITING and waiting.key.revision == facts.revision:
            first = fallback.first_wave_of(waiting, facts.messages)
            assert any(message.status in fallback.AHEAD for message in first), "it waits for nothing"


@given(visits())
def test_planning_a_hundred_times_is_planning_once(facts: VisitFacts) -> None:
    once = planned(facts)
    for _ in range(3):
        assert planned(once, facts.event_at) is not once
        assert planned(once, facts.event_at) == once
    check(once, facts.event_at)


def test_the_planner_run_a_hundred_times_adds_each_message_once() -> None:
    facts = planned(visit())
    for minute in range(100):
        facts = planned(facts, BOOKED + minute * timedelta(seconds=1))
    keys = Counter(message.key for message in facts.messages)
    assert set(keys.values()) == {1}
    assert len(keys) == 8


@given(visits(), st.timedeltas(timedelta(0), timedelta(days=25)))
def test_planning_again_later_never_adds_what_is_overdue(facts: VisitFacts, later: timedelta) -> None:
    now = facts.event_at + later
    for row in plan(facts, now):
        if row.status is MessageStatus.PLANNED:
            assert row.due_at is not None
            assert row.due_at >= now


@given(visits())
def test_hours_are_hours_whatever_the_clocks_on_the_wall_do(facts: VisitFacts) -> None:
    lead = facts.start - facts.booked_at
    for row in plan(facts, facts.event_at):
        if row.key.kind is Kind.REMINDER and row.key.channel is Channel.EMAIL and row.due_at is not None:
            assert facts.start - row.due_at == (48 if lead > timedelta(hours=72) else 24) * H
            assert lead >= timedelta(hours=36)


@pytest.mark.parametrize("server_zone", ["UTC", "Europe/Warsaw", "America/New_York"])
def test_the_servers_own_zone_never_matters(server_zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = [visit(utc(2027, 3, 29, 8), utc(2027, 3, day, 7)) for day in (20, 25, 26, 27)]
    expected = [plan(each, each.event_at) for each in facts]
    before = os.environ.get("TZ")
    monkeypatch.setenv("TZ", server_zone)
    time.tzset()
    try:
        assert [plan(each, each.event_at) for each in facts] == expected
    finally:
        monkeypatch.undo()
        assert os.environ.get("TZ") == before
        time.tzset()


class Life:
    """A visit to which anything happens, as flows and dispatch would write it."""

    def __init__(self, facts: VisitFacts) -> None:
        self.now = facts.event_at
        self.facts = planned(facts)
        self.before_cancellation: VisitFacts | None = None

    def happened(self, facts: VisitFacts) -> None:
        self.facts = apply(facts, replan(facts, self.now))
        check(self.facts, self.now)

    def wait(self, passed: timedelta) -> None:
        self.now += passed

    def dispatch(self, outcome: MessageStatus) -> None:
        """Everything that is due is looked at and handed over, with this outcome."""
        for message in self.facts.messages:
            if message.status is MessageStatus.PLANNED and message.due_at is not None and message.due_at <= self.now:
                self._hand_over(replace(message, status=MessageStatus.CLAIMED, attempts=message.attempts + 1), outcome)
        self._ask_fallbacks()

    def _hand_over(self, message: ExistingMessage, outcome: MessageStatus) -> None:
        self._write(message)
        match recheck(self._for(message), message, self.now):
            case Send():
                told = self.facts.appointment
                self._write(replace(message, status=outcome, sent_at=self.now, told=told))
            case Stop(status=status, reason=reason):
                self._write(replace(message, status=status, reason=reason))
            case Hold(due_at=due_at, reason=reason):
                assert due_at > self.now
                self._write(replace(message, status=MessageStatus.PLANNED, due_at=due_at, reason=reason))

    def _for(self, message: ExistingMessage) -> VisitFacts:
        """The facts with the card of a former patient, if the message is for one."""
        if message.patient_id == self.facts.card.patient_id:
            return self.facts
        return replace(self.facts, former_card=card(patient_id=message.patient_id))

    def _ask_fallbacks(self) -> None:
        for message in self.facts.messages:
            match fallback.decide(self.facts, message, self.now):
                case fallback.Release(due_at=due_at, reason=reason):
                    self._write(replace(message, status=MessageStatus.PLANNED, due_at=due_at, reason=reason))
                case fallback.Drop(status=status, reason=reason):
                    self._write(replace(message, status=status, reason=reason))
                case fallback.Keep():
                    pass

    def _write(self, message: ExistingMessage) -> None:
        self.facts = replace(
            self.facts, messages=tuple(message if m.id == message.id else m for m in self.facts.messages)
        )

    def bounce(self) -> None:
        for message in self.facts.messages:
            if message.status is MessageStatus.SENT:
                self._write(replace(message, status=MessageStatus.FAILED))
        self._ask_fallbacks()

    def read(self) -> None:
        for message in self.facts.messages:
            if message.sent_at is not None and message.key.revision == self.facts.revision:
                self._write(replace(message, read_at=self.now))
        self._ask_fallbacks()

    def move(self, by: Party, further: timedelta) -> None:
        if self.facts.status is not VisitStatus.CANCELLED:
            via = Via.DESK if by is Party.PRACTICE else Via.PORTAL
            self.happened(moved(self.facts, self.now, self.facts.start + further, by=by, via=via))

    def cancel(self, by: Party) -> None:
        if self.facts.status is not VisitStatus.CANCELLED:
            self.before_cancellation = self.facts
            self.happened(cancelled(self.facts, self.now, by=by, via=Via.DESK if by is Party.PRACTICE else Via.SMS))

    def restore(self) -> None:
        told = any(m.key.kind is Kind.CANCELLED and m.status in LEFT for m in self.facts.messages)
        if self.facts.status is VisitStatus.CANCELLED and self.before_cancellation is not None and not told:
            self.happened(restored(self.facts, self.before_cancellation))

    def give_away(self, event: VisitEvent) -> None:
        if self.facts.status is not VisitStatus.CANCELLED:
            other = NEXT_PATIENT if self.facts.card.patient_id == PATIENT else PATIENT
            self.happened(given_to(self.facts, self.now, card(patient_id=other), event))

    def change_card(self, changed: Card) -> None:
        self.happened(replace(self.facts, card=replace(changed, patient_id=self.facts.card.patient_id)))

    def change_switches(self, chosen: Switches, silent: bool) -> None:
        self.happened(replace(self.facts, calendar_switches=chosen, visit_switches=VisitSwitches(silent=silent)))

    def mark(self, status: VisitStatus) -> None:
        if self.facts.status is not VisitStatus.CANCELLED:
            self.happened(replace(self.facts, status=status))


waits = st.one_of(
    st.sampled_from([timedelta(seconds=30), timedelta(minutes=1), 4 * H, 24 * H]),
    st.timedeltas(timedelta(0), timedelta(days=3)),
)
happenings = st.one_of(
    st.tuples(st.just("wait"), waits),
    st.tuples(
        st.just("dispatch"),
        st.sampled_from([MessageStatus.SENT, MessageStatus.FAILED, MessageStatus.UNCLEAR, MessageStatus.DELIVERED]),
    ),
    st.tuples(st.just("bounce")),
    st.tuples(st.just("read")),
    st.tuples(st.just("move"), st.sampled_from(Party), st.sampled_from([-24 * H, H, -H, 48 * H])),
    st.tuples(st.just("cancel"), st.sampled_from(Party)),
    st.tuples(st.just("restore")),
    st.tuples(st.just("give_away"), st.sampled_from([VisitEvent.BOOKED, VisitEvent.CORRECTED])),
    st.tuples(st.just("change_card"), cards),
    st.tuples(st.just("change_switches"), switches, st.booleans()),
    st.tuples(st.just("mark"), st.sampled_from([VisitStatus.BOOKED, VisitStatus.NO_SHOW, VisitStatus.DONE])),
)


@given(visits(), st.lists(happenings, max_size=14))
def test_whatever_happens_nothing_goes_twice_or_for_an_old_time(
    facts: VisitFacts, story: list[tuple[object, ...]]
) -> None:
    life = Life(facts)
    for name, *arguments in story:
        getattr(life, str(name))(*arguments)
        assert all(count == 1 for count in kinds_and_channels(life.facts).values()), "a channel twice"
    live = [m for m in life.facts.messages if m.status in PENDING and m.key.revision != life.facts.revision]
    assert all(m.key.kind is Kind.CANCELLED and m.patient_id != life.facts.card.patient_id for m in live)


@given(visits(), st.lists(happenings, max_size=14))
def test_who_is_judged_alone_is_judged_by_its_own_kind(facts: VisitFacts, story: list[tuple[object, ...]]) -> None:
    """Then the last look need not read the rest."""
    life = Life(facts)
    for name, *arguments in story:
        getattr(life, str(name))(*arguments)
    for message in life.facts.messages:
        if message.key.kind in JUDGED_ALONE and message.key.channel is not Channel.NONE:
            claimed = replace(message, status=MessageStatus.CLAIMED)
            own = tuple(other for other in life.facts.messages if other.key.kind is message.key.kind)
            for at in {life.now, message.due_at or life.now}:
                assert recheck(replace(life.facts, messages=own), claimed, at) == recheck(life.facts, claimed, at)


@settings(max_examples=30)
@given(visits(), st.sampled_from([MessageStatus.SENT, MessageStatus.FAILED, MessageStatus.UNCLEAR]))
def test_left_alone_every_message_ends(facts: VisitFacts, outcome: MessageStatus) -> None:
    life = Life(facts)
    for _ in range(40):
        life.dispatch(outcome)
        ahead = [m.due_at for m in life.facts.messages if m.status is MessageStatus.PLANNED and m.due_at is not None]
        if not ahead:
            break
        life.now = max(life.now, min(ahead))
    assert not [m for m in life.facts.messages if m.status in PENDING]
    reminders = [m for m in life.facts.messages if m.key.kind is Kind.REMINDER and m.key.wave is Wave.FALLBACK]
    if outcome is MessageStatus.SENT:
        assert all(m.status not in LEFT for m in reminders)
