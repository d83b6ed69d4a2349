"""Booking through the public pages, as a patient with a browser does it (docs/rules.md 5)."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from myosotis.domain.words import Channel, ConsentBasis, Kind, Language, Party, Via
from myosotis.flows import time_held, visit_cancelled, visit_changed
from myosotis.store.models import (
    Address,
    Calendar,
    Consent,
    Hold,
    Message,
    Opinion,
    Patient,
    PhoneVerification,
    ProviderAccount,
    Service,
    Visit,
)
from tests.db.make import ACTOR, NEXT_WEEK, NOW, Scene, ahead, book, make_calendar, make_patient, make_service
from tests.db.web.letters import Hand
from tests.db.web.portal import PHONE, START, TYPED, Portal, Visitor, only_hold, open_portal, sent_code, wrong_code

MINUTE = timedelta(minutes=1)


@pytest.fixture
def portal(scene: Scene) -> Portal:
    return open_portal(scene)


@pytest.fixture
def visitor(portal: Portal, client: Client, hand: Hand) -> Visitor:
    return Visitor(portal=portal, client=client, hand=hand)


# --- the profile ---------------------------------------------------------------------------------------------------


def test_the_profile_says_who_where_what_and_when_next(visitor: Visitor) -> None:
    doctor, address = visitor.portal.scene.calendar.doctor, visitor.portal.scene.calendar.address
    doctor.specialty, doctor.profile = "Kardiologia", "Leczy serca.\nOd 20 lat."
    doctor.save()
    address.directions, address.map_url = "Wejście od podwórza.", "https://example.org/mapa"
    address.save()
    page = visitor.text(visitor.portal.profile)
    for words in (
        "dr n. med. Anna Nowak", "Kardiologia", "Leczy serca.", "ul. Lipowa 7", "Kraków", "Wejście od podwórza.",
        "https://example.org/mapa", "Konsultacja", "30 min", "poniedziałek 1 marca 2027, 11:00",
        "wtorek 2 marca 2027, 08:00", "środa 3 marca 2027, 08:00", visitor.portal.times,
    ):  # fmt: skip
        assert words in page
    assert "noindex" not in page


def test_anybody_may_find_the_profile_but_not_the_form(visitor: Visitor) -> None:
    assert "X-Robots-Tag" not in visitor.client.get(visitor.portal.profile).headers
    form = visitor.client.get(visitor.take())
    assert (form.headers["X-Robots-Tag"], form.headers["Cache-Control"]) == ("noindex, nofollow", "no-store")


def test_a_doctor_with_whom_nothing_can_be_booked_online_has_no_profile(visitor: Visitor) -> None:
    portal = visitor.portal
    Service.objects.update(online=False)
    visitor.text(portal.profile, 404)
    Service.objects.update(online=True, active=False)
    visitor.text(portal.profile, 404)
    Service.objects.update(active=True)
    Calendar.objects.update(online_booking=False)
    visitor.text(portal.profile, 404)
    visitor.text(portal.times, 404)
    assert visitor.text("/d/nobody", 404) == visitor.text(portal.profile, 404).replace("anna-nowak", "nobody")


def test_where_one_address_has_no_online_booking_its_phone_stands_there(visitor: Visitor) -> None:
    scene = visitor.portal.scene
    other = make_calendar(scene.practice, scene.calendar.doctor, online_booking=False)
    Address.objects.filter(pk=other.address_id).update(phone="+48481003000")
    page = visitor.text(visitor.portal.profile)
    assert "tel:+48481003000" in page
    assert f"/d/anna-nowak/{other.pk}" not in page
    visitor.text(f"/d/anna-nowak/{other.pk}", 404)


def test_the_profile_speaks_the_language_of_the_browser_or_as_chosen(visitor: Visitor) -> None:
    english = visitor.client.get(visitor.portal.profile, headers={"Accept-Language": "en-GB"})
    assert "Choose a time" in english.content.decode()
    assert english.headers["Content-Language"] == "en"
    assert "Wybierz termin" in visitor.client.get(f"{visitor.portal.profile}?lang=pl").content.decode()


def test_opinions_stand_there_with_their_answers_and_how_many_do_not(visitor: Visitor) -> None:
    scene = visitor.portal.scene
    said = [("Słuchała uważnie.", 5, {}), ("Długo czekałam.", 2, {"answer": "Przepraszamy."}), ("Sekret", 1, None)]
    for days, (text, stars, given) in enumerate(said):
        visit = book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + timedelta(days=days))
        rejected = (
            {"rejected_at": NOW, "rejected_because": "insult"} if given is None else {"published_at": NOW, **given}
        )
        Opinion.objects.create(
            practice=scene.practice, visit=visit, doctor=scene.calendar.doctor, calendar=scene.calendar, stars=stars,
            text=text, given_at=NOW, **rejected,
        )  # fmt: skip
    page = visitor.text(visitor.portal.profile)
    for words in (
        "3,5",
        "Słuchała uważnie.",
        "Długo czekałam.",
        "Przepraszamy.",
        "obelgi lub groźby: 1",
        "Pacjent, 1 marca",
    ):
        assert words in page, words
    assert "Sekret" not in page


# --- free times ----------------------------------------------------------------------------------------------------


def test_the_only_service_need_not_be_chosen(visitor: Visitor) -> None:
    assert "Wybierz termin" in visitor.text(visitor.portal.times)


def test_of_several_services_one_is_chosen_first(visitor: Visitor) -> None:
    echo = make_service(visitor.portal.scene.calendar, "Echo serca", minutes=40)
    make_service(visitor.portal.scene.calendar, "Tylko w gabinecie", online=False)
    page = visitor.text(visitor.portal.times)
    assert f"?service={echo.pk}" in page
    assert "Tylko w gabinecie" not in page
    assert "Echo serca, 40 min" in visitor.text(f"{visitor.portal.times}?service={echo.pk}")


def test_a_week_of_free_times_by_day_without_those_taken(visitor: Visitor) -> None:
    scene = visitor.portal.scene
    book(scene.calendar, scene.patient, NEXT_WEEK, service_id=visitor.portal.service.pk)
    page = visitor.text(f"{visitor.portal.times}?from=2027-03-10")
    assert "środa 10 marca 2027" in page
    assert "wtorek 16 marca 2027" in page
    assert "środa 17 marca 2027" not in page
    assert START not in page
    assert "2027-03-10T09:30:00Z" in page
    assert "?service=" in page


def test_it_begins_with_the_first_free_day_and_an_empty_week_says_when_next(visitor: Visitor) -> None:
    Calendar.objects.update(booking_lead_minutes=20 * 24 * 60)
    first = visitor.text(visitor.portal.times)
    assert "niedziela 21 marca 2027" in first
    empty = visitor.text(f"{visitor.portal.times}?from=2027-03-05")
    assert "from=2027-03-21" in empty
    assert "niedziela 21 marca 2027" in empty


def test_where_nothing_is_free_at_all_there_is_the_phone(visitor: Visitor) -> None:
    visitor.portal.scene.calendar.opening_hours.all().delete()
    page = visitor.text(visitor.portal.times)
    assert "tel:+48124000000" in page
    assert 'name="start"' not in page


@pytest.mark.parametrize("asked", ["from=yesterday", "from=0001-01-01", "from=9999-12-31", "service=x", "service=-1"])
def test_odd_questions_are_no_trouble(visitor: Visitor, asked: str) -> None:
    visitor.text(f"{visitor.portal.times}?{asked}")


def test_times_are_those_of_the_address_and_its_clock_is_named_abroad(visitor: Visitor) -> None:
    Address.objects.update(time_zone="Europe/London")
    page = visitor.text(f"{visitor.portal.times}?from=2027-03-10")
    assert "UTC+0" in page
    assert re.search(rf'value="{START}">09:00<', page)


def test_the_hour_that_comes_twice_is_told_apart(visitor: Visitor) -> None:
    visitor.hand.set(NOW.replace(month=10, day=20))
    visitor.portal.scene.calendar.opening_hours.update(opens="01:00")
    page = visitor.text(f"{visitor.portal.times}?from=2027-10-31")
    assert "02:00 (czas letni, UTC+2)" in page
    assert "02:00 (czas zimowy, UTC+1)" in page


# --- the whole way -------------------------------------------------------------------------------------------------


def test_from_a_time_to_a_visit(visitor: Visitor) -> None:
    form = visitor.take()
    page = visitor.text(form)
    assert "środa 10 marca 2027" in page
    assert "do godz. 10:10" in page
    answer = visitor.fill_in(form)
    assert answer.headers["Location"] == f"{form}/code"
    assert "+48 601 234 567" in visitor.text(f"{form}/code")
    assert visitor.enter(form, sent_code()).headers["Location"] == f"{form}/done"
    done = visitor.text(f"{form}/done")
    assert "Wizyta jest umówiona" in done
    visit = Visit.objects.get()
    assert (visit.start, visit.booked_by, visit.event_via) == (NEXT_WEEK, Party.PATIENT, Via.PORTAL)
    assert (visit.patient.phone, visit.patient.email) == (PHONE, "lucja@example.org")
    assert {("details", "sms"), ("details", "email"), ("review", "sms")} <= ahead(visit)


def test_the_calendar_file_is_behind_the_same_key(visitor: Visitor) -> None:
    form = visitor.book()
    file = visitor.client.get(f"{form}/visit.ics")
    assert file.headers["Content-Type"].startswith("text/calendar")
    assert b"BEGIN:VEVENT" in file.content
    assert form.encode() not in file.content  # it outlives this page


def test_sent_twice_gone_back_or_in_a_second_tab_it_is_one_visit(visitor: Visitor) -> None:
    form = visitor.book()
    assert visitor.enter(form, "000000").headers["Location"] in (form, f"{form}/done")
    for path in (form, f"{form}/code"):
        followed = visitor.client.get(path, follow=True)
        assert followed.redirect_chain[-1][0] == f"{form}/done"
    assert visitor.client.post(form, TYPED, follow=True).redirect_chain[-1][0] == f"{form}/done"
    assert visitor.client.post(f"{form}/back", follow=True).redirect_chain[-1][0] == f"{form}/done"
    assert Visit.objects.count() == 1


def test_a_time_pressed_twice_is_one_hold(visitor: Visitor) -> None:
    page = visitor.text(f"{visitor.portal.times}?from=2027-03-10")
    key = re.search(r'name="key" value="(\w{22})"', page)
    assert key
    sent = {"service": visitor.portal.service.pk, "start": START, "key": key[1]}
    addresses = {Client().post(visitor.portal.times, sent).headers["Location"] for _ in range(2)}
    assert addresses == {f"/h/{key[1]}"}
    assert Hold.objects.count() == 1


def test_another_time_from_the_same_browser_replaces_the_first(visitor: Visitor) -> None:
    first = visitor.take()
    visitor.fill_in(first, last_name="Żak-Nowa")
    assert START in visitor.text(f"{visitor.portal.times}?from=2027-03-10")  # one's own hold is in nobody's way
    second = visitor.take("2027-03-10T09:15:00Z")
    assert only_hold().start == NEXT_WEEK + 15 * MINUTE
    assert "Żak-Nowa" in visitor.text(second)
    assert visitor.client.get(first).status_code == 302


def test_who_is_a_moment_later_is_told_so_beside_other_times(visitor: Visitor) -> None:
    visitor.take()
    other = Client().post(visitor.portal.times, {"service": visitor.portal.service.pk, "start": START})
    assert other.status_code == 409
    page = other.content.decode()
    assert "ten termin jest już zajęty" in page
    assert 'name="start"' in page


def test_three_times_at_most_are_held_from_one_place(visitor: Visitor) -> None:
    sent = [
        Client().post(
            visitor.portal.times, {"service": visitor.portal.service.pk, "start": f"2027-03-1{day}T09:00:00Z"}
        )
        for day in range(4)
    ]
    assert [answer.status_code for answer in sent] == [302, 302, 302, 409]
    assert "dziesięć minut" in sent[3].content.decode()


@pytest.mark.parametrize(
    "start",
    [
        "", "yesterday", "2027-03-10T03:00:00Z", "2027-02-10T09:00:00Z", "2029-03-10T09:00:00Z",
        "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z",
    ],
)  # fmt: skip
def test_a_time_that_is_none_of_the_free_ones_cannot_be_taken(visitor: Visitor, start: str) -> None:
    answer = visitor.client.post(visitor.portal.times, {"service": visitor.portal.service.pk, "start": start})
    assert answer.status_code in (200, 409)
    assert not Hold.objects.exists()


def test_given_back_the_time_is_free_for_others(visitor: Visitor) -> None:
    form = visitor.take()
    visitor.fill_in(form)
    answer = visitor.client.post(f"{form}/back")
    assert answer.headers["Location"].startswith(visitor.portal.times)
    hold = Hold.objects.get()
    assert hold.released_at is not None
    assert not hold.entered
    assert visitor.client.get(form).status_code == 302


# --- the form ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("first_name", "", "Prosimy podać imię."),
        ("first_name", "Anna2", "Anna Maria"),
        ("last_name", "  ", "Prosimy podać nazwisko."),
        ("last_name", "https://spam.example", "Nowak-Kowalska"),
        ("first_name", "Wygrana na spam.example", "Anna Maria"),  # mail programs make a link of it
        ("phone", "", "Prosimy podać numer telefonu komórkowego."),
        ("phone", "12345", "601 234 567"),
        ("phone", "12 400 00 00", "telefon stacjonarny"),
        ("email", "anna@", "anna.kowalska@example.com"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    visitor: Visitor, field: str, typed: str, said: str
) -> None:
    form = visitor.take()
    answer = visitor.fill_in(form, **{field: typed})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert f'id="{field}-wrong"' in page
    kept = {**TYPED, field: typed}
    for name in ("first_name", "last_name", "phone", "email"):
        assert f'value="{kept[name]}"' in page
    assert not PhoneVerification.objects.exists()
    assert kept["last_name"].strip() in visitor.text(form)


@pytest.mark.parametrize(
    "name", ["Anna-Maria", "O’Brien", "d'Arc", "Łukasz", "Müller", "Олена", "José Luis", "Nguyễn", "J.R.R. Nowak jr."]
)
def test_names_of_all_alphabets_are_taken(visitor: Visitor, name: str) -> None:
    assert visitor.fill_in(visitor.take(), last_name=name).status_code == 302


def test_a_fixed_line_gets_the_number_to_call(visitor: Visitor) -> None:
    page = visitor.fill_in(visitor.take(), phone="12 400 00 00").content.decode()
    assert "tel:+48124000000" in page


def test_the_consent_is_asked_unticked_and_recorded_in_its_words(visitor: Visitor) -> None:
    practice = visitor.portal.scene.practice
    practice.consent_basis = ConsentBasis.CARD
    practice.save()
    form = visitor.take()
    page = visitor.text(form)
    assert 'name="consent" value="yes">' in page
    visitor.fill_in(form, consent="yes")
    visitor.enter(form, sent_code())
    consent = Consent.objects.get()
    assert consent.wording.startswith("Zgadzam się")
    assert practice.name in consent.wording
    assert consent.wording in page


def test_without_the_tick_there_is_no_consent(visitor: Visitor) -> None:
    practice = visitor.portal.scene.practice
    practice.consent_basis = ConsentBasis.CARD
    practice.save()
    visitor.book()
    assert not Consent.objects.exists()
    assert ("review", "sms") not in ahead(Visit.objects.get())


def test_no_consent_is_asked_where_the_practice_collects_it(visitor: Visitor) -> None:
    assert 'name="consent"' not in visitor.text(visitor.take())


def test_the_privacy_notice_stands_on_the_form(visitor: Visitor) -> None:
    practice = visitor.portal.scene.practice
    practice.privacy_notice = "Administratorem danych jest gabinet."
    practice.save()
    assert "Administratorem danych jest gabinet." in visitor.text(visitor.take())


def test_messages_come_in_the_language_that_was_chosen(visitor: Visitor) -> None:
    visitor.book(language="en")
    assert Patient.objects.get(phone=PHONE).language == Language.EN


def test_a_parent_books_for_a_child(visitor: Visitor) -> None:
    visitor.book(whom="other", first_name="Antek")
    card = Patient.objects.get(first_name="Antek")
    assert (card.phone, card.guardian_phone, card.guardian_email) == ("", PHONE, "lucja@example.org")


# --- the code ------------------------------------------------------------------------------------------------------


def test_a_wrong_code_says_how_many_tries_are_left(visitor: Visitor) -> None:
    form = visitor.take()
    visitor.fill_in(form)
    answer = visitor.enter(form, wrong_code())
    assert answer.status_code == 422
    assert "4 próby" in answer.content.decode()
    assert not Visit.objects.exists()


def test_after_five_wrong_codes_a_new_one_is_needed(visitor: Visitor) -> None:
    form = visitor.take()
    visitor.fill_in(form)
    first = sent_code()
    answers = [visitor.enter(form, wrong_code()) for _ in range(5)]
    assert 'name="code"' not in answers[-1].content.decode()
    assert visitor.enter(form, first).status_code == 422
    visitor.hand.set(NOW + 2 * MINUTE)
    assert visitor.client.post(f"{form}/code", {"again": "1"}).status_code == 302
    assert sent_code() != first
    assert visitor.enter(form, sent_code()).headers["Location"] == f"{form}/done"


def test_the_code_can_be_sent_again_and_within_a_minute_it_is_not(visitor: Visitor) -> None:
    form = visitor.take()
    visitor.fill_in(form)
    assert "od 10:01" in visitor.text(f"{form}/code")
    for seconds, sms in ((40, 1), (95, 2)):
        visitor.hand.set(NOW + timedelta(seconds=seconds))
        visitor.client.post(f"{form}/code", {"again": "1"})
        assert Message.objects.filter(kind=Kind.CODE).count() == sms


def test_the_number_can_be_corrected(visitor: Visitor) -> None:
    form = visitor.take()
    visitor.fill_in(form, phone="602 000 000")
    visitor.fill_in(form)
    assert "+48 601 234 567" in visitor.text(f"{form}/code")
    assert PhoneVerification.objects.count() == 2


def test_too_many_codes_to_a_number_are_refused_with_the_phone_to_call(visitor: Visitor) -> None:
    form = visitor.take()
    for minutes in (0, 2, 4):
        visitor.hand.set(NOW + minutes * MINUTE + 30 * MINUTE / 60)
        visitor.fill_in(form) if minutes == 0 else visitor.client.post(f"{form}/code", {"again": "1"})
    visitor.hand.set(NOW + 7 * MINUTE)
    answer = visitor.client.post(f"{form}/code", {"again": "1"})
    assert answer.status_code == 429
    assert "tel:+48124000000" in answer.content.decode()
    assert Message.objects.filter(kind=Kind.CODE).count() == 3


def test_without_an_account_for_sms_the_patient_is_asked_to_call(visitor: Visitor) -> None:
    ProviderAccount.objects.filter(channel=Channel.SMS).delete()
    answer = visitor.fill_in(visitor.take())
    assert answer.status_code == 429
    assert "tel:+48124000000" in answer.content.decode()


def test_whether_a_number_is_known_is_never_told(visitor: Visitor) -> None:
    make_patient(visitor.portal.scene.practice, first_name="Łucja", last_name="Żak", phone="+48602000000", email="")
    form = visitor.take()

    def pages(phone: str) -> list[str]:
        visitor.fill_in(form, phone=phone)
        said = [visitor.text(f"{form}/code"), visitor.enter(form, wrong_code()).content.decode()]
        return [re.sub(r"csrfmiddlewaretoken\" value=\"\w+\"|60\d \d{3} \d{3}", "", page) for page in said]

    assert pages("601 234 567") == pages("602 000 000")


# --- the time runs out ---------------------------------------------------------------------------------------------


def test_after_ten_minutes_the_same_time_is_offered_again_if_it_is_free(visitor: Visitor) -> None:
    form = visitor.take()
    visitor.hand.set(NOW + time_held.LASTS)
    answer = visitor.fill_in(form)
    page = answer.content.decode()
    assert "nadal wolny" in page
    again = visitor.client.post(f"{form}/again", {"start": START})
    visitor.hand.set(NOW + time_held.LASTS + MINUTE)
    page = visitor.text(again.headers["Location"])
    assert 'value="Żak"' in page
    assert only_hold().expires_at == NOW + 2 * time_held.LASTS


def test_once_it_is_taken_the_next_best_are_offered_and_the_proven_phone_goes_along(visitor: Visitor) -> None:
    form = visitor.take()
    visitor.fill_in(form)
    scene = visitor.portal.scene
    book(scene.calendar, scene.patient, NEXT_WEEK, service_id=visitor.portal.service.pk)
    assert visitor.enter(form, sent_code()).headers["Location"] == form
    page = visitor.text(form)
    assert "zajęty" in page
    assert "2027-03-10T09:30:00Z" in page
    other = visitor.client.post(f"{form}/again", {"start": "2027-03-10T09:30:00Z"}).headers["Location"]
    visitor.hand.set(NOW + MINUTE)
    assert visitor.fill_in(other).headers["Location"] == f"{other}/done"
    assert Visit.objects.filter(start=NEXT_WEEK + 30 * MINUTE, patient__phone=PHONE).exists()


def test_the_right_code_after_the_hold_still_books_a_free_time(visitor: Visitor) -> None:
    form = visitor.take()
    visitor.hand.set(NOW + 9 * MINUTE)
    visitor.fill_in(form)
    visitor.hand.set(NOW + 12 * MINUTE)
    assert visitor.enter(form, sent_code()).headers["Location"] == f"{form}/done"


# --- robots and strangers ------------------------------------------------------------------------------------------


def test_a_filled_trap_sends_no_code(visitor: Visitor) -> None:
    assert visitor.fill_in(visitor.take(), website="https://spam.example").status_code == 422
    assert not PhoneVerification.objects.exists()


def test_nobody_types_as_fast_as_a_program(visitor: Visitor) -> None:
    form = visitor.take()
    visitor.hand.set(NOW + timedelta(seconds=1))
    answer = visitor.fill_in(form)
    assert answer.status_code == 422
    assert 'value="Żak"' in answer.content.decode()
    visitor.hand.set(NOW + timedelta(seconds=4))
    assert visitor.fill_in(form).status_code == 302


@pytest.mark.parametrize("key", ["x", "0" * 22, "é" * 22, "0123456789abcdefABCDEF"])
@pytest.mark.parametrize("rest", ["", "/code", "/done", "/visit.ics"])
def test_every_wrong_key_gets_the_one_kind_page(visitor: Visitor, key: str, rest: str) -> None:
    page = visitor.text(f"/h/{key}{rest}", 404)
    assert "Ten link donikąd nie prowadzi" in page


@pytest.mark.usefixtures("wall")
def test_guessing_keys_ends_soon(visitor: Visitor) -> None:
    codes = [visitor.client.get(f"/h/{number:022d}").status_code for number in range(40)]
    assert codes[0] == 404
    assert codes[-1] == 429


def test_a_form_from_elsewhere_changes_nothing(portal: Portal, strict: Client, hand: Hand) -> None:
    answer = strict.post(portal.times, {"service": portal.service.pk, "start": START})
    assert answer.status_code == 403
    assert not Hold.objects.exists()


def test_looking_changes_nothing(visitor: Visitor) -> None:
    form = visitor.take()
    visitor.fill_in(form)

    def rows() -> list[object]:
        return [list(model.objects.order_by("pk").values()) for model in (Hold, PhoneVerification, Message, Visit)]

    before = rows()
    for path in (form, f"{form}/code", f"{form}/again", f"{form}/back", f"{form}/done", visitor.portal.times):
        visitor.client.get(path)
        visitor.client.head(path)
    assert rows() == before


def test_a_foreign_host_is_refused(visitor: Visitor) -> None:
    assert visitor.client.get(visitor.portal.profile, headers={"Host": "evil.example"}).status_code == 400


def test_no_personal_data_in_addresses_or_logs(visitor: Visitor, capfd: pytest.CaptureFixture[str]) -> None:
    addresses = [visitor.take()]
    addresses.append(visitor.fill_in(addresses[0]).headers["Location"])
    addresses.append(visitor.enter(addresses[0], sent_code()).headers["Location"])
    visitor.text(addresses[-1])
    said = "".join(capfd.readouterr()) + " ".join(addresses)
    for personal in ("Łucja", "Żak", "601234567", "601 234 567", "lucja", sent_code()):
        assert personal not in said


# --- afterwards ----------------------------------------------------------------------------------------------------


def test_the_page_says_how_the_visit_stands_later(visitor: Visitor) -> None:
    form = visitor.book()
    visit = Visit.objects.get()
    visit_cancelled.cancel(
        practice=visit.practice, visit_id=visit.pk, by=Party.PRACTICE, via=Via.DESK, actor=ACTOR, now=NOW + MINUTE
    )
    assert "Wizyta jest odwołana" in visitor.text(f"{form}/done")


@pytest.mark.parametrize("own_wish", [True, False])
def test_where_no_confirmation_comes_the_page_says_so_and_not_why(visitor: Visitor, *, own_wish: bool) -> None:
    """It may be a switch of the practice, or the wish on a card that nobody may learn of here."""
    Calendar.objects.update(details=own_wish)
    make_patient(visitor.portal.scene.practice, first_name="Łucja", last_name="Żak", phone=PHONE, silent=own_wish)
    page = visitor.text(f"{visitor.book()}/done")
    assert "Potwierdzenia tej wizyty nie wysyłamy" in page
    assert "w drodze" not in page


def test_a_visit_given_to_somebody_else_is_shown_no_more(visitor: Visitor) -> None:
    form = visitor.book()
    visit = Visit.objects.get()
    visit_changed.give_to(
        practice=visit.practice, visit_id=visit.pk, patient_id=visitor.portal.scene.patient.pk, correction=False,
        via=Via.DESK, actor=ACTOR, now=NOW + 2 * MINUTE,
    )  # fmt: skip
    page = visitor.text(f"{form}/done")
    assert "środa 10 marca" not in page


@pytest.mark.parametrize("path", ["profile", "times", "form"])
def test_every_page_weighs_less_than_50_kb(visitor: Visitor, path: str) -> None:
    form = visitor.take()
    page = visitor.text({"profile": visitor.portal.profile, "times": visitor.portal.times, "form": form}[path])
    files = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    weight = len(page.encode()) + sum(len(b"".join(visitor.client.get(file))) for file in set(files))
    assert weight < 50_000
