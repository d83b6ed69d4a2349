"""Who is invited, and what somebody may do."""

from collections.abc import Iterable
from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from myosotis.domain.words import Language, Role
from myosotis.store.models import Doctor
from myosotis.web.desk.forms import DeskForm

ROLES: Final[dict[Role, "str | Promise"]] = {
    Role.OWNER: _("Owner"),
    Role.DOCTOR: _("Doctor"),
    Role.RECEPTIONIST: _("Reception"),
}
MAY: Final[dict[Role, "str | Promise"]] = {
    Role.OWNER: _("Everything, also staff, providers, keys and the audit log"),
    Role.DOCTOR: _("The own calendars only, with their hours, services and communication"),
    Role.RECEPTIONIST: _("All calendars and patients; no settings of staff, providers and keys"),
}
LANGUAGES: Final = [(Language.PL.value, "polski"), (Language.EN.value, "English")]


class RoleForm(DeskForm):
    """A role; of a doctor, whose calendars they see."""

    role = forms.TypedChoiceField(
        label=_("Role"), coerce=Role, widget=forms.RadioSelect(attrs={"class": "form-check-input"})
    )
    doctor = forms.TypedChoiceField(
        label=_("Doctor"),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("Whose calendars somebody in the role of a doctor sees."),
    )

    def __init__(self, *args: Any, doctors: Iterable[Doctor], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role.value, f"{ROLES[role]}: {MAY[role]}") for role in Role]  # type: ignore[attr-defined] # of a choice field
        known = [(doctor.pk, f"{doctor.title} {doctor.name}".strip()) for doctor in doctors]
        self.fields["doctor"].choices = [("", _("none")), *known]  # type: ignore[attr-defined] # as above


class InviteForm(RoleForm):
    email = forms.EmailField(label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    name = forms.CharField(
        label=_("First name and surname"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    language = forms.ChoiceField(label=_("Language of the invitation"), choices=LANGUAGES)
    field_order = ("name", "email", "role", "doctor", "language")
