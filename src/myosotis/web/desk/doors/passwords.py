"""A form's new password: by the rules of the settings, and like nothing that the account says of its owner."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from myosotis.store.models import StaffUser
from myosotis.web.desk.forms import DeskForm


class NewPasswordForm(DeskForm):
    """A password, to be set for `user`, who may not be stored yet. It comes after what it must not be like."""

    password = forms.CharField(
        label=_("New password"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 12 characters. Several words that have nothing to do with each other are easy to keep."),
    )

    def __init__(self, *args: Any, user: StaffUser, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        self._user.name = self.cleaned_data.get("name") or self._user.name
        self._user.email = self.cleaned_data.get("email") or self._user.email
        try:
            validate_password(password, self._user)
        except ValidationError as error:
            raise forms.ValidationError(error.messages) from None
        return password
