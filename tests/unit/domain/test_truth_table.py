"""Every switch, for every kind, on every channel, for every kind of recipient: what goes and what says why not."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from myosotis.domain.planning import plan
from myosotis.domain.values import Card, Switches, VisitFacts, VisitSwitches
from myosotis.domain.words import (
    Channel,
    ConsentBasis,
    ConsentPurpose,
    Kind,
    MessageStatus,
    OptOut,
    Party,
    Reason,
    Via,
    VisitEvent,
    VisitStatus,
)
from tests.unit.domain.visits import (
    BOOKED,
    ONLY_EMAIL,
    ONLY_SMS,
    START,
    H,
    card,
    contact,
    moved,
    planned,
    portal,
    sent,
    skip,
    visit,
)

SWITCHED = (Kind.DETAILS, Kind.REMINDER, Kind.REVIEW, Kind.REBOOK)
PLANNED_KINDS = (*SWITCHED, Kind.MOVED, Kind.CANCELLED)
ONLY_PUSH = card(contact=contact(email="", phone=""), subscriptions=1)
RECIPIENTS = {Channel.EMAIL: ONLY_EMAIL, Channel.SMS: ONLY_SMS, Channel.PUSH: ONLY_PUSH}


def of_kind(kind: Kind, patient: Card, by: Party, **changed: Any) -> VisitFacts:
    """A visit that has this kind before it, for this patient, booked, moved or cancelled by this party."""
    booked = (portal if by is Party.PATIENT else visit)(card=patient, **changed)
    event_by = {"event_by": by, "event_via": Via.PORTAL if by is Party.PATIENT else Via.DESK, "revision": 2}
    if kind is Kind.MOVED:
        there = moved(booked, BOOKED + H, START + 24 * H)
        return visit(start=there.start, **{**_kept(there), **changed, **event_by})
    if kind is Kind.CANCELLED:
        gone = {"status": VisitStatus.CANCELLED, "event": VisitEvent.CANCELLED, "event_at": BOOKED + H}
        return visit(card=patient, **{**changed, **gone, **event_by})
    return booked


def _kept(facts: VisitFacts) -> dict[str, Any]:
    names = ("status", "booked_at", "booked_by", "event", "event_at", "previous_start", "first", "card")
    return {name: getattr(facts, name) for name in names}


def goes(facts: VisitFacts, kind: Kind) -> bool:
    return any(row.status is MessageStatus.PLANNED for row in plan(facts, facts.event_at) if row.key.kind is kind)


@pytest.mark.parametrize("by", list(Party))
@pytest.mark.parametrize("kind", SWITCHED)
def test_the_visits_own_switch_wins_over_the_calendars_and_no_other_switch_matters(kind: Kind, by: Party) -> None:
    for channel, calendar, own in product(RECIPIENTS, (True, False), (None, True, False)):
        switched(kind, by, channel, calendar=calendar, own=own)


def switched(kind: Kind, by: Party, channel: Channel, *, calendar: bool, own: bool | None) -> None:
    others = dict.fromkeys((other.value for other in SWITCHED if other is not kind), not calendar)
    chosen: dict[str, Any] = {kind.value: own}
    facts = of_kind(
        kind,
        RECIPIENTS[channel],
        by,
        calendar_switches=Switches(**{**others, kind.value: calendar, "actions": not calendar}),
        visit_switches=replace(VisitSwitches(), **chosen),
    )
    wanted = calendar if own is None else own
    if kind is Kind.REVIEW and by is Party.PATIENT:
        wanted = True  # a visit booked through the portal always gets it
    assert goes(facts, kind) is wanted
    expected = None if wanted else Reason.SWITCH_OFF if own is None else Reason.SWITCH_OFF_FOR_VISIT
    assert skip(facts, kind) is expected


@pytest.mark.parametrize("channel", list(RECIPIENTS))
@pytest.mark.parametrize("by", list(Party))
@pytest.mark.parametrize("kind", [Kind.MOVED, Kind.CANCELLED])
def test_moved_and_cancelled_go_whatever_the_switches_say(kind: Kind, by: Party, channel: Channel) -> None:
    off = Switches(details=False, reminder=False, actions=False, review=False, offer=False, rebook=False)
    facts = of_kind(kind, RECIPIENTS[channel], by, calendar_switches=off)
    assert goes(facts, kind)
    assert skip(facts, kind) is None


@pytest.mark.parametrize("by", list(Party))
@pytest.mark.parametrize("kind", PLANNED_KINDS)
@pytest.mark.parametrize(
    ("reason", "changed"),
    [
        (Reason.VISIT_SILENCED, {"visit_switches": VisitSwitches(silent=True)}),
        (Reason.PATIENT_SILENCED, {"card": card(silent=True)}),
        (Reason.DECEASED, {"card": card(deceased=True)}),
        (Reason.ERASED, {"card": card(erased=True)}),
    ],
)
def test_silence_death_and_erasure_win_over_every_switch(
    kind: Kind, by: Party, reason: Reason, changed: dict[str, Any]
) -> None:
    patient = changed.get("card", card())
    assert isinstance(patient, Card)
    rest = {name: value for name, value in changed.items() if name != "card"}
    facts = of_kind(kind, patient, by, **rest)
    assert not goes(facts, kind)
    assert skip(facts, kind) is reason


@pytest.mark.parametrize("by", list(Party))
@pytest.mark.parametrize("kind", PLANNED_KINDS)
@pytest.mark.parametrize("opted", [OptOut.REVIEW, OptOut.REBOOK, OptOut.OFFER])
def test_an_opt_out_from_a_kind_stops_that_kind_alone(kind: Kind, by: Party, opted: OptOut) -> None:
    facts = of_kind(kind, card(opt_outs=frozenset({opted})), by)
    stops = kind.value == opted.value
    assert goes(facts, kind) is not stops
    assert skip(facts, kind) is (Reason.OPTED_OUT if stops else None)


@pytest.mark.parametrize("kind", PLANNED_KINDS)
@pytest.mark.parametrize("channel", list(RECIPIENTS))
def test_an_opt_out_from_a_channel_stops_that_channel_in_every_kind(kind: Kind, channel: Channel) -> None:
    opted = {Channel.EMAIL: OptOut.EMAIL, Channel.SMS: OptOut.SMS, Channel.PUSH: OptOut.PUSH}[channel]
    everything = card(subscriptions=1, opt_outs=frozenset({opted}))
    rows = [row for row in plan(of_kind(kind, everything, Party.PRACTICE), BOOKED + H) if row.key.channel is channel]
    assert all(row.status is MessageStatus.SKIPPED and row.reason is Reason.OPTED_OUT for row in rows)
    only = RECIPIENTS[channel]
    alone = card(contact=only.contact, subscriptions=only.subscriptions, opt_outs=frozenset({opted}))
    assert skip(of_kind(kind, alone, Party.PRACTICE), kind) is Reason.NO_CHANNEL


@pytest.mark.parametrize("by", list(Party))
@pytest.mark.parametrize("kind", PLANNED_KINDS)
def test_only_review_and_rebook_need_a_consent_and_only_where_it_is_kept_on_the_card(kind: Kind, by: Party) -> None:
    given: tuple[frozenset[ConsentPurpose], ...] = (frozenset(), frozenset(ConsentPurpose))
    for basis, consents in product(ConsentBasis, given):
        facts = of_kind(kind, card(consents=consents), by, consent_basis=basis)
        lacking = kind in (Kind.REVIEW, Kind.REBOOK) and basis is ConsentBasis.CARD and not consents
        assert goes(facts, kind) is not lacking, (basis, consents)
        assert skip(facts, kind) is (Reason.NO_CONSENT if lacking else None), (basis, consents)


@pytest.mark.parametrize("status", list(VisitStatus))
def test_every_status_of_a_visit_has_its_kinds(status: VisitStatus) -> None:
    facts = sent(planned(visit()), Kind.DETAILS)
    changed = visit(
        status=status,
        revision=2 if status is VisitStatus.CANCELLED else 1,
        event=VisitEvent.CANCELLED if status is VisitStatus.CANCELLED else VisitEvent.BOOKED,
        event_at=BOOKED + H,
        messages=facts.messages,
    )
    found = {row.key.kind for row in plan(changed, BOOKED + H) if row.status is MessageStatus.PLANNED}
    expected = {
        VisitStatus.BOOKED: {Kind.REMINDER, Kind.REVIEW, Kind.REBOOK},
        VisitStatus.CONFIRMED: {Kind.REMINDER, Kind.REVIEW, Kind.REBOOK},
        VisitStatus.CANCELLED: {Kind.CANCELLED},
        VisitStatus.NO_SHOW: set(),
        VisitStatus.DONE: {Kind.REVIEW, Kind.REBOOK},
    }
    assert found - {Kind.DETAILS} == expected[status]
