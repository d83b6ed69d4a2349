"""The doctor looks at backups, the removal of old rows, and a halt (docs/operating.md)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from myosotis.domain.words import HaltCause
from myosotis.ops.backup.make import STAMP
from myosotis.ops.doctor import keeping
from myosotis.ops.doctor.finding import Grade
from myosotis.store import halts, upkeep

WALL = datetime(2027, 3, 1, 9, tzinfo=UTC)


def grades(tmp_path: Path) -> dict[str, Grade]:
    config = settings.MYOSOTIS.model_copy(update={"data_dir": tmp_path, "backup_dir": ""})
    return {finding.about: finding.grade for finding in keeping.check(config, WALL, WALL)}


@pytest.mark.django_db
def test_the_doctor_says_what_is_missing_and_what_was_done(tmp_path: Path) -> None:
    lost = Grade.BAD if connection.vendor == "sqlite" else Grade.NOTE
    beside = Grade.NOTE if connection.vendor == "sqlite" else Grade.GOOD
    assert grades(tmp_path) == {"backup": Grade.NOTE, "old rows": Grade.NOTE}

    (tmp_path / "backups").mkdir()
    made = f"myosotis-{(WALL - timedelta(hours=30)).strftime(STAMP)}Z.tar"
    (tmp_path / "backups" / made).touch()
    upkeep.take("daily", timedelta(days=1), WALL - timedelta(days=4))
    upkeep.ended("daily", {"texts": 7}, WALL - timedelta(hours=1))
    assert grades(tmp_path) == {"backup": beside, "old rows": Grade.GOOD}

    upkeep.ended("daily", {"texts": 7}, WALL - timedelta(days=4))
    (tmp_path / "backups").joinpath(made).rename(
        tmp_path / "backups" / f"myosotis-{(WALL - timedelta(days=2)).strftime(STAMP)}Z.tar"
    )
    halts.begin(HaltCause.RESTORED, backup_of=WALL, now=WALL)
    assert grades(tmp_path) == {"sending": Grade.BAD, "backup": lost, "old rows": Grade.BAD}
