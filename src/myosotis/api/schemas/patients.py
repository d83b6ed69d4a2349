"""The patient card: addresses, opt-outs, consents, app installations. What is not sent in a change stays as it is."""

from datetime import date, datetime
from typing import Self

from pydantic import Field

from myosotis.api.schemas.settings import Shown
from myosotis.api.schemas.values import Code, Email, Given, Id, Line, Moment, Phone
from myosotis.domain.words import ConsentPurpose, Language, OptOut
from myosotis.store.cards import has_stopped
from myosotis.store.models import Patient


class PatientIn(Given):
    first_name: str = Field("", max_length=100)
    last_name: str = Field(min_length=1, max_length=100)
    email: Email = ""
    phone: Phone = ""
    language: Language | None = Field(None, description="null: the practice's.")
    external_id: Code = ""
    guardian_name: Line = ""
    guardian_email: Email = ""
    guardian_phone: Phone = ""
    guardian_until: date | None = Field(None, description="From this day on the patient's own addresses are used.")


class PatientChange(Given):
    first_name: str | None = Field(None, max_length=100)
    last_name: str | None = Field(None, min_length=1, max_length=100)
    email: Email | None = None
    phone: Phone | None = None
    language: Language | None = None
    external_id: Code | None = None
    guardian_name: Line | None = None
    guardian_email: Email | None = None
    guardian_phone: Phone | None = None
    guardian_until: date | None = None
    opt_outs: list[OptOut] | None = Field(None, description="All that the patient does not want.")
    silent: bool | None = Field(None, description="No message of any kind.")
    deceased: bool | None = None


class PatientOut(Shown):
    first_name: str
    last_name: str
    email: str
    phone: str
    phone_is_mobile: bool
    language: str
    external_id: str
    guardian_name: str
    guardian_email: str
    guardian_phone: str
    guardian_until: date | None
    opt_outs: list[OptOut]
    silent: bool
    deceased: bool
    erased_at: datetime | None
    merged_into_id: int | None = Field(description="The card of the same person that was kept; this one is empty.")
    warnings: list[str] = Field(
        description="`no_email`, `no_phone`, `fixed_line`, `bad_email`, `bad_phone`, `sms_stopped`."
    )

    @classmethod
    def of(cls, patient: Patient) -> Self:
        plain = {name: getattr(patient, name) for name in cls.model_fields if name not in ("opt_outs", "warnings")}
        opt_outs = [word for word in OptOut if getattr(patient, f"no_{word}")]
        return cls.model_validate({**plain, "opt_outs": opt_outs, "warnings": warnings_of(patient)})


def warnings_of(patient: Patient) -> list[str]:
    """What staff should mend or know of a card, by its own addresses."""
    found = {
        "no_email": not patient.email,
        "no_phone": not patient.phone,
        "fixed_line": bool(patient.phone) and not patient.phone_is_mobile,
        "bad_email": patient.email_bad_at is not None,
        "bad_phone": patient.phone_bad_at is not None,
        "sms_stopped": has_stopped(patient),
    }
    return [name for name, holds in found.items() if holds]


class ConsentIn(Given):
    purpose: ConsentPurpose
    given_at: Moment | None = Field(None, description="null: now.")
    how: str = Field(
        min_length=1, max_length=100, description="Where it was given: on paper, by telephone, in the portal."
    )
    wording: str = Field("", max_length=5000, description="The words that the patient agreed to.")


class ConsentOut(Shown):
    patient_id: int
    purpose: ConsentPurpose
    given_at: datetime
    how: str
    wording: str
    withdrawn_at: datetime | None


class MergeIn(Given):
    double_id: Id = Field(description="The card that goes: all that hangs on it moves to the one in the address.")


class SearchIn(Given):
    text: str = Field(
        min_length=2, max_length=200, description="Part of a name, number or address; Polish letters optional."
    )


class SubscriptionKeys(Given):
    p256dh: str = Field(min_length=80, max_length=100, pattern=r"^[A-Za-z0-9_\-]+=*$")
    auth: str = Field(min_length=20, max_length=40, pattern=r"^[A-Za-z0-9_\-]+=*$")


class SubscriptionIn(Given):
    """What `PushManager.subscribe` gave."""

    endpoint: str = Field(min_length=10, max_length=2000, pattern=r"^https?://\S+$")
    keys: SubscriptionKeys


class SubscriptionOut(Shown):
    patient_id: int
    created_at: datetime
