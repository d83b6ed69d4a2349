from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from myosotis.domain.words import Kind, Party, Via, VisitStatus
from myosotis.flows import import_batches, import_undone, patients_imported, visit_moved, visits_imported
from myosotis.flows.errors import Conflict, NotFound
from myosotis.flows.patients_imported import PatientInput
from myosotis.flows.visits_imported import Taken, VisitInput
from myosotis.store.models import ImportBatch, Message, Patient, Visit, VisitLog
from tests.db.make import (
    ACTOR,
    NEXT_WEEK,
    NOW,
    Scene,
    ahead,
    book,
    hours,
    make_calendar,
    make_patient,
    make_practice,
    messages,
    send_due,
)

LATER = NOW + hours(1)


def batch_of(scene: Scene, **given: Any) -> ImportBatch:
    given.setdefault("what", "visits")
    return import_batches.begin(practice=scene.practice, file_hash="f" * 64, actor=ACTOR, now=NOW, **given)


def row_of(scene: Scene, **given: Any) -> VisitInput:
    given.setdefault("start", NEXT_WEEK)
    given.setdefault("end", given["start"] + timedelta(minutes=30))
    return VisitInput(row=2, calendar_id=scene.calendar.pk, patient_id=scene.patient.pk, **given)


def take(scene: Scene, *rows: VisitInput, now: Any = NOW, **given: Any) -> Taken:
    batch = batch_of(scene, **given)
    taken = visits_imported.take(
        practice=scene.practice, batch_id=batch.pk, rows=rows, rows_done=batch.rows_done + len(rows), actor=ACTOR,
        now=now,
    )  # fmt: skip
    import_batches.finish(practice=scene.practice, batch_id=batch.pk, actor=ACTOR, now=now)
    return taken


def counts(taken: Taken) -> tuple[int, int, int]:
    return taken.added, taken.changed, taken.unchanged


def test_imported_visits_get_no_details_but_all_else(scene: Scene) -> None:
    take(scene, row_of(scene))
    visit = Visit.objects.get()
    assert {kind for kind, _ in ahead(visit)} == {"reminder", "review", "rebook"}
    assert [(row.status, row.reason) for row in messages(visit, kind=Kind.DETAILS)] == [("skipped", "imported")]
    assert VisitLog.objects.get().what == "imported"
    assert visit.booked_at == NOW


def test_details_go_where_they_were_asked_for(scene: Scene) -> None:
    take(scene, row_of(scene), announce=True)
    assert ("details", "email") in ahead(Visit.objects.get())


IDENTITIES: list[dict[str, str]] = [{}, {"external_id": "v1"}, {"source_uid": "u1", "source_recurrence": "20270310"}]


@pytest.mark.parametrize("identity", IDENTITIES)
def test_the_same_again_changes_nothing(scene: Scene, identity: dict[str, str]) -> None:
    row = row_of(scene, **identity)
    assert counts(take(scene, row)) == (1, 0, 0)
    before = list(Message.objects.order_by("id").values())
    assert counts(take(scene, row, now=LATER)) == (0, 0, 1)
    assert list(Message.objects.order_by("id").values()) == before


@pytest.mark.parametrize("identity", IDENTITIES)
def test_what_was_moved_here_since_stays_where_it_is(scene: Scene, identity: dict[str, str]) -> None:
    row = row_of(scene, **identity)
    take(scene, row)
    visit_moved.move(
        practice=scene.practice, visit_id=Visit.objects.get().pk, start=NEXT_WEEK + hours(3), by=Party.PATIENT,
        via=Via.PORTAL, actor=ACTOR, now=LATER,
    )  # fmt: skip
    assert counts(take(scene, row, now=LATER)) == (0, 0, 1)
    assert Visit.objects.get().start == NEXT_WEEK + hours(3)


@pytest.mark.parametrize("identity", IDENTITIES[1:])
def test_a_changed_row_is_a_move_and_is_told(scene: Scene, identity: dict[str, str]) -> None:
    row = row_of(scene, **identity)
    take(scene, row)
    visit = Visit.objects.get()
    moved = replace(row, start=row.start + hours(2), end=row.end + hours(2))
    assert counts(take(scene, moved, now=LATER)) == (0, 1, 0)
    visit.refresh_from_db()
    assert (visit.start, visit.revision, visit.previous_start) == (moved.start, 2, row.start)
    assert ("moved", "email") in ahead(visit)
    entry = VisitLog.objects.get(what="moved")
    assert (entry.old_start, entry.new_start, entry.via) == (row.start, moved.start, "import")


