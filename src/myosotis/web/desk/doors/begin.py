"""The first start: the key that `myosotis up` printed, then the first owner and the practice."""

import re
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from myosotis import clock
from myosotis.domain.words import Language
from myosotis.flows import practice_begun
from myosotis.flows.errors import FlowError
from myosotis.store.apart import scope
from myosotis.store.apart.scope import Why
from myosotis.store.models import Practice, StaffUser
from myosotis.web.desk.doors import entrance
from myosotis.web.desk.doors.passwords import NewPasswordForm
from myosotis.web.desk.forms import DeskForm

OPENED: Final = "begin"
"""In the session: the right key was typed."""
TRIES_A_MINUTE: Final = 5
LANGUAGES: Final = [(Language.PL.value, "polski"), (Language.EN.value, "English")]


class KeyForm(DeskForm):
    key = forms.CharField(
        label=_("Start key"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        help_text=_("The program printed it when it started. Printed again by: myosotis staff begin-key"),
    )

    def clean_key(self) -> str:
        if not practice_begun.fits(self.cleaned_data["key"]):
            raise forms.ValidationError(_("That is not the key."))
        return ""


class BeginForm(NewPasswordForm):
    """The first owner, and the practice: a new one, or one that was made by command."""

    practice_id = forms.TypedChoiceField(label=_("Practice"), coerce=int, empty_value=None, required=False)
    practice_name = forms.CharField(label=_("Name of the practice"), max_length=200, required=False)
    name = forms.CharField(
        label=_("Your first name and surname"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=_("Your e-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    field_order = ("practice_id", "practice_name", "name", "email", "password", "language")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, user=StaffUser(), **kwargs)
        with scope.across(Why.FIRST_START):
            known = [(str(row.pk), row.name) for row in Practice.objects.order_by("pk")]
        if known:
            self.fields["practice_id"].choices = [*known, ("", _("A new one"))]  # type: ignore[attr-defined] # of a choice field
        else:
            del self.fields["practice_id"]
            self.fields["practice_name"].required = True


@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """`/desk/begin`: one question after the other."""
    if practice_begun.is_begun():
        return HttpResponseRedirect(reverse("account_login"))
    return _owner(request) if request.session.get(OPENED) else _key(request)


def _key(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        refused = entrance.too_many(request, "begin", TRIES_A_MINUTE)
        if refused is not None:
            return refused
    form = KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        request.session[OPENED] = True
        return HttpResponseRedirect(reverse("desk:begin"))
    return entrance.answer(request, "desk/doors/begin_key.html", {"form": form}, 422 if form.errors else 200)


def _owner(request: HttpRequest) -> HttpResponse:
    spoken = "en" if re.match("en", translation.get_language() or "") else "pl"
    form = BeginForm(request.POST or None, initial={"language": spoken})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            membership = practice_begun.begin(
                email=given["email"],
                name=given["name"],
                password=given["password"],
                language=Language(given["language"]),
                practice_name=given["practice_name"],
                practice_id=given.get("practice_id"),
                now=clock.now(),
            )
        except FlowError as error:
            form.refuse(error)
        else:
            request.session.pop(OPENED, None)
            return entrance.let_in(request, membership.user, reverse("desk:setup"))
    return entrance.answer(request, "desk/doors/begin.html", {"form": form}, 422 if form.errors else 200)
