"""The example of docs/rules.md 4, as patients live through it: a Monday that somebody leaves on Saturday."""

import pytest

from myosotis import clock
from myosotis.domain.words import Via
from myosotis.flows import actor, offer_answered
from myosotis.flows.errors import Conflict
from myosotis.store.models import Candidate
from tests.db.acceptance.stage import DAY, HOUR, MINUTE, Person, Stage, local

MONDAY = local(2027, 3, 15, 8)
SATURDAY = local(2027, 3, 13, 10)
SUNDAY = local(2027, 3, 14, 7)
WEDNESDAY = local(2027, 3, 17, 8)
QUIET = {"switches": {"details": False, "reminder": False, "review": False, "rebook": False}}
"""So that nothing else is in the way."""


class Waiting:
    """Somebody leaves Monday 08:00; twelve have visits from Wednesday 08:00 on, one on Friday."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.freed = stage.book(stage.patient(), MONDAY, **QUIET)
        self.people: list[Person] = [stage.patient() for _ in range(12)]
        self.visits = [
            stage.book(person, WEDNESDAY + number * HOUR, **QUIET) for number, person in enumerate(self.people)
        ]
        self.friday = stage.patient()
        stage.book(self.friday, WEDNESDAY + 2 * DAY, **QUIET)

    def cancel(self) -> None:
        """The patient says so on the phone; staff note it."""
        self.stage.cancel(self.freed, by="patient", via="desk")

    def offers(self, *people: Person) -> list[tuple[str, object]]:
        """Channel and time of every offer that arrived."""
        return [(one.channel, one.at) for one in self.stage.arrived(*people) if one.kind == "offer"]

    def take(self, number: int) -> None:
        """The person follows the link and takes it."""
        one = Candidate.objects.filter(visit_id=self.visits[number], passed_over="").latest("id")
        offer_answered.accept(
            practice=self.stage.practice,
            candidate_id=one.pk,
            actor=actor.patient(self.people[number].id),
            via=Via.PORTAL,
            now=clock.now(),
        )


@pytest.fixture
def waiting(stage: Stage) -> Waiting:
    return Waiting(stage)


def test_on_saturday_monday_is_offered_and_the_winners_wednesday_in_turn(stage: Stage, waiting: Waiting) -> None:
    stage.until(SATURDAY)
    waiting.cancel()
    stage.wait(MINUTE)
    at = SATURDAY + MINUTE
    for person in waiting.people[:10]:
        assert sorted(waiting.offers(person)) == [("email", at), ("sms", at)]
    assert waiting.offers(*waiting.people[10:]) == []
    first = next(one for one in stage.arrived(waiting.people[0]) if one.channel == "sms")
    assert "15.03, 08:00" in first.text
    assert "17.03, 08:00" in first.text
    stage.wait(5 * MINUTE)
    waiting.take(0)
    stage.wait(MINUTE)
    assert stage.visit(waiting.visits[0])["start"] == "2027-03-15T07:00:00Z"
    (moved,) = [one for one in stage.arrived(waiting.people[0]) if one.kind == "moved"]
    assert moved.channel == "email"
    taken, following = stage.asked(stage.call.get("offers"))["items"]
    assert (taken["closed_because"], following["cause"]) == ("taken", taken["id"])
    assert following["start"] == "2027-03-17T07:00:00Z"
    assert sorted(waiting.offers(waiting.friday)) == [("email", clock.now() - MINUTE), ("sms", clock.now() - MINUTE)]
    with pytest.raises(Conflict, match="offer_taken"):
        waiting.take(1)
    stage.until(MONDAY)
    assert all(len(waiting.offers(person)) == 2 for person in waiting.people[1:10])


def test_at_ten_to_midnight_on_saturday_they_leave_together_on_sunday_at_seven(stage: Stage, waiting: Waiting) -> None:
    stage.until(SATURDAY + 13 * HOUR + 50 * MINUTE)
    waiting.cancel()
    stage.until(SUNDAY)
    assert len(waiting.offers()) == 20
    assert {at for _, at in waiting.offers()} == {SUNDAY}


def test_on_sunday_there_is_no_offer(stage: Stage, waiting: Waiting) -> None:
    stage.until(SATURDAY + DAY)
    waiting.cancel()
    stage.until(MONDAY)
    assert waiting.offers() == []
    assert stage.asked(stage.call.get("offers"))["items"] == []


def test_undone_within_the_minute_nobody_hears_of_it(stage: Stage, waiting: Waiting) -> None:
    stage.until(SATURDAY)
    waiting.cancel()
    stage.wait(MINUTE / 2)
    stage.asked(stage.call.post(f"visits/{waiting.freed}/undo"))
    stage.until(MONDAY)
    assert waiting.offers() == []


def test_one_click_in_the_mail_ends_such_offers(stage: Stage, waiting: Waiting) -> None:
    stage.until(SATURDAY)
    waiting.cancel()
    stage.wait(MINUTE)
    mail = next(one for one in stage.arrived(waiting.people[0]) if one.kind == "offer" and one.mail is not None)
    assert mail.mail is not None
    assert mail.mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = next(path for path in mail.links if path.startswith("/u/"))
    assert stage.call.client.post(link).status_code == 200
    other = stage.book(stage.patient(), MONDAY - HOUR, **QUIET)
    stage.asked(stage.call.post(f"offers/{stage.asked(stage.call.get('offers'))['items'][0]['id']}/stop"))
    stage.cancel(other, by="patient")
    stage.wait(MINUTE)
    assert len(waiting.offers(waiting.people[0])) == 2
    assert len(waiting.offers(waiting.people[1])) == 4
