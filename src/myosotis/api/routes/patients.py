"""Patient cards: add, change, look for, consent, app installations, erase."""

from typing import Any, cast

from django.http import HttpRequest
from ninja import Query, Router, Status

from myosotis import clock
from myosotis.api.access import Needs, actor_of, practice_of
from myosotis.api.paging import Page, PageQuery, page
from myosotis.api.schemas.patients import (
    ConsentIn,
    ConsentOut,
    MergeIn,
    PatientChange,
    PatientIn,
    PatientOut,
    SearchIn,
    SubscriptionIn,
    SubscriptionOut,
)
from myosotis.api.schemas.values import Id, sent
from myosotis.domain.words import ConsentPurpose, OptOut
from myosotis.flows import found, patient_changed, patient_erased, patients_merged, push_subscribed
from myosotis.flows.api_access import Scope
from myosotis.flows.patient_changed import CardFields
from myosotis.intake.phones import parse_phone
from myosotis.store.cards import with_stops
from myosotis.store.models import Consent, PushSubscription
from myosotis.store.patient_search import living_cards, matching

router = Router(auth=Needs(Scope.PATIENTS_READ), tags=["patients"])
MAY_WRITE = Needs(Scope.PATIENTS_WRITE)


@router.get("/patients", response=Page[PatientOut])
def list_patients(request: HttpRequest, query: Query[PageQuery], external_id: str | None = None) -> Page[PatientOut]:
    """Patient cards in the order of their ids; erased ones are left out."""
    patients = with_stops(living_cards(practice_of(request)))
    if external_id is not None:
        patients = patients.filter(external_id=external_id)
    return page(patients, query, PatientOut.of)


@router.post("/patients/search", response=Page[PatientOut])
def search_patients(request: HttpRequest, payload: SearchIn, query: Query[PageQuery]) -> Page[PatientOut]:
    """Look for patients by parts of name, number or address; a POST, so that no name stands in a URL."""
    patients = with_stops(living_cards(practice_of(request)))
    return page(matching(patients, payload.text), query, PatientOut.of)


@router.post("/patients", response={201: PatientOut}, auth=MAY_WRITE)
def add_patient(request: HttpRequest, payload: PatientIn) -> Status[PatientOut]:
    """Add a card. Without phone and e-mail it is taken, and flagged in `warnings`."""
    patient = patient_changed.add(
        practice=practice_of(request), card=_card(payload.model_dump()), actor=actor_of(request), now=clock.now()
    )
    return Status(201, PatientOut.of(patient))


@router.get("/patients/{patient_id}", response=PatientOut)
def get_patient(request: HttpRequest, patient_id: Id) -> PatientOut:
    return PatientOut.of(found.patient_of(practice_of(request), patient_id))


@router.patch("/patients/{patient_id}", response=PatientOut, auth=MAY_WRITE)
def change_patient(request: HttpRequest, patient_id: Id, payload: PatientChange) -> PatientOut:
    """Change a card; the patient's visits are planned anew."""
    patient = patient_changed.update(
        practice=practice_of(request),
        patient_id=patient_id,
        card=_card(sent(payload, nullable=("language", "guardian_until"))),
        actor=actor_of(request),
        now=clock.now(),
    )
    return PatientOut.of(patient)


@router.delete("/patients/{patient_id}", response={204: None}, auth=MAY_WRITE)
def erase_patient(request: HttpRequest, patient_id: Id) -> Status[None]:
    """Erase a patient: planned messages end, contact data is gone everywhere; counts stay."""
    patient_erased.erase(practice=practice_of(request), patient_id=patient_id, actor=actor_of(request), now=clock.now())
    return Status(204, None)


@router.post("/patients/{patient_id}/merge", response=PatientOut, auth=MAY_WRITE)
def merge_patients(request: HttpRequest, patient_id: Id, payload: MergeIn) -> PatientOut:
    """Merge a double of this patient into this card: visits, messages, consents and the app go along. This is final.

    What either card forbids is forbidden afterwards; addresses of the double fill in what this card lacks.
    """
    kept = patients_merged.merge(
        practice=practice_of(request),
        kept_id=patient_id,
        double_id=payload.double_id,
        actor=actor_of(request),
        now=clock.now(),
    )
    return PatientOut.of(kept)


@router.get("/patients/{patient_id}/consents", response=Page[ConsentOut])
def list_consents(request: HttpRequest, patient_id: Id, query: Query[PageQuery]) -> Page[ConsentOut]:
    """All consents, withdrawn ones too."""
    patient = found.patient_of(practice_of(request), patient_id)
    return page(patient.consents.all(), query, ConsentOut.model_validate)


@router.post("/patients/{patient_id}/consents", response={201: ConsentOut}, auth=MAY_WRITE)
def give_consent(request: HttpRequest, patient_id: Id, payload: ConsentIn) -> Status[Consent]:
    """Record a consent: when, how and in which words it was given."""
    return Status(
        201,
        patient_changed.give_consent(
            practice=practice_of(request),
            patient_id=patient_id,
            actor=actor_of(request),
            now=clock.now(),
            **payload.model_dump(),
        ),
    )


@router.delete("/patients/{patient_id}/consents/{purpose}", response={204: None}, auth=MAY_WRITE)
def withdraw_consent(request: HttpRequest, patient_id: Id, purpose: ConsentPurpose) -> Status[None]:
    """Withdraw a consent; the record of it stays."""
    patient_changed.withdraw_consent(
        practice=practice_of(request),
        patient_id=patient_id,
        purpose=purpose,
        actor=actor_of(request),
        now=clock.now(),
    )
    return Status(204, None)


@router.get("/patients/{patient_id}/push-subscriptions", response=Page[SubscriptionOut])
def list_subscriptions(request: HttpRequest, patient_id: Id, query: Query[PageQuery]) -> Page[SubscriptionOut]:
    patient = found.patient_of(practice_of(request), patient_id)
    return page(patient.push_subscriptions.all(), query, SubscriptionOut.model_validate)


@router.post("/patients/{patient_id}/push-subscriptions", response={201: SubscriptionOut}, auth=MAY_WRITE)
def subscribe(request: HttpRequest, patient_id: Id, payload: SubscriptionIn) -> Status[PushSubscription]:
    """Keep a push subscription: the patient is an app user from now on. The same endpoint again renews its keys."""
    return Status(
        201,
        push_subscribed.subscribe(
            practice=practice_of(request),
            patient_id=patient_id,
            endpoint=payload.endpoint,
            p256dh=payload.keys.p256dh,
            auth=payload.keys.auth,
            actor=actor_of(request),
            now=clock.now(),
        ),
    )


@router.delete("/patients/{patient_id}/push-subscriptions/{subscription_id}", response={204: None}, auth=MAY_WRITE)
def unsubscribe(request: HttpRequest, patient_id: Id, subscription_id: Id) -> Status[None]:
    push_subscribed.unsubscribe(
        practice=practice_of(request),
        patient_id=patient_id,
        subscription_id=subscription_id,
        actor=actor_of(request),
        now=clock.now(),
    )
    return Status(204, None)


def _card(values: dict[str, Any]) -> CardFields:
    """A card's fields from what was sent: opt-outs by column, and whether each number is mobile."""
    card = {name: value for name, value in values.items() if name != "opt_outs"}
    if "language" in card:
        card["language"] = card["language"] or ""
    if "opt_outs" in values:
        card |= {f"no_{word}": word in values["opt_outs"] for word in OptOut}
    for name in ("phone", "guardian_phone"):
        if card.get(name):
            card[f"{name}_is_mobile"] = parse_phone(card[name]).is_mobile
    return cast("CardFields", card)