@pytest.mark.parametrize("by", [hours(-30), hours(48)])
def test_a_row_that_changes_patient_and_start_tells_the_former_of_their_own_start(scene: Scene, by: timedelta) -> None:
    row = row_of(scene, external_id="v1", booked_at=NOW - hours(100))
    take(scene, row, announce=True)
    visit = Visit.objects.get()
    send_due(visit, NOW)
    new = make_patient(scene.practice)
    take(scene, replace(row, patient_id=new.pk, start=row.start + by, end=row.end + by), now=LATER)
    cancelled = messages(visit, patient=scene.patient, kind=Kind.CANCELLED, status="planned")
    assert {message.expires_at for message in cancelled} == {row.start}
    details = messages(visit, patient=new, kind=Kind.DETAILS, status="planned")
    assert {message.expires_at for message in details} == {row.start + by}


def test_given_away_into_the_past_the_former_still_hears_that_it_is_theirs_no_more(scene: Scene) -> None:
    """The limit is the start that was theirs; where the visit went is no concern of it."""
    row = row_of(scene, external_id="v1", booked_at=NOW - hours(100))
    take(scene, row, announce=True)
    visit = Visit.objects.get()
    send_due(visit, NOW)
    past = replace(row, patient_id=make_patient(scene.practice).pk, start=NOW - hours(5), end=NOW - hours(4))
    take(scene, past, now=LATER)
    assert ("cancelled", "email") in ahead(visit)


def test_a_row_that_says_cancelled_is_told_to_the_patient(scene: Scene) -> None:
    row = row_of(scene, external_id="v1", booked_at=NOW - hours(100))
    take(scene, row)
    take(scene, replace(row, status=VisitStatus.CANCELLED), now=LATER)
    visit = Visit.objects.get()
    assert visit.status == VisitStatus.CANCELLED
    assert {kind for kind, _ in ahead(visit)} == {"cancelled"}


def test_cancelled_before_we_knew_of_it_tells_nobody(scene: Scene) -> None:
    take(scene, row_of(scene, status=VisitStatus.CANCELLED, booked_at=NOW - hours(100)))
    assert not Message.objects.exists()


def test_past_visits_plan_nothing(scene: Scene) -> None:
    take(scene, row_of(scene, start=NOW - hours(50), status=VisitStatus.DONE))
    visit = Visit.objects.get()
    assert ahead(visit) == set()
    assert [row.reason for row in messages(visit)] == ["visit_in_past"]


def test_a_row_that_stands_twice_is_one_visit(scene: Scene) -> None:
    assert counts(take(scene, row_of(scene), row_of(scene))) == (1, 0, 1)


def test_each_occurrence_of_a_series_has_its_own_reminder(scene: Scene) -> None:
    weeks = [
        row_of(scene, start=NEXT_WEEK + timedelta(weeks=week), source_uid="u1", source_recurrence=f"2027W{week}")
        for week in range(4)
    ]
    take(scene, *weeks)
    visits = list(Visit.objects.order_by("start"))
    assert [("reminder", "email") in ahead(visit) for visit in visits] == [True] * 4
    send_due(visits[0], visits[0].start - hours(48))
    assert [("reminder", "email") in ahead(visit) for visit in visits] == [False, True, True, True]
    assert ["rebook" in {kind for kind, _ in ahead(visit)} for visit in visits] == [False, False, False, True]


def test_an_import_that_broke_off_goes_on_where_it_stopped(scene: Scene) -> None:
    batch = batch_of(scene)
    given: dict[str, Any] = {"practice": scene.practice, "actor": ACTOR, "now": NOW}
    visits_imported.take(batch_id=batch.pk, rows=[row_of(scene)], rows_done=1, **given)
    again = batch_of(scene)
    assert (again.pk, again.rows_done) == (batch.pk, 1)
    with pytest.raises(Conflict, match="rows_done_already"):
        visits_imported.take(batch_id=batch.pk, rows=[row_of(scene)], rows_done=1, **given)
    import_batches.finish(batch_id=batch.pk, **given)
    assert batch_of(scene).pk != batch.pk


