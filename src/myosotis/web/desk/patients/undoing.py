"""A change of a card can be taken back for a minute.

What the card was is kept in the session, sealed with the server's key: no name or number stands there to be read. It
goes with the undo, with the next change, and with the first page of a patient that is opened when the minute is over.
"""

import json
from base64 import b64decode, b64encode
from datetime import datetime
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from myosotis import clock
from myosotis.domain.told import UNDO
from myosotis.flows import card_taken_back, found
from myosotis.flows.card_taken_back import State
from myosotis.flows.errors import Conflict
from myosotis.store.sealing import CannotUnseal, seal, unseal
from myosotis.web.desk import errors
from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.frame import done, say, warn

KEY: Final = "card_before"


def keep(request: HttpRequest, patient_id: int, was: State, became: State, now: datetime) -> str:
    """Keep what a card was before it was changed at `now` (UTC); the address that brings it back."""
    sealed = seal({"was": json.dumps(dict(was)), "became": json.dumps(dict(became))})
    request.session[KEY] = {"patient": patient_id, "at": now.isoformat(), "sealed": b64encode(sealed).decode()}
    return reverse("desk:patient_undo", args=[patient_id])


def forget_old(request: HttpRequest, now: datetime) -> None:
    """Drop what cannot be taken back any more at `now` (UTC)."""
    kept = request.session.get(KEY)
    if kept is not None and now > datetime.fromisoformat(kept["at"]) + UNDO:
        del request.session[KEY]


def forget(request: HttpRequest) -> None:
    """Drop what is kept: a card was erased, merged or undone."""
    request.session.pop(KEY, None)


@require_POST
@staff(*ANYBODY)
def undo(request: HttpRequest, desk: Desk, patient_id: int) -> HttpResponse:
    """`/desk/patients/<id>/undo`: the last change of this card, made in this session."""
    found.patient_of(desk.practice, patient_id)
    kept = _kept(request, patient_id)
    forget(request)
    if kept is None:
        warn(request, errors.words(Conflict("nothing_to_undo")))
        return done(request, reverse("desk:patient", args=[patient_id]))
    changed_at, was, became = kept
    try:
        card_taken_back.take_back(
            practice=desk.practice,
            patient_id=patient_id,
            was=was,
            became=became,
            changed_at=changed_at,
            actor=desk.actor,
            now=clock.now(),
        )
        say(request, _("The card is as it was before."))
    except Conflict as refused:
        warn(request, errors.words(refused))
    return done(request, reverse("desk:patient", args=[patient_id]))


def _kept(request: HttpRequest, patient_id: int) -> tuple[datetime, State, State] | None:
    """When this card was changed, what it was and became; None where another was changed since, or the key is new."""
    kept = request.session.get(KEY)
    if kept is None or kept["patient"] != patient_id:
        return None
    try:
        states = unseal(b64decode(kept["sealed"]))
    except CannotUnseal:
        return None
    return datetime.fromisoformat(kept["at"]), json.loads(states["was"]), json.loads(states["became"])
