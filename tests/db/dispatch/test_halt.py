"""While a halt stands, nothing is handed over (docs/rules.md 7.4)."""

from datetime import timedelta

from myosotis.domain.words import HaltCause
from myosotis.store import halts
from tests.db.dispatch.conftest import Post
from tests.db.make import NEXT_WEEK, NOW, Scene, book

REMINDED = NEXT_WEEK - timedelta(hours=47)


def test_nothing_goes_until_somebody_says_so(scene: Scene, post: Post) -> None:
    book(scene.calendar, scene.patient)
    halts.begin(HaltCause.RESTORED, backup_of=NOW, now=NOW)
    post.at(REMINDED)
    assert post.counts() == (0, 0, 0)

    assert (halts.end(REMINDED), halts.end(REMINDED)) == (1, 0)
    post.at(REMINDED)
    assert post.counts() == (2, 0, 1)  # `details` and the reminder by e-mail, the reminder by SMS
