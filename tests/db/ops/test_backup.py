"""A backup is made while everything runs, and brings everything back (docs/operating.md)."""

import stat
import tarfile
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from myosotis.dispatch import tokens
from myosotis.domain.values import utc
from myosotis.domain.words import Kind
from myosotis.ops import cli
from myosotis.ops.backup import archive, belongings, bring_back, make
from myosotis.ops.backup.daily import is_due
from myosotis.ops.backup.manifest import Unusable
from myosotis.store import halts, restored
from myosotis.store.models import Practice
from tests.db.dispatch.conftest import Post, post
from tests.db.make import NEXT_WEEK, NOW, Scene, book, messages
from tests.db.ops.elsewhere import another, everything, in_a_file

__all__ = ["in_a_file", "post"]
MADE = datetime(2027, 3, 1, 9, tzinfo=UTC)


def config_of(tmp_path: Path, **given: Any) -> Any:
    return settings.MYOSOTIS.model_copy(update={"data_dir": tmp_path / "data", "secret_key": "", **given})


@pytest.mark.usefixtures("in_a_file")
def test_everything_comes_back_into_an_empty_installation_and_nothing_goes_twice(tmp_path: Path, post: Post) -> None:
    scene = Scene.set()
    visit = book(scene.calendar, scene.patient)
    made = make.make(tmp_path / "backups", MADE)
    before = everything()
    config = config_of(tmp_path)

    with another(tmp_path):
        done = bring_back.restore(made.path, config, MADE, replace=False)
        assert everything() == before
        assert done.kept == ()
        assert (config.data_dir / "secret.key").read_text() == settings.SECRET_KEY

        restored.settle(backup_of=MADE, now=NOW + timedelta(hours=2), hashes=tokens.hashes)
        post.at(NEXT_WEEK - timedelta(hours=47))
        assert post.counts() == (0, 0, 0)
        halts.end(NOW)
        post.at(NEXT_WEEK - timedelta(hours=47))
        told = {(row.kind, row.channel): row.status for row in messages(visit) if row.attempts}
        assert {kind for kind, _ in told} == {Kind.REMINDER, Kind.DETAILS}
        assert (Kind.DETAILS, "email") not in told  # it may have left before the failure

        with pytest.raises(Unusable, match="already"):
            bring_back.restore(made.path, config, MADE, replace=False)


@pytest.mark.usefixtures("in_a_file")
def test_what_is_replaced_is_kept(tmp_path: Path) -> None:
    Scene.set()
    made = make.make(tmp_path / "backups", MADE)
    before = everything()
    Practice.objects.update(name="Changed since")
    changed = everything()
    config = config_of(tmp_path, backup_dir=str(tmp_path / "backups"))

    if connection.vendor == "postgresql":
        with another(tmp_path):
            bring_back.restore(made.path, config, MADE, replace=False)
            Practice.objects.update(name="Changed since")
            [kept] = bring_back.restore(made.path, config, MADE, replace=True).kept
            assert everything() == before
            bring_back.restore(kept, config, MADE, replace=True)
            assert everything() == changed
        return
    kept = bring_back.restore(made.path, config, MADE, replace=True).kept[0]
    assert everything() == before
    connection.close()
    connection.settings_dict["NAME"] = str(kept)
    assert everything() == changed


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has no file of ours")
@pytest.mark.usefixtures("in_a_file")
def test_a_damaged_database_is_put_aside_like_any_other(tmp_path: Path) -> None:
    Scene.set()
    made = make.make(tmp_path / "backups", MADE)
    before = everything()
    config = config_of(tmp_path, backup_dir=str(tmp_path / "backups"))
    connection.close()
    Path(connection.settings_dict["NAME"]).write_bytes(b"damaged " * 1000)

    with pytest.raises(Unusable, match="--replace puts it aside first"):
        bring_back.restore(made.path, config, MADE, replace=False)
    kept = bring_back.restore(made.path, config, MADE, replace=True).kept[0]

    assert kept.read_bytes() == b"damaged " * 1000
    assert everything() == before


