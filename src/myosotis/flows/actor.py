"""Who makes something happen, for the visit's log and the audit log."""

from typing import Final

from myosotis.value_class import value_class


@value_class
class Actor:
    """`staff:7`, `key:ab12`, `patient:5`, `system`; the staff user's id where it is one."""

    name: str
    staff_user_id: int | None = None


SYSTEM: Final = Actor(name="system")


def staff(user_id: int) -> Actor:
    return Actor(name=f"staff:{user_id}", staff_user_id=user_id)


def api_key(prefix: str) -> Actor:
    return Actor(name=f"key:{prefix}")


def patient(patient_id: int) -> Actor:
    return Actor(name=f"patient:{patient_id}")
