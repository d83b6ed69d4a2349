"""Finding patients, their cards, doubles, what they may ask for by law."""

import json
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from myosotis.domain.words import ConsentBasis, ConsentPurpose, Role
from myosotis.flows import patient_changed, patient_erased, stopped_numbers
from myosotis.flows.patient_changed import CardFields
from myosotis.store.models import AuditEntry, Patient, Practice, StoppedNumber
from myosotis.store.patient_search import living_cards, matching
from tests.db.desk.conftest import Staff
from tests.db.make import (
    ACTOR,
    NEXT_WEEK,
    NOW,
    Scene,
    book,
    hours,
    make_calendar,
    make_patient,
    make_practice,
    messages,
)
from tests.db.web.letters import Hand

NAMES = [("Żaneta", "Łąkowska"), ("Świętosława", "Brzęczyszczykiewicz"), ("Anna", "Nowak-Źródlana"), ("Jan", "Kot")]


def add(practice: Practice, **card: Any) -> Patient:
    """A card as staff add one."""
    card.setdefault("first_name", "Anna")
    card.setdefault("last_name", "Nowak")
    given: CardFields = card  # type: ignore[assignment] # a test gives what it is about
    return patient_changed.add(practice=practice, card=given, actor=ACTOR, now=NOW)


def form(**given: Any) -> dict[str, Any]:
    """The form of a card as a browser sends it."""
    return {"first_name": "Anna", "last_name": "Nowak", "phone": "", "email": "", "language": "", **given}


def search(client: Client, text: str) -> str:
    return client.post(reverse("desk:patient_find"), {"text": text}).content.decode()


def undo_of(client: Client, patient: Patient) -> Any:
    return client.post(reverse("desk:patient_undo", args=[patient.pk]), headers={"HX-Request": "true"})


# --- searching --------------------------------------------------------------------------------------------------------


@st.composite
def written(draw: st.DrawFn) -> tuple[str, str]:
    """A mobile number as E.164, and one of the ways in which people write it."""
    digits = draw(st.sampled_from(["600", "512", "793"])) + draw(st.from_regex(r"[0-9]{6}", fullmatch=True))
    gaps = [draw(st.sampled_from(["", " ", "-", "  ", ".", " - ", "\u00a0", "\u2013"])) for _ in range(8)]
    spaced = "".join(digit + gap for digit, gap in zip(digits, [*gaps, ""], strict=True))
    prefix = draw(st.sampled_from(["", "+48", "+48 ", "48 ", "0048", "0048 ", "(+48) ", "0"]))
    return f"+48{digits}", prefix + spaced


@pytest.mark.django_db
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(number=written())
def test_a_number_is_found_however_it_is_written(scene: Scene, number: tuple[str, str]) -> None:
    e164, typed = number
    patient = add(scene.practice, phone=e164)
    try:
        assert patient in matching(living_cards(scene.practice), typed)
        assert patient in matching(living_cards(scene.practice), e164[-4:])
    finally:
        patient.delete()


@pytest.mark.django_db
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_a_name_is_found_by_parts_in_any_order_with_or_without_polish_letters(
    scene: Scene, data: st.DataObject
) -> None:
    first, last = data.draw(st.sampled_from(NAMES))
    patient = add(scene.practice, first_name=first, last_name=last)
    plain = str.maketrans("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ", "acelnoszzACELNOSZZ")
    parts = [word[: data.draw(st.integers(2, len(word)))] for word in (first, last)]
    parts = [data.draw(st.sampled_from([part, part.translate(plain), part.upper()])) for part in parts]
    try:
        assert patient in matching(living_cards(scene.practice), " ".join(data.draw(st.permutations(parts))))
    finally:
        patient.delete()


def test_names_that_begin_so_come_first(staff: Staff, scene: Scene) -> None:
    for last in ("Zanowak", "Nowakowska"):
        add(scene.practice, last_name=last)
    add(scene.practice, first_name="Ewa", last_name="Abacka", email="biuro.nowak@example.org")

    shown = search(staff.owner, "nowak")

    assert shown.index("Nowakowska") < shown.index("Zanowak")
    assert "Abacka" in shown


def test_the_search_finds_neither_erased_nor_others_patients(staff: Staff, scene: Scene) -> None:
    gone = add(scene.practice, last_name="Znikająca")
    add(make_practice(name="Inny"), last_name="Znikająca-Obca")
    patient_erased.erase(practice=scene.practice, patient_id=gone.pk, actor=ACTOR, now=NOW)

    assert "Znikająca" not in search(staff.owner, "znikajaca")


