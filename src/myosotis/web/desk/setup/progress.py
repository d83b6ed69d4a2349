"""How far the set-up has come: read from what is there, so that it can be left and resumed, or done elsewhere."""

from collections.abc import Callable
from typing import Any, Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from myosotis.domain.words import Channel, Role, StaffTopic, SubjectType
from myosotis.store.models import Address, Calendar, Doctor, Practice
from myosotis.store.providers import channels_of
from myosotis.value_class import value_class
from myosotis.web.desk.access import Desk


@value_class
class First:
    """What the set-up works on: the first calendar, or the first doctor and address where there is none yet."""

    doctor: Doctor | None
    address: Address | None
    calendar: Calendar | None


def first_of(practice: Practice) -> First:
    calendar = practice.calendars.select_related("doctor", "address").order_by("pk").first()
    if calendar is not None:
        return First(doctor=calendar.doctor, address=calendar.address, calendar=calendar)
    return First(
        doctor=practice.doctors.order_by("pk").first(), address=practice.addresses.order_by("pk").first(), calendar=None
    )


def channels(practice: Practice) -> frozenset[Channel]:
    """Over which channels the practice can send at all."""
    return channels_of([practice.pk])[practice.pk]


@value_class
class Step:
    """One page of the set-up."""

    name: str
    label: "str | Promise"
    is_done: Callable[[Practice], Any]

    @property
    def view(self) -> str:
        return f"desk:setup_{self.name}"


def _reaches_everybody(practice: Practice) -> bool:
    """By e-mail and by SMS: some patients have only one of them."""
    return {Channel.EMAIL, Channel.SMS} <= channels(practice)


def _has_colleagues(practice: Practice) -> bool:
    invited = practice.staff_letters.filter(topic=StaffTopic.INVITATION, withdrawn_at=None)
    return practice.memberships.count() > 1 or invited.exists()


STEPS: Final = (
    Step(name="practice", label=_("Practice"), is_done=lambda practice: practice.phone),
    Step(name="consent", label=_("Consent"), is_done=lambda practice: practice.consent_basis_chosen_at),
    Step(name="doctor", label=_("Doctor"), is_done=lambda practice: practice.doctors.exists()),
    Step(name="address", label=_("Address"), is_done=lambda practice: practice.calendars.exists()),
    Step(name="hours", label=_("Opening hours"), is_done=lambda practice: practice.opening_hours.exists()),
    Step(name="services", label=_("Services"), is_done=lambda practice: practice.services.exists()),
    Step(name="providers", label=_("Sending"), is_done=_reaches_everybody),
    Step(
        name="trial",
        label=_("Test message"),
        is_done=lambda practice: practice.messages.filter(subject_type=SubjectType.TEST).exists(),
    ),
    Step(name="staff", label=_("Staff"), is_done=_has_colleagues),
)
BY_NAME: Final = {step.name: step for step in STEPS}


@value_class
class Progress:
    """Which steps are done."""

    done: frozenset[str]

    @property
    def count(self) -> int:
        return len(self.done)

    @property
    def total(self) -> int:
        return len(STEPS)

    @property
    def next_step(self) -> Step | None:
        """The first that is not done."""
        return next((step for step in STEPS if step.name not in self.done), None)


def of(practice: Practice) -> Progress:
    """How far a practice has come."""
    return Progress(done=frozenset(step.name for step in STEPS if step.is_done(practice)))


def after(name: str) -> str:
    """The address of the page that follows a step."""
    names = list(BY_NAME)
    number = names.index(name) + 1
    return reverse(STEPS[number].view) if number < len(STEPS) else reverse("desk:setup_finish")


def before(name: str) -> str:
    """The address of the page before a step; "" for the first."""
    number = list(BY_NAME).index(name)
    return reverse(STEPS[number - 1].view) if number else ""


def card(desk: Desk) -> Progress | None:
    """For the card that leads to the set-up; None once it is over, or for whom it is not."""
    return of(desk.practice) if desk.role is Role.OWNER and desk.practice.set_up_at is None else None
