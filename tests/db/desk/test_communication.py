"""The tab "Komunikacja": switches, the difference before saving, taking back, previews, trials, copying."""

import re
from datetime import timedelta
from http import HTTPStatus

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from myosotis.domain.values import Switches
from myosotis.domain.words import Channel, Kind, Role
from myosotis.flows.switches_changed import NAMES
from myosotis.store.models import Calendar, Message, MessageText, Practice
from myosotis.web.desk.communication.previews import KINDS
from myosotis.web.desk.communication.switches import mask_of, switches_of
from tests.db.desk.conftest import Staff, browser_of, make_staff
from tests.db.make import NEXT_WEEK, NOW, Scene, book, make_calendar, make_doctor, make_patient, make_practice
from tests.db.web.letters import Hand

ALL_ON = dict.fromkeys(NAMES, "on")
PLANNED = ("planned", "waiting")


def form(*off: str, **more: str) -> dict[str, str]:
    return {name: on for name, on in ALL_ON.items() if name not in off} | more


def address(calendar: Calendar, part: str = "") -> str:
    return reverse(f"desk:communication{part and '_' + part}", args=[calendar.pk])


def text_of(answer: object) -> str:
    body: bytes = answer.content  # type: ignore[attr-defined] # an answer of the test client
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body.decode()))


def planned(kind: Kind) -> int:
    return Message.objects.filter(kind=kind, status__in=PLANNED).count()


def undo_of(client: Client, url: str) -> str:
    found = re.search(r'action="([^"]*communication/back[^"]*)"', client.get(url).content.decode())
    assert found
    return found[1].replace("&amp;", "&")


@pytest.fixture
def visits(scene: Scene, hand: Hand) -> list[object]:
    """Three visits with their reminders planned."""
    return [book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + timedelta(days=day)) for day in range(3)]


def test_six_numbers_make_one_and_back() -> None:
    assert [mask_of(switches_of(mask)) for mask in range(64)] == list(range(64))
    assert switches_of(63) == Switches()
    for wrong in (-1, 64):
        with pytest.raises(ValueError, match=str(wrong)):
            switches_of(wrong)


def test_every_switch_stands_with_its_explanation(staff: Staff, scene: Scene) -> None:
    Calendar.objects.filter(pk=scene.calendar.pk).update(reminder=False)
    for role in Role:
        page = staff.of(role).get(address(scene.calendar)).content.decode()
        assert set(re.findall(r'role="switch" id="switch-\w+" name="(\w+)"', page)) == set(NAMES)
        assert len(re.findall(r'role="switch"[^>]* checked', page)) == 5
        assert "więcej niż 72 godziny" in page
        assert "Zawsze włączone" in page


def test_the_difference_is_shown_and_nothing_is_saved(staff: Staff, scene: Scene, visits: list[object]) -> None:
    answer = staff.owner.post(address(scene.calendar, "difference"), form("reminder"))
    assert "Przypomnienie zniknie 6" in text_of(answer)
    assert "przy 3 wizytach (z 3" in text_of(answer)
    scene.calendar.refresh_from_db()
    assert scene.calendar.reminder
    assert planned(Kind.REMINDER) == 6


def test_what_was_shown_is_what_saving_does_and_it_can_be_taken_back(
    staff: Staff, scene: Scene, visits: list[object]
) -> None:
    saved = staff.owner.post(address(scene.calendar), form("reminder", was="63"))
    assert (saved.status_code, saved.headers["Location"]) == (HTTPStatus.SEE_OTHER, address(scene.calendar))
    assert planned(Kind.REMINDER) == 0
    page = staff.owner.get(address(scene.calendar))
    assert "znikło 6 zaplanowanych wiadomości, pojawiło się 0 (3 wizyty)" in text_of(page)

    staff.owner.post(address(scene.calendar), form("reminder", "review", was="61"))
    undo = undo_of(staff.owner, address(scene.calendar))
    answer = staff.owner.post(undo, headers={"HX-Request": "true"})
    assert "pojawiło się 6 (3 wizyty)" in text_of(answer)
    scene.calendar.refresh_from_db()
    assert scene.calendar.switches == Switches(reminder=False)


