"""Messages that belong to no visit: answers to incoming SMS, codes, mails to staff, and trials that they send themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings

from myosotis import naming
from myosotis.content.context import MessageContext, PatientText, ServiceText
from myosotis.content.samples import PATIENT, sample
from myosotis.dispatch import answers, staff_letters, tokens
from myosotis.dispatch.answers import ready
from myosotis.dispatch.job import Broken, Checked
from myosotis.domain import codes
from myosotis.domain.recheck import Stop
from myosotis.domain.words import Channel, Kind, MessageStatus, Reason, SubjectType
from myosotis.naming import Practices
from myosotis.store.models import MessageText, PhoneVerification, Service
from myosotis.store.queue.claim import Claimed
from myosotis.store.sealing import derived_key


def check(messages: Sequence[Claimed], now: datetime) -> dict[int, Checked]:
    """What may become of each message at `now` (UTC), by its id. They are few: each is read alone."""
    if not messages:
        return {}
    practices = naming.load_practices({message.practice_id for message in messages})
    return {message.id: _check(message, practices, now) for message in messages}


def _check(message: Claimed, practices: Mapping[int, Practices], now: datetime) -> Checked:
    if message.expires_at is not None and now >= message.expires_at:
        return Stop(status=MessageStatus.EXPIRED, reason=Reason.EXPIRED)
    practice = practices[message.practice_id]
    match message.subject_type:
        case SubjectType.INCOMING:
            return answers.check(message, practice)
        case SubjectType.TEST:
            return _trial(message, practice)
        case SubjectType.VERIFICATION:
            return _code(message, practice, now)
        case SubjectType.STAFF:
            return staff_letters.check(message, practice, now)
        case _:
            return Broken(f"no_{message.subject_type}")  # visits and offers have checkers of their own


def _code(message: Claimed, practice: Practices, now: datetime) -> Checked:
    """A code goes to the number that it is to prove, whatever was stopped: it was asked for just now.

    To a number typed in by a stranger nothing is said of any patient; what was asked for again went with the first.
    """
    row = PhoneVerification.objects.select_related("patient").filter(id=message.subject_id).first()
    if row is None or (row.patient is not None and row.patient.erased_at is not None):
        return Stop(status=MessageStatus.CANCELLED, reason=Reason.ERASED)
    if row.verified_at is not None or row.attempts >= codes.MOST_WRONG or now >= row.expires_at:
        return Stop(status=MessageStatus.EXPIRED, reason=Reason.EXPIRED)
    context = MessageContext(
        kind=Kind.CODE,
        language=row.language or practice.text.language,
        practice=practice.text,
        code=codes.code_of(derived_key("codes"), row.uuid),
        code_minutes=codes.minutes_left(row.expires_at, now),
        code_purpose=row.purpose,
        code_host=_host_of_pages(),
    )
    return ready(message, context, practice, row.phone)


def _host_of_pages() -> str:
    """The host for which browsers take a code out of an SMS; they do so for pages under https alone."""
    address = urlsplit(settings.MYOSOTIS.public_url)
    return (address.hostname or "") if address.scheme == "https" else ""


def _trial(message: Claimed, practice: Practices) -> Checked:
    """A sample of a kind, with the calendar's own doctor and place; the address and the kind stand in its text."""
    wanted = MessageText.objects.filter(message_id=message.id).values_list("address", "subject").first()
    place = naming.load_places([message.subject_id]).get(message.subject_id)
    if wanted is None or place is None:
        return Stop(status=MessageStatus.CANCELLED, reason=Reason.ERASED)
    address, kind = wanted[0], Kind(wanted[1])
    service = Service.objects.filter(calendar_id=message.subject_id, active=True).order_by("id").first()
    shown = sample(
        kind,
        practice.text.language,
        practice=practice.text,
        doctor=place.doctor,
        address=place.address,
        service=ServiceText() if service is None else naming.service(service.name, service.preparation),
        patient=PatientText(name=PATIENT.name, email=address if message.channel is Channel.EMAIL else ""),
    )
    links = tokens.links(message.uuid, kind, message.channel, image=False)
    return ready(message, replace(shown, kind=Kind.TEST, sample_of=kind, links=links), practice, address)
