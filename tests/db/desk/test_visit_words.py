"""What a visit is called at an instant."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from myosotis.domain.words import VisitStatus
from myosotis.store.models import Visit
from myosotis.web.desk.visits.words import status_of

START = datetime(2027, 3, 15, 9, 0, tzinfo=UTC)
END = START + timedelta(minutes=30)


@pytest.mark.parametrize(
    ("status", "now", "said"),
    [
        (VisitStatus.BOOKED, START, "umówiona"),
        (VisitStatus.CONFIRMED, END - timedelta(seconds=1), "potwierdzona"),
        (VisitStatus.BOOKED, END, "minęła"),
        (VisitStatus.CONFIRMED, END, "minęła"),
        (VisitStatus.CANCELLED, END, "odwołana"),
        (VisitStatus.NO_SHOW, END, "nieobecność"),
        (VisitStatus.DONE, END, "odbyła się"),
    ],
)
def test_a_visit_that_has_ended_is_not_booked_any_more(status: VisitStatus, now: datetime, said: str) -> None:
    with translation.override("pl"):
        assert str(status_of(Visit(status=status, start=START, end=END), now)[0]) == said
