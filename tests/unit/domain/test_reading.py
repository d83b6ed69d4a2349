"""What counts as read, and above all what does not (docs/rules.md 3)."""

import re
import tomllib
from dataclasses import replace
from datetime import datetime
from importlib.resources import files
from typing import Any

import pytest

from myosotis.domain.reading import image_counts, mail_programs, messages_read
from myosotis.domain.words import Channel, Kind, MessageStatus
from tests.unit.domain.visits import APP_USER, BOOKED, MIN, SEC, START, H, moved, planned, sent, visit

LEFT = BOOKED + MIN
KEPT = tomllib.loads(files("myosotis.domain").joinpath("data/mail_programs.toml").read_text(encoding="utf-8"))
PROGRAMS = [agent for program in KEPT["program"] for agent in program["captured"]]
SCANNERS = [agent for scanner in KEPT["scanner"] for agent in scanner["captured"]]
THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.5.0"


def read(shown_revision: int, at: datetime, status: MessageStatus = MessageStatus.SENT) -> set[Channel]:
    facts = sent(planned(visit(card=APP_USER)), Kind.DETAILS, at=LEFT, status=status)
    return {message.key.channel for message in messages_read(facts, shown_revision, at)}


def test_a_page_shown_after_the_message_left_marks_every_part_of_it() -> None:
    assert read(1, LEFT) == {Channel.EMAIL, Channel.PUSH}
    assert read(1, LEFT - SEC) == set()


@pytest.mark.parametrize(
    ("status", "counts"),
    [
        (MessageStatus.SENT, True),
        (MessageStatus.DELIVERED, True),
        (MessageStatus.UNCLEAR, True),
        (MessageStatus.FAILED, False),
        (MessageStatus.CLAIMED, False),
    ],
)
def test_only_what_left_can_be_read(status: MessageStatus, counts: bool) -> None:
    assert bool(read(1, LEFT + H, status)) is counts


def test_what_was_handed_over_without_answer_and_waits_for_its_repeat_has_been_read_where_somebody_shows_it() -> None:
    assert read(1, LEFT + H, MessageStatus.PLANNED) == {Channel.EMAIL, Channel.PUSH}
    assert messages_read(planned(visit(card=APP_USER)), 1, LEFT + H) == ()


def test_what_showed_an_older_revision_says_nothing_of_the_present() -> None:
    facts = sent(planned(visit()), Kind.DETAILS, at=LEFT)
    there = sent(planned(moved(facts, LEFT + H, START + 24 * H)), Kind.MOVED)
    assert messages_read(there, 1, LEFT + 3 * H) == ()
    assert {m.key.kind for m in messages_read(there, 2, LEFT + 3 * H)} == {Kind.MOVED}


def test_the_first_reading_is_kept() -> None:
    facts = sent(planned(visit()), Kind.DETAILS, at=LEFT, read_at=LEFT + MIN)
    assert messages_read(facts, 1, LEFT + H) == ()


@pytest.mark.parametrize("agent", PROGRAMS)
def test_captured_mail_programs_pass(agent: str) -> None:
    assert mail_programs().has(agent)


@pytest.mark.parametrize("agent", SCANNERS)
def test_captured_proxies_scanners_and_browsers_do_not(agent: str) -> None:
    assert not mail_programs().has(agent)


@pytest.mark.parametrize(
    "agent",
    [
        f"{THUNDERBIRD} (via ggpht.com GoogleImageProxy)",
        f"Barracuda {THUNDERBIRD}",
        f"{THUNDERBIRD}\n",
        f"{THUNDERBIRD} evil",
        THUNDERBIRD + ".1" * 400,
        "Thunderbird/128.5.0",
        "Outlook-iOS/709.2226530.prod.iphone (3.24.1) SafeLinks",
    ],
)
def test_what_only_resembles_a_mail_program_does_not_pass(agent: str) -> None:
    assert not mail_programs().has(agent)


@pytest.mark.parametrize("program", KEPT["program"], ids=lambda program: program["name"])
def test_every_program_stands_there_with_its_own_captured_agent(program: dict[str, Any]) -> None:
    captured = program["captured"]
    assert isinstance(captured, list)
    assert captured
    assert all(re.fullmatch(str(program["agent"]), agent) for agent in captured)


@pytest.mark.parametrize(
    ("changed", "counts"),
    [
        ({}, True),
        ({"at": LEFT + 59 * SEC}, False),
        ({"at": LEFT - MIN}, False),
        ({"delivered_at": None}, False),
        ({"consented": False}, False),
        ({"switched_on": False}, False),
        ({"user_agent": "Mozilla/5.0"}, False),
    ],
)
def test_an_image_counts_only_if_everything_is_right(changed: dict[str, Any], counts: bool) -> None:
    asked: dict[str, Any] = {
        "user_agent": THUNDERBIRD,
        "at": LEFT + MIN,
        "delivered_at": LEFT,
        "consented": True,
        "switched_on": True,
        **changed,
    }
    agent = str(asked.pop("user_agent"))
    assert image_counts(agent, **asked) is counts


def test_a_fallback_never_sent_is_not_read() -> None:
    facts = sent(planned(visit()), Kind.DETAILS, at=LEFT)
    assert {m.key.channel for m in messages_read(replace(facts), 1, LEFT + H)} == {Channel.EMAIL}
