"""The timeline of a visit in words, without anybody's name or address."""

from collections.abc import Iterator
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from myosotis.content import offer_words
from myosotis.content.reasons import channel_name, date_and_time, explain, kind_name, known_language
from myosotis.domain.words import Channel, FallbackRule, Kind, MessageStatus, Reason, VisitStatus, Wave
from myosotis.store import timeline
from myosotis.store.models import Message, MessageEvent, Offer, Visit

WORDS = {
    "pl": {
        "visit": "Wizyta",
        "revision": "wersja",
        "booked": "umówiona",
        "read": "przeczytano",
        "fallback": "w razie potrzeby",
        "offer": "Propozycja wolnego terminu",
        "candidate": "kandydat",
    },
    "en": {
        "visit": "Visit",
        "revision": "revision",
        "booked": "agreed",
        "read": "read",
        "fallback": "if needed",
        "offer": "Offer of a free time",
        "candidate": "candidate",
    },
}
STATUSES = {
    "pl": {
        VisitStatus.BOOKED: "zarezerwowana",
        VisitStatus.CONFIRMED: "potwierdzona",
        VisitStatus.CANCELLED: "odwołana",
        VisitStatus.NO_SHOW: "pacjent nie przyszedł",
        VisitStatus.DONE: "odbyła się",
    },
    "en": {
        VisitStatus.BOOKED: "booked",
        VisitStatus.CONFIRMED: "confirmed",
        VisitStatus.CANCELLED: "cancelled",
        VisitStatus.NO_SHOW: "the patient did not come",
        VisitStatus.DONE: "took place",
    },
}
BIGGEST_ID = 2**63 - 1


def find(text: str) -> list[Visit]:
    """The visits that an id, an external id (of any practice) or a UID may mean."""
    visits = Visit.objects.select_related("calendar__address").order_by("id")
    if text.isdecimal() and int(text) <= BIGGEST_ID and (found := list(visits.filter(id=int(text)))):
        return found
    if found := list(visits.filter(external_id=text)):
        return found
    try:
        return list(visits.filter(uuid=UUID(text.partition("@")[0])))
    except ValueError:
        return []


def lines(visit: Visit, language: str, *, history: bool = False) -> Iterator[str]:
    """The visit, and each message in the order of its time."""
    zone, words = visit.calendar.address.zone, WORDS[language]
    spoken = known_language(language)
    status = STATUSES[language][VisitStatus(visit.status)]
    yield (
        f"{words['visit']} {visit.pk}: {date_and_time(visit.start, zone, spoken)} ({status}, "
        f"{words['revision']} {visit.revision}, {words['booked']} {date_and_time(visit.booked_at, zone, spoken)})"
    )
    for message in timeline.of_visit(visit):
        yield _message(message, language, zone)
        if history:
            channel = Channel(message.channel)
            yield from (_event(event, channel, language, zone) for event in message.events.all())
    for offer in Offer.objects.filter(Q(freed_by=visit) | Q(candidates__visit=visit)).distinct().order_by("id"):
        yield from _offer(offer, visit, language, zone, history=history)


def _offer(offer: Offer, visit: Visit, language: str, zone: ZoneInfo, *, history: bool) -> Iterator[str]:
    """An offer of a time that the visit left, or about which its patient was asked or passed over."""
    words, spoken = WORDS[language], known_language(language)
    state = offer_words.state(offer.closed_because, language)
    yield f"  {words['offer']} {offer.pk}, {date_and_time(offer.start, zone, spoken)}: {state}"
    own = offer.candidates.filter(visit=visit).first()
    if own is not None:
        yield f"      {offer_words.candidate(own.passed_over, own.answer, language)}"
    for event in offer.events.order_by("id") if history else ():
        who = f" ({words['candidate']} {event.candidate_id})" if event.candidate_id else ""
        said = offer_words.step(event.what, event.reason, language)
        yield f"      {date_and_time(event.at, zone, spoken)}: {said}{who}"


def _message(message: Message, language: str, zone: ZoneInfo) -> str:
    words = WORDS[language]
    status = MessageStatus(message.status)
    reason = Reason(message.reason) if message.reason else None
    waits_for = FallbackRule(message.fallback) if message.fallback else None
    channel = Channel(message.channel)
    name = kind_name(Kind(message.kind), language)
    if channel is not Channel.NONE:
        name += f", {channel_name(channel, language)}"
    if message.wave == Wave.FALLBACK:
        name += f" ({words['fallback']})"
    at = timeline.moment_of(message)
    line = f"  {name}: {explain(status, reason, language, at=at, zone=zone, fallback=waits_for, channel=channel)}"
    if message.read_at is not None:
        line += f"; {words['read']} {date_and_time(message.read_at, zone, known_language(language))}"
    return line + (f" [{message.detail}]" if message.detail else "")


def _event(event: MessageEvent, channel: Channel, language: str, zone: ZoneInfo) -> str:
    reason = Reason(event.reason) if event.reason else None
    said = explain(MessageStatus(event.status), reason, language, at=None, zone=zone, channel=channel)
    return f"      {date_and_time(event.at, zone, known_language(language))}: {said}"
