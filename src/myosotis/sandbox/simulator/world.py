"""A simulation from its beginning until nothing is ahead any more: people act, the dispatcher looks, people react."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Final
from unittest import mock

from myosotis.domain.words import Channel, Kind, SubjectType
from myosotis.sandbox.simulator.clockwork import Clockwork, clockwork
from myosotis.sandbox.simulator.deeds import Came, Deeds
from myosotis.sandbox.simulator.diary import Diary
from myosotis.sandbox.simulator.evidence import Received
from myosotis.sandbox.simulator.gateways import Post, opened
from myosotis.sandbox.simulator.scenario import Scenario
from myosotis.sandbox.simulator.script import Deed, Script
from myosotis.sandbox.simulator.town import Surgery, build
from myosotis.sandbox.simulator.weather import Weather
from myosotis.store.models import Candidate, Message
from myosotis.store.question import Question
from myosotis.value_class import value_class

AFTERWARDS: Final = timedelta(days=21)
"""Longer than anything that follows from a visit; what is ahead then is ahead for ever, and a fault."""

_TAKEN: Final = Question(
    lambda ids: Message.objects.filter(
        id__in=[ids], subject_type__in=(SubjectType.VISIT, SubjectType.CANDIDATE)
    ).values_list(
        "id", "practice_id", "kind", "channel", "visit_id", "subject_type", "subject_id", "revision", "patient_id"
    )
)
"""What is known of messages that a provider took."""

Progress = Callable[[datetime, int], None]
"""Told how far it has come: the instant (UTC), and how many visits were booked by then."""


@value_class
class World:
    """What a simulation leaves behind besides the tables: what the providers took, and what people did."""

    scenario: Scenario
    town: list[Surgery]
    post: Post
    deeds: Deeds


def _nobody_waits(at: datetime, visits: int) -> None:
    """Nobody is told."""
    del at, visits


def run(scenario: Scenario, progress: Progress = _nobody_waits) -> World:
    """Simulate in the (empty) database at hand. The same scenario has the same outcome."""
    script = Script(scenario)
    post = Post(Weather(scenario, script.chance))
    diary = Diary()
    with _drawn_from(scenario.seed), opened(post), clockwork() as dispatcher:
        town = build(script)
        deeds = Deeds(script, town, diary)
        _write_down(script, deeds, diary)
        _Days(scenario, script, diary, dispatcher, post, deeds).pass_by(progress)
    return World(scenario=scenario, town=town, post=post, deeds=deeds)


@contextmanager
def _drawn_from(seed: int) -> Iterator[None]:
    """Random numbers of this process come from the seed: a message's uuid decides when it is tried again."""
    with mock.patch("os.urandom", Random(seed).randbytes):
        yield


def _write_down(script: Script, deeds: Deeds, diary: Diary) -> None:
    """Everything that is known beforehand."""
    for booking in script.bookings():
        deeds.plan(booking)
    scenario = script.scenario
    for day in range(scenario.weeks * 7):
        diary.note(scenario.begins + timedelta(days=day, hours=1), deeds.look_whom_to_call)
    for practice in range(scenario.practices):
        for patient in range(script.patients()):
            if script.chance.happens(scenario.habits.dies, "dies", practice, patient):
                share = script.chance.share("dies", practice, patient, "when")
                at = scenario.begins + timedelta(seconds=int((scenario.ends - scenario.begins).total_seconds() * share))
                diary.note(at, partial(deeds.dies, practice, patient))


class _Days:
    """Time as it passes: from one instant at which something happens to the next."""

    def __init__(
        self, scenario: Scenario, script: Script, diary: Diary, dispatcher: Clockwork, post: Post, deeds: Deeds
    ) -> None:
        self._scenario = scenario
        self._script = script
        self._diary = diary
        self._dispatcher = dispatcher
        self._post = post
        self._deeds = deeds
        self._read: set[tuple[int, Kind, int]] = set()
        """What somebody has read; nobody reads the same news again on another channel."""

    def pass_by(self, progress: Progress) -> None:
        end = self._scenario.ends + AFTERWARDS
        now = self._scenario.opens
        while (moment := self._next(now)) is not None and moment <= end:
            now = self._scenario.tick(moment)
            for at, what in self._diary.until(now):
                what(at)
            self._dispatcher.settle(now)
            self._deliver()
            progress(now, len(self._deeds.visits))

    def _next(self, now: datetime) -> datetime | None:
        """When something happens next; nothing does in the past, and the dispatcher has done all that was due now."""
        dispatcher = self._dispatcher.next
        ahead = (self._diary.next, None if dispatcher is None else max(dispatcher, now + self._scenario.grain))
        return min((moment for moment in ahead if moment is not None), default=None)

    def _deliver(self) -> None:
        """Hand on what the providers took and will report."""
        for report in self._post.reports():
            self._diary.note(report.at, partial(self._deeds.report, report))
        for came in self._came(self._post.fresh()):
            self._foresee(*came)

    def _foresee(self, came: Came, number: int, news: int, at: datetime) -> None:
        for reaction in self._script.reactions(number, came.kind, came.channel, news, at):
            self._diary.note(reaction.at, partial(self._react, came, reaction.deed, (number, came.kind, news)))

    def _react(self, came: Came, deed: Deed, what: tuple[int, Kind, int], now: datetime) -> None:
        if deed is not Deed.READ or what not in self._read:
            self._deeds.react(came, deed, now)
            self._read.add(what)

    def _came(self, received: list[Received]) -> "Iterator[tuple[Came, int, int, datetime]]":
        """What came of visits and offers, with the number of the visit's booking, and what tells alike ones apart."""
        if not received:
            return
        by_id = {one.message_id: one for one in received}
        found = sorted(_TAKEN.ask(by_id))
        asked = {row[6] for row in found if row[5] == SubjectType.CANDIDATE}
        offers = _offers(asked) if asked else {}
        for key, practice_id, kind, channel, visit_id, subject_type, subject_id, revision, patient_id in found:
            of_offer = subject_type == SubjectType.CANDIDATE
            asked_of, news = offers[subject_id] if of_offer else (visit_id, revision)
            number = self._deeds.numbers[asked_of]
            came = Came(
                message_id=key,
                practice=self._deeds.practice_of(practice_id),
                patient_id=patient_id,
                kind=Kind(kind),
                channel=Channel(channel),
                visit_id=visit_id,
                candidate_id=subject_id if of_offer else None,
                address=by_id[key].address,
            )
            yield came, number, news, by_id[key].at


def _offers(candidates: set[int]) -> dict[int, tuple[int, int]]:
    """The visit of each that was asked about a freed time, and that time."""
    rows = Candidate.objects.filter(id__in=candidates).values_list("id", "visit_id", "offer__start")
    return {key: (visit_id, int(start.timestamp())) for key, visit_id, start in rows}
