"""A telephone number on a page: as people read it, and as a link that dials it."""

from dataclasses import dataclass

from myosotis.content.values import phone_for_people, phone_link


@dataclass(frozen=True, kw_only=True, slots=True)
class Phone:
    read: str
    """+48 124 000 000"""
    dial: str
    """tel:+48124000000"""


def phone_of(number: str) -> Phone | None:
    return Phone(read=phone_for_people(number), dial=f"tel:{phone_link(number)}") if number else None