def test_the_next_visit_shows_and_a_doctor_sees_only_own_ones(staff: Staff, scene: Scene) -> None:
    patient = add(scene.practice, last_name="Łoś")
    book(make_calendar(scene.practice), patient, NEXT_WEEK - hours(24))
    book(scene.calendar, patient, NEXT_WEEK)

    assert "wt. 09.03, 10:00" in search(staff.owner, "los")
    assert "śr. 10.03, 10:00" in search(staff.doctor, "los")


def test_whoever_chooses_gets_radios(staff: Staff, scene: Scene) -> None:
    patient = add(scene.practice, last_name="Łoś")

    shown = staff.owner.post(reverse("desk:patient_find"), {"text": "los", "pick": "1"}).content.decode()

    assert f'name="patient" value="{patient.pk}" data-name="Anna Łoś"' in shown


def test_one_alone_is_led_to(staff: Staff, scene: Scene) -> None:
    patient = add(scene.practice, last_name="Łoś")

    answer = staff.owner.post(reverse("desk:patients"), {"text": "los"})

    assert answer.headers["Location"] == reverse("desk:patient", args=[patient.pk])


def test_all_patients_by_the_polish_alphabet_page_by_page(staff: Staff, scene: Scene) -> None:
    scene.patient.delete()
    for number in range(60):
        add(scene.practice, last_name=f"{'Ćma' if number % 2 else 'Cma'} {chr(97 + number // 2 % 26)}{number // 52}")
    ordered = [patient.last_name for patient in scene.practice.patients.order_by("sort_key", "id")]
    first = staff.owner.get(reverse("desk:patients")).context["found"]
    second = staff.owner.get(f"{reverse('desk:patients')}?after={first.after}").context["found"]
    back = staff.owner.get(f"{reverse('desk:patients')}?before={second.before}").context["found"]
    names = [[row.patient.last_name for row in page.rows] for page in (first, second, back)]

    assert names[0] + names[1] == ordered
    assert names[2] == names[0]
    assert (first.before, second.after, back.before) == (None, None, None)


