"""The practice, its doctors and addresses."""

from typing import cast

from django.http import HttpRequest
from ninja import Query, Router, Status

from myosotis import clock
from myosotis.api.access import Needs, actor_of, practice_of
from myosotis.api.paging import Page, PageQuery, page
from myosotis.api.schemas.settings import (
    AddressChange,
    AddressIn,
    AddressOut,
    ConsentBasisIn,
    DoctorChange,
    DoctorIn,
    DoctorOut,
    PracticeChange,
    PracticeOut,
)
from myosotis.api.schemas.values import Id, sent
from myosotis.flows import calendar_changed, found, practice_changed
from myosotis.flows.api_access import Scope
from myosotis.flows.calendar_changed import AddressFields, DoctorFields
from myosotis.flows.practice_changed import PracticeFields
from myosotis.store.models import Address, Doctor, Practice

router = Router(auth=Needs(Scope.SETTINGS_READ), tags=["settings"])
MAY_WRITE = Needs(Scope.SETTINGS_WRITE)


@router.get("/practice", response=PracticeOut)
def get_practice(request: HttpRequest) -> Practice:
    """The practice of the key."""
    return practice_of(request)


@router.patch("/practice", response=PracticeOut, auth=MAY_WRITE)
def change_practice(request: HttpRequest, payload: PracticeChange) -> Practice:
    """Change settings of the practice; another send window plans everything ahead anew."""
    return practice_changed.update(
        practice=practice_of(request),
        values=cast("PracticeFields", sent(payload)),
        actor=actor_of(request),
        now=clock.now(),
    )


@router.put("/practice/consent-basis", response=PracticeOut, auth=MAY_WRITE)
def choose_consent_basis(request: HttpRequest, payload: ConsentBasisIn) -> Practice:
    """Choose on what `review` and `rebook` are based; who chose it and when is recorded."""
    return practice_changed.choose_consent_basis(
        practice=practice_of(request),
        basis=payload.basis,
        chosen_by=payload.chosen_by,
        actor=actor_of(request),
        now=clock.now(),
    )


@router.get("/doctors", response=Page[DoctorOut])
def list_doctors(request: HttpRequest, query: Query[PageQuery]) -> Page[DoctorOut]:
    return page(practice_of(request).doctors.all(), query, DoctorOut.model_validate)


@router.post("/doctors", response={201: DoctorOut}, auth=MAY_WRITE)
def add_doctor(request: HttpRequest, payload: DoctorIn) -> Status[Doctor]:
    return Status(201, _saved_doctor(request, cast("DoctorFields", payload.model_dump(exclude_none=True)), None))


@router.get("/doctors/{doctor_id}", response=DoctorOut)
def get_doctor(request: HttpRequest, doctor_id: Id) -> Doctor:
    return found.one(practice_of(request).doctors.filter(id=doctor_id), "doctor")


@router.patch("/doctors/{doctor_id}", response=DoctorOut, auth=MAY_WRITE)
def change_doctor(request: HttpRequest, doctor_id: Id, payload: DoctorChange) -> Doctor:
    return _saved_doctor(request, cast("DoctorFields", sent(payload)), doctor_id)


def _saved_doctor(request: HttpRequest, values: DoctorFields, doctor_id: int | None) -> Doctor:
    return calendar_changed.save_doctor(
        practice=practice_of(request), values=values, actor=actor_of(request), now=clock.now(), doctor_id=doctor_id
    )


@router.get("/addresses", response=Page[AddressOut])
def list_addresses(request: HttpRequest, query: Query[PageQuery]) -> Page[AddressOut]:
    return page(practice_of(request).addresses.all(), query, AddressOut.model_validate)


@router.post("/addresses", response={201: AddressOut}, auth=MAY_WRITE)
def add_address(request: HttpRequest, payload: AddressIn) -> Status[Address]:
    return Status(201, _saved_address(request, cast("AddressFields", payload.model_dump()), None))


@router.get("/addresses/{address_id}", response=AddressOut)
def get_address(request: HttpRequest, address_id: Id) -> Address:
    return found.one(practice_of(request).addresses.filter(id=address_id), "address")


@router.patch("/addresses/{address_id}", response=AddressOut, auth=MAY_WRITE)
def change_address(request: HttpRequest, address_id: Id, payload: AddressChange) -> Address:
    """Change an address; another time zone plans its visits anew."""
    return _saved_address(request, cast("AddressFields", sent(payload)), address_id)


def _saved_address(request: HttpRequest, values: AddressFields, address_id: int | None) -> Address:
    return calendar_changed.save_address(
        practice=practice_of(request), values=values, actor=actor_of(request), now=clock.now(), address_id=address_id
    )
