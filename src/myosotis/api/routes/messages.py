"""Messages of visits with their reasons; sending one once more, and trials to oneself."""

from django.http import HttpRequest
from ninja import Router, Status

from myosotis import clock
from myosotis.api.access import Needs, actor_of, practice_of
from myosotis.api.schemas.messages import MessageOut, TrialIn, TrialOut
from myosotis.api.schemas.values import Id
from myosotis.domain.words import Language
from myosotis.flows import found, message_resent, trial_sent
from myosotis.flows.api_access import Scope
from myosotis.store import timeline

router = Router(auth=Needs(Scope.VISITS_READ), tags=["messages"])


@router.get("/visits/{visit_id}/messages", response=list[MessageOut])
def visit_messages(request: HttpRequest, visit_id: Id, language: Language | None = None) -> list[MessageOut]:
    """The timeline of a visit: each planned, sent, skipped and expired message with the reason."""
    practice = practice_of(request)
    visits = practice.visits.select_related("calendar__address").filter(id=visit_id)
    visit = found.one(visits, "visit")
    spoken = language or practice.language
    return [MessageOut.of(message, visit, spoken) for message in timeline.of_visit(visit)]


@router.post("/messages/{message_id}/resend", response={201: MessageOut}, auth=Needs(Scope.VISITS_WRITE))
def resend_message(request: HttpRequest, message_id: Id, language: Language | None = None) -> Status[MessageOut]:
    """Send a message of a visit once more: the next copy, due now or at the next moment of the send window.

    Refused (409) with the reason if there is nothing to repeat, or something is against it now.
    """
    practice = practice_of(request)
    copy = message_resent.resend(practice=practice, message_id=message_id, actor=actor_of(request), now=clock.now())
    visit = found.one(practice.visits.select_related("calendar__address").filter(messages=copy), "visit")
    return Status(201, MessageOut.of(copy, visit, language or practice.language))


@router.post("/calendars/{calendar_id}/trials", response={201: TrialOut}, auth=Needs(Scope.SETTINGS_WRITE))
def send_trial(request: HttpRequest, calendar_id: Id, payload: TrialIn) -> Status[TrialOut]:
    """Send a message of this calendar to oneself, marked as a test; at most 20 an hour for a practice."""
    message = trial_sent.send(
        practice=practice_of(request),
        calendar_id=calendar_id,
        kind=payload.kind,
        channel=payload.channel,
        address=payload.checked_address(),
        actor=actor_of(request),
        now=clock.now(),
    )
    return Status(201, TrialOut.of(message))
