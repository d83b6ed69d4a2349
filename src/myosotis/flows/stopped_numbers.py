"""STOP and START: which numbers get no SMS of a practice (docs/rules.md 5). E-mail and push go on."""

from datetime import datetime

from django.db.models import Q

from myosotis.flows import found
from myosotis.flows.replanning import replan
from myosotis.store.models import Practice, StoppedNumber


def patients_at(practice: Practice, phone: str) -> set[int]:
    """The patients on whose card this number stands, a guardian's too; household members share one."""
    if not phone:
        return set()
    cards = practice.patients.filter(Q(phone=phone) | Q(guardian_phone=phone))
    return set(cards.values_list("id", flat=True))


def note_stop(practice: Practice, phone: str, now: datetime, *, at_provider: bool) -> bool:
    """Keep that no SMS of the practice goes to this number; whether that is new."""
    if not phone:
        return False
    number, created = StoppedNumber.objects.get_or_create(
        practice=practice, phone=phone, defaults={"stopped_at": now, "at_provider": at_provider}
    )
    if at_provider and not number.at_provider:
        number.at_provider = True
        number.save(update_fields=["at_provider"])
    return created


def stop(practice: Practice, phone: str, now: datetime) -> bool:
    """STOP came from this number: planned SMS to it end in the same transaction; whether it is new."""
    visits = _locked(practice, phone, now)
    new = note_stop(practice, phone, now, at_provider=False)
    replan(practice, visits, now)
    return new


def start(practice: Practice, phone: str, now: datetime) -> bool:
    """START came from this number: SMS go again; whether they had been stopped."""
    visits = _locked(practice, phone, now)
    deleted, _ = StoppedNumber.objects.filter(practice=practice, phone=phone).delete()
    replan(practice, visits, now)
    return bool(deleted)


def _locked(practice: Practice, phone: str, now: datetime) -> list[int]:
    return found.visits_ahead_of(practice, patients_at(practice, phone), now)
