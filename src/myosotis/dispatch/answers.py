"""Answers to incoming SMS: by themselves the phone number, a link, or the question which is meant; and those of staff."""

from collections.abc import Mapping
from typing import Final

from django.db.models import Q

from myosotis import naming
from myosotis.content.context import ChoiceText, Links, MessageContext
from myosotis.dispatch import tokens
from myosotis.dispatch.job import Checked, Ready
from myosotis.domain.recheck import Stop
from myosotis.domain.sms_words import SmsWord
from myosotis.domain.words import Answer, Channel, Kind, MessageStatus, Reason
from myosotis.naming import Place, Practices
from myosotis.store.models import (
    Candidate,
    IncomingMessage,
    Message,
    MessageText,
    Patient,
    ReplyQuestion,
    StoppedNumber,
)
from myosotis.store.queue.claim import Claimed

ABOUT_STOPPING: Final = (Answer.STOPPED, Answer.STARTED)
"""Confirmations that go although the number is stopped: STOP and START are confirmed once."""

Asked = Mapping[int, Message]
"""By code, what the patient may choose."""


def check(message: Claimed, practice: Practices) -> Checked:
    """The answer to an SMS goes to the number that it came from, in the language of the card."""
    rows = IncomingMessage.objects.select_related("patient", "about__patient", "about__visit")
    row = rows.filter(id=message.subject_id).first()
    written = _written(message.id)
    if row is None or not (row.answer or written) or _erased(row.patient):
        return Stop(status=MessageStatus.CANCELLED, reason=Reason.ERASED)
    stopped = StoppedNumber.objects.filter(practice_id=message.practice_id, phone=row.sender).exists()
    if written is not None:
        return _by_staff(message, written, row, practice, stopped=stopped)
    answer = Answer(row.answer)
    if answer not in ABOUT_STOPPING and stopped:
        return Stop(status=MessageStatus.CANCELLED, reason=Reason.SMS_STOPPED)
    about = None if row.about is None or _erased(row.about.patient) else row.about
    asked = _asked(row) if answer is Answer.WHICH else {}
    if (answer is Answer.OFFER and about is None) or (answer is Answer.WHICH and not asked):
        return Stop(status=MessageStatus.CANCELLED, reason=Reason.ERASED)
    return ready(message, _context(row, answer, about, asked, practice), practice, row.sender)


def _written(message_id: int) -> str | None:
    """What staff wrote; None of an answer that goes by itself (copy 0)."""
    texts = MessageText.objects.filter(message_id=message_id, message__copy__gt=0)
    return texts.values_list("body", flat=True).first()


def _by_staff(message: Claimed, text: str, row: IncomingMessage, practice: Practices, *, stopped: bool) -> Checked:
    """Asked again just before it goes: what the patient wants, or whether they live, may have changed since."""
    patient = row.patient
    reasons = (
        (stopped, Reason.SMS_STOPPED),
        (patient is not None and patient.deceased, Reason.DECEASED),
        (patient is not None and patient.no_sms, Reason.OPTED_OUT),
        (patient is not None and patient.silent, Reason.PATIENT_SILENCED),
    )
    against = next((reason for holds, reason in reasons if holds), None)
    if against is not None:
        return Stop(status=MessageStatus.CANCELLED, reason=against)
    context = MessageContext(kind=Kind.ANSWER, language=practice.text.language, practice=practice.text, written=text)
    return ready(message, context, practice, row.sender)


def _context(
    row: IncomingMessage, answer: Answer, about: Message | None, asked: Asked, practice: Practices
) -> MessageContext:
    visits = [one.visit for one in (about, *asked.values()) if one is not None and one.visit is not None]
    places = naming.load_places({visit.calendar_id for visit in visits})
    return MessageContext(
        kind=Kind.ANSWER,
        language=_language(row, about, asked) or practice.text.language,
        practice=practice.text,
        address=places[about.visit.calendar_id].address if about and about.visit else None,
        links=_links(about) if answer is Answer.OFFER else Links(),
        answer=answer,
        said=SmsWord(row.understood_as) if asked else None,
        choices=_choices(row, asked, places),
    )


def ready(message: Claimed, context: MessageContext, practice: Practices, address: str) -> Ready:
    """A message that belongs to no visit, for handing over."""
    return Ready(
        context=context,
        address=address,
        letters=practice.letters,
        sms_price=practice.sms_price,
        sender=practice.sms_sender if message.channel is Channel.SMS else practice.email_sender_name,
        sender_email=practice.text.email,
        reply_to=practice.reply_to,
    )


def _erased(patient: Patient | None) -> bool:
    return patient is not None and patient.erased_at is not None


def _language(row: IncomingMessage, about: Message | None, asked: Asked) -> str:
    """Of the card that the number stands on; of a household's, if all those concerned speak the same."""
    people = [row.patient] if row.patient else [one.patient for one in (about, *asked.values()) if one]
    languages = {person.language for person in people if person}
    return languages.pop() if len(languages) == 1 else ""


def _links(about: Message | None) -> Links:
    """The link of the message that was replied to, on the channel that it went by."""
    if about is None:
        return Links()
    return Links(open=tokens.links(about.uuid, Kind(about.kind), Channel(about.channel), image=False).open)


def _asked(row: IncomingMessage) -> Asked:
    """What the codes stand for, in their order; whose patient was erased meanwhile is no choice any more."""
    question = ReplyQuestion.objects.filter(incoming=row).first()
    choices = question.choices if question else []
    found = Message.objects.filter(visit__isnull=False, patient__erased_at=None).select_related("visit", "patient")
    messages = found.in_bulk([choice["message"] for choice in choices])
    return {choice["code"]: messages[choice["message"]] for choice in choices if choice["message"] in messages}


def _choices(row: IncomingMessage, asked: Asked, places: Mapping[int, Place]) -> tuple[ChoiceText, ...]:
    named = bool(asked) and _is_shared(row)
    offers = [message.subject_id for message in asked.values() if message.kind == Kind.OFFER]
    offered = dict(Candidate.objects.filter(id__in=offers).values_list("id", "offer__start"))
    choices = []
    for code, message in asked.items():
        if message.visit is None:
            continue
        place = places[message.visit.calendar_id]
        earlier = offered.get(message.subject_id) if message.kind == Kind.OFFER else None
        choices.append(
            ChoiceText(
                code=code,
                start=earlier or message.visit.start,
                doctor=place.doctor,
                zone=place.address.zone,
                patient=message.patient.first_name if named and message.patient else "",
                earlier_time=earlier is not None,
            )
        )
    return tuple(choices)


def _is_shared(row: IncomingMessage) -> bool:
    """Whether the number stands on several cards, or is a guardian's: then each visit says whose it is."""
    cards = Patient.objects.filter(Q(phone=row.sender) | Q(guardian_phone=row.sender), practice_id=row.practice_id)
    phones = list(cards.values_list("phone", "guardian_phone"))
    return len(phones) > 1 or any(guardian == row.sender for _, guardian in phones)
