from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from myosotis.domain.values import Switches, VisitSwitches
from myosotis.domain.words import Kind, Party, Via
from myosotis.flows import switches_changed, visit_cancelled
from myosotis.store.models import Calendar, Message
from tests.db.make import ACTOR, NEXT_WEEK, NOW, Scene, ahead, book, hours, make_calendar, make_patient, send_due

LATER = NOW + timedelta(minutes=5)


def apply(calendar: Calendar, switches: Switches, now: datetime = LATER) -> switches_changed.Effect:
    return switches_changed.apply(
        practice=calendar.practice, calendar_id=calendar.pk, switches=switches, actor=ACTOR, now=now
    )


def kinds(visit: object) -> set[str]:
    return {kind for kind, _ in ahead(visit)}  # type: ignore[arg-type]  # a visit


@pytest.mark.parametrize("kind", ["reminder", "review", "rebook"])
def test_a_switch_turned_off_and_on_again_replans_existing_visits(scene: Scene, kind: str) -> None:
    visit = book(scene.calendar, scene.patient)
    off = apply(scene.calendar, Switches(**{kind: False}))
    assert kind not in kinds(visit)
    assert (off.appear, off.disappear) == ({}, {Kind(kind): 2})
    on = apply(scene.calendar, Switches())
    assert (on.appear, on.disappear) == ({Kind(kind): 2}, {})
    assert kind in kinds(visit)


def test_saving_the_same_switches_twice_changes_nothing(scene: Scene) -> None:
    book(scene.calendar, scene.patient)
    apply(scene.calendar, Switches(review=False))
    before = list(Message.objects.order_by("id").values())
    effect = apply(scene.calendar, Switches(review=False))
    assert (effect.appear, effect.disappear) == ({}, {})
    assert list(Message.objects.order_by("id").values()) == before


def test_details_is_planned_by_the_booking_only(scene: Scene) -> None:
    apply(scene.calendar, Switches(details=False))
    visit = book(scene.calendar, scene.patient)
    effect = apply(scene.calendar, Switches(), NOW + hours(1))
    assert effect.appear == {}
    row = Message.objects.get(visit=visit, kind=Kind.DETAILS)
    assert (row.status, row.reason) == ("skipped", "due_passed")


def test_what_a_visit_has_for_itself_stays(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient, switches=VisitSwitches(reminder=True, review=False))
    apply(scene.calendar, Switches(reminder=False, review=True))
    assert "reminder" in kinds(visit)
    assert "review" not in kinds(visit)


def test_a_portal_visit_keeps_its_review(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient, by=Party.PATIENT, via=Via.PORTAL)
    apply(scene.calendar, Switches(review=False))
    assert "review" in kinds(visit)


def test_two_calendars_of_one_doctor_differ_until_one_is_copied(scene: Scene) -> None:
    other = make_calendar(scene.practice, scene.calendar.doctor)
    here, there = book(scene.calendar, scene.patient), book(other, make_patient(scene.practice))
    apply(scene.calendar, Switches(reminder=False))
    assert ("reminder" in kinds(here), "reminder" in kinds(there)) == (False, True)
    effect = switches_changed.copy_to(
        practice=scene.practice, calendar_id=scene.calendar.pk, target_ids=[other.pk], actor=ACTOR, now=LATER
    )
    assert effect.disappear == {Kind.REMINDER: 2}
    assert "reminder" not in kinds(there)


def test_any_number_of_visits_takes_the_same_number_of_queries(scene: Scene) -> None:
    def queries(switches: Switches) -> int:
        with CaptureQueriesContext(connection) as captured:
            apply(scene.calendar, switches)
        return len(captured)

    book(scene.calendar, scene.patient)
    one = queries(Switches(review=False))
    for day in range(1, 21):
        book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + timedelta(days=day))
    assert queries(Switches(reminder=False)) <= one + 2


SWITCHES = st.builds(
    Switches, details=st.booleans(), reminder=st.booleans(), review=st.booleans(), rebook=st.booleans()
)


@pytest.mark.django_db
@settings(max_examples=25)
@given(
    first=SWITCHES,
    then=SWITCHES,
    leads=st.lists(st.integers(min_value=-200, max_value=200), min_size=1, max_size=4),
    own=st.sampled_from([VisitSwitches(), VisitSwitches(review=True), VisitSwitches(reminder=False)]),
    wait=st.integers(min_value=0, max_value=90),
)
def test_the_preview_is_what_happens(
    first: Switches, then: Switches, leads: list[int], own: VisitSwitches, wait: int
) -> None:
    with transaction.atomic():
        scene = Scene.set()
        apply(scene.calendar, first)
        for lead in leads:
            visit = book(scene.calendar, scene.patient, NOW + hours(lead) + timedelta(minutes=7), switches=own)
            if lead % 3 == 0:
                send_due(visit, NOW + hours(1))
            if lead % 5 == 0 and lead > 0:
                visit_cancelled.cancel(
                    practice=scene.practice, visit_id=visit.pk, by=Party.PATIENT, via=Via.API, actor=ACTOR,
                    now=NOW + hours(1),
                )  # fmt: skip
        now = NOW + hours(1 + wait)
        promised = switches_changed.preview(
            practice=scene.practice, calendar_id=scene.calendar.pk, switches=then, now=now
        )
        pending = Message.objects.filter(status__in=("planned", "waiting"))
        before = set(pending.values_list("id", "kind"))
        done = apply(scene.calendar, then, now)
        after = set(pending.values_list("id", "kind"))
        assert promised == done
        assert sum(done.appear.values()) == len(after - before)
        assert sum(done.disappear.values()) == len(before - after)
        transaction.set_rollback(True)
