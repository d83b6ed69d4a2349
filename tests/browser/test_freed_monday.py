"""The example of docs/rules.md 4 in real browsers: a Monday that somebody leaves on Saturday."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.walk import Street, stage, street
from tests.db.acceptance.stage import DAY, HOUR, MINUTE, Arrived, Person, local

__all__ = ["stage", "street"]

pytestmark = pytest.mark.django_db(transaction=True)
MONDAY = local(2027, 3, 15, 8)
SATURDAY = local(2027, 3, 13, 10)
SUNDAY = local(2027, 3, 14, 7)
WEDNESDAY = local(2027, 3, 17, 8)
FRIDAY = local(2027, 3, 19, 10)


class Week:
    """One visit on Monday at eight, twelve from Wednesday at eight on, one on Friday."""

    def __init__(self, street: Street, language: str = "pl") -> None:
        self.street, self.stage = street, street.stage
        self.leaver = self.stage.patient(language=language)
        self.monday = self.stage.book(self.leaver, MONDAY)
        self.people = [self.stage.patient(language=language) for _ in range(12)]
        half_hours = [WEDNESDAY + number * 30 * MINUTE for number in range(12)]
        self.visits = [self.stage.book(*both) for both in zip(self.people, half_hours, strict=True)]
        self.last = self.stage.patient(language=language)
        self.stage.book(self.last, FRIDAY)

    def offers(self, *people: Person) -> list[Arrived]:
        return [one for one in self.stage.arrived(*people) if one.kind == "offer"]

    def leave_monday(self, language: str = "pl", scripts: bool = True) -> None:
        """The link of the reminder (48 h before: Saturday at eight), and there: I cannot come."""
        phone = self.street.phone(language, scripts)
        phone.follow(self.street.newest(self.leaver, "reminder"))
        phone.press("I cannot come")
        phone.press("Yes, cancel the visit")
        phone.headed("The visit is cancelled")
        assert self.stage.visit(self.monday)["status"] == "cancelled"


@pytest.mark.parametrize(("language", "scripts"), [("pl", True), ("en", False)])
def test_the_first_ten_are_asked_one_takes_it_and_the_next_offer_goes_out(
    street: Street, language: str, scripts: bool
) -> None:
    week, stage = Week(street, language), street.stage
    stage.until(SATURDAY)
    week.leave_monday(language, scripts)
    stage.wait(MINUTE)
    for person in week.people[:10]:
        assert sorted(one.brief for one in week.offers(person)) == [
            ("offer", "email", SATURDAY),
            ("offer", "sms", SATURDAY),
        ]
    assert week.offers(*week.people[10:], week.last) == []

    winner, *others = (street.phone(language, scripts) for _ in range(3))
    for phone, person in zip((winner, *others), (week.people[3], week.people[0], week.people[9]), strict=True):
        phone.follow(street.newest(person, "offer"))
        phone.headed("An earlier time has become free")
        expect(phone.page.locator(".pair .new")).to_contain_text("08:00")
    winner.press("Take the earlier time")
    winner.told("The earlier time is yours, and the visit is confirmed.")
    for phone in others:
        phone.press("Take the earlier time")
        phone.headed("The earlier time is already taken")
        assert phone.page.get_by_role("button", name=re.compile(r"^\d\d:\d\d$")).count() > 1
    late = street.phone(language, scripts)
    late.follow(street.newest(week.people[1], "offer"))
    late.headed("The earlier time is already taken")

    stage.wait(MINUTE)
    visit = stage.visit(week.visits[3])
    assert (visit["start"], visit["status"]) == ("2027-03-15T07:00:00Z", "confirmed")
    (following,) = [one for one in week.offers(week.last) if one.channel == "sms"]
    assert {"pl": "17.03, 09:30", "en": "17 Mar, 09:30"}[language] in following.text
    assert [len(week.offers(person)) for person in week.people] == [2] * 10 + [0, 0]
    after = street.phone(language, scripts)
    after.follow(following)
    after.press("No, I keep my visit")
    after.headed("Your visit stays as it is")


def test_left_at_ten_to_midnight_all_messages_leave_together_on_sunday_at_seven(street: Street) -> None:
    week, stage = Week(street), street.stage
    stage.install_app(week.people[0])
    stage.until(SATURDAY + 13 * HOUR + 50 * MINUTE)
    week.leave_monday()
    (offer,) = stage.asked(stage.call.get("offers"))["items"]
    assert (offer["start"], offer["closed_at"]) == ("2027-03-15T07:00:00Z", None)
    stage.until(SUNDAY - MINUTE)
    assert week.offers() == []
    stage.until(SUNDAY)
    assert {one.at for one in week.offers()} == {SUNDAY}
    assert len(week.offers()) == 20
    assert [one.at for one in stage.arrived(week.people[0]) if one.channel == "push"] == [SUNDAY]


def test_left_on_sunday_nobody_is_asked(street: Street) -> None:
    week, stage = Week(street), street.stage
    stage.until(SATURDAY + DAY)
    week.leave_monday()
    stage.until(MONDAY)
    assert week.offers() == []
    assert stage.asked(stage.call.get("offers"))["items"] == []
