"""Visits and what happens to them."""

from dataclasses import asdict
from datetime import datetime
from typing import Self

from ninja import Schema
from pydantic import Field

from myosotis.api.schemas.values import Code, Given, Id, Moment, utc
from myosotis.domain.values import VisitSwitches
from myosotis.domain.words import Party, Via, VisitStatus
from myosotis.flows.visit_marked import Mark
from myosotis.store.models import Visit, VisitLog


class OwnSwitches(Given):
    """A visit's own switches: on, off, or null for "as the calendar says", also later."""

    details: bool | None = None
    reminder: bool | None = None
    actions: bool | None = None
    review: bool | None = None
    offer: bool | None = None
    rebook: bool | None = None
    silent: bool = False
    """No message of any kind for this visit."""

    def value(self) -> VisitSwitches:
        return VisitSwitches(**self.model_dump())


class VisitIn(Given):
    calendar_id: Id
    patient_id: Id
    service_id: Id | None = None
    start: Moment
    minutes: int | None = Field(None, ge=1, le=24 * 60, description="Minutes; null: the service's duration, or 30.")
    booked_by: Party = Field(Party.PRACTICE, description="`patient` only for a booking through the portal.")
    booked_at: Moment | None = Field(None, description="If it was booked before it is told here; never in the future.")
    via: Via = Field(
        Via.API,
        description="`desk` gives the 60 s of undo time; `portal` and `api` act at once. `portal` is the patient's own "
        "door: only a free time can be taken (409 `slot_taken`), while others are warned of `overlaps`.",
    )
    external_id: Code = ""
    switches: OwnSwitches = Field(default_factory=OwnSwitches)


class MoveIn(Given):
    start: Moment | None = None
    calendar_id: Id | None = None
    service_id: Id | None = None
    minutes: int | None = Field(None, ge=1, le=24 * 60, description="Minutes; null: as long as before.")
    by: Party = Field(Party.PRACTICE, description="Who asked for it.")
    via: Via = Via.API
    expected_revision: Id | None = Field(None, description="Refused (409) if the visit has another revision.")


class CancelIn(Given):
    by: Party = Field(Party.PRACTICE, description="Who asked for it.")
    via: Via = Via.API
    reason: str = Field("", max_length=500, description="The patient reads it.")
    expected_revision: Id | None = None


class ConfirmIn(Given):
    by: Party = Party.PATIENT
    via: Via = Via.API
    expected_revision: Id | None = None


class MarkIn(Given):
    mark: Mark


class ChangeIn(Given):
    """Fields that are not sent stay as they are."""

    switches: OwnSwitches | None = None
    service_id: Id | None = None


class ExchangeIn(Given):
    patient_id: Id
    correction: bool = Field(False, description='"Poprawka karty": the card was wrong, nobody is told.')
    via: Via = Via.API


class VisitOut(Schema):
    id: int
    uuid: str
    external_id: str
    calendar_id: int
    patient_id: int
    service_id: int | None
    start: datetime
    end: datetime
    booked_at: datetime
    booked_by: Party
    status: VisitStatus
    cancelled_by: str
    cancel_reason: str
    revision: int
    switches: OwnSwitches
    effective_switches: dict[str, bool] = Field(
        description="After the calendar's were laid under; see `review_locked`."
    )
    review_locked: bool = Field(description="Booked by the patient through the portal: always gets `review`.")

    @classmethod
    def of(cls, visit: Visit, **more: object) -> Self:
        """A visit as the API shows it; `visit.calendar` should be loaded."""
        return cls.model_validate(
            {
                "id": visit.pk,
                "uuid": str(visit.uuid),
                "external_id": visit.external_id,
                "calendar_id": visit.calendar_id,
                "patient_id": visit.patient_id,
                "service_id": visit.service_id,
                "start": utc(visit.start),
                "end": utc(visit.end),
                "booked_at": utc(visit.booked_at),
                "booked_by": visit.booked_by,
                "status": visit.status,
                "cancelled_by": visit.cancelled_by,
                "cancel_reason": visit.cancel_reason,
                "revision": visit.revision,
                "switches": asdict(visit.own_switches),
                "effective_switches": asdict(visit.own_switches.over(visit.calendar.switches)),
                "review_locked": visit.booked_by == Party.PATIENT,
                **more,
            }
        )


class BookedOut(VisitOut):
    overlaps: list[int] = Field(description="Live visits of the same calendar at the same time: a warning.")


class VisitChangeOut(Schema):
    """One thing that happened to a visit."""

    id: int
    visit_id: int
    at: datetime
    what: str
    by: str
    via: str
    revision: int
    old_start: datetime | None
    new_start: datetime | None
    old_calendar_id: int | None
    new_calendar_id: int | None

    @classmethod
    def of(cls, entry: VisitLog) -> Self:
        return cls.model_validate(
            {
                "id": entry.pk,
                "visit_id": entry.visit_id,
                "at": utc(entry.at),
                "what": entry.what,
                "by": entry.by,
                "via": entry.via,
                "revision": entry.revision,
                "old_start": utc(entry.old_start),
                "new_start": utc(entry.new_start),
                "old_calendar_id": entry.old_calendar_id,
                "new_calendar_id": entry.new_calendar_id,
            }
        )
