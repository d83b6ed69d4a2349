"""A telephone number on a page: as people read it, and as a link that dials it."""

from myosotis.content.values import phone_for_people, phone_link
from myosotis.value_class import value_class


@value_class
class Phone:
    read: str
    """+48 124 000 000"""
    dial: str
    """tel:+48124000000"""


def phone_of(number: str) -> Phone | None:
    return Phone(read=phone_for_people(number), dial=f"tel:{phone_link(number)}") if number else None