def test_what_is_taken_back_too_late_is_not_made_up_for(
    staff: Staff, scene: Scene, visits: list[object], hand: Hand
) -> None:
    staff.owner.post(address(scene.calendar), form("reminder", was="63"))
    undo = undo_of(staff.owner, address(scene.calendar))
    hand.set(NEXT_WEEK - timedelta(hours=47))
    answer = staff.owner.post(undo, headers={"HX-Request": "true"})
    assert "pojawiły się 4 (2 wizyty)" in text_of(answer)
    assert planned(Kind.REMINDER) == 4


def test_somebody_else_was_faster(staff: Staff, scene: Scene) -> None:
    staff.receptionist.post(address(scene.calendar), form("offer", was="63"))
    answer = staff.owner.post(address(scene.calendar), form("review", was="63"))
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "Ktoś inny zmienił" in text_of(answer)
    scene.calendar.refresh_from_db()
    assert scene.calendar.switches == Switches(offer=False)

    undo = f"{reverse('desk:communication_back')}?set=63&was={scene.calendar.pk}-0"
    assert "Ktoś inny zmienił" in text_of(staff.owner.post(undo, headers={"HX-Request": "true"}))
    scene.calendar.refresh_from_db()
    assert scene.calendar.switches == Switches(offer=False)


def test_copying_shows_each_difference_and_is_undone_as_one(staff: Staff, scene: Scene, visits: list[object]) -> None:
    source = make_calendar(scene.practice, make_doctor(scene.practice, "Jan Źrebiec"), reminder=False)
    other = make_calendar(scene.practice, make_doctor(scene.practice, "Ewa Lis"), review=False)
    ids = {"target_ids": [scene.calendar.pk, other.pk]}
    shown = text_of(staff.owner.post(address(source, "copy_difference"), ids))
    assert "Różni się: Przypomnienie Przypomnienie zniknie 6" in shown
    assert "Różni się: Przypomnienie, Opinia Żadna zaplanowana wiadomość się nie zmieni." in shown
    assert planned(Kind.REMINDER) == 6

    staff.owner.post(address(source, "copy"), ids)
    assert {calendar.switches for calendar in Calendar.objects.all()} == {Switches(reminder=False)}
    staff.owner.post(undo_of(staff.owner, reverse("desk:communications")))
    assert [Calendar.objects.get(pk=one.pk).switches for one in (scene.calendar, other)] == [
        Switches(),
        Switches(review=False),
    ]
    assert planned(Kind.REMINDER) == 6


def test_a_doctor_copies_into_own_calendars_only(staff: Staff, scene: Scene) -> None:
    own = make_calendar(scene.practice, scene.calendar.doctor, reminder=False)
    colleague = make_calendar(scene.practice, make_doctor(scene.practice, "Ewa Lis"))
    ids = {"target_ids": [scene.calendar.pk, colleague.pk]}
    assert "Lis" not in text_of(staff.doctor.get(address(own, "copy")))
    assert "Lis" not in text_of(staff.doctor.post(address(own, "copy_difference"), ids))
    staff.doctor.post(address(own, "copy"), ids)
    assert Calendar.objects.get(pk=colleague.pk).reminder
    assert not Calendar.objects.get(pk=scene.calendar.pk).reminder
    back = f"{reverse('desk:communication_back')}?set=63&was={colleague.pk}-0"
    assert staff.doctor.post(back).status_code == HTTPStatus.NOT_FOUND


def test_every_message_is_shown_on_every_channel(staff: Staff, scene: Scene) -> None:
    for kind in KINDS:
        for channel in ("sms", "email", "push"):
            query = {"kind": kind, "channel": channel, "language": "en", "names": "all"}
            answer = staff.owner.get(address(scene.calendar, "preview"), query)
            assert "phone-body" in answer.content.decode(), query
        framed = staff.owner.get(address(scene.calendar, "mail"), {"kind": kind})
        assert 'lang="pl"' in framed.content.decode()


def test_the_sms_is_counted_with_and_without_polish_letters(staff: Staff, scene: Scene) -> None:
    Practice.objects.update(sms_letters="keep", sms_price="0.2000")
    shown = text_of(staff.owner.get(address(scene.calendar, "preview"), {"kind": "details", "channel": "sms"}))
    assert "UCS-2" in shown
    assert "Te litery podnoszą cenę:" in shown
    stripped = staff.owner.get(
        address(scene.calendar, "preview"), {"kind": "details", "channel": "sms", "letters": "strip"}
    )
    assert "GSM-7" in text_of(stripped)
    assert re.search(r"zwykłe nazwiska 2 części, 0,40 zł 1 część, 0,20 zł", shown)


