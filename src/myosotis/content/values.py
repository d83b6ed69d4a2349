"""The names that texts may use, made of a `MessageContext`: flat, cleaned of control characters, dates already in words.

A name is there only if the message has what it stands for (a visit, an answer); what may be empty is "" or False.
So a text that asks for more than its kind has fails loudly, and one that forgets a condition shows nothing wrong.
"""

import re
from functools import lru_cache

from myosotis.content.choices import SAID, listed
from myosotis.content.context import AddressText, DoctorText, Links, MessageContext, PracticeText, ToldText, VisitText
from myosotis.content.moments import moment
from myosotis.content.names import many_lines, one_line, street_and_city, with_title
from myosotis.domain.words import Kind, Language, Party, VisitStatus

Values = dict[str, object]

ONE_CLICK_KINDS = frozenset([Kind.REVIEW, Kind.REBOOK, Kind.OFFER])
"""Only these can be unsubscribed from (docs/rules.md 5)."""


POLISH_PHONE = re.compile(r"^(\+48)(\d{3})(\d{3})(\d{3})$")

NO_CHANGE: Values = {
    "old_date": "",
    "old_date_shorter": "",
    "old_clock": "",
    "old_doctor": "",
    "old_place": "",
    "time_changed": False,
    "doctor_changed": False,
    "place_changed": False,
}
"""Of a move of which the former appointment is not known: the text then tells the new one alone."""


@lru_cache(maxsize=1024)
def phone_for_people(phone: str) -> str:
    """+48 123 456 789; other numbers as they were typed."""
    typed = one_line(phone)
    polish = POLISH_PHONE.match(typed)
    return " ".join(polish.groups()) if polish else typed


def phone_link(phone: str) -> str:
    """The number as a tel: address dials it."""
    return "".join(character for character in phone if character.isdigit() or character == "+")


def web_address(url: str) -> str:
    """The address if it is one of the web, else nothing: what staff typed must not become a script behind a link."""
    typed = one_line(url)
    return typed if typed.startswith(("https://", "http://")) else ""


def phone_of(context: MessageContext) -> str:
    """The number to call about the visit: the address's, else the practice's."""
    return (context.address.phone if context.address else "") or context.practice.phone


@lru_cache(maxsize=1024)
def practice_values(practice: PracticeText) -> Values:
    return {
        "practice": one_line(practice.name),
        "privacy_text": many_lines(practice.privacy_text),
        "privacy_url": web_address(practice.privacy_url),
    }


@lru_cache(maxsize=4096)
def doctor_values(doctor: DoctorText) -> Values:
    return {"doctor": with_title(doctor), "specialty": "" if doctor.sensitive else one_line(doctor.specialty)}


@lru_cache(maxsize=4096)
def address_values(address: AddressText) -> Values:
    return {
        "place_name": one_line(address.name),
        "street": one_line(address.street),
        "city": one_line(address.city),
        "place": street_and_city(address),
        "directions": many_lines(address.directions),
        "map_url": web_address(address.map_url),
    }


def service_values(context: MessageContext, doctor: DoctorText) -> Values:
    """A service may betray a specialty as well as its name does; of a sensitive one the page alone tells."""
    service = context.service
    return {
        "service": "" if doctor.sensitive else one_line(service.name),
        "preparation": "" if doctor.sensitive else many_lines(service.preparation),
        "preparation_on_page": bool(doctor.sensitive and service.preparation.strip()),
    }


def link_values(links: Links) -> Values:
    return {
        "link": links.open,
        "read_link": links.read,
        "unsubscribe_link": links.unsubscribe,
        "image_link": links.image,
    }


def known(visit: VisitText, kind: Kind) -> VisitText | ToldText:
    """The appointment that a text speaks of: of a cancelled one that which the patient knows."""
    return visit.told if kind is Kind.CANCELLED and visit.told is not None else visit


