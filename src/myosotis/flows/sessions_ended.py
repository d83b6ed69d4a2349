"""Sessions of staff end before their time: by their own wish, with a new password, or because they left."""

from allauth.usersessions.models import UserSession

from myosotis.flows.errors import NotFound
from myosotis.store.models import StaffUser


def end(*, user: StaffUser, but: str = "") -> None:
    """End the sessions of somebody, all but the one with this key."""
    for session in UserSession.objects.filter(user_id=user.pk).exclude(session_key=but):
        session.end()


def end_one(*, user: StaffUser, session_id: int) -> None:
    """End one session of one's own. Raises NotFound."""
    session = UserSession.objects.filter(user_id=user.pk, pk=session_id).first()
    if session is None:
        raise NotFound("session")
    session.end()
