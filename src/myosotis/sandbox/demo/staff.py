"""The staff of the demo practice: one of each role."""

from typing import Final

from myosotis.domain.words import Role
from myosotis.store.models import Doctor, Membership, Practice, StaffUser

OWNER: Final = ("jagoda.wrzos@niezapominajka.test", "Jagoda Wrzos")
RECEPTIONIST: Final = ("daniel.sosna@niezapominajka.test", "Daniel Sosna")
DOCTOR_EMAIL: Final = "lekarz@niezapominajka.test"


def make_staff(practice: Practice) -> None:
    """They have no password: at the bench one enters as any of them."""
    _join(practice, *OWNER, Role.OWNER)
    _join(practice, *RECEPTIONIST, Role.RECEPTIONIST)
    doctor = practice.doctors.order_by("id")[0]
    _join(practice, DOCTOR_EMAIL, doctor.name, Role.DOCTOR, doctor)


def _join(practice: Practice, email: str, name: str, role: Role, doctor: Doctor | None = None) -> None:
    user = StaffUser.objects.create_user(email)
    user.name = name
    user.save()
    Membership.objects.create(practice=practice, user=user, role=role, doctor=doctor)
