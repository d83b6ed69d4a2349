"""Practices, doctors, places and services as texts name them: rows of the store as the plain values of `content`.

One reading for whoever sends and whoever previews, so that a preview cannot say what a message would not.
"""

from collections.abc import Collection
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from myosotis.content.context import AddressText, DoctorText, PracticeText, ServiceText
from myosotis.domain.words import SmsLetters
from myosotis.store.inquiry import Inquiry, learn
from myosotis.store.models import Calendar, Practice
from myosotis.store.question import Question
from myosotis.value_class import value_class

_PRACTICE: Final = (
    "name", "language", "email_sender", "phone", "sms_can_receive", "privacy_notice", "privacy_notice_url",
    "sms_sender", "sms_letters", "sms_price", "email_sender_name", "email_reply_to", "tracking_image",
)  # fmt: skip
_CALENDAR: Final = (
    "doctor__title", "doctor__name", "doctor__specialty", "doctor__sensitive",
    "address__name", "address__street", "address__city", "address__phone", "address__directions", "address__map_url",
    "address__time_zone",
)  # fmt: skip

_PRACTICES: Final = Question(lambda ids: Practice.objects.filter(id__in=[ids]).values_list("id", *_PRACTICE))
_CALENDARS: Final = Question(lambda ids: Calendar.objects.filter(id__in=[ids]).values_list("id", *_CALENDAR))


@value_class
class Practices:
    """A practice as a sender."""

    text: PracticeText
    sms_sender: str
    letters: SmsLetters
    sms_price: Decimal
    email_sender_name: str
    reply_to: str
    tracking_image: bool


@value_class(kw_only=False)
class Place:
    """A calendar as texts speak of it: a doctor at an address."""

    doctor: DoctorText
    address: AddressText


def load_practices(ids: Collection[int]) -> dict[int, Practices]:
    return learn(asking_practices(ids))


def asking_practices(ids: Collection[int]) -> Inquiry[dict[int, Practices]]:
    """As `load_practices`."""
    [rows] = yield [_PRACTICES.of(ids)]
    return {practice_id: _practice(row) for practice_id, *row in rows}


def _practice(row: list[Any]) -> Practices:
    (
        name, language, email, phone, can_receive, privacy_text, privacy_url,
        sms_sender, letters, price, sender_name, reply_to, image,
    ) = row  # fmt: skip
    text = PracticeText(
        name=name,
        language=language,
        email=email,
        phone=phone,
        can_receive_sms=can_receive,
        privacy_text=privacy_text,
        privacy_url=privacy_url,
    )
    return Practices(
        text=text,
        sms_sender=sms_sender,
        letters=SmsLetters(letters),
        sms_price=price,
        email_sender_name=sender_name or name,
        reply_to=reply_to,
        tracking_image=image,
    )


def load_places(ids: Collection[int]) -> dict[int, Place]:
    return learn(asking_places(ids))


def asking_places(ids: Collection[int]) -> Inquiry[dict[int, Place]]:
    """As `load_places`, by calendar."""
    [rows] = yield [_CALENDARS.of(ids)]
    return {calendar_id: _place(*row) for calendar_id, *row in rows}


@lru_cache(maxsize=1024)
def _place(  # noqa: PLR0917 - a row of the database, in its order
    title: str, doctor: str, specialty: str, sensitive: bool,
    name: str, street: str, city: str, phone: str, directions: str, map_url: str, zone: str,
) -> Place:  # fmt: skip
    return Place(
        DoctorText(title=title, name=doctor, specialty=specialty, sensitive=sensitive),
        AddressText(
            name=name,
            street=street,
            city=city,
            phone=phone,
            directions=directions,
            map_url=map_url,
            zone=ZoneInfo(zone),
        ),
    )


@lru_cache(maxsize=1024)
def service(name: str, preparation: str) -> ServiceText:
    return ServiceText(name=name, preparation=preparation)
