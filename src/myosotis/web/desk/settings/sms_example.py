"""What SMS of this practice come to, by each choice of letters: real texts of its own calendar, in parts and money."""

from dataclasses import replace
from decimal import Decimal
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from myosotis.content.context import MessageContext
from myosotis.content.render import render_sms
from myosotis.content.rendered import RenderedSms
from myosotis.content.samples import sample
from myosotis.domain.words import Kind, SmsLetters
from myosotis.naming import load_places, load_practices
from myosotis.value_class import value_class
from myosotis.web.desk.access import Desk

MANY: Final = 1000
KINDS: Final = (Kind.REMINDER, Kind.MOVED)
"""The most frequent one, and the longest of the frequent ones."""
LABELS: "Final[dict[SmsLetters, str | Promise]]" = {
    SmsLetters.STRIP_TO_SAVE: _("left out to save a part"),
    SmsLetters.STRIP: _("always left out"),
    SmsLetters.KEEP: _("always kept"),
}


@value_class
class Example:
    """One text, and the choices of letters by which it is written so."""

    label: str
    text: str
    length: int
    parts: int
    price: Decimal
    price_of_many: Decimal


@value_class
class Examples:
    """One kind of message by every choice."""

    kind: Kind
    by_choice: list[Example]


def examples(desk: Desk, *, price: Decimal | None = None, can_receive: bool | None = None) -> list[Examples]:
    """With the practice's own names where it has a calendar; `price` (of a part) and `can_receive` as about to be set."""
    practice = load_practices([desk.practice.pk])[desk.practice.pk]
    text = practice.text if can_receive is None else replace(practice.text, can_receive_sms=can_receive)
    first = desk.calendars().values_list("id", flat=True).first()
    place = load_places([first])[first] if first is not None else None
    found = []
    for kind in KINDS:
        context = sample(kind, text.language, practice=text)
        if place is not None:
            context = replace(context, doctor=place.doctor, address=place.address)
        per_part = practice.sms_price if price is None else price
        found.append(Examples(kind=kind, by_choice=_by_choice(context, per_part)))
    return found


def _by_choice(context: MessageContext, per_part: Decimal) -> list[Example]:
    """Choices that come to the same text are shown once."""
    labels: dict[str, list[str]] = {}
    rendered: dict[str, RenderedSms] = {}
    for letters, label in LABELS.items():
        sms = render_sms(context, letters=letters)
        rendered[sms.text] = sms
        labels.setdefault(sms.text, []).append(str(label))
    return [_example("; ".join(labels[text]), sms, per_part) for text, sms in rendered.items()]


def _example(label: str, sms: RenderedSms, per_part: Decimal) -> Example:
    return Example(
        label=label,
        text=sms.text,
        length=sms.length,
        parts=sms.parts,
        price=sms.price(per_part),
        price_of_many=sms.price(per_part) * MANY,
    )
