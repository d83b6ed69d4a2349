"""A key reaches its own practice only: every route is asked for rows of another, by path, body and filter (docs/rules.md 7.7)."""

import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
from django.apps import apps

from myosotis.api.app import api
from myosotis.domain.words import CallResult, Kind
from myosotis.flows import call_noted, opinion_given, sms_arrived
from myosotis.store.models import (
    ApiKey,
    BlockedTime,
    ImportBatch,
    Message,
    Offer,
    OpeningException,
)
from tests.db.api.conftest import NOW, Caller
from tests.db.make import (
    ACTOR,
    Scene,
    book,
    hours,
    make_address,
    make_calendar,
    make_doctor,
    make_patient,
    make_practice,
    make_service,
    make_subscription,
)

SECRET: Final = "Tajemnicza"
"""Stands in every name and text of the other practice."""
LATER: Final = "2027-04-05T10:00:00+02:00"
BODIES: Final[dict[str, Any]] = {
    "ChangeIn": {"switches": {"silent": True}},
    "MoveIn": {"start": LATER},
    "CancelIn": {},
    "ConfirmIn": {},
    "MarkIn": {"mark": "done"},
    "ExchangeIn": {"patient_id": 1},
    "TrialIn": {"kind": "reminder", "channel": "email", "address": "a@example.org"},
    "CallIn": {"result": "reached"},
    "HandledIn": {"handled": True},
    "RejectionIn": {"rule": "insult"},
    "OpinionAnswerIn": {"text": "x"},
    "PatientChange": {"last_name": "x"},
    "MergeIn": {"double_id": 1},
    "ConsentIn": {"purpose": "commercial", "how": "x"},
    "SubscriptionIn": {"endpoint": "https://push.example.org/1", "keys": {"p256dh": "B" * 87, "auth": "A" * 22}},
    "DoctorChange": {"name": "x"},
    "AddressChange": {"city": "x"},
    "CalendarChange": {"online_booking": False},
    "SwitchesIn": dict.fromkeys(("details", "reminder", "actions", "review", "offer", "rebook"), False),
    "CopySwitches": {"calendar_ids": [1]},
    "ServiceIn": {"name": "x"},
    "ServiceChange": {"name": "x"},
    "OpeningIn": {"hours": []},
    "ExceptionIn": {"hours": []},
    "BlockIn": {"start": LATER, "end": "2027-04-05T11:00:00+02:00"},
    "HolidaysIn": {"days": ["2027-05-03"]},
}
"""For each kind of body one that would be taken."""
QUERIES: Final = {
    "/calendars/{calendar_id}/free-times": "?service_id={service_id}&from=2027-04-05&to=2027-04-06",
    "/calendars/{calendar_id}/preview": "?kind=reminder&channel=sms",
}
NOT_OF_A_ROW: Final = {"channel", "day", "purpose"}


def routes() -> Iterator[tuple[str, str, str]]:
    """Method, path and kind of body of every route."""
    for path, ways in api.get_openapi_schema(path_prefix="").get("paths", {}).items():
        for method, route in ways.items():
            body = route.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            reference = body.get("$ref") or next((one["$ref"] for one in body.get("anyOf", ()) if "$ref" in one), "")
            yield method.upper(), path, reference.rpartition("/")[2]


def named_in(path: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", path))


OF_A_ROW: Final = [route for route in routes() if named_in(route[1]) - NOT_OF_A_ROW]
LISTS: Final = [path for method, path, _ in routes() if method == "GET" and not named_in(path)]
Ids = dict[str, Any]


@pytest.fixture
def theirs(scene: Scene, frozen: object) -> Ids:
    """A row of everything, of another practice; each with the secret word where it has words."""
    del scene, frozen
    practice = make_practice(f"{SECRET} Poradnia")
    calendar = make_calendar(
        practice, make_doctor(practice, SECRET), address=make_address(practice, city=SECRET, street=SECRET)
    )
    service = make_service(calendar, SECRET)
    patient = make_patient(practice, first_name=SECRET, last_name=SECRET)
    visit = book(calendar, patient, NOW + hours(90), now=NOW)
    over = book(calendar, make_patient(practice, last_name=SECRET), NOW - hours(20), now=NOW - hours(90))
    own: dict[str, Any] = {"practice": practice, "now": NOW}
    opinion = opinion_given.give(visit_id=over.pk, patient_id=over.patient_id, stars=4, text=SECRET, **own)
    call = call_noted.note(visit_id=visit.pk, result=CallResult.REACHED, text=SECRET, actor=ACTOR, **own)
    taken = sms_arrived.take(practice_id=practice.pk, sender=patient.phone, text=SECRET, now=NOW)
    blocked = BlockedTime.objects.create(
        practice=practice, calendar=calendar, start=NOW + hours(200), end=NOW + hours(201), source_uid=SECRET
    )
    offer = Offer.objects.create(
        practice=practice, calendar=calendar, freed_by=visit, start=NOW + hours(100), end=NOW + hours(101),
        opened_at=NOW, closes_at=NOW + hours(98),
    )  # fmt: skip
    batch = ImportBatch.objects.create(practice=practice, what="patients", file_hash=SECRET, started_at=NOW)
    OpeningException.objects.create(practice=practice, calendar=calendar, day=NOW.date())
    return {
        "practice_id": practice.pk, "calendar_id": calendar.pk, "service_id": service.pk, "patient_id": patient.pk,
        "visit_id": visit.pk, "opinion_id": opinion.pk, "call_id": call.pk, "incoming_id": taken.incoming_id,
        "blocked_id": blocked.pk, "offer_id": offer.pk, "import_id": batch.uuid, "doctor_id": calendar.doctor_id,
        "address_id": calendar.address_id, "subscription_id": make_subscription(patient).pk,
        "message_id": Message.objects.filter(visit=visit, kind=Kind.REMINDER)[0].pk,
    }  # fmt: skip


@pytest.fixture
def ours(scene: Scene, call: Caller) -> Ids:
    """The rows of our own that a request needs beside a foreign one."""
    visit = book(scene.calendar, scene.patient, NOW + hours(90), now=NOW)
    return {
        "calendar_id": scene.calendar.pk, "patient_id": scene.patient.pk, "visit_id": visit.pk,
        "service_id": make_service(scene.calendar).pk, "doctor_id": scene.calendar.doctor_id,
        "address_id": scene.calendar.address_id,
    }  # fmt: skip


def everything() -> dict[str, list[Any]]:
    """All rows but what each request writes: the day of the key, counts."""
    models = [model for model in apps.get_app_config("store").get_models() if hasattr(model, "practice")]
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in models if model != ApiKey}


