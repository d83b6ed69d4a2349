"""The dispatcher's own role: everything that sending and keeping house need, and nothing of how staff get in."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.utils import ProgrammingError

from myosotis.dispatch import database
from myosotis.dispatch.pruner import prune
from myosotis.domain.words import MessageStatus, Role
from myosotis.store.models import ApiKey, AuditEntry, Membership, ProviderAccount, StaffUser
from tests.db.apart.conftest import as_dispatcher
from tests.db.desk.conftest import make_staff
from tests.db.dispatch.conftest import Post, post
from tests.db.make import NOW, Scene, book, hours, messages

__all__ = ["post"]  # a fixture


@pytest.fixture
def own_role(left_open: frozenset[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the dispatcher asks of the database, it asks as its own role."""
    serve = database.Caller.serve

    def as_its_role(caller: database.Caller) -> None:
        with as_dispatcher():
            serve(caller)

    monkeypatch.setattr(database.Caller, "serve", as_its_role)


def test_messages_go_end_to_end(own_role: None, scene: Scene, post: Post) -> None:
    visit = book(scene.calendar, scene.patient)
    post.at(NOW + timedelta(seconds=61))
    post.at(NOW + hours(5))
    assert post.counts() == (1, 0, 1), "the e-mail, and the SMS after four hours"
    left = [row.status for row in messages(visit, kind="details") if row.sent_at is not None]
    assert left == [MessageStatus.SENT, MessageStatus.SENT]


def test_it_keeps_house(left_open: frozenset[str], scene: Scene) -> None:
    book(scene.calendar, scene.patient).messages.update(status=MessageStatus.CANCELLED)
    with as_dispatcher():
        prune(NOW + timedelta(days=3 * 365))
    assert not scene.practice.messages.exists()


def test_it_learns_nothing_of_how_staff_get_in(left_open: frozenset[str], scene: Scene) -> None:
    make_staff(scene.practice, Role.OWNER)
    with as_dispatcher():
        denied(StaffUser.objects.values("password").first)
        denied(ApiKey.objects.values("key_hash").first)
        denied(lambda: StaffUser.objects.update(email="x@example.org"))
        denied(lambda: Membership.objects.update(role=Role.OWNER))
        denied(lambda: ProviderAccount.objects.update(enabled=False))
        denied(lambda: AuditEntry.objects.update(actor="nobody"))
        denied(Authenticator.objects.first)
        denied(Session.objects.first)


def denied(what: Callable[[], object]) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        what()
