"""Opinions as staff see them."""

from datetime import datetime
from typing import Annotated, Self

from ninja import Schema
from pydantic import Field, StringConstraints

from myosotis.api.schemas.values import Given, Id, utc
from myosotis.domain.opinions import LONGEST_TEXT, OpinionRule, OpinionState
from myosotis.store.models import Opinion
from myosotis.store.opinions import state


class OpinionOut(Schema):
    """What a patient said of a visit."""

    id: int
    visit_id: int
    doctor_id: int
    calendar_id: int
    stars: int
    text: str = Field(description="Empty: stars alone; also once it is withdrawn.")
    author: str = Field(description='As the patient wishes to be called; empty: "a patient".')
    state: OpinionState = Field(description="`waiting` turns into `shown` by itself 72 hours after `given_at`.")
    given_at: datetime
    published_at: datetime | None = Field(description="Null, though it is shown: nobody decided in time.")
    rejected_because: OpinionRule | None = Field(description="The stated rule that it breaks.")
    answer: str
    answered_at: datetime | None

    @classmethod
    def of(cls, opinion: Opinion, now: datetime) -> Self:
        """An opinion as it stands at `now` (UTC)."""
        names = ("visit_id", "doctor_id", "calendar_id", "stars", "text", "author", "answer")
        times = ("given_at", "published_at", "answered_at")
        return cls.model_validate(
            {
                "id": opinion.pk,
                **{name: getattr(opinion, name) for name in names},
                **{name: utc(getattr(opinion, name)) for name in times},
                "state": state(opinion, now),
                "rejected_because": opinion.rejected_because or None,
            }
        )


class OpinionsQuery(Schema):
    """Which opinions are asked for."""

    state: OpinionState | None = None
    doctor_id: Id | None = None


class RejectionIn(Given):
    rule: OpinionRule = Field(description="There is no other ground for keeping an opinion back.")


class OpinionAnswerIn(Given):
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_TEXT)] = Field(
        description="Read by everybody; empty takes the answer away."
    )