@pytest.mark.usefixtures("in_a_file")
@pytest.mark.parametrize(("given", "held"), [([], True), (["--nothing-sent-since"], False)], ids=["lost", "moved"])
def test_a_restore_that_is_broken_off_before_it_is_settled_sends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, post: Post, given: list[str], held: bool
) -> None:
    scene = Scene.set()
    book(scene.calendar, scene.patient)
    made = make.make(tmp_path / "backups", MADE)

    def broken_off(*_given: Any, **_more: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("myosotis.ops.commands.restore.bring_up", lambda: config_of(tmp_path))
    monkeypatch.setattr("myosotis.ops.commands.restore._go_on", broken_off)
    with another(tmp_path):
        with pytest.raises(KeyboardInterrupt):
            cli.main(["restore", str(made.path), *given])
        post.at(NEXT_WEEK - timedelta(hours=47))
        assert (post.counts() == (0, 0, 0)) is held


@pytest.mark.usefixtures("in_a_file")
def test_a_restore_that_was_not_settled_says_how_before_anything_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tables that are back with nothing held would send once more what was sent since."""
    made = make.make(tmp_path / "backups", MADE)
    monkeypatch.setattr("myosotis.ops.commands.restore.subprocess.run", lambda *_, **__: CompletedProcess([], 1))
    monkeypatch.setattr(bring_back, "restore", lambda *_, **__: bring_back.Restored(manifest=made.manifest, kept=()))
    assert cli.main(["restore", str(made.path)]) == 1
    said = capsys.readouterr().err
    assert "start nothing" in said
    assert f"myosotis restore --after-recovery {MADE.isoformat()}\n" in said


@pytest.mark.parametrize("moment", ["yesterday", "2027-03-01T02:00:00"])
def test_a_moment_that_says_too_little_is_asked_for_again(moment: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["restore", "--after-recovery", moment])
    assert "must be a moment with its offset, like 2027-03-01T02:00:00+00:00" in capsys.readouterr().err


@pytest.mark.usefixtures("in_a_file")
def test_a_backup_is_closed_to_others_and_says_what_is_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sms.token").write_text("token")
    (tmp_path / "m.toml").write_text('[sms]\nprovider = "smsapi"\ntoken_file = "sms.token"\n')
    monkeypatch.setenv("MYOSOTIS_CONFIG", str(tmp_path / "m.toml"))

    made = make.make(tmp_path / "backups", MADE)

    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert archive.check(made.path) == made.manifest
    assert archive.contents(made.path, belongings.KEY).decode() == settings.SECRET_KEY
    assert archive.contents(made.path, "settings/files/1-sms.token") == b"token"
    assert all(part.secret for part in made.manifest.parts.values())
    assert made.manifest.tables["store_practice"] == 0
    assert "store.0001_initial" in made.manifest.migrations
    assert list((tmp_path / "backups").iterdir()) == [made.path]


@pytest.mark.usefixtures("in_a_file")
def test_what_must_not_be_restored_is_refused_and_nothing_touched(tmp_path: Path) -> None:
    Scene.set()
    made = make.make(tmp_path / "backups", MADE)
    before = everything()

    def refused(backup: Path, words: str, **given: Any) -> None:
        with pytest.raises(Unusable, match=words):
            bring_back.restore(backup, config_of(tmp_path, **given), MADE, replace=True)

    refused(rewritten(made, migrations=["store.9999_of_tomorrow"]), "newer")
    refused(rewritten(made, format=99), "newer")
    refused(rewritten(made, database="other"), "settings name")
    refused(damaged(made.path), "damaged")
    refused(made.path, "secret_key is not", secret_key="x" * 40)
    (tmp_path / "no.tar").write_bytes(b"no")
    refused(tmp_path / "no.tar", "not a backup")
    assert everything() == before
    assert not (tmp_path / "data").exists()


def rewritten(made: make.Made, **changed: Any) -> Path:
    """The same backup with another manifest."""
    target = made.path.with_name("rewritten.tar")
    with tarfile.open(made.path) as old, tarfile.open(target, "w") as new:
        for member in old:
            content = old.extractfile(member)
            assert content is not None
            data = content.read()
            if member.name == "manifest.json":
                data = replace(made.manifest, **changed).text().encode()
            member.size = len(data)
            new.addfile(member, BytesIO(data))
    return target


def damaged(path: Path) -> Path:
    """One bit of its last part is another; the end of a tar is filled with zeros."""
    data = bytearray(path.read_bytes())
    at = len(data.rstrip(b"\0")) - 20
    data[at] ^= 1
    target = path.with_name("damaged.tar")
    target.write_bytes(bytes(data))
    return target


def test_old_ones_go_and_files_of_others_stay(tmp_path: Path) -> None:
    for day in range(1, 6):
        (tmp_path / f"myosotis-2027030{day}T020000Z.tar").touch()
    (tmp_path / "myosotis-mine.tar").touch()
    assert len(make.let_go(tmp_path, 2)) == 3
    assert [moment.day for moment, _ in make.there(tmp_path)] == [5, 4]
    assert (tmp_path / "myosotis-mine.tar").exists()


@pytest.mark.parametrize(
    ("newest", "now", "due"),
    [
        (None, utc(2027, 3, 1, 9), True),
        (utc(2027, 2, 28, 2, 1), utc(2027, 3, 1, 1, 59), False),
        (utc(2027, 2, 28, 2, 1), utc(2027, 3, 1, 2), True),
        (utc(2027, 2, 27, 2, 1), utc(2027, 3, 1, 1, 59), True),
        (utc(2027, 3, 1, 2, 0), utc(2027, 3, 1, 23), False),
    ],
)
def test_a_backup_is_due_at_its_hour_or_when_the_machine_is_on_again(
    newest: datetime | None, now: datetime, due: bool
) -> None:
    assert is_due(newest, time(2, 0), now) is due