def filled(path: str, ids: Ids) -> str:
    """The path of a request with these rows."""
    values = {"day": "2027-04-05", "purpose": "commercial", "channel": "sms", **ids}
    return (path + QUERIES.get(path, "")).lstrip("/").format(**values)


def test_by_its_path_no_row_of_another_is_found(call: Caller, theirs: Ids) -> None:
    before = everything()
    for method, path, body in OF_A_ROW:
        answer = call(method, filled(path, theirs), BODIES[body] if body else None)
        assert answer.status_code == 404, (method, path, answer.content)
        assert SECRET not in answer.content.decode()
    assert everything() == before


def test_no_list_holds_a_row_of_another(call: Caller, theirs: Ids) -> None:
    filters = ("", *(f"?{name}={theirs[name]}" for name in ("calendar_id", "patient_id", "doctor_id")))
    for path in (f"{path.lstrip('/')}{given}" for path in LISTS for given in filters):
        answer = call.get(path)
        assert answer.status_code == 200, (path, answer.content)
        assert SECRET not in answer.content.decode(), path


MIXED: Final[list[tuple[str, str, Any]]] = [
    ("POST", "visits", {"calendar_id": "calendar_id", "patient_id": "OUR patient_id", "start": LATER}),
    ("POST", "visits", {"calendar_id": "OUR calendar_id", "patient_id": "patient_id", "start": LATER}),
    (
        "POST",
        "visits",
        {"calendar_id": "OUR calendar_id", "patient_id": "OUR patient_id", "service_id": "service_id", "start": LATER},
    ),
    ("POST", "visits/{visit_id}/move", {"start": LATER, "calendar_id": "calendar_id"}),
    ("POST", "visits/{visit_id}/move", {"start": LATER, "service_id": "service_id"}),
    ("POST", "visits/{visit_id}/exchange", {"patient_id": "patient_id"}),
    ("PATCH", "visits/{visit_id}", {"service_id": "service_id"}),
    ("POST", "patients/{patient_id}/merge", {"double_id": "patient_id"}),
    ("POST", "calendars", {"doctor_id": "doctor_id", "address_id": "OUR address_id"}),
    ("POST", "calendars", {"doctor_id": "OUR doctor_id", "address_id": "address_id"}),
    ("POST", "calendars/{calendar_id}/switches/copy", {"calendar_ids": ["calendar_id"]}),
    ("PATCH", "calendars/{calendar_id}/services/THEIR service_id", {"name": "x"}),
    ("DELETE", "patients/{patient_id}/push-subscriptions/THEIR subscription_id", None),
    ("GET", "calendars/{calendar_id}/free-times?service_id=THEIR service_id&from=2027-04-05&to=2027-04-06", None),
    ("GET", "calendars/{calendar_id}/preview?kind=reminder&channel=sms&service_id=THEIR service_id", None),
    ("POST", "imports/visits?calendar_id=THEIR calendar_id", None),
    ("POST", "imports/events?calendar_id=THEIR calendar_id", None),
]
"""Our own rows in one request with theirs."""


def test_our_own_rows_take_none_of_another_along(call: Caller, ours: Ids, theirs: Ids) -> None:
    def meant(value: Any) -> Any:
        if isinstance(value, list):
            return [meant(one) for one in value]
        ids = ours if str(value).startswith("OUR ") else theirs
        return ids.get(str(value).removeprefix("OUR "), value)

    before = everything()
    for method, path, body in MIXED:
        address = re.sub(r"THEIR (\w+)", lambda named: str(theirs[named[1]]), path.format(**ours))
        given = None if body is None else {name: meant(value) for name, value in body.items()}
        answer = call(method, address, given)
        assert answer.status_code == 404, (method, path, body, answer.content)
        assert SECRET not in answer.content.decode()
    assert everything() == before
