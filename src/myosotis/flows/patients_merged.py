"""Two cards of one person become one: all that hangs on the double goes to the card that is kept (docs/adr/0026).

It is final. What either card forbids is forbidden afterwards.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Max

from myosotis.domain.words import ConsentPurpose, OptOut
from myosotis.flows import found, records
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Conflict, Invalid, NotFound
from myosotis.flows.patient_changed import search_of
from myosotis.flows.patient_erased import EMPTIED
from myosotis.flows.replanning import replan
from myosotis.store.models import Consent, Member, Patient, Practice, PushSubscription
from myosotis.store.name_keys import sort_key

FORBIDS: Final = (*(f"no_{word}" for word in OptOut), "silent", "deceased")
GROUPS: Final = {
    "name": ("first_name", "last_name"),
    "email": ("email", "email_bad_at"),
    "phone": ("phone", "phone_is_mobile", "phone_bad_at"),
    "guardian": (
        "guardian_name", "guardian_email", "guardian_email_bad_at", "guardian_phone", "guardian_phone_is_mobile",
        "guardian_phone_bad_at", "guardian_until",
    ),
    "language": ("language",),
    "external_id": ("external_id",),
}  # fmt: skip
"""What the kept card takes over where it has none, or where staff say so: each address with what is known of it."""
CHOOSABLE: Final = frozenset(GROUPS) - {"external_id"}
"""By an external id files and other systems mean the card: both stay known, whichever card is kept."""
SIMPLY_MOVED: Final = ("visits", "messages", "incoming_messages", "candidacies", "verifications", "opinions")


@transaction.atomic
def merge(
    *,
    practice: Practice,
    kept_id: int,
    double_id: int,
    actor: Actor,
    now: datetime,
    from_double: Collection[str] = (),
) -> Patient:
    """Merge the double into the kept card and plan its visits anew; the kept card.

    `from_double` names the groups (of `CHOOSABLE`) in which the double's values win, where it has any.

    Raises NotFound (also for a card of another practice), Invalid (`double_id`: same_card; from_double) and Conflict
    (`erased`).
    """
    if not CHOOSABLE.issuperset(from_double):
        raise Invalid("from_double", "unknown")
    if kept_id == double_id:
        raise Invalid("double_id", "same_card")
    found.visits_ahead_of(practice, [kept_id, double_id], now)
    both = practice.patients.filter(id__in=(kept_id, double_id)).order_by("id").select_for_update(no_key=True)
    cards = {card.pk: card for card in both}
    kept, double = (_card(cards, patient_id) for patient_id in (kept_id, double_id))
    _move_consents(kept, double, now)
    _move_installations(kept, double)
    for name in SIMPLY_MOVED:
        getattr(double, name).update(patient=kept)
    practice.visits.filter(former_patient=double).update(former_patient=kept)
    double.doubles.update(merged_into=kept)
    _lay(kept, double, from_double, now)
    for patient in (kept, double):
        records.audit(practice, "patient.merged", "patient", patient.pk, now=now, actor=actor)
    replan(practice, found.ids_ahead_of(practice, [kept.pk], now), now)
    return kept


def _card(cards: dict[int, Patient], patient_id: int) -> Patient:
    if patient_id not in cards:
        raise NotFound("patient")
    if cards[patient_id].erased_at is not None:
        raise Conflict("erased")
    return cards[patient_id]


def _lay(kept: Patient, double: Patient, from_double: Collection[str], now: datetime) -> None:
    """The kept card with what it lacked; the double is emptied but for an external id by which files may still name it."""
    for name in FORBIDS:
        setattr(kept, name, getattr(kept, name) or getattr(double, name))
    taken = {
        name: getattr(double, name)
        for key, group in GROUPS.items()
        if not _has(kept, group) or (key in from_double and _has(double, group))
        for name in group
    }
    if "external_id" not in taken:
        taken["external_id"] = kept.external_id
    own = double.external_id if taken["external_id"] != double.external_id else ""
    for name in EMPTIED:
        setattr(double, name, "")
    double.external_id, double.guardian_until = own, None
    double.merged_into, double.erased_at = kept, now
    double.save()
    for name, value in taken.items():
        setattr(kept, name, value)
    kept.sort_key = sort_key(kept.last_name, kept.first_name)
    kept.search_key = search_of(kept)
    kept.save()


def _has(card: Patient, group: tuple[str, ...]) -> bool:
    """Whether a card has an address of this group itself; of a guardian any of name, e-mail and phone."""
    return any(isinstance(getattr(card, name), str) and getattr(card, name) for name in group)


def _move_consents(kept: Patient, double: Patient, now: datetime) -> None:
    """Every record stays. In force is a consent that was given on either card and withdrawn on neither since."""
    for purpose in ConsentPurpose:
        records_of = Consent.objects.filter(patient__in=(kept, double), purpose=purpose)
        in_force = list(records_of.filter(withdrawn_at=None).order_by("-given_at", "-id"))
        withdrawn_at = records_of.aggregate(last=Max("withdrawn_at"))["last"]
        newest = in_force[0] if in_force else None
        if newest is not None and withdrawn_at is not None and withdrawn_at >= newest.given_at:
            newest = None
        ended = [consent.pk for consent in in_force if consent != newest]
        Consent.objects.filter(pk__in=ended).update(withdrawn_at=now)
    double.consents.update(patient=kept)


def _move_installations(kept: Patient, double: Patient) -> None:
    """The app on each phone is the kept card's; on a phone that had both, once."""
    mine = {member.installation_id: member for member in Member.objects.filter(patient=kept)}
    for member in Member.objects.filter(patient=double):
        twin = mine.get(member.installation_id)
        if twin is None:
            Member.objects.filter(pk=member.pk).update(patient=kept)
        else:
            PushSubscription.objects.filter(member=member).update(member=twin)
            member.delete()
    known = kept.push_subscriptions.values_list("endpoint_hash", flat=True)
    double.push_subscriptions.filter(endpoint_hash__in=list(known)).delete()
    double.push_subscriptions.update(patient=kept)