def test_the_mail_may_do_nothing_but_be_looked_at(staff: Staff, scene: Scene) -> None:
    answer = staff.owner.get(address(scene.calendar, "mail"))
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert policy.endswith("; sandbox")
    assert "frame-ancestors 'self'" in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "script-src 'self'" in staff.owner.get(address(scene.calendar)).headers["Content-Security-Policy"]


def test_the_actions_switch_shows_in_the_preview_before_it_is_saved(staff: Staff, scene: Scene) -> None:
    on = text_of(staff.owner.get(address(scene.calendar, "mail"), {"actions": "on"}))
    off = text_of(staff.owner.get(address(scene.calendar, "mail")))
    assert on != off


def test_previews_know_this_practice_only(staff: Staff, scene: Scene) -> None:
    other = make_practice(name="Tajna Przychodnia")
    foreign = make_calendar(other, make_doctor(other, "Obcy Lekarz"))
    for part in ("", "preview", "mail", "copy", "trial"):
        answer = staff.owner.get(address(foreign, part))
        assert answer.status_code == HTTPStatus.NOT_FOUND
        assert "Obcy" not in text_of(answer)
    shown = text_of(staff.owner.get(address(scene.calendar, "mail")))
    assert scene.calendar.doctor.name in shown
    assert "Tajna" not in shown
    assert scene.patient.last_name not in shown


def test_a_trial_goes_to_oneself_and_its_state_is_told(staff: Staff, scene: Scene) -> None:
    url = address(scene.calendar, "trial")
    answer = staff.owner.post(url, {"by": "email", "kind": "details", "address": "ja@example.org"})
    message = Message.objects.get(kind=Kind.TEST)
    assert (message.channel, MessageText.objects.get(message=message).address) == (Channel.EMAIL, "ja@example.org")
    state = f"{url}?message={message.pk}"
    assert f'hx-get="{state}"' in answer.content.decode()
    Message.objects.update(status="sent", sent_at=NOW)
    done = staff.owner.get(state)
    assert "wysłano" in text_of(done)
    assert f'hx-get="{state}"' not in done.content.decode()


@pytest.mark.parametrize(
    ("by", "to", "said"),
    [
        ("sms", "12 345", "To nie jest numer telefonu."),
        ("sms", "12 424 00 00", "Telefon stacjonarny nie odbiera SMS-ów."),
        ("email", "nikt", "adres"),
        ("email", "", "pole"),
    ],
)
def test_a_wrong_address_is_said_at_its_field(staff: Staff, scene: Scene, by: str, to: str, said: str) -> None:
    answer = staff.owner.post(address(scene.calendar, "trial"), {"by": by, "kind": "details", "address": to})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert said in text_of(answer)
    assert not Message.objects.exists()


def test_a_trial_of_another_calendar_is_not_told(staff: Staff, scene: Scene) -> None:
    colleague = make_calendar(scene.practice, make_doctor(scene.practice, "Ewa Lis"))
    staff.owner.post(address(colleague, "trial"), {"by": "email", "kind": "details", "address": "ja@example.org"})
    message = Message.objects.get(kind=Kind.TEST)
    for client in (staff.owner, staff.doctor):
        answer = client.get(address(scene.calendar, "trial"), {"message": message.pk})
        assert answer.status_code == HTTPStatus.NOT_FOUND


def test_without_a_calendar_the_list_says_what_to_do(hand: Hand, db: None) -> None:
    client = browser_of(make_staff(make_practice(), Role.OWNER))
    assert "Nie ma jeszcze kalendarza" in text_of(client.get(reverse("desk:communications")))


def test_queries_do_not_grow_with_calendars_and_visits(
    staff: Staff, scene: Scene, visits: list[object], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        calendar = make_calendar(scene.practice, make_doctor(scene.practice, f"Lekarz {number}"))
        book(calendar, make_patient(scene.practice))
    with django_assert_max_num_queries(10):
        staff.owner.get(reverse("desk:communications"))
    with django_assert_max_num_queries(25):
        staff.owner.get(address(scene.calendar))
    with django_assert_max_num_queries(20):
        staff.owner.post(address(scene.calendar, "difference"), form("reminder"))