@pytest.mark.parametrize("path", ["desk:patients", "desk:patient_find"])
def test_a_list_asks_no_query_for_each_row(
    staff: Staff, scene: Scene, path: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(25):
        book(scene.calendar, add(scene.practice, last_name=f"Kot{number}"), NEXT_WEEK + hours(number))

    with django_assert_max_num_queries(9):
        assert staff.owner.post(reverse(path), {"text": "kot"}).status_code == HTTPStatus.OK


# --- the card ---------------------------------------------------------------------------------------------------------


def card_of(client: Client, patient: Patient) -> str:
    answer = client.get(reverse("desk:patient", args=[patient.pk]))
    assert answer.status_code == HTTPStatus.OK
    return answer.content.decode()


@pytest.mark.parametrize(
    ("card", "words"),
    [
        ({"phone": ""}, "Brak telefonu"),
        ({"phone": "+48124000111", "phone_is_mobile": False}, "numer stacjonarny — SMS nie dojdzie"),
        ({"phone": "", "email": ""}, "Nie ma działającego kanału"),
        ({"silent": True}, "Nic nie jest wysyłane: dla tego pacjenta wybrano"),
        ({"deceased": True}, "Nic nie jest wysyłane: pacjent nie żyje"),
        ({}, "Wiadomości idą przez: e-mail + SMS."),
        ({"no_email": True}, "Wiadomości idą przez: SMS."),
        ({"guardian_phone": "+48512000111"}, "Wiadomości idą do opiekuna: SMS."),
    ],
)
def test_the_card_says_what_is_sent_where_and_warns(staff: Staff, scene: Scene, card: CardFields, words: str) -> None:
    patient = add(scene.practice, **{"phone": "+48600111222", "email": "a@example.org", **card})

    assert words in card_of(staff.receptionist, patient)


def test_the_card_says_since_when_an_address_is_dead(staff: Staff, scene: Scene) -> None:
    patient = add(scene.practice, phone="+48600111222", email="a@example.org")
    Patient.objects.filter(pk=patient.pk).update(email_bad_at=NOW - hours(48))

    assert "Adres e-mail nie działa; prosimy poprawić go na karcie pacjenta (od sob. 27.02.2027)" in card_of(
        staff.receptionist, patient
    )


@pytest.mark.parametrize(
    ("at_provider", "words"), [(False, "STOP; wróci po SMS-ie START"), (True, "pacjent musi wysłać START")]
)
def test_the_card_says_that_stop_came(staff: Staff, scene: Scene, at_provider: bool, words: str) -> None:
    patient = add(scene.practice, phone="+48600111222")
    stopped_numbers.stop(scene.practice, patient.phone, NOW)
    StoppedNumber.objects.update(at_provider=at_provider)

    assert words in card_of(staff.receptionist, patient)


def test_a_doctor_sees_own_visits_and_messages_only(staff: Staff, scene: Scene) -> None:
    patient = add(scene.practice, phone="+48600111222")
    other = make_calendar(scene.practice)
    other.doctor.name = "Zofia Cudza"
    other.doctor.save()
    book(other, patient, NEXT_WEEK)

    assert "Zofia Cudza" in card_of(staff.receptionist, patient)
    shown = card_of(staff.doctor, patient)
    assert "Zofia Cudza" not in shown
    assert "Nie zaplanowano jeszcze żadnej wiadomości" in shown


def test_owners_alone_see_what_was_done_with_the_card(staff: Staff, scene: Scene) -> None:
    patient = add(scene.practice)

    assert "dodano kartę" in card_of(staff.owner, patient)
    assert "dodano kartę" not in card_of(staff.receptionist, patient)


def test_looking_at_a_card_is_noted(staff: Staff, scene: Scene) -> None:
    card_of(staff.receptionist, scene.patient)

    assert AuditEntry.objects.filter(action="patient.read", object_id=scene.patient.pk).count() == 1


def test_a_card_asks_a_bounded_number_of_queries(
    staff: Staff, scene: Scene, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(25):
        book(scene.calendar, scene.patient, NEXT_WEEK + hours(number))
    card_of(staff.owner, scene.patient)

    with django_assert_max_num_queries(24):
        card_of(staff.owner, scene.patient)


# --- adding and changing ----------------------------------------------------------------------------------------------


def test_a_patient_is_added_with_a_number_as_it_was_written(staff: Staff, scene: Scene) -> None:
    answer = staff.receptionist.post(
        reverse("desk:patient_new"), form(last_name="Sowa", phone="600-123 456", email="Sowa@Example.ORG")
    )

    patient = Patient.objects.get(last_name="Sowa")
    assert answer.headers["Location"] == reverse("desk:patient", args=[patient.pk])
    assert (patient.phone, patient.phone_is_mobile, patient.email) == ("+48600123456", True, "sowa@example.org")


def test_a_wrong_number_is_refused_at_its_field(staff: Staff, scene: Scene) -> None:
    answer = staff.receptionist.post(reverse("desk:patient_new"), form(phone="12"))

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "phone" in answer.context["form"].errors


def test_a_double_shows_before_it_is_added_and_may_be_added_all_the_same(staff: Staff, scene: Scene) -> None:
    add(scene.practice, last_name="Sowa", phone="+48600123456")
    typed = form(last_name="Puchacz", phone="600 123 456")

    asked = staff.receptionist.post(reverse("desk:patient_new"), typed)

    assert asked.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Anna Sowa" in asked.content.decode()
    assert not Patient.objects.filter(last_name="Puchacz").exists()
    staff.receptionist.post(reverse("desk:patient_new"), {**typed, "sure": "1"})
    assert Patient.objects.filter(last_name="Puchacz").exists()


def test_what_was_understood_shows_while_it_is_typed(staff: Staff, scene: Scene) -> None:
    shown = staff.receptionist.post(reverse("desk:patient_check"), form(phone="12 400 01 11")).content.decode()

    assert "+48 124 000 111, stacjonarny — SMS nie dojdzie" in shown


def test_a_change_says_what_it_does_to_messages_and_is_taken_back(staff: Staff, scene: Scene, hand: Hand) -> None:
    patient = add(scene.practice, phone="+48600111222", email="a@example.org")
    visit = book(scene.calendar, patient)
    ahead = len([row for row in messages(visit, channel="sms") if row.status in ("planned", "waiting")])
    answer = staff.receptionist.post(
        reverse("desk:patient_edit", args=[patient.pk]), form(phone="600 333 444", email="a@example.org"), follow=True
    )
    patient.refresh_from_db()
    assert patient.phone == "+48600333444"
    assert f"{ahead} zaplanowan" in answer.content.decode()
    assert "nowy adres" in answer.content.decode()

    undo_of(staff.receptionist, patient)

    patient.refresh_from_db()
    assert patient.phone == "+48600111222"
    assert patient in matching(living_cards(scene.practice), "600111222")


def test_a_channel_that_ends_says_how_many_messages_go_with_it(staff: Staff, scene: Scene) -> None:
    patient = add(scene.practice, phone="+48600111222", email="a@example.org")
    book(scene.calendar, patient)
    before = {"phone": "600111222", "email": "a@example.org"}

    answer = staff.receptionist.post(
        reverse("desk:patient_edit", args=[patient.pk]), form(**before, no_sms="on"), follow=True
    )

    assert "nie zosta" in answer.content.decode()


def test_an_undo_that_comes_too_late_or_after_another_change_changes_nothing(
    staff: Staff, scene: Scene, hand: Hand
) -> None:
    patient = add(scene.practice, phone="+48600111222")
    edit = reverse("desk:patient_edit", args=[patient.pk])
    staff.receptionist.post(edit, form(phone="600333444"))
    staff.owner.post(edit, form(phone="600555666"))
    undo_of(staff.receptionist, patient)
    patient.refresh_from_db()
    assert patient.phone == "+48600555666"

    hand.set(NOW + hours(1))
    undo_of(staff.owner, patient)
    patient.refresh_from_db()
    assert patient.phone == "+48600555666"


def test_an_undo_brings_back_that_an_address_was_dead(staff: Staff, scene: Scene) -> None:
    patient = add(scene.practice, phone="+48600111222", email="a@example.org")
    Patient.objects.filter(pk=patient.pk).update(email_bad_at=NOW)
    typed = form(phone="600111222", email="b@example.org")
    staff.receptionist.post(reverse("desk:patient_edit", args=[patient.pk]), typed)

    undo_of(staff.receptionist, patient)

    patient.refresh_from_db()
    assert (patient.email, patient.email_bad_at) == ("a@example.org", NOW)


def test_what_is_kept_for_the_undo_cannot_be_read_in_the_session(staff: Staff, scene: Scene) -> None:
    patient = add(scene.practice, last_name="Tajemnicza", phone="+48600111222")
    staff.receptionist.post(reverse("desk:patient_edit", args=[patient.pk]), form(last_name="Inna"))

    kept = json.dumps(dict(staff.receptionist.session.items()), default=str)

    assert "Tajemnicza" not in kept
    assert "600111222" not in kept


# --- consents and the app ---------------------------------------------------------------------------------------------


def test_a_consent_is_given_and_withdrawn_on_the_card(staff: Staff, scene: Scene) -> None:
    scene.practice.consent_basis = ConsentBasis.CARD
    scene.practice.save()
    where = [scene.patient.pk, ConsentPurpose.COMMERCIAL]

    staff.receptionist.post(reverse("desk:consent_give", args=where), {"how": "na papierze", "wording": "Zgadzam się."})

    consent = scene.patient.consents.get()
    assert (consent.how, consent.wording, consent.withdrawn_at) == ("na papierze", "Zgadzam się.", None)
    assert "na papierze" in card_of(staff.receptionist, scene.patient)
    staff.receptionist.post(reverse("desk:consent_withdraw", args=where))
    consent.refresh_from_db()
    assert consent.withdrawn_at == NOW


def test_where_the_practice_collects_consents_the_card_says_so(staff: Staff, scene: Scene) -> None:
    scene.practice.consent_basis_chosen_by = "Ewa Właścicielka"
    scene.practice.save()

    shown = card_of(staff.receptionist, scene.patient)

    assert "Ewa Właścicielka" in shown
    assert "Zapisz zgodę" not in shown


def test_the_app_ends_on_every_phone(staff: Staff, scene: Scene) -> None:
    patient = make_patient(scene.practice, app=True)
    visit = book(scene.calendar, patient)
    assert messages(visit, channel="push", status="planned")

    staff.receptionist.post(reverse("desk:patient_app_end", args=[patient.pk]))

    assert not patient.push_subscriptions.exists()
    assert not messages(visit, channel="push", status="planned")


# --- doubles ----------------------------------------------------------------------------------------------------------


def test_doubles_are_suggested_by_phone_and_alike_names(staff: Staff, scene: Scene) -> None:
    one = add(scene.practice, last_name="Łoś-Nowak", phone="+48600111222")
    other = add(scene.practice, last_name="Los", phone="+48600111222")
    add(scene.practice, first_name="Piotr", last_name="Łoś", phone="+48600111222")

    pairs = staff.receptionist.get(reverse("desk:patient_doubles")).context["pairs"]

    assert [(pair.one, pair.other) for pair in pairs] == [(one, other)]


def test_two_cards_become_one_and_staff_choose_which_field_wins(staff: Staff, scene: Scene) -> None:
    kept = add(scene.practice, last_name="Łoś", phone="+48600111222", email="stary@example.org")
    double = add(scene.practice, last_name="Łoś-Nowak", phone="+48600111222", email="nowy@example.org")
    visit = book(scene.calendar, double)
    address = reverse("desk:patient_merge_two", args=[kept.pk, double.pk])

    page = staff.receptionist.get(address).content.decode()
    assert "Tego nie da się cofnąć" in page
    assert "stary@example.org" in page
    staff.receptionist.post(address, {"from_email": "double", "from_name": "kept"})

    kept.refresh_from_db()
    visit.refresh_from_db()
    assert (kept.last_name, kept.email, visit.patient_id) == ("Łoś", "nowy@example.org", kept.pk)
    moved = staff.receptionist.get(reverse("desk:patient", args=[double.pk]))
    assert moved.headers["Location"] == reverse("desk:patient", args=[kept.pk])


def test_choosing_the_double_leads_to_both(staff: Staff, scene: Scene) -> None:
    kept, double = add(scene.practice), add(scene.practice, last_name="Nowakowa")
    choose = reverse("desk:patient_merge", args=[kept.pk])

    answer = staff.receptionist.post(choose, {"patient": str(double.pk)})

    assert answer.headers["Location"] == reverse("desk:patient_merge_two", args=[kept.pk, double.pk])
    foreign = add(make_practice(name="Inny"))
    assert staff.receptionist.post(choose, {"patient": str(foreign.pk)}).status_code == HTTPStatus.OK


# --- what the law gives a patient ---------------------------------------------------------------------------------------


def test_an_export_is_noted_and_names_nobody_in_its_file_name(staff: Staff, scene: Scene) -> None:
    patient = add(scene.practice, last_name="Sowa", phone="+48600123456")

    answer = staff.receptionist.post(reverse("desk:patient_export", args=[patient.pk]), {"as": "json"})

    assert json.loads(answer.content)["card"]["last_name"] == "Sowa"
    assert "Sowa" not in answer.headers["Content-Disposition"]
    assert AuditEntry.objects.filter(action="patient.exported", object_id=patient.pk).count() == 1


def test_an_export_is_read_by_people(staff: Staff, scene: Scene) -> None:
    patient = add(scene.practice, last_name="Sowa", phone="+48600123456")
    book(scene.calendar, patient)

    shown = staff.receptionist.post(reverse("desk:patient_export", args=[patient.pk])).content.decode()

    assert "Nazwisko" in shown
    assert "śr. 10.03.2027, 10:00" in shown


def test_erasing_says_what_stays_and_is_for_owners(staff: Staff, scene: Scene) -> None:
    patient = add(scene.practice, last_name="Sowa", phone="+48600123456")
    visit = book(scene.calendar, patient)
    address = reverse("desk:patient_erase", args=[patient.pk])
    assert staff.receptionist.post(address).status_code == HTTPStatus.FORBIDDEN
    page = staff.owner.get(address).content.decode()
    assert "Przed pacjentem jest jeszcze 1 wizyta" in page
    assert "Tego nie da się cofnąć" in page

    staff.owner.post(address)

    patient.refresh_from_db()
    assert (patient.last_name, patient.phone, patient.search_key) == ("", "", "")
    assert patient.erased_at == NOW
    assert not messages(visit, status="planned")
    assert "Pacjent usunięty" in card_of(staff.owner, patient)
    assert AuditEntry.objects.filter(action="patient.erased", object_id=patient.pk).count() == 1


@pytest.mark.parametrize("role", list(Role))
def test_every_role_may_change_a_card_and_the_office_alone_merges(staff: Staff, scene: Scene, role: Role) -> None:
    client = staff.of(role)

    assert client.get(reverse("desk:patient_edit", args=[scene.patient.pk])).status_code == HTTPStatus.OK
    expected = HTTPStatus.FORBIDDEN if role is Role.DOCTOR else HTTPStatus.OK
    assert client.get(reverse("desk:patient_doubles")).status_code == expected
