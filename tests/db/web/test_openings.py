"""How often links may be followed from one place (docs/rules.md 5)."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from myosotis.store import pruning
from myosotis.store.models import RateCount, Visit
from tests.db.web.letters import Letter, force

NOBODYS = "0123456789abcdefg"


@pytest.mark.usefixtures("wall")
def test_guessing_ends_soon_and_opening_hardly_ever(client: Client, mail: Letter) -> None:
    for _ in range(100):
        assert client.get(mail.open).status_code == 200
    wrong = [client.get(f"/{NOBODYS}").status_code for _ in range(40)]
    assert wrong == [404] * 20 + [429] * 20
    answer = client.get(mail.open, headers={"accept-language": "pl"})
    assert answer.status_code == 429
    assert "spróbować ponownie za minutę" in answer.content.decode()
    assert client.get(mail.open, REMOTE_ADDR="198.51.100.7").status_code == 200


def test_the_next_minute_begins_anew(client: Client, mail: Letter, wall: list[datetime]) -> None:
    for _ in range(31):
        client.get(f"/{NOBODYS}")
    assert client.get(mail.open).status_code == 429
    wall[0] += timedelta(minutes=1)
    assert client.get(mail.open).status_code == 200


def test_no_address_is_kept_and_tomorrow_nobody_finds_it_again(
    client: Client, mail: Letter, wall: list[datetime]
) -> None:
    for days in (0, 1):
        wall[0] += timedelta(days=days)
        client.get(mail.open, REMOTE_ADDR="198.51.100.7")
    names = list(RateCount.objects.values_list("name", flat=True))
    assert not any("198.51" in name for name in names)
    assert len({name.split(":")[1] for name in names}) == 2
    assert sum(pruning.prune_counts(wall[0] + timedelta(minutes=1)))
    assert not RateCount.objects.exists()


def test_opting_out_is_never_turned_away(client: Client, visit: Visit) -> None:
    review = force(visit, visit.end, kind="review", channel="email")
    for _ in range(40):
        client.get(f"/{NOBODYS}")
    assert client.post(review.unsubscribe, {"List-Unsubscribe": "One-Click"}).status_code == 200
    visit.patient.refresh_from_db()
    assert visit.patient.no_review
