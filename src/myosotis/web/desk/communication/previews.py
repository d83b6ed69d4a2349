"""A message of a calendar as it arrives on a phone: rendered by the code that renders what is sent, for a made-up visit."""

from dataclasses import replace
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from myosotis import clock, naming
from myosotis.content.context import MessageContext
from myosotis.content.reasons import channel_name, kind_name
from myosotis.content.render import render_email, render_push, render_sms
from myosotis.content.rendered import RenderedEmail, RenderedPush, RenderedSms
from myosotis.content.samples import LONGEST_ADDRESS, LONGEST_DOCTOR, LONGEST_PATIENT, PATIENT, sample
from myosotis.domain.values import Switches
from myosotis.domain.words import Channel, Kind, Language, SmsLetters
from myosotis.flows import found
from myosotis.store.models import Calendar, Practice
from myosotis.value_class import value_class
from myosotis.web.desk import frame
from myosotis.web.desk.access import ANYBODY, Desk, staff

W = TypeVar("W", bound=StrEnum)

KINDS: Final = (Kind.DETAILS, Kind.REMINDER, Kind.MOVED, Kind.CANCELLED, Kind.REVIEW, Kind.OFFER, Kind.REBOOK)
CHANNELS: Final = (Channel.SMS, Channel.EMAIL, Channel.PUSH)
POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; form-action 'none'; "
    "base-uri 'none'; sandbox"
)
"""An e-mail brings its own styles and may do nothing else: no scripts, no forms, no opening of links."""


class Names(StrEnum):
    """How long the names are that a sample has."""

    USUAL = "usual"
    PATIENT = "patient"
    ALL = "all"


NAMES: Final = {
    Names.USUAL: _("usual names"),
    Names.PATIENT: _("the longest name of a patient, written to the guardian"),
    Names.ALL: _("besides, the longest names of a doctor and an address"),
}
LETTERS: Final = {
    SmsLetters.KEEP: _("with Polish letters"),
    SmsLetters.STRIP: _("without Polish letters"),
    SmsLetters.STRIP_TO_SAVE: _("without them only where that saves a part"),
}
LANGUAGES: Final = {Language.PL: "polski", Language.EN: "English"}


@value_class
class Wish:
    """What is to be shown; whatever an address names wrongly is as if it had not been named."""

    kind: Kind
    channel: Channel
    language: Language
    letters: SmsLetters
    names: Names
    actions: bool

    @classmethod
    def of(cls, query: QueryDict, practice: Practice, switches: Switches | None = None) -> "Wish":
        """As the form of the preview says; `actions` as the switch stands, where the form does not say it."""
        kind = _word(Kind, query.get("kind"), Kind.REMINDER)
        return cls(
            kind=kind if kind in KINDS else Kind.REMINDER,
            channel=_word(Channel, query.get("channel"), Channel.SMS),
            language=_word(Language, query.get("language"), Language(practice.language)),
            letters=_word(SmsLetters, query.get("letters"), SmsLetters(practice.sms_letters)),
            names=_word(Names, query.get("names"), Names.USUAL),
            actions="actions" in query if switches is None else switches.actions,
        )

    @property
    def query(self) -> str:
        said = {"kind": self.kind, "language": self.language, "names": self.names}
        return urlencode(said | ({"actions": "on"} if self.actions else {}))


def _word(words: type[W], said: str | None, otherwise: W) -> W:
    return words(said) if said in list(words) else otherwise


@value_class
class Cost:
    """What an SMS with these names costs, with and without Polish letters."""

    names: "str | Promise"
    kept: RenderedSms
    stripped: RenderedSms
    price: Decimal

    @property
    def kept_price(self) -> Decimal:
        return self.kept.price(self.price)

    @property
    def stripped_price(self) -> Decimal:
        return self.stripped.price(self.price)


@value_class
class Preview:
    """Everything that the phone shows."""

    wish: Wish
    calendar_id: int
    sender: naming.Practices
    sms: RenderedSms
    email: RenderedEmail
    push: RenderedPush
    costs: tuple[Cost, ...]

    @property
    def price(self) -> Decimal:
        return self.sms.price(self.sender.sms_price)

    @property
    def mail_url(self) -> str:
        return f"{reverse('desk:communication_mail', args=[self.calendar_id])}?{self.wish.query}"


def preview_of(practice: Practice, calendar: Calendar, wish: Wish) -> Preview:
    """A message of a sample visit in this calendar on each channel, as it would go out now."""
    sender = naming.load_practices([practice.pk])[practice.pk]
    context = context_of(practice, calendar, wish)
    return Preview(
        wish=wish,
        calendar_id=calendar.pk,
        sender=sender,
        sms=render_sms(context, letters=wish.letters),
        email=render_email(context, now=clock.now()),
        push=render_push(context),
        costs=tuple(_cost(practice, calendar, replace(wish, names=names), sender.sms_price) for names in Names),
    )


def _cost(practice: Practice, calendar: Calendar, wish: Wish, price: Decimal) -> Cost:
    context = context_of(practice, calendar, wish)
    return Cost(
        names=NAMES[wish.names],
        kept=render_sms(context, letters=SmsLetters.KEEP),
        stripped=render_sms(context, letters=SmsLetters.STRIP),
        price=price,
    )


def context_of(practice: Practice, calendar: Calendar, wish: Wish) -> MessageContext:
    """The calendar's own doctor, place and first service; the patient is made up, and with ALL the doctor and place too."""
    sender, place = naming.load_practices([practice.pk])[practice.pk], naming.load_places([calendar.pk])[calendar.pk]
    service = calendar.services.filter(active=True).order_by("pk").first()
    longest = wish.names is Names.ALL
    return sample(
        wish.kind,
        wish.language,
        practice=sender.text,
        doctor=LONGEST_DOCTOR if longest else place.doctor,
        address=LONGEST_ADDRESS if longest else place.address,
        service=naming.service(service.name, service.preparation) if service else naming.service("", ""),
        patient=PATIENT if wish.names is Names.USUAL else LONGEST_PATIENT,
        actions=wish.actions,
    )


def choices() -> dict[str, Any]:
    """What the form of the preview offers."""
    language = get_language() or ""
    return {
        "kinds": [(kind.value, kind_name(kind, language)) for kind in KINDS],
        "channels": [(channel.value, channel_name(channel, language)) for channel in CHANNELS],
        "languages": [(code.value, name) for code, name in LANGUAGES.items()],
        "letters": [(rule.value, words) for rule, words in LETTERS.items()],
        "names": [(names.value, words) for names, words in NAMES.items()],
    }


def _calendar(desk: Desk, calendar_id: int) -> Calendar:
    return found.one(desk.calendars().filter(pk=calendar_id), "calendar")


@require_safe
@staff(*ANYBODY)
def preview(request: HttpRequest, desk: Desk, calendar_id: int) -> HttpResponse:
    """The phone, as a piece of the page."""
    calendar = _calendar(desk, calendar_id)
    shown = preview_of(desk.practice, calendar, Wish.of(request.GET, desk.practice))
    return frame.answer(request, desk, "desk/communication/phone.piece.html", {"preview": shown})


@require_safe
@xframe_options_sameorigin
@staff(*ANYBODY)
def mail(request: HttpRequest, desk: Desk, calendar_id: int) -> HttpResponse:
    """The HTML of the e-mail, to be framed by the phone."""
    context = context_of(desk.practice, _calendar(desk, calendar_id), Wish.of(request.GET, desk.practice))
    html = render_email(context, now=clock.now()).html
    return HttpResponse(html, headers={"Content-Security-Policy": POLICY})
