"""An export holds everything of its patient, and nothing of anybody else (docs/rules.md 6)."""

import json
from datetime import timedelta
from typing import Any, Final

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import ForeignKey, Model

from myosotis.domain.words import CallResult, ConsentPurpose
from myosotis.flows import opinion_given, patient_changed, patient_exported
from myosotis.store.models import (
    CallNote,
    Candidate,
    Consent,
    Hold,
    IncomingMessage,
    Installation,
    Member,
    Message,
    MessageText,
    Offer,
    Patient,
    PhoneVerification,
    ReadingReport,
    ReplyQuestion,
    StoppedNumber,
    Visit,
)
from myosotis.store.patient_export import CARD, PARTS
from tests.db.make import ACTOR, NEXT_WEEK, NOW, Scene, book, hours, make_service, make_subscription, send_due

LATER: Final = NEXT_WEEK + hours(5)
OF_NOBODY: Final = {
    "Patient": "the card itself, and the cards merged into it",
    "MessageText": "told with its message",
    "MessageLinks": "hashes of its message's links, which tell nothing by themselves",
    "MessageTrace": "said once more of its message, to find it by",
    "QueueEntry": "that a message is due soon, as its message says",
    "Offer": "a slot of the calendar; that a visit left it stands in the history of the visit",
    "AbsenceVisit": "why the practice moved or cancelled a visit; that it did stands in the history of the visit",
    "OfferEvent": "names a candidate at most; what became of the candidate is told",
    "ImportBatch": "a file, not a person",
}
"""Tables that lead to a card and have no part of their own, with the reason."""


def leading_to(model: type[Model]) -> set[type[Model]]:
    """Tables with a link to this one; links that say where a row came from (`batch`) lead elsewhere."""
    return {
        table
        for table in apps.get_app_config("store").get_models()
        for field in table._meta.concrete_fields
        if isinstance(field, ForeignKey) and field.related_model is model
    }


def test_every_table_that_leads_to_a_card_is_told() -> None:
    near = leading_to(Patient)
    far = {table for one in near for table in leading_to(one)}
    told = {part.model for part in PARTS.values()}

    assert {table.__name__ for table in near | far} - {table.__name__ for table in told} - set(OF_NOBODY) == set()


def test_every_column_of_a_card_is_told_but_those_of_the_machine() -> None:
    of_the_machine = {"practice", "sort_key", "search_key", "erased_at", "merged_into", "batch"}

    assert {field.name for field in Patient._meta.concrete_fields} - of_the_machine == set(CARD)


def somebody(scene: Scene, mark: str, phone: str) -> Patient:
    """A patient with a row in every part, and a mark in every text."""
    practice = scene.practice
    patient = patient_changed.add(
        practice=practice, actor=ACTOR, now=NOW,
        card={"first_name": mark, "last_name": mark, "phone": phone, "email": f"{mark}@example.org", "external_id": mark},
    )  # fmt: skip
    given: dict[str, Any] = {"practice": practice, "patient": patient}
    visit = book(scene.calendar, patient)
    sent = send_due(visit, NOW + timedelta(minutes=2))[0]
    MessageText.objects.create(message=sent, practice=practice, address=phone, body=f"treść {mark}")
    ReadingReport.objects.create(practice=practice, message=sent, at=NOW, signal="page", counted=True)
    Consent.objects.create(**given, purpose=ConsentPurpose.COMMERCIAL, given_at=NOW, how=f"jak {mark}")
    CallNote.objects.create(
        practice=practice, visit=visit, revision=1, at=NOW, result=CallResult.REACHED, note=f"notatka {mark}", actor="x"
    )
    asked = IncomingMessage.objects.create(**given, channel="sms", sender=phone, text=f"SMS {mark}", received_at=NOW)
    IncomingMessage.objects.create(practice=practice, channel="sms", sender=phone, text=f"obcy {mark}", received_at=NOW)
    ReplyQuestion.objects.create(practice=practice, incoming=asked, phone=phone, asked_at=NOW, expires_at=LATER)
    phone_of = Installation.objects.create(key_hash=mark.encode()[:16], created_at=NOW, seen_on=NOW.date())
    Member.objects.create(**given, installation=phone_of, phone=phone, joined_at=NOW)
    make_subscription(patient)
    PhoneVerification.objects.create(
        **given, purpose="join", phone=phone, language="pl", created_at=NOW, expires_at=LATER
    )
    offer = Offer.objects.create(
        practice=practice, calendar=scene.calendar, start=NEXT_WEEK - hours(20), end=NEXT_WEEK - hours(19),
        opened_at=NOW, closes_at=NEXT_WEEK - hours(22),
    )  # fmt: skip
    Candidate.objects.create(
        **given, offer=offer, visit=visit, position=1, visit_start=visit.start, visit_revision=visit.revision
    )
    Hold.objects.create(
        practice=practice, calendar=scene.calendar, service=make_service(scene.calendar, name=f"usługa {mark}"),
        key_hash=mark.encode()[::-1][:16], start=visit.start, end=visit.end, created_at=NOW, expires_at=LATER,
        visit=visit,
    )  # fmt: skip
    StoppedNumber.objects.create(practice=practice, phone=phone, stopped_at=NOW)
    Visit.objects.filter(pk=visit.pk).update(cancel_reason=f"powód {mark}")
    opinion_given.give(
        practice=practice, visit_id=visit.pk, patient_id=patient.pk, stars=4, text=f"opinia {mark}", now=LATER
    )
    return patient


def exported(scene: Scene, patient: Patient) -> dict[str, Any]:
    return patient_exported.export(practice=scene.practice, patient_id=patient.pk, actor=ACTOR, now=LATER)


def test_everything_of_the_patient_and_nothing_of_others(scene: Scene) -> None:
    patient = somebody(scene, "wlasny-znak", "+48600111222")
    somebody(scene, "cudzy-znak", "+48600333444")

    held = exported(scene, patient)

    empty = {name for name in (*PARTS, "stopped_numbers", "log") if not held[name]}
    assert empty == set()
    text = json.dumps(held, cls=DjangoJSONEncoder, ensure_ascii=False)
    for what in ("treść", "jak", "notatka", "SMS", "obcy", "opinia", "powód"):
        assert f"{what} wlasny-znak" in text
    assert "cudzy" not in text
    assert "600333444" not in text
    assert str(Message.objects.exclude(patient=patient).earliest("pk").uuid) not in text
