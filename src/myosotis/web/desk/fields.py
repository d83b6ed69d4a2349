"""Fields of the desk's forms: they take what people type by the checks that every door has, and say what is allowed."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from myosotis.intake.emails import EMAIL_EXAMPLES, parse_email
from myosotis.intake.phones import PHONE_EXAMPLES, parse_phone
from myosotis.intake.problems import ValueRefusedError
from myosotis.web.times_shown import YEARS

HOUR: Final = 60
DAY: Final = 24 * HOUR


class PhoneField(forms.CharField):
    """A telephone number as people write it; comes out as E.164, or empty."""

    def __init__(self, **given: Any) -> None:
        attributes = {"type": "tel", "autocomplete": "off", "inputmode": "tel"}
        super().__init__(max_length=40, widget=forms.TextInput(attrs=attributes), **given)

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        if not typed:
            return ""
        try:
            return parse_phone(typed).e164
        except ValueRefusedError:
            raise ValidationError(
                _("A telephone number such as %(example)s.") % {"example": PHONE_EXAMPLES[0]}
            ) from None


class MobileField(PhoneField):
    """A number that takes SMS."""

    def clean(self, value: Any) -> str:
        number = super().clean(value)
        if number and not parse_phone(number).is_mobile:
            raise ValidationError(_("This is a fixed line; an SMS needs a mobile number."))
        return number


class MailField(forms.CharField):
    """An e-mail address; comes out in lower case, or empty."""

    def __init__(self, **given: Any) -> None:
        attributes = {"type": "text", "inputmode": "email", "autocomplete": "off", "spellcheck": "false"}
        super().__init__(max_length=254, widget=forms.TextInput(attrs=attributes), **given)

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        if not typed:
            return ""
        try:
            return parse_email(typed)
        except ValueRefusedError:
            raise ValidationError(
                _("An e-mail address such as %(example)s.") % {"example": EMAIL_EXAMPLES[0]}
            ) from None


class WebField(forms.URLField):
    """An address on the web, https where nothing else is said."""

    default_validators = [URLValidator(schemes=["http", "https"])]

    def __init__(self, **given: Any) -> None:
        attributes = {"type": "text", "inputmode": "url", "autocomplete": "off", "spellcheck": "false"}
        super().__init__(max_length=200, assume_scheme="https", widget=forms.TextInput(attrs=attributes), **given)


class TextField(forms.CharField):
    """Some lines of text."""

    def __init__(self, *, rows: int = 3, **given: Any) -> None:
        super().__init__(max_length=5000, widget=forms.Textarea(attrs={"rows": rows}), **given)


class DayField(forms.DateField):
    """A local day, chosen in the browser's own calendar; of a year that somebody may mean."""

    def __init__(self, **given: Any) -> None:
        super().__init__(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **given)

    def clean(self, value: Any) -> date | None:
        day: date | None = super().clean(value)
        if day is not None and day.year not in YEARS:
            raise ValidationError(self.error_messages["invalid"])
        return day


class ClockField(forms.TimeField):
    """A time on the clock on the wall."""

    def __init__(self, **given: Any) -> None:
        super().__init__(widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}), **given)


class SwitchField(forms.BooleanField):
    """On or off."""

    is_switch = True

    def __init__(self, **given: Any) -> None:
        super().__init__(required=False, **given)


class PickField(forms.ChoiceField):
    """One of several, all to be seen."""

    def __init__(self, **given: Any) -> None:
        super().__init__(widget=forms.RadioSelect(attrs={"class": "form-check-input"}), **given)


class LengthField(forms.TypedChoiceField):
    """A length of time (minutes), one of the usual ones; what is set otherwise stays a choice."""

    def __init__(self, usual: Iterable[int], *, zero: "str | Promise" = "", **given: Any) -> None:
        self.usual, self.zero = tuple(usual), zero
        super().__init__(coerce=int, choices=self._lengths(self.usual), **given)

    def offer(self, minutes: int) -> None:
        """Let a length that is set be chosen again."""
        self.choices = self._lengths(sorted({*self.usual, minutes}))

    def _lengths(self, lengths: Iterable[int]) -> "list[tuple[int, str | Promise]]":
        return [(minutes, self.zero if not minutes and self.zero else lasting_lazy(minutes)) for minutes in lengths]


class DaysField(LengthField):
    """A length of time in days."""

    def _lengths(self, lengths: Iterable[int]) -> "list[tuple[int, str | Promise]]":
        return [(days, lasting_lazy(days * DAY)) for days in lengths]


def lasting(minutes: int) -> str:
    """A length of time in words: 45 min, 2 h, 3 days."""
    if minutes and minutes % DAY == 0:
        days = timedelta(minutes=minutes).days
        return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}
    if minutes and minutes % HOUR == 0:
        return _("%(count)s h") % {"count": minutes // HOUR}
    return _("%(count)s min") % {"count": minutes}


lasting_lazy = lazy(lasting, str)
