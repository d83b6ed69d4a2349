"""The last word that reaches a patient is true: whatever was done to the visit, and however late each message left."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from myosotis.domain.lifecycle import LEFT
from myosotis.domain.planning import replan
from myosotis.domain.recheck import Send, Stop, recheck
from myosotis.domain.values import ExistingMessage, VisitFacts
from myosotis.domain.words import Kind, MessageStatus, Party, Via, VisitStatus
from tests.unit.domain.visits import (
    BOOKED,
    OTHER_CALENDAR,
    SEC,
    START,
    H,
    apply,
    cancelled,
    moved,
    planned,
    portal,
    restored,
    visit,
)

NEWS = (Kind.DETAILS, Kind.MOVED, Kind.CANCELLED)


class Desk:
    """A visit and a dispatcher: a claimed message leaves with what it said when it was looked at."""

    def __init__(self, facts: VisitFacts) -> None:
        self.now = facts.event_at
        self.facts = planned(facts)
        self.before_cancellation = self.facts

    def wait(self, seconds: int) -> None:
        self.now += seconds * SEC

    def claim(self) -> None:
        """What is due is looked at and is now on its way, whatever is committed from here on."""
        for message in self._due():
            claimed = replace(message, status=MessageStatus.CLAIMED, attempts=1)
            self._write(claimed)
            match recheck(self.facts, claimed, self.now):
                case Send():
                    self._write(replace(claimed, told=self.facts.appointment))
                case Stop(status=status, reason=reason):
                    self._write(replace(claimed, status=status, reason=reason))
                case held:
                    raise AssertionError(held)

    def finish(self) -> None:
        """What was on its way has arrived. Until that is recorded, nobody knows what it said."""
        for message in self.facts.messages:
            if message.status is MessageStatus.CLAIMED:
                self._write(replace(message, status=MessageStatus.SENT, sent_at=self.now))

    def move(self, start_in: int, calendar_id: int, by: Party) -> None:
        if self.facts.status is not VisitStatus.CANCELLED:
            via = Via.DESK if by is Party.PRACTICE else Via.PORTAL
            start = START + start_in * 24 * H
            self._happened(moved(self.facts, self.now, start, by=by, via=via, calendar_id=calendar_id))

    def cancel(self, by: Party) -> None:
        if self.facts.status is not VisitStatus.CANCELLED:
            self.before_cancellation = self.facts
            via = Via.DESK if by is Party.PRACTICE else Via.PORTAL
            self._happened(cancelled(self.facts, self.now, by=by, via=via))

    def restore(self) -> None:
        """Taken back, if the cancellation has not left."""
        left = any(m.key.kind is Kind.CANCELLED and m.status in LEFT for m in self.facts.messages)
        if self.facts.status is VisitStatus.CANCELLED and not left:
            self._happened(restored(self.facts, self.before_cancellation))

    def settle(self) -> None:
        self.finish()
        for _ in range(3):
            self.wait(61)
            self.claim()
            self.finish()

    def _happened(self, facts: VisitFacts) -> None:
        hidden = {m.id: m.told for m in facts.messages if m.status is MessageStatus.CLAIMED}
        shown = tuple(replace(m, told=None) if m.id in hidden else m for m in facts.messages)
        facts = replace(facts, messages=shown)
        written = apply(facts, replan(facts, self.now))
        again = tuple(replace(m, told=hidden[m.id]) if m.id in hidden else m for m in written.messages)
        self.facts = replace(written, messages=again)

    def _due(self) -> list[ExistingMessage]:
        return [
            m
            for m in self.facts.messages
            if m.status is MessageStatus.PLANNED
            and m.due_at is not None
            and m.due_at <= self.now
            and m.key.kind in NEWS
        ]

    def _write(self, message: ExistingMessage) -> None:
        rows = tuple(message if m.id == message.id else m for m in self.facts.messages)
        self.facts = replace(self.facts, messages=rows)


steps = st.one_of(
    st.tuples(st.just("wait"), st.sampled_from([1, 20, 60, 3600])),
    st.tuples(st.just("claim")),
    st.tuples(st.just("finish")),
    st.tuples(
        st.just("move"),
        st.sampled_from([0, 1, 2]),
        st.sampled_from([visit().calendar_id, OTHER_CALENDAR]),
        st.sampled_from(Party),
    ),
    st.tuples(st.just("cancel"), st.sampled_from(Party)),
    st.tuples(st.just("restore")),
)


@given(st.sampled_from(Party), st.lists(steps, max_size=16))
def test_the_last_word_is_true(booked_by: Party, story: list[tuple[object, ...]]) -> None:
    book = visit if booked_by is Party.PRACTICE else portal
    desk = Desk(book(START + timedelta(days=30), BOOKED))
    for name, *arguments in story:
        getattr(desk, str(name))(*arguments)
    desk.settle()
    facts = desk.facts
    said = sorted(
        (m for m in facts.messages if m.status is MessageStatus.SENT and m.sent_at is not None),
        key=lambda m: (m.sent_at or desk.now, m.key.revision),
    )
    if facts.status is VisitStatus.CANCELLED:
        assert not said or said[-1].key.kind is Kind.CANCELLED
    else:
        assert said
        assert said[-1].key.kind is not Kind.CANCELLED
        assert said[-1].told == facts.appointment
