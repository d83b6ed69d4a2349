"""The form of an account, made from what its provider declares; secrets go in and never come out."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django import forms
from django.forms import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from myosotis.channels.registry import ConfigError, Field, FieldKind, Problem, ProviderType, Words, Wrong, new_push_key
from myosotis.domain.words import Language
from myosotis.web.desk.fields import SwitchField
from myosotis.web.desk.forms import DeskForm

PUSH_KEY: Final = "vapid_private_key"
NEW_KEY: Final = "new_key"
LONGEST: Final = 10_000
CHOICES: Final[dict[str, "str | Promise"]] = {"starttls": "STARTTLS", "tls": "TLS", "": gettext_lazy("the usual one")}
ALLOWED: Final[dict[str, "str | Promise"]] = {
    "subject": gettext_lazy("mailto: with an e-mail address, or an address beginning with https://"),
    "vapid_private_key": gettext_lazy("a private P-256 key, in base64url or PEM without a password"),
    "dkim_selector": gettext_lazy("letters, digits, dots and hyphens, at most 62"),
    "dkim_key": gettext_lazy("a private RSA key in PEM without a password, of 1024 to 4096 bits"),
}
"""What a field takes that no general check judges."""
KINDS: Final[dict[FieldKind, "str | Promise"]] = {
    FieldKind.TEXT: gettext_lazy("text on one line"),
    FieldKind.LONG_TEXT: gettext_lazy("text"),
    FieldKind.URL: gettext_lazy("an address beginning with https://"),
    FieldKind.EMAIL: gettext_lazy("an e-mail address"),
    FieldKind.DOMAIN: gettext_lazy("a domain name such as przychodnia.pl"),
    FieldKind.HOST: gettext_lazy("the name or IP address of a server that is not this machine"),
    FieldKind.FLAG: gettext_lazy("yes or no"),
}


class AccountForm(DeskForm):
    """The settings of one account. `kept` are the secrets that are saved: they fill what is left empty."""

    def __init__(
        self, kind: ProviderType, language: Language, given: Any, *, public: Mapping[str, str], kept: Mapping[str, str]
    ) -> None:
        super().__init__(given, initial=_initial(kind, public))
        self.kind, self.public, self.kept = kind, public, kept
        self.shown = {field.name: field for field in kind.fields if not field.operator_only}
        for field in self.shown.values():
            self.fields[field.name] = _drawn(field, language, saved=field.name in kept)
        if PUSH_KEY in self.shown:
            self.fields[NEW_KEY] = SwitchField(
                label=_("Make a new key"),
                initial=PUSH_KEY not in kept,
                help_text=_("With another key nobody has notifications until they switch them on anew.")
                if PUSH_KEY in kept
                else _("For everybody who has no key yet: nothing has to be typed in above."),
            )

    def usual(self) -> Iterator[BoundField]:
        """The fields that everybody fills in."""
        return (self[name] for name in self.fields if name not in self.shown or not self.shown[name].rare)

    def rare(self) -> Iterator[BoundField]:
        """Those that are right as they are for nearly everybody."""
        return (self[name] for name, field in self.shown.items() if field.rare)

    @property
    def rare_wrong(self) -> bool:
        """Whether one of the fields out of the way is wrong, and must be seen."""
        return any(field.errors for field in self.rare())

    def settings(self) -> dict[str, str]:
        """What was typed, with the secrets that stay; call it once the form is valid."""
        typed = {name: _text(self.cleaned_data[name]) for name in self.shown}
        found = {name: value for name, value in typed.items() if value}
        for name, value in self.kept.items():
            field = self.shown.get(name)
            if field is not None and not typed[name] and (not field.belongs_to or typed.get(field.belongs_to)):
                found[name] = value
        if self.cleaned_data.get(NEW_KEY):
            found[PUSH_KEY] = new_push_key()
        return found

    def clean(self) -> dict[str, Any]:
        """A saved secret goes to the server that it was saved for, and to no other."""
        given = super().clean() or {}
        moved = any(
            field.kind in (FieldKind.HOST, FieldKind.URL)
            and not field.secret
            and name in self.public
            and _text(given.get(name)) != self.public[name]
            for name, field in self.shown.items()
        )
        for name in self.kept if moved else ():
            field = self.shown.get(name)
            if field is not None and not field.belongs_to and not _text(given.get(name)):
                self.add_error(name, _("The server is another one: enter this again."))
        return given

    def refuse_settings(self, error: ConfigError) -> None:
        """Show what is wrong at each field."""
        for problem in error.problems:
            field = self.shown.get(problem.field)
            if field is None:
                self.add_error(None, _("These settings cannot be used."))
            else:
                self.add_error(problem.field, _said(problem, field))


def _initial(kind: ProviderType, public: Mapping[str, str]) -> dict[str, Any]:
    """What is saved, else the defaults; never a secret."""
    shown = {field.name: public.get(field.name, field.default) for field in kind.fields if not field.secret}
    flags = {field.name for field in kind.fields if field.kind is FieldKind.FLAG}
    return {name: value == "yes" if name in flags else value for name, value in shown.items()}


def _drawn(field: Field, language: Language, *, saved: bool) -> forms.Field:
    said: dict[str, Any] = {"label": _in(field.label, language), "help_text": _in(field.help, language)}
    if field.kind is FieldKind.FLAG:
        return SwitchField(**said)
    choices = field.for_practices or field.choices
    if choices:
        empty = [] if field.default else [""]
        return forms.ChoiceField(
            required=bool(field.default), choices=[(one, CHOICES.get(one, one)) for one in (*empty, *choices)], **said
        )
    if field.secret:
        said["help_text"] = (
            f"{_('Saved. Type a new one to change it.')} {said['help_text']}" if saved else said["help_text"]
        )
    attributes = {"autocomplete": "new-password" if field.secret else "off", "spellcheck": "false"}
    widget: forms.Widget
    if field.kind is FieldKind.LONG_TEXT:
        widget = _Unseen(attrs={**attributes, "rows": 3}) if field.secret else forms.Textarea(attrs=attributes)
    elif field.secret:
        widget = forms.PasswordInput(attrs=attributes)
    else:
        number = field.kind in (FieldKind.INTEGER, FieldKind.DECIMAL)
        widget = forms.TextInput(attrs={**attributes, **({"inputmode": "decimal"} if number else {})})
    required = field.required and not saved and not field.default and field.name != PUSH_KEY
    return forms.CharField(required=required, max_length=LONGEST, widget=widget, **said)


class _Unseen(forms.Textarea):
    """Some lines that are typed in and not shown again, also where the form comes back."""

    def format_value(self, value: Any) -> None:
        del value


def _in(words: Words, language: Language) -> str:
    return words.en if language is Language.EN else words.pl


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value or "").strip()


def _said(problem: Problem, field: Field) -> str:
    if problem.wrong is Wrong.MISSING:
        return _("This has to be filled in.")
    if field.kind in (FieldKind.INTEGER, FieldKind.DECIMAL) and not field.for_practices:
        low, high = f"{field.at_least:g}", f"{field.at_most:g}"
        return _("A number from %(low)s to %(high)s.") % {"low": low, "high": high}
    if field.for_practices or field.choices:
        return _("One of: %(choices)s.") % {"choices": ", ".join(field.for_practices or field.choices)}
    return _("Allowed: %(what)s.") % {"what": ALLOWED.get(field.name) or KINDS[field.kind]}
