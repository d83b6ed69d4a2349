"""The audit log at the desk: in words, by person, day and thing; looking at it is noted too."""

import ast
import re
from datetime import timedelta
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from myosotis.domain.opinions import OpinionRule
from myosotis.domain.words import CallResult, Channel, ConsentBasis, ConsentPurpose, Digest, Role
from myosotis.flows import actor, records
from myosotis.flows.records import Happened
from myosotis.store.models import AuditEntry, StaffUser
from myosotis.web.desk.audit.words import FAMILIES, THINGS, action_words
from tests.db.desk.conftest import Staff, make_staff
from tests.db.make import ACTOR, NOW, Scene, make_practice

URL = "/desk/settings/audit"
PACKAGE = Path(__file__).resolve().parents[3] / "src" / "myosotis"
WORD = re.compile(r"[a-z_{}]+(\.[a-z_{}]+)+")
NOTING = {"audit", "_audit", "_audited"}


def noted(
    scene: Scene, action: str = "patient.changed", thing: str = "patient", days: float = 0, who: str = ""
) -> None:
    by = actor.Actor(name=who or ACTOR.name)
    records.audit(scene.practice, action, thing, 4711, now=NOW - timedelta(days=days), actor=by)


def shown(client: Client, query: str = "") -> str:
    answer = client.get(f"{URL}?{query}")
    assert answer.status_code == HTTPStatus.OK
    return answer.content.decode()


def test_who_did_what_is_said_in_words(staff: Staff, scene: Scene) -> None:
    user = make_staff(scene.practice, Role.RECEPTIONIST)
    noted(scene, "visit.cancelled", "visit", who=f"staff:{user.pk}")
    noted(scene, "patient.erased", who="patient:9")
    page = shown(staff.owner)
    assert user.name in page
    assert "Wizyta: odwoł" in page
    assert "pacjent nr 9" in page
    assert reverse("desk:visit", args=[4711]) in page


def test_somebody_who_has_left_keeps_the_name(staff: Staff, scene: Scene) -> None:
    user = make_staff(scene.practice, Role.RECEPTIONIST)
    user.memberships.all().delete()
    noted(scene, who=f"staff:{user.pk}")
    assert f"{user.name} (już nie pracuje)" in shown(staff.owner)


def test_looking_and_taking_away_are_noted(staff: Staff, scene: Scene) -> None:
    shown(staff.owner)
    staff.owner.post(f"{URL}/export")
    actions = list(scene.practice.audit_entries.values_list("action", flat=True))
    assert actions == ["audit.read", "audit.exported"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"staff:900", "staff:901", "patient:7"}),
        ("person=staff:900", {"staff:900"}),
        ("person=patient:", {"patient:7"}),
        ("thing=visit", {"staff:901"}),
        ("thing=patient&number=4711", {"staff:900", "patient:7"}),
        ("number=4712", set()),
        ("since=2027-02-27&until=2027-02-28", {"patient:7"}),
        ("until=2027-02-27", set()),
        ("since=2020-01-01", {"staff:900", "staff:901", "patient:7", "system"}),
        ("since=0001-01-01&until=9999-12-31", {"staff:900", "staff:901", "patient:7"}),
        ("since=gestern&number=x", {"staff:900", "staff:901", "patient:7"}),
    ],
)
def test_what_is_asked_for_is_shown(staff: Staff, scene: Scene, query: str, found: set[str]) -> None:
    noted(scene, who="staff:900")
    noted(scene, "visit.moved", "visit", who="staff:901")
    noted(scene, days=1, who="patient:7")
    noted(scene, days=40, who="system")
    answer = staff.owner.get(f"{URL}?{query}")
    actors = {line.entry.actor for line in answer.context["lines"] if line.entry.object_type != "audit"}
    assert actors == found


