"""The audit log is only added to: the database itself says so (docs/rules.md 6)."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from myosotis.dispatch.pruner import prune
from myosotis.flows import records
from myosotis.store.models import AuditEntry, Practice
from tests.db.make import ACTOR, NOW, Scene, make_practice

KEPT = timedelta(days=730)


def entry(practice: Practice, days: float = 0) -> AuditEntry:
    records.audit(practice, "patient.read", "patient", 7, now=NOW + timedelta(days=days), actor=ACTOR)
    return practice.audit_entries.latest("id")


def test_no_entry_is_changed(scene: Scene) -> None:
    made = entry(scene.practice)
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEntry.objects.filter(pk=made.pk).update(actor="staff:9")
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEntry(pk=made.pk, practice=scene.practice, at=NOW, actor="x", action="y", object_type="z").save()
    assert AuditEntry.objects.get(pk=made.pk).actor == ACTOR.name


@pytest.mark.parametrize("later", [0, 1, 730])
def test_no_entry_is_removed_before_24_months(scene: Scene, later: float) -> None:
    made = entry(scene.practice)
    entry(scene.practice, later)
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEntry.objects.filter(pk=made.pk).delete()
    assert AuditEntry.objects.filter(pk=made.pk).exists()


def test_the_log_of_another_practice_makes_no_entry_older(scene: Scene) -> None:
    made = entry(scene.practice)
    entry(make_practice("Inny"), 2000)
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEntry.objects.filter(pk=made.pk).delete()


def test_old_entries_go_and_the_log_says_so(scene: Scene) -> None:
    """Also of a practice that has not been worked in for long: nothing newer stands in its log."""
    old, young = entry(scene.practice), entry(scene.practice, 10)

    prune(NOW + KEPT + timedelta(days=1))

    left = list(scene.practice.audit_entries.order_by("id").values_list("id", "action", "actor"))
    assert old.pk not in {key for key, _, _ in left}
    assert left[0] == (young.pk, "patient.read", ACTOR.name)
    assert [row[1:] for row in left[1:]] == [("audit.pruned", "system")]


def test_nothing_goes_to_the_day(scene: Scene) -> None:
    made = entry(scene.practice)
    prune(NOW + KEPT)
    assert AuditEntry.objects.filter(pk=made.pk).exists()


def test_a_practice_takes_its_log_along(scene: Scene) -> None:
    practice = make_practice("Zamknięty")
    entry(practice)
    key = practice.pk
    practice.delete()
    assert not AuditEntry.objects.filter(practice_id=key).exists()
    assert not Practice.objects.filter(name="Zamknięty").exists()
