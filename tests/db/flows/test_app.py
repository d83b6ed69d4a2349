"""Joining the app, leaving it, and push on a phone that several people share (docs/rules.md 3 and 5)."""

from datetime import date, timedelta
from typing import Any

import pytest

from myosotis.domain.codes import Verdict, code_of
from myosotis.domain.words import Language
from myosotis.flows import app_joined, app_left, code_checked, code_sent, patient_changed, patient_erased
from myosotis.flows import push_subscribed as push
from myosotis.flows.code_sent import Purpose
from myosotis.flows.errors import Conflict, Invalid, NotFound
from myosotis.store import installations
from myosotis.store.cards import load_cards, phone_on
from myosotis.store.models import Installation, Member, Message, Patient, PhoneVerification, PushSubscription
from myosotis.store.sealing import derived_key, hash_secret
from tests.db.make import ACTOR, NEXT_WEEK, NOW, Scene, ahead, book, make_calendar, make_patient, make_practice

KEY = "the-secret-of-one-phone"
KEYS = {"p256dh": "B" * 87, "auth": "A" * 22}
HERE = "https://push.example.org/here"
ELSEWHERE = "https://push.example.org/elsewhere"
LATER = NOW + timedelta(hours=1)


def proven(patient: Patient, now: Any = NOW) -> PhoneVerification:
    """A code was sent to the phone in force and entered."""
    phone = phone_on(installations.local_day(now), patient)
    verification = code_sent.send(
        practice=patient.practice, phone=phone, purpose=Purpose.JOIN, language=Language.PL, now=now, patient=patient
    )
    assert code_checked.check(verification, code_of(derived_key("codes"), verification.uuid), now) is Verdict.RIGHT
    return verification


def join(patient: Patient, key: str = KEY, now: Any = NOW) -> Member:
    return app_joined.join(verification=proven(patient, now), key=key, now=now)


def on_phone(key: str = KEY, now: Any = NOW) -> set[int]:
    installation = installations.find(key)
    return set() if installation is None else {member.patient_id for member in installations.members(installation, now)}


def switch_on(endpoint: str = HERE, key: str = KEY, now: Any = NOW) -> None:
    installation = Installation.objects.get(key_hash=hash_secret(key))
    members = installations.members(installation, now)
    push.switch_on(installation=installation, members=members, endpoint=endpoint, now=now, **KEYS)


def app_users() -> set[int]:
    return set(PushSubscription.objects.values_list("patient_id", flat=True))


def test_the_right_code_lets_its_patient_in_and_the_secret_itself_is_kept_nowhere(scene: Scene) -> None:
    member = join(scene.patient)
    assert on_phone() == {scene.patient.pk}
    assert (member.phone, member.practice_id) == (scene.patient.phone, scene.practice.pk)
    assert bytes(member.installation.key_hash) != KEY.encode()
    assert len(member.installation.key_hash) == 16
    assert on_phone("another") == set()


def test_joining_twice_is_joining_once(scene: Scene) -> None:
    verification = proven(scene.patient)
    for _ in range(2):
        app_joined.join(verification=verification, key=KEY, now=NOW)
    assert (Member.objects.count(), Installation.objects.count()) == (1, 1)


def test_nobody_gets_in_without_a_proof_of_their_own_phone(scene: Scene) -> None:
    unproven = code_sent.send(
        practice=scene.practice, phone=scene.patient.phone, purpose=Purpose.JOIN, language=Language.PL, now=NOW,
        patient=scene.patient,
    )  # fmt: skip
    with pytest.raises(Conflict, match="not_proven"):
        app_joined.join(verification=unproven, key=KEY, now=NOW)
    stale = proven(make_patient(scene.practice))
    with pytest.raises(Conflict, match="not_proven"):
        app_joined.join(verification=stale, key=KEY, now=LATER)
    of_booking = proven(make_patient(scene.practice))
    of_booking.purpose = Purpose.BOOKING
    with pytest.raises(Conflict, match="not_proven"):
        app_joined.join(verification=of_booking, key=KEY, now=NOW)
    assert not Member.objects.exists()


def test_a_phone_that_changes_between_code_and_entry_lets_nobody_in(scene: Scene) -> None:
    verification = proven(scene.patient)
    patient_changed.update(
        practice=scene.practice, patient_id=scene.patient.pk, card={"phone": "+48600999999"}, actor=ACTOR, now=NOW
    )
    with pytest.raises(Conflict, match="phone_changed"):
        app_joined.join(verification=verification, key=KEY, now=NOW)
    assert not Member.objects.exists()


def test_with_another_phone_on_the_card_membership_and_push_end_at_once(scene: Scene) -> None:
    join(scene.patient)
    switch_on()
    visit = book(scene.calendar, scene.patient)
    assert ("reminder", "push") in ahead(visit)
    patient_changed.update(
        practice=scene.practice, patient_id=scene.patient.pk, card={"phone": "+48600999999"}, actor=ACTOR, now=NOW
    )
    assert on_phone() == set()
    assert ("reminder", "push") not in ahead(visit)
    assert ("reminder", "sms") in ahead(visit)
    assert load_cards([scene.patient.pk])[scene.patient.pk].on(date(2027, 3, 2), "pl").subscriptions == 0


@pytest.mark.parametrize("card", [{"deceased": True}])
def test_a_membership_ends_with_the_patient(scene: Scene, card: Any) -> None:
    join(scene.patient)
    patient_changed.update(practice=scene.practice, patient_id=scene.patient.pk, card=card, actor=ACTOR, now=NOW)
    assert on_phone() == set()