def test_the_log_of_another_practice_is_not_shown(staff: Staff, scene: Scene) -> None:
    other = make_practice("Inny")
    user = make_staff(other, Role.OWNER, email="obca@example.org")
    records.audit(other, "patient.erased", "patient", 1, now=NOW, actor=actor.staff(user.pk))
    entry = other.audit_entries.get()
    for query in ("", f"person=staff:{user.pk}", f"before={entry.pk}"):
        page = shown(staff.owner, query)
        assert (
            user.name not in page.replace(StaffUser.objects.get(pk=user.pk).email, user.name)
            or user.name == "Ewa Owner"
        )
        assert "obca@example.org" not in page
        assert "Usunięto dane pacjenta" not in page
    assert "patient.erased" not in staff.owner.post(f"{URL}/export").content.decode()


def test_pages_follow_each_other_though_the_log_grows(staff: Staff, scene: Scene) -> None:
    for number in range(120):
        noted(scene, days=number / 24, who=f"key:{number:04}")
    seen: list[str] = []
    query = ""
    while True:
        answer = staff.owner.get(f"{URL}?{query}")
        seen += [line.entry.actor for line in answer.context["lines"] if line.entry.actor.startswith("key:")]
        noted(scene, who="system")
        query = answer.context["older"]
        if not query:
            break
    assert seen == [f"key:{number:04}" for number in range(120)]


def test_the_file_has_what_was_asked_for(staff: Staff, scene: Scene) -> None:
    noted(scene, "visit.cancelled", "visit")
    noted(scene)
    answer = staff.owner.post(f"{URL}/export", {"thing": "visit"})
    assert answer.headers["Content-Type"].startswith("text/csv")
    rows = answer.content.decode("utf-8-sig").splitlines()
    assert len(rows) == 2
    assert rows[1].startswith("2027-03-01T10:00:00+01:00;")
    assert "visit.cancelled" in rows[1]


def test_only_an_owner_may_look(staff: Staff) -> None:
    for client in (staff.doctor, staff.receptionist):
        assert client.get(URL).status_code == HTTPStatus.FORBIDDEN
        assert client.post(f"{URL}/export").status_code == HTTPStatus.FORBIDDEN
    assert not AuditEntry.objects.exists()


def test_queries_do_not_grow_with_the_log(staff: Staff, scene: Scene, django_assert_max_num_queries: Any) -> None:
    for number in range(60):
        user = make_staff(scene.practice, Role.RECEPTIONIST) if number < 20 else None
        noted(scene, who=f"staff:{user.pk}" if user else "key:x")
    shown(staff.owner)
    with django_assert_max_num_queries(12):
        shown(staff.owner)


def said_in(path: Path) -> set[str]:
    """Every word that a module could write into the log; `{}` stands for what is filled in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    if not any(
        ast.unparse(call.func).split(".")[-1] in NOTING or "audit_entries" in ast.unparse(call.func) for call in calls
    ):
        return set()
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            found.add("".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
    return {word for word in found if WORD.fullmatch(word)}


def test_every_action_that_is_noted_has_words() -> None:
    written = set().union(*map(said_in, PACKAGE.rglob("*.py")))
    assert {"visit.{}", "patient.erased", "provider.{}.checked", "audit.pruned"} <= written
    with translation.override("en"):
        assert {word for word in written if "{" not in word and action_words(word) == word} == set()
    assert {word for word in written if "{" in word} - set(FAMILIES) == set()


def test_every_thing_that_is_read_or_taken_away_has_words() -> None:
    things = {
        keyword.value.value
        for path in PACKAGE.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        for keyword in call.keywords
        if keyword.arg == "object_type" and isinstance(keyword.value, ast.Constant)
    }
    assert {"patient", "audit"} <= things
    assert things <= set(THINGS)


@pytest.mark.parametrize(
    ("family", "of"),
    [
        ("visit.{}", Happened),
        ("call.{}", CallResult),
        ("consent.{}.given", ConsentPurpose),
        ("opinion.rejected.{}", OpinionRule),
        ("practice.consent_basis.{}", ConsentBasis),
        ("staff.changed.{}", Role),
        ("staff.digest.{}", Digest),
    ],
)
def test_a_family_has_words_for_each_of_its_own(family: str, of: type[StrEnum]) -> None:
    for word in of:
        action = family.format(word.value)
        with translation.override("pl"):
            assert action_words(action) != action, action
    assert action_words("provider.sms.set") != "provider.sms.set"
    assert set(FAMILIES["provider.{}.set"][1]) <= set(Channel)
