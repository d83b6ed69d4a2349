"""The timeline is read from top to bottom: what waits stands behind what it waits for."""

from myosotis.domain.words import Channel, Kind, MessageStatus
from myosotis.store import timeline
from tests.db.make import NOW, Scene, book, hours, send_due


def test_a_waiting_fallback_stands_behind_its_first_wave(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient, now=NOW)
    rows = [(row.kind, row.channel) for row in timeline.of_visit(visit)]

    assert rows[:2] == [(Kind.DETAILS, Channel.EMAIL), (Kind.DETAILS, Channel.SMS)]


def test_notes_of_kinds_that_are_wanted_again_are_left_out(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient, now=NOW)
    note = visit.messages.first()
    assert note is not None
    visit.messages.filter(id=note.pk).update(channel=Channel.NONE, status=MessageStatus.CANCELLED)

    assert note.pk not in {row.pk for row in timeline.of_visit(visit)}


def test_what_left_has_its_history(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient, now=NOW)
    left = send_due(visit, NOW + hours(1))
    shown = {row.pk: row for row in timeline.of_visit(visit)}

    assert {row.pk for row in left} <= set(shown)
    assert timeline.moment_of(shown[left[0].pk]) == left[0].sent_at
