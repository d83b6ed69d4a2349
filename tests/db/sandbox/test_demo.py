"""The demo practice has something to show on its public pages."""

import pytest
from django.test import Client

from myosotis.domain.words import MessageStatus
from myosotis.sandbox.demo.opinions import OPINIONS, give_opinions
from myosotis.sandbox.demo.practice import BEGINNING, make_practice
from myosotis.sandbox.demo.visits import VISITS, book_all
from myosotis.store.models import Message, Practice, Visit
from myosotis.store.opinions import shown
from tests.db.web.letters import take_clock


@pytest.fixture
def practice(db: None) -> Practice:
    practice = make_practice(BEGINNING)
    give_opinions(practice, BEGINNING)
    book_all(practice, BEGINNING)
    return practice


def test_of_visits_held_before_nothing_is_sent(practice: Practice) -> None:
    held = Visit.objects.filter(practice=practice, end__lt=BEGINNING)
    assert (held.count(), practice.visits.count()) == (len(OPINIONS), len(OPINIONS) + VISITS)
    pending = (MessageStatus.PLANNED, MessageStatus.WAITING)
    assert not Message.objects.filter(visit__in=held, status__in=pending).exists()


def test_good_and_bad_opinions_stand_there_and_one_was_kept_back(practice: Practice) -> None:
    opinions = {doctor.slug: shown(doctor, BEGINNING, 10) for doctor in practice.doctors.all()}
    assert {slug: found.count for slug, found in opinions.items()} == {"anna-nowicka": 2, "piotr-zielinski": 3}
    assert min(opinion.stars for found in opinions.values() for opinion in found.latest) == 2
    assert sum(opinions["anna-nowicka"].not_published.values()) == 1


@pytest.mark.parametrize("slug", ["anna-nowicka", "piotr-zielinski"])
def test_every_doctor_can_be_booked(
    practice: Practice, client: Client, slug: str, tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    take_clock(tmp_path_factory.mktemp("clock"), monkeypatch).set(BEGINNING)
    assert "Najbliższe wolne terminy" in client.get(f"/d/{slug}").content.decode()
    for calendar in practice.calendars.filter(doctor__slug=slug, online_booking=True):
        for service in calendar.services.all():
            page = client.get(f"/d/{slug}/{calendar.pk}?service={service.pk}").content.decode()
            assert 'name="start"' in page
