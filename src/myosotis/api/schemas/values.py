"""Kinds of fields that several schemas have."""

from collections.abc import Collection
from datetime import UTC, datetime, time
from typing import Annotated, Any, Final
from zoneinfo import available_timezones

from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from myosotis.intake.emails import EMAIL_EXAMPLES, parse_email
from myosotis.intake.phones import PHONE_EXAMPLES, parse_phone
from myosotis.intake.problems import ValueRefusedError

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2200


def _email(text: str) -> str:
    if not text.strip():
        return ""
    try:
        return parse_email(text)
    except ValueRefusedError:
        raise PydanticCustomError(
            "email_wrong", "an e-mail address such as {example}", {"example": EMAIL_EXAMPLES[0]}
        ) from None


def _phone(text: str) -> str:
    if not text.strip():
        return ""
    try:
        return parse_phone(text).e164
    except ValueRefusedError:
        examples = " or ".join(PHONE_EXAMPLES)
        raise PydanticCustomError(
            "phone_wrong", "a telephone number such as {examples}", {"examples": examples}
        ) from None


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise PydanticCustomError("zone_unknown", "a name of the IANA time zone database, such as Europe/Warsaw")
    return name


def _in_utc(moment: datetime) -> datetime:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise PydanticCustomError(
            "out_of_range", "a year from {first} to {last}", {"first": FIRST_YEAR, "last": LAST_YEAR}
        )
    return moment.astimezone(UTC)


def _wall(moment: time) -> time:
    if moment.tzinfo is not None:
        raise PydanticCustomError(
            "zone_not_allowed", "a time such as 08:00, without a zone: it is local to the address"
        )
    return moment


WallTime = Annotated[time, AfterValidator(_wall)]
"""A time of day as clocks on the wall show it."""

Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
"""A number by which a row is known."""

Moment = Annotated[
    AwareDatetime,
    AfterValidator(_in_utc),
    Field(
        description="A date and time with zone offset; without one it is refused.",
        examples=["2027-03-29T10:00:00+02:00"],
    ),
]
"""An instant; naive times are refused, since nobody could tell what they mean."""

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Code = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)]
Paragraph = Annotated[str, StringConstraints(max_length=5000)]
Email = Annotated[str, AfterValidator(_email), Field(description="An e-mail address; empty: none.")]
Phone = Annotated[
    str,
    AfterValidator(_phone),
    Field(description="A telephone number, kept as E.164; without a country code it is Polish; empty: none."),
]
Zone = Annotated[str, AfterValidator(_zone), Field(description="An IANA time zone.", examples=["Europe/Warsaw"])]
Web = Annotated[
    str,
    StringConstraints(max_length=200, pattern=r"^(https?://\S+)?$"),
    Field(description="An http(s) address; empty: none."),
]


class Given(Schema):
    """What a caller sends; a field that is not known is refused, not ignored."""

    model_config = ConfigDict(extra="forbid")


def utc(moment: datetime | None) -> datetime | None:
    """As given out: in UTC."""
    return None if moment is None else moment.astimezone(UTC)


def sent(payload: Given, nullable: Collection[str] = ()) -> dict[str, Any]:
    """The fields that a change names; null means "not sent", but for those that are `nullable`."""
    given = payload.model_dump(exclude_unset=True)
    return {name: value for name, value in given.items() if value is not None or name in nullable}
