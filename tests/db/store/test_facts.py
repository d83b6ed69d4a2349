from datetime import date, timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from myosotis.domain.values import VisitFacts
from myosotis.domain.words import ConsentPurpose, Kind, Language, MessageStatus, VisitStatus
from myosotis.flows import patient_changed, stopped_numbers
from myosotis.store import facts
from myosotis.store.models import ProviderAccount, Visit
from tests.db.make import (
    ACTOR,
    NEXT_WEEK,
    NOW,
    Scene,
    book,
    make_calendar,
    make_patient,
    make_practice,
    make_subscription,
)


def load_one(visit: Visit) -> VisitFacts:
    (loaded,) = facts.load([visit.pk], NOW)
    return loaded


def test_what_is_booked_is_what_rules_see(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    loaded = load_one(visit)
    assert (loaded.start, loaded.end) == (NEXT_WEEK, NEXT_WEEK + timedelta(minutes=30))
    assert loaded.start.utcoffset() == timedelta(0)
    assert loaded.zone.key == "Europe/Warsaw"
    assert loaded.providers == {"email", "push", "sms"}
    assert loaded.first == loaded.appointment
    assert loaded.card.language is Language.PL
    assert len(loaded.messages) == 8


def test_any_number_of_visits_takes_the_same_number_of_queries(scene: Scene) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            facts.load(Visit.objects.values_list("id", flat=True), NOW)
        return len(captured)

    book(scene.calendar, scene.patient)
    one = queries()
    for day in range(1, 15):
        other = make_calendar(scene.practice)
        book(other, make_patient(scene.practice), NEXT_WEEK + timedelta(days=day))
    assert queries() == one <= 12


def test_facts_of_several_practices_do_not_mix(scene: Scene) -> None:
    other = make_practice(language="en")
    ProviderAccount.objects.filter(practice=other, channel="sms").delete()
    there = book(make_calendar(other), make_patient(other, phone=scene.patient.phone))
    here = book(scene.calendar, scene.patient)
    stopped_numbers.stop(other, scene.patient.phone, NOW)
    loaded = {entry.visit_id: entry for entry in facts.load([here.pk, there.pk], NOW)}
    assert (loaded[here.pk].card.sms_stopped, loaded[there.pk].card.sms_stopped) == (False, True)
    assert (loaded[here.pk].card.language, loaded[there.pk].card.language) == ("pl", "en")
    assert "sms" not in loaded[there.pk].providers


def test_later_visits_count_over_all_calendars_of_the_doctor_and_only_if_they_take_place(scene: Scene) -> None:
    first = book(scene.calendar, scene.patient)
    elsewhere = make_calendar(scene.practice, scene.calendar.doctor)
    later = book(elsewhere, scene.patient, NEXT_WEEK + timedelta(hours=4))
    assert (load_one(first).later_visit, load_one(first).later_visit_same_day) == (True, True)
    assert not load_one(later).later_visit
    for status in (VisitStatus.CANCELLED, VisitStatus.NO_SHOW):
        Visit.objects.filter(id=later.pk).update(status=status)
        assert not load_one(first).later_visit


def test_the_same_day_is_a_day_at_the_address(scene: Scene) -> None:
    first = book(scene.calendar, scene.patient, NEXT_WEEK.replace(hour=22))  # 23:00 in Warsaw
    book(scene.calendar, scene.patient, NEXT_WEEK.replace(hour=23, minute=30))  # 00:30 of the next day
    assert (load_one(first).later_visit, load_one(first).later_visit_same_day) == (True, False)


def test_what_left_after_another_visit_of_the_day_is_known(scene: Scene) -> None:
    first = book(scene.calendar, scene.patient, NEXT_WEEK)
    elsewhere = make_calendar(scene.practice, scene.calendar.doctor)
    second = book(elsewhere, scene.patient, NEXT_WEEK + timedelta(hours=6))
    tomorrow = book(scene.calendar, scene.patient, NEXT_WEEK + timedelta(hours=15))  # 01:00 in Warsaw
    assert load_one(second).sent_same_day == frozenset()

    first.messages.filter(kind="review", channel="email").update(sent_at=NEXT_WEEK + timedelta(hours=2), status="sent")

    assert load_one(second).sent_same_day == {Kind.REVIEW}
    assert load_one(first).sent_same_day == load_one(tomorrow).sent_same_day == frozenset()
    first.messages.filter(kind="review").update(status="failed")
    assert load_one(second).sent_same_day == frozenset(), "it did not arrive"


def test_stop_holds_for_the_number_in_force(scene: Scene) -> None:
    patient = make_patient(scene.practice, guardian_phone="+48600999999", guardian_until=date(2027, 3, 5))
    visit = book(scene.calendar, patient)
    stopped_numbers.stop(scene.practice, "+48600999999", NOW)
    assert load_one(visit).card.sms_stopped
    (grown_up,) = facts.load([visit.pk], NOW + timedelta(days=5))
    assert not grown_up.card.sms_stopped


def test_consents_and_installations_are_those_in_force(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    make_subscription(scene.patient)
    make_subscription(scene.patient)
    given = {"practice": scene.practice, "patient_id": scene.patient.pk, "actor": ACTOR, "now": NOW}
    patient_changed.give_consent(purpose=ConsentPurpose.COMMERCIAL, how="form", wording="", **given)  # type: ignore[arg-type]  # plain values by name
    patient_changed.give_consent(purpose=ConsentPurpose.TRACKING_IMAGE, how="form", wording="", **given)  # type: ignore[arg-type]  # as above
    patient_changed.withdraw_consent(purpose=ConsentPurpose.COMMERCIAL, **given)  # type: ignore[arg-type]  # as above
    card = load_one(visit).card
    assert (card.subscriptions, card.consents) == (2, frozenset({ConsentPurpose.TRACKING_IMAGE}))


def test_ids_that_are_not_there_are_left_out(scene: Scene) -> None:
    assert facts.load([987654], NOW) == []
    assert facts.load([], NOW) == []


def test_a_look_says_what_it_was_asked_for(scene: Scene) -> None:
    patients = [scene.patient, make_patient(scene.practice)]
    first, second = (book(scene.calendar, patient, NEXT_WEEK) for patient in patients)
    for patient in patients:
        book(scene.calendar, patient, NEXT_WEEK + timedelta(days=1))
    mine = first.messages.filter(kind="reminder", channel="sms").get()

    seen = facts.look([first.pk, second.pk], NOW, mine={mine.pk: 3}, later_for=[second.pk])

    assert {key: visit.later_visit for key, visit in seen.visits.items()} == {first.pk: False, second.pk: True}
    claimed = [message for message in seen.visits[first.pk].messages if message.status is MessageStatus.CLAIMED]
    assert [(message.id, message.attempts) for message in claimed] == [(mine.pk, 3)]
    assert {key: words.uuid for key, words in seen.words.items()} == {first.pk: first.uuid, second.pk: second.uuid}
    assert load_one(first).later_visit
    assert load_one(first).card == seen.visits[first.pk].card


def test_a_look_leaves_out_messages_that_do_not_matter(scene: Scene) -> None:
    whole, alone = (book(scene.calendar, make_patient(scene.practice), NEXT_WEEK) for _ in range(2))

    seen = facts.look([whole.pk, alone.pk], NOW, mine={}, later_for=(), kinds_of={alone.pk: {Kind.REMINDER}})

    assert len(seen.visits[whole.pk].messages) == 8
    left = seen.visits[alone.pk].messages
    assert left == tuple(one for one in load_one(alone).messages if one.key.kind is Kind.REMINDER)
    assert left