def test_erasing_a_patient_leaves_no_membership_no_subscription_and_no_number(scene: Scene) -> None:
    join(scene.patient)
    switch_on()
    patient_erased.erase(practice=scene.practice, patient_id=scene.patient.pk, actor=ACTOR, now=LATER)
    assert not Member.objects.exists()
    assert not PushSubscription.objects.exists()
    assert not PhoneVerification.objects.exists()


def test_the_hand_over_ends_the_guardians_membership_even_with_one_number_for_both(scene: Scene) -> None:
    child = make_patient(
        scene.practice, phone="+48600111222", guardian_phone="+48600111222", guardian_name="Alicja",
        guardian_until=date(2027, 3, 5),
    )  # fmt: skip
    join(child)
    switch_on()
    before, after = NOW + timedelta(days=3), NOW + timedelta(days=4)
    assert on_phone(now=before) == {child.pk}
    assert on_phone(now=after) == set()
    card = load_cards([child.pk])[child.pk]
    assert [card.on(day.date(), "pl").subscriptions for day in (before, after)] == [1, 0]
    join(child, now=after)
    assert on_phone(now=after) == {child.pk}
    assert load_cards([child.pk])[child.pk].on(after.date(), "pl").subscriptions == 1


def test_push_is_switched_on_for_everybody_on_the_phone_across_practices(scene: Scene) -> None:
    other = make_patient(make_practice("Stomatologia"))
    join(scene.patient)
    join(other)
    mine = book(scene.calendar, scene.patient)
    theirs = book(make_calendar(other.practice), other)
    assert ("reminder", "sms") in ahead(mine)
    switch_on()
    for visit in (mine, theirs):
        assert ("reminder", "push") in ahead(visit)
    assert app_users() == {scene.patient.pk, other.pk}


def test_who_joins_later_shares_the_push_of_the_phone(scene: Scene) -> None:
    join(scene.patient)
    switch_on()
    later = make_patient(scene.practice)
    visit = book(scene.calendar, later, NEXT_WEEK + timedelta(hours=2))
    join(later)
    assert app_users() == {scene.patient.pk, later.pk}
    assert ("reminder", "push") in ahead(visit)


def test_saying_the_same_again_plans_nothing_anew(scene: Scene) -> None:
    join(scene.patient)
    switch_on()
    book(scene.calendar, scene.patient)
    before = [*Message.objects.order_by("id").values()], [*PushSubscription.objects.values()]
    switch_on(now=LATER)
    assert before == ([*Message.objects.order_by("id").values()], [*PushSubscription.objects.values()])


def test_a_new_address_of_the_browser_replaces_the_old_one(scene: Scene) -> None:
    join(scene.patient)
    switch_on()
    switch_on(ELSEWHERE)
    assert [*PushSubscription.objects.values_list("endpoint", flat=True)] == [ELSEWHERE]


def test_an_address_that_is_no_https_is_refused(scene: Scene) -> None:
    join(scene.patient)
    with pytest.raises(Invalid, match="not_https"):
        switch_on("http://127.0.0.1/internal")


def test_a_phone_that_lost_its_secret_and_joins_again_gets_each_push_once(scene: Scene) -> None:
    join(scene.patient)
    switch_on()
    join(scene.patient, "new-secret", now=LATER)
    switch_on(key="new-secret", now=LATER)
    assert [*PushSubscription.objects.values_list("endpoint", "member__installation__key_hash")] == [
        (HERE, hash_secret("new-secret"))
    ]


def test_switching_off_brings_the_sms_back(scene: Scene) -> None:
    member = join(scene.patient)
    switch_on()
    visit = book(scene.calendar, scene.patient)
    push.switch_off(installation=member.installation, now=NOW)
    assert not app_users()
    assert ("reminder", "push") not in ahead(visit)
    assert ("reminder", "sms") in ahead(visit)
    assert on_phone() == {scene.patient.pk}


def test_one_leaves_and_the_others_stay(scene: Scene) -> None:
    other = make_patient(scene.practice)
    mine, theirs = join(scene.patient), join(other)
    switch_on()
    visit = book(scene.calendar, other)
    app_left.leave(installation=mine.installation, member_id=theirs.pk, now=NOW)
    assert on_phone() == app_users() == {scene.patient.pk}
    assert ("reminder", "sms") in ahead(visit)
    with pytest.raises(NotFound):
        app_left.leave(installation=mine.installation, member_id=theirs.pk, now=NOW)


def test_nobody_is_removed_from_another_phone(scene: Scene) -> None:
    mine, theirs = join(scene.patient), join(make_patient(scene.practice), "another phone")
    with pytest.raises(NotFound):
        app_left.leave(installation=mine.installation, member_id=theirs.pk, now=NOW)
    assert Member.objects.count() == 2


def test_a_phone_forgets_everybody_and_its_secret(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    member = join(scene.patient)
    join(make_patient(scene.practice))
    switch_on()
    app_left.forget(installation=member.installation, now=NOW)
    assert not any(model.objects.exists() for model in (Installation, Member, PushSubscription))
    assert ("reminder", "sms") in ahead(visit)


def test_what_nobody_used_for_a_year_goes_unless_pushes_still_reach_it(scene: Scene) -> None:
    join(scene.patient)
    join(make_patient(scene.practice), "with push")
    switch_on(key="with push")
    assert installations.prune(NOW + timedelta(days=365)) == 0
    installations.prune(NOW + timedelta(days=366))
    assert on_phone() == set()
    assert len(on_phone("with push")) == 1
