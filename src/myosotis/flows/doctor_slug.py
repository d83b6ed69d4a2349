"""The last part of the address of a doctor's public profile: "anna-kowalska", unique on this server."""

import re
from typing import Final

from django.db import IntegrityError, transaction

from myosotis.flows.errors import Conflict, Invalid
from myosotis.store.apart import scope
from myosotis.store.apart.scope import Why
from myosotis.store.models import Doctor
from myosotis.store.name_keys import plain

NAMELESS: Final = "lekarz"
"""For a name without a Latin letter or digit."""
LONGEST: Final = 90
"""Of what is made from a name; the number after it needs some room in the column."""
_WELL_FORMED: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def of_name(name: str) -> str:
    """Lower case letters and digits of a name, without Polish marks, words parted by hyphens."""
    return "-".join(re.findall(r"[a-z0-9]+", plain(name)))[:LONGEST].strip("-") or NAMELESS


def give(doctor: Doctor) -> None:
    """Give a doctor who has none a slug made of the name, with the first number free where the name is taken."""
    if doctor.slug:
        return
    base = of_name(doctor.name)
    while not _saved(doctor, _first_free(base)):
        pass  # somebody took it in this moment; the next look sees that


def _first_free(base: str) -> str:
    with scope.across(Why.PROFILE):
        taken = set(Doctor.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    number = 1
    while (slug := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return slug


def _saved(doctor: Doctor, slug: str) -> bool:
    try:
        with transaction.atomic():
            Doctor.objects.filter(pk=doctor.pk, slug="").update(slug=slug)
    except IntegrityError:
        return False
    doctor.slug = slug
    return True


def check(slug: str) -> None:
    """Raise Invalid (slug: `malformed`) unless it is lower case letters, digits and single hyphens between them."""
    if not _WELL_FORMED.fullmatch(slug):
        raise Invalid("slug", "malformed")


def require_free(doctor: Doctor) -> None:
    """Raise Conflict (`slug_taken`) where another doctor has the slug, of whatever practice."""
    with scope.across(Why.PROFILE):
        taken = Doctor.objects.filter(slug=doctor.slug).exclude(pk=doctor.pk).exists()
    if taken:
        raise Conflict("slug_taken")
