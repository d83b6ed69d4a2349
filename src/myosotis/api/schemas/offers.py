"""Freed slots that are offered: each decision with the reason in words."""

from datetime import datetime
from typing import Self

from ninja import Schema
from pydantic import Field

from myosotis.api.schemas.values import utc
from myosotis.content import offer_words
from myosotis.store.models import Candidate, Offer, OfferEvent


class CandidateOut(Schema):
    """A visit that was asked about, or passed over."""

    id: int
    visit_id: int
    patient_id: int
    position: int = Field(description="In the order of starts, from 1, those passed over included.")
    round: int
    visit_start: datetime = Field(description="When it started when it was asked about.")
    passed_over: str = Field(description="A word for programs; empty: asked.")
    answer: str = Field(description="`taken`, `declined`, `withdrawn`; empty: none yet.")
    answered_at: datetime | None
    explanation: str

    @classmethod
    def of(cls, row: Candidate, language: str) -> Self:
        names = ("visit_id", "patient_id", "position", "round", "passed_over", "answer")
        return cls.model_validate(
            {
                "id": row.pk,
                **{name: getattr(row, name) for name in names},
                "visit_start": utc(row.visit_start),
                "answered_at": utc(row.answered_at),
                "explanation": offer_words.candidate(row.passed_over, row.answer, language),
            }
        )


class OfferEventOut(Schema):
    """One step in the life of an offer."""

    at: datetime
    what: str
    candidate_id: int | None
    reason: str
    actor: str
    explanation: str

    @classmethod
    def of(cls, row: OfferEvent, language: str) -> Self:
        names = ("what", "candidate_id", "reason", "actor")
        return cls.model_validate(
            {
                "at": utc(row.at),
                **{name: getattr(row, name) for name in names},
                "explanation": offer_words.step(row.what, row.reason, language),
            }
        )


class OfferOut(Schema):
    """A freed slot."""

    id: int
    calendar_id: int
    start: datetime
    end: datetime
    opened_at: datetime
    closes_at: datetime = Field(description="Two hours before the start: nobody can take it from then on.")
    closed_at: datetime | None
    closed_because: str = Field(description="A word for programs; empty: it is open, until `closes_at`.")
    freed_by: int | None = Field(description="The visit that left the slot.")
    cause: int | None = Field(description="The offer by which it left it.")
    depth: int = Field(description="Its place in a chain of offers, from 1.")
    explanation: str

    @classmethod
    def of(cls, row: Offer, language: str) -> Self:
        return cls.model_validate(_plain(row, language))


class OfferDetails(OfferOut):
    """A freed slot with everybody who was asked or passed over, and all that happened."""

    consequences: list[int] = Field(description="The offers of the slots that winners left.")
    candidates: list[CandidateOut]
    history: list[OfferEventOut]

    @classmethod
    def of(cls, row: Offer, language: str) -> Self:
        return cls.model_validate(
            {
                **_plain(row, language),
                "consequences": list(row.consequences.order_by("id").values_list("id", flat=True)),
                "candidates": [CandidateOut.of(one, language) for one in row.candidates.order_by("position")],
                "history": [OfferEventOut.of(event, language) for event in row.events.order_by("id")],
            }
        )


def _plain(row: Offer, language: str) -> dict[str, object]:
    times = ("start", "end", "opened_at", "closes_at", "closed_at")
    return {
        "id": row.pk,
        "calendar_id": row.calendar_id,
        "freed_by": row.freed_by_id,
        "cause": row.cause_id,
        "depth": row.depth,
        "closed_because": row.closed_because,
        **{name: utc(getattr(row, name)) for name in times},
        "explanation": offer_words.state(row.closed_because, language),
    }
