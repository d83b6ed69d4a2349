"""Whom to call, and how calls went."""

from datetime import datetime
from typing import Self

from ninja import Schema
from pydantic import Field

from myosotis.api.schemas.values import Given, Id, Moment, utc
from myosotis.api.schemas.visits import VisitOut
from myosotis.domain.words import CallResult
from myosotis.store.models import CallNote, Visit


class CallIn(Given):
    result: CallResult = Field(
        description="`reached`, `confirmed`, `cancelled` and `moved` settle it; `left_message` and `not_reached` keep the "
        "visit on the list with the note. `cancelled` and `moved` are noted as asked by the patient."
    )
    note: str = Field("", max_length=500)
    start: Moment | None = Field(None, description="Of `moved`: the new start.")
    expected_revision: Id | None = Field(None, description="Refused (409) if the visit has another revision.")


class CallNoteOut(Schema):
    """How one call went."""

    id: int
    visit_id: int
    revision: int
    at: datetime
    by: str = Field(description="Who called: `staff:7`, `key:ab12`.")
    result: CallResult
    note: str
    taken_back_at: datetime | None

    @classmethod
    def of(cls, note: CallNote) -> Self:
        return cls.model_validate(
            {
                "id": note.pk,
                "visit_id": note.visit_id,
                "revision": note.revision,
                "at": utc(note.at),
                "by": note.actor,
                "result": note.result,
                "note": note.note,
                "taken_back_at": utc(note.taken_back_at),
            }
        )


class ToCallOut(VisitOut):
    """A visit about which somebody should be called, with the calls so far."""

    calls: list[CallNoteOut]

    @classmethod
    def of(cls, visit: Visit, **more: object) -> Self:
        """As `VisitOut.of`; `visit.call_notes` should be loaded too."""
        notes = sorted(visit.call_notes.all(), key=lambda note: note.pk)
        calls = [CallNoteOut.of(note) for note in notes if note.taken_back_at is None]
        return super().of(visit, calls=calls, **more)