def visit_values(
    context: MessageContext, kind: Kind, language: Language, visit: VisitText, address: AddressText
) -> Values:
    """When it is, and how it stands."""
    at = moment(known(visit, kind).start, address.zone, language, context.practice.zone)
    return {
        "date": at.day.long,
        "on_date": at.day.on_long,
        "date_short": at.day.short,
        "date_shorter": at.day.shorter,
        "clock": at.clock,
        "by_patient": visit.event_by is Party.PATIENT,
        "confirmed": visit.status is VisitStatus.CONFIRMED,
        "cancel_reason": many_lines(visit.cancel_reason),
    }


def change_values(
    context: MessageContext, language: Language, visit: VisitText, doctor: DoctorText, address: AddressText
) -> Values:
    """What was before a move and what of it changed."""
    told = visit.told
    if told is None:
        return dict(NO_CHANGE)
    old_address, old_doctor = told.address or address, told.doctor or doctor
    at = moment(told.start, old_address.zone, language, context.practice.zone)
    return {
        "old_date": at.day.long,
        "old_date_shorter": at.day.shorter,
        "old_clock": at.clock,
        "old_doctor": with_title(old_doctor),
        "old_place": street_and_city(old_address),
        "time_changed": told.start != visit.start,
        "doctor_changed": old_doctor.name != doctor.name,
        "place_changed": street_and_city(old_address) != street_and_city(address),
    }


def offer_values(context: MessageContext, language: Language, address: AddressText) -> Values:
    if context.offer_start is None:
        return {}
    at = moment(context.offer_start, address.zone, language, context.practice.zone)
    return {
        "offer_date": at.day.long,
        "offer_date_short": at.day.short,
        "offer_date_shorter": at.day.shorter,
        "offer_clock": at.clock,
    }


def small_values(context: MessageContext, language: Language) -> Values:
    """What belongs to no visit: codes, answers, mails to staff."""
    values: Values = {}
    if context.code:
        values |= {"code": one_line(context.code), "code_minutes": context.code_minutes}
        values["code_purpose"] = context.code_purpose
    if context.answer is not None or context.written:
        values |= {"answer": context.answer or "", "written": one_line(context.written)}
    if context.said is not None:
        values["said"] = SAID[context.said][language]
        values["choices"] = listed(context.choices, language, context.practice.zone)
    if context.staff is not None:
        values |= {
            "topic": context.staff.topic.value,
            "staff_name": one_line(context.staff.name),
            "notice_subject": one_line(context.staff.subject),
            "notice": many_lines(context.staff.body),
        }
    return values


def basic_values(context: MessageContext, kind: Kind, language: Language) -> Values:
    """What both SMS and e-mail say besides names: links, phone, dates, changes, small things."""
    phone = phone_of(context)
    values: Values = {
        "link": context.links.open,
        "phone": phone_for_people(phone),
        "actions": context.actions,
        **small_values(context, language),
    }
    visit, doctor, address = appointment(context, kind)
    if visit is not None and doctor is not None and address is not None:
        values |= visit_values(context, kind, language, visit, address)
        if kind is Kind.MOVED:
            values |= change_values(context, language, visit, doctor, address)
        elif kind is Kind.OFFER:
            values |= offer_values(context, language, address)
    return values


def appointment(context: MessageContext, kind: Kind) -> tuple[VisitText | None, DoctorText | None, AddressText | None]:
    """Visit, doctor and address that a text speaks of; of a cancelled one those that the patient knows."""
    visit, doctor, address = context.visit, context.doctor, context.address
    if kind is Kind.CANCELLED and visit is not None and visit.told is not None:
        return visit, visit.told.doctor or doctor, visit.told.address or address
    return visit, doctor, address


def email_values(context: MessageContext, kind: Kind, language: Language) -> Values:
    """Everything that an e-mail may say."""
    values = basic_values(context, kind, language)
    values |= link_values(context.links)
    values |= practice_values(context.practice)
    values["phone_link"] = phone_link(phone_of(context))
    values["patient"] = one_line(context.patient.name)
    values["by_guardian"] = context.patient.by_guardian
    _, doctor, address = appointment(context, kind)
    if doctor is not None:
        values |= doctor_values(doctor)
        values |= service_values(context, doctor)
    if address is not None:
        values |= address_values(address)
    return values
