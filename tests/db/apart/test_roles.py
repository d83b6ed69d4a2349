"""`myosotis roles` makes and repairs the roles, and the doctor says whether the second lock is on."""

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from myosotis.ops import cli
from myosotis.ops.backup import postgresql
from myosotis.ops.doctor import roles
from myosotis.ops.doctor.finding import Grade
from myosotis.store.apart import roles as made
from myosotis.store.apart.words import SEVERAL, WEB
from tests.db.apart.conftest import as_web
from tests.db.apart.users import USERS


@pytest.fixture
def apart(left_open: frozenset[str], db: None, settings: Settings) -> None:
    """An installation whose processes have users of their own."""
    named = {"database_url": "test_web", "dispatcher_database_url": "test_dispatcher"}
    urls = {name: f"postgresql://{user}:{USERS[user][0]}@db/myosotis" for name, user in named.items()}
    owner = {"migrations_database_url": "postgresql://myosotis@db/myosotis"}
    settings.MYOSOTIS = settings.MYOSOTIS.model_copy(update={**urls, **owner})


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_roles_are_repaired_by_asking_again(apart: None, capsys: pytest.CaptureFixture[str]) -> None:
    run("REVOKE ALL ON store_practice FROM myosotis_web")
    run("DROP POLICY of_practice ON store_practice")
    run("ALTER TABLE store_practice DISABLE ROW LEVEL SECURITY")
    assert cli.main(["roles"]) == 0
    assert capsys.readouterr().out == "test_web: myosotis_web\ntest_dispatcher: myosotis_dispatcher\n"
    with as_web():
        run("SELECT count(*) FROM store_practice")
    assert [one.grade for one in roles.check()] == [Grade.GOOD]


def test_what_stands_is_not_asked_for_again(apart: None) -> None:
    """An owner who may make no roles repeats the command when a superuser made them, to give them their rights."""
    password, role = USERS["test_web"]
    assert [*made.make(), *made.admit("test_web", password, role)] == []
    run(f"REVOKE {role} FROM test_web")
    run(f"REVOKE {SEVERAL} FROM {WEB}")
    assert len([*made.make(), *made.admit("test_web", password, role)]) == 2


def test_the_doctor_says_that_the_lock_is_on(apart: None) -> None:
    assert [(one.grade, "is on" in one.found) for one in roles.check()] == [(Grade.GOOD, True)]


@pytest.mark.parametrize(
    "undone", ["ALTER ROLE test_web BYPASSRLS", "ALTER TABLE store_visit DISABLE ROW LEVEL SECURITY"]
)
def test_the_doctor_finds_a_lock_that_is_open(apart: None, undone: str) -> None:
    run(undone)
    assert [one.grade for one in roles.check()] == [Grade.BAD]


def test_with_one_user_for_everything_the_lock_is_off_and_all_works(
    db: None, left_open: frozenset[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["roles"]) == 0
    assert "nothing to make" in capsys.readouterr().out
    assert [(one.grade, "is off" in one.found) for one in roles.check()] == [(Grade.GOOD, True)]


def test_an_owner_who_is_no_superuser_sees_that_others_are_signed_in(
    apart: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A restore waits for them to be stopped. The server hides from such a user what others do, and what sort they are."""
    run("SELECT 1")
    counted = postgresql.others()
    user = "test_dispatcher"
    for name, value in (("USER", user), ("PASSWORD", USERS[user][0])):
        monkeypatch.setitem(connection.settings_dict, name, value)
    assert postgresql.others() == counted >= 1
