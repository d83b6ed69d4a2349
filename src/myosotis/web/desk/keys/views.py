"""Keys by which other programs reach the practice: made and shown once, looked over, revoked."""

from http import HTTPStatus
from typing import Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from myosotis import clock
from myosotis.content.moments import day_names
from myosotis.domain.words import Language
from myosotis.flows import api_access, found
from myosotis.flows.api_access import NewKey, Scope
from myosotis.store.home import home_zone
from myosotis.store.models import ApiKey
from myosotis.web.desk.access import OWNER, Desk, staff
from myosotis.web.desk.forms import DeskForm
from myosotis.web.desk.frame import answer, say

SCOPES: Final[dict[Scope, "str | Promise"]] = {
    Scope.VISITS_READ: gettext_lazy("See visits, messages and offers"),
    Scope.VISITS_WRITE: gettext_lazy("Book, move and cancel visits, answer messages"),
    Scope.PATIENTS_READ: gettext_lazy("See patient cards"),
    Scope.PATIENTS_WRITE: gettext_lazy("Add, change and erase patient cards"),
    Scope.SETTINGS_READ: gettext_lazy("See settings"),
    Scope.SETTINGS_WRITE: gettext_lazy("Change settings, calendars and providers"),
}
"""What a key may do."""


class KeyForm(DeskForm):
    """A new key."""

    name = forms.CharField(
        label=gettext_lazy("What the key is for"),
        max_length=100,
        help_text=gettext_lazy("For example the name of the program that will use it."),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"),
        choices=[(scope.value, words) for scope, words in SCOPES.items()],
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
        error_messages={"required": gettext_lazy("Choose at least one.")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*OWNER)
def keys(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/settings/keys`: the keys, and a new one, whose secret stands in the answer to making it and nowhere else."""
    form = KeyForm(request.POST if request.method == "POST" else None)
    made: NewKey | None = None
    if form.is_valid():
        made = api_access.create_key(
            practice=desk.practice,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            actor=desk.actor,
            now=clock.now(),
        )
        form = KeyForm()
    rows = desk.practice.api_keys.order_by("revoked_at", "-id")
    context = {
        "form": form,
        "made": made,
        "keys": [(key, scope_words(key), _used(key, desk.language)) for key in rows],
        "zone": home_zone(desk.practice.pk),
        "area": "settings",
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return answer(request, desk, "desk/keys/keys.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*OWNER)
def key_revoke(request: HttpRequest, desk: Desk, key_id: int) -> HttpResponse:
    """`/desk/settings/keys/<id>/revoke`: asks, and ends a key for good."""
    key = found.one(desk.practice.api_keys.filter(id=key_id), "api_key")
    if request.method != "POST":
        return answer(request, desk, "desk/keys/revoke.html", {"key": key, "area": "settings"})
    api_access.revoke_key(practice=desk.practice, key_id=key_id, actor=desk.actor, now=clock.now())
    say(request, _("The key was revoked. Whatever used it is refused from now on."))
    return redirect("desk:keys")


def scope_words(key: ApiKey) -> list["str | Promise"]:
    """What a key may do, in words."""
    return [SCOPES[Scope(scope)] for scope in key.scopes if scope in set(Scope)]


def _used(key: ApiKey, language: Language) -> str:
    """The day (UTC) on which a key was last used."""
    return day_names(key.last_used_on, language).short if key.last_used_on is not None else ""
