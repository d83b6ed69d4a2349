"""The link of a mail to staff: an invitation is taken up, a new password set. Opening it changes nothing."""

from typing import Final

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from myosotis import clock
from myosotis.domain.words import Language, StaffTopic
from myosotis.flows import password_forgotten, staff_joined, staff_letters
from myosotis.flows.errors import FlowError
from myosotis.links import Purpose
from myosotis.store.models import Message, StaffLetter, StaffUser
from myosotis.web import openings
from myosotis.web.desk import frame
from myosotis.web.desk.doors import entrance
from myosotis.web.desk.doors.passwords import NewPasswordForm
from myosotis.web.links import followed
from myosotis.web.pages import language_of

FORGOTTEN_A_MINUTE: Final = 5
"""New passwords asked for from one place."""


class JoinForm(NewPasswordForm):
    """Who joins with a new account."""

    name = forms.CharField(
        label=gettext_lazy("First name and surname"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ("name", "password")


class ForgottenForm(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )


@require_http_methods(["GET", "HEAD", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """`/desk/forgotten`: ask for a link to set a new password. The answer is the same for every address."""
    form = ForgottenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        refused = entrance.too_many(request, "forgotten", FORGOTTEN_A_MINUTE)
        if refused is not None:
            return refused
        password_forgotten.ask(email=form.cleaned_data["email"], now=clock.now())
        return entrance.answer(request, "desk/doors/forgotten_said.html", {"email": form.cleaned_data["email"]})
    return entrance.answer(request, "desk/doors/forgotten.html", {"form": form}, 422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest, token: str) -> HttpResponse:
    """`/desk/welcome/<token>`: in the language of the letter, until another one is chosen on the page."""
    with followed(token, Purpose.STAFF) as message:
        return _followed(request, _letter(message))


def _followed(request: HttpRequest, letter: StaffLetter | None) -> HttpResponse:
    if not openings.spend(request, openings.WRONG if letter is None else 1):
        return entrance.answer(request, "429.html", {}, 429)
    if letter is None:
        return entrance.answer(request, "desk/doors/link_over.html", {}, 404)
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    with translation.override(chosen if chosen in set(Language) else letter.language):
        return _join(request, letter) if letter.topic == StaffTopic.INVITATION else _reset(request, letter)


def _letter(message: Message | None) -> StaffLetter | None:
    """The letter behind a link, while it works."""
    if message is None:
        return None
    letters = staff_letters.open_letters(clock.now()).exclude(topic=StaffTopic.DIGEST)
    return letters.filter(pk=message.subject_id).select_related("practice", "user").first()


def _join(request: HttpRequest, letter: StaffLetter) -> HttpResponse:
    known = staff_joined.account_of(letter)
    if known is not None:
        return _join_with(request, letter, known)
    new = StaffUser(email=letter.email)
    form = JoinForm(request.POST or None, user=new, initial={"name": letter.name})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            membership = staff_joined.join(
                letter=letter,
                name=given["name"],
                password=given["password"],
                language=language_of(request),
                now=clock.now(),
            )
        except FlowError as error:
            form.refuse(error)
        else:
            return entrance.let_in(request, membership.user, reverse("desk:today"))
    context = {"form": form, "letter": letter}
    return entrance.answer(request, "desk/doors/join.html", context, 422 if form.errors else 200)


def _join_with(request: HttpRequest, letter: StaffLetter, known: StaffUser) -> HttpResponse:
    """With the account that the address has already, by whoever is signed in with it.

    The link alone is not enough: the account may have been begun by a practice that reads the mails it sends itself.
    """
    mine = request.user == known
    if request.method == "POST" and mine:
        try:
            staff_joined.join(letter=letter, name="", password="", language=language_of(request), now=clock.now())
        except FlowError:
            return entrance.answer(request, "desk/doors/link_over.html", {}, 404)
        frame.say(request, _("You are on the staff of %(practice)s now.") % {"practice": letter.practice.name})
        return HttpResponseRedirect(reverse("desk:today"))
    context = {"letter": letter, "known": known, "mine": mine, "here": request.path}
    return entrance.answer(request, "desk/doors/join_with.html", context, 403 if request.method == "POST" else 200)


def _reset(request: HttpRequest, letter: StaffLetter) -> HttpResponse:
    form = NewPasswordForm(request.POST or None, user=letter.user or StaffUser(email=letter.email))
    if request.method == "POST" and form.is_valid():
        try:
            password_forgotten.reset(letter=letter, password=form.cleaned_data["password"], now=clock.now())
        except FlowError:
            return entrance.answer(request, "desk/doors/link_over.html", {}, 404)
        frame.say(request, _("The new password is set. Sign in with it."))
        return HttpResponseRedirect(reverse("account_login"))
    context = {"form": form, "letter": letter}
    return entrance.answer(request, "desk/doors/reset.html", context, 422 if form.errors else 200)