def test_undone_leaves_nothing_but_what_was_told_is_cancelled(scene: Scene) -> None:
    told, untold = row_of(scene, external_id="a"), row_of(scene, external_id="b", start=NEXT_WEEK + hours(5))
    take(scene, told, untold)
    visit = Visit.objects.get(external_id="a")
    reminded = visit.start - hours(48)
    send_due(visit, reminded)
    batch = ImportBatch.objects.get()
    undone = import_undone.undo(practice=scene.practice, batch_id=batch.pk, actor=ACTOR, now=reminded + hours(1))
    assert (undone.removed, undone.cancelled, undone.left) == (1, 1, 0)
    visit.refresh_from_db()
    assert visit.status == VisitStatus.CANCELLED
    assert {kind for kind, _ in ahead(visit)} == {"cancelled"}
    with pytest.raises(Conflict, match="undone_already"):
        import_undone.undo(practice=scene.practice, batch_id=batch.pk, actor=ACTOR, now=reminded)


def test_undone_brings_back_what_it_moved_and_tells_it(scene: Scene) -> None:
    row = row_of(scene, external_id="a")
    take(scene, row)
    visit = Visit.objects.get()
    take(scene, replace(row, start=row.start + hours(2), end=row.end + hours(2)), now=LATER)
    send_due(visit, LATER + hours(1))
    second = ImportBatch.objects.order_by("-id")[0]
    undone = import_undone.undo(practice=scene.practice, batch_id=second.pk, actor=ACTOR, now=LATER + hours(2))
    assert (undone.brought_back, undone.removed) == (1, 0)
    visit.refresh_from_db()
    assert (visit.start, visit.revision) == (row.start, 3)
    assert ("moved", "email") in ahead(visit)


def test_undone_leaves_alone_what_somebody_changed_since(scene: Scene) -> None:
    take(scene, row_of(scene))
    visit = Visit.objects.get()
    visit_moved.move(
        practice=scene.practice, visit_id=visit.pk, start=NEXT_WEEK + hours(3), by=Party.PRACTICE, via=Via.DESK,
        actor=ACTOR, now=LATER,
    )  # fmt: skip
    undone = import_undone.undo(practice=scene.practice, batch_id=ImportBatch.objects.get().pk, actor=ACTOR, now=LATER)
    assert (undone.removed, undone.left) == (0, 1)


def test_rows_of_another_practice_are_refused(scene: Scene) -> None:
    other = make_practice()
    foreign = make_calendar(other)
    with pytest.raises(NotFound):
        take(scene, replace(row_of(scene), calendar_id=foreign.pk))
    with pytest.raises(NotFound):
        take(scene, replace(row_of(scene), patient_id=make_patient(other).pk))
    assert not Visit.objects.exists()


def test_cards_are_added_changed_and_left_alone(scene: Scene) -> None:
    def taken(*cards: PatientInput) -> patients_imported.Taken:
        batch = batch_of(scene, what="patients")
        result = patients_imported.take(
            practice=scene.practice, batch_id=batch.pk, rows=cards, rows_done=batch.rows_done + len(cards),
            actor=ACTOR, now=NOW,
        )  # fmt: skip
        import_batches.finish(practice=scene.practice, batch_id=batch.pk, actor=ACTOR, now=NOW)
        return result

    anna = PatientInput(row=2, card={"first_name": "Anna", "last_name": "Żak", "phone": "+48601000001"}, consent=True)
    jan = PatientInput(row=3, card={"first_name": "Jan", "last_name": "Żak", "external_id": "7"})
    first = taken(anna, jan)
    assert (first.added, first.changed, first.unchanged) == (2, 0, 0)
    again = taken(anna, jan)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    assert again.patients == first.patients
    visit = book(scene.calendar, Patient.objects.get(id=first.patients[3]))
    assert messages(visit, kind=Kind.REMINDER)[0].reason == "no_channel"
    with_mail = replace(
        jan, card={"external_id": "7", "last_name": "Żak", "first_name": "Jan", "email": "j@example.org"}
    )
    assert taken(with_mail).changed == 1
    assert ("reminder", "email") in ahead(visit)
    assert Patient.objects.get(id=first.patients[2]).consents.count() == 1
    taken(replace(anna, consent=False))
    assert not Patient.objects.get(id=first.patients[2]).consents.filter(withdrawn_at=None).exists()
